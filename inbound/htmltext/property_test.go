package htmltext_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

// check holds what is true of the lines of any input.
func check(t rapid.TB, in string, lines []htmltext.Line) {
	t.Helper()
	size := 0
	for i, l := range lines {
		size += len(l.Text)
		switch {
		case strings.ContainsAny(l.Text, "\n\r\x00"):
			t.Fatalf("%q: a line end in %q", in, l.Text)
		case !utf8.ValidString(l.Text):
			t.Fatalf("%q: %q isn't UTF-8", in, l.Text)
		case strings.TrimRight(l.Text, " ") != l.Text:
			t.Fatalf("%q: %q has spaces at its end", in, l.Text)
		case l.Text == "" && (i == 0 || i == len(lines)-1 || lines[i-1].Text == ""):
			t.Fatalf("%q: an empty line at %d", in, i)
		case l.Depth < 0 || (l.Depth > 0) != (l.Quote != ""):
			t.Fatalf("%q: depth %d in %q", in, l.Depth, l.Quote)
		case l.Attribution && l.Depth == 0:
			t.Fatalf("%q: %q introduces a quote but isn't quoted", in, l.Text)
		case l.Mark != "" && l.Text == "":
			t.Fatalf("%q: an empty line is marked", in)
		}
	}
	// An item of a list costs four bytes and is written with its indentation.
	if size+len(lines) > 16*len(in)+16 {
		t.Fatalf("%d bytes became %d", len(in), size)
	}
}

// pieces are what mails are made of, well and badly nested.
var pieces = []string{
	"<div>", "</div>", "<p>", "</p>", "<br>", "<b>", "</b>", "<i>", "</i>", "<del>", "</del>", "<code>", "</code>", "<pre>", "</pre>", "<pre><code>", "<h2>", "</h2>",
	"<ul>", "</ul>", "<ol start=7>", "</ol>", "<li>", "</li>", "<a href='https://lind.example/(a)'>", "</a>", "<hr>", "<sup>", "</sup>", "<q>", "</q>",
	"<table>", "<table border=1>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "<blockquote>", "</blockquote>", "<blockquote type=cite>",
	"<div class=gmail_quote>", "<div class=gmail_attr>", "<blockquote class=gmail_quote>", "<div id=divRplyFwdMsg>", "<div id=Signature>", "<span style='font-weight:bold'>", "</span>",
	"<div style='white-space:pre-wrap'>", "<div style='border-top:solid red 1pt;padding:3.0pt 0 0 0'>", "<br class=Apple-interchange-newline>", "<img alt='a [map]'>",
	"<span style='mso-list:Ignore'>", "<q", "<!--", "-->", "<![if x]>", "word", " ", "\n", "&nbsp;", "&lt;b&gt;", "&#10;", "*", "`", "· ", "10", "—", "好", "\xff", "&shy;", "\u200b", "\t", "!", "#", "\\_",
}

func TestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
		check(t, in, htmltext.Render(in))
	})
}

// TestHiddenNeverAppears puts a word into each thing that hides, among any tags
// that are closed again.
func TestHiddenNeverAppears(t *testing.T) {
	hiding := []string{
		"<div style='display:none'>%</div>", "<span style=\"DISPLAY : NONE !important\">%</span>", "<p hidden>%</p>", "<b style=visibility:hidden>%</b>",
		"<div style='max-height:0px;overflow:hidden'>%</div>", "<div style='font-size:0'>%</div>", "<td style='font-size:1px;color:#fff'>%</td>", "<div style='opacity:0.0'>%</div>",
		"<style>%</style>", "<title>%</title>", "<script>%</script>", "<!-- % -->", "<!--[if mso]>%<![endif]-->", "<template>%</template>",
		"<object>%</object>", "<svg><text>%</text></svg>", "<div style='font-family:&quot;Lind&quot;;display:none'>%</div>", "<a href='https://%.example' hidden>%</a>", "<img alt='%' width=1 height=1>",
	}
	around := []string{"<div>", "<p>a", "<blockquote>", "<ul><li>", "<b>", "<pre>", "<table><tr><td>", "<code>", "<h1>", "<a href='https://lind.example'>", "<span style='font-size:14px'>", "text"}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.SampledFrom(around), 0, 10).Draw(t, "around"), "") +
			strings.ReplaceAll(rapid.SampledFrom(hiding).Draw(t, "hiding"), "%", "secret") +
			strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 10).Draw(t, "behind"), "")
		for _, limits := range []htmltext.Limits{{}, {Open: 3}} {
			lines, _ := htmltext.RenderWithin(in, limits)
			for _, l := range lines {
				if strings.Contains(l.Text, "secret") {
					t.Fatalf("%s shows %q", in, l.Text)
				}
			}
		}
	})
}

// TestWordsAreKept draws words into any tags that show their content: none is
// lost, none changes its place.
func TestWordsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in strings.Builder
		var want []string
		for range rapid.IntRange(0, 30).Draw(t, "n") {
			in.WriteString(rapid.SampledFrom(pieces[:53]).Draw(t, "piece"))
			w := rapid.StringMatching(`w[a-z]{3}`).Draw(t, "word")
			in.WriteString(w + " ")
			want = append(want, w)
		}
		var all strings.Builder
		for _, l := range htmltext.Render(in.String()) {
			all.WriteString(l.Text + "\n")
		}
		rest := all.String()
		for _, w := range want {
			_, after, ok := strings.Cut(rest, w)
			if !ok {
				t.Fatalf("%s: %q isn't in %q", in.String(), w, all.String())
			}
			rest = after
		}
	})
}

// TestLinear gives the reader long mails of one thing. Each takes some tens of
// milliseconds; the bound leaves room for the race detector, and what isn't
// linear still breaks it.
func TestLinear(t *testing.T) {
	const size = 1 << 20
	for _, unit := range []string{
		"<div>", "<b>", "<b></b>", "a<i></i>", "<blockquote>a", "<table><tr><td>", "<table><tr><td>a<td>b", "</p>", "<p>a", "<a href=http://x>a", "<a href=http://x>a</a>",
		"<li>", "<ul><li>a", "<ol><li>", "&amp;", "&nbsp;", "<div class='a b c d'>a</div>", "<br>", "<br>a", "<!--", "<!--a-->", "<![", "<a b=", "<a b=\"", "<a b='\">", "<div><b>a</div>",
		"<b><div>a</b>", "<code>`", "<code>a</code>", "<pre><code>a\n", "<pre>\n", "<script>", "</script", "<style></", "<b>.</b>a", "a<b>.", "*", "`", "` ", "#", "_", "\\", "[", "<", "</", "\u200b", "<td>a", "<tr><td>a",
		"<blockquote class=gmail_quote>", "<div class=gmail_quote>", "<div style='a:b;c:d;display:block'>", "<p style=';;;;;;;;'>", "<x-a>", "<q>", "<hr>", "<img alt=a>", "<sup>1", "·", "<b></div><table>", "<span><p></span>",
	} {
		in := strings.Repeat(unit, size/len(unit))
		start := time.Now()
		check(t, in, htmltext.Render(in))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%.20q: %v", unit, took)
		} else {
			t.Logf("%.20q: %v", unit, took)
		}
	}
	for _, tail := range []string{"</div>", "</p>", "</b>", "</li>", "<td>", "</td>", "<br class=Apple-interchange-newline>"} {
		in := "<div><p><li><table><tr><td>" + strings.Repeat("<i>", 1990) + strings.Repeat(tail+"a", size/8)
		start := time.Now()
		htmltext.Render(in)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("under 1,990 elements, %s: %v", tail, took)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range pieces {
		f.Add("<p>a " + s + " b</p>")
	}
	f.Add("<div class=gmail_quote><div><blockquote class=gmail_quote></div>a<br class=Apple-interchange-newline>")
	f.Add("<div class=gmail_quote>a</div>b<p>a<b>b<i>c</b>d</p><ol><li>a<li>b<a href=http://x>y</a><pre>a\n b</pre><blockquote>a<br>b")
	f.Fuzz(func(t *testing.T, s string) {
		check(t, s, htmltext.Render(s))
		lines, _ := htmltext.RenderWithin(s, htmltext.Limits{Elements: 20, Open: 4, Lines: 5, Bytes: 60})
		check(t, s, lines)
		size := 0
		for _, l := range lines {
			size += len(l.Text)
		}
		if len(lines) > 5 || size > 60 {
			t.Fatalf("%q: %d lines, %d bytes", s, len(lines), size)
		}
	})
}
