package check

import (
	"fmt"
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
	t.Parallel()
	all := render(t)
	kinds := oneOfEach(all)
	if len(kinds) > len(all)/2 {
		t.Errorf("%d letters have %d hold every element: the words have got into them", len(all), len(kinds))
	}
	t.Logf("%d letters; %d hold every element", len(all), len(kinds))
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

// oneOfEach returns one letter of each sample, and as many more as it takes for
// every element of all letters to stand in one of them: with its attributes but
// addresses and languages, under the same parents, with text or without; and every
// order of headings.
func oneOfEach(all []letter) []letter {
	seen := make(map[string]bool)
	var kinds []letter
	for _, l := range all {
		fresh := false
		sample, _, _ := strings.Cut(l.Name, " ")
		for _, e := range append(elementsOf(l.HTML), sample) {
			fresh = fresh || !seen[e]
			seen[e] = true
		}
		if fresh {
			kinds = append(kinds, l)
		}
	}
	return kinds
}

func elementsOf(doc string) []string {
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		return []string{doc} // can't be: a strings.Reader has no errors
	}
	var elements []string
	headings, last := "headings", ""
	var walk func(n *html.Node, path string)
	walk = func(n *html.Node, path string) {
		for c := range n.ChildNodes() {
			switch c.Type {
			case html.TextNode:
				if strings.TrimSpace(c.Data) != "" {
					elements = append(elements, path+" text")
				}
			case html.CommentNode:
				elements = append(elements, c.Data)
			case html.ElementNode:
				e := path + " " + c.Data
				for _, a := range c.Attr {
					if a.Key != "href" && a.Key != "lang" {
						e += fmt.Sprintf(" %s=%q", a.Key, a.Val)
					}
				}
				elements = append(elements, e)
				if (c.Data == "h1" || c.Data == "h2" || c.Data == "h3") && c.Data != last {
					last = c.Data
					headings += " " + last
				}
				walk(c, path+" "+c.Data)
			default:
			}
		}
	}
	walk(root, "")
	return append(elements, headings)
}
