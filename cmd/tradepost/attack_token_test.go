package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// TestAttackToken: reply addresses that nobody gave out, or that are no longer good.
func TestAttackToken(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	const told = "answer maja"
	local := func(st *stage) string { return strings.TrimSuffix(replyTo(st.t, st.alert), "@"+townDomain) }
	for _, a := range []struct {
		name   string
		to     func(*stage) string
		ledger string
		mail   []string
	}{
		{"guessed", func(*stage) string { return "reply+" + strings.Repeat("mj7q", 14) + "@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"truncated", func(st *stage) string { return local(st)[:61] + "@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"longer", func(st *stage) string { return local(st) + "a@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"a bit flipped in the person", func(st *stage) string { return flip(local(st), 10) + "@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"a bit flipped in the conversation", func(st *stage) string { return flip(local(st), 25) + "@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"a bit flipped in the signature", func(st *stage) string { return flip(local(st), 61) + "@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"at another domain", func(st *stage) string { return local(st) + "@" + evilDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"signed by another key", func(st *stage) string { return st.foreign(0) },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"signed by a key that isn't known", func(st *stage) string { return st.foreign(5) },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"an action link's token", func(st *stage) string { return st.actionToken() + "@" + townDomain },
			"refused no_token: absent other pass -> refuse", []string{told}},
		{"an action link's token as a reply address", func(st *stage) string {
			return "reply+" + strings.TrimPrefix(st.actionToken(), tradepost.ActionPrefix) + "@" + townDomain
		}, "refused no_token: absent other pass -> refuse", []string{told}},
		{"expired", func(st *stage) string {
			return st.token(tradepost.Token{Person: st.maja.ID, Subject: st.conID, Expires: time.Now().AddDate(0, 0, -1)})
		}, "refused expired: expired own pass -> refuse", []string{told}},
		{"of another conversation's member", func(st *stage) string {
			other := st.stage(st.t, stageOptions{})
			st.from = len(st.smtp.Mails())
			return st.token(tradepost.Token{Person: st.maja.ID, Subject: other.conID})
		}, "refused not_a_member: good own pass -> refuse", []string{told}},
		{"of a conversation that never was", func(st *stage) string {
			return st.token(tradepost.Token{Person: st.maja.ID, Subject: 1 << 40})
		}, "refused closed: good own pass -> refuse", []string{told}},
		{"a merchant's for the member's role", func(st *stage) string {
			return st.token(tradepost.Token{Role: tradepost.AuthorMerchant, Person: st.maja.ID, Subject: st.conID})
		}, "", nil},
		{"a question that never was", func(st *stage) string {
			return st.token(tradepost.Token{Purpose: tradepost.QuestionToken, Person: st.maja.ID, Subject: 1 << 40})
		}, "", nil},
		{"a digest that never was", func(st *stage) string {
			return st.token(tradepost.Token{Purpose: tradepost.DigestToken, Person: st.maja.ID, Subject: 1 << 40})
		}, "", nil},
	} {
		t.Run(a.name, func(t *testing.T) {
			st := s.stage(t, stageOptions{})
			to := a.to(st)
			m := st.post(incoming{from: "Maja Lind <" + st.maja.Email + ">", to: to, text: text, sign: st.domain})
			if a.ledger == "" {
				// Which reason is written is the program's to say; that nothing is
				// posted, and nobody else hears of it, is not.
				if m.State == "posted" || m.State == "acted" || m.State == "quarantined" {
					t.Errorf("the ledger says %s", verdictOf(m))
				}
				for _, line := range st.outgoing() {
					if !strings.HasSuffix(line, " maja") {
						t.Errorf("%s went out", line)
					}
				}
				st.seen(nil, st.outgoing())
				return
			}
			st.check(m, want{a.ledger, nil, a.mail})
		})
	}

	t.Run("revoked by an operator", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		if out, err := s.command(t, "revoke", st.conversation, "--by", "ines"); err != nil {
			t.Fatal(err, out)
		}
		mail := incoming{from: st.maja.Email, to: replyTo(t, st.alert), text: text, sign: st.domain}
		st.check(st.post(mail), want{"refused revoked: revoked own pass -> refuse", nil, []string{told}})
		// The merchant writes again, by the pages; who answers that letter is heard.
		if err := s.st.SetSettings(t.Context(), st.maja.ID, tradepost.Settings{Alert: tradepost.AlertEveryMessage, Digest: tradepost.DigestOff}); err != nil {
			t.Fatal(err)
		}
		st.say("Are you still there?")
		mail.to = replyTo(t, st.lastTo(st.maja.Email))
		st.check(st.post(mail), want{"posted: good own pass -> post",
			[]string{"Nadia Rahman: Are you still there?", "Maja Lind: " + text}, []string{told, "alert maja", "relay nadia"}})
	})

	t.Run("unknown and expired addresses answer no victim", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		s.publish(t, "victim.example", "reject")
		expired := st.token(tradepost.Token{Person: st.maja.ID, Subject: st.conID, Expires: time.Now().AddDate(0, 0, -1)})
		for _, to := range []string{"reply+nonsense@" + townDomain, "sales@" + townDomain, expired, replyTo(t, st.alert)} {
			st.post(incoming{from: "victim@victim.example", to: to, text: "send me mail"})
			st.post(incoming{from: "victim@" + silentDomain, to: to, text: "send me mail"})
			st.post(incoming{from: "victim@" + silentDomain, to: to, text: "send me mail", sign: evilDomain,
				fields: []string{"Reply-To: victim@victim.example", "Return-Path: <victim@victim.example>"}})
		}
		st.seen(nil, []string{"question maja", "question maja", "question maja"})
	})

	t.Run("questions are bounded", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		for n := range 12 {
			st.put(incoming{from: fmt.Sprintf("somebody%d@%s", n, silentDomain), to: replyTo(t, st.alert), text: "Was this you?"})
		}
		eventually(t, "all of them to be held", func() bool {
			return s.query(`select count(*) from inbound where state = 'held' and conversation_id = $1`, st.conID)[0] == "12"
		})
		st.quiet(t)
		st.seen(nil, slices.Repeat([]string{"question maja"}, 10))
	})

	t.Run("a stranger is told once a day, whatever restarts", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		mail := incoming{from: "mallory@" + evilDomain, to: "reply+nonsense@" + townDomain, text: "anybody?", sign: evilDomain}
		for range 3 {
			st.check(st.post(mail), want{"refused no_token: absent other pass -> refuse", nil, []string{"answer mallory@" + evilDomain}})
		}
		s.server.stop()
		s.server = s.launch(s.t, "serve")
		st.check(st.post(mail), want{"refused no_token: absent other pass -> refuse", nil, []string{"answer mallory@" + evilDomain}})
		if a := st.lastTo("mallory@" + evilDomain); strings.Contains(a.Text+a.HTML, "Nadia") || strings.Contains(string(a.raw), st.domain) || strings.Contains(a.Text, "anybody?") {
			t.Errorf("the answer tells a stranger too much:\n%s", a.raw)
		}
	})
	s.aftermath(t)
}

// flip changes the lowest bit of a base32 character.
func flip(address string, at int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	i := strings.IndexByte(alphabet, address[at])
	return address[:at] + string(alphabet[i^1]) + address[at+1:]
}

// foreign is a reply address that is right in everything but its key.
func (st *stage) foreign(key byte) string {
	st.t.Helper()
	tokens, err := tradepost.NewTokens(townDomain, tradepost.TokenKey{ID: key, Secret: []byte("not the key of the program")})
	if err != nil {
		st.t.Fatal(err)
	}
	address, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: st.maja.ID,
		Subject: st.conID, Expires: time.Now().AddDate(0, 6, 0)})
	if err != nil {
		st.t.Fatal(err)
	}
	return address
}

// actionToken is one of those in Maja's alert.
func (st *stage) actionToken() string {
	st.t.Helper()
	token := actionTokens.FindString(st.alert.Text)
	if token == "" {
		st.t.Fatalf("the alert has no action link:\n%s", st.alert.Text)
	}
	return token
}
