package web

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/templates"
)

// TestTokens: letters and pages have the same colours.
func TestTokens(t *testing.T) {
	css, err := files.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark palette")
	}
	dark, _, _ = strings.Cut(dark, "\n}\n")
	for name, part := range map[string]struct {
		css     string
		palette templates.Palette
	}{"light": {light, templates.Light()}, "dark": {dark, templates.Dark()}} {
		tokens := regexp.MustCompile(`--([a-z-]+): (#[0-9A-F]{6});`).FindAllStringSubmatch(part.css, -1)
		if len(tokens) < 10 {
			t.Errorf("%s: %d tokens", name, len(tokens))
		}
		want := make(map[string]string)
		v := reflect.ValueOf(part.palette)
		for i := range v.NumField() {
			want[strings.ToLower(v.Type().Field(i).Name)] = v.Field(i).String()
		}
		for _, token := range tokens {
			if w := want[strings.ReplaceAll(token[1], "-", "")]; w != token[2] {
				t.Errorf("%s: --%s is %s, letters have %s", name, token[1], token[2], w)
			}
		}
	}
}
