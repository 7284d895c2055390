package htmltext_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

// text is the lines of a mail as one string, quotes behind ">" as in plain mail.
func text(in string) string {
	var rows []string
	for _, l := range htmltext.Render(in) {
		rows = append(rows, strings.Repeat(">", l.Depth)+l.Text)
	}
	return strings.Join(rows, "\n")
}

func expect(t *testing.T, cases [][2]string) {
	t.Helper()
	for _, c := range cases {
		if got := text(c[0]); got != c[1] {
			t.Errorf("%s\n got %q\nwant %q", c[0], got, c[1])
		}
	}
}

func TestEmphasis(t *testing.T) {
	expect(t, [][2]string{
		{"<b>a</b> <i>b</i> <del>c</del>", "**a** *b* ~~c~~"},
		{"<strong>a </strong>b<em> c</em>", "**a** b *c*"},
		{"<b><i>a</i> b</b>", "***a* b**"},
		{"<b>a<i> b</i></b><i> c</i>", "**a *b*** *c*"},
		{"<b><div>a</div><div>b</div></b>c<b></b>", "**a**\n**b**\nc"},
		{"<b><div>a</b> b</div>c", "**a** b\nc"},
		{"<span style='font-weight:700'>a <span style='font-weight:normal'>b</span></span>", "**a** b"},
		{"<b style='font-weight:normal'>a</b> <span style='FONT-STYLE: Italic'>b</span> <span style='text-decoration:underline line-through'>c</span>", "a *b* ~~c~~"},
		{"<b>Date:</b>May", "**Date**:May"},
		{"<b>Date:</b> May", "**Date:** May"},
		{"a<b>(b)</b>c", "a(**b**)c"},
		{"a <b>:</b>b", "a :b"},
		{"<b>强调：</b>文字", "**强调**：文字"},
		{"<h2>A <b>b</b></h2>c", "## A b\n\nc"},
		{"m<sup>2</sup>, the 3<sup>rd</sup>, x<sup>n1</sup>", "m², the 3rd, xn1"},
		{"<q>so</q>", "“so”"},
	})
}

func TestEscapes(t *testing.T) {
	expect(t, [][2]string{
		{"2*3*4, 2 * 3, *so*, a_b_c", "2\\*3\\*4, 2 * 3, *so*, a_b_c"},
		{"<b>*</b> <b>a*</b>", "**\\* a\\***"},
		{`C:\Lind, \_x, ¯\_(ツ)_/¯`, `C:\Lind, \\_x, ¯\\_(ツ)_/¯`},
		{"&lt;b&gt; &lt;/b&gt; &lt;maja@lind.example&gt; &lt;https://lind.example/&gt; a &lt; b &lt;3", "\\<b> \\</b> <maja@lind.example> <https://lind.example/> a < b <3"},
		{"# one<br>#two<br>a # b", "\\# one\n#two\na # b"},
		{"&gt; quoted<br>- item<br>1. item", "> quoted\n- item\n1. item"},
		{"<code>a*b `c` \\_</code> <code>`</code>", "``a*b `c` \\_`` `` ` ``"},
		{"<pre><code>if a {\n\tb()\n}</code></pre>c", "```\nif a {\n    b()\n}\n```\n\nc"},
		{"<pre><code>```\n</code></pre>", "````\n```\n````"},
		{"<pre>a\n  b\n\n\nc</pre>", "a\n  b\n\nc"},
	})
}

func TestLinks(t *testing.T) {
	expect(t, [][2]string{
		{`see <a href="https://lind.example/1">the page</a>.`, "see [the page](https://lind.example/1)."},
		{`<a href="https://lind.example/">https://lind.example</a> <a href="http://www.lind.example/">lind.example</a>`, "https://lind.example lind.example"},
		{`<a href="mailto:maja@lind.example?subject=a">maja@lind.example</a> <a href="MAILTO:maja@lind.example">Maja</a>`, "maja@lind.example [Maja](MAILTO:maja@lind.example)"},
		{`<a href="tel:+4612345">+46 (1) 23-45</a> <a href="tel:+4612345">call</a>`, "+46 (1) 23-45 [call](tel:+4612345)"},
		{`<a href="javascript:alert(1)">a</a> <a href="data:,x">b</a> <a href="#c">c</a> <a name=d>d</a>`, "a b c d"},
		{`<a href=" https://lind.example/a b(c)?d=&lt;e&gt;&amp;copy=1&copy=2 ">a</a>`, "[a](https://lind.example/a%20b%28c%29?d=%3Ce%3E&copy=1&copy=2)"},
		{`<b>so <a href="https://lind.example">th<i>is</i></a> is</b>`, "**so** [**th*is***](https://lind.example) **is**"},
		{`Hi!<a href="https://lind.example">[a] b</a>`, `Hi\![\[a\] b](https://lind.example)`},
		{`<a href="https://lind.example"><div>a</div><div>b</div></a>`, "[a](https://lind.example)\nb"},
		{`<a href="https://lind.example"> </a>a<a href="https://lind.example">b<a href="https://nilsen.example">c</a>`, "a[b](https://lind.example)[c](https://nilsen.example)"},
		{`<a href="https://lind.example"><img src="cid:1" alt="Lind"></a>`, "[Lind](https://lind.example)"},
		{`<img src="cid:1" alt="A &quot;map&quot;  of Lund"> <img alt=""> <img src=x> <img alt="x" width="1" height="1"> <img data-emoji="😀" alt="😀">`, `[image: A "map" of Lund] 😀`},
	})
}

func TestLists(t *testing.T) {
	expect(t, [][2]string{
		{"<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>e", "- a\n- b\n\n1. c\n2. d\n\ne"},
		{"<ol start=9><li>a<li>b<ul><li>c<br>d</ul><li value=20>e<li>f</ol>", "9. a\n10. b\n    - c\n      d\n20. e\n21. f"},
		{"<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>", "- a\n\n  b\n- c"},
		{"<ol start=-5><li>a</ol><ol start=99999999999><li>b</ol><ol start=x><li>c</ol>", "0. a\n\n999999999. b\n\n1. c"},
		{"<li>a</li><ul><li></li><li>b</li></ul>", "- a\n\n- b"},
		{"<p>·&nbsp;&nbsp;&nbsp;&nbsp; a</p><p>· b</p>", "- a\n\n· b"},
		{"a<br>&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;b", "a\n   b"},
	})
}

func TestTables(t *testing.T) {
	expect(t, [][2]string{
		{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"<table><tr><th>a<th>b<tr><td>1<td><td><p>3</p></table>c", "a | b\n1 | | 3\n\nc"},
		{"<table border=1><tr><td></td><td>b</td></tr><tr><td><b>a:</b></td><td>b</td></tr></table>", "| b\n**a:** b"},
		{"<table border=1><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc"},
		{"<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>c</td></tr></table>", "a b c"},
		{"a<table><tr>b<td>c</td><td>d</td></tr></table>", "a\nb\nc\nd"},
		{"<table><tr><td><blockquote>a</blockquote></td><td>b</td></tr></table>", ">a\nb"},
	})
}

func TestWhiteSpace(t *testing.T) {
	expect(t, [][2]string{
		{" a \n\t b&nbsp;&nbsp;c ", "a b  c"},
		{"<div>a<br></div><div><br></div><div><br></div>b<br><br><br>c", "a\n\nb\n\nc"},
		{"<p>a</p><p>&nbsp;</p><p></p><p>b</p>", "a\n\nb"},
		{"<p style='margin:0'>a</p><p style='margin-top:0cm;margin-bottom:.0001pt'>b</p><p style='margin:0 0 1em'>c</p><p class=MsoNormal>d</p>", "a\nb\n\nc\n\nd"},
		{"a&shy;b<wbr>c\u200b<br>\u200b<br>\u200fשלום\u200f", "abc\n\n\u200fשלום\u200f"},
		{"<div style='white-space:pre-wrap'>a\n  b\tc<span style='white-space:normal'> d\ne</span></div>", "a\n  b    c d e"},
		{"<div style='white-space:pre-line'>a\n  b  c</div>", "a\nb c"},
		{"a\x00b\x07&#0;&#x80;\xff", "ab\uFFFD€\uFFFD"},
		{"a<hr>b", "a\n\n---\n\nb"},
		{"</div></b>a &amp; b &unknown; c & d", "a & b &unknown; c & d"},
		{"a<!-- b --><!--[if mso]>c<![endif]--><![if !vml]>d<![endif]><?xml e?></3>f<!-->g", "adfg"},
		{"1 < 2 <3 </ a", "1 < 2 <3"},
		{`<div title="a>b">c</div><div title="never closed>d</div>`, "c\nd"},
	})
}

func TestStructure(t *testing.T) {
	expect(t, [][2]string{
		{`a<div class="x_x_GMAIL_QUOTE">b</div>c`, "a\n>b\nc"},
		{`a<div class="m_-12345gmail_quote">b</div>c<div class="yiv0123yahoo_quoted">d</div>`, "a\n>b\nc\n>d"},
		{`a<blockquote>b<blockquote>c</blockquote>d`, "a\n\n>b\n>\n>>c\n>\n>d"},
		{`a<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px">b</blockquote>`, "a\n\nb"},
		{`a<blockquote type=cite style="border:none">b</blockquote>`, "a\n\n>b"},
		{`a<div class=gmail_quote>b<blockquote class=gmail_quote>c</blockquote>d<blockquote class=gmail_quote>e</blockquote>f</div>g`, "a\n>b\n>\n>c\n\nd\n\n>e\n\nf\ng"},
		{`a<div class=gmail_quote>b<blockquote type=cite>c</blockquote>d</div>e`, "a\n>b\n>\n>>c\n>\n>d\ne"},
		{`<table><tr><td><div class=gmail_quote>a</td></tr></table>b`, ">a\nb"},
		{`<div class=gmail_quote><table><tr><td>a</div></td></tr></table>b</div>c`, ">a\n>b\nc"},
		{`<font><div class=gmail_quote>a</font>b</div>c`, ">ab\nc"},
	})
	for in, want := range map[string]string{
		`a<blockquote>b<div id=divRplyFwdMsg>c</div></blockquote>d`:                                     "",
		`a<div style="border-top:1pt solid RGB(225, 225, 225)">b</div>`:                                 "ruled header of Outlook",
		`a<div style="border:none;border-bottom:solid #E1E1E1 1.0pt;padding:0cm 0cm 1.0pt 0cm">b</div>`: "",
		`a<div id=divRplyFwdMsg style="display:none"></div>b`:                                           "divRplyFwdMsg of Outlook on the web",
		`a<hr>b`: "",
		`a<hr tabindex="-1" style="display:inline-block; width:98%">b`:                              "ruler of Outlook on the web",
		`a<div style="border-top:solid red 1pt;padding:3.0pt 0cm 0cm"><p><b>Da: </b>Maja</p></div>`: "ruled header of Outlook",
		`a<div style="border-top:solid red 1pt;padding:3.0pt 0cm 0cm"><p><b>Total</b> 3</p></div>`:  "",
	} {
		got := ""
		for _, l := range htmltext.Render(in) {
			got += l.Mark
		}
		if got != want {
			t.Errorf("%s: mark %q, want %q", in, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	in := strings.Repeat("<div><div>aé", 10)
	for _, c := range []struct {
		limits  htmltext.Limits
		reached []htmltext.Limit
		lines   int
	}{
		{htmltext.Limits{}, nil, 10},
		{htmltext.Limits{Elements: 4}, []htmltext.Limit{htmltext.LimitElements}, 2},
		{htmltext.Limits{Open: 3}, []htmltext.Limit{htmltext.LimitOpen}, 10},
		{htmltext.Limits{Lines: 3}, []htmltext.Limit{htmltext.LimitLines}, 3},
		{htmltext.Limits{Bytes: 8}, []htmltext.Limit{htmltext.LimitBytes}, 3},
	} {
		lines, reached := htmltext.RenderWithin(in, c.limits)
		if len(lines) != c.lines || !slices.Equal(reached, c.reached) {
			t.Errorf("%+v: %d lines %v, reached %v", c.limits, len(lines), lines, reached)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		b.Fatal(err)
	}
	var all []string
	size := 0
	for _, f := range files {
		s, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, string(s))
		size += len(s)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range all {
			htmltext.Render(s)
		}
	}
	b.ReportMetric(float64(len(all)*b.N)/b.Elapsed().Seconds(), "mails/s")
}

func ExampleRender() {
	for _, l := range htmltext.Render(`<div>Two boxes, <b>please</b>:</div><ul><li>blue</li><li><a href="https://lind.example/lid">with a lid</a></li></ul>` +
		`<div class="gmail_quote"><div class="gmail_attr">On 3 May 2022, Maja wrote:</div><blockquote class="gmail_quote">How many?</blockquote></div>`) {
		fmt.Printf("%d|%s\n", l.Depth, l.Text)
	}
	// Output:
	// 0|Two boxes, **please**:
	// 0|
	// 0|- blue
	// 0|- [with a lid](https://lind.example/lid)
	// 0|
	// 1|On 3 May 2022, Maja wrote:
	// 1|
	// 1|How many?
}

func ExampleRenderWithin() {
	lines, reached := htmltext.RenderWithin("<p>one</p><p>two</p>", htmltext.Limits{Lines: 1})
	fmt.Println(lines[0].Text, reached)
	// Output: one [limit_html_lines]
}
