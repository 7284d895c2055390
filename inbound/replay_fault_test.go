package inbound

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/store"
)

// dump is everything that the database and the blob store hold.
func (m *market) dump() string {
	m.t.Helper()
	var b strings.Builder
	tables := m.value(`select string_agg(table_name, ' ' order by table_name) from information_schema.tables where table_schema = 'public'`)
	for table := range strings.FieldsSeq(tables) {
		fmt.Fprintf(&b, "%s\n%s\n", table, m.value(`select coalesce(string_agg(t::text, E'\n' order by t::text), '') from "`+table+`" t`))
	}
	b.WriteString(m.value(`select string_agg(sequencename || ' ' || coalesce(last_value, 0), E'\n' order by sequencename) from pg_sequences`))
	return b.String() + "\n" + strings.Join(m.kept(), "\n")
}

// mixture fills the ledger with mail that a replay has all kinds of work with.
func (m *market) mixture() {
	m.t.Helper()
	to := m.address(m.maja)
	deliver := func(raw string) { m.server.deliver(m.t, to, raw) }
	m.send("POISON one")
	raw, _ := bigReply(m, to, 300_000) // with a blob of its own
	deliver(strings.Replace(raw, "Here it is.", "POISON two", 1))
	deliver(m.reply("maja@home.example", to, "From home"))
	deliver(m.reply("eve@evil.example", to, "From a stranger"))
	m.send(quotingReply)
	again := m.reply("maja@lind.example", to, "Twice")
	deliver(again)
	deliver(again)
	m.send("> only a quote\n> of two lines")
	m.send("POISON, broken STILL")
	m.send("Deleted")
	m.read(10, poison("POISON"))
	m.exec(fmt.Sprintf(`insert into member_addresses (member_id, address) values (%d, 'maja@home.example')`, m.maja.ID))
	m.exec(`update messages set body = 'Cut too short' where body like 'Yes, gladly%'`)
	m.exec(`update messages set deleted_at = now() where body = 'Deleted'`)
	m.exec(`update inbound set reader = 0`)
}

// mixtureChanges is what a replay does with them.
var mixtureChanges = []Change{Posted, Posted, Posted, Unchanged, Reworded, Unchanged, Unchanged, Unchanged, Failed, Left}

// TestDryRunChangesNothing compares all that there is before and after, and then
// what was promised with what happens.
func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.mixture()
	p := m.newReplay()
	p.ingest.hook = panicOver("STILL")
	before := m.dump()
	promised := p.all(t, store.ReplayFilter{}, true)
	if d := cmp.Diff(before, m.dump()); d != "" {
		t.Errorf("a dry run changed the database (-before +after):\n%s", d)
	}
	if len(before) < 5000 {
		t.Fatalf("the dump is only\n%s", before)
	}
	m.want(promised, mixtureChanges...)
	done := p.all(t, store.ReplayFilter{}, false)
	for i := range done { // the rest of an error is addresses in memory
		promised[i].Is.Error = firstLine(promised[i].Is.Error)
		done[i].Is.Error = firstLine(done[i].Is.Error)
	}
	if d := cmp.Diff(promised, done); d != "" {
		t.Errorf("promised and done differ (-promised +done):\n%s", d)
	}
	if m.dump() == before {
		t.Error("the replay changed nothing either")
	}
}

// TestReplayKilled ends a replay, as far as it can tell, at each point between
// two effects, and lets another one go over all mail again.
func TestReplayKilled(t *testing.T) {
	t.Parallel()
	want := func(t *testing.T, m *market) {
		t.Helper()
		bodies := m.bodies()
		slices.Sort(bodies)
		if d := cmp.Diff([]string{"From home", "POISON one", "POISON two", "Twice", "Yes, gladly.\n\nMaja"}, bodies); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		if n := m.count("notifications where kind = 'relay'"); n != "6" { // with that of the deleted one
			t.Errorf("%s relays, want 6", n)
		}
		if n := m.count("notifications where kind = 'answer' and question_id is null"); n != "1" {
			t.Errorf("%s answers, want 1", n)
		}
	}
	for _, point := range []string{"loaded", "read", "compose", "judged", "written"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, memoryServer(t))
			m.mixture()
			// One mail further each time, until it comes through.
			for killed := 0; ; killed++ {
				ctx, kill := context.WithCancel(t.Context())
				seen := 0
				hook := func(at string) {
					if at == point {
						if seen++; seen == killed+1 {
							kill()
						}
					}
				}
				p := m.newReplay()
				p.hook = hook
				p.ingest.hook = func(at string, raw []byte) {
					hook(at)
					panicOver("STILL")(at, raw)
				}
				err := p.Run(ctx, store.ReplayFilter{}, false, func(Replayed) error { return nil })
				kill()
				if err == nil {
					break
				}
				if killed > 20 {
					t.Fatal(err)
				}
			}
			want(t, m)
		})
	}
}

// TestTwoReplaysAtOnce lets two replays judge each mail before either writes,
// with a poller running.
func TestTwoReplaysAtOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.mixture()
	poller := m.start()
	var judged sync.Mutex // guards arrived
	arrived := make(map[int]chan struct{})
	// meet waits until both have come to it for the n-th time.
	meet := func(n int) {
		judged.Lock()
		both, waited := arrived[n]
		if !waited {
			both = make(chan struct{})
			arrived[n] = both
		}
		judged.Unlock()
		if waited {
			close(both)
			return
		}
		select {
		case <-both:
		case <-time.After(deadline):
			t.Error("the other replay did not come")
		}
	}
	var lists [2][]Replayed
	var work sync.WaitGroup
	for i := range lists {
		p := m.newReplay()
		p.ingest.hook = panicOver("STILL")
		n := 0
		p.hook = func(at string) {
			if at == "judged" {
				n++
				meet(n)
			}
		}
		work.Go(func() { lists[i] = p.all(t, store.ReplayFilter{}, false) })
	}
	work.Wait()
	poller.again(1)
	for i, c := range mixtureChanges {
		got := []Change{lists[0][i].Change, lists[1][i].Change}
		want := []Change{c, Skipped}
		if c == Failed || c == Left {
			want[1] = c // nothing to be overtaken in
		}
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("mail %d (-want +got):\n%s", i, d)
		}
	}
	bodies := m.bodies()
	slices.Sort(bodies)
	if d := cmp.Diff([]string{"From home", "POISON one", "POISON two", "Twice", "Yes, gladly.\n\nMaja"}, bodies); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}
