package inspect

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Style is how a [Document] is shown.
type Style struct {
	// Colour allows bold and dim text (ECMA-48 SGR); nothing else is ever used.
	Colour bool
	// Width is the number of columns that lines are wrapped to, 40 or more;
	// default 100.
	Width int
}

// How much is shown of each thing: a person looks at it. JSON has everything.
const (
	mostAddresses   = 5
	mostParts       = 60
	mostDetails     = 3 // of one kind of defect
	mostRecipients  = 20
	mostAttachments = 20
	mostRows        = 200 // of the newly written text
	mostFieldRows   = 4   // of a value
)

// page writes rows of a document into a buffer.
type page struct {
	bytes.Buffer
	style Style
}

// WriteText shows the document to people: UTF-8 in lines of at most Style.Width
// columns. Of what the mail holds nothing is written that a terminal would act
// upon: control characters and directional formatting are shown as \x1b or
// \u202e. Long lists and texts end after a number of rows, with a row that says
// so. The errors are those of w.
func (d *Document) WriteText(w io.Writer, s Style) error {
	if s.Width == 0 {
		s.Width = 100
	}
	s.Width = max(s.Width, 40)
	p := &page{style: s}
	p.header(d)
	if d.Parts != nil {
		p.tree(d)
	}
	p.files(d)
	p.defects(d)
	p.reports(d)
	p.trust(d)
	p.written(d)
	p.cuts(d)
	p.heading("Time", strconv.FormatFloat(d.Ms, 'f', 1, 64)+" ms")
	_, err := w.Write(p.Bytes())
	return err
}

func (p *page) bold(s string) string { return p.sgr("1", s) }
func (p *page) dim(s string) string  { return p.sgr("2", s) }

func (p *page) sgr(code, s string) string {
	if !p.style.Colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// heading begins a section.
func (p *page) heading(name, rest string) {
	p.WriteString("\n" + p.bold(name))
	if rest != "" {
		p.WriteString("  " + rest)
	}
	p.WriteByte('\n')
}

// field writes "  name  value", wrapped under itself; nothing for an empty value.
func (p *page) field(name, value string) {
	if value == "" {
		return
	}
	const names = 14
	p.rows("  "+p.dim(pad(name, names-2)), strings.Repeat(" ", names), value, mostFieldRows)
}

// item writes one entry of a list.
func (p *page) item(value string) { p.rows("  - ", "    ", value, mostFieldRows) }

// rows writes value, which may hold anything, behind first and in further rows
// behind next, which are as wide.
func (p *page) rows(first, next, value string, most int) {
	const more = " …"
	rows, all := wrap(visible(value), p.style.Width-len(next)-columnsOf(more), most)
	for i, r := range rows {
		if i > 0 {
			first = next
		}
		if i == len(rows)-1 && !all {
			r += more
		}
		p.WriteString(strings.TrimRight(first+r, " ") + "\n")
	}
}

func (p *page) header(d *Document) {
	if d.File != "" {
		rows, _ := wrap(visible(d.File), p.style.Width, mostFieldRows)
		for _, r := range rows {
			p.WriteString(p.bold(r) + "\n")
		}
	}
	p.field("From", addresses(d.From))
	p.field("Sender", addresses(d.Sender))
	p.field("Reply-To", addresses(d.ReplyTo))
	p.field("To", addresses(d.To))
	p.field("Cc", addresses(d.Cc))
	p.field("Subject", d.Subject)
	if t, err := time.Parse(time.RFC3339, d.Date); err == nil {
		p.field("Date", t.Format("Mon 2 Jan 2006 15:04:05 -0700"))
	}
	p.field("Message-ID", d.MessageID)
	p.field("In-Reply-To", d.InReplyTo)
	p.field("Size", bytesText(d.Size))
	if d.Class != "" {
		what := string(d.Class)
		if s := classes[d.Class]; s != "" {
			what += " (" + s + ")"
		}
		what += ", by rule " + d.Rule
		if d.Why != "" {
			what += ": " + d.Why
		}
		p.heading("Class", "")
		p.rows("  ", "  ", what, mostFieldRows)
	}
}

func addresses(list []Address) string {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == mostAddresses {
			fmt.Fprintf(&b, "and %d more", len(list)-i)
			break
		}
		if a.Name != "" {
			b.WriteString(a.Name + " <" + a.Address + ">")
		} else {
			b.WriteString(a.Address)
		}
	}
	return b.String()
}

// defects shows each kind once, with the details of its first few.
func (p *page) defects(d *Document) {
	if len(d.Defects) == 0 {
		return
	}
	p.heading("Defects", "")
	type group struct {
		Defect
		n       int
		details []string
	}
	var order []*group
	groups := make(map[message.DefectKind]*group)
	for _, e := range d.Defects {
		g := groups[e.Kind]
		if g == nil {
			g = &group{Defect: e}
			groups[e.Kind] = g
			order = append(order, g)
		}
		if g.n++; e.Detail != "" && len(g.details) < mostDetails {
			g.details = append(g.details, strconv.Quote(e.Detail))
		}
	}
	for _, g := range order {
		line := g.Means + " [" + string(g.Kind) + "]"
		if len(g.details) > 0 {
			line += ": " + strings.Join(g.details, ", ")
		}
		if g.n > max(len(g.details), 1) {
			line += fmt.Sprintf(" (%d times)", g.n)
		}
		p.item(line)
	}
}

func (p *page) cuts(d *Document) {
	n := d.New
	if len(n.Cuts) == 0 && n.QuotedLines == 0 {
		return
	}
	p.heading("Not new", p.dim(count(n.QuotedLines, "line")+" taken out"))
	for _, c := range n.Cuts {
		what := cutNames[c.Kind]
		if what == "" {
			what = string(c.Kind)
		}
		done := "cut"
		if c.Folded {
			done = "folded, since it isn't sure"
		}
		p.item(fmt.Sprintf("%s: %s [%s], confidence %.0f %%: %s", done, what, string(c.Kind), 100*c.Confidence, c.Evidence))
	}
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

func bytesText(n int64) string {
	switch {
	case n < 1000:
		return count(int(n), "byte")
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
