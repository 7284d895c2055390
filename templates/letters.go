package templates

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/tradepost-mail/tradepost"
)

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
	folded    string // market, as names are compared with it
	matcher   xlanguage.Matcher
	sheet     *sheet
	written   sync.Pool  // of *markup: a letter is copied out of it once
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

// New fails when the market's name is missing, or when a language lacks a word
// or can't say a letter, so that a fault stops the start and not a letter at
// night.
func New(o Options) (*Letters, error) {
	market := CleanName(o.Market)
	if market == "" {
		return nil, errors.New("templates: Options.Market is empty: set the marketplace's name")
	}
	l := &Letters{market: market, folded: fold(market), languages: languages()}
	for _, lang := range l.languages {
		if err := lang.check(); err != nil {
			return nil, fmt.Errorf("templates: language %s: %w", lang.tag, err)
		}
	}
	l.matcher = matcher(l.languages)
	l.sheet = newSheet(l.languages)
	if err := l.tryAll(); err != nil {
		return nil, fmt.Errorf("templates: try every letter: %w", err)
	}
	return l, nil
}

// languages are all there are, the fallback first.
func languages() []language {
	return []language{english(), swedish(), french(), german()}
}

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

// view is what a letter shows, ready to be written.
type view interface{ html(m *markup) }

func (l *Letters) html(v view) string {
	m, ok := l.written.Get().(*markup)
	if !ok {
		m = &markup{s: l.sheet, b: make([]byte, 0, 16<<10)}
	}
	v.html(m)
	html := string(m.b)
	if cap(m.b) <= 2*MaxHTML { // a relay without a page may be any size
		m.b = m.b[:0]
		l.written.Put(m)
	}
	return html
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
		if err := l.tryNotices(tag, merchant, matter); err != nil {
			return err
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

// tryNotices renders what tells of no message, in one language.
func (l *Letters) tryNotices(tag string, merchant Merchant, matter Matter) error {
	const page = "https://market.example/c/1"
	price := Price{Amount: 120_000, Currency: "EUR"}
	links := Links{SettingsURL: page, StopURL: page, WhyURL: page}
	if _, err := l.Reminder(Reminder{Links: links, Locale: tag, Member: "Maja", Partner: "Lind", Merchant: merchant, Matter: matter,
		Body: "Hello", OpenURL: page, Waiting: 24 * time.Hour}); err != nil {
		return err
	}
	if _, err := l.Proposal(Proposal{Locale: tag, Author: "Maja", Partner: "Lind", Matter: matter, Work: "Work", Price: price,
		Milestones: []Milestone{{"Export", price}}, Terms: "Terms", Days: 2, AcceptURL: page, DeclineURL: page, OpenURL: page}); err != nil {
		return err
	}
	for _, state := range []ProposalState{ProposalAccepted, ProposalDeclined, ProposalWithdrawn} {
		if _, err := l.ProposalAnswer(ProposalAnswer{Locale: tag, State: state, Partner: "Lind", Merchant: merchant, Matter: matter, Price: price, OpenURL: page}); err != nil {
			return err
		}
	}
	if _, err := l.SignIn(SignIn{Locale: tag, URL: page, At: time.Unix(0, 0), From: "Firefox"}); err != nil {
		return err
	}
	for _, kind := range []ConfirmationKind{SettingsChanged, DigestsStopped} {
		if _, err := l.Confirmation(Confirmation{Locale: tag, Kind: kind, Partner: "Lind", UndoURL: page}); err != nil {
			return err
		}
	}
	return nil
}
