package tradepost

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Verb is what a command does.
type Verb string

// The commands that partner members write in the first lines of a mail.
const (
	VerbDone      Verb = "done"
	VerbMark      Verb = "mark" // Text is the emoji
	VerbUnmark    Verb = "unmark"
	VerbTag       Verb = "tag"     // Tags
	VerbUntag     Verb = "untag"   // Tags
	VerbQualify   Verb = "qualify" // Text is the code; "" = the partner's default
	VerbUnqualify Verb = "unqualify"
	VerbNote      Verb = "note" // Text
	VerbMute      Verb = "mute"
	VerbDecline   Verb = "decline"
	VerbBlock     Verb = "block"
	VerbDelete    Verb = "delete" // the conversation
	VerbUndo      Verb = "undo"
	VerbWhy       Verb = "why"
	VerbHelp      Verb = "help"
)

// Irreversible reports whether nothing takes back what v does. Such a command
// waits for a confirmation, whoever wrote it.
func (v Verb) Irreversible() bool { return v == VerbBlock || v == VerbDelete }

// Bounds of commands. What is over is a fault.
const (
	MaxCommands = 20 // of one mail, faults among them
	MaxTags     = 10 // of one command
	MaxTag      = 40 // characters
	MaxCode     = 40 // characters of a qualification code
	maxFault    = 100
)

// arguments is what may stand behind a verb.
type arguments byte

const (
	noArguments arguments = iota
	anEmoji
	someTags
	maybeCode
	aNote
)

var verbs = map[string]arguments{
	string(VerbDone): noArguments, string(VerbMark): anEmoji, string(VerbUnmark): noArguments,
	string(VerbTag): someTags, string(VerbUntag): someTags,
	string(VerbQualify): maybeCode, string(VerbUnqualify): noArguments,
	string(VerbNote): aNote, string(VerbMute): noArguments, string(VerbDecline): noArguments,
	string(VerbBlock): noArguments, string(VerbDelete): noArguments, string(VerbUndo): noArguments,
	string(VerbWhy): noArguments, string(VerbHelp): noArguments,
}

// Command is one line of a mail that asks for something.
type Command struct {
	Verb Verb     `json:"verb"`
	Text string   `json:"text,omitempty"`
	Tags []string `json:"tags,omitempty"`
}

// CommandFault is a line that looks like a command and can't be carried out.
type CommandFault struct {
	Line string `json:"line"` // as written, at most 100 characters
	// Unknown says that there is no such command; else something is wrong with
	// what stands behind it.
	Unknown bool `json:"unknown,omitempty"`
}

// Script is what the first lines of a mail ask for.
type Script struct {
	Commands []Command
	// Faults are lines that could not be read. With any, nothing of the mail is
	// done and nothing posted: what follows a mistyped /note is not for the
	// merchant.
	Faults []CommandFault
	// Rest is where in the text, in bytes, what is to be posted begins: 0 where no
	// command stands before it, the length of the text where nothing is left.
	Rest int
}

// ParseCommands reads the commands at the beginning of a text, one a line, with
// empty lines between them or not. The first line that is none ends them; what
// looks like a command further down is text.
//
// A command is a slash and a word of ASCII letters, in any case since phones
// write the first letter of a line as a capital, with white space, the full stop
// or colon of a hasty writer, an emoji or nothing behind it. A slash with anything else behind
// it ("/usr/bin", "//", "/ 5") is text. Around a line white space of all kinds is
// passed over, and invisible characters; before a slash, and in what follows all
// verbs but note, the backslash that Markdown escapes with. A note keeps it, as
// messages do.
//
// A note is the rest of its line and all lines up to the next empty one or the
// next command: mail programs break long lines, and the second half of what a
// member wrote for the colleagues must not reach the merchant.
//
// It takes time in proportion to the text, whatever it holds.
func ParseCommands(text string) Script {
	var s Script
	for at := 0; at < len(text); {
		written, next := lineAt(text, at)
		line := trimmed(written)
		if line == "" {
			at = next
			continue
		}
		word, behind, ok := splitCommand(line)
		if !ok {
			if len(s.Commands)+len(s.Faults) > 0 {
				s.Rest = at
			}
			return s
		}
		if word == string(VerbNote) {
			behind, next = wholeNote(text, behind, next)
		}
		at, s.Rest = next, next
		if len(s.Commands)+len(s.Faults) > MaxCommands {
			continue // one fault says that there are too many
		}
		c, known, good := readCommand(word, behind)
		if good && len(s.Commands)+len(s.Faults) < MaxCommands {
			s.Commands = append(s.Commands, c)
		} else {
			s.Faults = append(s.Faults, CommandFault{Line: firstCharacters(visible(line), maxFault), Unknown: !known})
		}
	}
	if len(s.Commands)+len(s.Faults) > 0 {
		s.Rest = len(text)
	}
	return s
}

// lineAt returns the line that begins at a place, and where the next one does. A
// CR by itself ends a line too, as in what is kept of the text (NormalBody).
func lineAt(text string, at int) (line string, next int) {
	n := strings.IndexAny(text[at:], "\r\n")
	if n < 0 {
		return text[at:], len(text)
	}
	end := at + n
	if strings.HasPrefix(text[end:], "\r\n") {
		return text[at:end], end + 2
	}
	return text[at:end], end + 1
}

// wholeNote gathers a note from the rest of its line and the lines from next on.
func wholeNote(text, first string, next int) (note string, end int) {
	var b strings.Builder
	b.WriteString(first)
	for next < len(text) {
		written, after := lineAt(text, next)
		line := trimmed(written)
		if line == "" {
			break
		}
		if _, _, ok := splitCommand(line); ok {
			break
		}
		b.WriteByte('\n')
		b.WriteString(written)
		next = after
	}
	return b.String(), next
}

// splitCommand splits a trimmed line into the command's word, in lower case, and
// what stands behind it.
func splitCommand(line string) (word, behind string, ok bool) {
	line, ok = strings.CutPrefix(strings.TrimPrefix(line, `\`), "/")
	if !ok {
		return "", "", false
	}
	n := 0
	for n < len(line) && (line[n]|0x20 >= 'a' && line[n]|0x20 <= 'z') {
		n++
	}
	if n == 0 {
		return "", "", false
	}
	// No line of text has a word so long, and none is looked up.
	word, behind = lowerASCII(firstCharacters(line[:n], maxFault)), line[n:]
	switch r, size := utf8.DecodeRuneInString(behind); {
	case behind == "", passedOver(r):
	case strings.ContainsRune(".,:;!…", r):
		// "/note: …", "/Done." with the full stop that phones put after a word:
		// taken for text, both would go to the merchant.
		behind = behind[size:]
		if r, _ := utf8.DecodeRuneInString(behind); behind != "" && !passedOver(r) {
			return "", "", false
		}
	case r == '/' || r == '_' || r == '\\' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
		return "", "", false
	case r < utf8.RuneSelf && word != string(VerbNote): // "/mark-up"; but "/note(…" is not for the merchant
		return "", "", false
	}
	return word, trimmed(behind), true
}

// readCommand judges what stands behind a verb.
func readCommand(word, behind string) (c Command, known, good bool) {
	takes, known := verbs[word]
	c.Verb = Verb(word)
	if !known {
		return c, false, false
	}
	switch takes {
	case noArguments:
		good = behind == ""
	case anEmoji:
		c.Text = unescaped(behind)
		good = isEmoji(c.Text)
	case someTags:
		c.Tags, good = readTags(unescaped(behind))
	case maybeCode:
		// One word, so that "/qualify GOLD, thank you" names no such code.
		c.Text = unescaped(behind)
		good = LineProblem(c.Text, MaxCode) == "" && !strings.ContainsFunc(c.Text, passedOver)
	case aNote:
		c.Text = NormalBody(behind)
		good = c.Text != "" && BodyProblem(c.Text) == ""
	}
	return c, true, good
}

// readTags splits at commas, also those of Chinese and Japanese keyboards. A tag
// that is there twice, without regard to case, counts once. Nothing between two
// commas is a fault: behind the last one a mailer may have broken the line, and
// what follows would be posted.
func readTags(s string) (tags []string, ok bool) {
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(strings.NewReplacer("，", ",", "、", ",").Replace(s), ",") {
		tag := strings.Join(strings.FieldsFunc(part, passedOver), " ")
		if tag == "" || LineProblem(tag, MaxTag) != "" {
			return nil, false
		}
		if folded := strings.ToLower(tag); !seen[folded] {
			seen[folded] = true
			tags = append(tags, tag)
		}
		if len(tags) > MaxTags {
			return nil, false
		}
	}
	return tags, true
}

// passedOver reports white space of any kind, and the invisible characters that
// phones, editors and HTML leave behind. Not the joiners: emoji and several
// scripts need them.
func passedOver(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200B' || r == '\u2060' || r == '\uFEFF' || r == '\u00AD' || bidi(r)
}

func trimmed(s string) string { return strings.TrimFunc(s, passedOver) }

// unescaped undoes the backslashes before punctuation (CommonMark 2.4), which
// the reader of HTML mail puts there.
func unescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && s[i+1] < utf8.RuneSelf && (unicode.IsPunct(rune(s[i+1])) || unicode.IsSymbol(rune(s[i+1]))) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// visible makes a line fit to be quoted in a letter.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || bidi(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func firstCharacters(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i]
		}
		n++
	}
	return s
}
