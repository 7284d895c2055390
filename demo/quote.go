package demo

import (
	"fmt"
	"html"
	"strings"

	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/mailer"
)

// answer is what a reply takes over from the letter it answers.
type answer struct {
	To          string
	Subject     string
	Attribution string // the line before the quote
	Quote       string // that line and the text, each of its lines after "> "
	HTML        string // the letter's HTML to quote; "" if it has none
	InReplyTo   string
	References  []string
}

// answerTo prepares a reply as RFC 5322 3.6.2 to 3.6.5 have it.
func answerTo(stored embedded.StoredMail) answer {
	m := message.Parse(stored.Raw, message.Limits{})
	a := answer{Subject: replySubject(m.Subject)}
	switch {
	case len(m.ReplyTo) > 0:
		a.To = addressList(m.ReplyTo[:1])
	case len(m.From) > 0:
		a.To = addressList(m.From[:1])
	}
	date := m.Date
	if date.IsZero() {
		date = stored.Received
	}
	who := "Somebody"
	if len(m.From) > 0 {
		who = addressList(m.From[:1])
	}
	a.Attribution = fmt.Sprintf("On %s, %s wrote:", date.Format("Mon, 2 Jan 2006 at 15:04"), who)
	text := m.Text
	if strings.TrimSpace(text) == "" {
		text = plainText(m.HTML)
	}
	a.Quote = a.Attribution + "\n" + quoteText(text)
	if m.HTML != "" {
		a.HTML = quotable(m.HTML)
	}
	if mailer.ValidMessageID(m.MessageID) {
		a.InReplyTo = m.MessageID
	}
	for _, id := range append(m.References, m.MessageID) {
		if mailer.ValidMessageID(id) {
			a.References = append(a.References, id)
		}
	}
	// The field may not grow for ever; the last ones name the closest ancestors.
	const most = 30
	a.References = a.References[max(0, len(a.References)-most):]
	return a
}

func replySubject(s string) string {
	if s = oneLine(s); len(s) >= 3 && strings.EqualFold(s[:3], "re:") {
		return s
	}
	return strings.TrimSpace("Re: " + s)
}

// quoteText puts "> " before every line, and ">" before those that are quotes
// already or empty (RFC 3676 4.5).
func quoteText(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		b.WriteByte('>')
		if line != "" && line[0] != '>' {
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// bodies are the two forms of a reply's text. quote is the quote as the writer
// left it: where it was edited, to write between its lines, the HTML form is
// made of that text, else it holds the letter's own HTML.
func (a answer) bodies(own, quote string) (text, rich string) {
	own, quote = strings.TrimRight(own, " \n"), strings.TrimRight(quote, " \n")
	text = own + "\n"
	rich = "<div dir=\"auto\">" + lineBreaks(own) + "</div>\n"
	if quote == "" {
		return text, page(rich)
	}
	text += "\n" + quote + "\n"
	rich += "<br>\n"
	if quote == strings.TrimRight(a.Quote, " \n") && a.HTML != "" {
		rich += "<div>" + html.EscapeString(a.Attribution) + "</div>\n<blockquote type=\"cite\">\n" + a.HTML + "\n</blockquote>\n"
	} else {
		rich += quotedHTML(quote)
	}
	return text, page(rich)
}

func page(body string) string {
	return "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n<body>\n" + body + "</body></html>\n"
}

func lineBreaks(s string) string {
	return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>\n")
}

// maxQuoteDepth is how deep quotes stand in one another in HTML; text may go on.
const maxQuoteDepth = 20

// quotedHTML turns lines with ">" before them into blockquotes.
func quotedHTML(text string) string {
	var b strings.Builder
	depth := 0
	open := false // a paragraph has begun
	for line := range strings.SplitSeq(text, "\n") {
		level, rest := quoteLevel(line)
		if level != depth && open {
			b.WriteString("</div>\n")
			open = false
		}
		for ; depth < level; depth++ {
			b.WriteString("<blockquote type=\"cite\">\n")
		}
		for ; depth > level; depth-- {
			b.WriteString("</blockquote>\n")
		}
		if open {
			b.WriteString("<br>\n")
		} else {
			b.WriteString("<div dir=\"auto\">")
			open = true
		}
		b.WriteString(html.EscapeString(rest))
	}
	if open {
		b.WriteString("</div>\n")
	}
	for ; depth > 0; depth-- {
		b.WriteString("</blockquote>\n")
	}
	return b.String()
}

func quoteLevel(line string) (level int, rest string) {
	for level < maxQuoteDepth {
		after, ok := strings.CutPrefix(strings.TrimPrefix(line, " "), ">")
		if !ok || level == 0 && strings.HasPrefix(line, " ") {
			break
		}
		level, line = level+1, after
	}
	if level > 0 {
		line = strings.TrimPrefix(line, " ")
	}
	return level, line
}
