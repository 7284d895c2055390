package inbound

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/report"
	"github.com/tradepost-mail/tradepost/store"
)

// notice is an alert as it was sent.
type notice struct {
	mailID, returnPath, unsigned string
}

// sendAlert makes the first alert one that was sent to an address.
func (m *market) sendAlert(to string) notice {
	m.t.Helper()
	m.exec(fmt.Sprintf(`update notifications set sent_to = '%s' where id = (select min(id) from notifications where kind = 'alert')`, to))
	period, err := time.Parse(time.DateOnly, m.value(`select period::text from notifications order by id limit 1`))
	if err != nil {
		m.t.Fatal(err)
	}
	id, err := strconv.ParseInt(m.value(`select min(id)::text from notifications`), 10, 64)
	if err != nil {
		m.t.Fatal(err)
	}
	path, err := m.tokens.BounceAddress(period, id)
	if err != nil {
		m.t.Fatal(err)
	}
	return notice{
		m.value(`select mail_id from notifications order by id limit 1`),
		path,
		m.value(`select format('bounce+%s-%s@reply.test', to_char(period, 'YYYYMM'), id) from notifications order by id limit 1`),
	}
}

// bounce is a report by RFC 3464, which returns the header of a mail with that
// Message-ID.
func bounce(to, recipient, returned string) string {
	return strings.ReplaceAll(`From: Mail Delivery System <mailer-daemon@mx.lind.example>
To: `+to+`
Subject: Undelivered Mail Returned to Sender
Message-ID: <b1@mx.lind.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=r

--r
Content-Type: text/plain

It could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.lind.example

Final-Recipient: rfc822; `+recipient+`
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such person here

--r
Content-Type: text/rfc822-headers

From: Market <noreply@market.example>
Message-ID: `+returned+`
X-Tradepost-Hop: 1

--r--
`, "\n", "\r\n")
}

func complaint(to, recipient, returned string) string {
	return strings.ReplaceAll(`From: Feedback <fbl@provider.example>
To: `+to+`
Subject: Abuse report
Message-ID: <c1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=r

--r
Content-Type: text/plain

This is an abuse report.
--r
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Loop/1.0
Version: 1
`+recipient+`
--r
Content-Type: message/rfc822

From: Market <noreply@market.example>
Message-ID: `+returned+`
X-Tradepost-Hop: 1

An alert.
--r--
`, "\n", "\r\n")
}

// TestReportsNameTheirNotification delivers bounces and complaints, true and
// forged, and looks at what the ledger says they are about.
func TestReportsNameTheirNotification(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	n := m.sendAlert("Maja@lind.example")
	const elsewhere = "<somebody-elses@mail.example>"
	mails := []struct{ name, raw, to, want string }{
		{"bounce", bounce(n.returnPath, "maja@LIND.example", n.mailID), n.returnPath, "message_id"},
		{"bounce without the mail", bounce(n.returnPath, "maja@lind.example", elsewhere), n.returnPath, "return_path"},
		{"bounce to an unsigned address", bounce(n.unsigned, "maja@lind.example", elsewhere), n.unsigned, "unsigned_return_path"},
		{"bounce to another address", bounce("x@reply.test", "maja@lind.example", n.mailID), "reply+x@reply.test", "message_id"},
		{"bounce of another's mail", bounce(n.returnPath, "oskar@lind.example", elsewhere), n.returnPath, ""},
		{"bounce of nobody", strings.Replace(bounce(n.returnPath, "", n.mailID), "Final-Recipient: rfc822; \r\n", "", 1), n.returnPath, ""},
		{"bounce that names a victim", bounce(n.returnPath, "oskar@lind.example", n.mailID), n.returnPath, ""},
		{"complaint", complaint(n.returnPath, "Original-Rcpt-To: maja@lind.example\n", n.mailID), n.returnPath, "message_id"},
		{"complaint of nobody", complaint(n.returnPath, "", n.mailID), n.returnPath, "message_id"},
		{"complaint of nobody but its address", complaint(n.returnPath, "", elsewhere), n.returnPath, "return_path"},
		{"complaint of nobody about nothing", complaint(n.unsigned, "", elsewhere), n.unsigned, ""},
	}
	for _, mail := range mails {
		m.server.deliver(t, mail.to, mail.raw)
	}
	m.read(len(mails))
	first := m.value(`select min(id)::text from notifications`)
	for i, mail := range mails {
		row := fmt.Sprintf(`from inbound order by id offset %d limit 1`, i)
		want := "ignored"
		if mail.want != "" {
			want += " " + first + " " + mail.want
		}
		if got := m.value(`select concat_ws(' ', state, about_id, about_by) ` + row); got != want {
			t.Errorf("%s: %s, want %s (%s)", mail.name, got, want, m.value(`select class || ' ' || coalesce(report::text, '') `+row))
		}
	}
	want := `{"dialect": "rfc3464", "recipients": [{"code": 550, "action": "failed", "status": "5.1.1", "address": "maja@LIND.example", ` +
		`"permanent": true, "diagnostic": "550 5.1.1 no such person here"}], "original_id": "` + n.mailID + `"}`
	if d := cmp.Diff(want, m.value(`select report::text from inbound order by id limit 1`)); d != "" {
		t.Errorf("the bounce's report (-want +got):\n%s", d)
	}
	if got := m.value(`select report ->> 'feedback' from inbound order by id offset 7 limit 1`); got != "abuse" {
		t.Errorf("the complaint is of type %q", got)
	}
	// What was read before reports were is found by a replay.
	m.exec(`update inbound set reader = 0, report = null, about_period = null, about_id = null, about_by = null`)
	m.replay(store.ReplayFilter{ReadBefore: ReaderVersion})
	if got := m.count("inbound where about_id is not null"); got != "7" {
		t.Errorf("a replay finds what %s reports are about, want 7", got)
	}
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	var d report.Delivery
	d.Dialect = "rfc3464"
	for i := range 500 {
		d.Recipients = append(d.Recipients, report.Recipient{Address: fmt.Sprintf("a%d@b.example", i), Original: strings.Repeat("x", 5000),
			Action: "failed", Status: "5.1.1", Diagnostic: strings.Repeat("no\x00", 1000)})
	}
	r, clues := reportOf(class.Reading{Class: class.Bounce, Delivery: d})
	if len(r.Recipients) != reportedMax || r.Omitted != 500-reportedMax || len(clues.Addresses) != 2*reportedMax {
		t.Errorf("%d recipients, %d omitted, %d addresses", len(r.Recipients), r.Omitted, len(clues.Addresses))
	}
	if s := r.Recipients[0].Diagnostic; len(s) > diagnosticMax || strings.Contains(s, "\x00") {
		t.Errorf("diagnostic %q", s)
	}
	if r, _ := reportOf(class.Reading{Class: class.Bounce}); r != nil {
		t.Errorf("nothing was read, and yet there is %+v", r)
	}
}

func TestParseUnsignedReturnPath(t *testing.T) {
	t.Parallel()
	march := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		address string
		want    store.Ref
	}{
		{"bounce+202603-17@reply.test", store.Ref{Period: march, ID: 17}},
		{"Bounce+202603-17@Reply.Test", store.Ref{Period: march, ID: 17}},
		{"bounce+202603-17@evil.example", store.Ref{}},
		{"bounce+202613-17@reply.test", store.Ref{}},
		{"bounce+202603-0@reply.test", store.Ref{}},
		{"bounce+202603--1@reply.test", store.Ref{}},
		{"bounce+202603-99999999999999999999@reply.test", store.Ref{}},
		{"bounce+20260317@reply.test", store.Ref{}},
		{"202603-17@reply.test", store.Ref{}},
		{"reply+202603-17@reply.test", store.Ref{}},
		{"bounce+202603-17", store.Ref{}},
		{"", store.Ref{}},
	} {
		got, ok := parseUnsignedReturnPath(tt.address, "reply.test")
		if got != tt.want || ok != (tt.want.ID != 0) {
			t.Errorf("%s: %+v, %v", tt.address, got, ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Range(1, 1<<62).Draw(t, "id")
		period := tradepost.Period(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0))
		got, ok := parseUnsignedReturnPath(fmt.Sprintf("%s%s-%d@reply.test", tradepost.BouncePrefix, period.Format("200601"), id), "reply.test")
		if !ok || got.ID != id || !got.Period.Equal(period) {
			t.Fatalf("%+v, %v", got, ok)
		}
	})
}

// TestForwardedMailIsPosted: what somebody passes on is what they have to say.
func TestForwardedMailIsPosted(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	raw := m.reply("maja@lind.example", to, `See what our host says:

---------- Forwarded message ---------
From: Tove <tove@host.example>
Date: Mon, 23 Nov 2026 at 08:00
Subject: Your server
To: <maja@lind.example>

The disk is full.
`)
	m.server.deliver(t, to, strings.Replace(raw, "Subject: Re: Could you move our store?", "Subject: Fwd: Your server", 1))
	m.read(1)
	if e := m.only(); e.State != "posted" || e.Class != "forwarded" {
		t.Fatalf("ledger: %+v", e)
	}
	if body := m.bodies()[0]; !strings.HasPrefix(body, "See what our host says:") || !strings.Contains(body, "The disk is full.") {
		t.Errorf("message: %q", body)
	}
}
