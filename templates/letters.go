package templates

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// The frames, one a letter and one shared.
//
//go:embed html/*.html
var frames embed.FS

// Options is what every letter of one installation has in common.
type Options struct {
	// Market is the marketplace's name as people know it, shown in From
	// names and footers. Required; at most 40 graphemes are used. No
	// merchant's or member's name may hold it (see [SafeName]).
	Market string
}

// Letters renders every letter, in every language it knows.
type Letters struct {
	market    string
	frames    *template.Template
	languages []language // the first is the fallback
}

// Rendered is one letter, ready for the mailer.
type Rendered struct {
	// FromName stands beside the sender's address: at most 120 graphemes,
	// without control characters, bidirectional controls or "=?" (the start
	// of an encoded-word, RFC 2047 2).
	FromName string
	// Subject is at most [MaxSubject] graphemes, cleaned as FromName.
	Subject string
	// Text is the text/plain part: UTF-8, LF line ends, lines of at most 72
	// columns except for a single word or link that is longer.
	Text string
	// HTML is the text/html part: UTF-8, a whole document, at most
	// [MaxHTML] bytes wherever the letter can say where the rest is.
	HTML string
	// MoreConversations and MoreMessages count what a digest did not show
	// and named in an "and 4 more" line instead. They are for display and
	// logs: what stood over the cap counts as told all the same.
	MoreConversations, MoreMessages int
	// Head, Parts and Foot are Text in pieces, of a digest only: what stands
	// before the first item, each item shown, and what follows the last one. With
	// them a reply is compared with what was sent.
	Head  string
	Parts []Part
	Foot  string
}

// Part is one item of a digest as its text/plain part shows it.
type Part struct {
	Mark string // of the item; "" if it has none
	Text string // from the rule above the item to the empty line below it
}

// Limits of the letters. Characters are Unicode code points, cut between
// graphemes; KB are 1000 bytes. 70 KB become 96 KB in base64, and Gmail clips
// a message near 102.
const (
	MaxSubject       = 70     // graphemes
	MaxName          = 40     // graphemes
	MaxConversations = 12     // in a digest
	MaxMessages      = 3      // of one conversation in a digest
	MaxMessageChars  = 1_200  // of one message in a digest
	MaxBodyChars     = 20_000 // of an alert's or a relay's body
	MaxHTML          = 70_000 // bytes
)

// New parses every frame. It fails when the market's name is missing, or when
// a frame or a language has a fault, so that a fault stops the start and not
// a letter at night.
func New(o Options) (*Letters, error) {
	market := CleanName(o.Market)
	if market == "" {
		return nil, errors.New("templates: Options.Market is empty: set the marketplace's name")
	}
	l := &Letters{market: market, languages: languages()}
	for _, lang := range l.languages {
		if err := lang.check(); err != nil {
			return nil, fmt.Errorf("templates: language %s: %w", lang.tag, err)
		}
	}
	t := template.New("letters").Funcs(template.FuncMap{"style": headStyle})
	entries, err := frames.ReadDir("html")
	if err != nil {
		return nil, fmt.Errorf("templates: list frames: %w", err)
	}
	inline := inlineStyles()
	for _, e := range entries {
		src, err := frames.ReadFile("html/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("templates: read frame %s: %w", e.Name(), err)
		}
		frame := inline.Replace(string(src))
		if left := unknownStyle.FindString(frame); left != "" {
			return nil, fmt.Errorf("templates: frame %s names the style %s, which styles.go does not have", e.Name(), left)
		}
		if _, err := t.New(e.Name()).Parse(frame); err != nil {
			return nil, fmt.Errorf("templates: parse frame %s: %w", e.Name(), err)
		}
	}
	l.frames = t
	// html/template checks contexts at the first execution, not at Parse.
	for _, name := range []string{"alert.html", "digest.html", "relay.html", "answer.html", "question.html", "transcript.html"} {
		if t.Lookup(name) == nil {
			return nil, fmt.Errorf("templates: frame %s is missing", name)
		}
	}
	if err := l.tryAll(); err != nil {
		return nil, fmt.Errorf("templates: try every frame: %w", err)
	}
	return l, nil
}

// languages are all there are, the fallback first.
func languages() []language {
	return []language{english(), swedish(), french(), german()}
}

var unknownStyle = regexp.MustCompile(`@@[^@]*@@`)

// Locales lists the languages' BCP 47 tags, the fallback first.
func (l *Letters) Locales() []string {
	tags := make([]string, len(l.languages))
	for i := range l.languages {
		tags[i] = l.languages[i].tag
	}
	return tags
}

// Separators lists the constant phrases of our own letters, in every
// language: a line of a reply that begins with one of them, after quote marks
// and spaces, was very likely quoted from us. It is evidence, not proof:
// people may type the same words.
func (l *Letters) Separators() []string {
	var all []string
	for i := range l.languages {
		all = append(all, l.languages[i].separators...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// language finds the language of a BCP 47 tag such as "sv" or "sv-SE" (an
// underscore does too), else the fallback.
func (l *Letters) language(locale string) *language {
	base, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	for i := range l.languages {
		if strings.EqualFold(l.languages[i].tag, base) {
			return &l.languages[i]
		}
	}
	return &l.languages[0]
}

func (l *Letters) html(frame string, view any) (string, error) {
	var b strings.Builder
	b.Grow(8 << 10) // an alert has about 5 KB, a digest of three 12
	if err := l.frames.ExecuteTemplate(&b, frame, view); err != nil {
		return "", fmt.Errorf("render %s: %w", frame, err)
	}
	return b.String(), nil
}

// tryAll renders each letter once in each language with every part filled.
func (l *Letters) tryAll() error {
	for i := range l.languages {
		tag := l.languages[i].tag
		files := []File{{Filename: "a.csv", Size: 1}}
		matter := Matter{Kind: "service", Service: "Store migration"}
		merchant := Merchant{Name: "Nadia", StoreName: "Nord", StoreURL: "https://nord.example/", PublicEmail: "hello@nord.example"}
		if _, err := l.Alert(Alert{Locale: tag, Member: "Maja", Partner: "Lind", Merchant: merchant, Matter: matter,
			Body: "Hello", Files: files, OpenURL: "https://market.example/c/1", Reason: "first_contact"}); err != nil {
			return err
		}
		if _, err := l.Relay(Relay{Locale: tag, Author: "Maja", Partner: "Lind", Matter: matter,
			Body: "Hello", Files: files, OpenURL: "https://market.example/c/1"}); err != nil {
			return err
		}
		if _, err := l.Digest(Digest{Locale: tag, Member: "Maja", Partner: "Lind", More: 1, MoreURL: "https://market.example/",
			Items: []DigestItem{{Merchant: merchant, Matter: matter, More: 1, ReplyAddress: "reply@market.example",
				OpenURL: "https://market.example/c/1", Messages: []DigestMessage{{Body: "Hello", Files: files}}}}}); err != nil {
			return err
		}
		for reason := range l.languages[i].answers {
			if _, err := l.Answer(Answer{Locale: tag, Reason: reason, Detail: "Detail", Limit: 1}); err != nil {
				return err
			}
		}
		choice := QuestionChoice{Merchant: merchant, Matter: matter, ReplyAddress: "reply@market.example", ChooseURL: "https://market.example/a/1"}
		for _, q := range []Question{
			{Kind: tradepost.QuestionSender, From: "maja@lind.example", MayAdd: true, Subject: "Hello", At: time.Unix(0, 0)},
			{Kind: tradepost.QuestionConversation, Text: "Hello", Choices: []QuestionChoice{choice}},
			{Kind: tradepost.QuestionConfirm, Command: tradepost.VerbBlock},
		} {
			q.Locale, q.Name, q.About, q.ReplyAddress, q.Days = tag, "Maja", "Nadia", "reply@market.example", 14
			if _, err := l.Question(q); err != nil {
				return err
			}
		}
		part := TranscriptPart{Merchant: merchant, Matter: matter, Posted: true, ReplyAddress: "reply@market.example", OpenURL: "https://market.example/c/1"}
		for _, c := range commands() {
			part.Results = append(part.Results, tradepost.CommandResult{Command: tradepost.Command{Verb: c.verb, Text: "x"}, State: tradepost.CommandDone})
		}
		if _, err := l.Transcript(Transcript{Locale: tag, Parts: []TranscriptPart{part}}); err != nil {
			return err
		}
	}
	return nil
}
