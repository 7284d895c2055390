package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAttackDigest: the address of a digest opens several conversations at once,
// to one person.
func TestAttackDigest(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_HOUR": "2s"})
	st := s.stage(t, stageOptions{digest: tradepost.DigestHourly})
	other := st.open("Ada Berg", "ada@berg.example", "Another matter. vermilion")
	digest := st.digestOf(st.maja.Email, st.conversation, other)
	st.quiet(t)
	was := fmt.Sprint(st.bodies(), bodiesOf(st.api.messages(other)))
	untouched := func(t *testing.T) {
		t.Helper()
		if now := fmt.Sprint(st.bodies(), bodiesOf(st.api.messages(other))); now != was {
			t.Errorf("the conversations are now %s", now)
		}
		for _, line := range st.outgoing() {
			if strings.HasPrefix(line, "relay") {
				t.Errorf("%s went out", line)
			}
		}
	}
	// Written under the first item, as mail programs quote it.
	quote := "> " + strings.ReplaceAll(strings.TrimSpace(digest.Text), "\n", "\n> ")
	mark := strings.Index(quote, "]\n")
	if mark < 0 {
		t.Fatalf("the digest has no mark:\n%s", digest.Text)
	}
	inline := quote[:mark+2] + "\nGladly, to the first. vermilion\n\n" + quote[mark+2:]

	for _, a := range []struct{ name, from, sign, ledger string }{
		{"a colleague", st.taro.Email, st.domain, "held wrong_sender: good other pass -> hold"},
		{"a stranger", "mallory@" + evilDomain, evilDomain, "held wrong_sender: good other pass -> hold"},
		{"forged", st.maja.Email, "", "held authentication_failed: good own fail -> hold"},
		{"several senders", st.maja.Email + ", mallory@" + evilDomain, evilDomain, "held several_from: good several none -> hold"},
	} {
		t.Run(a.name, func(t *testing.T) {
			m := st.post(incoming{from: a.from, to: replyTo(t, digest), text: inline, sign: a.sign})
			if got := verdictOf(m); got != a.ledger {
				t.Errorf("the ledger says %s, not %s", got, a.ledger)
			}
			untouched(t)
		})
	}
	t.Run("the address of another member's digest, by the member herself", func(t *testing.T) {
		to := st.token(tradepost.Token{Purpose: tradepost.DigestToken, Person: st.taro.ID, Subject: s.digestID(st.maja.ID)})
		if m := st.post(incoming{from: st.taro.Email, to: to, text: inline, sign: st.domain}); m.State == store.InboundPosted || m.State == store.InboundActed {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		untouched(t)
	})
	t.Run("text that could be for either conversation waits, and goes to the one chosen, once", func(t *testing.T) {
		st.from = len(s.smtp.Mails())
		m := st.post(incoming{from: st.maja.Email, to: replyTo(t, digest), text: "Gladly, to whom? vermilion\n\nOn Mon, 23 Nov 2026, Nordmarkt wrote:\n" + quote, sign: st.domain})
		if m.State != store.InboundHeld && m.State != store.InboundActed {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		untouched(t)
		question := st.question()
		link := st.link(question, "choose")
		for i, want := range []int{http.StatusOK, http.StatusGone} {
			if status, page := st.press(link); status != want {
				t.Errorf("press %d: %d\n%s", i, status, page)
			}
			st.quiet(t)
		}
		if n := strings.Count(fmt.Sprint(st.bodies(), bodiesOf(st.api.messages(other))), "Maja Lind: Gladly, to whom?"); n != 1 {
			t.Errorf("it was posted %d times", n)
		}
	})
	t.Run("written under an item, by the member herself", func(t *testing.T) {
		before := len(st.bodies()) + len(st.api.messages(other))
		st.post(incoming{from: st.maja.Email, to: replyTo(t, digest), text: inline, sign: st.domain})
		all := fmt.Sprint(st.bodies(), bodiesOf(st.api.messages(other)))
		if n := len(st.bodies()) + len(st.api.messages(other)); n != before+1 || strings.Count(all, "Maja Lind: Gladly, to the first. vermilion]")+strings.Count(all, "Maja Lind: Gladly, to the first. vermilion ") != 1 {
			t.Errorf("%d more messages: %s", n-before, all)
		}
	})
	s.aftermath(t)
}

// digestID is the number of a member's newest digest.
func (s *siege) digestID(member int64) (id int64) {
	if _, err := fmt.Sscan(s.query(`select coalesce(max(id), 0) from notifications where kind = 'digest' and member_id = $1`, member)[0], &id); err != nil {
		s.t.Fatal(err)
	}
	return id
}
