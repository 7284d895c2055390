package demo_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/demo"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

func TestSampleIsValid(t *testing.T) {
	sample := demo.Sample()
	if first := sample[0]; !first.Published || len(first.Services) < 2 || len(first.Members) < 2 {
		t.Errorf("the first partner is %+v", first)
	}
	for _, m := range sample[0].Members {
		if m.Alert != "" || m.Digest != "" {
			t.Errorf("%s of the first partner has settings of their own", m.Name)
		}
	}
	if !slices.ContainsFunc(sample, func(p store.Partner) bool { return !p.Published }) {
		t.Error("every partner is published")
	}
	addresses := make(map[string]bool)
	once := func(address string) {
		if addresses[address] || !strings.HasSuffix(address, ".example") {
			t.Errorf("%s is used twice or could be somebody's", address)
		}
		addresses[address] = true
	}
	for _, p := range sample {
		for _, m := range p.Members {
			once(m.Email)
		}
	}
	noStore := false
	for _, m := range demo.Merchants() {
		once(m.Email)
		noStore = noStore || m.Role == tradepost.MerchantNoStore
		if err := (tradepost.Opening{Kind: tradepost.KindService, Service: "x", Body: "x", Merchant: m}).Validate(); err != nil {
			t.Errorf("merchant %s: %v", m.Name, err)
		}
	}
	if !noStore {
		t.Error("every merchant has a store")
	}
}

// alerts are the members that a first mail is due to.
func alerts(t *testing.T, st *store.Store) int {
	t.Helper()
	due, err := st.Offer(t.Context(), tradepost.Alert, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(due)
}

func TestSeed(t *testing.T) {
	st := storetest.New(t)
	for range 3 {
		if err := demo.Seed(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	partners, err := st.Partners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sample := demo.Sample()
	if len(partners) != len(sample) {
		t.Fatalf("%d partners, want %d", len(partners), len(sample))
	}
	for i, p := range partners {
		if p.Name != sample[i].Name {
			t.Errorf("partner %d is %s, want %s", i, p.Name, sample[i].Name)
		}
	}
	conversations, err := st.Conversations(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(conversations) != 1 || conversations[0].PartnerID != partners[1].ID {
		t.Errorf("conversations: %+v", conversations)
	}
	if n := alerts(t, st); n != len(partners[1].Members) {
		t.Errorf("%d alerts are due, want one for each member of the second partner", n)
	}
	boxes := demo.Mailboxes(st, slog.New(slog.DiscardHandler))(t.Context())
	if len(boxes) != 8+len(demo.Merchants()) || boxes[0].Role != "member of Studio Lind" {
		t.Errorf("mailboxes: %+v", boxes)
	}
}

func TestSeedCompletesWhatACrashLeft(t *testing.T) {
	st := storetest.New(t)
	if _, err := st.AddPartner(t.Context(), demo.Sample()[0]); err != nil {
		t.Fatal(err)
	}
	if err := demo.Seed(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	partners, err := st.Partners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(partners) != len(demo.Sample()) || alerts(t, st) == 0 {
		t.Errorf("%d partners, want %d and an alert", len(partners), len(demo.Sample()))
	}
}

func TestSeedLeavesOthersAlone(t *testing.T) {
	st := storetest.New(t)
	if _, err := st.AddPartner(t.Context(), store.Partner{Name: "Somebody else's", Published: true}); err != nil {
		t.Fatal(err)
	}
	if err := demo.Seed(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	partners, err := st.Partners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(partners) != 1 {
		t.Errorf("%d partners, want the one that was there", len(partners))
	}
}
