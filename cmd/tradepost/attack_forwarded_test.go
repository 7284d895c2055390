package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// forwarded is an alert that Maja passed on to a friend, who pressed reply: the
// mail is held, and Maja was asked.
type forwarded struct {
	*stage
	friend   string
	mail     incoming // the friend's
	held     store.LedgerMail
	question letter
}

func (s *siege) forward(t *testing.T) *forwarded {
	t.Helper()
	st := s.stage(t, stageOptions{})
	friend := fmt.Sprintf("friend%d@%s", st.number, evilDomain)
	f := &forwarded{stage: st, friend: friend, mail: incoming{from: "A Friend <" + friend + ">", to: replyTo(t, st.alert), sign: evilDomain,
		text: "I would take it.\n\nOn 23 Nov 2026 Maja Lind wrote:\n> -------- Forwarded message --------\n> Reply-To: " + replyTo(t, st.alert) +
			"\n> " + strings.ReplaceAll(st.alert.Text, "\n", "\n> ")}}
	f.held = st.post(f.mail)
	st.check(f.held, want{"held wrong_sender: good other pass -> hold", nil, []string{"question maja", "answer " + friend}})
	f.question = st.lastTo(st.maja.Email)
	return f
}

// link is the link of a letter that does something.
func (st *stage) link(l letter, verb string) string {
	st.t.Helper()
	for _, link := range links.FindAllString(l.Text, -1) {
		if _, token, ok := strings.Cut(link, tradepost.ActionPath); ok {
			if a, err := st.tokens.ParseAction(token, time.Now()); err == nil && a.Verb == verb {
				return link
			}
		}
	}
	st.t.Fatalf("no link does %q in\n%s", verb, l.Text)
	return ""
}

// answers are the two ways in which Maja answers a question.
func (f *forwarded) answers() map[string]func(answer string) {
	return map[string]func(string){
		"link": func(answer string) {
			f.t.Helper()
			if status, page := f.press(f.link(f.question, answer)); status != http.StatusOK {
				f.t.Errorf("the link to %s: %d\n%s", answer, status, page)
			}
			f.quiet(f.t)
		},
		"mail": func(answer string) {
			f.t.Helper()
			m := f.post(incoming{from: f.maja.Email, to: replyTo(f.t, f.question), text: "/" + answer, sign: f.domain})
			if m.State != store.InboundActed {
				f.t.Errorf("the answer by mail is %s", verdictOf(m))
			}
		},
	}
}

// TestAttackForwardedLetter: letters get forwarded, and their reply address with
// them. The owner decides, once.
func TestAttackForwardedLetter(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	const said = "Maja Lind: I would take it."
	for _, way := range []string{"link", "mail"} {
		t.Run("approved by "+way, func(t *testing.T) {
			f := s.forward(t)
			for range 2 { // the second time changes nothing
				if way == "link" {
					if status, _ := f.press(f.link(f.question, "approve")); status != http.StatusOK && status != http.StatusGone {
						t.Errorf("approve: %d", status)
					}
					f.quiet(t)
				} else {
					f.post(incoming{from: f.maja.Email, to: replyTo(t, f.question), text: "/approve", sign: f.domain})
				}
			}
			f.was("posted: good other pass -> post", []string{said}, "question maja", "relay nadia")
			// It was for that mail alone.
			again := f.mail
			again.text = "And something else."
			f.check(f.post(again), want{"held wrong_sender: good other pass -> hold", []string{said}, f.and("question maja", "question maja", "relay nadia")})
		})
		t.Run("address added by "+way, func(t *testing.T) {
			f := s.forward(t)
			f.answers()[way]("add")
			f.was("posted: good own pass -> post", []string{said}, "question maja", "relay nadia")
			f.mail.text = "And something else."
			f.check(f.post(f.mail), want{"posted: good own pass -> post", []string{said, "Maja Lind: And something else."},
				f.and("question maja", "relay nadia", "relay nadia")})
			// A forger of the address that was added fares as before.
			f.mail.text, f.mail.sign = "The bill is due.", ""
			f.check(f.post(f.mail), want{"held authentication_failed: good own fail -> hold", []string{said, "Maja Lind: And something else."},
				f.and("question maja", "question maja", "relay nadia", "relay nadia")})
		})
		t.Run("revoked by "+way, func(t *testing.T) {
			f := s.forward(t)
			f.answers()[way]("revoke")
			f.was("refused revoked", nil, "question maja")
			// The address is dead, for the friend and for Maja.
			f.check(f.post(incoming{from: f.maja.Email, to: f.mail.to, text: text, sign: f.domain}),
				want{"refused revoked: revoked own pass -> refuse", nil, f.and("question maja", "answer maja")})
		})
	}

	t.Run("the stranger can't answer the question", func(t *testing.T) {
		f := s.forward(t)
		for _, m := range []incoming{
			{from: f.friend, sign: evilDomain},
			{from: f.taro.Email, sign: f.domain},
			{from: f.maja.Email},                   // forged
			{from: f.maja.Email, sign: evilDomain}, // forged
			{from: f.maja.Email + ", " + f.friend, sign: evilDomain},
		} {
			m.to, m.text = replyTo(t, f.question), "/approve"
			if got := f.post(m); got.State == store.InboundActed || got.State == store.InboundPosted {
				t.Errorf("%s answered Maja's question: %s", m.from, verdictOf(got))
			}
		}
		if f.ledgerNow().State != store.InboundHeld {
			t.Errorf("the mail is %s", verdictOf(f.ledgerNow()))
		}
		if list := f.bodies(); len(list) != 0 {
			t.Errorf("posted: %q", list)
		}
		for _, line := range f.outgoing() {
			if strings.Contains(line, "relay") {
				t.Errorf("%s went out", line)
			}
		}
	})

	t.Run("what the stranger is told names nobody", func(t *testing.T) {
		f := s.forward(t)
		l := f.lastTo(f.friend)
		for _, word := range []string{"Nadia", "Maja", "Studio", "Atelier", "4,200"} {
			if strings.Contains(l.Subject+l.Text+l.HTML+string(l.raw), word) {
				t.Errorf("the letter names %s:\n%s", word, l.raw)
			}
		}
	})

	t.Run("the merchant answers with the member's address", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		m := st.post(incoming{from: st.nadia, to: replyTo(t, st.alert), text: text, sign: st.shop})
		st.check(m, want{"held wrong_sender: good other pass -> hold", nil, []string{"question maja", "answer nadia"}})
	})

	t.Run("two answers at once", func(t *testing.T) {
		for _, pair := range [][2]string{{"approve", "revoke"}, {"approve", "approve"}, {"add", "revoke"}} {
			f := s.forward(t)
			var status [2]int
			var wg sync.WaitGroup
			for i, answer := range pair {
				link := f.link(f.question, answer)
				wg.Go(func() { status[i], _ = f.press(link) })
			}
			wg.Wait()
			f.quiet(t)
			if n := len(s.query(`select 1 from questions where answer is not null and inbound_id = $1`, f.held.ID)); n != 1 {
				t.Errorf("%v: answered %d times", pair, n)
			}
			revoked := s.query(`select count(*) from revocations where conversation_id = $1`, f.conID)[0] == "1"
			if postedIt := len(f.bodies()) == 1; postedIt == revoked {
				t.Errorf("%v: posted %v, revoked %v, answers %v", pair, postedIt, revoked, status)
			}
			if status[0] == http.StatusOK && status[1] == http.StatusOK {
				t.Errorf("%v: both were told that they did it", pair)
			}
		}
	})

	t.Run("questions of others", func(t *testing.T) {
		f, g := s.forward(t), s.forward(t)
		q, err := s.st.Ledger(t.Context(), store.LedgerFilter{IDs: []int64{f.held.ID}})
		if err != nil || q[0].Question == nil {
			t.Fatal(err, q)
		}
		// A token for a question that was asked of somebody else.
		to := g.token(tradepost.Token{Purpose: tradepost.QuestionToken, Person: g.maja.ID, Subject: q[0].Question.ID})
		if m := g.post(incoming{from: g.maja.Email, to: to, text: "/approve", sign: g.domain}); m.State == store.InboundActed {
			t.Errorf("Maja answered another's question: %s", verdictOf(m))
		}
		// A reply token doesn't answer a question, nor a question's token a conversation.
		if m := f.post(incoming{from: f.maja.Email, to: replyTo(t, f.alert), text: "/approve", sign: f.domain}); m.State == store.InboundActed || m.State == store.InboundPosted {
			t.Errorf("/approve to a reply address is %s", verdictOf(m))
		}
		if m := f.post(incoming{from: f.maja.Email, to: replyTo(t, f.question), text: text, sign: f.domain}); m.State == store.InboundActed || m.State == store.InboundPosted {
			t.Errorf("text to a question is %s", verdictOf(m))
		}
		if f.ledgerNow().State != store.InboundHeld || len(f.bodies()) != 0 {
			t.Errorf("the mail is %s, the conversation %q", verdictOf(f.ledgerNow()), f.bodies())
		}
	})
	s.aftermath(t)
}

// ledgerNow is the held mail as it stands.
func (f *forwarded) ledgerNow() store.LedgerMail {
	f.t.Helper()
	list, err := f.st.Ledger(f.t.Context(), store.LedgerFilter{IDs: []int64{f.held.ID}})
	if err != nil || len(list) != 1 {
		f.t.Fatal(err, len(list))
	}
	return list[0]
}

// was compares what became of the held mail. Letters that only confirm to Maja
// what she did don't count.
func (f *forwarded) was(ledger string, bodies []string, mail ...string) {
	f.t.Helper()
	got := f.ledgerNow()
	if !strings.HasPrefix(verdictOf(got), ledger) {
		f.t.Errorf("the ledger says %s, not %s", verdictOf(got), ledger)
	}
	f.seen(bodies, f.and(mail...))
}

// and adds the letters that tell Maja what her own mails came to.
func (f *forwarded) and(mail ...string) []string {
	mail = append(mail, "answer "+f.friend) // that their mail waits
	confirmations := 0
	for _, line := range f.outgoing() {
		if line == "answer maja" {
			confirmations++
		}
	}
	for _, line := range mail {
		if line == "answer maja" {
			confirmations--
		}
	}
	for range confirmations {
		mail = append(mail, "answer maja")
	}
	return mail
}
