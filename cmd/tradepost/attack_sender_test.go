package main

import (
	"fmt"
	"strings"
	"testing"
)

// fill puts a stage's addresses in the place of their names.
func (st *stage) fill(s string) string {
	return strings.NewReplacer("{maja}", st.maja.Email, "{taro}", st.taro.Email, "{nadia}", st.nadia,
		"{domain}", st.domain, "{evil}", evilDomain, "{silent}", silentDomain,
		"{mallory}", fmt.Sprintf("mallory%d@%s", st.number, evilDomain)).Replace(s)
}

func fillAll(st *stage, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = st.fill(s)
	}
	return out
}

const text = "Gladly, on Monday. vermilion"

// senderAttack is a mail to the true reply address of Maja's alert.
type senderAttack struct {
	name   string
	policy string // of Maja's domain, see stageOptions
	from   string
	fields []string
	sign   string
	want   want
}

func (a senderAttack) run(s *siege) func(*testing.T) {
	return func(t *testing.T) {
		st := s.stage(t, stageOptions{policy: a.policy})
		m := st.post(incoming{from: st.fill(a.from), to: replyTo(t, st.alert), text: text,
			fields: fillAll(st, a.fields), sign: st.fill(a.sign)})
		a.want.mail = fillAll(st, a.want.mail)
		st.check(m, a.want)
	}
}

var (
	posted = []string{"Maja Lind: " + text}
	asked  = []string{"question maja"}
	relay  = []string{"relay nadia"}
	// A sender whose domain vouches for them is told that the mail waits.
	askedAndTold = []string{"question maja", "answer {mallory}"}
)

// TestAttackForgedSender: whoever has a letter has its reply address. Who may
// answer is for From, and From must not be forged.
func TestAttackForgedSender(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	const mallory = "Maja Lind <{mallory}>"
	for _, a := range []senderAttack{
		// From is the member's.
		{"the member herself, signed", "", "Maja Lind <{maja}>", nil, "{domain}",
			want{"posted: good own pass -> post", posted, relay}},
		{"forged, the domain rejects", "reject", "Maja Lind <{maja}>", nil, "",
			want{"held authentication_failed: good own fail -> hold", nil, asked}},
		{"forged, the domain quarantines", "quarantine", "Maja Lind <{maja}>", nil, "",
			want{"held authentication_failed: good own fail -> hold", nil, asked}},
		{"forged, signed by another domain", "reject", "Maja Lind <{maja}>", nil, "{evil}",
			want{"held authentication_failed: good own fail -> hold", nil, asked}},
		{"forged, the domain only watches", "none", "Maja Lind <{maja}>", nil, "",
			want{"posted: good own none -> post", posted, relay}},
		{"forged, the domain publishes nothing", "-", "Maja Lind <{maja}>", nil, "",
			want{"posted: good own none -> post", posted, relay}},
		{"forged, the domain publishes nothing, signed by another", "-", "Maja Lind <{maja}>", nil, "{evil}",
			want{"posted: good own none -> post", posted, relay}},

		// From is somebody else's.
		{"a stranger with a domain in good order", "", mallory, nil, "{evil}",
			want{"held wrong_sender: good other pass -> hold", nil, askedAndTold}},
		{"a stranger whose domain publishes nothing", "", "Maja Lind <mallory@{silent}>", nil, "",
			want{"held wrong_sender: good other none -> hold", nil, asked}},
		{"a colleague with her token", "", "Taro Yamada <{taro}>", nil, "{domain}",
			want{"held wrong_sender: good other pass -> hold", nil, []string{"question maja", "answer taro"}}},

		// Reply-To and Sender prove nothing.
		{"Reply-To is the member's", "", mallory, []string{"Reply-To: {maja}"}, "{evil}",
			want{"held wrong_sender: good other pass -> hold", nil, askedAndTold}},
		{"Sender is the member's", "", mallory, []string{"Sender: {maja}"}, "{evil}",
			want{"held wrong_sender: good other pass -> hold", nil, askedAndTold}},
		{"Resent-From and X-Original-From are the member's", "", mallory,
			[]string{"Resent-From: {maja}", "X-Original-From: {maja}", "X-Envelope-From: {maja}"}, "{evil}",
			want{"held wrong_sender: good other pass -> hold", nil, askedAndTold}},
		{"Reply-To of a stranger doesn't divert anything", "", "Maja Lind <{maja}>", []string{"Reply-To: {mallory}"}, "{domain}",
			want{"posted: good own pass -> post", posted, relay}},
	} {
		t.Run(a.name, a.run(s))
	}
	s.aftermath(t)
}

// TestAttackFromField: what one program reads as the member's address another
// checks as the attacker's (VU#517845).
func TestAttackFromField(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	for _, a := range []struct {
		name   string
		from   string
		fields []string
		sign   string
		ledger string
		told   string // who hears that the mail waits: the domain vouches for it
	}{
		{"two addresses, hers first", "{maja}, {mallory}", nil, "{evil}", "held several_from: good several none -> hold", ""},
		{"two addresses, hers last", "{mallory}, {maja}", nil, "{evil}", "held several_from: good several none -> hold", ""},
		{"two addresses, both hers", "{maja}, Maja Lind <{maja}>", nil, "{domain}", "held several_from: good several none -> hold", ""},
		{"two From fields, hers on top", "{maja}", []string{"From: {mallory}"}, "{evil}", "held several_from: good several none -> hold", ""},
		{"two From fields, hers below", "{mallory}", []string{"From: {maja}"}, "{evil}", "held several_from: good several none -> hold", ""},
		{"no From field", "-", nil, "", "held unclear_from: good unclear none -> hold", ""},
		{"an empty From field", "", nil, "", "held unclear_from: good unclear none -> hold", ""},
		{"a group that holds two", "Team: {maja}, {mallory};", nil, "{evil}", "held several_from: good several none -> hold", ""},
		{"a group without anybody", "undisclosed-recipients:;", nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
		{"the display name is her address", `"{maja}" <{mallory}>`, nil, "{evil}", "held wrong_sender: good other pass -> hold", "{mallory}"},
		{"the display name is her address in brackets", `"Maja <{maja}>" <{mallory}>`, nil, "{evil}", "held wrong_sender: good other pass -> hold", "{mallory}"},
		{"an encoded word holds her address", "=?utf-8?q?Maja_=3C{maja}=3E?= <{mallory}>", nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
		{"an encoded word is all of From", "=?utf-8?q?=3C{maja}=3E?=", nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
		{"her address stands in a comment", "{mallory} ({maja})", nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
		{"her address before the brackets", "{maja} <{mallory}>", nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
		{"two pairs of brackets", "<{maja}> <{mallory}>", nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
		{"a route in her brackets", "<@{evil}:{maja}>", nil, "{evil}", "held authentication_failed: good own fail -> hold", ""},
		{"another domain glued on", "{maja}.{evil}", nil, "{evil}", "held wrong_sender: good other pass -> hold", "{maja}.{evil}"},
		{"a quoted local part with an address", `"{maja}"@{evil}`, nil, "{evil}", "held unclear_from: good unclear none -> hold", ""},
	} {
		t.Run(a.name, func(t *testing.T) {
			st := s.stage(t, stageOptions{})
			m := st.post(incoming{from: st.fill(a.from), to: replyTo(t, st.alert), text: text,
				fields: fillAll(st, a.fields), sign: st.fill(a.sign)})
			if got := verdictOf(m); got != a.ledger {
				t.Errorf("the ledger says\n  %s, not\n  %s", got, a.ledger)
			}
			mail := asked
			if a.told != "" {
				mail = []string{"question maja", "answer " + st.fill(a.told)}
			}
			st.seen(nil, mail)
		})
	}
	s.aftermath(t)
}

// TestAttackStolenTokenSilentDomain: what the default can't tell, and the setting
// that holds it.
func TestAttackStolenTokenSilentDomain(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_HOLD_UNAUTHENTICATED": "true"})
	for _, a := range []senderAttack{
		{"the domain publishes nothing", "-", "Maja Lind <{maja}>", nil, "",
			want{"held unauthenticated: good own none -> hold", nil, asked}},
		{"the domain only watches", "none", "Maja Lind <{maja}>", nil, "",
			want{"held unauthenticated: good own none -> hold", nil, asked}},
		{"the member herself, signed", "none", "Maja Lind <{maja}>", nil, "{domain}",
			want{"posted: good own pass -> post", posted, relay}},
	} {
		t.Run(a.name, a.run(s))
	}
	s.aftermath(t)
}
