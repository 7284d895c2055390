package report_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
	"pgregory.net/rapid"
)

// addressGen draws addresses as they are seen in bounces: tags, dots, tokens,
// a quoted local part at times.
var addressGen = rapid.Custom(func(t *rapid.T) string {
	local := rapid.StringMatching(`[a-z0-9][a-z0-9_.+=-]{0,20}[a-z0-9]`).Draw(t, "local")
	if rapid.IntRange(0, 9).Draw(t, "quoted") == 0 {
		local = `"` + local + `"`
	}
	return local + "@" + rapid.StringMatching(`[a-z][a-z0-9-]{0,10}[a-z0-9](\.[a-z][a-z0-9]{0,8}){1,2}`).Draw(t, "domain")
})

func distinct(t *rapid.T, most int) []string {
	return rapid.SliceOfNDistinct(addressGen, 1, most, strings.ToLower).Draw(t, "addresses")
}

// TestStatusPartProperty composes the part of RFC 3464 and reads it back: fields
// in any order within a block, folded, with either line end.
func TestStatusPartProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []report.Recipient
		var b strings.Builder
		b.WriteString("Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: e-1\n")
		for _, a := range distinct(t, 6) {
			class := rapid.SampledFrom([]string{"2", "4", "5"}).Draw(t, "class")
			r := report.Recipient{
				Address:   a,
				Original:  addressGen.Draw(t, "original"),
				Action:    map[string]string{"2": "relayed", "4": "delayed", "5": "failed"}[class],
				Status:    fmt.Sprintf("%s.%d.%d", class, rapid.IntRange(0, 7).Draw(t, "subject"), rapid.IntRange(1, 999).Draw(t, "detail")),
				RemoteMTA: "mx.ferry.example",
			}
			words := rapid.SliceOfN(rapid.StringMatching(`[a-z<>()]{1,12}`), 1, 12).Draw(t, "words")
			r.Diagnostic = strings.Join(words, " ")
			fold := rapid.IntRange(0, len(words)).Draw(t, "fold")
			fields := []string{
				"Final-Recipient: rfc822; " + r.Address,
				"Original-Recipient: RFC822;" + strings.NewReplacer("+", "+2B", "=", "+3D").Replace(r.Original),
				"action: " + strings.ToUpper(r.Action[:1]) + r.Action[1:] + " (as said)",
				"Status: " + r.Status + " (really)",
				"Remote-MTA: dns; " + r.RemoteMTA,
				"Diagnostic-Code: smtp; " + strings.TrimSpace(strings.Join(words[:fold], " ")+"\n\t"+strings.Join(words[fold:], " ")),
			}
			rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0)).Shuffle(len(fields), func(i, j int) {
				fields[i], fields[j] = fields[j], fields[i]
			})
			b.WriteString("\n" + strings.Join(fields, "\n") + "\n")
			want = append(want, r)
		}
		raw := "From: mailer-daemon@mx.example\nSubject: x\nContent-Type: multipart/report; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n" + b.String() + "\n--b--\n"
		if rapid.Bool().Draw(t, "crlf") {
			raw = strings.ReplaceAll(raw, "\n", "\r\n")
		}
		d, ok := report.ReadDelivery(message.Parse([]byte(raw), message.Limits{}))
		if !ok || d.EnvelopeID != "e-1" || d.ReportingMTA != "mx.example" {
			t.Fatalf("%v %+v", ok, d)
		}
		if g, w := fmt.Sprintf("%+v", d.Recipients), fmt.Sprintf("%+v", want); g != w {
			t.Fatalf("%s\n%s\nwant %s", raw, g, w)
		}
	})
}

// TestTextProperty names addresses the way several servers do and finds exactly
// them.
func TestTextProperty(t *testing.T) {
	forms := map[string]func(addrs []string) string{
		"blocks": func(l []string) string {
			return "<" + strings.Join(l, ">:\nNo such person.\n\n<") + ">:\nNo such person.\n"
		},
		"indented": func(l []string) string {
			return "  " + strings.Join(l, "\n    host mx.ferry.example [192.0.2.7]\n    550 5.1.1 <other@ferry.example>\n  ") + "\n    550 no\n"
		},
		"list": func(l []string) string { return "   * " + strings.Join(l, "\n   * ") + "\n" },
		"errors": func(l []string) string {
			return strings.Join(l, ": 550 5.1.1 no such person\n") + ": 550 5.1.1 no such person\n"
		},
		"links": func(l []string) string {
			var s string
			for _, a := range l {
				s += a + "<mailto:" + a + ">\nIt is full.\n\n"
			}
			return s
		},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := distinct(t, 6)
				raw := "From: MAILER-DAEMON@mx.example\nTo: shop@market.example\nSubject: failure notice\n\nYour mail could not be delivered to the following addresses.\n\n" +
					form(want) + "\n--- Below this line is a copy of the message.\n\nTo: siv@elsewhere.example\nMessage-ID: <n-100@market.example>\n"
				d, ok := report.ReadDelivery(message.Parse([]byte(raw), message.Limits{}))
				var got []string
				for _, r := range d.Recipients {
					got = append(got, r.Address)
				}
				if !ok || strings.Join(got, " ") != strings.Join(want, " ") || d.OriginalID != "<n-100@market.example>" {
					t.Fatalf("%s\n%v %q %s, want %q", raw, ok, got, d.OriginalID, want)
				}
			})
		})
	}
}

// TestLargeReports bounds the time for reports made to be slow: generous, as it
// is against square time and not a measurement.
func TestLargeReports(t *testing.T) {
	head := "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n"
	for name, body := range map[string]string{
		"addresses":  strings.Repeat("<a@x.example>:\n550 no\n", 200_000),
		"at signs":   strings.Repeat("@", 2_000_000),
		"one line":   strings.Repeat("to a@x.example 550 5.1.1 ", 100_000),
		"quotes":     strings.Repeat(`"a"@x.example "`, 200_000),
		"digits":     strings.Repeat("5.5.5.5 ", 300_000),
		"paragraphs": strings.Repeat("could not be delivered to a@x.example\n\n", 60_000),
		"marks":      strings.Repeat("--- original message ---\nFrom: a\n", 60_000),
		"fields":     strings.Repeat("Final-Recipient: rfc822; a@x.example\n", 60_000),
		"headers":    "a@x.example\n" + strings.Repeat("Subject: x\n", 100_000),
	} {
		start := time.Now()
		d, _ := report.ReadDelivery(parse(head + body))
		part := strings.Replace(head, "\n\n", "\nContent-Type: message/delivery-status\n\n", 1)
		p, _ := report.ReadDelivery(parse(part + body))
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: %s", name, took)
		}
		if len(d.Recipients) > 1000 || len(p.Recipients) > 1000 {
			t.Errorf("%s: %d and %d recipients", name, len(d.Recipients), len(p.Recipients))
		}
	}
}
