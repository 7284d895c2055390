package inspect

import (
	"fmt"
	"strings"
)

// tree shows the parts, one a row.
func (p *page) tree(d *Document) {
	p.heading("Parts", "")
	left := mostParts
	p.node(d.Parts, "  ", "  ", &left)
	if left < 0 {
		p.item(fmt.Sprintf("and %d more", -left))
	}
}

// node writes one part behind first and those below it behind next, until left
// rows are used up; then it only counts on.
func (p *page) node(t *Part, first, next string, left *int) {
	if *left--; *left >= 0 {
		row, _ := wrap(visible(t.describe()), p.style.Width-columnsOf(first), 1)
		p.WriteString(first + row[0] + "\n")
	}
	for i, c := range t.Parts {
		branch, below := "├─ ", "│  "
		if i == len(t.Parts)-1 {
			branch, below = "└─ ", "   "
		}
		p.node(c, next+branch, next+below, left)
	}
}

// files shows the attachments and what calendars are about.
func (p *page) files(d *Document) {
	if len(d.Attachments) > 0 {
		p.heading("Attachments", "")
	}
	for i, a := range d.Attachments {
		if i == mostAttachments {
			p.item(fmt.Sprintf("and %d more", len(d.Attachments)-i))
			break
		}
		s := a.MediaType + "; " + bytesText(a.Size)
		if a.Filename != "" {
			s = `"` + a.Filename + `"; ` + s
		}
		if a.Inline {
			s += "; inline"
		}
		p.item(s)
	}
	if len(d.Calendars) > 0 {
		p.heading("Calendar", "")
	}
	for i, e := range d.Calendars {
		if i == mostAttachments {
			break
		}
		p.item(strings.TrimSpace(e.Method + " " + e.UID))
	}
}

func (t *Part) describe() string {
	words := []string{t.MediaType}
	for _, w := range []string{t.Charset, t.Encoding, t.Disposition} {
		if w != "" {
			words = append(words, w)
		}
	}
	if t.Filename != "" {
		words = append(words, `"`+t.Filename+`"`)
	}
	if t.ContentID != "" {
		words = append(words, "cid:"+t.ContentID)
	}
	if t.Subject != "" {
		words = append(words, "subject: "+t.Subject)
	}
	if len(t.Parts) == 0 || t.Size > 0 {
		words = append(words, bytesText(t.Size))
	}
	return strings.Join(words, "; ")
}

// written shows the newly written text, and behind another rule what is folded.
func (p *page) written(d *Document) {
	n := d.New
	if n.Text == "" {
		p.heading("Newly written", p.dim("nothing"))
		return
	}
	rest := count(strings.Count(n.Text, "\n")+1, "line")
	if n.From != "" {
		rest += " from " + n.From
	}
	if n.Markdown {
		rest += ", as Markdown"
	}
	p.heading("Newly written", p.dim(rest))
	left := p.body("  │ ", n.Text[:n.Fold], mostRows)
	if n.Fold < len(n.Text) {
		p.WriteString("  " + p.dim("folded from here on, since it probably isn't new:") + "\n")
		p.body("  ┊ ", n.Text[n.Fold:], left)
	}
}

// body writes text row by row and returns how many rows are left.
func (p *page) body(margin, text string, left int) int {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return left
	}
	for text != "" || left == mostRows {
		if left == 0 {
			p.WriteString("  " + p.dim("… and "+count(strings.Count(text, "\n")+1, "line")+" more") + "\n")
			break
		}
		line, after, more := strings.Cut(text, "\n")
		rows, all := wrap(visible(line), p.style.Width-columnsOf(margin), left)
		for _, r := range rows {
			if r == "" {
				p.WriteString(p.dim(strings.TrimRight(margin, " ")) + "\n")
				continue
			}
			p.WriteString(p.dim(margin) + r + "\n")
		}
		left -= len(rows)
		if !all {
			p.WriteString("  " + p.dim("… and more") + "\n")
			return 0
		}
		text = after
		if !more {
			break
		}
	}
	return left
}
