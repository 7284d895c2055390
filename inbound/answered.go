package inbound

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
)

// headLines is how many lines an alert has between the merchant's name and the
// message: store and matter, their web address, their mail address, wrapped.
const headLines = 6

// meetsLetter reports whether a letter of ours stands in a mail unmarked, so that
// only its constant phrases gave it away. They stand below the message that it
// brought, which then is still among the newly written text.
func meetsLetter(cut reply.Result) bool {
	return slices.ContainsFunc(cut.Cuts, func(c reply.Cut) bool { return c.Kind == reply.OwnLetter && !c.Folded })
}

// withoutLetter takes the rest of our letter out of the newly written text: at
// its end one of the other side's messages, whole, with what an alert has above
// it. If nothing else was written, the text stays as it is.
func withoutLetter(cut reply.Result, author tradepost.AuthorRole, messages []store.Message) reply.Result {
	lines := strings.Split(cut.Text, "\n")
	first := len(lines)
	for _, m := range messages {
		if m.Author == author {
			continue
		}
		if at := letterAt(lines, m); at < first {
			first = at
		}
	}
	text := strings.TrimRightFunc(strings.Join(lines[:first], "\n"), unicode.IsSpace)
	if first == len(lines) || text == "" {
		return cut
	}
	cut.Quoted = strings.Join(lines[first:], "\n") + "\n" + cut.Quoted
	cut.Text, cut.Fold = text, min(cut.Fold, len(text))
	return cut
}

// letterAt returns the line at which the letter with message m begins that lines
// end in; len(lines) if they don't. Of two texts only letters, marks and digits
// are compared: clients wrap lines anew, and HTML has become Markdown.
func letterAt(lines []string, m store.Message) int {
	body := squash(m.Body)
	end := len(lines)
	for end > 0 && (squash(lines[end-1]) == "" || namesFile(lines[end-1], m.Files)) {
		end--
	}
	at, have := end, 0
	for at > 0 && have < len(body) {
		at--
		have += len(squash(lines[at]))
	}
	if body == "" || have != len(body) || squash(strings.Join(lines[at:end], "\n")) != body {
		return len(lines)
	}
	name := squash(m.AuthorName)
	if name == "" {
		return at
	}
	for i, n := at-1, 0; i >= 0 && n < headLines; i-- {
		s := squash(lines[i])
		if s == name {
			at = i
			break
		}
		if s != "" {
			n++
		}
	}
	// What a client put between: a ruler, "From: NAME via MARKET", "*NAME*".
	for i := at - 1; i >= 0; i-- {
		s := squash(lines[i])
		named := s == name || strings.Contains(lines[i], ":") && strings.Contains(s, name) && len(s) <= len(name)+40
		if s != "" && !named {
			break
		}
		at = i
	}
	return at
}

// namesFile knows the lines of our letters for files: "Attached: NAME, 12 KB".
func namesFile(line string, files []store.File) bool {
	line = strings.ReplaceAll(line, `\`, "") // escapes of Markdown
	return slices.ContainsFunc(files, func(f store.File) bool { return strings.Contains(line, ": "+f.Filename+", ") })
}

// squash keeps the letters, marks and digits of s.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return r
		}
		return -1
	}, s)
}
