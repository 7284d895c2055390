package check

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/tradepost-mail/tradepost/templates/samples"
)

var (
	sheets = flag.String("sheets", "", "write contact sheets of all letters into this directory")
	data   = flag.String("data", string(samples.Ordinary), "what the letters of the sheets are filled with")
)

const (
	sheetWidth = 2824 // px, for two columns
	sheetHead  = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><style>
body{margin:0;padding:24px;box-sizing:border-box;background:#D8DDE4;font:20px/24px sans-serif;color:#1C2330}
main{columns:2;column-gap:24px}
section{break-inside:avoid;padding-bottom:32px}
h2{font-size:20px;margin:0 0 8px}
.row{display:flex;gap:12px;align-items:flex-start}
.wide{width:600px;overflow:hidden}
.wide+.wide{margin-top:12px}
iframe{border:0;display:block}
.wide iframe{transform:scale(.5);transform-origin:0 0}
</style></head><body><main>`
	// A frame takes prefers-color-scheme from its own color-scheme.
	sheetFrame = `<iframe sandbox="allow-same-origin" style="width:%dpx;color-scheme:%s" srcdoc="%s"></iframe>`
	// fit makes each frame as high as its letter, up to a bound.
	fit = `for (const f of document.querySelectorAll("iframe")) {
	const height = Math.min(1900, f.contentDocument.body.getBoundingClientRect().height);
	f.style.height = height + "px";
	if (f.parentElement.className === "wide") f.parentElement.style.height = height / 2 + "px";
}
Math.ceil(document.documentElement.getBoundingClientRect().height)`
)

// TestSheets writes docs/letters-*.png, each letter as a telephone and a wide
// window show it, light and dark (make letters). Without -sheets it draws one
// letter, so that the command doesn't rot.
func TestSheets(t *testing.T) {
	l := newLetters(t)
	browser := newBrowser(t)
	for _, locale := range l.Locales() {
		var doc strings.Builder
		doc.WriteString(sheetHead)
		for _, s := range samples.All() {
			if !s.Sheet || *sheets == "" && s.Name != "alert" {
				continue
			}
			r, err := s.Render(l, locale, samples.Variant(*data))
			if err != nil {
				t.Fatal(err)
			}
			frame := func(width int, scheme string) string {
				return fmt.Sprintf(sheetFrame, width, scheme, html.EscapeString(r.HTML))
			}
			fmt.Fprintf(&doc, `<section><h2>%s</h2><div class="row">%s%s<div><div class="wide">%s</div><div class="wide">%s</div></div></div></section>`,
				s.Name, frame(360, "light"), frame(360, "dark"), frame(1200, "light"), frame(1200, "dark"))
		}
		picture := photograph(t, newTab(t, browser), doc.String()+"</main></body></html>")
		if size := picture.Bounds(); size.Dx() != sheetWidth || size.Dy() < 300 {
			t.Errorf("%s: the sheet has %v", locale, size)
		}
		if *sheets == "" {
			return
		}
		writePNG(t, filepath.Join(*sheets, "letters-"+locale+".png"), picture)
	}
}

// photograph returns a picture of a whole document.
func photograph(t *testing.T, tab context.Context, doc string) image.Image {
	t.Helper()
	if err := chromedp.Do(tab, chromedp.EmulateViewport(sheetWidth, 800)); err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	write := fmt.Sprintf(`new Promise((done) => { document.open(); addEventListener("load", () => done(true)); document.write(%s); document.close(); })`, quoted)
	if _, err := chromedp.Run(tab, chromedp.Evaluate[bool](write, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	height, err := chromedp.Run(tab, chromedp.Evaluate[int64](fit))
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(sheetWidth, height)); err != nil {
		t.Fatal(err)
	}
	shot, err := chromedp.Call(tab, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(shot.Data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// writePNG writes a picture in 253 colours, its most frequent ones and a coarse
// cube for the rest (emoji), which makes text a third as large and looks the same.
func writePNG(t *testing.T, path string, picture image.Image) {
	t.Helper()
	bounds := picture.Bounds()
	exact := func(x, y int) color.RGBA {
		r, g, b, _ := picture.At(x, y).RGBA()
		return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
	}
	coarse := func(c color.RGBA) color.RGBA { return color.RGBA{c.R &^ 7, c.G &^ 7, c.B &^ 7, 255} }
	count := make(map[color.RGBA]int)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[exact(x, y)]++
		}
	}
	frequent := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	index := make(map[color.RGBA]uint8) // by coarse colour
	var palette color.Palette
	for _, c := range frequent {
		if _, ok := index[coarse(c)]; !ok && len(palette) < 128 {
			index[coarse(c)] = uint8(len(palette))
			palette = append(palette, c)
		}
	}
	for i := range 125 {
		palette = append(palette, color.RGBA{uint8(i / 25 * 63), uint8(i / 5 % 5 * 63), uint8(i % 5 * 63), 255})
	}
	out := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := coarse(exact(x, y))
			i, ok := index[c]
			if !ok {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, out); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
