package inbound

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/store"
)

// poison makes a Poller panic over every mail that holds the word.
func poison(word string) change {
	return withPoller(func(p *Poller) { p.ingest.hook = panicOver(word) })
}

func panicOver(word string) func(string, []byte) {
	return func(at string, raw []byte) {
		if at == "read" && strings.Contains(string(raw), word) {
			panic("it holds " + word)
		}
	}
}

// read has the poller judge the n mails that were delivered, and stops it.
func (m *market) read(n int, changes ...change) {
	m.t.Helper()
	r := m.start(changes...)
	r.until("all are filed", m.settled(n))
	r.stop()
}

// newReplay makes a Replay as the market's pollers are made.
func (m *market) newReplay() *Replay {
	m.t.Helper()
	p, err := NewReplay(Options{
		Store: m.store, Tokens: m.tokens, HopHeader: "X-Tradepost-Hop", Authentication: testAuthentication, SentDigest: renderDigest,
		Log: slog.New(slog.NewTextHandler(m.t.Output(), nil)),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

// all replays and returns what it found, in order.
func (p *Replay) all(t *testing.T, f store.ReplayFilter, dryRun bool) []Replayed {
	t.Helper()
	var list []Replayed
	err := p.Run(t.Context(), f, dryRun, func(m Replayed) error {
		list = append(list, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (m *market) replay(f store.ReplayFilter) []Replayed {
	m.t.Helper()
	return m.newReplay().all(m.t, f, false)
}

// changes are the changes of a list, in its order.
func changes(list []Replayed) []Change {
	var c []Change
	for _, m := range list {
		c = append(c, m.Change)
	}
	return c
}

func (m *market) want(got []Replayed, want ...Change) {
	m.t.Helper()
	if d := cmp.Diff(want, changes(got)); d != "" {
		m.t.Fatalf("changes (-want +got):\n%s%s", d, show(got))
	}
}

func (m *market) count(what string) string {
	m.t.Helper()
	return m.value(`select count(*)::text from ` + what)
}

func TestReplayReleasesQuarantine(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("POISON, but otherwise fine")
	late := m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: m.maja.ID,
		Subject: m.conversation, Expires: time.Now().Add(-48 * time.Hour)})
	m.server.deliver(t, late, m.reply("maja@lind.example", late, "POISON, and too late"))
	m.send("POISON that STILL breaks")
	m.read(3, poison("POISON"))
	before := m.ledger()
	for _, e := range before {
		if e.State != "quarantined" || e.Attempts != 1 || !strings.Contains(e.Error, "it holds POISON") {
			t.Fatalf("ledger: %+v", e)
		}
	}

	p := m.newReplay()
	p.ingest.hook = panicOver("STILL")
	f := store.ReplayFilter{States: []store.InboundState{store.InboundQuarantined}}
	dry := p.all(t, f, true)
	m.want(dry, Posted, Rejudged, Failed)
	if d := cmp.Diff(before, m.ledger()); d != "" {
		t.Errorf("the dry run wrote (-before +after):\n%s", d)
	}
	if !strings.Contains(dry[2].Was.Error, "it holds POISON") || !strings.Contains(dry[2].Why, "it holds STILL") {
		t.Errorf("what broke it, and what breaks it: %s", show(dry[2]))
	}
	m.want(p.all(t, f, false), Posted, Rejudged, Failed)

	if d := cmp.Diff([]string{"POISON, but otherwise fine"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	after := m.ledger()
	for i := range after {
		after[i].Error, _, _ = strings.Cut(after[i].Error, "\n")
	}
	want := []entry{
		{State: "posted", Class: "reply", Attempts: 2},
		{State: "refused", Reason: "expired", Class: "reply", Attempts: 2, Answered: 1},
		{State: "quarantined", Reason: "panic", Error: "it holds STILL", Attempts: 2},
	}
	for i := range want {
		want[i].Size, want[i].Kept, want[i].Filed = after[i].Size, after[i].Kept, true
	}
	if d := cmp.Diff(want, after); d != "" {
		t.Errorf("ledger (-want +got):\n%s", d)
	}
	// The one that was released has its relay to the merchant.
	if n := m.count("notifications where kind = 'relay'"); n != "1" {
		t.Errorf("%s relays, want 1", n)
	}
	m.want(p.all(t, f, false), Failed)
	if e := m.ledger()[2]; e.Attempts != 3 {
		t.Errorf("attempts: %+v", e)
	}
}

// TestReplayOfDecidedMail replays one mail of each kind after the world has
// changed in its favour, or not.
func TestReplayOfDecidedMail(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	deliver := func(raw string) { m.server.deliver(t, to, raw) }
	deliver(m.reply("maja@home.example", to, "From another address of mine"))
	deliver(m.reply("eve@evil.example", to, "From a stranger"))
	deliver(m.reply("maja@lind.example", to, "Not from me", "Authentication-Results: mx.reply.test; dmarc=fail"))
	deliver(m.reply("maja@lind.example", to, "I am away", "Auto-Submitted: auto-replied"))
	m.read(4)
	m.exec(fmt.Sprintf(`insert into member_addresses (member_id, address) values (%d, 'maja@home.example')`, m.maja.ID))
	m.want(m.replay(store.ReplayFilter{}), Posted, Unchanged, Unchanged, Unchanged)
	if d := cmp.Diff([]string{"From another address of mine"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	m.want(m.replay(store.ReplayFilter{}), Unchanged, Unchanged, Unchanged, Unchanged)

	// Without the name that results are known by, nothing is known; which must
	// not free a mail that was held because of them.
	p := m.newReplay()
	p.ingest.authenticator, p.ingest.authservID = believing(t, ""), ""
	m.want(p.all(t, store.ReplayFilter{}, false), Unchanged, Unchanged, Unchanged, Unchanged)
	// Nor if it is from before results were kept.
	m.exec(`update inbound set authentication = null`)
	m.want(p.all(t, store.ReplayFilter{}, false), Unchanged, Unchanged, Left, Unchanged)
	if n := len(m.bodies()); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

// TestReplayAsksWhatWasAsked: no way leads past a failed authentication, not by
// a replay that doesn't ask, nor by one that first makes something else of it.
func TestReplayAsksWhatWasAsked(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	const failed = "Authentication-Results: mx.reply.test; dmarc=fail"
	m.server.deliver(t, to, m.reply("maja@home.example", to, "From another address", failed))
	m.server.deliver(t, to, m.reply("maja@lind.example", to, "POISON", failed))
	m.server.deliver(t, to, m.reply("maja@lind.example", to, "Not from me", failed))
	m.read(3, poison("POISON"))
	m.exec(fmt.Sprintf(`insert into member_addresses (member_id, address) values (%d, 'maja@home.example')`, m.maja.ID))
	by := func(authservID string) []Replayed {
		p := m.newReplay()
		p.ingest.authenticator, p.ingest.authservID = believing(t, authservID), authservID
		m.exec(`update inbound set authentication = null`) // as of mail from before results were kept
		return p.all(t, store.ReplayFilter{}, false)
	}
	m.want(by(""), Left, Left, Left)
	m.want(by("mx.elsewhere.test"), Left, Left, Left)

	// With other keys no address is ours, and nothing is held any more.
	p := m.newReplay()
	other, err := tradepost.NewTokens("reply.test", tradepost.TokenKey{ID: 0, Secret: []byte(strings.Repeat("other", 7))})
	if err != nil {
		t.Fatal(err)
	}
	p.ingest.tokens = other
	m.want(p.all(t, store.ReplayFilter{}, false), Rejudged, Rejudged, Rejudged)
	if states := m.value(`select string_agg(state || ' ' || reason, ', ' order by id) from inbound`); states != "refused no_token, refused no_token, refused no_token" {
		t.Fatalf("states: %s", states)
	}
	m.want(by(""), Left, Left, Left)
	m.want(by("MX.reply.test"), Rejudged, Rejudged, Rejudged)
	m.want(by(""), Left, Left, Left)
	if states := m.value(`select string_agg(distinct state || ' ' || reason, ', ') from inbound`); states != "held authentication_failed" {
		t.Errorf("states: %s", states)
	}
	if n := len(m.bodies()); n != 0 {
		t.Errorf("%d messages", n)
	}
}

// TestReplayAnswersNobodyAgain: an author who was told that a mail could not be
// posted is told neither of another reason nor again.
func TestReplayAnswersNobodyAgain(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("> only a quote\n> of two lines")
	m.read(1)
	if e := m.only(); e.Reason != "empty" || e.Answered != 1 {
		t.Fatalf("ledger: %+v", e)
	}
	m.exec(`insert into blocks (partner_id, merchant_id) select partner_id, merchant_id from conversations`)
	got := m.replay(store.ReplayFilter{})
	m.want(got, Rejudged)
	if got[0].Is.Reason != "blocked" || got[0].Was.Reason != "empty" {
		t.Errorf("replayed: %s", show(got))
	}
	if e := m.only(); e.Reason != "blocked" || e.Answered != 1 {
		t.Errorf("ledger: %+v", e)
	}
}

// TestReplayRewords begins with what an older reader, which cut less, had posted.
func TestReplayRewords(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	for range 4 {
		m.send(quotingReply)
	}
	m.read(4)
	first := m.messages()
	m.exec(`update messages set body = body || E'\n\nOn Monday Ada wrote:', fold_at = 3 where via = 'email'`)
	m.exec(`update inbound set reader = 0`)
	if err := m.store.DeleteMessage(t.Context(), m.conversation, first[1].ID); err != nil {
		t.Fatal(err)
	}
	if err := m.store.Mark(t.Context(), m.conversation, first[2].ID, m.maja.ID, "✅"); err != nil {
		t.Fatal(err)
	}
	// What a person was told, and by which mail, is not gone back on.
	told := m.value(`select string_agg(t::text, E'\n' order by t::text) from (select * from notifications) t`) +
		m.value(`select string_agg(t::text, E'\n' order by t::text) from (select * from recipients) t`)

	f := store.ReplayFilter{ReadBefore: ReaderVersion}
	got := m.replay(f)
	m.want(got, Reworded, Left, Reworded, Reworded)
	if !strings.HasSuffix(got[0].Was.Text, "Ada wrote:") || got[0].Is.Text != "Yes, gladly.\n\nMaja" {
		t.Errorf("replayed: %s", show(got[0]))
	}
	for _, msg := range m.messages() {
		if msg.Body != "Yes, gladly.\n\nMaja" || msg.Fold != 0 {
			t.Errorf("message: %s", show(msg))
		}
	}
	if n := len(m.messages()); n != 3 {
		t.Errorf("%d messages, want 3", n)
	}
	if body := m.value(`select body from messages where deleted_at is not null`); !strings.HasSuffix(body, "wrote:") {
		t.Errorf("the deleted message is now %q", body)
	}
	now := m.value(`select string_agg(t::text, E'\n' order by t::text) from (select * from notifications) t`) +
		m.value(`select string_agg(t::text, E'\n' order by t::text) from (select * from recipients) t`)
	if d := cmp.Diff(told, now); d != "" {
		t.Errorf("what was told (-before +after):\n%s", d)
	}
	// What is left is all that the older reader's work still is.
	m.want(m.replay(f), Left)
}

// TestDeletedWhileReplayed: the message goes between reading and writing.
func TestDeletedWhileReplayed(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send(quotingReply)
	m.read(1)
	m.exec(`update messages set body = 'Cut too short' where via = 'email'`)
	p := m.newReplay()
	p.hook = func(at string) {
		if at == "judged" {
			m.exec(`update messages set deleted_at = now() where via = 'email'`)
		}
	}
	m.want(p.all(t, store.ReplayFilter{}, false), Skipped)
	if body := m.value(`select body from messages where via = 'email'`); body != "Cut too short" {
		t.Errorf("the deleted message is now %q", body)
	}
}

// TestReplayBringsNothingBack: what was posted and deleted stays away, also as
// another copy that could not be posted then, and with a poller's help.
func TestReplayBringsNothingBack(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	raw := m.reply("maja@lind.example", to, "Take it away")
	home := strings.Replace(raw, "maja@lind.example", "maja@home.example", 1)
	m.server.deliver(t, to, home)
	m.server.deliver(t, to, raw)
	m.server.deliver(t, to, "Received: by mx.reply.test\r\nX-Word: POISON\r\n"+raw)
	m.read(3, poison("POISON"))
	if states := m.value(`select string_agg(state, ' ' order by id) from inbound`); states != "held posted quarantined" {
		t.Fatalf("states: %s", states)
	}
	if err := m.store.DeleteMessage(t.Context(), m.conversation, m.messages()[0].ID); err != nil {
		t.Fatal(err)
	}
	m.exec(fmt.Sprintf(`insert into member_addresses (member_id, address) values (%d, 'maja@home.example')`, m.maja.ID))
	m.want(m.replay(store.ReplayFilter{}), Rejudged, Left, Rejudged)
	m.want(m.replay(store.ReplayFilter{}), Unchanged, Left, Unchanged)
	if states := m.value(`select string_agg(state, ' ' order by id) from inbound`); states != "duplicate posted duplicate" {
		t.Errorf("states: %s", states)
	}
	if n := m.count("messages where via = 'email'"); n != "1" || len(m.messages()) != 0 {
		t.Errorf("%s messages came by mail, shown are %s", n, show(m.messages()))
	}
	if n := m.count("notifications where kind in ('relay', 'answer') and question_id is null"); n != "1" {
		t.Errorf("%s relays and answers, want 1", n)
	}
}

// TestReplayReadsNoFurther: a mail released late reads what its author had before
// them when they wrote, and gives no other outcome to what has one.
func TestReplayReadsNoFurther(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("POISON")
	m.read(1, poison("POISON"))
	later, err := m.store.AddMessage(t.Context(), m.conversation, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, "And one more thing", nil, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	m.want(m.replay(store.ReplayFilter{}), Posted)
	recipients := func() string {
		return m.value(fmt.Sprintf(`select string_agg(concat_ws(' ', case when message_id = %d then 'later' else 'first' end,
			case when member_id = %d then 'maja' else 'oskar' end, case when read_at is null then 'unread' else 'read' end,
			coalesce(outcome, '-')), ', ' order by message_id, member_id) from recipients where member_id is not null`, later, m.maja.ID))
	}
	const want = "first maja read read_first, first oskar unread answered, later maja unread -, later oskar unread -"
	if d := cmp.Diff(want, recipients()); d != "" {
		t.Errorf("recipients (-want +got):\n%s", d)
	}
	m.exec(`update messages set body = 'Cut too short' where via = 'email'`)
	m.want(m.replay(store.ReplayFilter{}), Reworded)
	if d := cmp.Diff(want, recipients()); d != "" {
		t.Errorf("recipients after another text (-want +got):\n%s", d)
	}
}

// TestReplayTakesNothingBack: what was posted stays, whatever it would be now.
func TestReplayTakesNothingBack(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("Yes")
	to := m.address(m.oskar)
	raw := m.reply("oskar@lind.example", to, "No")
	m.server.deliver(t, to, raw)
	m.server.deliver(t, to, raw) // a copy
	m.read(3)
	if err := m.store.RemoveMember(t.Context(), m.maja.ID); err != nil {
		t.Fatal(err)
	}
	// As if the fingerprints of older readers were others.
	m.exec(`delete from posted_replies`)
	m.want(m.replay(store.ReplayFilter{States: []store.InboundState{store.InboundDuplicate}}), Unchanged)
	got := m.replay(store.ReplayFilter{})
	m.want(got, Left, Unchanged, Unchanged)
	if got[0].Is.State != store.InboundRefused || got[0].Is.Reason != string(tradepost.ReasonNotMember) {
		t.Errorf("it would be %s", show(got[0].Is))
	}
	if d := cmp.Diff([]string{"Yes", "No"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if states := m.value(`select string_agg(state, ' ' order by id) from inbound`); states != "posted posted duplicate" {
		t.Errorf("states: %s", states)
	}
}

// TestExpiryIsMeasuredAtReceipt replays a mail that came while its address was good.
func TestExpiryIsMeasuredAtReceipt(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: m.maja.ID,
		Subject: m.conversation, Expires: time.Now().Add(-5 * 24 * time.Hour)})
	m.server.deliver(t, to, m.reply("maja@lind.example", to, "In time POISON"))
	m.server.deliver(t, to, m.reply("maja@lind.example", to, "Late POISON"))
	m.read(2, poison("POISON"))
	m.exec(`update inbound set received_at = received_at - interval '10 days' where uid = (select min(uid) from inbound)`)
	m.want(m.replay(store.ReplayFilter{}), Posted, Rejudged)
	if e := m.ledger()[1]; e.Reason != "expired" {
		t.Errorf("the late one: %+v", e)
	}
}

// TestReplaySelects turns pages, and names what isn't there.
func TestReplaySelects(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("One")
	m.read(1)
	// As many as make several pages, over two months.
	m.exec(`insert into inbound (period, mailbox_id, uidvalidity, uid, received_at, size, raw, sha256, state, finished_at, reader)
		select case when n % 2 = 0 then period else (period - interval '1 month')::date end, mailbox_id, uidvalidity, 1000 + n,
		       received_at - interval '40 days' * (n % 2), 3, 'a:b', sha256, 'ignored', now(), n % 3
		from inbound, generate_series(1, 250) n`)
	seen := make(map[int64]int)
	for _, r := range m.newReplay().all(t, store.ReplayFilter{}, true) {
		seen[r.ID]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("mail %d was replayed %d times", id, n)
		}
	}
	if len(seen) != 251 {
		t.Errorf("%d mails were replayed, not 251", len(seen))
	}
	for _, tt := range []struct {
		name string
		f    store.ReplayFilter
		want int
	}{
		{"state", store.ReplayFilter{States: []store.InboundState{store.InboundPosted, store.InboundHeld}}, 1},
		{"since", store.ReplayFilter{Since: time.Now().Add(-24 * time.Hour)}, 126},
		{"older reader", store.ReplayFilter{ReadBefore: 1}, 83},
		{"stored until", store.ReplayFilter{StoredUntil: time.Now().Add(-time.Hour)}, 0},
		{"both", store.ReplayFilter{ReadBefore: 1, Since: time.Now().Add(-24 * time.Hour)}, 41},
	} {
		if got := m.newReplay().all(t, tt.f, true); len(got) != tt.want {
			t.Errorf("%s: %d mails, want %d", tt.name, len(got), tt.want)
		}
	}
	got := m.newReplay().all(t, store.ReplayFilter{IDs: []int64{1 << 40}}, true)
	m.want(got, Failed)
}

// believing makes an authenticator that believes another server.
func believing(t *testing.T, authservID string) *authenticate.Authenticator {
	t.Helper()
	a, err := authenticate.New(authenticate.Options{AuthservID: authservID, DNS: "off"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
