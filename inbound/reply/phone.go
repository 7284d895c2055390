package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// phoneLabels and faxLabels stand before numbers in signatures.
var (
	phoneLabels = set("tel", "telefon", "telefoon", "téléphone", "teléfono", "telefono", "telefone", "telephone", "phone", "mob", "mobil", "mobile", "móvil", "cell", "cellulare", "celular", "direct", "direkt", "office",
		"ph", "gsm", "puh", "tlf", "тел", "моб", "電話", "电话", "手机", "전화", "휴대폰", "t", "m", "p", "d", "o")
	faxLabels = set("fax", "telefax", "faks", "факс", "f")
)

// numbersOf reports whether a phone number stands in a text, by a label before
// it or by its country code, and whether a fax number does.
func numbersOf(s string) (phone, fax bool) {
	for i := 0; i < len(s); {
		if !isPhoneByte(s[i]) || s[i] == ' ' {
			i++
			continue
		}
		from, digits := i, 0
		for ; i < len(s) && (isPhoneByte(s[i]) && (s[i] != '+' || i == from)); i++ {
			if s[i] >= '0' && s[i] <= '9' {
				digits++
			}
		}
		if digits < 5 || i-from < 6 {
			continue
		}
		label := labelBefore(s[:from])
		fax = fax || faxLabels[label]
		phone = phone || phoneLabels[label] || s[from] == '+' && digits >= 7
	}
	return phone, fax
}

func isPhoneByte(c byte) bool { return c >= '0' && c <= '9' || strings.IndexByte(" ()./-+", c) >= 0 }

// labelBefore returns the last word of a text, in lower case, if at most six
// marks follow it.
func labelBefore(s string) string {
	end, marks := len(s), 0
	for end > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:end])
		if unicode.IsLetter(r) {
			break
		}
		if marks++; marks > 6 || r >= '0' && r <= '9' {
			return ""
		}
		end -= size
	}
	from := end
	for from > 0 && end-from <= longestLabel {
		r, size := utf8.DecodeLastRuneInString(s[:from])
		if !unicode.IsLetter(r) {
			break
		}
		from -= size
	}
	return strings.ToLower(s[from:end])
}
