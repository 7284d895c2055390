package templates

// sheet holds the opening tags of the letters with their styles, put together
// once. The letter must be whole without its style element (Gmail drops it for
// accounts that are not Google's and on the mobile web), so everything but the
// dark palette stands inline.
//
// A cell says the font, the size and the colour of what stands in it, and its
// paragraphs only what differs: in every client a paragraph takes these after its
// cell (a table doesn't after its body). Digests are nearly all of the mail, so
// what a client does by itself isn't said: a table has no border, a cell's padding
// replaces cellpadding, and Word takes a line height as "at least", which is what
// is wanted, since "exactly" would cut tall scripts.
//
// Colours are hexadecimal and lengths px on purpose: Gmail drops the whole
// attribute at var(), rem or space-separated rgb().
type sheet struct {
	heads                map[string]raw // a document up to its title, by language tag
	body, bodyButton     raw            // from the title to the first table, without the button's colours and with them
	section, ruled       raw            // before the footer; for ruled, under a gap
	sectionGap, ruledGap raw            // the same before a gap
	row                  raw            // a ruled section in the table of the one above
	footer               raw
	h1, h2, h2After      raw
	under, time          raw // details under a heading; above a message
	text, after          raw // text; with room above
	textAuto, afterAuto  raw // the same in its own direction
	space                raw // an empty line between paragraphs
	detail, foot         raw
	link                 raw // from the address's end
	button, buttonLink   raw // up to the address, and from its end
	quote                raw
	preheader            raw
}

func newSheet(languages []language) *sheet {
	heads := make(map[string]raw, len(languages))
	for i := range languages {
		heads[languages[i].tag] = headOf(&languages[i])
	}
	c := Light()
	const family = ` -apple-system,'Segoe UI',Roboto,Arial,sans-serif`
	const whole = `;word-break:break-word`
	const (
		s22  = `font-size:22px;line-height:30px`
		s18  = `font-size:18px;line-height:26px`
		s16  = `font:16px/24px` + family
		s14  = `font-size:14px;line-height:20px`
		tiny = `font:14px/20px` + family
	)
	text := func(color string) string { return s16 + ";color:" + color }
	small := func(margin string) raw {
		return raw(`<p class="m" style="margin:` + margin + ";" + s14 + ";color:" + c.Muted + `">`)
	}
	style := func(class, css string) string { return `class="` + class + `" style="` + css + `"` }
	// Fluid with a limit; Word takes its width from the mso style in head.
	const table = `<table role="presentation" cellspacing="0" class="w" style="width:100%;max-width:600px"><tr>`
	const next = "</td></tr><tr>"
	cell := func(padding string) string {
		return "<td " + style("i", "padding:"+padding+";"+text(c.Ink)+whole) + ">\n"
	}
	// Word draws a border on a cell, and not on every paragraph.
	line := `;border-top:1px solid ` + c.Line
	cellRuled := func(padding string) string {
		return "<td " + style("i l", "padding:"+padding+line+";"+text(c.Ink)+whole) + ">\n"
	}
	cellLast := "<td " + style("m l", "padding:12px 16px 24px"+line+";"+tiny+";color:"+c.Muted+whole) + ">\n"
	const (
		even  = "16px"
		above = "16px 16px 0" // the gap that follows is the room below
	)
	// Between two conversations: here the cursor goes when somebody types into a
	// quoted digest.
	const gap = `<p style="margin:0;max-width:600px;font:16px/16px` + family + "\">&nbsp;</p>\n"
	const (
		around = `<table role="presentation" cellspacing="0"><tr><td `
		quoted = `<table role="presentation" cellspacing="0" style="width:100%"><tr><td `
		text0  = `style="margin:0">`
		text16 = `style="margin:16px 0 0">`
	)
	body := func(button bool) raw {
		return raw("</title>\n" + headStyle(button) + "\n</head>\n<body " +
			style("p i", `margin:0;background-color:`+c.Paper+`;color:`+c.Ink) + ">\n")
	}
	return &sheet{
		heads:      heads,
		body:       body(false),
		bodyButton: body(true),
		section:    raw(table + cell(even)),
		sectionGap: raw(table + cell(above)),
		ruled:      raw(gap + table + cellRuled(even)),
		ruledGap:   raw(gap + table + cellRuled(above)),
		row:        raw(next + cellRuled(even)),
		footer:     raw(next + cellLast),
		h1:         `<h1 style="margin:0;font-weight:600;` + s22 + `">`,
		h2:         `<h2 style="margin:0;font-weight:600;` + s18 + `">`,
		h2After:    `<h2 style="margin:16px 0 0;font-weight:600;` + s18 + `">`,
		under:      small("4px 0 0"),
		time:       small("16px 0 4px"),
		text:       `<p ` + text0,
		after:      `<p ` + text16,
		textAuto:   `<p dir="auto" ` + text0,
		afterAuto:  `<p dir="auto" ` + text16,
		space:      `<p ` + text0 + "&nbsp;</p>\n",
		detail:     small("12px 0 0"),
		foot:       `<p style="margin:0 0 4px">`,
		link:       raw(`" ` + style("a", `color:`+c.Accent+`;text-decoration:underline`) + ">"),
		button: raw(around + `style="padding:16px 0 0">` +
			around + `bgcolor="` + c.Accent + `" ` + style("b", `padding:0;background-color:`+c.Accent+`;border-radius:6px`) + `><a href="`),
		buttonLink: raw(`" ` + style("t", `display:inline-block;padding:12px 20px;`+text(c.OnAccent)+`;font-weight:600;text-decoration:none`) + ">"),
		preheader:  `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">`,
		// The bar is the same in the dark, where it has contrast enough.
		quote: raw(quoted + `style="padding:8px 0 0">` +
			quoted + style("i", `padding:0 0 0 12px;border-left:3px solid `+c.Edge+`;`+text(c.Ink)+whole) + ">\n"),
	}
}

// headOf is a document's beginning up to its title, in one language.
func headOf(lang *language) raw {
	dir := ""
	if lang.dir != "ltr" {
		dir = ` dir="` + lang.dir + `"`
	}
	// Apple Mail would make links of times and of numbers of products.
	return raw("<!DOCTYPE html>\n<html lang=\"" + lang.tag + "\"" + dir + ">\n<head>\n" +
		"<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width\">\n" +
		"<meta name=\"format-detection\" content=\"telephone=no,date=no,address=no\">\n" +
		"<title>")
}

// headStyle is the only style element: Word's width, and the dark palette for
// the clients that ask for it. Outlook makes a ground of its own dark by itself.
// The property color-scheme is enough: every program that knows the meta element
// knows it too, and it goes where the palette goes.
func headStyle(button bool) string {
	c := Dark()
	set := func(selector, css string) string { return selector + "{" + css + "!important}" }
	colours := func(prefix string) string {
		rules := set(prefix+".i", "color:"+c.Ink) + set(prefix+".m", "color:"+c.Muted) + set(prefix+".a", "color:"+c.Accent) +
			set(prefix+".l", "border-color:"+c.Line)
		if button {
			rules += set(prefix+".t", "color:"+c.OnAccent)
		}
		return rules
	}
	dark, outlook := set(".p", "background-color:"+c.Ground)+colours(""), colours("[data-ogsc] ")
	if button {
		dark += set(".b", "background-color:"+c.Accent)
		outlook += set("[data-ogsb] .b", "background-color:"+c.Accent)
	}
	return "<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){" + dark + "}" + outlook + "</style>\n" +
		`<!--[if mso]><style>.w{width:600px !important}</style><![endif]-->`
}
