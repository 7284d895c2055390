package check

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// pageScript is what the checks do in the page.
//
//go:embed page.js
var pageScript string

// newBrowser starts Chromium and returns the context of its first tab. It ends
// with the test.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(tool(t, "chromium", "chromium-browser", "google-chrome")),
		chromedp.Flag("hide-scrollbars", true), // they would take their width from the letter
		chromedp.UserDataDir(t.TempDir()))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses root
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	// chromedp writes an error for each document that a page replaces.
	ctx, closeAll := chromedp.NewContext(ctx, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(closeAll)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

func checkInBrowser(t *testing.T, all, kinds []letter) {
	t.Helper()
	browser := newBrowser(t)
	axe := axeScript(t)
	// Each in a tab, which is a process of its own.
	for i, half := range [][]letter{all[:len(all)/2], all[len(all)/2:]} {
		t.Run(fmt.Sprint("layout ", i+1), func(t *testing.T) {
			t.Parallel()
			tab := newTab(t, browser, pageScript)
			tell(t, "layout", inBatches(t, tab, "checks.layout(%s)", half))
		})
	}
	t.Run("colours", func(t *testing.T) {
		t.Parallel()
		tell(t, "colours", inBatches(t, newTab(t, browser, pageScript), "checks.colours(%s)", kinds))
	})
	for _, scheme := range []string{"light", "dark"} {
		t.Run("axe "+scheme, func(t *testing.T) {
			t.Parallel()
			tab := newTab(t, browser, pageScript, axe)
			prefer(t, tab, scheme)
			tell(t, "axe", inBatches(t, tab, "checks.axe(%s, '"+scheme+"')", kinds))
		})
	}
}

func axeScript(t *testing.T) string {
	t.Helper()
	needModule(t, "axe-core")
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(axe)
}

// newTab opens a blank page with scripts; it closes with the test.
func newTab(t *testing.T, browser context.Context, scripts ...string) context.Context {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	for _, script := range scripts {
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script+"\n;undefined")); err != nil {
			t.Fatal(err)
		}
	}
	return ctx
}

// prefer sets what prefers-color-scheme finds.
func prefer(t *testing.T, tab context.Context, scheme string) {
	t.Helper()
	_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		t.Fatal(err)
	}
}

// inBatches calls a function of page.js, which takes letters and returns faults.
func inBatches(t *testing.T, tab context.Context, call string, letters []letter) []string {
	t.Helper()
	var faults []string
	for batch := range slices.Chunk(letters, 25) {
		arg, err := json.Marshal(batch)
		if err != nil {
			t.Fatal(err)
		}
		found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](fmt.Sprintf(call, arg), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		faults = append(faults, found...)
	}
	return faults
}
