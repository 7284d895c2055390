package templates

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is a part of a sentence: our words, or a name whose direction is its
// own.
type piece struct {
	Text string
	Name bool
}

// sentence is a line of ours with names in it. HTML gives each name its own
// direction, so that an Arabic name does not turn the words around it.
type sentence []piece

// say fills the places of a language's line, "Reply to {name}", from pairs of
// place and value. It fills in one pass: a name that reads "{partner}" stays
// what it is. A place without a value stays as written.
func say(line string, pairs ...string) sentence {
	places := strings.Count(line, "{")
	if places == 0 {
		if line == "" {
			return nil
		}
		return sentence{{Text: line}}
	}
	s := make(sentence, 0, 2*places+1)
	for line != "" {
		open := strings.IndexByte(line, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(line[open:], '}')
		if end < 0 {
			break
		}
		end += open
		if open > 0 {
			s = append(s, piece{Text: line[:open]})
		}
		v := value(line[open+1:end], pairs)
		s = append(s, v)
		line = line[end+1:]
		if strings.HasSuffix(v.Text, "…") { // a name that was cut ends its sentence
			line = strings.TrimPrefix(line, ".")
		}
	}
	if line != "" {
		s = append(s, piece{Text: line})
	}
	return s
}

func value(place string, pairs []string) piece {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == place {
			return piece{Text: pairs[i+1], Name: true}
		}
	}
	return piece{Text: "{" + place + "}"}
}

// capital begins the sentence with a capital: what stands in for a name within
// a sentence may come first in another language.
func (s sentence) capital() sentence {
	if len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s[0].Text)
		if r != utf8.RuneError {
			s[0].Text = string(unicode.ToUpper(r)) + s[0].Text[n:]
		}
	}
	return s
}

// as fills the place {as} with a sentence that has names of its own.
func (s sentence) as(inner sentence) sentence {
	at := slices.IndexFunc(s, func(p piece) bool { return !p.Name && p.Text == "{as}" })
	if at < 0 || len(inner) == 0 {
		return s
	}
	after := slices.Clone(s[at+1:])
	if strings.HasSuffix(inner[len(inner)-1].Text, "…") && len(after) > 0 { // as in say
		after[0].Text = strings.TrimPrefix(after[0].Text, ".")
	}
	return slices.Concat(s[:at], inner, after)
}

// String is the sentence in a header, where nothing invisible may stand.
func (s sentence) String() string { return s.join(func(text string) string { return text }) }

// text is the sentence in a text part.
func (s sentence) text() string { return s.join(isolated) }

func (s sentence) join(name func(string) string) string {
	if len(s) == 1 && !s[0].Name {
		return s[0].Text
	}
	n := 0
	for _, p := range s {
		n += len(p.Text)
	}
	var b strings.Builder
	b.Grow(n)
	for _, p := range s {
		if p.Name {
			b.WriteString(name(p.Text))
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
