package inbound

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// sentLetter is a letter as it went out.
type sentLetter struct {
	store.Claimed
	to, returnPath string
}

// sendAlerts sends the alerts that are due and returns them, Maja's first.
func (m *market) sendAlerts() []sentLetter {
	m.t.Helper()
	offered, err := m.store.Offer(m.t.Context(), tradepost.Alert, 0, 10)
	if err != nil {
		m.t.Fatal(err)
	}
	var refs []store.Ref
	for _, o := range offered {
		refs = append(refs, o.Ref)
	}
	lease := store.Lease{Owner: uuid.New(), For: time.Minute}
	letters, err := m.store.ClaimAlerts(m.t.Context(), lease, refs)
	if err != nil {
		m.t.Fatal(err)
	}
	var list []sentLetter
	for _, l := range letters {
		path, err := m.tokens.BounceAddress(l.Period, l.ID)
		if err != nil {
			m.t.Fatal(err)
		}
		err = m.store.Record(m.t.Context(), lease.Owner, []store.Attempt{{Ref: l.Ref, Number: l.Attempt, Address: l.To.Address,
			Started: time.Now(), Ended: time.Now(), Verdict: tradepost.Delivered, Code: 250, Stage: "dot"}})
		if err != nil {
			m.t.Fatal(err)
		}
		list = append(list, sentLetter{l.Claimed, l.To.Address, path})
	}
	return list
}

// suppressed are the addresses that take no mail.
func (m *market) suppressed() string {
	m.t.Helper()
	return m.value(`select coalesce(string_agg(folded || ' ' || reason, ', ' order by folded), '') from suppressions`)
}

// TestBounceStopsMail: a bounce comes in, the address gets no more mail and the
// colleague theirs; what is made up changes nothing.
func TestBounceStopsMail(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	letters := m.sendAlerts()
	if len(letters) != 2 {
		t.Fatalf("%d alerts", len(letters))
	}
	maja, oskar := letters[0], letters[1]
	const madeUp = "<made-up@reply.test>"
	late := strings.Replace(bounce(maja.returnPath, maja.to, maja.MailID), "Action: failed\r\nStatus: 5.1.1", "Action: delayed\r\nStatus: 4.1.1", 1)
	forged := map[string]string{ // by what it was sent to
		bounce(maja.returnPath[:len("bounce+")]+strings.Repeat("a", 40)+"@reply.test", maja.to, madeUp): maja.returnPath[:len("bounce+")] + "x@reply.test",
		bounce("bounce+202611-1@reply.test", maja.to, madeUp):                                           "bounce+202611-1@reply.test",
		bounce(m.address(m.oskar), maja.to, madeUp):                                                     m.address(m.oskar),
		// The colleague knows a letter, but it was to them.
		bounce(oskar.returnPath, maja.to, oskar.MailID): oskar.returnPath,
		// Late mail arrives yet.
		late: maja.returnPath,
	}
	n := 0
	for raw, to := range forged {
		m.server.deliver(t, to, raw)
		n++
	}
	m.read(n)
	if got := m.suppressed() + m.value(`select count(*)::text from address_failures`); got != "0" {
		t.Fatalf("forged and late reports: %s", got)
	}

	// The true one doesn't return the letter; it came to its return path.
	m.server.deliver(t, maja.returnPath, bounce(maja.returnPath, maja.to, madeUp))
	m.server.deliver(t, maja.returnPath, bounce(maja.returnPath, maja.to, madeUp))
	m.read(n + 2)
	if got := m.suppressed(); got != "maja@lind.example bounce" {
		t.Fatalf("suppressed: %s", got)
	}
	if got := m.count("address_failures"); got != "1" {
		t.Errorf("the same report twice counts %s times", got)
	}

	// A dry run changes nothing, a replay nothing twice, and what was lost comes back.
	m.exec(`delete from address_failures`)
	m.exec(`delete from suppressions`)
	m.newReplay().all(t, store.ReplayFilter{}, true)
	if got := m.suppressed(); got != "" {
		t.Errorf("a dry run suppressed %s", got)
	}
	m.replay(store.ReplayFilter{})
	m.replay(store.ReplayFilter{})
	if got := m.suppressed() + " " + m.count("address_failures"); got != "maja@lind.example bounce 1" {
		t.Errorf("replayed: %s", got)
	}

	_, err := m.store.AddMessage(t.Context(), m.conversation, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, "Are you there?", nil, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.store.OpenWindows(t.Context(), time.Now().Add(2*time.Hour), 0); err != nil {
		t.Fatal(err)
	}
	offered, err := m.store.Offer(t.Context(), tradepost.Digest, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var refs []store.Ref
	for _, o := range offered {
		refs = append(refs, o.Ref)
	}
	digests, err := m.store.ClaimDigests(t.Context(), store.Lease{Owner: uuid.New(), For: time.Minute}, refs)
	if err != nil || len(digests) != 1 || digests[0].To.ID != m.oskar.ID {
		t.Errorf("digests: %+v, %v", digests, err)
	}
	if got := m.value(`select outcome || ' ' || reason from recipients r join members mb on mb.id = r.member_id
		where mb.name = 'Maja Lind' order by r.message_id desc limit 1`); got != "suppressed suppressed" {
		t.Errorf("Maja's message is %s", got)
	}
}

// TestComplaintStopsMail: whoever calls a letter spam gets none, also where their
// provider doesn't say who it was.
func TestComplaintStopsMail(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	letters := m.sendAlerts()
	maja, oskar := letters[0], letters[1]
	m.server.deliver(t, maja.returnPath, complaint("abuse@reply.test", "", maja.MailID))
	m.server.deliver(t, oskar.returnPath, complaint("abuse@reply.test", "Original-Rcpt-To: maja@lind.example\n", oskar.MailID))
	m.read(2)
	if got := m.suppressed(); got != "maja@lind.example complaint" {
		t.Errorf("suppressed: %s", got)
	}
}
