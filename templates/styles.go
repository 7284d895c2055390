package templates

import (
	"html/template"
	"strings"
)

// inlineStyles replaces @@name@@ in a frame by style attributes. The letter
// must be whole without its style element (Gmail drops it for accounts that
// are not Google's and on the mobile web), so everything but the dark palette
// stands inline; done once at the start, since a dynamic style would be
// escaped at every letter.
//
// Colours are hexadecimal and lengths px on purpose: Gmail drops the whole
// attribute at var(), rem or space-separated rgb().
func inlineStyles() *strings.Replacer {
	c := Light()
	const font = `font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;`
	const exactly = `mso-line-height-rule:exactly;`
	const whole = `word-break:break-word;`
	text := func(size, color string) string { return font + size + exactly + "color:" + color + ";" }
	const (
		s22 = `font-size:22px;line-height:30px;`
		s18 = `font-size:18px;line-height:26px;`
		s16 = `font-size:16px;line-height:24px;`
		s14 = `font-size:14px;line-height:20px;`
	)
	style := func(class, css string) string { return `class="` + class + `" style="` + css + `"` }
	// Names stay left in every script: a heading at the right edge of a
	// left-aligned letter looks like another letter's.
	const left = `text-align:left;`
	return strings.NewReplacer(
		"@@body@@", style("p i", `margin:0;padding:0;background-color:`+c.Paper+`;`+text(s16, c.Ink)),
		// Fluid with a limit; Word takes its width from the mso style in head.
		"@@table@@", `role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="w" style="width:100%;max-width:600px;"`,
		"@@cell@@", style("i", `padding:16px 16px 0 16px;`+whole+text(s16, c.Ink)),
		// The empty paragraph before a conversation is its upper gap.
		"@@cell-rule@@", style("i", `padding:0 16px 0 16px;`+text(s16, c.Ink)),
		"@@cell-last@@", style("i", `padding:12px 16px 24px 16px;`+whole+text(s16, c.Ink)),
		"@@h1@@", style("i", `margin:0;font-weight:600;`+left+text(s22, c.Ink)),
		"@@h2@@", style("i", `margin:0;font-weight:600;`+left+text(s18, c.Ink)),
		"@@under@@", style("m", `margin:4px 0 0 0;`+left+text(s14, c.Muted)),
		"@@time@@", style("m", `margin:16px 0 4px 0;`+left+text(s14, c.Muted)),
		"@@text@@", style("i", `margin:0;`+text(s16, c.Ink)),
		"@@text-after@@", style("i", `margin:16px 0 0 0;`+text(s16, c.Ink)),
		"@@detail@@", style("m", `margin:12px 0 0 0;`+text(s14, c.Muted)),
		"@@foot@@", style("m", `margin:0 0 4px 0;`+text(s14, c.Muted)),
		"@@link@@", style("a", `color:`+c.Accent+`;text-decoration:underline;`),
		"@@rule@@", style("l", `border-top:1px solid `+c.Line+`;font-size:1px;line-height:1px;`+exactly),
		// Between two conversations: here the cursor goes when somebody
		// types into a quoted digest.
		"@@gap@@", style("i", `margin:0;max-width:600px;font-size:16px;line-height:16px;`+exactly),
		// What the reader wrote themselves. The bar is the same in the dark, where
		// it has contrast enough.
		"@@quote-table@@", `role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"`,
		"@@quote-above@@", style("i", `padding:8px 0 0 0;`),
		"@@quote@@", style("i", `padding:0 0 0 12px;border-left:3px solid `+c.Edge+`;`+whole+text(s16, c.Ink)),
		"@@button-table@@", `role="presentation" cellpadding="0" cellspacing="0" border="0"`,
		"@@button-cell@@", `bgcolor="`+c.Accent+`" `+style("b", `background-color:`+c.Accent+`;border-radius:6px;`),
		"@@button-above@@", style("i", `padding:16px 0 0 0;`),
		"@@button@@", style("t", `display:inline-block;padding:12px 20px;font-weight:600;text-decoration:none;`+text(s16, c.OnAccent)),
	)
}

// headStyle is the only style element: Word's width, and the dark palette for
// the clients that ask for it. It is a constant of the program, and
// html/template would strip its conditional comment, hence template.HTML.
func headStyle() template.HTML {
	c := Dark()
	rules := func(prefix string) string {
		set := func(class, css string) string { return prefix + class + "{" + css + "!important}" }
		return set(".i", "color:"+c.Ink) + set(".m", "color:"+c.Muted) + set(".a", "color:"+c.Accent) +
			set(".t", "color:"+c.OnAccent) + set(".l", "border-top-color:"+c.Line)
	}
	grounds := func(prefix string) string {
		set := func(class, css string) string { return prefix + class + "{" + css + "!important}" }
		return set(".p", "background-color:"+c.Ground) + set(".b", "background-color:"+c.Accent)
	}
	//nolint:gosec // G203: colours of the palette and nothing that came from outside
	return template.HTML(`<style>:root{color-scheme:light dark;supported-color-schemes:light dark}` +
		"\n@media (prefers-color-scheme:dark){" + rules("") + grounds("") + "}\n" +
		rules("[data-ogsc] ") + "\n" + grounds("[data-ogsb] ") + "</style>\n" +
		`<!--[if mso]><style>.w{width:600px !important}</style><![endif]-->`)
}
