package templates

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// TestReasonsWithLetter reads the root package's own list: a reason that is
// marked there has its letter in every language.
func TestReasonsWithLetter(t *testing.T) {
	src, err := os.ReadFile("../reason.go")
	if err != nil {
		t.Fatal(err)
	}
	var marked []string
	for _, m := range regexp.MustCompile(`Reason = "([a-z_]+)"\s+// letter`).FindAllStringSubmatch(string(src), -1) {
		marked = append(marked, m[1])
	}
	var have []string
	for _, r := range reasonsWithLetter() {
		have = append(have, string(r))
	}
	slices.Sort(marked)
	slices.Sort(have)
	if len(marked) == 0 || !slices.Equal(marked, have) {
		t.Errorf("reason.go marks %v, the letters know %v", marked, have)
	}
}

// TestCommandsAreAll: what mails may hold is what help tells of.
func TestCommandsAreAll(t *testing.T) {
	src, err := os.ReadFile("../command.go")
	if err != nil {
		t.Fatal(err)
	}
	var verbs []string
	for _, m := range regexp.MustCompile(`Verb = "([a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
		verbs = append(verbs, m[1])
	}
	var have []string
	for _, c := range commands() {
		have = append(have, string(c.verb))
		usage := strings.NewReplacer("[CODE]", "GOLD", "…", "x").Replace(c.usage)
		if s := tradepost.ParseCommands(usage); len(s.Commands) != 1 || s.Commands[0].Verb != c.verb {
			t.Errorf("%s is not a command as written: %+v", c.usage, s)
		}
	}
	if !slices.Equal(verbs, have) {
		t.Errorf("command.go has %v, help %v", verbs, have)
	}
}

// lines lists every string of a language by the path to it.
func lines(v reflect.Value, path string, into map[string]string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			lines(v.Field(i), path+"."+v.Type().Field(i).Name, into)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			lines(v.MapIndex(k), path+"."+k.String(), into)
		}
	case reflect.String:
		into[path] = v.String()
	default:
	}
}

var place = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguagesHaveTheSamePlaces: a name that one language shows, all do.
func TestLanguagesHaveTheSamePlaces(t *testing.T) {
	en := map[string]string{}
	lines(reflect.ValueOf(english()), "", en)
	for _, lang := range languages()[1:] {
		got := map[string]string{}
		lines(reflect.ValueOf(lang), "", got)
		for path, want := range en {
			line, ok := got[path]
			places, wanted := place.FindAllString(line, -1), place.FindAllString(want, -1)
			slices.Sort(places)
			slices.Sort(wanted)
			if !ok || !slices.Equal(places, wanted) {
				t.Errorf("%s%s: %q has other places than %q", lang.tag, path, line, want)
			}
			if strings.ContainsAny(place.ReplaceAllString(line, ""), "{}~") || line != strings.TrimSpace(line) && want == strings.TrimSpace(want) {
				t.Errorf("%s%s: %q", lang.tag, path, line)
			}
			if (line == "") != (want == "") {
				t.Errorf("%s%s is %q where English has %q", lang.tag, path, line, want)
			}
		}
		if len(got) != len(en) {
			t.Errorf("%s has %d lines, English %d", lang.tag, len(got), len(en))
		}
	}
}

// TestFrenchPunctuation: no line begins with a colon.
func TestFrenchPunctuation(t *testing.T) {
	all := map[string]string{}
	lines(reflect.ValueOf(french()), "", all)
	bad := regexp.MustCompile(`[^\x{a0}][:;?!]( |$)| [:;?!]`)
	for path, line := range all {
		if path != ".re" && bad.MatchString(strings.ReplaceAll(line, "/qualify", "")) {
			t.Errorf("%s: %q wants a no-break space", path, line)
		}
	}
}

func TestPlurals(t *testing.T) {
	for _, c := range []struct {
		lang                                 language
		none, one, two, names, more1, more22 string
	}{
		{english(), "0 more messages", "1 more message", "2 more messages", "A and B", "A, B and 1 more", "A and 22 more"},
		{swedish(), "0 meddelanden till", "1 meddelande till", "2 meddelanden till", "A och B", "A, B och 1 till", "A och 22 till"},
		{french(), "0 autre message", "1 autre message", "2 autres messages", "A et B", "A, B et 1 autre", "A et 22 autres"},
		{german(), "0 weitere Nachrichten", "1 weitere Nachricht", "2 weitere Nachrichten", "A und B", "A, B und 1 weitere", "A und 22 weitere"},
	} {
		for n, want := range []string{c.none, c.one, c.two} {
			if got := c.lang.moreMessages(n); !strings.HasSuffix(got, " "+want) {
				t.Errorf("%s: %q, want %q", c.lang.tag, got, want)
			}
		}
		ab := []string{"A", "B"}
		for got, want := range map[string]string{c.lang.list(ab, 0): c.names, c.lang.list(ab, 1): c.more1, c.lang.list(ab[:1], 22): c.more22, c.lang.list(ab[:1], 0): "A"} {
			if got != want {
				t.Errorf("%s: %q, want %q", c.lang.tag, got, want)
			}
		}
		if ab[1] != "B" {
			t.Error("the list was written over")
		}
	}
}

func TestDaysAndSizes(t *testing.T) {
	first := time.Date(2026, time.February, 1, 9, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		lang              language
		day, date, window string
		sizes             string
	}{
		{english(), "Sun 1 Feb", "1 Feb 2026", "Sun 1 Feb 09:05 to Mon 2 Feb 09:05", "1 byte|812 bytes|1.2 MB|unknown size"},
		{swedish(), "sön 1 feb", "1 feb 2026", "sön 1 feb 09:05 till mån 2 feb 09:05", "1 byte|812 byte|1,2 MB|okänd storlek"},
		{french(), "dim. 1er févr.", "1er févr. 2026", "de dim. 1er févr. 09:05 à lun. 2 févr. 09:05", "1\u00a0octet|812\u00a0octets|1,2\u00a0Mo|taille inconnue"},
		{german(), "So., 1. Feb.", "1. Feb. 2026", "So., 1. Feb. 09:05 bis Mo., 2. Feb. 09:05", "1 Byte|812 Byte|1,2 MB|Größe unbekannt"},
	} {
		sizes := fmt.Sprintf("%s|%s|%s|%s", c.lang.size(1), c.lang.size(812), c.lang.size(1_204_000), c.lang.size(-1))
		for got, want := range map[string]string{
			c.lang.day(first): c.day, c.lang.date(first): c.date, c.lang.window(first, first.AddDate(0, 0, 1)): c.window, sizes: c.sizes,
			c.lang.at(first, first): "09:05", c.lang.at(first, first.AddDate(0, 0, 3)): c.day + " 09:05", c.lang.at(first, first.AddDate(1, 0, 0)): c.date + " 09:05",
			c.lang.at(time.Time{}, first): c.lang.timeless,
		} {
			if got != want {
				t.Errorf("%s: %q, want %q", c.lang.tag, got, want)
			}
		}
	}
}

// TestLocales: regions and underscores find their language.
func TestLocales(t *testing.T) {
	l := letters(t)
	if got := l.Locales(); !slices.Equal(got, []string{"en", "sv", "fr", "de"}) {
		t.Errorf("locales %v", got)
	}
	for locale, want := range map[string]string{"sv-SE": "sv", "FR_ca": "fr", "de-CH-1996": "de", "da": "en"} {
		if got := l.ActionPage(ActionPage{Locale: locale}).Lang; got != want {
			t.Errorf("%s is %s, want %s", locale, got, want)
		}
	}
}
