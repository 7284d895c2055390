package samples

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
)

func letters(t *testing.T) *templates.Letters {
	t.Helper()
	l, err := templates.New(templates.Options{Market: "Tradepost"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestEverySampleRenders holds what a mail provider asks of a letter, whatever
// it is filled with.
func TestEverySampleRenders(t *testing.T) {
	l := letters(t)
	for _, s := range All() {
		for _, locale := range l.Locales() {
			for _, v := range Variants() {
				r, err := s.Render(l, locale, v)
				if err != nil {
					t.Errorf("%v", err)
					continue
				}
				if r.Subject == "" || r.FromName == "" || r.Text == "" || !strings.Contains(r.HTML, `lang="`+locale+`"`) {
					t.Errorf("%s %s %s: something is missing: subject %q, from %q", s.Name, locale, v, r.Subject, r.FromName)
				}
				if len(r.HTML) > templates.MaxHTML && s.Name != "alert-no-page" && s.Name != "relay-subject" {
					t.Errorf("%s %s %s: %d bytes of HTML", s.Name, locale, v, len(r.HTML))
				}
				for _, part := range []string{r.FromName, r.Subject, r.Text, r.HTML} {
					if !utf8.ValidString(part) || strings.ContainsAny(part, "\x00\u202e\u2066\r") {
						t.Errorf("%s %s %s: invalid UTF-8, or control characters", s.Name, locale, v)
					}
				}
				if again, err := s.Render(l, locale, v); err != nil || again.HTML != r.HTML || again.Text != r.Text {
					t.Errorf("%s %s %s: two renderings differ (%v)", s.Name, locale, v, err)
				}
			}
		}
	}
}

func TestNames(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range All() {
		if seen[s.Name] || s.Name != strings.ToLower(s.Name) || strings.ContainsAny(s.Name, " ./_") && !strings.HasPrefix(s.Name, "answer-") || s.Shows == "" || s.Letter == "" {
			t.Errorf("%+v: its name is taken or can't be a file's, or it says too little", s)
		}
		seen[s.Name] = true
		if found, err := Find(s.Name); err != nil || found.Shows != s.Shows {
			t.Errorf("Find(%q): %v", s.Name, err)
		}
	}
	if _, err := Find("no-such-letter"); !errors.Is(err, ErrUnknown) {
		t.Errorf("Find of a name that isn't there: %v", err)
	}
	if _, err := All()[0].Render(letters(t), "en", "no such data"); err == nil {
		t.Error("unknown data was taken")
	}
}

// TestEveryAnswerHasASample compares with the letters whose words a reviewer has
// seen, so that a reason can't be added without a sample.
func TestEveryAnswerHasASample(t *testing.T) {
	golden, err := filepath.Glob("../testdata/answer-*.txt")
	if err != nil || len(golden) == 0 {
		t.Fatalf("no golden answers: %v", err)
	}
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
	}
	for _, path := range golden {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		if name != "answer-blocked-unnamed" && !slices.Contains(names, name) {
			t.Errorf("%s has no sample", name)
		}
	}
	if _, err := letters(t).Answer(templates.Answer{Locale: "en", Reason: string(tradepost.ReasonWrongSender)}); err == nil {
		t.Error("an answer without a letter was rendered")
	}
}
