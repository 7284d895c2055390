package message

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// detectBytes is how much of a text is looked at to find its charset.
const detectBytes = 4 << 10

// language is what the letters beyond ASCII of a language tell about a charset.
type language struct {
	charsets []*charmap.Charmap // in which it is mailed, the usual one first
	// common are the letters seen in every other sentence or more, rare the
	// others, both in lower case.
	common, rare string
	// whole says that words are written in these letters alone.
	whole bool
}

// languages are asked in this order, and the first of equals wins: what is
// mailed more stands first. The letters are those of each language's alphabet.
var languages = []language{
	{western, "äåö", "é", false},                               // Swedish, Finnish
	{western, "äöüß", "é", false},                              // German
	{western, "éèàçê", "âîôûëïüùœæ", false},                    // French
	{western, "áéíóñ", "úü¿¡ºª", false},                        // Spanish
	{western, "ãçáéí", "óâêôõàúü", false},                      // Portuguese
	{western, "àèéìòù", "óî", false},                           // Italian
	{western, "æøå", "éöä", false},                             // Danish, Norwegian
	{western, "ëéï", "öüèê", false},                            // Dutch
	{western, "áíéóúöðæ", "ýþ", false},                         // Icelandic
	{cyrillic, "оеаинтсрвлкмдпуяыьз", "гбчйхжшюцщэфъё", true},  // Russian
	{cyrillic, "оаинтевірсклудмпяз", "ьгбчхйцжїєюшщґф'", true}, // Ukrainian
	{cyrillic, "аиоетнрсвлкдпмз", "ъугбчщйцжшхюяьф", true},     // Bulgarian
	{central, "ąęłóżść", "ńź", false},                          // Polish
	{central, "áíěéřšžčý", "ůúďťňó", false},                    // Czech
	{central, "áíéčšžýľ", "úťňďóôäŕĺ", false},                  // Slovak
	{central, "áéőöíó", "űüú", false},                          // Hungarian
	{central, "šćčž", "đ", false},                              // Croatian, Slovene, Bosnian
	{central, "ăţşîâ", "", false},                              // Romanian
	{turkish, "ışüöç", "ğâîû", false},                          // Turkish
	{baltic, "āšēīņļžč", "ģķūŗō", false},                       // Latvian
	{baltic, "ėšžįų", "ąęčū", false},                           // Lithuanian
	{baltic, "äõöü", "šž", false},                              // Estonian
	{greek, "αοιετσνρκπμλςυηάίόέή", "γδθωφχβξψζύώϊϋΐΰ", true},
	{hebrew, "יוהלאתרבשמנםכעחדפקק", "גזטסצןךץףװ", true},
	{arabic, "اليمنرتوبعدهسفكةحق", "شجخصطذغضظثئءأإآؤىپچژگ", true},
	{thai, "านรอกเงมยลวดทสตะปบคหแจพ", "ัิี่้็ุูืึไโใชขซศษณฐธภผฝฟถญฎฏฑฒฌฆฉฮฬำ์ๆ", true},
}

var (
	western  = []*charmap.Charmap{charmap.Windows1252}
	cyrillic = []*charmap.Charmap{charmap.Windows1251, charmap.KOI8U, charmap.ISO8859_5, charmap.CodePage866}
	central  = []*charmap.Charmap{charmap.Windows1250, charmap.ISO8859_2}
	turkish  = []*charmap.Charmap{charmap.Windows1254}
	baltic   = []*charmap.Charmap{charmap.Windows1257}
	greek    = []*charmap.Charmap{charmap.Windows1253}
	hebrew   = []*charmap.Charmap{charmap.Windows1255}
	arabic   = []*charmap.Charmap{charmap.Windows1256}
	thai     = []*charmap.Charmap{charmap.Windows874}
)

// typographic are the marks that any language may have in a sentence.
const typographic = "“”„‘’‚–—…«»‹›•€£§©®™°·´№²½¼×\u00a0\u00ad"

func latin(enc encoding.Encoding) bool {
	switch enc {
	case charmap.Windows1250, charmap.ISO8859_2, charmap.Windows1254, charmap.Windows1257:
		return true
	}
	return false
}

// detect finds the charset of bytes that are neither UTF-8 nor escaped: first
// whether they pair up as those of the far East do, else by which letters of
// which language they would be. It looks at the first 4 KiB from the first byte
// beyond ASCII on, and always answers.
func detect(b []byte) charset {
	first := 0
	for first < len(b) && b[first] < 0x80 {
		first++
	}
	b = b[max(first-64, 0):]
	b = b[:min(len(b), detectBytes)]
	if enc, ok := detectPairs(b); ok {
		return charset{form: severalBytes, enc: enc}
	}
	return charset{form: oneByte, enc: detectLetters(b)}
}

// census is how often each byte beyond ASCII occurs, and how often with an ASCII
// letter on one side, on both, or with any letter before it.
type census struct{ all, touching, inside [128]int }

func letterByte(b []byte, i int) bool {
	return i >= 0 && i < len(b) && 'a' <= b[i]|0x20 && b[i]|0x20 <= 'z'
}

func detectLetters(b []byte) encoding.Encoding {
	var n census
	for i, c := range b {
		if c < 0x80 {
			continue
		}
		n.all[c-0x80]++
		before, after := letterByte(b, i-1), letterByte(b, i+1)
		if before || after {
			n.touching[c-0x80]++
		}
		if before && after {
			n.inside[c-0x80]++
		}
	}
	best, most := charmap.Windows1252, 0
	for i, l := range languages {
		for j, cm := range l.charsets {
			score := n.score(l, cm)
			if l.whole {
				score -= brokenCase(b, cm)
			}
			if j == 0 && i == 0 || score > most {
				best, most = cm, score
			}
		}
	}
	return best
}

// score sums up how well the bytes, read by cm, fit a language.
func (n *census) score(l language, cm *charmap.Charmap) int {
	score := 0
	for i, count := range n.all {
		if count == 0 {
			continue
		}
		r := cm.DecodeByte(byte(i + 0x80))
		lower := unicode.ToLower(r)
		switch {
		case strings.ContainsRune(l.common, lower):
			score += 6 * count
		case strings.ContainsRune(l.rare, lower):
			score += 4 * count
		case strings.ContainsRune(typographic, r):
			score += 2 * count
			if r != '’' && r != '\u00ad' {
				score -= 4 * n.inside[i]
			}
			continue
		case unicode.IsLetter(r), unicode.IsMark(r):
			score -= 4 * count
		case r == unicode.ReplacementChar || unicode.IsControl(r):
			score -= 12 * count
		default:
			score -= 3*count + 4*n.inside[i]
		}
		if l.whole {
			score -= 6 * n.touching[i]
		}
	}
	return score
}

// brokenCase counts against cm what no text has: capitals after small letters.
// KOI8-R and windows-1251 have each other's letters in the other case. All
// capitals count a little, as one of two readings of such a text.
func brokenCase(b []byte, cm *charmap.Charmap) int {
	score := 0
	var previous rune
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 {
			r = cm.DecodeByte(c)
		}
		if unicode.IsUpper(r) && unicode.IsLower(previous) {
			score += 6
		} else if c >= 0x80 && unicode.IsUpper(r) && unicode.IsUpper(previous) {
			score++
		}
		previous = r
	}
	return score
}

// pairs is what bytes make when read in twos.
type pairs struct{ good, common, kana, invalid, low int }

// detectPairs asks whether the bytes are those of one of the charsets with two
// bytes a character: they pair up without a rest, and most of the characters are
// those that are used every day, which stand together in each of the sets.
func detectPairs(b []byte) (encoding.Encoding, bool) {
	high, letters := 0, 0
	for i, c := range b {
		if c >= 0x80 {
			high++
		} else if letterByte(b, i) && (i > 0 && b[i-1] >= 0x80 || i+1 < len(b) && b[i+1] >= 0x80) {
			letters++
		}
	}
	if high < 2 || letters > high {
		return nil, false // single letters among those of ASCII
	}
	type candidate struct {
		enc   encoding.Encoding
		score int
	}
	best := candidate{}
	consider := func(enc encoding.Encoding, p pairs, bonus int) {
		if p.good == 0 || p.invalid*20 > p.good {
			return
		}
		score := 100*(p.common+p.kana)/p.good + bonus - 200*p.invalid/p.good
		if score > best.score {
			best = candidate{enc, score}
		}
	}
	euc := readPairs(b, 0xa1, 0xfe, func(lead, trail byte) bool { return trail >= 0xa1 && trail != 0xff },
		func(lead, trail byte) bool { return lead >= 0xb0 && lead <= 0xd7 || lead == 0xa1 || lead == 0xa3 },
		func(lead byte, _ byte) bool { return lead == 0xa4 || lead == 0xa5 })
	if euc.kana*5 >= euc.good {
		consider(japanese.EUCJP, euc, 20)
	}
	hangul := readPairs(b, 0x81, 0xfd, func(lead, trail byte) bool {
		return trail >= 0xa1 && trail != 0xff || lead <= 0xc6 && (letterByte([]byte{trail}, 0) || trail >= 0x81 && trail <= 0xa0)
	}, func(lead, trail byte) bool { return lead >= 0xb0 && lead <= 0xc8 && trail >= 0xa1 }, nil)
	consider(korean.EUCKR, hangul, 8)
	gb := readPairs(b, 0x81, 0xfe, func(_, trail byte) bool { return trail >= 0x40 && trail != 0x7f && trail != 0xff },
		func(lead, trail byte) bool {
			return trail >= 0xa1 && (lead >= 0xb0 && lead <= 0xd7 || lead == 0xa1 || lead == 0xa3)
		}, nil)
	consider(simplifiedchinese.GB18030, gb, 5)
	big5 := readPairs(b, 0xa1, 0xf9, func(_, trail byte) bool {
		return trail >= 0x40 && trail <= 0x7e || trail >= 0xa1 && trail != 0xff
	}, func(lead, _ byte) bool { return lead >= 0xa4 && lead <= 0xc6 || lead == 0xa1 }, nil)
	if big5.low > 0 {
		consider(traditionalchinese.Big5, big5, 3)
	}
	consider(japanese.ShiftJIS, readShiftJIS(b), 10)
	if best.score < 80 {
		return nil, false
	}
	// Capitals beyond ASCII pair up too: two or three are no proof.
	return best.enc, high >= 4 || letters == 0
}

func readPairs(b []byte, from, to byte, valid, common, kana func(lead, trail byte) bool) (p pairs) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c < 0x80 {
			continue
		}
		if c < from || c > to {
			p.invalid++
			continue
		}
		if i+1 == len(b) {
			break
		}
		t := b[i+1]
		if !valid(c, t) {
			p.invalid++
			continue
		}
		i++
		p.good++
		if t < 0x80 {
			p.low++
		}
		switch {
		case kana != nil && kana(c, t):
			p.kana++
		case common(c, t):
			p.common++
		}
	}
	return p
}

func readShiftJIS(b []byte) (p pairs) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c < 0x80:
		case c >= 0xa1 && c <= 0xdf:
			p.good++ // kana of half width: rare
		case c == 0x80 || c == 0xa0 || c > 0xfc:
			p.invalid++
		case i+1 == len(b):
		case b[i+1] < 0x40 || b[i+1] == 0x7f || b[i+1] > 0xfc:
			p.invalid++
		default:
			t := b[i+1]
			i++
			p.good++
			switch {
			case c == 0x82 && t >= 0x9f && t <= 0xf1, c == 0x83 && t <= 0x96:
				p.kana++
			case c == 0x81 && t <= 0xac, c == 0x82, c >= 0x88 && c <= 0x97:
				p.common++
			}
		}
	}
	return p
}
