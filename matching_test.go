package tradepost

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func drawCandidates(t *rapid.T) []Candidate {
	services := []string{"Audit", "AUDIT", "Theme design"}
	languages := [][]string{nil, {"sv"}, {"de", "sv"}, {"de"}}
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Candidate {
		c := Candidate{
			PartnerID: rapid.Int64Range(1, 12).Draw(t, "partner"), ServiceID: rapid.Int64Range(1, 1000).Draw(t, "service"),
			Published: rapid.IntRange(0, 4).Draw(t, "published") > 0, Service: rapid.SampledFrom(services).Draw(t, "name"),
			Languages: rapid.SampledFrom(languages).Draw(t, "languages"), Leads: rapid.IntRange(0, 3).Draw(t, "leads"),
		}
		if c.Leads > 0 {
			c.LastLead = time.Unix(rapid.Int64Range(1, 4).Draw(t, "last"), 0)
		}
		return c
	}), 0, 30, func(c Candidate) int64 { return c.ServiceID }).Draw(t, "candidates")
}

// TestMatch holds the rule to its words.
func TestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		candidates := drawCandidates(t)
		w := Wanted{Service: "audit", Language: rapid.SampledFrom([]string{"", "sv", "de", "fi"}).Draw(t, "language")}
		count := rapid.IntRange(-1, 15).Draw(t, "count")
		got := Match(w, slices.Clone(candidates), count)
		if len(got) > max(count, 0) {
			t.Fatalf("%d of at most %d", len(got), count)
		}
		named := func(c Candidate) bool { return w.Language != "" && slices.Contains(c.Languages, w.Language) }
		seen := make(map[int64]bool)
		for i, c := range got {
			if !c.Published || c.Service == "Theme design" || seen[c.PartnerID] || w.Language != "" && len(c.Languages) > 0 && !named(c) {
				t.Fatalf("%+v was selected", c)
			}
			seen[c.PartnerID] = true
			if i == 0 {
				continue
			}
			before := got[i-1]
			switch {
			case named(before) != named(c):
				if named(c) {
					t.Fatalf("%+v comes before %+v, which names the language", before, c)
				}
			case before.Leads != c.Leads:
				if before.Leads > c.Leads {
					t.Fatalf("%+v comes before %+v, which has fewer leads", before, c)
				}
			case !before.LastLead.Equal(c.LastLead):
				if before.LastLead.After(c.LastLead) {
					t.Fatalf("%+v comes before %+v, which has waited longer", before, c)
				}
			case before.PartnerID > c.PartnerID:
				t.Fatalf("%+v comes before %+v", before, c)
			}
		}
		// Nobody who would do is left out while there is room.
		if len(got) < count {
			for _, c := range candidates {
				if w.Score(c) > 0 && !seen[c.PartnerID] {
					t.Fatalf("%+v was left out", c)
				}
			}
		}
		shuffled := rapid.Permutation(candidates).Draw(t, "order")
		if again := Match(w, shuffled, count); !cmp.Equal(got, again) {
			t.Fatalf("in another order: %s", cmp.Diff(got, again))
		}
	})
}

// TestLeadsNeverOutweigh: however many leads, the language counts for more.
func TestLeadsNeverOutweigh(t *testing.T) {
	busy := Candidate{PartnerID: 1, Published: true, Service: "Audit", Languages: []string{"sv"}, Leads: 1 << 40}
	idle := Candidate{PartnerID: 2, Published: true, Service: "Audit"}
	w := Wanted{Service: "Audit", Language: "sv"}
	if w.Score(busy) <= w.Score(idle) || w.Score(idle) <= 0 {
		t.Errorf("%d %d", w.Score(busy), w.Score(idle))
	}
}
