package class_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

func TestOf(t *testing.T) {
	report := func(reportType, mediaType string) string {
		return "From: MAILER-DAEMON@mx.example\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=" + reportType +
			"; boundary=b\n\n--b\n\nIt says so below.\n--b\nContent-Type: " + mediaType + "\n\nReporting-MTA: dns; mx.example\n--b--\n"
	}
	for _, c := range []struct {
		name, raw string
		want      class.Class
		rule      string
	}{
		{"a person", "From: a@x.example\nSubject: Re: boxes\n\nYes, two.\n", class.Reply, "default"},
		{"a person writes about bounces", "From: a@x.example\nSubject: Undelivered mail returned\n\nWhat is this?\n", class.Reply, "default"},
		{"a person answers out of office as a matter", "From: a@x.example\nSubject: Re: Out of office\n\nWelcome back.\n", class.Reply, "default"},
		{"a postmaster answers", "From: Postmaster <postmaster@x.example>\nIn-Reply-To: <1@y>\nSubject: Re: your question\n\nDone.\n", class.Reply, "default"},
		{"Auto-Submitted: no", "From: a@x.example\nAuto-Submitted: no\n\nYes.\n", class.Reply, "default"},
		{"suppression alone", "From: a@x.example\nX-Auto-Response-Suppress: All\n\nYes.\n", class.Reply, "default"},
		{"an unsubscribe link alone", "From: a@x.example\nList-Unsubscribe: <mailto:u@x.example>\n\nYes.\n", class.Reply, "default"},
		{"ARF", report("feedback-report", "message/feedback-report"), class.Complaint, "feedback-report"},
		{"DSN", report("delivery-status", "message/delivery-status"), class.Bounce, "delivery-status"},
		{"DSN in a plain multipart", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: x\n--b--\n", class.Bounce, "delivery-status"},
		{"MDN", report("disposition-notification", "message/disposition-notification"), class.AutoReply, "disposition-notification"},
		{"our own, marked as automatic", "From: market@x.example\nX-Tradepost-Hop: 1\nAuto-Submitted: auto-generated\n\nNews.\n", class.Own, "hop-header"},
		{"a bounce that isn't a DSN", "From: Mail Delivery System <mailer-daemon@x.example>\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message\n\nNo such user.\n", class.Bounce, "bounce-subject"},
		{"a daemon without an address", "From: MAILER-DAEMON <>\nSubject: sorry\n\nNo such user.\n", class.Bounce, "mailer-daemon"},
		{"a null sender", "Return-Path: <>\nFrom: a@x.example\nSubject: sorry\n\nNo such user.\n", class.Bounce, "null-sender"},
		{"exim's header", "X-Failed-Recipients: a@x.example\nFrom: x@y.example\n\nfailed\n", class.Bounce, "x-failed-recipients"},
		{"RFC 3834", "From: a@x.example\nAuto-Submitted: Auto-Replied (vacation)\n\nI am away.\n", class.AutoReply, "auto-submitted"},
		{"an absence note with a null sender", "Return-Path: <>\nFrom: a@x.example\nSubject: Frånvaro: semester\n\nTillbaka i augusti.\n", class.AutoReply, "subject"},
		{"a Japanese absence note", "From: a@x.example\nSubject: =?utf-8?b?6Ieq5YuV5b+c562UOiDkuI3lnKg=?=\n\n不在です。\n", class.AutoReply, "subject"},
		{"an old header", "From: a@x.example\nX-Autoreply: yes\n\nI am away.\n", class.AutoReply, "auto-header"},
		{"suppression with precedence", "From: a@x.example\nX-Auto-Response-Suppress: All\nPrecedence: bulk\n\nI am away.\n", class.AutoReply, "auto-header"},
		{"a list", "From: a@x.example\nList-Id: <chat.x.example>\n\nHello all.\n", class.List, "list-header"},
		{"bulk", "From: a@x.example\nPrecedence: bulk\n\nBuy this.\n", class.List, "precedence"},
		{"an invitation accepted", "From: a@x.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nAccepted\n--b\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n--b--\n", class.Calendar, "calendar-reply"},
		{"an invitation", "From: a@x.example\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nCome\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--\n", class.Reply, "default"},
		{"nothing at all", "From: a@x.example\n\n\n", class.Other, "empty"},
	} {
		m := message.Parse([]byte(c.raw), message.Limits{})
		got, rule := class.Of(m, class.Options{HopHeader: "X-Tradepost-Hop"})
		if got != c.want || rule != c.rule {
			t.Errorf("%s: %s by %s, want %s by %s", c.name, got, rule, c.want, c.rule)
		}
	}
}

// FuzzOf finds a class and a rule for anything that can be parsed.
func FuzzOf(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("..", "message", "testdata", "*.eml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.Parse(raw, message.Limits{Size: 1 << 16})
		c, rule := class.Of(m, class.Options{})
		if c == class.Own {
			t.Error("own mail without a hop header")
		}
		if (c == class.Reply) != (rule == "default") {
			t.Errorf("%s by %s", c, rule)
		}
	})
}

func ExampleOf() {
	m := message.Parse([]byte("From: a@x.example\nAuto-Submitted: auto-replied\n\nBack on Monday.\n"), message.Limits{})
	fmt.Println(class.Of(m, class.Options{}))
	// Output: auto_reply auto-submitted
}
