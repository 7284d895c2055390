package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAttackBlockedMerchant: a merchant whom the partner blocked, by every way in.
func TestAttackBlockedMerchant(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	st := s.stage(t, stageOptions{})
	// The merchant has a letter to answer, and a mail that is held.
	st.post(incoming{from: st.maja.Email, to: replyTo(t, st.alert), text: text, sign: st.domain})
	relayed := st.lastTo(st.nadia)
	wrong := incoming{from: "nadia@" + evilDomain, to: replyTo(t, relayed), text: "From my other address.", sign: evilDomain}
	held := st.post(wrong)
	question := st.lastTo(st.nadia)
	wrong.text = "From my other address, again."
	second := st.post(wrong)
	if held.State != store.InboundHeld || second.State != store.InboundHeld {
		t.Fatalf("%s, %s", verdictOf(held), verdictOf(second))
	}
	if err := s.st.Block(t.Context(), st.partner.ID, held.Trust.Person, st.maja.ID); err != nil {
		t.Fatal(err)
	}
	st.from = len(s.smtp.Mails())
	nothingCame := func(t *testing.T, mail ...string) {
		t.Helper()
		st.quiet(t)
		st.seen(posted, mail)
		st.from = len(s.smtp.Mails())
	}

	t.Run("by reply address", func(t *testing.T) {
		m := st.post(incoming{from: st.nadia, to: replyTo(t, relayed), text: "Why?", sign: st.shop})
		st.check(m, want{"refused blocked: good own pass -> refuse", posted, []string{"answer nadia"}})
		nothingCame(t, "answer nadia")
	})
	t.Run("by threading", func(t *testing.T) {
		m := st.post(incoming{from: st.nadia, to: "sales@" + townDomain, text: "Why?", sign: st.shop, fields: []string{"In-Reply-To: " + relayed.Header.Raw("Message-ID")}})
		if m.State != store.InboundRefused || m.Reason != "blocked" {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		nothingCame(t) // the reason was told today
	})
	t.Run("by the API, in the conversation", func(t *testing.T) {
		status, _ := st.api.do("POST", "/v1/conversations/"+st.conversation+"/messages", []byte(`{"from": "merchant", "body": "Why?"}`))
		if status/100 != 4 {
			t.Errorf("status %d", status)
		}
		nothingCame(t)
	})
	t.Run("by the API, in a new conversation", func(t *testing.T) {
		before := len(s.query(`select 1 from conversations`))
		body := fmt.Sprintf(`{"partner": "par_%d", "kind": "service", "service": "Store migration", "body": "Why?",
			"merchant": {"name": "Nadia", "email": %q, "role": "owner", "store_name": "Atelier", "store_url": "https://%s"}}`, st.partner.ID, strings.ToUpper(st.nadia), st.shop)
		if status, answer := st.api.do("POST", "/v1/conversations", []byte(body)); status/100 != 4 {
			t.Errorf("status %d %s", status, answer)
		}
		if n := len(s.query(`select 1 from conversations`)); n != before {
			t.Errorf("%d conversations are new", n-before)
		}
		nothingCame(t)
	})
	t.Run("by approving what is held, by link", func(t *testing.T) {
		if status, page := st.press(st.link(question, "approve")); status == http.StatusOK {
			t.Errorf("the link did something:\n%s", page)
		}
		nothingCame(t)
	})
	t.Run("by approving what is held, by mail", func(t *testing.T) {
		m := st.post(incoming{from: st.nadia, to: replyTo(t, question), text: "/approve", sign: st.shop})
		if m.State == store.InboundPosted || m.State == store.InboundActed {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		nothingCame(t, st.outgoing()...)
	})
	t.Run("by an operator who releases it", func(t *testing.T) {
		if out, err := s.command(t, "mail", "release", fmt.Sprint(second.ID), "--as-owner", "--by", "ines"); err != nil {
			t.Fatal(err, out)
		}
		st.quiet(t)
		list, err := s.st.Ledger(t.Context(), store.LedgerFilter{IDs: []int64{second.ID}})
		if err != nil || list[0].State != store.InboundRefused || list[0].Reason != "blocked" {
			t.Errorf("the ledger says %s, %v", verdictOf(list[0]), err)
		}
		nothingCame(t, st.outgoing()...)
	})
	s.aftermath(t)
}

// digestOf has the merchants of two conversations write until somebody has one
// digest of both: an hour may end between the two.
func (st *stage) digestOf(address, one, other string) letter {
	st.t.Helper()
	for try := range 5 {
		before := len(st.lettersTo(address))
		for _, conversation := range []string{one, other} {
			st.api.post("/v1/conversations/"+conversation+"/messages", map[string]any{"from": "merchant", "body": fmt.Sprintf("Follow-up %d.", try)})
		}
		eventually(st.t, "a digest", func() bool {
			st.quiet(st.t)
			return len(st.lettersTo(address)) > before && st.query(`select count(*) from recipients where outcome is null`)[0] == "0"
		})
		for _, l := range st.lettersTo(address)[before:] {
			if p, _ := st.purpose(l.Header.Get("Reply-To")); p == tradepost.DigestToken {
				return l
			}
		}
	}
	st.t.Fatal("no digest held two conversations")
	return letter{}
}

// TestAttackRemovedMember: a member who left the partner, by every way in.
func TestAttackRemovedMember(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_HOUR": "2s"})
	st := s.stage(t, stageOptions{digest: tradepost.DigestHourly})
	// Taro has an alert, a digest of two conversations, and a mail that is held.
	other := st.open("Ada Berg", "ada@berg.example", "Another matter. vermilion")
	st.from = 0
	alert := st.lettersTo(st.taro.Email)[0]
	digest := st.digestOf(st.taro.Email, st.conversation, other)
	wrong := incoming{from: "taro@" + evilDomain, to: replyTo(t, alert), text: "From home.", sign: evilDomain}
	first := st.post(wrong)
	question := st.lastTo(st.taro.Email)
	wrong.text = "From home, again."
	second := st.post(wrong)
	if err := s.st.RemoveMember(t.Context(), st.taro.ID); err != nil {
		t.Fatal(err)
	}
	st.quiet(t)
	was, wasOther, from := st.bodies(), fmt.Sprint(bodiesOf(st.api.messages(other))), len(s.smtp.Mails())
	nothingCame := func(t *testing.T, told bool) {
		t.Helper()
		st.quiet(t)
		if got := st.bodies(); strings.Join(got, "\n") != strings.Join(was, "\n") {
			t.Errorf("the conversation is now %q", got)
		}
		if got := fmt.Sprint(bodiesOf(st.api.messages(other))); got != wasOther {
			t.Errorf("the other conversation is now %s", got)
		}
		for _, r := range s.smtp.Mails()[from:] {
			if line := st.kindOf(r) + " " + st.who(r.To[0]); line != "answer taro" && line != "answer taro@"+evilDomain || !told {
				if !strings.HasPrefix(line, "digest maja") {
					t.Errorf("%s went out", line)
				}
			}
		}
		from = len(s.smtp.Mails())
	}
	own := incoming{from: st.taro.Email, text: "Still me.", sign: st.domain}

	t.Run("by reply address", func(t *testing.T) {
		own.to = replyTo(t, alert)
		if m := st.post(own); verdictOf(m) != "refused not_a_member: good own pass -> refuse" {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		nothingCame(t, true)
	})
	t.Run("by the address of a digest", func(t *testing.T) {
		own.to = replyTo(t, digest)
		if m := st.post(own); m.State != store.InboundRefused || m.Reason != "not_a_member" {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		nothingCame(t, true)
	})
	t.Run("by an item's own link in a digest", func(t *testing.T) {
		for _, token := range replyTokens.FindAllString(digest.Text, -1) {
			own.to = token + "@" + townDomain
			if m := st.post(own); m.State != store.InboundRefused || m.Reason != "not_a_member" {
				t.Errorf("the ledger says %s", verdictOf(m))
			}
		}
		nothingCame(t, true)
	})
	t.Run("by threading", func(t *testing.T) {
		own.to, own.fields = "sales@"+townDomain, []string{"In-Reply-To: " + alert.Header.Raw("Message-ID")}
		if m := st.post(own); m.State != store.InboundRefused || m.Reason != "not_a_member" {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		nothingCame(t, true)
	})
	t.Run("by the API", func(t *testing.T) {
		status, _ := st.api.do("POST", "/v1/conversations/"+st.conversation+"/messages", fmt.Appendf(nil, `{"from": "mbr_%d", "body": "Still me."}`, st.taro.ID))
		if status/100 != 4 {
			t.Errorf("status %d", status)
		}
		nothingCame(t, false)
	})
	t.Run("by an action link", func(t *testing.T) {
		before := s.dump()
		for _, verb := range []string{"done", "decline", "mute"} {
			if status, page := st.press(st.link(alert, verb)); status == http.StatusOK {
				t.Errorf("the link did %s:\n%s", verb, page)
			}
		}
		after := s.dump()
		for _, table := range []string{"marks", "mutes", "actions", "conversations"} {
			if strings.Join(before[table], "\n") != strings.Join(after[table], "\n") {
				t.Errorf("table %s changed", table)
			}
		}
		nothingCame(t, false)
	})
	t.Run("by approving what is held, by link", func(t *testing.T) {
		if status, page := st.press(st.link(question, "approve")); status == http.StatusOK {
			t.Errorf("the link did something:\n%s", page)
		}
		nothingCame(t, false)
	})
	t.Run("by approving what is held, by mail", func(t *testing.T) {
		own.to, own.text, own.fields = replyTo(t, question), "/approve", nil
		if m := st.post(own); m.State == store.InboundPosted || m.State == store.InboundActed {
			t.Errorf("the ledger says %s", verdictOf(m))
		}
		nothingCame(t, true)
	})
	t.Run("by an operator who releases it", func(t *testing.T) {
		for _, m := range []store.LedgerMail{first, second} {
			if out, err := s.command(t, "mail", "release", fmt.Sprint(m.ID), "--as-owner", "--by", "ines"); err != nil {
				t.Fatal(err, out)
			}
			st.quiet(t)
			list, err := s.st.Ledger(t.Context(), store.LedgerFilter{IDs: []int64{m.ID}})
			if err != nil || list[0].State != store.InboundRefused || list[0].Reason != "not_a_member" {
				t.Errorf("the ledger says %s, %v", verdictOf(list[0]), err)
			}
		}
		nothingCame(t, true)
	})
	s.aftermath(t)
}
