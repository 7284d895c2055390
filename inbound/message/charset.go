package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	htmlcharset "golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// decodeCharset turns b into valid UTF-8. The kind is "" when the charset was
// known and fitted, else UnknownCharset or BadCharset and the text a guess.
func decodeCharset(b []byte, charset string) (string, DefectKind) {
	name := strings.ToLower(strings.Trim(charset, " \t\"'"))
	switch name {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "7bit", "8bit", "default", "x-unknown", "unknown-8bit", "unknown":
		return guess(b), ""
	case "utf-8", "utf8", "unicode-1-1-utf-8":
		b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
		if utf8.Valid(b) {
			return string(b), ""
		}
		if !hasMultibyte(b) {
			// QUIRK: called UTF-8 without being it in a single character.
			return decodeWith(charmap.Windows1252, b), BadCharset
		}
		return strings.ToValidUTF8(string(b), "\uFFFD"), BadCharset
	}
	if len(name) > 64 {
		return guess(b), UnknownCharset
	}
	enc := lookup(name)
	if enc == nil {
		return guess(b), UnknownCharset
	}
	return decodeWith(enc, b), ""
}

// lookup returns the encoding of a charset label in lower case, or nil.
func lookup(name string) encoding.Encoding {
	switch name {
	case "utf-16", "utf16", "unicode", "ucs-2", "iso-10646-ucs-2":
		// RFC 2781 4.3: big-endian unless a mark says otherwise. The web's
		// table, asked below, has it little-endian.
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312
	case "cp932", "ms932", "windows-932", "x-ms-cp932", "sjis":
		return japanese.ShiftJIS
	case "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-ms", "cp50220", "cp50221":
		return japanese.ISO2022JP
	case "cp936", "ms936", "windows-936", "gb2312-80":
		return simplifiedchinese.GBK
	}
	if n, ok := strings.CutPrefix(name, "cp"); ok && strings.HasPrefix(n, "125") {
		name = "windows-" + n
	}
	if enc, _ := htmlcharset.Lookup(name); enc != nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(name); err == nil && enc != nil {
		return enc
	}
	return nil
}

// decodeWith decodes b; the decoders of x/text replace what doesn't fit.
func decodeWith(enc encoding.Encoding, b []byte) string {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil && len(out) == 0 {
		return guess(b)
	}
	return strings.ToValidUTF8(strings.TrimPrefix(string(out), "\uFEFF"), "\uFFFD")
}

// guess decodes bytes of which no charset is known: UTF-8 if they are valid as
// that, ISO-2022-JP if they carry its escapes, else windows-1252, which has a
// character for nearly every byte.
func guess(b []byte) string {
	if bytes.Contains(b, []byte("\x1b$")) {
		return decodeWith(japanese.ISO2022JP, b)
	}
	if utf8.Valid(b) {
		return string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
	}
	return decodeWith(charmap.Windows1252, b)
}

// hasMultibyte reports whether b has a valid UTF-8 character beyond ASCII.
func hasMultibyte(b []byte) bool {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if _, n := utf8.DecodeRune(b); n > 1 {
			return true
		}
		b = b[1:]
	}
	return false
}
