package templates

// sheet holds the opening tags of the letters with their styles, put together
// once. The letter must be whole without its style element (Gmail drops it for
// accounts that are not Google's and on the mobile web), so everything but the
// dark palette stands inline.
//
// A cell says the font, the size and the colour of most of what stands in it, and
// its paragraphs only what differs: in every client a paragraph takes these after
// its cell (a table doesn't after its body), and said in each they were a third of
// a digest's octets.
//
// Colours are hexadecimal and lengths px on purpose: Gmail drops the whole
// attribute at var(), rem or space-separated rgb().
type sheet struct {
	heads                 map[string]raw // a document up to its title, by language tag
	body                  raw            // from the title to the first table
	section, next, ruled  raw
	footer                raw // its rule, and the cell that it stands in
	h1, h1Name, h2        raw
	under, time           raw // details under a heading; above a message
	text, textAuto, after raw // text; somebody's own; with room above
	detail, foot          raw
	link                  raw // from the address's end
	button, buttonLink    raw // up to the address, and from its end
	quote                 raw
	preheader             raw
}

func newSheet(languages []language) *sheet {
	heads := make(map[string]raw, len(languages))
	for i := range languages {
		heads[languages[i].tag] = headOf(&languages[i])
	}
	c := Light()
	const font = `font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;`
	const exactly = `mso-line-height-rule:exactly;`
	const whole = `word-break:break-word;`
	const (
		s22 = `font-size:22px;line-height:30px;`
		s18 = `font-size:18px;line-height:26px;`
		s16 = `font-size:16px;line-height:24px;`
		s14 = `font-size:14px;line-height:20px;`
	)
	text := func(color string) string { return font + s16 + exactly + "color:" + color + ";" }
	small := func(margin string) string { return "margin:" + margin + ";" + s14 + exactly + "color:" + c.Muted + ";" }
	style := func(class, css string) string { return `class="` + class + `" style="` + css + `"` }
	// Names stay left in every script: a heading at the right edge of a
	// left-aligned letter looks like another letter's.
	const left = `text-align:left;`
	// Fluid with a limit; Word takes its width from the mso style in head.
	const table = `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="w" style="width:100%;max-width:600px;"><tr>`
	cell := "<td " + style("i", `padding:16px 16px 0 16px;`+whole+text(c.Ink)) + ">\n"
	// The empty paragraph before a conversation is its upper gap.
	cellRule := "<td " + style("i", `padding:0 16px 0 16px;`+text(c.Ink)) + ">\n"
	cellLast := "<td " + style("i", `padding:12px 16px 24px 16px;`+whole+text(c.Ink)) + ">\n"
	rule := "<div " + style("l", `border-top:1px solid `+c.Line+`;font-size:1px;line-height:1px;`+exactly) + ">&nbsp;</div>\n"
	// Between two conversations: here the cursor goes when somebody types into a
	// quoted digest.
	gap := "<p " + style("i", `margin:0;max-width:600px;font-size:16px;line-height:16px;`+exactly) + ">&nbsp;</p>\n"
	const (
		next   = "</td></tr><tr>"
		around = `<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td `
		quoted = `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td `
	)
	return &sheet{
		heads: heads,
		body: raw("</title>\n" + headStyle() + "\n</head>\n<body " +
			style("p i", `margin:0;padding:0;background-color:`+c.Paper+`;`+text(c.Ink)) + ">\n"),
		section:  raw(table + cell),
		next:     raw(next + cell),
		ruled:    raw(gap + table + cellRule + rule + next + cell),
		footer:   raw(table + cell + rule + next + cellLast),
		h1:       raw(`<h1 ` + style("i", `margin:0;font-weight:600;`+left+s22+exactly) + ">"),
		h1Name:   raw(`<h1 dir="auto" ` + style("i", `margin:0;font-weight:600;`+left+s22+exactly) + ">"),
		h2:       raw(`<h2 dir="auto" ` + style("i", `margin:0;font-weight:600;`+left+s18+exactly) + ">"),
		under:    raw(`<p ` + style("m", small("4px 0 0 0")) + ">"),
		time:     raw(`<p ` + style("m", small("16px 0 4px 0")) + ">"),
		text:     `<p style="margin:0;">`,
		textAuto: `<p dir="auto" style="margin:0;">`,
		after:    `<p style="margin:16px 0 0 0;">`,
		detail:   raw(`<p ` + style("m", small("12px 0 0 0")) + ">"),
		foot:     raw(`<p ` + style("m", small("0 0 4px 0")) + ">"),
		link:     raw(`" ` + style("a", `color:`+c.Accent+`;text-decoration:underline;`) + ">"),
		button: raw(around + style("i", `padding:16px 0 0 0;`) + ">" +
			around + `bgcolor="` + c.Accent + `" ` + style("b", `background-color:`+c.Accent+`;border-radius:6px;`) + `><a href="`),
		buttonLink: raw(`" ` + style("t", `display:inline-block;padding:12px 20px;font-weight:600;text-decoration:none;`+text(c.OnAccent)) + ">"),
		preheader:  raw(`<div class="i" style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;overflow:hidden;mso-hide:all;">`),
		// The bar is the same in the dark, where it has contrast enough.
		quote: raw(quoted + style("i", `padding:8px 0 0 0;`) + ">" +
			quoted + style("i", `padding:0 0 0 12px;border-left:3px solid `+c.Edge+`;`+whole+text(c.Ink)) + ">\n"),
	}
}

// headOf is a document's beginning up to its title, in one language.
func headOf(lang *language) raw {
	return raw("<!DOCTYPE html>\n<html lang=\"" + lang.tag + "\" dir=\"" + lang.dir + "\">\n<head>\n" +
		"<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n" +
		"<meta name=\"supported-color-schemes\" content=\"light dark\">\n" +
		"<meta name=\"format-detection\" content=\"telephone=no,date=no,address=no\">\n" +
		"<title>")
}

// headStyle is the only style element: Word's width, and the dark palette for
// the clients that ask for it.
func headStyle() string {
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
	return `<style>:root{color-scheme:light dark;supported-color-schemes:light dark}` +
		"\n@media (prefers-color-scheme:dark){" + rules("") + grounds("") + "}\n" +
		rules("[data-ogsc] ") + "\n" + grounds("[data-ogsb] ") + "</style>\n" +
		`<!--[if mso]><style>.w{width:600px !important}</style><![endif]-->`
}
