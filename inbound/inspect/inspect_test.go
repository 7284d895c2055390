package inspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/inspect"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

func show(t testing.TB, d *inspect.Document, s inspect.Style) string {
	t.Helper()
	var b strings.Builder
	if err := d.WriteText(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encode(t testing.TB, v any) string {
	t.Helper()
	var b strings.Builder
	if err := inspect.EncodeJSON(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkInert fails if s holds anything that a terminal acts upon, but for the
// ends of lines.
func checkInert(t testing.TB, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("not UTF-8: %q", s)
	}
	for i, r := range s {
		if r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			t.Fatalf("%U at %d of %q", r, i, s[max(0, i-40):min(len(s), i+40)])
		}
	}
}

// TestFoldStaysInPlace: the offset is given in the text after redaction.
func TestFoldStaysInPlace(t *testing.T) {
	const text = "New, to reply+" + "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@reply.example\xff.\n"
	r := inspect.Reading{Kind: inspect.PlainBody, Reply: reply.Result{Text: text + "Perhaps old.", Fold: len(text)}}
	n := r.Document(redact).New
	if got, want := n.Text[:n.Fold], "New, to (reply address)\uFFFD.\n"; got != want || n.Text[n.Fold:] != "Perhaps old." {
		t.Errorf("got %q and %q", got, n.Text[n.Fold:])
	}
	shown := show(t, r.Document(redact), inspect.Style{})
	if !strings.Contains(shown, "folded from here on") || !strings.Contains(shown, "┊ Perhaps old.") {
		t.Error(shown)
	}
}

func TestDeliveryIsShown(t *testing.T) {
	r := inspect.Reading{
		Kind: inspect.Mail, Class: class.Bounce, Rule: "delivery-status",
		Delivery: &report.Delivery{Dialect: "rfc3464", ReportingMTA: "mx.shop.example", OriginalID: "<n1@market.example>"},
	}
	for i := range 30 {
		r.Delivery.Recipients = append(r.Delivery.Recipients, report.Recipient{
			Address: fmt.Sprintf("u%d@shop.example", i), Action: "failed", Status: "5.1.1", Diagnostic: "no\x1b[1m such user",
		})
	}
	shown := show(t, r.Document(nil), inspect.Style{})
	for _, want := range []string{
		"u0@shop.example  failed 5.1.1, permanent: no\\x1b[1m such user", "u19@", "and 10 more recipients", "mx.shop.example", "<n1@market.example>",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "u20@") {
		t.Error("more recipients than a person wants to read")
	}
	if n := len(r.Document(nil).Delivery.Recipients); n != 30 {
		t.Errorf("the document has %d recipients", n)
	}
}

func TestOtherReportsAreShown(t *testing.T) {
	r := inspect.Reading{
		Kind: inspect.Mail, Class: class.Complaint, Rule: "feedback-report",
		Feedback: &report.Feedback{
			Type: "abuse", Dialect: "arf", Recipients: []string{"ada@shop.example"}, SourceIP: "192.0.2.7",
			Arrival: time.Date(2024, 5, 17, 11, 0, 0, 0, time.UTC),
		},
		Disposition: &report.Disposition{Recipient: "pia@sund.example", Mode: "manual", Kind: "displayed", OriginalID: "<n2@market.example>"},
	}
	d := r.Document(nil)
	shown := show(t, d, inspect.Style{})
	for _, want := range []string{"Feedback report", "abuse", "ada@shop.example", "192.0.2.7", "Receipt", "manual displayed", "pia@sund.example", "<n2@market.example>"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if d.Feedback.Arrival != "2024-05-17T11:00:00Z" {
		t.Error(d.Feedback.Arrival)
	}
}

func TestBareBodies(t *testing.T) {
	plain := inspect.ReadPlain("Yes.\n\nOn Tue, 14 May 2024 at 16:03, Ada <ada@shop.example> wrote:\n> Well?\n", inspect.Options{}).Document(nil)
	html := inspect.ReadHTML("<p>Yes, <b>gladly</b>.</p>", inspect.Options{}).Document(nil)
	if plain.New.Text != "Yes." || plain.New.From != "text/plain" || plain.Class != "" || plain.Parts != nil {
		t.Errorf("%+v", plain)
	}
	if !strings.Contains(html.New.Text, "gladly") || html.New.From != "text/html" || !html.New.Markdown {
		t.Errorf("%+v", html)
	}
	if s := show(t, plain, inspect.Style{}); strings.Contains(s, "Class") || strings.Contains(s, "Parts") {
		t.Error("a body has neither class nor parts:\n", s)
	}
}

func TestBareBodiesAreBounded(t *testing.T) {
	body := strings.Repeat("word ", 100)
	r := inspect.ReadPlain(body, inspect.Options{Limits: message.Limits{TextBytes: 50}})
	if cuts := r.Reply.Cuts; len(r.Reply.Text) > 50 || len(cuts) != 1 || cuts[0].Kind != reply.Excess || r.Size != 500 {
		t.Errorf("%+v", r)
	}
}

func TestColourIsTheOnlyEscape(t *testing.T) {
	raw, err := os.ReadFile("testdata/hostile-terminal.eml")
	if err != nil {
		t.Fatal(err)
	}
	shown := show(t, document(raw), inspect.Style{Colour: true})
	plain := strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[0m", "").Replace(shown)
	checkInert(t, plain)
	if plain == shown {
		t.Error("no colour at all")
	}
	if diff := cmp.Diff(show(t, document(raw), inspect.Style{}), plain); diff != "" {
		t.Error("colour changes more than colour:\n", diff)
	}
}

// TestLongThingsEnd: a person's page stays short, whatever is sent.
func TestLongThingsEnd(t *testing.T) {
	var b strings.Builder
	b.WriteString("From: a@shop.example\nTo: ")
	for i := range 500 {
		fmt.Fprintf(&b, "u%d@shop.example, ", i)
	}
	fmt.Fprintf(&b, "b@shop.example\nSubject: %s\n", strings.Repeat("long ", 5000))
	b.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n")
	b.WriteString(strings.Repeat("word ", 100_000) + "\n" + strings.Repeat("line\n", 10_000))
	for range 500 {
		b.WriteString("--b\nContent-Type: image/png\nContent-Transfer-Encoding: x-odd\n\nx\n")
	}
	b.WriteString("--b--\n")
	d := inspect.Read([]byte(b.String()), inspect.Options{}).Document(nil)
	shown := show(t, d, inspect.Style{})
	if n := strings.Count(shown, "\n"); n > 350 {
		t.Errorf("%d rows", n)
	}
	for _, want := range []string{"and 496 more", "and 442 more", "and 480 more", "more\n"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if len(d.To) != 501 || len(d.Parts.Parts) != 501 || strings.Count(d.New.Text, "line") < 10_000 {
		t.Error("the document lacks something:", len(d.To), len(d.Parts.Parts))
	}
}

// TestRowsFit is the rule of wrapping: no row is wider than asked, and nothing of
// a text of plain words is lost.
func TestRowsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zåäö.,]{1,60}`), 1, 60).Draw(t, "words")
		width := rapid.IntRange(40, 120).Draw(t, "width")
		d := inspect.Document{Kind: inspect.PlainBody}
		d.New.Text = strings.Join(words, " ")
		d.New.Fold = len(d.New.Text)
		var b, kept strings.Builder
		if err := d.WriteText(&b, inspect.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for row := range strings.Lines(b.String()) {
			row = strings.TrimSuffix(row, "\n")
			if n := utf8.RuneCountInString(row); n > width {
				t.Fatalf("%d columns: %q", n, row)
			}
			if after, ok := strings.CutPrefix(row, "  │ "); ok {
				kept.WriteString(after)
			}
		}
		if got, want := strings.ReplaceAll(kept.String(), " ", ""), strings.Join(words, ""); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestWideCharactersTakeTwoColumns(t *testing.T) {
	d := inspect.Document{Kind: inspect.PlainBody}
	d.New.Text = strings.Repeat("見積", 40)
	d.New.Fold = len(d.New.Text)
	for row := range strings.Lines(show(t, &d, inspect.Style{Width: 40})) {
		if n := strings.Count(row, "見") + strings.Count(row, "積"); n > 18 {
			t.Errorf("%d wide characters in 36 columns: %s", n, row)
		}
	}
}

// TestEncodeJSONChangesNothing: what is read back is what was written.
func TestEncodeJSONChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x00\x1b\x7f\u009b\u202e\u2028\ufeff\U000e0041<&\"\\")))).Draw(t, "s")
		var b bytes.Buffer
		if err := inspect.EncodeJSON(&b, map[string]string{"s": want}); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%v: %s", err, b.Bytes())
		}
		if got["s"] != want {
			t.Fatalf("got %q, want %q", got["s"], want)
		}
		for _, r := range strings.TrimSuffix(b.String(), "\n") {
			if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
				t.Fatalf("%U in %q", r, b.String())
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range mails {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("Subject: \x1b]0;x\x07\nContent-Type: text/html\n\n<p>\u202ea\x9bb"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, r := range []inspect.Reading{
			inspect.Read(raw, inspect.Options{Limits: message.Limits{Parts: 50, Depth: 8, TextBytes: 5000}}),
			inspect.ReadPlain(string(raw), inspect.Options{}),
			inspect.ReadHTML(string(raw), inspect.Options{}),
		} {
			d := r.Document(nil)
			checkInert(t, show(t, d, inspect.Style{Width: 60}))
			line := encode(t, d)
			checkInert(t, line)
			var back inspect.Document
			if err := json.Unmarshal([]byte(line), &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*d, back); diff != "" {
				t.Fatal("JSON loses something:\n", diff)
			}
		}
	})
}

// TestOverruns: each bound of the readers behind the parser that is reached
// stands in the list of defects.
func TestOverruns(t *testing.T) {
	var status strings.Builder
	for i := range report.MaxRecipients + 1 {
		fmt.Fprintf(&status, "Final-Recipient: rfc822; a%d@shop.example\nAction: failed\nStatus: 5.1.1\n\n", i)
	}
	for name, c := range map[string]struct {
		mail string
		want message.DefectKind
	}{
		"lines":      {"From: a@shop.example\n\n" + strings.Repeat("a\n", 60_000), message.LimitNewText},
		"HTML":       {"From: a@shop.example\nContent-Type: text/html\n\n" + strings.Repeat("<div>", 5000) + "a", message.LimitNewText},
		"recipients": {"From: MAILER-DAEMON@mx.example\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n" + status.String(), message.LimitRecipients},
	} {
		r := inspect.Read([]byte(c.mail), inspect.Options{})
		if !slices.ContainsFunc(r.Defects(), func(d message.Defect) bool { return d.Kind == c.want }) {
			t.Errorf("%s: %v", name, r.Defects())
		}
	}
	if d := inspect.Read([]byte("From: a@shop.example\n\nYes.\n"), inspect.Options{}).Defects(); len(d) != 0 {
		t.Errorf("of an ordinary mail: %v", d)
	}
}
