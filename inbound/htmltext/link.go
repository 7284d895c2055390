package htmltext

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// link is the link that stands open. Links don't nest, so it has no place on the
// stack: a link begins by ending the last one.
type link struct {
	target string // percent-encoded; "" if there is none
	waits  bool   // for the first word of its label
	from   int    // where the label begins in the text
}

// longestTarget is the length beyond which the address of a link is left out.
const longestTarget = 2000

func (r *renderer) beginLink(href string) {
	r.link = link{}
	if r.style&(code|verbatim) != 0 {
		return
	}
	if t := target(href); t != "" {
		r.link = link{target: t, waits: true}
	}
}

// endLink is the end of the element.
func (r *renderer) endLink() {
	r.finishLink()
	r.link = link{}
}

// finishLink writes the link around a label on this line. A label of several
// lines is linked where it begins.
func (r *renderer) finishLink() {
	l := r.link
	if l.target == "" || l.waits {
		return
	}
	r.link = link{}
	r.endCode()
	r.closeMarks(0, 0)
	r.seal()
	label := r.text[l.from:]
	if len(bytes.TrimSpace(label)) == 0 || sameTarget(label, l.target) {
		return
	}
	if bytes.IndexByte(label, '[') >= 0 || bytes.IndexByte(label, ']') >= 0 {
		escaped := make([]byte, 0, len(label)+8)
		for i, c := range label {
			if (c == '[' || c == ']') && (i == 0 || label[i-1] != '\\') {
				escaped = append(escaped, '\\')
			}
			escaped = append(escaped, c)
		}
		r.text = append(r.text[:l.from], escaped...)
	}
	open := "["
	if l.from > r.line.from && r.text[l.from-1] == '!' {
		l.from-- // "![" would make it a picture
		open = `\![`
		r.text = slices.Delete(r.text, l.from, l.from+1)
	}
	r.text = slices.Insert(r.text, l.from, []byte(open)...)
	r.text = append(r.text, "]("...)
	r.text = append(r.text, l.target...)
	r.text = append(r.text, ')')
	r.line.marked, r.line.opened = len(r.text), 0
}

// target returns where a link leads; "" if that is none of http, https, mailto
// and tel. What would end the address early in Markdown is percent-encoded.
func target(href string) string {
	href = strings.TrimSpace(unescape(href))
	scheme, _, ok := strings.Cut(href, ":")
	if !ok || len(href) > longestTarget {
		return ""
	}
	var lower [6]byte
	if len(scheme) > len(lower) {
		return ""
	}
	switch string(lower[:copyLower(lower[:], scheme)]) {
	case "http", "https", "mailto", "tel":
	default:
		return ""
	}
	if len(href) == len(scheme)+1 {
		return ""
	}
	encode := 0
	for i := range len(href) {
		if encoded(href[i]) {
			encode++
		}
	}
	if encode == 0 && utf8.ValidString(href) {
		return href
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(href)+2*encode)
	for i := range len(href) {
		switch c := href[i]; {
		case c == '\n' || c == '\r' || c == '\t': // as browsers do
		case encoded(c):
			b = append(b, '%', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(string(b), "%EF%BF%BD")
}

func encoded(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '\\', '"', '`':
		return true
	}
	return c <= ' ' || c == 0x7f
}

// sameTarget reports whether a label is the address that it leads to, but for the
// scheme, a slash at the end, and what numbers are grouped with.
func sameTarget(label []byte, target string) bool {
	scheme, rest, _ := strings.Cut(target, ":")
	rest = strings.TrimPrefix(rest, "//")
	s := strings.Trim(string(label[:min(len(label), longestTarget+100)]), "*~`<> ")
	if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) && s[len(scheme)] == ':' {
		s = strings.TrimPrefix(s[len(scheme)+1:], "//")
	}
	switch strings.ToLower(scheme) {
	case "tel":
		s, rest = digits(s), digits(rest)
	case "mailto":
		rest, _, _ = strings.Cut(rest, "?")
	}
	s, rest = strings.TrimSuffix(s, "/"), strings.TrimSuffix(rest, "/")
	return strings.EqualFold(s, rest) || strings.EqualFold(s, strings.TrimPrefix(rest, "www."))
}

// digits drops what groups the digits of a telephone number.
func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(" ()-./\u00a0", c) {
			return -1
		}
		return c
	}, s)
}

// longestAlt is the length in bytes of a picture's description that is written:
// some programs describe what they think to see.
const longestAlt = 300

// image writes the description of a picture.
func (r *renderer) image(a *attributes) {
	if strings.Contains(a.src, "graycol.gif") {
		// Lotus Notes: the twisty above the answered mail, whose description is
		// "Inactive hide details for …" in the language of the program.
		r.flush()
		r.announce("history of Lotus Notes", false)
		return
	}
	alt := strings.TrimSpace(unescape(a.alt))
	if a.emoji != "" && alt == "" {
		alt = unescape(a.emoji)
	}
	if alt == "" || dot(a.width) || dot(a.height) {
		return
	}
	alt = strings.ToValidUTF8(alt[:min(len(alt), longestAlt)], "")
	if r.link.target != "" || emoji(alt) {
		r.write(alt)
		return
	}
	r.write("[image: ")
	r.write(alt)
	r.line.spaces = 0
	r.put("]", false)
}

// dot reports whether a picture is too small to show anything.
func dot(length string) bool {
	return len(length) == 1 && length[0] >= '0' && length[0] <= '3' || len(length) == 3 && length[0] <= '3' && length[1:] == "px"
}

// emoji reports whether a description is a character or some, none a letter that
// words are written with.
func emoji(s string) bool {
	c, _ := utf8.DecodeRuneInString(s)
	return len(s) <= 32 && c >= '\u2000' && !unicode.IsLetter(c)
}
