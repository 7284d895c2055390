package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAuthenticationEndToEnd walks DKIM and DMARC through the whole program, with
// a real IMAP server and keys in the DNS: what is found out is kept in the ledger,
// decides, and is what an operator is shown.
func TestAuthenticationEndToEnd(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_AUTHSERV_ID": authserv})
	for _, a := range []struct {
		name, policy string
		sign         string
		above        []string
		tamper       func(string) string
		result       tradepost.AuthenticationResult
		by           string
		shown        string // of `tradepost mail ID`
		posted       bool
	}{
		{"DKIM and DMARC pass", "reject", "{domain}", nil, nil, "pass", "own", "dkim=pass d={domain} s=k1; dmarc=pass p=reject", true},
		{"a subdomain signs, relaxed alignment", "reject", "news.{domain}", nil, nil, "pass", "own", "dkim=pass d=news.{domain} s=k1; dmarc=pass p=reject", true},
		{"no signature, the domain rejects", "reject", "", nil, nil, "fail", "own", "dmarc=fail p=reject", false},
		{"the text was changed on the way", "reject", "{domain}", nil,
			func(raw string) string { return strings.Replace(raw, "Gladly", "Hardly", 1) }, "fail", "own", "dkim=fail d={domain} s=k1; dmarc=fail p=reject", false},
		{"From was changed on the way", "reject", "{domain}", nil,
			func(raw string) string { return strings.Replace(raw, "From: Maja Lind", "From: M. Lind", 1) }, "fail", "own", "dkim=fail d={domain} s=k1; dmarc=fail p=reject", false},
		{"a key that was taken out of the DNS", "reject", "gone.{domain}", nil, nil, "fail", "own", "dmarc=fail p=reject", false},
		{"no signature, the domain only watches", "none", "", nil, nil, "none", "own", "dmarc=none p=none", true},
		{"the domain publishes nothing", "-", "", nil, nil, "none", "own", "dmarc=none", true},
		{"a trusted server says pass", "reject", "", []string{"Authentication-Results: " + authserv + "; dmarc=pass header.from={domain}"}, nil, "pass", "authserv", "dmarc=pass", true},
		{"a trusted server says fail", "none", "{domain}", []string{"Authentication-Results: " + authserv + "; dmarc=fail header.from={domain}"}, nil, "fail", "authserv", "dmarc=fail", false},
		{"a forged server says pass", "reject", "", []string{"Authentication-Results: mx.evil.example; dmarc=pass header.from={domain}"}, nil, "fail", "own", "dmarc=fail p=reject", false},
	} {
		t.Run(a.name, func(t *testing.T) {
			st := s.stage(t, stageOptions{policy: a.policy})
			for _, sub := range []string{"news.", "gone."} {
				s.publish(t, sub+st.domain, "reject")
				s.dns.Set("_dmarc." + sub + st.domain)
			}
			raw, id := st.write(incoming{from: "Maja Lind <" + st.maja.Email + ">", to: replyTo(t, st.alert), text: text,
				sign: st.fill(a.sign), above: fillAll(st, a.above)})
			if a.tamper != nil {
				raw = []byte(a.tamper(string(raw)))
			}
			s.dns.Set("k1._domainkey.gone." + st.domain)
			if err := s.dovecot.Deliver(townReplies, raw); err != nil {
				t.Fatal(err)
			}
			m := st.judged(id)
			if a.posted {
				st.seen(posted, relay)
			} else {
				st.seen(nil, asked)
			}
			if got := m.Authentication; got == nil || got.Result != a.result || got.By != a.by || got.Domain != st.domain || !strings.Contains(got.Detail, st.fill(a.shown)) {
				t.Errorf("the ledger has %+v, not %s by %s: %s", got, a.result, a.by, st.fill(a.shown))
			}
			st.shows(m, string(a.result)+" for "+st.domain, st.fill(a.shown), string(m.State))
		})
	}

	t.Run("the DNS fails, and is mended within the hour", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		id := st.unanswered()
		s.dns.Mend()
		st.again("")
		m := st.judged(id)
		st.check(m, want{"posted: good own pass -> post", posted, relay})
		st.shows(m, "pass for "+st.domain)
	})
	t.Run("the DNS fails for longer than an hour", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		id := st.unanswered()
		st.again(", created_at = created_at - interval '1 hour 1 minute'")
		m := st.judged(id)
		s.dns.Mend()
		st.check(m, want{"posted: good own temporary -> post", posted, relay})
		if m.Trust == nil || !m.Trust.Confirm {
			t.Error("it counts as if nothing were known, and yet commands don't ask")
		}
		st.shows(m, "temporary for "+st.domain)
	})
	t.Run("a forger waits for the DNS in vain", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		s.dns.Break("_dmarc." + st.domain)
		id := st.put(incoming{from: st.maja.Email, to: replyTo(t, st.alert), text: text, sign: evilDomain})
		st.waits(id)
		s.dns.Mend()
		st.again("")
		st.check(st.judged(id), want{"held authentication_failed: good own fail -> hold", nil, asked})
	})
	s.aftermath(t)
}

// unanswered puts a mail of Maja's whose domain can't be asked, and waits until it
// was put off.
func (st *stage) unanswered() (id string) {
	st.t.Helper()
	st.dns.Break("_dmarc."+st.domain, "k1._domainkey."+st.domain)
	id = st.put(incoming{from: st.maja.Email, to: replyTo(st.t, st.alert), text: text, sign: st.domain})
	st.waits(id)
	return id
}

// waits waits until a mail is kept to be judged later; nothing comes of it yet.
func (st *stage) waits(id string) {
	st.t.Helper()
	var rows []string
	eventually(st.t, "the mail to be put off", func() bool {
		rows = st.query(`select state, retry_at > now() + interval '10 seconds' and retry_at < now() + interval '1 hour', authentication->>'result'
			from inbound where position(convert_to($1, 'UTF8') in raw) > 0 and retry_at is not null`, id)
		return len(rows) > 0
	})
	if rows[0] != "stored true temporary" {
		st.t.Errorf("the ledger has %q", rows)
	}
	st.seen(nil, nil)
}

// again lets the time until the next try pass, and perhaps more.
func (st *stage) again(more string) {
	st.t.Helper()
	st.query(`update inbound set retry_at = now()` + more + ` where state = 'stored' returning id`)
}

// shows compares with what `tradepost mail ID` writes.
func (st *stage) shows(m store.LedgerMail, parts ...string) {
	st.t.Helper()
	out, err := st.command(st.t, "mail", fmt.Sprint(m.ID))
	if err != nil {
		st.t.Fatal(err, out)
	}
	for _, part := range parts {
		if !strings.Contains(out, part) {
			st.t.Errorf("tradepost mail %d lacks %q:\n%s", m.ID, part, out)
		}
	}
}
