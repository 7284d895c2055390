package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// refuse ends an attempt with a server's refusal at RCPT.
func (m *market) refuse(c store.Claimed, address string, code int, text string) {
	m.t.Helper()
	verdict := tradepost.Permanent
	if code < 500 {
		verdict = tradepost.Temporary
	}
	m.attempt(c, store.Attempt{Address: address, Verdict: verdict, Code: code, Stage: "rcpt", Reply: text})
}

func (m *market) deliver(c store.Claimed, address string) {
	m.t.Helper()
	m.attempt(c, store.Attempt{Address: address, Verdict: tradepost.Delivered, Code: 250, Stage: "dot"})
}

func (m *market) attempt(c store.Claimed, a store.Attempt) {
	m.t.Helper()
	a.Ref, a.Number, a.Started, a.Ended = c.Ref, c.Attempt, time.Now(), time.Now()
	if err := m.Record(m.t.Context(), m.owner, []store.Attempt{a}); err != nil {
		m.t.Fatal(err)
	}
}

// alerts claims all alerts that are due.
func (m *market) alerts() []store.MessageLetter {
	m.t.Helper()
	letters, err := m.ClaimAlerts(m.t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil {
		m.t.Fatal(err)
	}
	return letters
}

// suppressed is the reason for which an address takes no mail, "-" if it does.
func (m *market) suppressed(address string) string {
	m.t.Helper()
	h, err := m.AddressHistory(m.t.Context(), address)
	if err != nil {
		m.t.Fatal(err)
	}
	if h.Suppression == nil {
		return "-"
	}
	return string(h.Suppression.Reason)
}

// reports settles a report as the reader does, received now.
func (m *market) reports(about store.About, r store.Report) {
	m.t.Helper()
	m.settleReport(m.inbound(), about, r)
}

// inbound puts a mail into the ledger.
func (m *market) inbound() store.Inbound {
	m.t.Helper()
	box, _, err := m.LeaseMailbox(m.t.Context(), "replies@host/INBOX", m.owner, time.Minute)
	if err != nil {
		m.t.Fatal(err)
	}
	uid := m.number(`select coalesce(max(uid), 0) + 1 from inbound`)
	m.exec(`insert into inbound (period, mailbox_id, uidvalidity, uid, received_at, size, raw, sha256)
		values (date_trunc('month', now() at time zone 'UTC')::date, $1, 7, $2, now(), 3, 'a:b', '')`, box.ID, uid)
	in := store.Inbound{State: store.InboundStored}
	err = m.pool.QueryRow(m.t.Context(), `select period, id, received_at from inbound where uid = $1`, uid).Scan(&in.Period, &in.ID, &in.ReceivedAt)
	if err != nil {
		m.t.Fatal(err)
	}
	return in
}

func (m *market) settleReport(in store.Inbound, about store.About, r store.Report) {
	m.t.Helper()
	err := m.Settle(m.t.Context(), in, store.Reading{Class: "bounce", Rule: "dsn", About: about, Report: &r},
		store.Verdict{State: store.InboundIgnored, Reason: "dsn"})
	if err != nil {
		m.t.Fatal(err)
	}
}

// failed is a report by RFC 3464 that an address failed for good.
func failed(address, status, diagnostic string) store.Report {
	return store.Report{Dialect: "rfc3464", Recipients: []store.Reported{{Address: address, Action: "failed", Status: status, Diagnostic: diagnostic,
		Permanent: status[0] == '5'}}}
}

// TestRefusedAddressIsSuppressed: who does not exist gets no more mail, from the
// next on; the colleague gets theirs.
func TestRefusedAddressIsSuppressed(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	letters := m.alerts()
	maja, oskar := letters[0].To.Address, letters[1].To.Address
	m.refuse(letters[0].Claimed, maja, 550, "5.1.1 User unknown")
	m.deliver(letters[1].Claimed, oskar)
	if got := m.suppressed(" MAJA@11.example"); got != "bounce" {
		t.Fatalf("%s is %s", maja, got)
	}
	m.write(conv, "And another thing")
	digests := m.digests(time.Now().Add(2 * time.Hour))
	if len(digests) != 1 || digests[0].To.Address != oskar {
		t.Errorf("digests: %+v", digests)
	}
	if d := cmp.Diff([]string{"failed", "alerted", "suppressed:suppressed", "-"}, m.outcomes()); d != "" {
		t.Errorf("outcomes (-want +got):\n%s", d)
	}
	// A relay is no other: the merchant's address goes the same way.
	m.answer(conv, letters[1].To.ID, "We can do that")
	relays, err := m.ClaimRelays(t.Context(), m.lease(), m.offered()[tradepost.Relay])
	if err != nil || len(relays) != 1 {
		t.Fatalf("%d relays, %v", len(relays), err)
	}
	m.refuse(relays[0].Claimed, relays[0].To.Address, 554, "delivery error: dd This user doesn't have a yahoo.com account")
	if got := m.suppressed("nadia@shop.example"); got != "bounce" {
		t.Errorf("the merchant is %s", got)
	}
}

// TestRefusalsThatSuppressNothing say nothing of the address.
func TestRefusalsThatSuppressNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.open("nadia")
	l := m.alerts()[0]
	for _, a := range []store.Attempt{
		{Code: 550, Stage: "dot", Reply: "5.7.1 Message rejected as spam"},
		{Code: 550, Stage: "mail", Reply: "5.1.1 User unknown"},
		{Code: 554, Stage: "rcpt", Reply: "5.7.1 Relay access denied"},
		{Code: 550, Stage: "rcpt", Reply: "No"},
		{Code: 450, Stage: "rcpt", Reply: "4.1.1 User unknown"},
	} {
		a.Address, a.Verdict = l.To.Address, tradepost.Temporary
		m.attempt(l.Claimed, a)
	}
	if got := m.suppressed(l.To.Address); got != "-" {
		t.Errorf("it is %s", got)
	}
	if n := m.number(`select count(*) from address_failures where class = 'soft'`); n != 1 {
		t.Errorf("%d failures, want the temporary one", n)
	}
}

// TestSoftFailuresSuppressByDays: many letters that fail on one day are one
// failure, seven days are enough, and what is delivered again by the same way
// wipes them out.
func TestSoftFailuresSuppressByDays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		days      int
		recovered int // a letter is delivered on this day; 0 = none
		reported  bool
		want      string
	}{
		{"six days", 6, 0, false, "-"},
		{"seven days", 7, 0, false, "soft_bounces"},
		{"delivered in between", 9, 5, false, "-"},
		{"delivered to a relay, reported behind it", 7, 5, true, "soft_bounces"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			address := m.partner.Members[0].Email
			for day := 1; day <= tt.days; day++ {
				for _, merchant := range []string{"a", "b", "c"} {
					m.open(fmt.Sprintf("%s%d", merchant, day))
				}
				for i, l := range m.alerts() {
					switch {
					case l.To.Address != address:
						m.deliver(l.Claimed, l.To.Address)
					case day == tt.recovered && i < 2:
						m.deliver(l.Claimed, address)
					case tt.reported:
						m.deliver(l.Claimed, address)
						m.reports(store.About{Ref: l.Ref, By: store.AboutReturnPath}, failed(address, "4.2.2", "452 4.2.2 mailbox full"))
					case day != tt.recovered:
						m.refuse(l.Claimed, address, 552, "5.2.2 mailbox full")
					}
				}
				if day < tt.days {
					if got := m.suppressed(address); got != "-" {
						t.Fatalf("on day %d it is %s", day, got)
					}
					m.exec(`update address_failures set failed_at = failed_at - interval '1 day', sent_at = sent_at - interval '1 day'`)
					m.exec(`update notifications set finished_at = finished_at - interval '1 day', created_at = created_at - interval '1 day'`)
				}
			}
			if got := m.suppressed(address); got != tt.want {
				t.Errorf("it is %s, want %s", got, tt.want)
			}
		})
	}
}

// TestReportsCount: which reports suppress whom.
func TestReportsCount(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	address := m.partner.Members[0].Email
	other := m.partner.Members[1].Email
	hard := failed(address, "5.1.1", "550 5.1.1 no such person")
	with := func(r store.Report, change func(*store.Reported)) store.Report {
		to := r.Recipients[0]
		change(&to)
		r.Recipients = []store.Reported{to}
		return r
	}
	complaint := func(kind string, to ...store.Reported) store.Report {
		return store.Report{Dialect: "arf", Feedback: kind, Recipients: to}
	}
	for _, tt := range []struct {
		name   string
		by     store.AboutBy
		report store.Report
		want   string
	}{
		{"by its Message-ID", store.AboutMessageID, hard, "bounce"},
		{"by its signed return path", store.AboutReturnPath, hard, "bounce"},
		{"by a return path that anybody can make up", store.AboutUnsignedReturnPath, hard, "-"},
		{"about nothing of ours", "", hard, "-"},
		{"of a colleague", store.AboutMessageID, failed(other, "5.1.1", ""), "-"},
		{"in capitals", store.AboutMessageID, failed("MAJA@11.EXAMPLE", "5.1.1", ""), "bounce"},
		{"that was forwarded", store.AboutMessageID, with(failed("maja@home.example", "5.1.1", ""), func(r *store.Reported) { r.Original = address }), "bounce"},
		{"of late mail", store.AboutMessageID, with(hard, func(r *store.Reported) { r.Action, r.Permanent = "delayed", false }), "-"},
		{"of mail that arrived", store.AboutMessageID, with(hard, func(r *store.Reported) { r.Action, r.Status = "delivered", "2.0.0" }), "-"},
		{"of spam", store.AboutMessageID, failed(address, "5.7.1", "550 5.7.1 rejected as spam"), "-"},
		{"whose status is a guess", store.AboutMessageID, with(store.Report{Dialect: "unknown", Recipients: hard.Recipients},
			func(r *store.Reported) { r.Diagnostic = "it failed" }), "-"},
		{"of an older form", store.AboutMessageID, with(store.Report{Dialect: "qmail", Recipients: hard.Recipients},
			func(r *store.Reported) { r.Diagnostic = "Sorry, no mailbox here by that name. (#5.1.1)" }), "bounce"},
		{"once of a full mailbox", store.AboutMessageID, failed(address, "5.2.2", ""), "-"},
		{"a complaint", store.AboutMessageID, complaint("abuse"), "complaint"},
		{"a complaint of the reader", store.AboutReturnPath, complaint("abuse", store.Reported{Address: address}), "complaint"},
		{"a complaint about nothing of ours", store.AboutUnsignedReturnPath, complaint("abuse"), "-"},
		{"praise", store.AboutMessageID, complaint("not-spam"), "-"},
	} {
		m.exec(`delete from suppressions`)
		m.exec(`delete from address_failures`)
		m.open("nadia" + fmt.Sprint(m.number(`select count(*) from conversations`)))
		var about store.About
		for _, l := range m.alerts() {
			m.deliver(l.Claimed, l.To.Address)
			if l.To.Address == address && tt.by != "" {
				about = store.About{Ref: l.Ref, By: tt.by}
			}
		}
		in := m.inbound()
		m.settleReport(in, about, tt.report)
		if got := m.suppressed(address) + " " + m.suppressed(other); got != tt.want+" -" {
			t.Errorf("%s: the addresses are %s, want %s -", tt.name, got, tt.want)
		}
		// Read again it is the same report.
		counted := m.number(`select count(*) from address_failures`)
		in.State = store.InboundIgnored
		m.settleReport(in, about, tt.report)
		m.reports(about, tt.report) // and another copy of it
		if n := m.number(`select count(*) from address_failures`); n != counted {
			t.Errorf("%s: it counted %d times, then %d", tt.name, counted, n)
		}
	}
}

// TestPermanentSupersedesTransient for the same letter, and not the reverse.
func TestPermanentSupersedesTransient(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.open("nadia")
	l := m.alerts()[0]
	about := store.About{Ref: l.Ref, By: store.AboutMessageID}
	m.refuse(l.Claimed, l.To.Address, 450, "4.2.1 try again")
	m.reports(about, failed(l.To.Address, "5.1.1", ""))
	m.reports(about, failed(l.To.Address, "4.2.2", ""))
	if got := m.value(`select string_agg(class || ' ' || source, ',') from address_failures`); got != "hard report" {
		t.Errorf("failures: %s", got)
	}
	m.reports(about, store.Report{Feedback: "abuse"})
	if got := m.suppressed(l.To.Address); got != "complaint" {
		t.Errorf("it is %s", got)
	}
}

// TestLiftedSuppression: what is lifted is kept, and comes back by later letters
// only.
func TestLiftedSuppression(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.open("nadia")
	m.open("taro")
	letters := m.alerts()
	address := letters[0].To.Address
	var mine []store.MessageLetter
	for _, l := range letters {
		m.deliver(l.Claimed, l.To.Address)
		if l.To.Address == address {
			mine = append(mine, l)
		}
	}
	first, second := store.About{Ref: mine[0].Ref, By: store.AboutMessageID}, store.About{Ref: mine[1].Ref, By: store.AboutMessageID}
	m.reports(first, failed(address, "5.1.1", "550 5.1.1 gone"))
	if err := m.LiftSuppression(t.Context(), address, "anna"); err != nil {
		t.Fatal(err)
	}
	if err := m.LiftSuppression(t.Context(), address, "anna"); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("lifted twice: %v", err)
	}
	m.reports(first, failed(address, "5.1.1", "550 5.1.1 gone"))
	m.reports(second, failed(address, "5.1.1", "550 5.1.1 gone")) // of a letter from before
	if got := m.suppressed(address); got != "-" {
		t.Fatalf("what was before makes it %s", got)
	}
	m.open("lena")
	for _, l := range m.alerts() {
		if l.To.Address == address {
			m.refuse(l.Claimed, address, 550, "5.1.1 User unknown")
		}
	}
	h, err := m.AddressHistory(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if h.Suppression == nil || h.Suppression.Reason != tradepost.SuppressedBounce || len(h.Lifted) != 1 || h.Lifted[0].LiftedBy != "anna" ||
		h.Lifted[0].Reason != tradepost.SuppressedBounce || len(h.Failures) != 3 || h.Failures[0].Cleared || !h.Failures[1].Cleared || !h.Failures[2].Cleared {
		t.Errorf("history: %+v", h)
	}
	list, err := m.Suppressions(t.Context(), 10)
	if err != nil || len(list) != 1 || list[0].Address != address || list[0].Detail != "550 5.1.1 User unknown" {
		t.Errorf("list: %+v, %v", list, err)
	}
	partners, err := m.Partners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range partners[0].Members {
		if (member.Suppressed != nil) != (member.Email == address) {
			t.Errorf("%s: %+v", member.Email, member.Suppressed)
		}
	}
}

// TestVerifiedAddressStartsAnew: whoever is named anew by the platform gets mail,
// unless it was the reader, or an operator, who wanted none.
func TestVerifiedAddressStartsAnew(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for _, reason := range []string{"bounce", "soft_bounces", "complaint", "operator"} {
		address := reason + "@new.example"
		m.exec(`insert into suppressions (folded, reason) values ($1, $2)`, address, reason)
		o := opening(m.partner.ID, "nadia-"+reason)
		o.Merchant.ExternalID = reason
		for _, email := range []string{"old@shop.example", address, address} {
			o.Merchant.Email = email
			if _, err := m.OpenConversation(t.Context(), o, store.Request{}); err != nil {
				t.Fatal(err)
			}
		}
		want := "-"
		if reason == "complaint" || reason == "operator" {
			want = reason
		}
		if got := m.suppressed(address); got != want {
			t.Errorf("%s of a merchant who moved there: %s, want %s", reason, got, want)
		}
	}
	m.exec(`insert into suppressions (folded, reason) values ('ella@5.example', 'bounce')`)
	m.addPartner("Other", "ella")
	if got := m.suppressed("ella@5.example"); got != "-" {
		t.Errorf("a new member is %s", got)
	}
}
