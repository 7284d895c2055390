package class

import (
	"html"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// longestLook bounds the text of a mail that is looked at, in bytes.
const longestLook = 32 << 10

// words returns the beginning of what a mail says, of an HTML mail without its
// tags. It is for finding words, not for showing.
func words(m *message.Message) string {
	if strings.TrimSpace(m.Text) != "" {
		return m.Text[:min(len(m.Text), longestLook)]
	}
	var b strings.Builder
	for s := m.HTML; s != "" && b.Len() < longestLook; {
		text, rest, ok := strings.Cut(s, "<")
		b.WriteString(text[:min(len(text), longestLook)])
		if !ok {
			break
		}
		end := ">"
		switch name := strings.ToLower(rest[:min(len(rest), 5)]); {
		case strings.HasPrefix(name, "!--"):
			end = "-->"
		case name == "style", name == "title":
			end = "</" + name
		}
		if _, s, ok = strings.Cut(rest, end); !ok {
			break
		}
		if end[0] == '<' {
			_, s, _ = strings.Cut(s, ">")
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(html.UnescapeString(b.String()), "\u00a0", " "))
}

// quoteMarks are what the mail programs put around the mail they quote in HTML.
var quoteMarks = [...]string{"<blockquote", "gmail_quote", "divRplyFwdMsg", "border-top:solid", "OLK_SRC_BODY_SECTION", "protonmail_quote", "yahoo_quoted"}

// quotesMail reports whether the mail that is answered stands below: programs
// seldom do that, and most persons do.
func quotesMail(m *message.Message) bool {
	return strings.Contains(m.Text[:min(len(m.Text), longestLook)], "\n>") || hasForwardBlock(m.Text) || containsAny(m.HTML[:min(len(m.HTML), 8*longestLook)], quoteMarks[:]...)
}
