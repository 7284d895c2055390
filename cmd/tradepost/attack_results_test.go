package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const authserv = "mx.market.example"

// TestAttackAuthenticationResults: the receiving server's word counts, and nobody
// else's, wherever they write it. Maja's domain rejects what isn't signed.
func TestAttackAuthenticationResults(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_AUTHSERV_ID": authserv})
	const (
		pass  = "Authentication-Results: " + authserv + "; dmarc=pass header.from={domain}"
		fail  = "Authentication-Results: " + authserv + "; dmarc=fail (p=REJECT) header.from={domain}"
		heldF = "held authentication_failed: good own fail -> hold"
		post  = "posted: good own pass -> post"
	)
	for _, a := range []struct {
		name   string
		above  []string // by the receiving server
		fields []string // by the sender
		sign   string
		kind   string // Content-Type
		text   string
		by     string
		ledger string
	}{
		{"the server's pass", []string{pass}, nil, "", "", "", "authserv", post},
		{"the server's fail", []string{fail}, nil, "", "", "", "authserv", heldF},
		{"the server's fail, though a signature is good", []string{fail}, nil, "{domain}", "", "", "authserv", heldF},
		{"a forged pass below the server's fail", []string{fail}, []string{pass}, "", "", "", "authserv", heldF},
		{"many forged passes below the server's fail", []string{fail}, []string{pass, pass, pass}, "", "", "", "authserv", heldF},
		{"a folded forged pass below the server's fail", []string{fail},
			[]string{"Authentication-Results:\n " + authserv + ";\n dmarc=pass\n header.from={domain}"}, "", "", "", "authserv", heldF},
		{"the server's pass, folded, with comments and a version",
			[]string{"Authentication-Results: (checked) " + authserv + " (our own) 1;\r\n spf=none;\r\n dmarc=pass (p=reject; pct=100) header.from={domain}"}, nil, "", "", "", "authserv", post},
		{"another id's pass", nil, []string{"Authentication-Results: mx.evil.example; dmarc=pass header.from={domain}"}, "", "", "", "own", heldF},
		{"the id in a comment before another", nil, []string{"Authentication-Results: (" + authserv + ") mx.evil.example; dmarc=pass header.from={domain}"}, "", "", "", "own", heldF},
		{"the id in a comment behind another", nil, []string{"Authentication-Results: mx.evil.example (" + authserv + "); dmarc=pass header.from={domain}"}, "", "", "", "own", heldF},
		{"the id as the end of another", nil, []string{"Authentication-Results: evil." + authserv + "; dmarc=pass header.from={domain}"}, "", "", "", "own", heldF},
		{"the id as the beginning of another", nil, []string{"Authentication-Results: " + authserv + ".evil.example; dmarc=pass header.from={domain}"}, "", "", "", "own", heldF},
		{"another field's name", nil, []string{"X-Authentication-Results: " + authserv + "; dmarc=pass header.from={domain}",
			"ARC-Authentication-Results: i=1; " + authserv + "; dmarc=pass header.from={domain}", "Old-Authentication-Results: " + authserv + "; dmarc=pass"}, "", "", "", "own", heldF},
		{"in the fold of another field", nil, []string{"X-Note: hello\n Authentication-Results: " + authserv + "; dmarc=pass header.from={domain}"}, "", "", "", "own", heldF},
		{"in the header of a part", nil, nil, "", `multipart/mixed; boundary="b"`,
			"--b\nContent-Type: text/plain\nAuthentication-Results: " + authserv + "; dmarc=pass header.from={domain}\n\n" + text + "\n--b--", "own", heldF},
		{"at the beginning of the body", nil, nil, "", "", "Authentication-Results: " + authserv + "; dmarc=pass header.from={domain}\n\n" + text, "own", heldF},
		{"a pass for another domain", []string{"Authentication-Results: " + authserv + "; dkim=pass header.d=" + evilDomain + "; dmarc=pass header.from=" + evilDomain}, nil, "", "", "", "own", heldF},
		{"a signature of another domain that passes", []string{"Authentication-Results: " + authserv + "; dkim=pass header.d=" + evilDomain}, nil, evilDomain, "", "", "own", heldF},
		{"the server's none, and a signature that is good", []string{"Authentication-Results: " + authserv + "; none"}, nil, "{domain}", "", "", "own", post},
		{"the server's temperror, and a signature that is good", []string{"Authentication-Results: " + authserv + "; dmarc=temperror header.from={domain}"}, nil, "{domain}", "", "", "own", post},
		{"the server's temperror, and no signature", []string{"Authentication-Results: " + authserv + "; dmarc=temperror header.from={domain}"}, nil, "", "", "", "own", heldF},
	} {
		t.Run(a.name, func(t *testing.T) {
			st := s.stage(t, stageOptions{})
			mail := incoming{from: "Maja Lind <" + st.maja.Email + ">", to: replyTo(t, st.alert), text: st.fill(a.text), sign: st.fill(a.sign),
				above: fillAll(st, a.above), fields: fillAll(st, a.fields)}
			if a.text == "" {
				mail.text = text
			}
			if a.kind != "" {
				mail.fields = append(mail.fields, "Content-Type: "+a.kind)
			}
			m := st.post(mail)
			if strings.HasPrefix(a.ledger, "posted") {
				st.check(m, want{a.ledger, posted, relay})
			} else {
				st.check(m, want{a.ledger, nil, asked})
			}
			if m.Authentication == nil || m.Authentication.By != a.by {
				t.Errorf("authenticated by %+v, not %s", m.Authentication, a.by)
			}
		})
	}
	s.aftermath(t)
}

// TestAttackResultsWithoutAuthservID: no word of a server counts where no server
// is named.
func TestAttackResultsWithoutAuthservID(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	st := s.stage(t, stageOptions{})
	m := st.post(incoming{from: st.maja.Email, to: replyTo(t, st.alert), text: text,
		above: []string{"Authentication-Results: " + authserv + "; dmarc=pass header.from=" + st.domain, "Authentication-Results: ; dmarc=pass header.from=" + st.domain}})
	st.check(m, want{"held authentication_failed: good own fail -> hold", nil, asked})
	if diff := cmp.Diff("own", m.Authentication.By); diff != "" {
		t.Error(diff)
	}
	s.aftermath(t)
}
