package htmltext

import (
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// element is an open element with what it does until it closes.
type element struct {
	tag    tag
	role   role
	quotes bool // it adds to the depth
	spaced bool // an empty line is due after it
	by     string
	change change
	was    style // the style it stands in
	// before is the place of the element of the same tag that was open before,
	// and outer, block and quote are what the renderer's fields of these names
	// were: one look replaces a search, so that an end tag costs what it closes.
	before, outer, block, quote int
	lines                       int // written when it began
	indent                      int // of the lines in a list item
	list                        list
	tabular                     bool // a table of data
	fence                       int  // the line above that fences code, counted from 1
}

// renderer turns a stream of tags into lines.
type renderer struct {
	x       lexer
	limits  Limits
	reached []Limit
	ended   bool

	out  []Line
	ends []int  // where the text of each line ends in text
	text []byte // of all lines, and of the one being written
	line writing
	link link
	lead []byte // "- ", "1. " or "# ", waiting for the first word behind it
	gap  bool   // an empty line is due before the next line
	note note
	word wordList

	open   []element
	rows   []row        // of the tables open
	last   [numTags]int // the innermost element of a tag; -1 if none
	outer  int          // the innermost that is a scope
	block  int          // the innermost that is a block or a quote
	quote  int          // the innermost that is a quote
	depth  int
	indent int
	style  style
	fenced bool
	excess int // elements open beyond the limit
}

// note is a mark that waits for its line.
type note struct {
	mark   string
	headed bool // only if the line looks like a header field in bold
}

func newRenderer(s string, l Limits) *renderer {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	r := &renderer{x: lexer{s: s}, limits: l, outer: -1, block: -1, quote: -1}
	for i := range r.last {
		r.last[i] = -1
	}
	r.line.reset(0)
	r.text = make([]byte, 0, min(len(s)/2, 64<<10)+64)
	r.open = make([]element, 0, 16)
	r.out = make([]Line, 0, 16)
	r.ends = make([]int, 0, 16)
	return r
}

func (r *renderer) run() {
	for tags := 0; !r.ended; {
		t := r.x.next()
		if t == noToken {
			break
		}
		if t == textToken {
			if r.style&hiding == 0 {
				r.write(decode(r.x.text))
			}
			continue
		}
		if tags++; tags > r.limits.Elements {
			r.limit(LimitElements)
			break
		}
		if t == startToken {
			r.start(r.x.tag, &r.x.attrs)
		} else {
			r.end(r.x.tag)
		}
	}
	for len(r.open) > 0 {
		r.pop()
	}
	r.flush()
}

// decode replaces the character references of a text.
func decode(s string) string {
	switch {
	case s == "&nbsp;":
		return "\u00a0"
	case strings.IndexByte(s, '&') >= 0:
		return html.UnescapeString(s)
	}
	return s
}

func (r *renderer) limit(l Limit) {
	if !slices.Contains(r.reached, l) {
		r.reached = append(r.reached, l)
	}
}

// start begins an element.
func (r *renderer) start(t tag, a *attributes) {
	var c change
	var d declarations
	if a.style != "" {
		d = css(a.style, &c)
	}
	switch {
	case t == tagUnseen && r.x.selfClosing:
		return // <svg/>
	case t == tagUnseen, a.hidden && !d.shown, d.collapsed && (d.boxed || hasHeight(t)):
		c.on(unseen)
	case t == tagSpan && a.size != "" && c.clear&tiny == 0:
		c.off(tiny)
	}
	if t.is(void) {
		r.void(t, a, c, &d)
		return
	}
	if t == tagA {
		if at := r.last[tagA]; at >= 0 && r.open[at].change.set&hiding != 0 {
			r.end(tagA) // or what one hides would go on in the next
		}
		r.endLink()
		if c.of(r.style)&(unseen|invisible) == 0 {
			r.beginLink(a.href)
		}
	}
	r.implied(t)
	if len(r.open) >= r.limits.Open {
		r.limit(LimitOpen)
		r.excess++
		// What is hidden stays hidden up to the end of the last element within
		// the limit: nobody counts where it itself ends.
		r.style |= c.set & hiding
		if t.is(block) {
			r.flush()
		}
		return
	}
	e := element{tag: t}
	r.begin(&e, meaningOfElement(t, a, &d), &c)
	r.inline(t, a, &c)
	if t.is(block) || e.quotes {
		r.flush()
		r.beginBlock(&e, a, &d)
	}
	e.change = c
	r.push(e)
	if t == tagQ && r.style&hiding == 0 {
		r.write("\u201c")
	}
}

// begin gives an element its role.
func (r *renderer) begin(e *element, m meaning, c *change) {
	e.role, e.by = m.role, m.by
	switch m.role {
	case mark, headed:
		r.flush()
		r.announce(m.by, m.role == headed)
	case quote, container:
		// A blockquote takes the place of the container around it.
		if e.tag == tagBlockquote && r.quote >= 0 {
			around := &r.open[r.quote]
			if around.role == container && around.tag != tagBlockquote && (around.by == m.by || around.by == spark) {
				r.introduced(10)
				around.role, around.quotes = noRole, false
				r.depth--
			}
		}
		e.quotes = true
	case introduction:
		c.on(attribution)
		e.quotes = r.quote < 0 || r.open[r.quote].role != container
	case signed:
		c.on(signature)
	case noRole:
	}
}

// announce notes that the answered mail begins at the next line. Within a quote
// that is known already, and what comes after the quote may be new.
func (r *renderer) announce(by string, onlyHeaded bool) {
	if r.depth == 0 && r.style&hiding == 0 && (r.note.mark == "" || r.note.headed) {
		r.note = note{by, onlyHeaded}
	}
}

// introduced says that the lines since the innermost quote began are its
// attribution, if they are few.
func (r *renderer) introduced(most int) {
	r.flush()
	if r.quote < 0 || !r.open[r.quote].quotes {
		return
	}
	from := r.open[r.quote].lines
	if len(r.out)-from > most {
		return
	}
	for i := from; i < len(r.out); i++ {
		r.out[i].Attribution = r.out[i].Depth > 0 && r.ends[i] > r.begins(i)
	}
}

// inline does what the name of an element says of the text in it.
func (r *renderer) inline(t tag, a *attributes, c *change) {
	by := func(s style) {
		if c.clear&s == 0 { // Google Docs: <b style="font-weight:normal">
			c.on(s)
		}
	}
	switch t {
	case tagB:
		by(bold)
	case tagI:
		by(italic)
	case tagDel:
		by(strike)
	case tagCode:
		if r.style&verbatim == 0 && !r.beginFence() {
			by(code)
		} else {
			c.on(verbatim)
		}
	case tagSup:
		c.on(raised)
	case tagPre:
		by(pre)
	case tagH1, tagH2, tagH3, tagH4, tagH5, tagH6:
		c.on(heading)
	default:
	}
	if a.style == "" && t == tagSpan && a.class == "Apple-tab-span" {
		c.on(pre)
	}
}

// beginBlock does what the name of an element says of the lines in it.
func (r *renderer) beginBlock(e *element, a *attributes, d *declarations) {
	e.spaced = e.tag.is(spaced)
	switch e.tag {
	case tagP:
		r.word = wordList{level: d.wordLevel}
		e.spaced = !d.tight && !r.x.tightParagraphs && !wordParagraph(a.class)
	case tagUl, tagOl:
		e.spaced = r.last[tagLi] < 0
		e.list = list{ordered: e.tag == tagOl, next: counter(a.start, 1)}
	case tagLi:
		r.beginItem(e, a.value)
	case tagH1, tagH2, tagH3, tagH4, tagH5, tagH6:
		r.lead = append(r.lead[:0], "###### "[6-(e.tag-tagH1+1):]...)
	case tagTable:
		e.tabular = tabular(a)
		e.spaced = e.tabular
	case tagTr:
		r.rows = append(r.rows, row{first: len(r.out)})
	case tagTd, tagTh:
		r.beginCell(e.tag)
	default:
	}
	// The margin of the first block in a cell or in a list item moves nothing.
	if e.spaced && !(r.atCellStart() || len(r.lead) > 0 && e.tag == tagP) {
		r.gap = true
	}
	e.lines = len(r.out)
}

// void does what an element without an end does.
func (r *renderer) void(t tag, a *attributes, c change, d *declarations) {
	if t == tagBody || t == tagHTML {
		if len(r.open) == 0 {
			r.style = c.of(r.style)
		}
		return
	}
	if t == tagHr {
		r.implied(t)
	}
	if c.of(r.style)&(unseen|invisible) != 0 {
		return // the size of text is nothing to a picture
	}
	switch t {
	case tagBr:
		switch {
		case a.class == "Apple-interchange-newline": // Apple Mail: behind the attribution
			r.introduced(4)
		case a.kind == "attribution": // Android Email: behind the header fields
			r.introduced(8)
		}
		r.newline()
	case tagHr:
		r.flush()
		if m := meaningOfElement(t, a, d); m.role == mark {
			r.announce(m.by, false)
		} else if a.tabindex == "-1" && d.wide98 {
			r.announce("ruler of Outlook on the web", false)
		}
		r.gap = true
		r.literal("---")
		r.gap = true
	case tagImg:
		r.image(a)
	default:
	}
}
