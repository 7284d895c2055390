package htmltext

import (
	"html"
	"strings"
)

// token is what a lexer found.
type token int

const (
	noToken token = iota // the end of the input
	textToken
	startToken
	endToken
)

// lexer splits HTML into tags and text as the HTML standard does (13.2.5), in one
// pass and without a copy. Comments are left out, and with them what stands
// between "<!--[if mso]>" and "<![endif]-->"; "<![if !vml]>" is a comment of its
// own, and what follows it is text. So is the content of script, style and
// title: none of it is shown.
type lexer struct {
	s   string
	pos int

	text  string // of a textToken, with its character references
	tag   tag
	attrs attributes // of a startToken
	// selfClosing says that the tag ended in "/>".
	selfClosing bool

	// Quotes of this sort don't occur from here on. It saves each further
	// attribute the search to the end.
	noDouble, noSingle bool
	// tightParagraphs says that a style sheet took away the margins of <p>, as
	// Outlook on the web writes it.
	tightParagraphs bool
}

// attributes are those of an element that anything depends on. Where one is
// given twice the first counts.
type attributes struct {
	class, id, style, name, kind, href string
	size                               string
	alt, src, width, height, border    string
	start, value, marker, tabindex     string
	emoji                              string
	hidden                             bool
	signature                          bool // data-signature-widget
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// next finds the next token.
func (x *lexer) next() token {
	from := x.pos
	for i := x.pos; i < len(x.s); {
		at := strings.IndexByte(x.s[i:], '<')
		if at < 0 {
			break
		}
		i += at
		if !x.markup(i + 1) {
			i++ // a "<" of the text
			continue
		}
		if i > from {
			x.text, x.pos = x.s[from:i], i
			return textToken
		}
		if t := x.element(i + 1); t != noToken {
			return t
		}
		i, from = x.pos, x.pos
	}
	x.text, x.pos = x.s[from:], len(x.s)
	if x.text == "" {
		return noToken
	}
	return textToken
}

// markup reports whether a "<" before i begins a tag or a comment.
func (x *lexer) markup(i int) bool {
	if i >= len(x.s) {
		return false
	}
	switch c := x.s[i]; {
	case isLetter(c), c == '!', c == '?':
		return true
	case c == '/':
		return i+1 < len(x.s)
	}
	return false
}

// element reads a tag or a comment whose "<" stands before i. It returns noToken
// for what isn't shown.
func (x *lexer) element(i int) token {
	switch c := x.s[i]; {
	case strings.HasPrefix(x.s[i:], "!--"):
		x.comment(i + 3)
		return noToken
	case c == '!' || c == '?' || c == '/' && !isLetter(x.s[i+1]):
		x.skipTo(i, ">")
		return noToken
	case c == '/':
		x.tag = x.name(i + 1)
		if x.pos < len(x.s) && x.s[x.pos] == '>' {
			x.pos++
			return endToken
		}
		var ignored attributes
		if !x.attributes(&ignored) {
			return noToken
		}
		return endToken
	}
	x.tag = x.name(i)
	x.attrs = attributes{}
	if !x.attributes(&x.attrs) {
		return noToken
	}
	if x.tag.is(raw) {
		x.raw()
		return noToken
	}
	return startToken
}

// comment goes behind a comment whose text begins at i. It ends with "-->" or
// "--!>".
func (x *lexer) comment(i int) {
	if s := x.s[i:]; strings.HasPrefix(s, ">") || strings.HasPrefix(s, "->") {
		x.skipTo(i, ">")
		return
	}
	for {
		x.skipTo(i, "--")
		rest := x.s[x.pos:]
		switch {
		case rest == "":
			return
		case rest[0] == '>':
			x.pos++
			return
		case strings.HasPrefix(rest, "!>"):
			x.pos += 2
			return
		}
		i = x.pos - 1 // "--->"
	}
}

// skipTo goes behind the next end, or to the end of the input.
func (x *lexer) skipTo(i int, end string) {
	at := strings.Index(x.s[i:], end)
	if at < 0 {
		x.pos = len(x.s)
		return
	}
	x.pos = i + at + len(end)
}

// raw skips the content of the element just begun, which holds no tags.
func (x *lexer) raw() {
	from := x.pos
	for i := x.pos; ; {
		at := strings.Index(x.s[i:], "</")
		if at < 0 {
			x.pos = len(x.s)
			return
		}
		i += at + 2
		begun := x.tag
		x.pos = i
		if i < len(x.s) && isLetter(x.s[i]) && x.name(i) == begun {
			if begun == tagStyle && !x.tightParagraphs {
				x.tightParagraphs = strings.Contains(x.s[from:i], "P {margin-top:0;margin-bottom:0;}")
			}
			var ignored attributes
			x.attributes(&ignored)
			return
		}
	}
}

// name reads the name of a tag.
func (x *lexer) name(i int) tag {
	from := i
	for i < len(x.s) && !isSpace(x.s[i]) && x.s[i] != '>' && x.s[i] != '/' {
		i++
	}
	x.pos = i
	return tagOf(x.s[from:i])
}

// attributes reads up to the end of a tag. A tag that the input ends in isn't one.
func (x *lexer) attributes(a *attributes) bool {
	s := x.s
	for i := x.pos; ; {
		for i < len(s) && (isSpace(s[i]) || s[i] == '/') {
			i++
		}
		if i >= len(s) {
			x.pos = len(s)
			return false
		}
		if s[i] == '>' {
			x.pos, x.selfClosing = i+1, s[i-1] == '/'
			return true
		}
		from := i
		for i++; i < len(s) && !isSpace(s[i]) && s[i] != '=' && s[i] != '>' && s[i] != '/'; {
			i++
		}
		name := s[from:i]
		for i < len(s) && isSpace(s[i]) {
			i++
		}
		value := ""
		if i < len(s) && s[i] == '=' {
			for i++; i < len(s) && isSpace(s[i]); {
				i++
			}
			value, i = x.value(i)
		}
		a.set(name, value)
	}
}

// value reads the value of an attribute and returns where it ended.
func (x *lexer) value(i int) (value string, end int) {
	s := x.s
	// QUIRK: quoted-printable that nobody decoded leaves class=3D"gmail_quote".
	if strings.HasPrefix(s[i:], `3D"`) || strings.HasPrefix(s[i:], `3D'`) {
		i += 2
	}
	if i < len(s) && (s[i] == '"' && !x.noDouble || s[i] == '\'' && !x.noSingle) {
		if at := strings.IndexByte(s[i+1:], s[i]); at >= 0 {
			return s[i+1 : i+1+at], i + at + 2
		}
		// QUIRK: a quote that is never closed would eat the rest of the mail.
		x.noDouble = x.noDouble || s[i] == '"'
		x.noSingle = x.noSingle || s[i] == '\''
	}
	from := i
	for i < len(s) && !isSpace(s[i]) && s[i] != '>' {
		i++
	}
	return s[from:i], i
}

// set keeps an attribute.
func (a *attributes) set(name, value string) {
	var lower [12]byte
	if len(name) > len(lower) {
		if len(name) == len("data-signature-widget") && strings.EqualFold(name, "data-signature-widget") {
			a.signature = true
		}
		return
	}
	field := (*string)(nil)
	switch string(lower[:copyLower(lower[:], name)]) {
	case "class":
		field = &a.class
	case "id":
		field = &a.id
	case "style":
		field = &a.style
	case "name":
		field = &a.name
	case "size":
		field = &a.size
	case "type":
		field = &a.kind
	case "href":
		field = &a.href
	case "alt":
		field = &a.alt
	case "src":
		field = &a.src
	case "width":
		field = &a.width
	case "height":
		field = &a.height
	case "border":
		field = &a.border
	case "start":
		field = &a.start
	case "value":
		field = &a.value
	case "tabindex":
		field = &a.tabindex
	case "data-marker":
		field = &a.marker
	case "data-emoji":
		field = &a.emoji
	case "hidden":
		a.hidden = true
		return
	default:
		return
	}
	if *field == "" {
		*field = value
	}
}

// copyLower copies s in ASCII lower case, which dst must have room for.
func copyLower(dst []byte, s string) int {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst[i] = c
	}
	return len(s)
}

// unescape replaces character references in the value of an attribute. Unlike in
// text, "&copy=1" in an address isn't one.
func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '&')
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		s = s[at:]
		n := 1
		for n < len(s) && n < 40 && (isLetter(s[n]) || s[n] >= '0' && s[n] <= '9' || s[n] == '#') {
			n++
		}
		if n < len(s) && s[n] == ';' {
			b.WriteString(html.UnescapeString(s[:n+1]))
			n++
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
}
