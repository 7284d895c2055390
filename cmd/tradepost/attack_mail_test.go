package main

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
	"github.com/tradepost-mail/tradepost/store"
)

// incoming is a mail as somebody writes it.
type incoming struct {
	from string // what stands in From; "-" leaves the field out
	to   string // envelope recipient, and To
	text string
	// fields are further lines of the header, folds included. A Content-Type
	// among them stands in the place of text/plain.
	fields []string
	// sign is the domain that signs with DKIM; "" none.
	sign string
	// above are lines that the receiving server writes on top.
	above []string
}

// put brings a mail into the reply mailbox, and returns its Message-ID.
func (st *stage) put(m incoming) (id string) {
	st.t.Helper()
	raw, id := st.write(m)
	if err := st.dovecot.Deliver(townReplies, raw); err != nil {
		st.t.Fatal(err)
	}
	return id
}

// write makes the octets of a mail as they lie in the mailbox.
func (st *stage) write(m incoming) (raw []byte, id string) {
	st.t.Helper()
	st.siege.mails++
	id = fmt.Sprintf("<mail-%d.%d@client.example>", st.stages, st.siege.mails)
	var head []string
	if m.from != "-" {
		head = append(head, "From: "+m.from)
	}
	head = append(head, "To: "+m.to, "Subject: Re: Store migration", "Date: Mon, 23 Nov 2026 10:00:00 +0000", "MIME-Version: 1.0")
	has := func(name string) bool {
		return slices.ContainsFunc(m.fields, func(f string) bool { return strings.HasPrefix(f, name+":") })
	}
	if !has("Message-ID") {
		head = append(head, "Message-ID: "+id)
	}
	if !has("Content-Type") {
		head = append(head, "Content-Type: text/plain; charset=utf-8")
	}
	text := strings.ReplaceAll(strings.Join(append(head, m.fields...), "\n")+"\n\n"+m.text+"\n", "\n", "\r\n")
	raw = []byte(text)
	if m.sign != "" {
		raw = dnstest.Sign(st.t, m.sign, "k1", st.keys[m.sign], raw)
	}
	above := append([]string{"Return-Path: <somebody@client.example>", "Delivered-To: " + m.to}, m.above...)
	return append([]byte(strings.Join(above, "\r\n")+"\r\n"), raw...), id
}

// judged waits until a mail has been dealt with, and what follows from it has
// gone out.
func (st *stage) judged(id string) store.LedgerMail {
	st.t.Helper()
	m := st.ledger(id, func(m store.LedgerMail) bool { return m.State != store.InboundStored })
	st.quiet(st.t)
	return m
}

// ledger waits for a mail's row to be as told.
func (st *stage) ledger(id string, ok func(store.LedgerMail) bool) (m store.LedgerMail) {
	st.t.Helper()
	eventually(st.t, "mail "+id+" to be dealt with", func() bool {
		list, err := st.st.Ledger(st.t.Context(), store.LedgerFilter{MailID: id})
		if err != nil {
			st.t.Fatal(err)
		}
		if len(list) > 0 {
			m = list[0]
		}
		return len(list) > 0 && ok(m)
	})
	return m
}

// post puts a mail and waits for its end.
func (st *stage) post(m incoming) store.LedgerMail {
	st.t.Helper()
	return st.judged(st.put(m))
}

// verdict is a row of the ledger in a line: state and reason, what the trust table
// was asked, what it said.
func verdictOf(m store.LedgerMail) string {
	s := string(m.State)
	if m.Reason != "" {
		s += " " + m.Reason
	}
	if m.Trust == nil {
		return s
	}
	return fmt.Sprintf("%s: %s %s %s -> %s", s, m.Trust.Token, m.Trust.Sender, m.Trust.Evidence.Authentication, m.Trust.Action)
}

// want is what an attack comes to, on the three sides it can be seen from.
type want struct {
	ledger string   // as verdictOf has it
	bodies []string // of the conversation, after the first message
	mail   []string // what went out since the stage was set, as outgoingTo has it
}

// check compares with what the ledger, the API and the outgoing mail show.
func (st *stage) check(m store.LedgerMail, w want) {
	st.t.Helper()
	if got := verdictOf(m); got != w.ledger {
		st.t.Errorf("the ledger says\n  %s, not\n  %s (%+v)", got, w.ledger, m.Authentication)
	}
	st.seen(w.bodies, w.mail)
}

// seen compares with what the API and the outgoing mail show.
func (st *stage) seen(bodies, letters []string) {
	st.t.Helper()
	if diff := cmp.Diff(append([]string{}, bodies...), st.bodies()); diff != "" {
		st.t.Errorf("the conversation differs (-want +got):\n%s", diff)
	}
	want := append([]string{}, letters...)
	slices.Sort(want)
	if diff := cmp.Diff(want, st.outgoing()); diff != "" {
		st.t.Errorf("the mail that went out differs (-want +got):\n%s", diff)
	}
}

// outgoing lists the letters sent since the stage was set: "relay nadia".
func (st *stage) outgoing() []string {
	st.t.Helper()
	list := []string{}
	for _, r := range st.smtp.Mails()[st.from:] {
		for _, to := range r.To {
			list = append(list, st.kindOf(r)+" "+st.who(to))
		}
	}
	slices.Sort(list)
	return list
}

func (st *stage) who(address string) string {
	switch strings.ToLower(address) {
	case st.maja.Email:
		return "maja"
	case st.taro.Email:
		return "taro"
	case st.nadia:
		return "nadia"
	}
	return address
}

// kindOf is what a letter is, by its envelope and header alone.
func (st *stage) kindOf(r smtptest.Received) string {
	st.t.Helper()
	m := message.Parse(r.Raw, message.Limits{})
	auto := m.Header.Get("Auto-Submitted")
	switch {
	case r.From == "":
		if p, ok := st.purpose(m.Header.Get("Reply-To")); ok && p == tradepost.QuestionToken {
			return "question"
		}
		return "answer"
	case auto == "" || auto == "no":
		return "relay"
	case strings.Contains(m.Header.Get("List-Id"), "digest"):
		return "digest"
	default:
		return "alert"
	}
}

// purpose is that of the token in an address field.
func (st *stage) purpose(field string) (tradepost.Purpose, bool) {
	a, err := mail.ParseAddress(field)
	if err != nil {
		return 0, false
	}
	tok, ok := st.readToken(a.Address)
	return tok.Purpose, ok
}

// lettersTo are the letters sent to an address since the stage was set.
func (st *stage) lettersTo(address string) (list []letter) {
	for _, r := range st.smtp.Mails()[st.from:] {
		if slices.Contains(r.To, address) {
			list = append(list, letter{message.Parse(r.Raw, message.Limits{}), r.Raw})
		}
	}
	return list
}

// lastTo is the newest letter to an address.
func (st *stage) lastTo(address string) letter {
	st.t.Helper()
	list := st.lettersTo(address)
	if len(list) == 0 {
		st.t.Fatalf("no letter went to %s; there are %v", address, st.outgoing())
	}
	return list[len(list)-1]
}

// replyTo is the address that answers a letter.
func replyTo(t *testing.T, l letter) string {
	t.Helper()
	a, err := mail.ParseAddress(l.Header.Get("Reply-To"))
	if err != nil {
		t.Fatalf("the letter %q has no Reply-To: %v", l.Subject, err)
	}
	return a.Address
}
