package templates

import (
	"fmt"
	"math"
	"strconv"
	"testing"
)

// TestContrast computes WCAG 2.2 contrast for every pair that the letters and
// pages use, and holds the palette to the table of the design.
func TestContrast(t *testing.T) {
	l, d := Light(), Dark()
	pairs := []struct {
		name                 string
		textLight, backLight string
		textDark, backDark   string
		wantLight, wantDark  float64
		least                float64 // AA: 4.5 for text, 3 for borders
	}{
		{"ink on paper", l.Ink, l.Paper, d.Ink, d.Paper, 15.76, 13.42, 4.5},
		{"ink on sunk", l.Ink, l.Sunk, d.Ink, d.Sunk, 14.05, 11.98, 4.5},
		{"muted on paper", l.Muted, l.Paper, d.Muted, d.Paper, 6.26, 7.21, 4.5},
		{"muted on ground", l.Muted, l.Ground, d.Muted, d.Ground, 5.74, 8.08, 4.5},
		{"muted on sunk", l.Muted, l.Sunk, d.Muted, d.Sunk, 5.58, 6.44, 4.5},
		{"accent on paper", l.Accent, l.Paper, d.Accent, d.Paper, 6.10, 8.01, 4.5},
		{"accent on accent-soft", l.Accent, l.AccentSoft, d.Accent, d.AccentSoft, 5.32, 6.64, 4.5},
		{"on-accent on accent", l.OnAccent, l.Accent, d.OnAccent, d.Accent, 6.10, 9.03, 4.5},
		{"good on soft", l.Good, l.GoodSoft, d.Good, d.GoodSoft, 5.75, 7.71, 4.5},
		{"warn on soft", l.Warn, l.WarnSoft, d.Warn, d.WarnSoft, 6.09, 8.20, 4.5},
		{"bad on soft", l.Bad, l.BadSoft, d.Bad, d.BadSoft, 5.67, 7.44, 4.5},
		{"muted on neutral-soft", l.Muted, l.NeutralSoft, d.Muted, d.NeutralSoft, 5.38, 5.76, 4.5},
		{"edge on paper", l.Edge, l.Paper, d.Edge, d.Paper, 3.74, 4.56, 3},
		// What letters use besides: in dark they stand on ground.
		{"ink in letters", l.Ink, l.Paper, d.Ink, d.Ground, 0, 0, 7},
		{"accent in letters", l.Accent, l.Paper, d.Accent, d.Ground, 0, 0, 4.5},
	}
	for _, p := range pairs {
		for _, side := range []struct {
			scheme, text, back string
			want               float64
		}{{"light", p.textLight, p.backLight, p.wantLight}, {"dark", p.textDark, p.backDark, p.wantDark}} {
			got := contrast(t, side.text, side.back)
			if side.want != 0 && math.Abs(got-side.want) > 0.015 {
				t.Errorf("%s, %s: %.2f, the design says %.2f", p.name, side.scheme, got, side.want)
			}
			if got < p.least {
				t.Errorf("%s, %s: %.2f, under %.1f", p.name, side.scheme, got, p.least)
			}
		}
	}
}

// contrast is (L1 + 0.05) / (L2 + 0.05) of WCAG 2.2.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, color string) float64 {
	t.Helper()
	if len(color) != 7 || color[0] != '#' {
		t.Fatalf("colour %q", color)
	}
	var c [3]float64
	for i := range c {
		n, err := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(fmt.Errorf("colour %q: %w", color, err))
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}
