package templates

import (
	"slices"
	"strings"
)

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

// sentence sets each name apart that would turn the words around it.
func (m *markup) sentence(s sentence) {
	for _, p := range s {
		if p.Name {
			m.name(p.Text)
		} else {
			m.text(p.Text)
		}
	}
}

// name gives a stranger's words their own direction, where they need one. Gmail,
// Outlook and Yahoo drop bdi.
func (m *markup) name(s string) {
	if !rightToLeft(s) {
		m.text(s)
		return
	}
	m.raw(`<span dir="auto">`)
	m.text(s)
	m.raw(`</span>`)
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

// begin writes everything above the first section. The colours of a button are
// left out where there is none.
func (m *markup) begin(p *page, button bool) {
	m.raw(m.s.heads[p.Lang])
	m.text(p.Title)
	if button {
		m.raw(m.s.bodyButton)
	} else {
		m.raw(m.s.body)
	}
	m.preheader(p.Preheader)
}

// finish writes the footer, a row of the last table, and ends the document. Words
// share a paragraph; each link has its own, with room for a finger.
func (m *markup) finish(p *page) {
	m.raw(m.s.footer)
	open := false
	words := func(s sentence) {
		if open {
			m.raw("<br>\n")
		} else {
			m.raw(m.s.foot)
		}
		m.sentence(s)
		open = true
	}
	for _, s := range p.Footer {
		words(s)
	}
	for _, o := range p.Links {
		if o.URL == "" {
			words(o.Label)
			continue
		}
		if open {
			m.raw("</p>\n")
		}
		open = false
		m.linked(m.s.foot, o.URL, o.Label)
	}
	if open {
		m.raw("</p>\n")
	}
	m.end()
	m.raw("</body>\n</html>\n")
}

// section begins the first table. The footer follows it in the same one unless
// apart says that a ruled section comes between: then end ends it.
func (m *markup) section(apart bool) {
	if apart {
		m.raw(m.s.sectionGap)
	} else {
		m.raw(m.s.section)
	}
}

func (m *markup) end() { m.raw("</td></tr></table>\n") }

// ruled begins a section under an empty paragraph and a rule: conversations are
// flat siblings, with room between where a cursor can stand. The last one leaves
// its table to the footer, the others end it.
func (m *markup) ruled(last bool) {
	if last {
		m.raw(m.s.ruled)
	} else {
		m.raw(m.s.ruledGap)
	}
}

// row begins a section under a rule, where nothing will be typed above it.
func (m *markup) row() { m.raw(m.s.row) }

func (m *markup) heading(s sentence) {
	m.raw(m.s.h1)
	m.sentence(s)
	m.raw("</h1>\n")
}

// second heads one conversation of several. With apart there is room above: for
// what a letter is about, under what it says first.
func (m *markup) second(name string, apart bool) {
	if apart {
		m.raw(m.s.h2After)
	} else {
		m.raw(m.s.h2)
	}
	m.name(name)
	m.raw("</h2>\n")
}

func (m *markup) facts(f facts) {
	m.raw(m.s.under)
	if f.Store != "" {
		m.name(f.Store)
		m.raw(" · ")
	}
	m.name(f.Matter)
	m.raw("</p>\n")
	if f.StoreURL != "" {
		m.linked(m.s.under, f.StoreURL, sentence{{Text: f.StoreHost}})
	}
	if f.PublicEmail != "" {
		m.p(m.s.under, sentence{{Text: f.PublicEmail, Name: true}})
	}
}

// body writes a message: its newlines as <br>, since white-space:pre-line fails
// in Word and in Samsung's client. Room above it is asked for with apart.
func (m *markup) body(b body, apart bool) {
	if slices.ContainsFunc(b.Lines, rightToLeft) {
		m.directed(b.Lines, apart)
	} else {
		m.raw(m.opening(apart, false))
		for i, line := range b.Lines {
			if i > 0 {
				m.raw("<br>\n")
			}
			m.text(line)
		}
		m.raw("</p>\n")
	}
	if b.Rest != "" {
		m.linked(m.s.detail, b.RestURL, sentence{{Text: b.Rest}})
	}
}

func (m *markup) opening(apart, auto bool) raw {
	switch {
	case apart && auto:
		return m.s.afterAuto
	case apart:
		return m.s.after
	case auto:
		return m.s.textAuto
	}
	return m.s.text
}

// directed writes lines of several scripts. A paragraph has one direction, that of
// its first letter, so a new one begins where a line runs the other way.
func (m *markup) directed(lines []string, apart bool) {
	open, last := false, noDirection
	for _, line := range lines {
		way := directionOf(line)
		if open && (strings.TrimSpace(line) == "" || way != noDirection && last != noDirection && way != last) {
			m.raw("</p>\n")
			open = false
		}
		if strings.TrimSpace(line) == "" {
			m.raw(m.s.space)
			apart, last = false, noDirection
			continue
		}
		if open {
			m.raw("<br>\n")
		} else {
			m.raw(m.opening(apart, true))
			open, apart, last = true, false, noDirection
		}
		m.text(line)
		if last == noDirection {
			last = way
		}
	}
	if open {
		m.raw("</p>\n")
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
	m.body(b, false)
	m.raw("</td></tr></table></td></tr></table>\n")
}
