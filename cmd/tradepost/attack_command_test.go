package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAttackCommands: commands by the wrong people, and commands that go wrong.
func TestAttackCommands(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	reply := func(st *stage, sign, text string) store.LedgerMail {
		st.t.Helper()
		return st.post(incoming{from: st.maja.Email, to: replyTo(st.t, st.alert), text: text, sign: sign})
	}
	count := func(st *stage, table string) string {
		return s.query(`select count(*) from ` + table + ` where partner_id = ` + st.partnerID())[0]
	}

	t.Run("/block by mail that nobody vouches for asks first", func(t *testing.T) {
		st := s.stage(t, stageOptions{policy: "-"})
		m := reply(st, "", "/block")
		st.check(m, want{"acted: good own none -> post", nil, []string{"question maja", "answer maja"}})
		if n := count(st, "blocks"); n != "0" {
			t.Error("it was done before anybody confirmed it")
		}
		// The one who forged it has no letter to confirm with; who has, confirms once.
		q := st.question()
		for i, status := range []int{http.StatusOK, http.StatusGone} {
			if got, page := st.press(st.link(q, "confirm")); got != status {
				t.Errorf("press %d: %d\n%s", i, got, page)
			}
		}
		if n := count(st, "blocks"); n != "1" {
			t.Errorf("%s blocks after the confirmation", n)
		}
	})
	t.Run("/block and /delete ask first, however good the signature", func(t *testing.T) {
		for _, verb := range []string{"/block", "/delete"} {
			st := s.stage(t, stageOptions{})
			st.check(reply(st, st.domain, verb), want{"acted: good own pass -> post", nil, []string{"question maja", "answer maja"}})
			if n := count(st, "blocks"); n != "0" || len(st.api.messages(st.conversation)) != 1 {
				t.Errorf("%s was done before anybody confirmed it", verb)
			}
		}
	})
	t.Run("/qualify asks first where nobody vouches, and else not", func(t *testing.T) {
		st := s.stage(t, stageOptions{policy: "none"})
		reply(st, "", "/qualify GOLD")
		if n := count(st, "qualifications"); n != "0" {
			t.Error("a mail that nobody vouches for qualified a merchant")
		}
		st.seen(nil, []string{"question maja", "answer maja"})
		reply(st, st.domain, "/qualify GOLD")
		if n := count(st, "qualifications"); n != "1" {
			t.Errorf("%s qualifications after a mail that was vouched for", n)
		}
	})
	t.Run("a forged command does nothing", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		before := s.dump()
		st.check(reply(st, "", "/done\n/tag hot\n/mute\n/decline"), want{"held authentication_failed: good own fail -> hold", nil, asked})
		after := s.dump()
		for _, table := range []string{"marks", "tags", "mutes", "actions", "blocks"} {
			if strings.Join(before[table], "\n") != strings.Join(after[table], "\n") {
				t.Errorf("table %s changed", table)
			}
		}
	})
	t.Run("a mistyped /noet never reaches the merchant", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		for _, body := range []string{
			"/noet they always pay late",
			"/noet they always pay late\n\nGladly!",
			"/done\n/noet they always pay late\nGladly!",
			"On Mon, 23 Nov 2026 at 10:00, Nadia Rahman via Nordmarkt wrote:\n> We would like to move 4,200 products.\n\n/noet they always pay late",
		} {
			m := reply(st, st.domain, body)
			if m.State != store.InboundRefused && m.State != store.InboundActed {
				t.Errorf("%q is %s", body, verdictOf(m))
			}
		}
		st.silentAbout("pay late")
	})
	t.Run("/note wrapped by a mailer never reaches the merchant", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		m := reply(st, st.domain, "/note They always pay late, and the last three invoices had to be\nsent to the collectors who pay late themselves.\n\nGladly, on Monday.")
		if m.State != store.InboundPosted {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		if got := strings.Join(st.bodies(), "\n"); got != "Maja Lind: Gladly, on Monday." {
			t.Errorf("posted: %q", got)
		}
		st.silentAbout("pay late")
		st.silentAbout("collectors")
	})
	t.Run("/note under the quote never reaches the merchant", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		quote := "> " + strings.ReplaceAll(strings.TrimSpace(st.alert.Text), "\n", "\n> ")
		m := reply(st, st.domain, "On Mon, 23 Nov 2026 at 10:00, Nadia Rahman via Nordmarkt wrote:\n"+quote+"\n\n/note They always pay late.")
		if m.State != store.InboundActed {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		st.silentAbout("pay late")
	})
	t.Run("a merchant's commands are text", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		reply(st, st.domain, text)
		m := st.post(incoming{from: st.nadia, to: replyTo(t, st.lastTo(st.nadia)), text: "/block\n/qualify GOLD\n/delete", sign: st.shop})
		st.check(m, want{"posted: good own pass -> post", append([]string{posted[0]}, "Nadia Rahman: /block\n/qualify GOLD\n/delete"), relay})
		if count(st, "blocks") != "0" || count(st, "qualifications") != "0" {
			t.Error("a merchant carried out a command")
		}
	})
	t.Run("a merchant answers the confirmation that the member was asked for", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		reply(st, st.domain, "/block")
		to := replyTo(t, st.question())
		m := st.post(incoming{from: st.nadia, to: to, text: "/confirm", sign: st.shop})
		if m.State == store.InboundActed || count(st, "blocks") != "0" {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
	})
	s.aftermath(t)
}

func (st *stage) partnerID() string { return fmt.Sprint(st.partner.ID) }

// question is the last question that Maja was asked.
func (st *stage) question() letter {
	st.t.Helper()
	for _, l := range slices.Backward(st.lettersTo(st.maja.Email)) {
		if p, _ := st.purpose(l.Header.Get("Reply-To")); p == tradepost.QuestionToken {
			return l
		}
	}
	st.t.Fatalf("no question went out; there are %v", st.outgoing())
	return letter{}
}

// silentAbout fails where words have reached the merchant, by mail or by what
// their page shows.
func (st *stage) silentAbout(words string) {
	st.t.Helper()
	for _, l := range st.lettersTo(st.nadia) {
		if strings.Contains(l.Text+l.HTML+string(l.raw), words) {
			st.t.Errorf("the merchant was told %q:\n%s", words, l.Text)
		}
	}
	for _, m := range st.api.messages(st.conversation) {
		if strings.Contains(m.Body, words) {
			st.t.Errorf("the conversation has %q", m.Body)
		}
	}
}
