package message

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// form is how a charset uses bytes, which decides what can be held against its
// declaration.
type form uint8

const (
	undeclared   form = iota // no charset, or a label that says nothing
	utf8Form                 // UTF-8
	oneByte                  // a byte a character, ASCII below 0x80
	severalBytes             // one to four bytes a character, ASCII below 0x80
	sevenBits                // bytes below 0x80, with escapes
	wide                     // two or four bytes a character
)

// charset is a way to read bytes as text.
type charset struct {
	form form
	enc  encoding.Encoding // nil for UTF-8
	// prepare brings the bytes into a form that enc reads; nil if they are.
	prepare func([]byte) []byte
}

// maxLabel bounds a charset label: none known is longer than 45 bytes.
const maxLabel = 64

// lookup returns the charset of a label as declared; ok is false if none has
// it. QUIRK: quotes and "charset=" around a label are dropped, punctuation in it
// doesn't count, and the beginning of a garbled one is enough where it is plain.
func lookup(label string) (cs charset, ok bool) {
	switch label { // as nearly every mailer writes them
	case "":
		return charset{}, true
	case "utf-8":
		return charset{form: utf8Form}, true
	}
	if len(label) > maxLabel {
		return charset{}, false
	}
	label = strings.ToLower(strings.Trim(label, " \t\"'<>=;,."))
	label = strings.TrimPrefix(label, "charset=")
	if i := strings.IndexAny(label, " \t\"';,*()"); i > 0 {
		label = label[:i]
	}
	label = strings.TrimLeft(strings.TrimPrefix(label, "3d"), "\"'=")
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, label)
	if cs, ok := byName(name); ok {
		return cs, true
	}
	if n, rest := codePage(name); n > 0 && rest == "" {
		if cs, ok := byCodePage(n); ok {
			return cs, true
		}
	}
	if n, rest, ok := iso8859(name); ok && rest != "" || ok && n > 16 {
		name, label = "", "iso-8859-"+strconv.Itoa(n) // garbage behind
	} else if ok {
		label = "iso-8859-" + strconv.Itoa(n)
	}
	if strings.HasPrefix(name, "utf8") {
		return charset{form: utf8Form}, true
	}
	enc, err := htmlindex.Get(label)
	if err != nil || enc == encoding.Replacement {
		return charset{}, false
	}
	cs = charset{form: oneByte, enc: enc}
	switch canonical, _ := htmlindex.Name(enc); canonical { // it has a name, as it was found by one
	case "utf-8":
		cs = charset{form: utf8Form}
	case "utf-16be", "utf-16le":
		cs.form = wide
	case "iso-2022-jp":
		cs.form = sevenBits
	case "gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr":
		cs.form = severalBytes
	}
	return cs, true
}

// known reports whether a label names a charset.
func known(label string) bool {
	cs, ok := lookup(label)
	return ok && cs.form != undeclared
}

// byName knows what the web's list of labels hasn't, or has differently. Names
// are in lower case without punctuation.
func byName(name string) (charset, bool) {
	switch name {
	case "usascii", "ascii", "ansix341968", "ansix341986", "iso646us", "us", "7bit", "8bit", "default", "unknown",
		"xunknown", "unknown8bit", "binary", "none", "xuserdefined", "userdefined", "us7ascii", "asciius", "charset":
		return charset{}, true
	case "utf8", "unicode11utf8", "utf8mb4", "xutf8", "utf":
		return charset{form: utf8Form}, true
	case "utf7", "unicode11utf7", "unicode20utf7", "xutf7", "xunicode20utf7", "csunicode11utf7":
		return charset{form: sevenBits, prepare: fromUTF7}, true
	case "utf16", "unicode", "ucs2", "iso10646ucs2", "utf16be", "csunicode":
		// RFC 2781 4.3: big-endian unless a mark says otherwise. The web's
		// table has it little-endian.
		return charset{form: wide, enc: unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}, true
	case "utf16le":
		return charset{form: wide, enc: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, true
	case "utf32", "utf32be", "ucs4", "iso10646ucs4":
		return charset{form: wide, enc: utf32.UTF32(utf32.BigEndian, utf32.UseBOM)}, true
	case "utf32le":
		return charset{form: wide, enc: utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)}, true
	case "hzgb2312", "hz":
		return charset{form: sevenBits, enc: simplifiedchinese.HZGB2312}, true
	case "iso2022kr", "csiso2022kr":
		return charset{form: sevenBits, enc: korean.EUCKR, prepare: shiftedHigh}, true
	case "iso2022cn", "iso2022cnext":
		return charset{form: sevenBits, enc: simplifiedchinese.GBK, prepare: shiftedHigh}, true
	case "iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jp2004", "iso2022jpms":
		return charset{form: sevenBits, enc: japanese.ISO2022JP}, true
	case "sjis", "shiftjis", "xsjis", "ms932", "mskanji", "windows31j", "xmscp932", "cswindows31j":
		return charset{form: severalBytes, enc: japanese.ShiftJIS}, true
	case "eucjp", "xeuc", "xeucjp", "ujis", "eucjpms":
		return charset{form: severalBytes, enc: japanese.EUCJP}, true
	case "gb231280", "gb2312", "euccn", "xgbk", "gbk", "xeuccn", "gb", "chinesesimplified":
		return charset{form: severalBytes, enc: simplifiedchinese.GBK}, true
	case "gb18030", "gb180302000":
		return charset{form: severalBytes, enc: simplifiedchinese.GB18030}, true
	case "big5", "big5hkscs", "xbig5", "cnbig5", "chinesebig5", "csbig5", "big5eten":
		return charset{form: severalBytes, enc: traditionalchinese.Big5}, true
	case "euckr", "ksc5601", "ksc56011987", "ksc56011989", "xwindows949", "windows949", "uhc", "korean", "kr":
		return charset{form: severalBytes, enc: korean.EUCKR}, true
	case "macintosh", "mac", "macroman", "xmacroman", "xmacintosh", "macwestern":
		return charset{form: oneByte, enc: charmap.Macintosh}, true
	case "xmaccyrillic", "maccyrillic", "xmacukrainian", "macukraine":
		return charset{form: oneByte, enc: charmap.MacintoshCyrillic}, true
	case "koi8", "koi":
		return charset{form: oneByte, enc: charmap.KOI8R}, true
	case "latin9", "latin0":
		return charset{form: oneByte, enc: charmap.ISO8859_15}, true
	case "viscii", "xviet": // none to be had: Windows' is closest
		return charset{form: oneByte, enc: charmap.Windows1258}, true
	}
	return charset{}, false
}

// codePage reads "cp1252", "windows-1252", "ibm850" and the like.
func codePage(name string) (n int, rest string) {
	for _, prefix := range [...]string{"windows", "xcp", "cp", "win", "ibm", "dos", "oem", "ms", "ansi", "codepage", ""} {
		digits, ok := strings.CutPrefix(name, prefix)
		if !ok || digits == "" || !isDigit(digits[0]) {
			continue
		}
		end := 0
		for end < len(digits) && end < 5 && isDigit(digits[end]) {
			end++
		}
		n, _ = strconv.Atoi(digits[:end]) // at most 99999
		return n, digits[end:]
	}
	return 0, name
}

// byCodePage returns the charset of one of Microsoft's or IBM's numbers.
func byCodePage(n int) (charset, bool) {
	var one encoding.Encoding
	switch n {
	case 437:
		one = charmap.CodePage437
	case 850, 858:
		one = charmap.CodePage850
	case 852:
		one = charmap.CodePage852
	case 855:
		one = charmap.CodePage855
	case 860:
		one = charmap.CodePage860
	case 862:
		one = charmap.CodePage862
	case 863:
		one = charmap.CodePage863
	case 865:
		one = charmap.CodePage865
	case 866:
		one = charmap.CodePage866
	case 874:
		one = charmap.Windows874
	case 1250:
		one = charmap.Windows1250
	case 1251:
		one = charmap.Windows1251
	case 1252, 28591:
		one = charmap.Windows1252
	case 1253:
		one = charmap.Windows1253
	case 1254, 28599:
		one = charmap.Windows1254
	case 1255:
		one = charmap.Windows1255
	case 1256:
		one = charmap.Windows1256
	case 1257:
		one = charmap.Windows1257
	case 1258:
		one = charmap.Windows1258
	case 10000:
		one = charmap.Macintosh
	case 20866:
		one = charmap.KOI8R
	case 21866:
		one = charmap.KOI8U
	case 28592:
		one = charmap.ISO8859_2
	case 28605:
		one = charmap.ISO8859_15
	case 932, 943:
		return charset{form: severalBytes, enc: japanese.ShiftJIS}, true
	case 936:
		return charset{form: severalBytes, enc: simplifiedchinese.GBK}, true
	case 949, 51949:
		return charset{form: severalBytes, enc: korean.EUCKR}, true
	case 950:
		return charset{form: severalBytes, enc: traditionalchinese.Big5}, true
	case 50220, 50221, 50222:
		return charset{form: sevenBits, enc: japanese.ISO2022JP}, true
	case 51932:
		return charset{form: severalBytes, enc: japanese.EUCJP}, true
	case 54936:
		return charset{form: severalBytes, enc: simplifiedchinese.GB18030}, true
	case 65000:
		return charset{form: sevenBits, prepare: fromUTF7}, true
	case 65001:
		return charset{form: utf8Form}, true
	default:
		return charset{}, false
	}
	return charset{form: oneByte, enc: one}, true
}

// iso8859 reads "iso88591" and "885915".
func iso8859(name string) (n int, rest string, ok bool) {
	tail, ok := strings.CutPrefix(strings.TrimPrefix(name, "iso"), "8859")
	if !ok || tail == "" || !isDigit(tail[0]) {
		return 0, "", false
	}
	end := 1
	if len(tail) > 1 && tail[0] == '1' && isDigit(tail[1]) && tail[1] <= '6' {
		end = 2
	}
	n, _ = strconv.Atoi(tail[:end])
	return n, tail[end:], n > 0
}
