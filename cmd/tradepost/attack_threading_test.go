package main

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAttackThreading: somebody knows a Message-ID of ours, or a subject. Either
// is worth nothing without a sender who is known and vouched for.
func TestAttackThreading(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	for _, a := range []struct {
		name, policy, from, sign string
		fields                   []string // {id} is the alert's Message-ID
		want                     want
	}{
		{"a stranger names it", "", "mallory@{evil}", "{evil}", []string{"In-Reply-To: {id}"},
			want{"refused no_token: threaded other pass -> refuse", nil, []string{"answer mallory@{evil}"}}},
		{"a stranger names it in References", "", "mallory2@{evil}", "{evil}", []string{"References: <a@b.example> {id}"},
			want{"refused no_token: threaded other pass -> refuse", nil, []string{"answer mallory2@{evil}"}}},
		{"a colleague of the recipient names it", "", "{taro}", "{domain}", []string{"In-Reply-To: {id}"},
			want{"refused no_token: threaded other pass -> refuse", nil, []string{"answer taro"}}},
		{"forged, the domain rejects", "", "{maja}", "", []string{"In-Reply-To: {id}"},
			want{"refused no_token: threaded own fail -> refuse", nil, nil}},
		{"forged, the domain publishes nothing", "-", "{maja}", "", []string{"In-Reply-To: {id}"},
			want{"held unauthenticated: threaded own none -> hold", nil, asked}},
		{"several senders", "", "{maja}, mallory3@{evil}", "{evil}", []string{"In-Reply-To: {id}"},
			want{"refused no_token: threaded several none -> refuse", nil, nil}},
		{"the recipient herself, signed", "", "{maja}", "{domain}", []string{"In-Reply-To: {id}"},
			want{"posted: threaded own pass -> post", posted, relay}},
		{"the recipient herself, by subject alone", "", "{maja}", "{domain}", nil,
			want{"refused no_token: absent other pass -> refuse", nil, []string{"answer maja"}}},
		{"the recipient herself, with an id that is not ours", "", "{maja}", "{domain}", []string{"In-Reply-To: <1@" + townDomain + ">"},
			want{"refused no_token: absent other pass -> refuse", nil, []string{"answer maja"}}},
	} {
		t.Run(a.name, func(t *testing.T) {
			st := s.stage(t, stageOptions{policy: a.policy})
			fields := fillAll(st, a.fields)
			for i := range fields {
				fields[i] = strings.ReplaceAll(fields[i], "{id}", st.alert.Header.Raw("Message-ID"))
			}
			m := st.post(incoming{from: st.fill(a.from), to: "replies@" + townDomain, text: text, sign: st.fill(a.sign), fields: fields})
			a.want.mail = fillAll(st, a.want.mail)
			st.check(m, a.want)
		})
	}

	t.Run("what a stranger is told is the same with and without it", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		st.post(incoming{from: "one@" + evilDomain, to: "replies@" + townDomain, text: text, sign: evilDomain, fields: []string{"In-Reply-To: " + st.alert.Header.Raw("Message-ID")}})
		st.post(incoming{from: "two@" + evilDomain, to: "replies@" + townDomain, text: text, sign: evilDomain})
		one, two := st.lastTo("one@"+evilDomain), st.lastTo("two@"+evilDomain)
		if one.Text != two.Text || one.Subject != two.Subject || one.HTML != two.HTML {
			t.Errorf("a Message-ID tells a stranger something:\n%s\n%s\nand\n%s\n%s", one.Subject, one.Text, two.Subject, two.Text)
		}
	})

	t.Run("Message-IDs can't be guessed", func(t *testing.T) {
		seen := make(map[string]bool)
		for _, r := range s.smtp.Mails() {
			id := rawField(string(r.Raw), "Message-ID")
			local, _, _ := strings.Cut(strings.Trim(id, "<>"), "@")
			if len(local) < 26 || seen[id] {
				t.Errorf("Message-ID %q is short, or was given twice", id)
			}
			seen[id] = true
		}
	})
	s.aftermath(t)
}

// rawField is a field of a mail's header, without its folds.
func rawField(raw, name string) string {
	head, _, _ := strings.Cut(strings.ReplaceAll(raw, "\r\n ", " "), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestAttackForgedReport: a bounce or a complaint that somebody made up, to have
// a member's mail stopped. It takes a letter that this member was sent.
func TestAttackForgedReport(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	const madeUp = "<abcdefghijklmnopqrstuvwxyz234567@" + townDomain + ">"
	reply := func(st *stage) (string, string) { return replyTo(st.t, st.alert), madeUp }
	colleague := func(st *stage) (string, string) { return st.letterTo(st.taro.Email) }
	guessed := func(local string) func(*stage) (string, string) {
		return func(*stage) (string, string) { return local + "@" + townDomain, madeUp }
	}
	for _, a := range []struct {
		name, class string
		about       func(*stage) (returnPath, id string)
		kind, text  string
	}{
		{"a bounce to a guessed bounce address", "bounce", guessed("bounce+202611-1"), "delivery-status", dsn},
		{"a bounce to a forged bounce address", "bounce", guessed("bounce+" + strings.Repeat("a", 40)), "delivery-status", dsn},
		{"a bounce to the reply address", "bounce", reply, "delivery-status", dsn},
		{"a bounce of the colleague's letter", "bounce", colleague, "delivery-status", dsn},
		{"a complaint", "complaint", guessed("bounce+202611-1"), "feedback-report", arf},
		{"a complaint to the reply address", "complaint", reply, "feedback-report", arf},
		{"a complaint about the colleague's letter", "complaint", colleague, "feedback-report", arf},
	} {
		t.Run(a.name, func(t *testing.T) {
			st := s.stage(t, stageOptions{alert: tradepost.AlertEveryMessage})
			if m := st.report(a.kind, a.text, a.about); m.State != store.InboundIgnored || m.Class != a.class {
				t.Errorf("the ledger says %s of class %s", verdictOf(m), m.Class)
			}
			st.seen(nil, nil)
			if list := s.query(`select folded from suppressions`); len(list) > 0 {
				t.Errorf("suppressed: %s", list)
			}
			st.say("Are you there?")
			st.seen([]string{"Nadia Rahman: Are you there?"}, []string{"alert maja", "alert taro"})
		})
	}
	// The server that a letter went to knows it, and can say so of its own mailbox.
	t.Run("a bounce of the member's own letter", func(t *testing.T) {
		st := s.stage(t, stageOptions{alert: tradepost.AlertEveryMessage})
		st.report("delivery-status", dsn, func(st *stage) (string, string) { return st.letterTo(st.maja.Email) })
		if list := s.query(`select folded || ' ' || reason from suppressions`); len(list) != 1 || list[0] != strings.ToLower(st.maja.Email)+" bounce" {
			t.Errorf("suppressed: %s", list)
		}
		st.say("Are you there?")
		st.seen([]string{"Nadia Rahman: Are you there?"}, []string{"alert taro"})
	})
	s.aftermath(t)
}

// report sends a report that names Maja's address, of the letter that about gives.
func (st *stage) report(kind, text string, about func(*stage) (returnPath, id string)) store.LedgerMail {
	st.t.Helper()
	to, id := about(st)
	return st.post(incoming{from: "Mail Delivery Subsystem <mailer-daemon@" + evilDomain + ">", to: to, sign: evilDomain,
		fields: []string{`Content-Type: multipart/report; report-type=` + kind + `; boundary="b"`},
		text:   strings.NewReplacer("{maja}", st.maja.Email, "{id}", id).Replace(text)})
}

// letterTo is the return path and the Message-ID of a letter that was sent to an
// address.
func (st *stage) letterTo(address string) (returnPath, id string) {
	st.t.Helper()
	for _, r := range st.smtp.Mails() {
		if strings.EqualFold(r.To[0], address) && r.From != "" {
			return r.From, rawField(string(r.Raw), "Message-ID")
		}
	}
	st.t.Fatalf("no letter was sent to %s", address)
	return "", ""
}

const dsn = `--b
Content-Type: text/plain

Your message to {maja} could not be delivered: no such user.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.lind.example

Final-Recipient: rfc822; {maja}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

From: inbox@market.example
To: {maja}
Message-ID: {id}
Subject: Store migration

Hello

--b--`

const arf = `--b
Content-Type: text/plain

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Reports/1.0
Version: 1
Original-Rcpt-To: {maja}

--b
Content-Type: message/rfc822

From: inbox@market.example
To: {maja}
Message-ID: {id}
Subject: Store migration

Hello

--b--`
