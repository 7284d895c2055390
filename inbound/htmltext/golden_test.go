package htmltext_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// TestClients renders one mail of each mail program, as it writes them. The
// golden files show each line behind its depth and the first letters of what
// else is said of it, and marks and quotes where they begin.
func TestClients(t *testing.T) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no mails: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := htmltext.Render(string(in))
			check(t, string(in), lines)
			got := show(lines)
			golden := strings.TrimSuffix(file, ".html") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func show(lines []htmltext.Line) string {
	var b strings.Builder
	quote := ""
	for _, l := range lines {
		if l.Mark != "" {
			fmt.Fprintf(&b, "     mark: %s\n", l.Mark)
		}
		if l.Quote != quote && l.Quote != "" {
			fmt.Fprintf(&b, "     quote: %s\n", l.Quote)
		}
		quote = l.Quote
		flags := []byte("  ")
		if l.Attribution {
			flags[0] = 'A'
		}
		if l.Signature {
			flags[1] = 'S'
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%d %s| %s", l.Depth, flags, l.Text), " ") + "\n")
	}
	return b.String()
}
