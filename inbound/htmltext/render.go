package htmltext

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// maxElements bounds the tags that [Render] heeds and maxOpen how deep they may
// stand in one another: far above what clients write, low enough that hostile
// markup costs nothing. The text within further ones is still read.
const (
	maxElements = 200_000
	maxOpen     = 2_000
	maxLines    = 50_000
)

// element is an open tag with the effects it has until it closes.
type element struct {
	name      string
	quote     bool // its lines get "> "
	hidden    bool
	signature bool
	pre       bool
	block     bool
	bold      bool
	italic    bool
	item      int // number of the next item of an ordered list; 0 if not one
	href      string
	line      int // number of lines written when it began
	textFrom  int // length of the line at that time
}

// renderer turns a stream of tags into lines. It never builds a tree, so that
// neither depth nor misnesting costs more than the bytes they take.
type renderer struct {
	out   []Line
	cur   []byte
	space bool // a space is due before the next word
	gap   bool // an empty line is due before the next line
	mark  string

	open       []element
	count      map[string]int // open elements by name
	quotes     int
	hidden     int
	signatures int
	pres       int
	// bolds and italics count what is open; bold and italic say what the line
	// has open: marks are written only around words and closed on each line.
	bolds, italics int
	bold, italic   bool
}

// Render turns an HTML mail into lines of text in Markdown (CommonMark): bold
// and italics, lists, links. Tags after the first 200,000 are ignored, lines
// after 50,000 left out.
func Render(s string) []Line {
	r := &renderer{count: make(map[string]int)}
	z := html.NewTokenizer(strings.NewReader(s))
	n := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			r.flush()
			return r.out
		case html.TextToken:
			r.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			if n++; n <= maxElements {
				r.start(z)
			}
		case html.EndTagToken:
			if n++; n <= maxElements {
				name, _ := z.TagName()
				r.end(string(name))
			}
		}
	}
}

// flush ends the line being written.
func (r *renderer) flush() {
	r.emphasise(false, false)
	s := strings.TrimRight(string(r.cur), " \t")
	r.cur = r.cur[:0]
	r.space = false
	if s == "" || len(r.out) >= maxLines {
		return
	}
	if r.gap && len(r.out) > 0 {
		r.out = append(r.out, r.line(""))
	}
	r.gap = false
	r.out = append(r.out, r.line(s))
}

func (r *renderer) line(s string) Line {
	l := Line{Text: s, Depth: r.quotes, Signature: r.signatures > 0}
	if s != "" {
		l.Mark, r.mark = r.mark, ""
	}
	return l
}

// text writes a run of text with white space collapsed as browsers do.
func (r *renderer) text(s string) {
	if r.hidden > 0 {
		return
	}
	if r.pres > 0 {
		for i, row := range strings.Split(s, "\n") {
			if i > 0 {
				if len(r.cur) == 0 {
					r.gap = true
				}
				r.flush()
			}
			r.cur = append(r.cur, strings.TrimRight(row, "\r")...)
		}
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\r\n")
		if i == 0 {
			r.space = true
			s = strings.TrimLeft(s, " \t\r\n")
			continue
		}
		word := s
		if i > 0 {
			word = s[:i]
		}
		s = s[len(word):]
		r.word(strings.ReplaceAll(word, "\u00a0", " "))
	}
}

// word writes text with the space and the emphasis due before it.
func (r *renderer) word(s string) {
	r.emphasise(r.bold && r.bolds > 0, r.italic && r.italics > 0) // close before the space
	if r.space && len(r.cur) > 0 {
		r.cur = append(r.cur, ' ')
	}
	r.space = false
	r.emphasise(r.bolds > 0, r.italics > 0)
	r.cur = append(r.cur, s...)
}

// emphasise closes and opens marks until the line has what is wanted. Bold is
// the outer one.
func (r *renderer) emphasise(bold, italic bool) {
	if r.italic && (!italic || r.bold != bold) {
		r.cur = append(r.cur, '*')
		r.italic = false
	}
	if r.bold != bold {
		r.cur = append(r.cur, "**"...)
		r.bold = bold
	}
	if italic && !r.italic {
		r.cur = append(r.cur, '*')
		r.italic = true
	}
}

// void elements have no end tag.
var void = map[string]bool{"br": true, "hr": true, "img": true, "input": true, "meta": true, "link": true,
	"area": true, "base": true, "col": true, "embed": true, "param": true, "source": true, "track": true, "wbr": true}

var blocks = map[string]bool{"div": true, "p": true, "table": true, "tr": true, "ul": true, "ol": true, "li": true, "blockquote": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "pre": true, "section": true, "article": true, "header": true,
	"footer": true, "body": true, "html": true, "center": true, "dl": true, "dt": true, "dd": true, "address": true, "fieldset": true, "form": true, "main": true}

var unseen = map[string]bool{"head": true, "style": true, "script": true, "title": true, "template": true, "noscript": true, "object": true, "svg": true, "select": true}

func (r *renderer) start(z *html.Tokenizer) {
	raw, more := z.TagName()
	e := element{name: string(raw)}
	attrs := make(map[string]string)
	for n := 0; more && n < 40; n++ {
		var k, v []byte
		k, v, more = z.TagAttr()
		switch key := string(k); key {
		case "class", "id", "style", "type", "href", "data-marker", "hidden", "name":
			if len(v) <= 2000 {
				attrs[key] = string(v)
			}
		}
	}
	switch e.name {
	case "br":
		if r.hidden == 0 {
			if len(r.cur) == 0 {
				r.gap = true
			}
			r.flush()
		}
		return
	case "hr":
		r.flush()
		r.gap = true
		if attrs["id"] == "stopSpelling" || attrs["id"] == "zwchr" || attrs["data-marker"] == "__DIVIDER__" {
			r.mark = "divider of the mail program"
		}
		return
	case "td", "th":
		r.space = true
	case "li":
		if r.count["li"] > 0 && len(r.open) > 0 && r.open[len(r.open)-1].name == "li" {
			r.end("li")
		}
	case "p":
		if len(r.open) > 0 && r.open[len(r.open)-1].name == "p" {
			r.end("p")
		}
	}
	if void[e.name] || len(r.open) >= maxOpen {
		return
	}
	r.structure(&e, attrs)
	if blocks[e.name] {
		e.block = true
		r.flush()
		switch e.name {
		case "p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6":
			r.gap = r.gap || e.name != "p" || len(r.out) > 0
		}
	}
	switch e.name {
	case "b", "strong":
		e.bold = true
	case "i", "em":
		e.italic = true
	case "ol":
		e.item = 1
	case "li":
		r.bullet()
	case "a":
		if h := strings.TrimSpace(attrs["href"]); strings.HasPrefix(h, "http://") || strings.HasPrefix(h, "https://") || strings.HasPrefix(h, "mailto:") {
			e.href = h
		}
	}
	e.line, e.textFrom = len(r.out), len(r.cur)
	r.push(e)
}

// bullet begins an item of the innermost list.
func (r *renderer) bullet() {
	for i := len(r.open) - 1; i >= 0 && i >= len(r.open)-5; i-- {
		switch r.open[i].name {
		case "ol":
			r.bare(strconv.Itoa(r.open[i].item) + ". ")
			r.open[i].item++
			return
		case "ul":
			r.bare("- ")
			return
		}
	}
	r.bare("- ")
}

// bare writes a mark that isn't the sender's word.
func (r *renderer) bare(s string) {
	if r.hidden == 0 {
		r.cur = append(r.cur, s...)
	}
}

func (r *renderer) push(e element) {
	r.open = append(r.open, e)
	r.count[e.name]++
	r.effects(e, 1)
}

func (r *renderer) effects(e element, by int) {
	if e.quote {
		r.quotes += by
	}
	if e.hidden {
		r.hidden += by
	}
	if e.signature {
		r.signatures += by
	}
	if e.pre {
		r.pres += by
	}
	if e.bold {
		r.bolds += by
	}
	if e.italic {
		r.italics += by
	}
}

// end closes the innermost element of a name and all that stand open in it; an
// end tag without a beginning is ignored. The count makes each cost the elements
// it closes, no more.
func (r *renderer) end(name string) {
	if r.count[name] == 0 {
		return
	}
	for len(r.open) > 0 {
		e := r.open[len(r.open)-1]
		r.open = r.open[:len(r.open)-1]
		r.count[e.name]--
		r.leave(e)
		if e.name == name {
			return
		}
	}
}

func (r *renderer) leave(e element) {
	if e.href != "" && r.hidden == 0 && e.line == len(r.out) && len(r.cur) > e.textFrom {
		label := strings.Trim(string(r.cur[e.textFrom:min(len(r.cur), e.textFrom+3000)]), " *")
		target := strings.TrimPrefix(e.href, "mailto:")
		if label != "" && !strings.EqualFold(strings.TrimSuffix(target, "/"), strings.TrimSuffix(label, "/")) && !strings.HasSuffix(target, "://"+label) {
			r.cur = append(r.cur, " <"+target+">"...)
		}
	}
	if e.block {
		r.flush()
		switch e.name {
		case "p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6":
			r.gap = true
		}
	}
	r.effects(e, -1)
}
