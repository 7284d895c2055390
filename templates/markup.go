package templates

import "strings"

// raw is markup that is written as it stands: a constant of the program, or one
// that styles.go puts together from constants at the start. No other file
// converts to it, which a test holds.
type raw string

// href is a link that [ownURL], [webURL] or [mailto] has checked. Nothing else
// is written into an attribute.
type href string

// markup writes a letter's HTML. Every string that isn't raw is escaped where it
// is written, so nobody who calls can forget to.
type markup struct {
	b []byte
	s *sheet
}

func (m *markup) raw(r raw) { m.b = append(m.b, r...) }

// text escapes what HTML could take for markup, in elements and in quoted
// attributes alike. NUL, which HTML does not allow, becomes U+FFFD; "+" is
// escaped because of UTF-7.
func (m *markup) text(s string) {
	written := 0
	for i := range len(s) {
		var as string
		switch s[i] {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&#34;"
		case '\'':
			as = "&#39;"
		case '+':
			as = "&#43;"
		case 0:
			as = "\ufffd"
		default:
			continue
		}
		m.b = append(m.b, s[written:i]...)
		m.b = append(m.b, as...)
		written = i + 1
	}
	m.b = append(m.b, s[written:]...)
}

// url writes a link as a quoted attribute's value: what RFC 3986 does not let
// stand in a URL is percent-encoded first. What is encoded already stays.
func (m *markup) url(u href) {
	const hex = "0123456789abcdef"
	written := 0
	for i := range len(u) {
		c := u[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '/', strings.IndexByte("-._~!#$*,:;=?@[]", c) >= 0:
			continue
		case c == '%' && i+2 < len(u) && isHex(u[i+1]) && isHex(u[i+2]):
			continue
		}
		m.b = append(m.b, u[written:i]...)
		written = i + 1
		switch c {
		case '&':
			m.b = append(m.b, "&amp;"...)
		case '+':
			m.b = append(m.b, "&#43;"...)
		default:
			m.b = append(m.b, '%', hex[c>>4], hex[c&15])
		}
	}
	m.b = append(m.b, u[written:]...)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// sentence gives each name its own direction.
func (m *markup) sentence(s sentence) {
	for _, p := range s {
		if p.Name {
			m.raw(`<span dir="auto">`)
			m.text(p.Text)
			m.raw(`</span>`)
		} else {
			m.text(p.Text)
		}
	}
}

// p writes a sentence between an opening tag of the sheet and its end.
func (m *markup) p(open raw, s sentence) {
	m.raw(open)
	m.sentence(s)
	m.raw("</p>\n")
}

// words is p of words that hold no name.
func (m *markup) words(open raw, text string) {
	m.raw(open)
	m.text(text)
	m.raw("</p>\n")
}

// anchor writes a link, or the words alone where it leads nowhere.
func (m *markup) anchor(to href, label sentence) {
	if to == "" {
		m.sentence(label)
		return
	}
	m.raw(`<a href="`)
	m.url(to)
	m.raw(m.s.link)
	m.sentence(label)
	m.raw("</a>")
}

// linked is a paragraph that is one link.
func (m *markup) linked(open raw, to href, label sentence) {
	m.raw(open)
	m.anchor(to, label)
	m.raw("</p>\n")
}

// begin writes everything above the first section.
func (m *markup) begin(p *page) {
	m.raw(m.s.heads[p.Lang])
	m.text(p.Title)
	m.raw(m.s.body)
	m.preheader(p.Preheader)
}

// finish writes the footer and ends the document.
func (m *markup) finish(p *page) {
	m.raw(m.s.footer)
	for _, s := range p.Footer {
		m.p(m.s.foot, s)
	}
	for _, o := range p.Links {
		m.linked(m.s.foot, o.URL, o.Label)
	}
	m.end()
	m.raw("</body>\n</html>\n\n")
}

// section begins the only or first table, next its next row; end ends it.
func (m *markup) section() { m.raw(m.s.section) }
func (m *markup) next()    { m.raw(m.s.next) }
func (m *markup) end()     { m.raw("</td></tr></table>\n") }

// ruled begins a section under an empty paragraph and a rule: conversations are
// flat siblings, with room between where a cursor can stand.
func (m *markup) ruled() { m.raw(m.s.ruled) }

func (m *markup) heading(s sentence) {
	m.raw(m.s.h1)
	m.sentence(s)
	m.raw("</h1>\n")
}

// nameHeading is the heading of a letter that is a person's.
func (m *markup) nameHeading(name string) {
	m.raw(m.s.h1Name)
	m.text(name)
	m.raw("</h1>\n")
}

// name heads one conversation of several.
func (m *markup) name(name string) {
	m.raw(m.s.h2)
	m.text(name)
	m.raw("</h2>\n")
}

func (m *markup) facts(f facts) {
	m.raw(m.s.under)
	if f.Store != "" {
		m.raw(`<span dir="auto">`)
		m.text(f.Store)
		m.raw(`</span> · `)
	}
	m.raw(`<span dir="auto">`)
	m.text(f.Matter)
	m.raw("</span></p>\n")
	if f.StoreURL != "" {
		m.linked(m.s.under, f.StoreURL, sentence{{Text: f.StoreHost}})
	}
	if f.PublicEmail != "" {
		m.raw(m.s.under)
		m.raw(`<span dir="ltr">`)
		m.text(f.PublicEmail)
		m.raw("</span></p>\n")
	}
}

// body writes a message: its newlines as <br>, since white-space:pre-line fails
// in Word and in Samsung's client.
func (m *markup) body(b body) {
	m.raw(m.s.textAuto)
	for i, line := range b.Lines {
		if i > 0 {
			m.raw("<br>\n")
		}
		m.text(line)
	}
	m.raw("</p>\n")
	if b.Rest != "" {
		m.linked(m.s.detail, b.RestURL, sentence{{Text: b.Rest}})
	}
}

func (m *markup) files(files []sentence) {
	for _, f := range files {
		m.p(m.s.detail, f)
	}
}

// button is the one loud thing of a letter; without a link it is not there.
func (m *markup) button(l link) {
	if l.URL == "" {
		return
	}
	m.raw(m.s.button)
	m.url(l.URL)
	m.raw(m.s.buttonLink)
	m.sentence(l.Label)
	m.raw("</a></td></tr></table></td></tr></table>\n")
}

// quote shows what the reader wrote themselves.
func (m *markup) quote(b body) {
	m.raw(m.s.quote)
	m.body(b)
	m.raw("</td></tr></table></td></tr></table>\n")
}
