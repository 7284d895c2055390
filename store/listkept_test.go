package store_test

import (
	"errors"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// agree compares what lists keep with what it derives from.
func (m *market) agree(fail func(string, ...any)) {
	for what, sql := range notKept {
		if n := m.value(`select count(*)::text from (` + sql + `) s`); n != "0" {
			fail("%s: %s differ", what, n)
		}
	}
}

// TestWhatListsKeep does whatever changes a list, in any order, and then compares.
func TestWhatListsKeep(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	convs := []int64{m.open("nadia"), m.open("bo")}
	members := []int64{m.partner.Members[0].ID, m.partner.Members[1].ID}
	messages := map[int64][]int64{}
	for _, c := range convs {
		_, opening, err := m.Opened(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		messages[c] = []int64{opening}
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := rapid.SampledFrom(convs).Draw(rt, "conversation")
		by := rapid.SampledFrom(members).Draw(rt, "member")
		pick := func() int64 { return rapid.SampledFrom(messages[c]).Draw(rt, "message") }
		command := func(verb tradepost.Verb, text string, tags ...string) func() error {
			return func() error {
				_, err := m.Act(t.Context(), c, by, tradepost.Command{Verb: verb, Text: text, Tags: tags}, 0, tradepost.ViaAPI)
				return err
			}
		}
		acts := map[string]func() error{
			"write":  func() error { messages[c] = append(messages[c], m.write(c, "More.")); return nil },
			"answer": func() error { messages[c] = append(messages[c], m.answer(c, by, "So.")); return nil },
			"mark":   func() error { return m.Mark(t.Context(), c, pick(), by, "👍") },
			"unmark": func() error { return m.Unmark(t.Context(), c, pick(), by) },
			"delete": func() error { return m.DeleteMessage(t.Context(), c, pick()) },
			"read":   func() error { return m.Read(t.Context(), c, by, pick()) },
			"/done":  command(tradepost.VerbDone, ""), "/unmark": command(tradepost.VerbUnmark, ""), "/undo": command(tradepost.VerbUndo, ""),
			"/tag": command(tradepost.VerbTag, "", "Vår"), "/untag": command(tradepost.VerbUntag, "", "vår"),
			"renamed": func() error {
				o := opening(m.partner.ID, "nadia")
				o.Merchant.Name = rapid.SampledFrom([]string{"Nadia", "Zoë"}).Draw(rt, "name")
				_, err := m.OpenConversation(t.Context(), o, store.Request{})
				return err
			},
		}
		names := []string{"write", "answer", "mark", "unmark", "delete", "read", "/done", "/unmark", "/undo", "/tag", "/untag", "renamed"}
		for range rapid.IntRange(1, 8).Draw(rt, "acts") {
			name := rapid.SampledFrom(names).Draw(rt, "act")
			if err := acts[name](); err != nil && !errors.Is(err, tradepost.ErrNotFound) && !errors.Is(err, tradepost.ErrRefused) {
				rt.Fatalf("%s: %v", name, err)
			}
		}
		m.agree(rt.Errorf)
	})
}

// TestWhatListsKeepAtOnce has all of them happen side by side.
func TestWhatListsKeepAtOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	c := m.open("nadia")
	_, opening, err := m.Opened(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			by := m.partner.Members[i%2].ID
			for range 12 {
				id, err := m.AddMessage(t.Context(), c, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, "More.", nil, store.Request{})
				if err == nil && i%4 == 0 {
					err = m.DeleteMessage(t.Context(), c, id)
				}
				if err == nil {
					err = m.Read(t.Context(), c, by, id)
				}
				if err == nil {
					err = m.Mark(t.Context(), c, opening, by, "👍")
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	m.agree(t.Errorf)
}
