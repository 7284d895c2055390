package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

func wanting(merchant string) tradepost.JobRequest {
	return tradepost.JobRequest{Wanted: tradepost.Wanted{Service: "store MIGRATION"}, Body: "We move.", Merchant: opening(0, merchant).Merchant}
}

// ask gives a request that must find somebody.
func (m *market) ask(merchant string) store.JobRequest {
	m.t.Helper()
	id, err := m.AskPartners(m.t.Context(), wanting(merchant), store.Request{})
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := m.JobRequest(m.t.Context(), id)
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// ranking is what matching is given for a merchant, and nothing is written.
func (m *market) ranking(merchant string) (seen []tradepost.Candidate) {
	m.t.Helper()
	o := storetest.Options(m.t)
	o.Matching = func(w tradepost.Wanted, list []tradepost.Candidate, count int) []tradepost.Candidate {
		if ranked := tradepost.Match(w, list, len(list)); !cmp.Equal(ranked, list) {
			m.t.Errorf("SQL ranks otherwise than the rule: %s", cmp.Diff(ranked, list))
		}
		seen = list
		return nil
	}
	_, err := storetest.OpenURL(m.t, m.url, o).AskPartners(m.t.Context(), wanting(merchant), store.Request{})
	if !errors.Is(err, tradepost.ErrRefused) {
		m.t.Fatal(err)
	}
	return seen
}

// TestMatchingIgnoresWhatPartnersDo: whatever becomes of a lead, the next request goes
// to whom it would have gone to.
func TestMatchingIgnoresWhatPartnersDo(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.MatchCount = 2 })
	teams := map[int64]store.Partner{m.partner.ID: m.partner}
	for _, name := range []string{"Two", "Three!", "Four!!!!"} {
		p := m.addPartner(name, "a", "b")
		teams[p.ID] = p
	}
	m.ask("bo")
	r := m.ask("nadia")
	lead := r.Leads[0]
	member := teams[lead.PartnerID].Members[0].ID
	con := lead.ConversationID
	before := m.ranking("nadia")
	if len(before) != 4 || before[3].Leads != 1 {
		t.Fatalf("%+v", before)
	}
	unchanged := func(what string) {
		t.Helper()
		if after := m.ranking("nadia"); !cmp.Equal(before, after) {
			t.Errorf("%s changes matching: %s", what, cmp.Diff(before, after))
		}
	}
	m.answer(con, member, "Yes, gladly.")
	unchanged("a reply")
	if err := m.Read(t.Context(), con, member, lead.Message); err != nil {
		t.Fatal(err)
	}
	unchanged("reading")
	job := m.jobOf(con)
	if _, err := m.SetJob(t.Context(), job, tradepost.JobCompleted, member); err != nil {
		t.Fatal(err)
	}
	unchanged("completing the job")
	other := r.Leads[1]
	colleague := teams[other.PartnerID].Members[0].ID
	for _, command := range []string{"decline", "done", "tag spring", "qualify GOLD", "note late"} {
		if got := m.act(other.ConversationID, colleague, command); got != string(tradepost.CommandDone) {
			t.Fatalf("%s: %s", command, got)
		}
		unchanged(command)
	}
	m.exec(`update conversations set deleted_at = now() where id = $1`, con)
	unchanged("deleting the conversation")

	// What does: another lead, and time.
	m.ask("ada")
	if after := m.ranking("nadia"); cmp.Equal(before, after) {
		t.Error("another lead changes nothing")
	}
	m.exec(`update leads set given_at = given_at - interval '30 days'`)
	for _, c := range m.ranking("nadia") {
		if c.Leads != 0 {
			t.Errorf("%+v is still open after thirty days", c)
		}
	}
	// A partner who blocked the merchant isn't asked by them; for others nothing changes.
	if err := m.Block(t.Context(), lead.PartnerID, r.Merchant, member); err != nil {
		t.Fatal(err)
	}
	if n, others := len(m.ranking("nadia")), len(m.ranking("bo")); n != 3 || others != 4 {
		t.Errorf("%d and %d candidates", n, others)
	}
}

func (m *market) jobOf(conversation int64) int64 {
	m.t.Helper()
	w, err := m.Work(m.t.Context(), conversation)
	if err != nil || len(w.Jobs) != 1 {
		m.t.Fatalf("%+v, %v", w, err)
	}
	return w.Jobs[0].ID
}

// TestLeadsAreShared: requests at once are spread as if they came one by one.
func TestLeadsAreShared(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.MatchCount = 2 })
	for i := range 5 {
		m.addPartner(fmt.Sprint("Works ", i), "a")
	}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if _, err := m.AskPartners(t.Context(), wanting(fmt.Sprint("m", i)), store.Request{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, c := range m.ranking("nadia") {
		if c.Leads != 4 {
			t.Errorf("partner %d has %d leads of 24 among six", c.PartnerID, c.Leads)
		}
	}
	if got := m.value(`select count(*)::text from jobs where state = 'open' and proposal_id is null`); got != "24" {
		t.Errorf("%s jobs are open", got)
	}
}

// TestAskPartnersOnce: the same request again, and at once, is one; and who can't be
// asked isn't.
func TestAskPartnersOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	two := m.addPartner("Two", "a")
	r := wanting("nadia")
	r.Attachments = []tradepost.Attachment{tradepost.NewAttachment("plan.txt", "text/plain", []byte(secret))}
	ids := make([]int64, 4)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			var err error
			if ids[i], err = m.AskPartners(t.Context(), r, store.Request{APIKeyID: 1, Key: "k"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(slices.Compact(ids)) != 1 || m.value(`select count(*)::text from conversations`) != "2" {
		t.Fatalf("%v", ids)
	}
	// Each conversation has the file, and one that goes leaves it to the other.
	got, err := m.JobRequest(t.Context(), ids[0])
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(got.Leads, func(l store.Lead) bool { return l.PartnerID == two.ID })
	m.act(got.Leads[i].ConversationID, two.Members[0].ID, "delete")
	if s := m.confirm(two.Members[0].ID); s != string(tradepost.CommandDone) {
		t.Fatal(s)
	}
	if _, err := m.DeleteBlobs(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	_, messages, err := m.Conversation(t.Context(), got.Leads[1-i].ConversationID)
	if err != nil || len(messages[0].Files) != 1 {
		t.Fatalf("%+v, %v", messages, err)
	}
	if content, err := m.Blobs().Get(t.Context(), messages[0].Files[0].BlobKey); err != nil || string(content) != secret {
		t.Errorf("%q, %v", content, err)
	}

	m.exec(`update partners set published = false`)
	before := m.value(`select (select count(*) from merchants) || ' ' || (select count(*) from requests) || ' ' || (select count(*) from conversations)`)
	if _, err := m.AskPartners(t.Context(), wanting("somebody new"), store.Request{APIKeyID: 1, Key: "other"}); !errors.Is(err, tradepost.ErrRefused) {
		t.Error(err)
	}
	m.exec(`update partners set published = true`)
	m.exec(`update services set removed_at = now()`)
	if _, err := m.AskPartners(t.Context(), wanting("somebody new"), store.Request{}); !errors.Is(err, tradepost.ErrRefused) {
		t.Error(err)
	}
	after := m.value(`select (select count(*) from merchants) || ' ' || (select count(*) from requests) || ' ' || (select count(*) from conversations)`)
	if before != after || m.value(`select count(*)::text from idempotency_keys where key = 'other'`) != "0" {
		t.Errorf("%s became %s", before, after)
	}
}

// TestMatchAmongMany bounds what matching among a hundred thousand partners reads.
func TestMatchAmongMany(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.exec(`insert into partners (name, search, published) select 'Works ' || i, 'works ' || i, i % 10 <> 0 from generate_series(1, 100000) i`)
	m.exec(`insert into services (partner_id, name, languages) select id, case when id % 2 = 0 then 'Store migration' else 'Audit' end,
		case id % 3 when 0 then '{sv}' when 1 then '{de,sv}' else '{}' end::text[] from partners where name like 'Works %'`)
	m.exec(`insert into requests (merchant_id, service) select $1, 'x'`, m.number(`select merchant_id from conversations where id = $1`, m.open("nadia")))
	m.exec(`with c as (insert into conversations (partner_id, merchant_id, kind) select p.id, 1, 'opportunity' from partners p where p.id % 5 = 0 returning id, partner_id)
		insert into leads (request_id, partner_id, conversation_id) select 1, partner_id, id from c`)
	m.exec(`analyze`)
	started := time.Now()
	list := m.ranking("nadia")
	took := time.Since(started)
	if len(list) != tradepost.MatchAmong || list[0].Leads != 0 {
		t.Errorf("%d candidates, %+v first", len(list), list[0])
	}
	t.Logf("ranking took %s", took)
	if took > 5*time.Second {
		t.Errorf("ranking took %s", took)
	}
	started = time.Now()
	page, err := m.PartnersWith(t.Context(), store.PartnerFilter{Contactable: true, Service: "store migration", Language: "de", After: 50_000, Limit: 51})
	if err != nil || len(page) != 51 {
		t.Fatalf("%d, %v", len(page), err)
	}
	t.Logf("a page took %s", time.Since(started))
	started = time.Now()
	if page, err = m.PartnersWith(t.Context(), store.PartnerFilter{Search: "works 9999", Limit: 51}); err != nil || len(page) == 0 {
		t.Fatalf("%d, %v", len(page), err)
	}
	t.Logf("a search took %s", time.Since(started))
}
