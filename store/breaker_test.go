package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestBudgets(t *testing.T) {
	limits := tradepost.Budgets{Sender: 3, Conversation: 5, Domain: 6, Repeat: 2}
	const long = "a text that is long enough to be an autoresponder's"
	for _, c := range []struct {
		name, scope string
		post        func(m *market, n int, convs []int64) store.Posting
		pass        int
	}{
		{"sender", "sender", func(m *market, n int, convs []int64) store.Posting {
			return mail(byte(n), m.part(convs[n], fmt.Sprint(n)))
		}, 3},
		{"domain", "domain", func(m *market, n int, convs []int64) store.Posting {
			p := mail(byte(n), m.part(convs[n], fmt.Sprint(n)))
			p.Sender = fmt.Sprintf("ny%d@11.example", n)
			return p
		}, 6},
		{"conversation", "conversation", func(m *market, n int, convs []int64) store.Posting {
			p := mail(byte(n), m.part(convs[0], fmt.Sprint(n)))
			p.Sender = fmt.Sprintf("maja@%d.example", n)
			return p
		}, 5},
		{"repeat", "repeat", func(m *market, n int, convs []int64) store.Posting {
			r := m.part(convs[0], long)
			r.TextKey = [32]byte{7}
			p := mail(byte(n), r)
			p.Sender = fmt.Sprintf("maja@%d.example", n)
			return p
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMarket(t, func(o *store.Options) { o.Budgets = limits })
			var convs []int64
			for i := range 10 {
				convs = append(convs, m.open(fmt.Sprint("merchant", i)))
			}
			posted := 0
			for n := range 8 {
				in := m.arrived()
				got := m.post(in, c.post(m, n, convs))
				switch {
				case got.State == store.InboundPosted && n == posted:
					posted++
				case got.State != store.InboundHeld || got.Reason != tradepost.ReasonTooMany || (len(got.Tripped) > 0) != (n == c.pass):
					t.Errorf("mail %d: %+v", n, got)
				case m.ledger(in.Ref) != "held breaker 0":
					t.Errorf("mail %d: %s", n, m.ledger(in.Ref))
				}
			}
			if posted != c.pass {
				t.Errorf("%d mails were posted of %d", posted, c.pass)
			}
			list, err := m.Breakers(t.Context(), 10)
			if err != nil || len(list) != 1 || string(list[0].Scope) != c.scope || list[0].Held != 8-c.pass || list[0].Detail == "" {
				t.Fatalf("%+v, %v", list, err)
			}
			released, err := m.ResetBreaker(t.Context(), list[0].ID, "ops", true)
			if err != nil || released != 8-c.pass {
				t.Fatal(released, err)
			}
			for n := c.pass; n < 8; n++ {
				in := m.next()
				if got := m.post(in, c.post(m, n, convs)); got.State != store.InboundPosted || !in.Release.Breakers || in.Release.By != "ops" {
					t.Errorf("released mail %d: %+v, %+v", n, got, in.Release)
				}
			}
			if got := m.post(m.arrived(), c.post(m, 9, convs)); got.State != store.InboundPosted {
				t.Errorf("after the reset: %+v", got)
			}
			list, err = m.Breakers(t.Context(), 10)
			if err != nil || len(list) != 1 || list[0].ResetBy != "ops" || list[0].ResetAt.IsZero() || list[0].Held != 0 {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
}

func TestBudgetsSayNoMoreThanOnce(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.Budgets.Sender = 1 })
	conv := m.open("nadia")
	for n := range byte(5) {
		p := mail(n, m.part(conv, "x"))
		p.Tell = n != 1
		m.post(m.arrived(), p)
	}
	if got := told(m.answers()); got != "breaker to "+majas {
		t.Error(got)
	}
	if err := m.SweepBudgets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := m.number(`select count(*) from budgets`); n != 1 {
		t.Errorf("%d counts of this hour, of the one scope that is bounded", n)
	}
	m.exec(`update budgets set hour = hour - interval '3 hours'`)
	m.exec(`insert into repeats values ($1, 'member', decode(repeat('00', 32), 'hex'), now() - interval '3 days', 1)`, conv)
	if err := m.SweepBudgets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := m.number(`select (select count(*) from budgets) + (select count(*) from repeats)`); n != 0 {
		t.Errorf("%d counts are left", n)
	}
}

// TestBudgetsOfManyPollers: of mails that are judged at once, as many are posted
// as the budget allows.
func TestBudgetsOfManyPollers(t *testing.T) {
	const limit, mails = 7, 24
	m := newMarket(t, func(o *store.Options) { o.Budgets.Sender = limit })
	conv, other := m.open("nadia"), m.open("bo")
	var all []store.Inbound
	for range mails {
		m.arrive()
	}
	for range mails {
		in := m.next()
		all = append(all, in)
		m.exec(`update inbound set retry_at = now() + interval '1 hour' where id = $1`, in.ID)
	}
	var mu sync.Mutex
	states := make(map[store.InboundState]int)
	var wg sync.WaitGroup
	for i, in := range all {
		wg.Go(func() {
			parts := []store.Reply{m.part(conv, "a"), m.part(other, "b")}
			if i%2 == 0 {
				parts[0], parts[1] = parts[1], parts[0]
			}
			got, err := m.PostReply(t.Context(), in, store.Reading{}, mail(byte(i), parts...))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			states[got.State]++
		})
	}
	wg.Wait()
	if states[store.InboundPosted] != limit || states[store.InboundHeld] != mails-limit {
		t.Error(states)
	}
	if list, err := m.Breakers(t.Context(), 10); err != nil || len(list) != 1 || list[0].Held != mails-limit {
		t.Errorf("%+v, %v", list, err)
	}
}
