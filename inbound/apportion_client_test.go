package inbound

import (
	"fmt"
	"html"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// client is a way of quoting.
type client struct {
	name string
	// marked puts ">" before quoted lines of the text part, and also before what
	// was typed between them.
	marked, markedTyped bool
	// split ends the quote in HTML where something is typed between two items.
	split         bool
	linkL, linkR  string // around the target of a link in the text part
	introText     string
	introHTML     string // what stands above the quote, with the quote's start
	closeHTML     string
	openQ, closeQ string // the quote itself, where it can be split
	paragraph     string // attributes of a paragraph
	plainOnly     bool
}

var headerFields = [][2]string{{"From", "Market <reply+k3f9a2c7d1e8b4065kq0000009@in.market.example>"}, {"Sent", "Monday, November 23, 2026 2:48 PM"},
	{"To", "Maja Lind <maja@lind.example>"}, {"Subject", "4 unread: Nadia Rahman, Bo and 1 more"}}

func headerText() string {
	var b strings.Builder
	for _, f := range headerFields {
		b.WriteString(f[0] + ": " + f[1] + "\n")
	}
	return b.String() + "\n"
}

func headerHTML(line, end string) string {
	var b strings.Builder
	for _, f := range headerFields {
		b.WriteString(line + "<b>" + f[0] + ":</b> " + html.EscapeString(f[1]) + end)
	}
	return b.String()
}

const gmailIntro = "On Mon, Nov 23, 2026 at 2:48 PM Market <\nreply+k3f9a2c7d1e8b4065kq0000009@in.market.example> wrote:\n\n"

var clients = []client{
	{name: "Gmail", marked: true, markedTyped: true, linkL: "\n<", linkR: ">", introText: gmailIntro,
		introHTML: `<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, Nov 23, 2026 at 2:48 PM Market &lt;<a href="mailto:reply%2Bk3f9@in.market.example">reply+k3f9a2c7d1e8b4065kq0000009@in.market.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div class="msg-1">`,
		closeHTML: `</div></blockquote></div>`, paragraph: `class="m_-4711i" style="margin:12px 0 0 0;font-size:14px"`},
	{name: "Outlook for Windows", linkL: "<", linkR: ">", introText: "\n" + headerText(),
		introHTML: `<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal>` + headerHTML("", "<br>") + `</p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>`,
		paragraph: `class=MsoNormal style='margin-top:9.0pt;mso-line-height-rule:exactly'`},
	{name: "Outlook on the web", linkL: "<", linkR: ">", introText: "________________________________\n" + headerText(),
		introHTML: `<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt">` + headerHTML("", "<br>") + `</font><div>&nbsp;</div></div><div class="x_p">`,
		closeHTML: `</div>`, paragraph: `class="x_i" style="margin:12px 0 0 0"`},
	{name: "new Outlook", linkL: "<", linkR: ">", introText: "\n" + headerText(),
		introHTML: `<div id="mail-editor-reference-message-container"><div class="ms-outlook-mobile-reference-message skipProofing"><div style="border-top:solid #b5c4df 1.0pt;padding:3pt 0 0 0">` + headerHTML("", "<br>") + `</div><br></div>`,
		closeHTML: `</div>`, paragraph: `class="x_m" style="margin:12px 0px 0px"`},
	{name: "Apple Mail", marked: true, split: true, linkL: " <", linkR: ">", introText: "On 23 Nov 2026, at 14:48, Market <reply+k3f9a2c7d1e8b4065kq0000009@in.market.example> wrote:\n\n",
		introHTML: `<div><br><blockquote type="cite"><div>On 23 Nov 2026, at 14:48, Market &lt;reply+k3f9a2c7d1e8b4065kq0000009@in.market.example&gt; wrote:</div><br class="Apple-interchange-newline">`,
		closeHTML: `</blockquote></div>`, openQ: `<blockquote type="cite">`, closeQ: `</blockquote>`, paragraph: `class="i" style="margin: 12px 0px 0px;"`},
	{name: "iPhone", marked: true, markedTyped: true, linkL: " <", linkR: ">", introText: "On 23 Nov 2026, at 14:48, Market <reply+k3f9a2c7d1e8b4065kq0000009@in.market.example> wrote:\n\n",
		introHTML: `<div dir="ltr"><br><blockquote type="cite">On 23 Nov 2026, at 14:48, Market &lt;reply+k3f9a2c7d1e8b4065kq0000009@in.market.example&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">`,
		closeHTML: `</div></blockquote>`, openQ: `<blockquote type="cite">`, closeQ: `</blockquote>`, paragraph: `class="m" style="margin:12px 0 0 0"`},
	{name: "Thunderbird, plain text", marked: true, plainOnly: true, introText: "Am 23.11.26 um 14:48 schrieb Market:\n"},
	{name: "mutt", marked: true, plainOnly: true, introText: "On Mon, Nov 23, 2026 at 02:48:10PM +0100, Market wrote:\n"},
	{name: "Outlook, plain text", plainOnly: true, introText: "\n-----Original Message-----\n" + headerText()},
}

// written puts a mail together: what is typed on top, the quote with what is typed
// into it, what is typed below.
func (r digestCase) written(c client, top string, doc []unit, bottom string) *message.Message {
	var m message.Message
	m.Text = top + "\n\n" + c.introText + r.quotedText(c, doc) + "\n" + bottom
	if !c.plainOnly {
		m.HTML = `<html><body><div dir="ltr">` + typedHTML(top, "<div>", "</div>") + `</div>` + c.introHTML + r.quotedHTML(c, doc) + c.closeHTML +
			typedHTML(bottom, "<div>", "</div>") + `</body></html>`
		switch r.IntN(10) {
		case 0, 1, 2: // one form alone
			m.Text = ""
		case 3, 4:
			m.HTML = ""
		}
	}
	return &m
}

func (r digestCase) quotedText(c client, doc []unit) string {
	var b strings.Builder
	columns := 0
	if r.chance(60) {
		columns = 40 + r.IntN(50)
	}
	localised := strings.NewReplacer()
	if r.chance(20) {
		localised = strings.NewReplacer("'", "’", " - ", " – ", ", ", ",\u00a0")
	}
	sparse, bare := r.chance(20), r.chance(10)
	put := func(s string, quoted bool) {
		for line := range strings.SplitSeq(s, "\n") {
			switch {
			case !c.marked || !quoted:
				b.WriteString(line + "\n")
			case line == "":
				b.WriteString(">\n")
			default:
				b.WriteString("> " + line + "\n")
			}
		}
	}
	for _, u := range doc {
		if u.typed {
			put(strings.TrimSpace(u.answer.text), c.markedTyped)
			put("", c.markedTyped)
			continue
		}
		s := u.text
		if u.tag != "line" {
			s = u.plain(c.linkL, c.linkR)
			if bare {
				s = u.plain("", "")
			}
		}
		if u.blank {
			if !sparse {
				put("", true)
			}
			continue
		}
		s = localised.Replace(s)
		if u.before != nil {
			s = u.before.text + " " + s
		}
		if u.after != nil {
			s += " " + u.after.text
		}
		put(rewrap(s, columns), true)
		if u.tag != "line" && !sparse {
			put("", true)
		}
	}
	return b.String()
}

// rewrap breaks lines at spaces, as mail programs do.
func rewrap(s string, columns int) string {
	if columns == 0 {
		return s
	}
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		for len([]rune(line)) > columns {
			runes := []rune(line)
			at := columns
			for at > 0 && runes[at] != ' ' {
				at--
			}
			if at == 0 {
				break
			}
			out = append(out, string(runes[:at]))
			line = strings.TrimLeft(string(runes[at:]), " ")
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func (r digestCase) quotedHTML(c client, doc []unit) string {
	var b strings.Builder
	const begin, end = `<table role="presentation" width="100%" style="width:100%;max-width:600px"><tbody><tr><td style="padding:16px 16px 0 16px">`, `</td></tr></tbody></table>`
	open := false
	table := func(want bool) {
		if want && !open {
			b.WriteString(begin)
		} else if !want && open {
			b.WriteString(end)
		}
		open = want
	}
	foot, last := 0, -1
	for _, u := range doc {
		foot = max(foot, u.region)
	}
	for _, u := range doc {
		if u.typed {
			if c.split && !open {
				b.WriteString(c.closeQ + "<div><br></div>" + typedHTML(u.answer.text, "<div>", "</div>") + "<div><br></div>" + c.openQ)
				continue
			}
			b.WriteString(typedHTML(u.answer.text, "<p "+c.paragraph+">", "</p>"))
			continue
		}
		if u.tag == "h1" || u.tag == "h2" || u.region == foot && last != foot {
			table(false)
		}
		last = u.region
		table(!u.blank || u.tag == "line" && open)
		inner := u.html
		if c.name == "Outlook for Windows" {
			inner = `<span lang=EN-GB style='font-size:10.5pt;font-family:"Segoe UI",sans-serif;color:#566173'>` + inner + `<o:p></o:p></span>`
		}
		if u.before != nil {
			inner = html.EscapeString(u.before.text) + " " + inner
		}
		if u.after != nil {
			inner += " " + html.EscapeString(u.after.text)
		}
		tag := u.tag
		if tag == "line" {
			tag = "div"
		}
		fmt.Fprintf(&b, "<%s %s>%s</%s>\n", tag, c.paragraph, inner, tag)
	}
	table(false)
	return b.String()
}

func typedHTML(s, begin, end string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	var b strings.Builder
	for p := range strings.SplitSeq(s, "\n\n") {
		b.WriteString(begin + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + end)
	}
	return b.String()
}
