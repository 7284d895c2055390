package htmltext

import (
	"bytes"
	"strings"
)

// style is what an element passes on to what stands in it.
type style uint16

const (
	bold style = 1 << iota
	italic
	strike
	code
	pre       // spaces and line ends count
	preLine   // line ends count
	unseen    // no descendant is shown
	invisible // visibility: hidden, which a descendant may undo
	tiny      // font-size: 0, which a descendant may undo
	raised
	heading
	signature
	attribution
	wordMarker // the number or bullet that Word writes into a paragraph
	verbatim   // code in a fence: nothing is Markdown

	hiding = unseen | invisible | tiny
	// marked are the styles written as marks of Markdown.
	marked = bold | italic | strike
)

// change is what an element does to the style it stands in.
type change struct{ clear, set style }

func (c change) of(s style) style { return s&^c.clear | c.set }

func (c *change) on(s style)  { c.clear |= s; c.set |= s }
func (c *change) off(s style) { c.clear |= s; c.set &^= s }

func (c *change) choose(s style, on bool) {
	if on {
		c.on(s)
	} else {
		c.off(s)
	}
}

// declarations is what a style attribute says beyond what is passed on.
type declarations struct {
	tight     bool // without margins above and below
	plain     bool // without a border
	ruled     rule // a border at the top alone, see [ruler]
	wordLevel int  // of the list that Word says a paragraph is in
	wide98    bool // width:98%
	shown     bool // a display other than none
	collapsed bool // a box of no height that shows nothing beyond it
	boxed     bool // a display that makes it a box with a height
}

// rule says what a border at the top of an element is.
type rule uint8

const (
	noRule     rule = iota
	maybeRule       // as Outlook writes it, in another colour
	surelyRule      // as Outlook writes it, in its colours
)

// css reads a style attribute. Only what mail programs write to hide, to quote
// and to emphasise is known; a value is compared without white space. Of several
// declarations of a property the last counts, as authors write a fallback first.
func css(s string, c *change) declarations {
	var d declarations
	var h hidden
	var topBorder, topPadding, ownColour, quoteHeader bool
	var marginTop, marginBottom bool
	for s = withoutComments(s); s != ""; {
		var one string
		one, s, _ = strings.Cut(s, ";")
		name, value, ok := strings.Cut(one, ":")
		if !ok {
			continue
		}
		var lowerName [24]byte
		if name = strings.TrimSpace(name); len(name) > len(lowerName) {
			continue
		}
		var buf [96]byte
		v := compact(buf[:0], value)
		switch string(lowerName[:copyLower(lowerName[:], name)]) {
		case "font":
			font(value, c)
		case "font-size":
			fontSize(v, c)
		case "font-weight":
			if n, ok := number(v); ok {
				c.choose(bold, n >= 600)
			} else if w := string(v); w != "inherit" {
				c.choose(bold, w == "bold" || w == "bolder")
			}
		case "font-style":
			if string(v) != "inherit" {
				c.choose(italic, string(v) == "italic" || hasPrefix(v, "oblique"))
			}
		case "text-decoration", "text-decoration-line":
			if contains(v, "line-through") {
				c.on(strike)
			}
		case "white-space":
			switch string(v) {
			case "pre", "pre-wrap", "break-spaces", "-moz-pre-wrap":
				c.on(pre)
				c.off(preLine)
			case "pre-line":
				c.on(preLine)
				c.off(pre)
			case "normal", "nowrap":
				c.off(pre | preLine)
			}
		case "margin":
			marginTop, marginBottom = margins(value)
		case "margin-top":
			marginTop = noLength(value)
		case "margin-bottom":
			marginBottom = noLength(value)
		case "border":
			d.plain = d.plain || hasPrefix(v, "none") || string(v) == "0" || hasPrefix(v, "0px")
		case "border-width":
			d.plain = d.plain || string(v) == "0" || string(v) == "0px"
		case "border-style":
			// Browsers write it so when they are given the next.
			topBorder = topBorder || hasPrefix(v, "solidnonenone")
			d.plain = d.plain || string(v) == "none"
		case "border-top":
			topBorder = topBorder || contains(v, "solid")
			ownColour = ownColour || outlookColour(v)
		case "border-color", "border-top-color":
			ownColour = ownColour || outlookColour(v)
		case "border-bottom", "border-left", "border-right":
			if contains(v, "solid") {
				d.plain = false
				topBorder = false
			}
		case "padding", "padding-top":
			topPadding = topPadding || hasPrefix(v, "3.0pt") || hasPrefix(v, "3pt")
		case "font-color":
			quoteHeader = true // no such property: Outlook Express and Windows Live Mail
		case "mso-list":
			if string(v) == "ignore" {
				c.on(wordMarker)
			} else if at := bytes.Index(v, []byte("level")); at >= 0 && at+5 < len(v) {
				d.wordLevel = int(v[at+5] - '0')
			}
		case "width":
			d.wide98 = string(v) == "98%"
		default:
			h.read(lowerName[:len(name)], v, strings.Contains(value, "!"), c)
		}
	}
	h.apply(c, &d)
	d.tight = marginTop && marginBottom
	switch {
	case topBorder && ownColour:
		d.ruled = surelyRule
	case topBorder && topPadding, quoteHeader:
		d.ruled = maybeRule
	}
	return d
}

// withoutComments drops what stands between "/*" and "*/".
func withoutComments(s string) string {
	if !strings.Contains(s, "/*") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "/*")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if _, s, ok = strings.Cut(rest, "*/"); !ok {
			return b.String()
		}
	}
}

// margins says of the shorthand whether the margins above and below are none.
func margins(s string) (top, bottom bool) {
	s = strings.TrimSpace(s)
	first, rest, several := strings.Cut(s, " ")
	top = noLength(first)
	if _, third, ok := strings.Cut(strings.TrimSpace(rest), " "); several && ok {
		return top, noLength(third)
	}
	return top, top
}

// noLength reports whether a length is nothing: 0, 0px, or Word's .0001pt.
func noLength(s string) bool {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, ".0001pt") || s == "0" {
		return true
	}
	return len(s) > 1 && s[0] == '0' && (isLetter(s[1]) || s[1] == ' ' || s[1] == '%' || strings.HasPrefix(s[1:], ".0001pt"))
}

// outlookColour knows the colours of the line that Outlook draws above the mail
// it quotes: #E1E1E1 since 2013, #B5C4DF before.
func outlookColour(v []byte) bool {
	return contains(v, "#e1e1e1") || contains(v, "#b5c4df") || contains(v, "rgb(225,225,225)") || contains(v, "rgb(181,196,223)")
}

// compact appends a value in lower case without white space, as far as dst has
// room, and without "!important".
func compact(dst []byte, s string) []byte {
	for i := 0; i < len(s) && len(dst) < cap(dst); i++ {
		switch c := s[i]; {
		case c == '!':
			return dst
		case isSpace(c):
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c|0x20)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// number reads the number that a value begins with.
func number(v []byte) (n float64, ok bool) {
	i, unit := 0, 1.0
	for ; i < len(v) && i < 12; i++ {
		switch c := v[i]; {
		case c >= '0' && c <= '9' && unit == 1:
			n, ok = n*10+float64(c-'0'), true
		case c >= '0' && c <= '9':
			n, ok = n+float64(c-'0')*unit, true
			unit /= 10
		case c == '.' && unit == 1:
			unit = 0.1
		default:
			return n, ok
		}
	}
	return n, ok
}

func hasPrefix(v []byte, s string) bool { return len(v) >= len(s) && string(v[:len(s)]) == s }

func contains(v []byte, s string) bool { return bytes.Contains(v, []byte(s)) }
