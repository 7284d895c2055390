package htmltext_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

// TestHiddenAndShown holds pieces of HTML in which "K" must be kept and "H" left
// out. What they show was compared with Chromium, which shows no more, and less only
// where an attribute or an element isn't closed.
func TestHiddenAndShown(t *testing.T) {
	for _, s := range []string{
		// What hides ends where the element does, also where a program closed it wrongly.
		`<div style="display:none">H<div>H</div></div>K`, `<div style="display:none">H</div>K</div>K`, `<div style="display:none">H<span></div>K</span>K`,
		`<p style="display:none">H<div>K</div>K`, `<p style="display:none">H<p>K`, `<p style="display:none">H<hr>K`, `<p style="display:none">H<h1>K</h1>`, `<p style="display:none">H<pre>K</pre>`,
		`<p style="display:none">H<ul><li>K</ul>K`, `<p style="display:none">H<blockquote>K</blockquote>`, `<p style="display:none"><span>H<div>K</div>`, `<span style="display:none">H<p>H</span>K`,
		`<table><tr style="display:none"><td>H<tr><td>K</table>`, `<table><tr><td style="display:none">H<td>K</table>K`, `<table style="display:none"><tr><td>H</table>K`,
		`<ul><li style="display:none">H<li>K</ul>`, `<dl><dt style="display:none">H<dd>K</dl>`, `<a style="display:none" href=x>H<a href=y>K</a>`, `<b style="display:none">H<b>H</b>H</b>K`,
		`<div style="display:none"><table><tr><td>H</div>H</td></tr></table>H</div>K`,
		// Layouts that take the size away around columns and give it back in them.
		`<div style="font-size:0"><div style="display:inline-block;font-size:14px">K</div></div>`, `<div style="font-size:0"><div style="display:inline-block;font:14px Arial">K</div></div>`,
		`<div style="font-size:0"><div style="font:bold 700 14px/20px Arial,sans-serif">K</div></div>`, `<div style="font-size:0"><p style="font:caption">K</p></div>`, `<div style="font-size:0"><font size="3">K</font></div>`,
		`<div style="font-size:0"><i style="font-size:medium">K</i></div>`, `<div style="font-size:0"><i style="font:inherit">H</i></div>K`, `<div style="font-size:0"><i style="font-size:100%">H</i></div>K`, `<div style="font:0/0 a">H</div>K`,
		`<div style="font-size:.75em">K</div>`, `<div style="font-size:14px;font-size:0">H</div>K`, `<div style="font-size:0;font-size:14px">K</div>`,
		// Heights.
		`<div style="max-height:0;overflow:hidden">H</div>K`, `<div style="height:0;overflow:hidden">H</div>K`, `<div style="max-height:0">K</div>`, `<div style="max-height:0;overflow:visible">K</div>`,
		`<div style="height:0;overflow:hidden;height:auto">K</div>`, `<div style="max-height:0;max-height:none;overflow:hidden">K</div>`, `<div style="overflow:hidden;overflow:visible;height:0">K</div>`,
		`<div style="min-height:20px;height:0;overflow:hidden">K</div>`, `<span style="max-height:0;overflow:hidden">K</span>`, `<span style="display:block;max-height:0;overflow:hidden">H</span>K`,
		`<table><tr><td style="height:0;overflow:hidden">K</td></tr></table>`, `<table style="height:0;overflow:hidden"><tr><td>K</table>`, `<table><tr style="height:0;overflow:hidden"><td>K</table>`,
		// Of several declarations the last counts, unless one insists.
		`<div style="display:none;display:block">K</div>`, `<div style="display:block;display:none">H</div>K`, `<div style="display:none !important;display:block">H</div>K`, `<div style="display:none;display:nonesuch">H</div>K`,
		`<div style="opacity:0;opacity:1">K</div>`, `<div style="opacity:1;opacity:0">H</div>K`, `<div style="opacity:.01">K</div>`, `<div style="visibility:hidden;visibility:visible">K</div>`,
		`<div style="visibility:hidden">H<span style="visibility:visible">K</span></div>`, `<div style="visibility:hidden">H<span style="visibility:inherit">H</span></div>K`,
		`<div hidden>H</div>K`, `<div hidden style="display:block">K</div>`, `<div hidden style="color:red">H</div>K`,
		`<div style="color:red/*;display:none;*/">K</div>`, `<div style="/*x*/display:none">H</div>K`, `<div style="display:none/*">H</div>K`,
		// What only Word hides.
		`<p class=MsoNormal><span style="mso-hide:all">K</span></p>`, `<span style="display:none;mso-hide:all">H</span>K`,
		// Comments and elements whose content isn't text.
		`<!-- a --!>K<!-- -->`, `<!-- a --->K`, `<!-->K-->K`, `<!-- a -- b -->K`, `<!--[if mso]>H<![endif]-->K`, `<!--[if !mso]><!-->K<!--<![endif]-->K`, `<![if !mso]>K<![endif]>K`,
		`<svg/>K`, `<xml/>K`, `<svg><circle/>H</svg>K`, `<template>H</template>K`, `<noscript>K</noscript>K`, `<div style="display:none>K</div>K`,
	} {
		var b strings.Builder
		for _, l := range htmltext.Render(s) {
			b.WriteString(l.Text)
		}
		if got := b.String(); strings.Count(got, "K") != strings.Count(s, "K") || strings.Contains(got, "H") {
			t.Errorf("%s: %q", s, got)
		}
	}
}
