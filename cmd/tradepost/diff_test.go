package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestUnifiedDiff(t *testing.T) {
	long := func(from, to int) string {
		var b []string
		for i := from; i <= to; i++ {
			b = append(b, fmt.Sprint(i))
		}
		return strings.Join(b, "\n")
	}
	for _, tt := range []struct{ name, a, b, want string }{
		{"same", "a\nb", "a\nb", ""},
		{"from nothing", "", "a\nb", "@@ -0,0 +1,2 @@\n+a\n+b\n"},
		{"to nothing", "a", "", "@@ -1 +0,0 @@\n-a\n"},
		{"a line between", "a\nc", "a\nb\nc", "@@ -1,2 +1,3 @@\n a\n+b\n c\n"},
		{"the end cut off", "Yes\n\nMaja\n\nOn Monday:\n> x", "Yes\n\nMaja", "@@ -1,6 +1,3 @@\n Yes\n \n Maja\n-\n-On Monday:\n-> x\n"},
		{"far apart", "A\n" + long(2, 19) + "\nB", "X\n" + long(2, 19) + "\nY",
			"@@ -1,4 +1,4 @@\n-A\n+X\n 2\n 3\n 4\n@@ -17,4 +17,4 @@\n 17\n 18\n 19\n-B\n+Y\n"},
		{"six lines apart", "A\n" + long(2, 7) + "\nB", "X\n" + long(2, 7) + "\nY",
			"@@ -1,8 +1,8 @@\n-A\n+X\n 2\n 3\n 4\n 5\n 6\n 7\n-B\n+Y\n"},
		{"in the middle", long(1, 20), strings.Replace(long(1, 20), "10", "ten", 1),
			"@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"},
	} {
		if d := cmp.Diff(tt.want, unifiedDiff(tt.a, tt.b)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// TestDiffLeadsFromOneToTheOther: the lines kept and taken out are a, those kept
// and put in are b, and of two texts the bounds can't be passed.
func TestDiffLeadsFromOneToTheOther(t *testing.T) {
	text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "", "d"}), 0, 30)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		var from, to []string
		for _, e := range diff(a, b) {
			if e.kind != '+' {
				from = append(from, e.text)
			}
			if e.kind != '-' {
				to = append(to, e.text)
			}
		}
		if d := cmp.Diff(strings.Join(a, "\n"), strings.Join(from, "\n")) + cmp.Diff(strings.Join(b, "\n"), strings.Join(to, "\n")); d != "" {
			t.Fatal(d)
		}
		// Each hunk says how many lines it has.
		hunk := unifiedDiff(strings.Join(a, "\n"), strings.Join(b, "\n"))
		if (hunk == "") != (strings.Join(a, "\n") == strings.Join(b, "\n")) {
			t.Fatalf("diff %q", hunk)
		}
	})
}

func TestDiffIsBounded(t *testing.T) {
	var a, b []string
	for i := range 100_000 {
		a, b = append(a, fmt.Sprint("a", i%50)), append(b, fmt.Sprint("b", i%50))
	}
	got := unifiedDiff(strings.Join(a, "\n"), strings.Join(b, "\n"))
	if n := strings.Count(got, "\n"); n != diffLines+2 || !strings.HasSuffix(got, "are not shown\n") {
		t.Errorf("%d lines, the end is %q", n, got[len(got)-80:])
	}
}
