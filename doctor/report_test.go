package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

var update = flag.Bool("update", false, "write the golden file anew")

// wide is more time than any check of these tests needs.
const wide = time.Minute

// TestReportGolden is a report with everything in it, as an operator sees it.
func TestReportGolden(t *testing.T) {
	m, dns := sender(t)
	key := Key{"market.example", "r1", rsaOf(t)}
	m.Keys = []Key{key}
	m.SendFrom = append(m.SendFrom, netip.MustParseAddr("198.51.100.9"))
	dns.Set("_dmarc.market.example", "v=DMARC1; p=none; rua=mailto:dmarc@market.example")
	checks := append(m.Checks(),
		Check{GroupIMAP, "server", fixed(Missing("server", "set TRADEPOST_IMAP_ADDR to the server of the reply mailbox, host:port"))},
		Check{GroupSMTP, "server", func(context.Context) []Finding {
			return SMTP{Server: "smtp.provider.example:587", TLS: "TLS 1.3", NotAfter: noon.AddDate(0, 0, 5), Auth: true}.Findings(noon)
		}})
	report := Run(t.Context(), checks, wide)
	var got bytes.Buffer
	if err := report.WriteText(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "report.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the report is not that of %s; -update writes it:\n%s", golden, got.String())
	}

	var document struct {
		Verdict  Verdict
		Findings []Finding
	}
	got.Reset()
	if err := report.WriteJSON(&got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if document.Verdict != Fault || len(document.Findings) != len(report) || bytes.Count(got.Bytes(), []byte("\n")) != 1 {
		t.Errorf("%s", got.String())
	}
}

func TestEmptyReport(t *testing.T) {
	var text, document strings.Builder
	if err := (Report{}).WriteText(&text); err != nil || text.String() != "\n0 ok\n" {
		t.Errorf("%q, %v", text.String(), err)
	}
	if err := Report(nil).WriteJSON(&document); err != nil || document.String() != `{"verdict":"ok","findings":[]}`+"\n" {
		t.Errorf("%q, %v", document.String(), err)
	}
}

func TestRedact(t *testing.T) {
	r := Report{{Check: "a hunter2", Verdict: Fault, Found: "redis://u:hunter22@h", Mend: "hunter2", Publish: []Record{{"a", "TXT", "hunter2"}}}}
	got := r.Redact("hunter2", "", "hunter22")
	var text bytes.Buffer
	if err := got.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "hunter") || !strings.Contains(text.String(), "redis://u:[secret]@h") {
		t.Errorf("%s", text.String())
	}
	if r[0].Found != "redis://u:hunter22@h" || r[0].Publish[0].Value != "hunter2" {
		t.Errorf("the report itself has changed: %+v", r)
	}
}

// TestNothingSteersTheTerminal: records are strangers' texts.
func TestNothingSteersTheTerminal(t *testing.T) {
	m, dns := sender(t)
	dns.Set("reply.market.example", "v=spf1 \x1b[2J\u202eip4:1 -all")
	dns.Set("_dmarc.market.example", "v=DMARC1; p=none\u009b31m")
	var out bytes.Buffer
	report := Run(t.Context(), m.Checks(), wide)
	if err := report.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%q in\n%q", r, out.String())
		}
	}
}

// TestRunIsBounded: a check that doesn't heed its context is left behind, and the
// others are told of in their order.
func TestRunIsBounded(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	report := Run(t.Context(), []Check{
		{GroupWeb, "last", fixed(Finding{Check: "last", Verdict: OK})},
		{GroupMachine, "deaf", func(context.Context) []Finding { <-release; return nil }},
		{GroupMachine, "polite", func(ctx context.Context) []Finding {
			<-ctx.Done()
			return []Finding{{Check: "polite", Verdict: Fault, Found: context.Cause(ctx).Error()}}
		}},
		{GroupDNS, "first", fixed(Finding{Check: "first", Verdict: Warning})},
	}, 20*time.Millisecond)
	var order []string
	for _, f := range report {
		order = append(order, f.Group+" "+f.Check)
	}
	if got := strings.Join(order, ", "); got != "dns first, machine deaf, machine polite, web last" {
		t.Fatal(got)
	}
	for _, i := range []int{1, 2} {
		if report[i].Verdict != Fault || report[i].Found != "no answer within 20ms" {
			t.Errorf("%+v", report[i])
		}
	}
}

func TestZone(t *testing.T) {
	long := strings.Repeat("k", 300)
	for _, c := range []struct {
		record Record
		want   string
	}{
		{Record{"d.example", "TXT", `a "b" \c`}, `d.example. TXT "a \"b\" \\c"`},
		{Record{"d.example", "TXT", long}, `d.example. TXT "` + long[:255] + `" "` + long[255:] + `"`},
		{Record{"d.example", "MX", "10 mx.d.example."}, `d.example. MX 10 mx.d.example.`},
	} {
		if got := c.record.Zone(); got != c.want {
			t.Errorf("%s", got)
		}
	}
}

func ExampleRun() {
	var mail Mail // with a resolver and domains: what the DNS says of them
	report := Run(context.Background(), mail.Checks()[:1], time.Second)
	if err := report.WriteText(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// DNS: how receivers judge our mail
	//   not configured  reply domain: not looked at
	//                   mend: set TRADEPOST_REPLY_DOMAIN to the domain of the reply addresses
	//
	// 1 not configured, 0 ok
}
