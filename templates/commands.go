package templates

import (
	"strings"

	"github.com/tradepost-mail/tradepost"
)

// commandForm is how a command is written. The forms are the same in every
// language: they are what people type.
type commandForm struct {
	verb  tradepost.Verb
	usage string
}

// commands lists every command in the order in which help tells of them.
func commands() []commandForm {
	return []commandForm{
		{tradepost.VerbDone, "/done"},
		{tradepost.VerbMark, "/mark 😀"},
		{tradepost.VerbUnmark, "/unmark"},
		{tradepost.VerbTag, "/tag a, b"},
		{tradepost.VerbUntag, "/untag a"},
		{tradepost.VerbQualify, "/qualify [CODE]"},
		{tradepost.VerbUnqualify, "/unqualify"},
		{tradepost.VerbNote, "/note …"},
		{tradepost.VerbMute, "/mute"},
		{tradepost.VerbDecline, "/decline"},
		{tradepost.VerbBlock, "/block"},
		{tradepost.VerbDelete, "/delete"},
		{tradepost.VerbUndo, "/undo"},
		{tradepost.VerbWhy, "/why"},
		{tradepost.VerbHelp, "/help"},
	}
}

// help says in a line each what the commands do.
func (lang *language) help() []sentence {
	all := commands()
	lines := make([]sentence, len(all))
	for i, c := range all {
		lines[i] = sentence{{Text: c.usage, Name: true}, {Text: lang.colon + lang.commands[c.verb]}}
	}
	return lines
}

// typed is a command as it was written, on one line of at most [MaxName]
// graphemes; a note's text stands elsewhere.
func typed(c tradepost.Command) string {
	text := c.Text
	if len(c.Tags) > 0 {
		text = strings.Join(c.Tags, ", ")
	}
	if c.Verb == tradepost.VerbNote {
		text = ""
	}
	return cut(cleanLine("/"+string(c.Verb)+" "+text), MaxName)
}

// tagList is a command's tags on one line, each as a name, the first ten.
func (lang *language) tagList(tags []string) string {
	const most = 10
	var names []string
	for _, tag := range tags {
		if tag = CleanName(tag); tag != "" {
			names = append(names, tag)
		}
	}
	return lang.list(names[:min(len(names), most)], max(0, len(names)-most))
}

// shortText is what stands behind a command (an emoji, a code, the line that
// was not understood): one line, shown as it was typed.
func shortText(s string) string { return cut(cleanLine(s), MaxName) }
