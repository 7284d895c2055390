package check

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/templates/samples"
)

// letter is a sample as it is handed to a tool.
type letter struct {
	Name string `json:"name"` // such as "digest-4 sv hostile"
	HTML string `json:"html"`
}

// TestLetters hands every sample, in every language and variant, to each checker.
func TestLetters(t *testing.T) {
	all := render(t)
	kinds := oneOfEach(t, all)
	if len(kinds) > len(all)/2 {
		t.Errorf("%d letters have %d kinds of markup: the words have got into it", len(all), len(kinds))
	}
	t.Logf("%d letters, %d kinds of markup", len(all), len(kinds))
	t.Run("markup", func(t *testing.T) {
		t.Parallel()
		checkMarkup(t, kinds)
	})
	t.Run("browser", func(t *testing.T) {
		t.Parallel()
		checkInBrowser(t, all, kinds)
	})
}

func newLetters(t *testing.T) *templates.Letters {
	t.Helper()
	l, err := templates.New(templates.Options{Market: "Tradepost"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func render(t *testing.T) []letter {
	t.Helper()
	l := newLetters(t)
	var all []letter
	for _, s := range samples.All() {
		for _, locale := range l.Locales() {
			for _, v := range samples.Variants() {
				r, err := s.Render(l, locale, v)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, letter{strings.Join([]string{s.Name, locale, string(v)}, " "), r.HTML})
			}
		}
	}
	return all
}

// oneOfEach returns the first letter of each kind of markup: those that differ
// only in what stands between tags, and in languages and addresses, are one kind.
func oneOfEach(t *testing.T, all []letter) []letter {
	t.Helper()
	seen := make(map[string]bool)
	var kinds []letter
	for _, l := range all {
		key := markupOf(t, l.HTML)
		if !seen[key] {
			seen[key] = true
			kinds = append(kinds, l)
		}
	}
	return kinds
}

// markupOf is the tags of a document and where there is text between them.
func markupOf(t *testing.T, doc string) string {
	t.Helper()
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(doc))
	repeated := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if strings.TrimSpace(string(z.Text())) != "" && repeated != "#" {
				b.WriteString("#")
				repeated = "#"
			}
			continue
		case html.CommentToken, html.DoctypeToken:
			b.Write(z.Raw())
			continue
		default:
		}
		token := z.Token()
		if token.Data == "br" { // how many lines a text has
			continue
		}
		kept := token.Attr[:0]
		for _, a := range token.Attr {
			if a.Key != "href" && a.Key != "lang" {
				kept = append(kept, a)
			}
		}
		token.Attr = kept
		b.WriteString(token.String())
		repeated = ""
	}
}
