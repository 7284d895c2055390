package report_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tradepost-mail/tradepost/inbound/report"
)

// TestInert holds reports that carry line ends, escape sequences and directions
// of writing where callers expect none: what they store, log and show.
func TestInert(t *testing.T) {
	status := func(fields string) string { return "Content-Type: message/delivery-status\n\n" + fields }
	text := func(header, body string) string {
		return "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n" + header + "\n" + body
	}
	sns := func(kind, rest string) string {
		return "Subject: x\n\n{\"notificationType\":\"" + kind + "\"," + rest + ",\"mail\":{\"source\":\"a@b.example\\r\\n\",\"commonHeaders\":{\"messageId\":\"a>\\r\\nX: y\"}}}"
	}
	for name, c := range map[string]struct {
		raw  string
		want []string
	}{
		"a tab in quotes":           {text("", "<\"a\tb\"@x.example>:\n550 no\n"), nil},
		"a bell and a colour":       {text("", "<\"a\x07b\"@x.example>:\n<c@x.example>: 550 n\x07\x1b[31mo\u202e\n"), []string{"c@x.example"}},
		"a named recipient":         {text("X-Failed-Recipients: \"a b\"@x.example, \"<b>\"@x.example, <<c@x.example, d@x.example>e\n", "550 no\n"), []string{`"<b>"@x.example`, "c@x.example"}},
		"tabs in fields":            {status("Reporting-MTA: dns; a\tb\x07c\nOriginal-Envelope-Id: a\tb\nFinal-Recipient: rfc822; \"a\tb\"@x.example\nRemote-MTA: dns; a\tb\u2028c\n\nFinal-Recipient: rfc822; c@x.example\nRemote-MTA: dns; a\tb\n"), []string{"c@x.example"}},
		"escapes of RFC 6533":       {status("Final-Recipient: utf-8; a\\x{202E}b\\x{E9}c@x.example\n"), []string{`a\x{202E}béc@x.example`}},
		"two addresses in one":      {status("Final-Recipient: rfc822; a@x.example>\"<b@y.example\n\nFinal-Recipient: rfc822; c@x.example\n"), []string{"c@x.example"}},
		"a quoted quote":            {status("Final-Recipient: rfc822; \"a\\\"b\"@x.example\n\nFinal-Recipient: rfc822; \"a\"b\"@x.example\n"), []string{`"a\"b"@x.example`}},
		"line ends in JSON":         {sns("Bounce", `"bounce":{"reportingMTA":"dns; a\r\nb","bouncedRecipients":[{"emailAddress":"a@x.example\r\nBcc: c@x.example"},{"emailAddress":"\u0007@x.example"},{"emailAddress":"d@x.example"}]}`), []string{"d@x.example"}},
		"line ends in a complaint":  {sns("Complaint", `"complaint":{"complaintFeedbackType":"A\r\nb","userAgent":"u\r\nv","complainedRecipients":[{"emailAddress":"a@x.example\r\nBcc: c@x.example"},{"emailAddress":"d@x.example"}]}`), []string{"d@x.example"}},
		"control characters in ARF": {"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\x07\tx\nUser-Agent: a\tb\nOriginal-Rcpt-To: \"a\u202eb\"@x.example\nOriginal-Rcpt-To: d@x.example\nSource-IP: 1\t2\nOriginal-Envelope-Id: a\tb", []string{"d@x.example"}},
	} {
		var got, said []string
		m := parse(c.raw)
		if f, ok := report.ReadFeedback(m); ok {
			got = f.Recipients
			said = append(said, f.Type, f.UserAgent, f.Sender, f.SourceIP, f.EnvelopeID, f.OriginalID)
		} else if d, ok := report.ReadDelivery(m); ok {
			said = append(said, d.ReportingMTA, d.EnvelopeID, d.OriginalID)
			for _, r := range d.Recipients {
				got = append(got, r.Address)
				said = append(said, r.Original, r.RemoteMTA, r.Diagnostic)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, s := range append(said, got...) {
			if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl) }) {
				t.Errorf("%s: %q", name, s)
			}
		}
	}
}
