package store_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// A million (two minutes on two cores, 3 GB; TRADEPOST_TEST_DISK=1 keeps them out of
// memory) passes with the same bounds.
var listsConversations = flag.Int("lists.conversations", 20_000, "conversations of the market whose lists are explained, with three messages each")

// Bounds of what a page of 50 touches, in PostgreSQL's pages of 8 kB: for each
// conversation four to find and forty to show it; for a search, those that it looks
// through, with their merchants, and what its index of merchants gives.
const (
	foundWithin    = 51 * 5
	shownWithin    = 51 * 45
	searchedWithin = 16_000
)

// TestListPlans asks PostgreSQL how it finds pages of lists, for the partners, members
// and tags that have the most and the fewest.
func TestListPlans(t *testing.T) {
	t.Parallel()
	n := *listsConversations
	m := seeded(t, sampleMarket(t, max(n/10, 10), n, 3*n, 3))
	samples, err := m.ListSamples(t.Context(), int64(n/100), 20)
	if err != nil {
		t.Fatal(err)
	}
	growing := []string{"conversations", "messages", "recipients", "merchants", "marks", "conversation_tags", "unread", "first_contacts"}
	check := func(what string, f store.Filter, within [2]int) store.ListCost {
		f.Limit = 51
		c, err := m.ListCost(t.Context(), f)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, table := range c.Scanned {
			if slices.Contains(growing, table) {
				t.Errorf("%s reads %s from end to end:\n%s", what, table, strings.Join(c.Plans, "\n"))
			}
		}
		if c.Found > within[0] || c.Shown > within[1] {
			t.Errorf("%s: %d pages to find and %d to show, of %d and %d:\n%s", what, c.Found, c.Shown, within[0], within[1], strings.Join(c.Plans, "\n"))
		}
		t.Logf("%s: %d rows, %d pages to find and %d to show them", what, c.Rows, c.Found, c.Shown)
		return c
	}
	list, search := [2]int{foundWithin, shownWithin}, [2]int{searchedWithin, searchedWithin + shownWithin}
	words := []string{"exa", "juniper", "juniper kettle", "zzqx zzqx", samples[0].Old}
	for _, w := range words {
		check("everywhere "+w, store.Filter{Search: w}, search)
	}
	check("everything", store.Filter{}, list)
	for _, s := range samples {
		of := fmt.Sprintf("of %d: ", s.Conversations)
		second, err := m.Conversations(t.Context(), store.Filter{PartnerID: s.PartnerID, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		last := second[len(second)-1]
		before := store.Position{LastAt: last.LastAt, ID: last.ID}
		for what, f := range map[string]store.Filter{
			"all": {}, "new": {New: true}, "marked": {Marked: true}, "an emoji": {Mark: "✅"}, "a kind": {Kind: tradepost.KindIntegration},
			"unread by the busy": {UnreadBy: s.Busy.ID}, "unread by the quiet": {UnreadBy: s.Quiet.ID},
			"common tag": {Tag: s.Common.Name}, "rare tag": {Tag: s.Rare.Name}, "an unknown tag": {Tag: "zzqx"},
		} {
			f.PartnerID, f.Member = s.PartnerID, s.Busy.ID
			if what == "common tag" && f.Tag == "" || what == "rare tag" && f.Tag == "" {
				continue // it has no tags
			}
			check(of+what, f, list)
			f.Before = before
			check(of+what+", the second page", f, list)
		}
		for _, w := range words {
			check(of+"search "+w, store.Filter{PartnerID: s.PartnerID, Member: s.Busy.ID, Search: w}, search)
		}
	}
}

// TestListWaysAgree finds each search's page both ways: what is common in the window,
// what isn't by its merchants, and all of it in the order of the list.
func TestListWaysAgree(t *testing.T) {
	t.Parallel()
	m := seeded(t, sampleMarket(t, 10, 4000, 8000, 5))
	samples, err := m.ListSamples(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, partner := range []int64{0, samples[0].PartnerID} {
		for _, w := range []string{"juniper", "juniper kettle", "exa", "kettle 2", samples[0].Old, "å"} {
			if partner == 0 && w == "å" {
				continue // too short
			}
			var got, want []int64
			f := store.Filter{PartnerID: partner, Search: w, Limit: 30}
			for { // page by page
				list, err := m.Conversations(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range list {
					got = append(got, l.ID)
				}
				if len(list) < f.Limit {
					break
				}
				f.Before = store.Position{LastAt: list[len(list)-1].LastAt, ID: list[len(list)-1].ID}
			}
			rows, err := m.pool.Query(t.Context(), `select c.id from conversations c join merchants m on m.id = c.merchant_id
				where ($1 = 0 or c.partner_id = $1) and strpos(m.search, case when $2 = 'å' then 'a' else $2 end) > 0 order by c.last_at desc, c.id desc`, partner, w)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					t.Fatal(err)
				}
				want = append(want, id)
			}
			if rows.Err() != nil || !slices.Equal(got, want) {
				t.Errorf("partner %d, %q: %d conversations, want %d: %v", partner, w, len(got), len(want), rows.Err())
			}
		}
	}
}
