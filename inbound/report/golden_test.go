package report_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// TestDialects reads one report of each form in testdata: golden files show all
// that was understood of it.
func TestDialects(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var all strings.Builder
	for _, name := range files {
		d, ok := report.ReadDelivery(open(t, name))
		fmt.Fprintf(&all, "%s: %v %s\n", strings.TrimSuffix(filepath.Base(name), ".eml"), ok, d.Dialect)
		if d.ReportingMTA != "" || d.EnvelopeID != "" {
			fmt.Fprintf(&all, "  reported by %q, envelope %q\n", d.ReportingMTA, d.EnvelopeID)
		}
		fmt.Fprintf(&all, "  about %s %q\n", d.OriginalID, d.Original.Get("Subject"))
		for _, r := range d.Recipients {
			fmt.Fprintf(&all, "  %s %s %s, permanent: %v", r.Address, r.Action, r.Status, r.Permanent())
			if r.Original != "" {
				fmt.Fprintf(&all, ", sent to %s", r.Original)
			}
			if r.RemoteMTA != "" {
				fmt.Fprintf(&all, ", refused by %s", r.RemoteMTA)
			}
			fmt.Fprintf(&all, "\n    %d %q\n", r.Code, r.Diagnostic)
		}
	}
	golden := filepath.Join("testdata", "dialects.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := all.String(); got != string(want) {
		t.Errorf("other than %s; if that is meant, run the test with -update and read the difference:\n%s", golden, firstDifference(got, string(want)))
	}
}

func open(t testing.TB, name string) *message.Message {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return message.Parse(raw, message.Limits{})
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: %s\n   want: %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
