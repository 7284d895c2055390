package check

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLayoutSeesFaults shows that a letter that isn't whole is told, and each
// fault in words: the checks of the letters themselves find nothing.
func TestLayoutSeesFaults(t *testing.T) {
	tab := newTab(t, newBrowser(t), pageScript)
	const head = `<!DOCTYPE html><html lang="en"><head><meta name="color-scheme" content="light dark"><style>@media (prefers-color-scheme:dark){body{background:#12161C}.i{color:#E6EAF0!important}}</style></head><body style="margin:0">`
	for _, tt := range []struct{ name, body, want string }{
		{"nothing wrong", `<p class="i" style="color:#1C2330">Hello</p>`, ""},
		{"a table wider than a telephone", `<table width="600"><tr><td class="i">Hello</td></tr></table>`, "scrolls sideways: 600 px in 360"},
		{"a word without a break", `<p class="i">` + strings.Repeat("W", 80) + `</p>`, "text reaches from"},
		{"a cut box", `<div style="width:100px;overflow:hidden;white-space:nowrap"><p class="i">` + strings.Repeat("Hello ", 20) + `</p></div>`, "is cut"},
		{"left of the edge", `<p class="i" style="margin-left:-40px">Hello</p>`, "reaches from -40"},
		{"a button in two lines", `<table><tr><td><a class="i" href="https://a.example" style="display:inline-block;padding:12px 20px">` + strings.Repeat("Open ", 30) + `</a></td></tr></table>`, "a button has"},
		{"a low button", `<a class="i" href="https://a.example" style="display:inline-block;line-height:20px">Open</a>`, "a button is 20 px high"},
		{"small text", `<p class="i" style="font-size:11px">Hello</p>`, "text of 11px"},
		{"pale text", `<p style="color:#999999">Hello</p>`, "contrast is 2.85"},
		{"dark text in the dark", `<p style="color:#1C2330">Hello</p>`, "in dark: contrast"},
		{"pale only when turned over", `<p class="i" style="color:#0000FF">Hello</p>`, "contrast with lightness inverted is 2.44"},
		{"white text that needs the style element", `<style>.w{background:#1C2330}</style><p class="w" style="color:#FFFFFF">Hello</p>`, "without its style element: contrast is 1.00"},
		{"a picture without words", `<img src="data:,x" width="10" height="10">`, "a picture without"},
	} {
		bad := []letter{{"bad", head + tt.body + "</body></html>"}}
		faults := strings.Join(append(inBatches(t, tab, "checks.layout(%s)", bad), inBatches(t, tab, "checks.colours(%s)", bad)...), "\n")
		if tt.want == "" && faults != "" || !strings.Contains(faults, tt.want) {
			t.Errorf("%s: want %q in\n%s", tt.name, tt.want, faults)
		}
	}
}

// TestAxeSeesFaults shows that axe has the letter before it, and the scheme.
func TestAxeSeesFaults(t *testing.T) {
	tab := newTab(t, newBrowser(t), pageScript, axeScript(t))
	bad := []letter{{"bad", `<!DOCTYPE html><html><head><title>x</title><style>@media (prefers-color-scheme:dark){p{color:#333}body{background:#222}}</style></head><body><p>Hello</p><a href="https://a.example"></a><img src="data:,"></body></html>`}}
	for scheme, want := range map[string]string{"light": "link-name image-alt html-has-lang", "dark": "color-contrast"} {
		prefer(t, tab, scheme)
		faults := strings.Join(inBatches(t, tab, "checks.axe(%s, '"+scheme+"')", bad), "\n")
		for rule := range strings.FieldsSeq(want) {
			if !strings.Contains(faults, "("+rule+")") {
				t.Errorf("%s: no %s in\n%s", scheme, rule, faults)
			}
		}
		if scheme == "light" && strings.Contains(faults, "color-contrast") {
			t.Errorf("light text is found pale:\n%s", faults)
		}
	}
	// What a letter brings along doesn't reach the next one.
	if _, err := chromedp.Run(tab, chromedp.Evaluate[string]("typeof axe.run")); err != nil {
		t.Error(err)
	}
}

// TestMarkupSeesFaults does so for the tools that Node runs.
func TestMarkupSeesFaults(t *testing.T) {
	faults, gaps := readMarkup(t, []letter{{"bad", `<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><p style="display:flex">a<div>b</div></p><img src="x"></body></html>`}})
	all := strings.Join(faults, "\n")
	for _, rule := range []string{"close-order", "wcag/h37"} {
		if !strings.Contains(all, rule) {
			t.Errorf("html-validate says nothing of %s:\n%s", rule, all)
		}
	}
	if unknown := strings.Join(compare(t, gaps), "\n"); !strings.Contains(unknown, "flex is unsupported in outlook.windows, used by bad") {
		t.Errorf("caniemail says nothing of flex:\n%s", unknown)
	}
}

// TestLockNamesNoHost: the lock serves whatever registry a machine has.
func TestLockNamesNoHost(t *testing.T) {
	for _, text := range []string{`"resolved"`, "registry"} {
		if strings.Contains(lock, text) {
			t.Errorf("package-lock.json holds %s; write it with npm install --omit-lockfile-registry-resolved", text)
		}
	}
}
