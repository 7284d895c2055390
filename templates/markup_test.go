package templates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// TestOnlyStylesMakeMarkup: raw and href are made where the package comment of
// each says, so that a stranger's string can't become either.
func TestOnlyStylesMakeMarkup(t *testing.T) {
	makers := map[string]string{"raw": "styles.go", "href": "parts.go"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if to, ok := call.Fun.(*ast.Ident); ok && makers[to.Name] != "" && makers[to.Name] != e.Name() {
				t.Errorf("%s converts to %s", e.Name(), to.Name)
			}
			return true
		})
	}
}

// sheetAttributes are the attribute values that the sheet itself writes.
func sheetAttributes(s *sheet) map[string]bool {
	values := map[string]bool{"auto": true, "ltr": true}
	var add func(v reflect.Value)
	add = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Map:
			for _, k := range v.MapKeys() {
				add(v.MapIndex(k))
			}
		case reflect.String:
			src := v.String()
			if rest, ok := strings.CutPrefix(src, `" `); ok { // behind a link's address
				src = "<a " + rest
			}
			z := html.NewTokenizer(strings.NewReader(src))
			for z.Next() != html.ErrorToken {
				for _, a := range z.Token().Attr {
					values[a.Val] = true
				}
			}
		default:
			for _, f := range v.Fields() {
				add(f)
			}
		}
	}
	add(reflect.ValueOf(*s))
	return values
}

// TestStrangersNeverWriteMarkup renders what strangers send and reads it as a
// browser does: every attribute is one of ours or a link that was checked, and
// nothing but text is theirs.
func TestStrangersNeverWriteMarkup(t *testing.T) {
	l := letters(t)
	ours := sheetAttributes(l.sheet)
	rapid.Check(t, func(t *rapid.T) {
		word := hostile().Draw(t, "word")
		link := drawURL(t, "link")
		m := markup{s: l.sheet}
		p := l.languages[0].page(word, sentence{{Text: word}, {Text: word, Name: true}})
		m.begin(&p, true)
		m.section(true)
		m.heading(sentence{{Text: word, Name: true}})
		m.second(word, true)
		m.facts(facts{Store: word, Matter: word, StoreURL: ownURL(link), StoreHost: word, PublicEmail: word})
		m.body(body{Lines: strings.Split(word, "\n"), Rest: word, RestURL: ownURL(link)}, true)
		m.button(link2(word, link))
		m.linked(m.s.after, mailtoText("reply+a@b.example", word, word), sentence{{Text: word}})
		m.end()
		m.ruled(true)
		m.row()
		m.second(word, false)
		m.quote(body{Lines: []string{word}})
		m.files([]sentence{{{Text: word, Name: true}}})
		m.words(m.s.time, word)
		m.finish(&p)

		doc, err := html.Parse(strings.NewReader(string(m.b)))
		if err != nil {
			t.Fatal(err)
		}
		texts := 0
		for n := range doc.Descendants() {
			switch {
			case n.Type == html.TextNode && n.Data == strings.ReplaceAll(clean(word), "\r", "\n") && n.Data != "":
				texts++
			case n.Type != html.ElementNode:
				continue
			}
			for _, a := range n.Attr {
				switch {
				case a.Key == "href":
					u, err := url.Parse(a.Val)
					if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) {
						t.Errorf("link to %q", a.Val)
					}
				case !slices.Contains(allowed[n.Data], a.Key) || !ours[a.Val]:
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
			}
		}
		if simple := strings.TrimSpace(word); simple != "" && simple == word && !strings.ContainsAny(word, "\r\n\x00") && texts < 8 {
			t.Errorf("%q stands %d times as text", word, texts)
		}
	})
}

// clean is what an HTML parser makes of text.
func clean(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func link2(label, to string) link {
	return link{Label: sentence{{Text: label, Name: true}}, URL: ownURL(to)}
}

// TestShortcutsChangeNothing: what nearly every string takes gives what the long
// way gives.
func TestShortcutsChangeNothing(t *testing.T) {
	plainish := rapid.OneOf(hostile(), rapid.StringMatching(`[ -~\n]{0,200}`), rapid.StringMatching(`( {0,40}[a-zA-Z@./:]{0,90}){0,5}`))
	rapid.Check(t, func(t *rapid.T) {
		s := plainish.Draw(t, "text")
		if got, want := cleanText(s), cleanAnyText(s); got != want {
			t.Errorf("cleanText(%q) = %q, the long way %q", s, got, want)
		}
		line := strings.TrimRight(strings.ReplaceAll(cleanText(s), "\n", " "), " ")
		var short, long plain
		if ascii(line) && short.asciiLine(line) {
			for _, l := range wrap(line) {
				long.b = append(append(long.b, l...), '\n')
			}
			if short.text() != long.text() {
				t.Errorf("%q is wrapped as %q, the long way as %q", line, short.text(), long.text())
			}
		}
		if folded := fold(rapid.StringMatching(`[a-zA-Z0-9 ]{1,3}`).Draw(t, "market")); folded != "" && ascii(s) {
			if got, want := foldedASCIIHolds(s, folded), strings.Contains(fold(s), folded); got != want {
				t.Errorf("%q holds %q: %v, the long way %v", s, folded, got, want)
			}
		}
		if got, want := preheader(s), beginning(cleanLine(s)); got != want && ascii(s) {
			t.Errorf("preheader(%q) = %q, the long way %q", s, got, want)
		}
		if plainAddress(s) && !longAddress(s) {
			t.Errorf("%q is taken for an address", s)
		}
	})
}

// longAddress is addrSpec without its shortcut: a character of it that is not
// plain leads there.
func longAddress(s string) bool { return addrSpec("!" + s) }

func TestURLShortcut(t *testing.T) {
	piece := rapid.SampledFrom([]string{"https://", "http://", "a", "Z", "nord.example", "/", "//", "?", "&", "=", ".", "..", "-", "_", "~", "0", "1.2.3.4", "%41", ":", "#", "[::1]", "@", "+"})
	rapid.Check(t, func(t *rapid.T) {
		s := "https://" + strings.Join(rapid.SliceOfN(piece, 0, 9).Draw(t, "pieces"), "")
		host := plainURLHost(s)
		if host == "" {
			return
		}
		u := parseURL(s, 2_000)
		if u == nil || u.String() != s || u.Hostname() != host || u.User != nil {
			t.Errorf("%q is written as it stands, with host %q; the long way: %v", s, host, u)
		}
	})
}
