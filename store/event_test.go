package store_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// hook makes an endpoint.
func (m *market) hook(partner int64, events ...tradepost.EventType) store.Webhook {
	m.t.Helper()
	w, _, err := m.AddWebhook(m.t.Context(), store.Webhook{PartnerID: partner, URL: "https://shop.example/hook", Events: events})
	if err != nil {
		m.t.Fatal(err)
	}
	return w
}

// told are the events of an endpoint, oldest first.
func (m *market) told(w store.Webhook) []store.Delivery {
	m.t.Helper()
	list, err := m.Deliveries(m.t.Context(), w.ID, "", 0, 1000)
	if err != nil {
		m.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

// news are the events of an endpoint since it was asked last: their types, with the
// facts behind them.
func (m *market) news(w store.Webhook, seen *int) []string {
	m.t.Helper()
	var out []string
	list := m.told(w)
	for _, d := range list[*seen:] {
		out = append(out, string(d.Type)+" "+string(d.Data))
	}
	*seen = len(list)
	return out
}

// TestEachActionIsToldOnce does everything that is told, by what the API and the mail
// call, and looks at what an endpoint is to get of it.
func TestEachActionIsToldOnce(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Hour })
	ctx, member := t.Context(), m.partner.Members[0].ID
	w, seen := m.hook(m.partner.ID), 0
	var conv, pro, job, inv int64
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	covered := make(map[tradepost.EventType]bool)
	expect := func(want ...string) {
		t.Helper()
		got := m.news(w, &seen)
		if len(got) != len(want) {
			t.Fatalf("told %q, want %q", got, want)
		}
		slices.Sort(got) // the order of one transaction's events says nothing
		slices.Sort(want)
		for i, g := range got {
			kind, data, _ := strings.Cut(g, " ")
			wantKind, facts, _ := strings.Cut(want[i], " ")
			if kind != wantKind {
				t.Fatalf("told %q, want %q", got, want)
			}
			covered[tradepost.EventType(kind)] = true
			for fact := range strings.FieldsSeq(facts) {
				if name, value, _ := strings.Cut(fact, "="); !strings.Contains(data, `"`+name+`": "`+value+`"`) {
					t.Errorf("%s: no %s in %s", kind, fact, data)
				}
			}
		}
	}
	act := func(v tradepost.Verb) {
		t.Helper()
		_, err := m.ActConfirmed(ctx, conv, member, tradepost.Command{Verb: v}, tradepost.ViaAPI, store.Request{})
		must(err)
	}
	set := func(next tradepost.ProposalState, who int64) {
		t.Helper()
		_, err := m.SetProposal(ctx, pro, next, who, tradepost.ViaAPI)
		must(err)
	}
	draft := func() {
		t.Helper()
		var err error
		pro, err = m.AddProposal(ctx, conv, member, offer(), store.Request{})
		must(err)
	}
	open := func(name string) {
		t.Helper()
		o := opening(m.partner.ID, name)
		o.Kind, o.Service, o.Merchant.ExternalID = tradepost.KindOpportunity, "", "u-"+name
		var err error
		conv, err = m.OpenConversation(ctx, o, store.Request{})
		must(err)
		w, err := m.Work(ctx, conv)
		must(err)
		job = w.Jobs[0].ID
	}

	open("nadia")
	expect("conversation.opened conversation=con_1 partner=par_1 merchant=u-nadia kind=opportunity",
		"message.created message=msg_1 author=merchant via=api merchant=u-nadia", "job.opened job=job_1")
	_, err := m.SetJob(ctx, job, tradepost.JobCompleted, member)
	must(err)
	_, err = m.SetJob(ctx, job, tradepost.JobCompleted, member) // changes nothing
	must(err)
	expect("job.completed job=job_1 member=mbr_1 conversation=con_1")
	for range 2 { // of a repeated request only once
		_, err = m.AddMessage(ctx, conv, store.Author{Role: tradepost.AuthorMember, MemberID: member}, tradepost.ViaAPI, "Yes", nil,
			store.Request{APIKeyID: m.key(), Key: "k"})
		must(err)
	}
	expect("message.created message=msg_2 author=member member=mbr_1")
	act(tradepost.VerbUndo)
	expect("message.deleted message=msg_2 member=mbr_1")
	must(m.DeleteMessage(ctx, conv, 1))
	expect("message.deleted message=msg_1")

	draft()
	expect()
	set(tradepost.ProposalSent, member)
	expect("message.created message=msg_3", "proposal.sent proposal=pro_1 message=msg_3 member=mbr_1")
	set(tradepost.ProposalAccepted, 0)
	set(tradepost.ProposalAccepted, 0)
	expect("job.opened job=job_2 proposal=pro_1", "proposal.accepted proposal=pro_1")
	for _, end := range []tradepost.ProposalState{tradepost.ProposalDeclined, tradepost.ProposalWithdrawn} {
		draft()
		set(tradepost.ProposalSent, member)
		expect("message.created", "proposal.sent")
		if end == tradepost.ProposalDeclined {
			set(end, 0)
		} else {
			set(end, member)
		}
		expect("proposal." + string(end))
	}
	for i, end := range []tradepost.InvoiceState{tradepost.InvoicePaid, tradepost.InvoiceClosed} {
		inv, err = m.AddInvoice(ctx, job, member, tradepost.Invoice{Number: "1", Price: offer().Price}, store.Request{})
		must(err)
		expect("invoice.created job=job_1 invoice=" + tradepost.FormatID("inv", inv))
		if i == 0 {
			_, err = m.SetInvoice(ctx, inv, end)
			must(err)
			expect("invoice.paid job=job_1 conversation=con_1")
		}
	}

	open("omar")
	expect("conversation.opened", "message.created", "job.opened job=job_3")
	act(tradepost.VerbDecline)
	expect("job.declined job=job_3 member=mbr_1")
	act(tradepost.VerbUndo)
	expect("job.reopened job=job_3")
	draft()
	act(tradepost.VerbBlock)
	expect("merchant.blocked merchant=u-omar partner=par_1 member=mbr_1", "proposal.closed", "job.closed job=job_3 conversation=con_2")
	must(m.Block(ctx, m.partner.ID, 2, member))
	expect()
	act(tradepost.VerbDelete)
	expect("conversation.deleted conversation=con_2")

	conv = 1
	act(tradepost.VerbDelete)
	expect("conversation.deleted conversation=con_1", "job.closed job=job_2", "invoice.closed")
	for range 2 {
		must(m.Suppress(ctx, m.partner.Members[0].Email, "Vera Operator", ""))
	}
	expect("address.suppressed reason=operator partner=par_1")
	must(m.LiftSuppression(ctx, m.partner.Members[0].Email, "Vera Operator"))
	expect("address.lifted reason=operator")
	must(m.Suppress(ctx, "omar@shop.example", "", "")) // a merchant's is not the partner's to know
	expect()
	for _, kind := range tradepost.EventTypes() {
		if !covered[kind] {
			t.Errorf("%s was never told", kind)
		}
	}
	documented := documentedEvents(t)
	for _, d := range m.told(w) {
		var facts map[string]any
		if err := json.Unmarshal(d.Data, &facts); err != nil {
			t.Fatal(err)
		}
		for name := range facts {
			if !slices.Contains(documented[d.Type], name) {
				t.Errorf("docs/webhooks.md says nothing of %s in %s", name, d.Type)
			}
		}
	}
	if len(documented) != len(tradepost.EventTypes()) {
		t.Errorf("%d types are documented", len(documented))
	}
	for _, private := range []string{"@", "Vera"} {
		if n := m.value(`select count(*)::text from webhook_events where webhook_events::text like '%' || $1 || '%'`, private); n != "0" {
			t.Errorf("%s events hold %q", n, private)
		}
	}
}

// documentedEvents reads the names in data from the examples in the documentation.
func documentedEvents(t *testing.T) map[tradepost.EventType][]string {
	t.Helper()
	text, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[tradepost.EventType][]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z]+)` \\|.*").FindAllStringSubmatch(string(text), -1) {
		for _, name := range regexp.MustCompile(`"([a-z]+)":`).FindAllStringSubmatch(row[0], -1) {
			out[tradepost.EventType(row[1])] = append(out[tradepost.EventType(row[1])], name[1])
		}
	}
	return out
}

// key is the id of an API key.
func (m *market) key() int64 {
	m.t.Helper()
	id, err := m.AddAPIKey(m.t.Context(), "test", "a key of the test")
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

func TestEventsAreTheirPartners(t *testing.T) {
	m := newMarket(t)
	ctx := t.Context()
	other := m.addPartner("Other Works", "noor")
	own, strange, platform := m.hook(m.partner.ID), m.hook(other.ID), m.hook(0)
	some := m.hook(0, tradepost.EventMessageCreated, tradepost.EventAddressSuppressed)
	if len(m.told(own))+len(m.told(platform)) != 0 {
		t.Fatal("told before anything happened")
	}
	o := opening(m.partner.ID, "nadia")
	if _, err := m.OpenConversation(ctx, o, store.Request{}); err != nil {
		t.Fatal(err)
	}
	if err := m.Suppress(ctx, o.Merchant.Email, "", ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of   store.Webhook
		want string
	}{
		{own, "conversation.opened message.created"}, {strange, ""}, {platform, "conversation.opened message.created address.suppressed"},
		{some, "message.created address.suppressed"},
	} {
		var kinds []string
		for _, d := range m.told(c.of) {
			kinds = append(kinds, string(d.Type))
		}
		if got := strings.Join(kinds, " "); got != c.want {
			t.Errorf("webhook %d was told %q, want %q", c.of.ID, got, c.want)
		}
	}
	// The merchant has no id of the platform's: it is known by its conversations.
	list := m.told(some)
	var f struct{ Conversations []string }
	if err := json.Unmarshal(list[1].Data, &f); err != nil || len(f.Conversations) != 1 {
		t.Errorf("%s, %v", list[1].Data, err)
	}
	if _, err := m.PutWebhook(ctx, own.ID, own.URL, nil, false); err != nil {
		t.Fatal(err)
	}
	if _, err := m.OpenConversation(ctx, opening(m.partner.ID, "omar"), store.Request{}); err != nil {
		t.Fatal(err)
	}
	if n := len(m.told(own)); n != 2 {
		t.Errorf("%d events for an endpoint that is disabled", n)
	}
}

// TestNothingIsToldOfWhatDidNotHappen: an event is written with what it tells of, or
// not at all.
func TestNothingIsToldOfWhatDidNotHappen(t *testing.T) {
	m := newMarket(t)
	m.hook(0)
	m.exec(`alter table recipients add constraint no_more check (false) not valid`)
	if _, err := m.OpenConversation(t.Context(), opening(m.partner.ID, "nadia"), store.Request{}); err == nil {
		t.Fatal("the transaction was to fail")
	}
	if n := m.value(`select count(*)::text from webhook_events`); n != "0" {
		t.Errorf("%s events of nothing", n)
	}
}

// TestNobodyListens: without endpoints no event is written.
func TestNobodyListens(t *testing.T) {
	m := newMarket(t)
	if _, err := m.OpenConversation(t.Context(), opening(m.partner.ID, "nadia"), store.Request{}); err != nil {
		t.Fatal(err)
	}
	if n := m.value(`select count(*)::text from webhook_events`); n != "0" {
		t.Errorf("%s events for nobody", n)
	}
}
