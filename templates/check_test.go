package templates

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"
)

// tester is *testing.T, *rapid.T or *testing.F's inner T.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkLetter holds for every letter, whatever strangers wrote into it.
func checkLetter(t tester, r Rendered) {
	t.Helper()
	checkHeader(t, "Subject", r.Subject, MaxSubject)
	checkHeader(t, "FromName", r.FromName, 120)
	checkText(t, r.Text)
	checkHTML(t, r.HTML)
}

func checkHeader(t tester, field, s string, most int) {
	t.Helper()
	if s == "" || s != strings.TrimSpace(s) {
		t.Errorf("%s is %q", field, s)
	}
	if n := uniseg.GraphemeClusterCount(s); n > most {
		t.Errorf("%s has %d graphemes: %q", field, n, s)
	}
	if n := utf8.RuneCountInString(s); n > most*clusterRunes {
		t.Errorf("%s has %d code points", field, n)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	}) {
		t.Errorf("%s holds a control character: %q", field, s)
	}
	if strings.Contains(s, "=?") {
		t.Errorf("%s could be read as an encoded-word: %q", field, s)
	}
}

func checkText(t tester, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("the text is not UTF-8")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == '\u202e' || r == '\u202d' }) {
		t.Errorf("the text holds a control character")
	}
	if strings.Count(s, "\n-- \n") != 1 {
		t.Errorf("the text has %d signature separators: %q", strings.Count(s, "\n-- \n"), s)
	}
	if strings.HasPrefix(s, "\n") || !strings.HasSuffix(s, "\n") || strings.HasSuffix(s, "\n\n") {
		t.Errorf("the text begins or ends badly: %q", s)
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line != "-- " && line != strings.TrimRight(line, " ") {
			t.Errorf("trailing space: %q", line)
		}
		if uniseg.StringWidth(line) <= columns {
			continue
		}
		if isLink(strings.TrimSpace(line)) {
			continue
		}
		// Too long is only what cannot be broken.
		if canBreak(strings.TrimLeft(line, " ")) {
			t.Errorf("line of %d columns could be broken: %q", uniseg.StringWidth(line), line)
		}
	}
}

// canBreak reports a space that is a grapheme of its own: with a combining
// mark on it, it is what shows the mark.
func canBreak(line string) bool {
	g := uniseg.NewGraphemes(line)
	for g.Next() {
		if g.Str() == " " {
			return true
		}
	}
	return false
}

// allowed is every element a letter may have, and its attributes.
var allowed = map[string][]string{
	"html": {"lang", "dir"}, "head": nil, "title": nil, "style": nil, "meta": {"charset", "name", "content"},
	"body": {"class", "style"}, "table": {"role", "cellspacing", "class", "style"},
	"tbody": nil, "tr": nil, "td": {"class", "style", "bgcolor"}, "div": {"style"},
	"h1": {"style"}, "h2": {"style"}, "p": {"class", "style", "dir"},
	"span": {"dir"}, "br": nil, "a": {"href", "class", "style"},
}

func checkHTML(t tester, s string) {
	t.Helper()
	if len(s) > MaxHTML {
		t.Errorf("the HTML has %d bytes", len(s))
	}
	if !utf8.ValidString(s) {
		t.Errorf("the HTML is not UTF-8")
	}
	for _, bad := range []string{"ZgotmplZ", "%!"} {
		if i := strings.Index(strings.ToLower(stripText(s)), strings.ToLower(bad)); i >= 0 {
			t.Errorf("the HTML's markup holds %q", bad)
		}
	}
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Errorf("parse: %v", err)
		return
	}
	comments, styles := 0, 0
	for n := range doc.Descendants() {
		switch n.Type {
		case html.CommentNode:
			comments++
		case html.ElementNode:
			names, ok := allowed[n.Data]
			if !ok {
				t.Errorf("element <%s>", n.Data)
			}
			if n.Data == "style" {
				styles++
			}
			for _, a := range n.Attr {
				if !slices.Contains(names, a.Key) {
					t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
				}
				if a.Key == "href" {
					u, err := url.Parse(a.Val)
					if err != nil || !slices.Contains([]string{"http", "https", "mailto"}, u.Scheme) {
						t.Errorf("link to %q", a.Val)
					}
				}
				if a.Key == "style" && strings.Contains(a.Val, "display:none") && !isPreheader(n) {
					t.Errorf("hidden element <%s>", n.Data)
				}
			}
		}
	}
	if comments != 1 || styles != 1 {
		t.Errorf("%d comments and %d style elements; one of each is ours", comments, styles)
	}
}

// isPreheader reports the one thing that may be hidden: what stands first in the
// letter, one line of text that is as long as a list of mails shows.
func isPreheader(n *html.Node) bool {
	above := n.PrevSibling
	return n.Data == "div" && n.Parent.Data == "body" && (above == nil || above.PrevSibling == nil && strings.TrimSpace(above.Data) == "") &&
		n.FirstChild != nil && n.FirstChild == n.LastChild && n.FirstChild.Type == html.TextNode &&
		uniseg.GraphemeClusterCount(n.FirstChild.Data) <= preheaderGraphemes
}

// stripText keeps only what stands in tags.
func stripText(s string) string {
	var b strings.Builder
	in := false
	for _, r := range s {
		switch {
		case r == '<':
			in = true
		case r == '>':
			in = false
		case in:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// words is the visible text of a letter's HTML.
func words(t testing.TB, s string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(s))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && (n.Parent.Data != "style" && n.Parent.Data != "title") {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
