package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
	"github.com/tradepost-mail/tradepost/worker"
)

// faultyTown is a post that has a server full of faults, teams that are written
// to, and merchants that are answered.
type faultyTown struct {
	*post
	server    *faultyServer
	teams     []store.Partner // each has one who wants alerts and one who doesn't
	answering store.Partner   // one who wants no mail, and writes to merchants
	threads   []int64         // one of each merchant with the answering partner
	busy      int64           // that of a merchant whose domain complains
	letters   int             // messages written so far, each with its number in it
	merchants int
	relays    int
	stopClock func()
}

// newFaultyTown makes so many teams and answered merchants. One in ten of their
// addresses is refused for good, in one of three ways.
func newFaultyTown(t *testing.T, teams, merchants int) *faultyTown {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("TRADEPOST_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TRADEPOST_TEST_SEED=%d", seed)
	// Digests come with every second, for all at the same time.
	f := &faultyTown{post: newPost(t, func(o *store.Options) { o.Clock = tradepost.Clock{Hour: time.Second, Align: true} }),
		server: startFaulty(t, seed)}
	var addresses []string
	partner := func(p store.Partner) store.Partner {
		p.Published, p.Services = true, []store.Service{{Name: "Store migration"}}
		p, err := f.AddPartner(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for i := range teams {
		ada, bo := fmt.Sprintf("ada@team%d.example", i), fmt.Sprintf("bo@team%d.example", i)
		f.teams = append(f.teams, partner(store.Partner{Name: fmt.Sprintf("Team %d", i), Members: []store.Member{
			{Name: "Ada", Email: ada, Role: "owner"}, {Name: "Bo", Email: bo, Alert: tradepost.AlertNever}}}))
		addresses = append(addresses, ada, bo)
	}
	f.answering = partner(store.Partner{Name: "Answering", Members: []store.Member{
		{Name: "Mia", Email: "mia@answering.example", Alert: tradepost.AlertNever, Digest: tradepost.DigestOff}}})
	for i := range merchants {
		email := fmt.Sprintf("owner@shop%d.example", i)
		f.threads = append(f.threads, f.open(f.answering, email))
		addresses = append(addresses, email)
	}
	f.busy = f.open(f.answering, "owner@busy.example")
	f.server.busy["busy.example"] = true

	ways := []refused{
		{reply: "550 5.1.1 No such user here", unknown: true},
		{reply: "550 5.7.1 Refused by local policy"},
		{reply: "554 5.6.0 We do not like what it says", atDot: true},
	}
	for i, at := range rand.New(rand.NewPCG(seed, 0)).Perm(len(addresses))[:len(addresses)/10] {
		f.server.refuses[addresses[at]] = ways[i%len(ways)]
	}
	f.stopClock = f.hurry()
	return f
}

// hurry is the test's clock: a wait for another attempt, of seconds to minutes,
// is over at the next look. It returns what stops it.
func (f *faultyTown) hurry() func() {
	pool := storetest.Pool(f.t, f.url)
	ctx, cancel := context.WithCancel(f.t.Context())
	var looking sync.WaitGroup
	looking.Go(func() {
		look := time.NewTicker(100 * time.Millisecond)
		defer look.Stop()
		for {
			_, err := pool.Exec(ctx, `update notifications set due_at = now() where state in ('pending', 'unknown') and due_at > now()`)
			if err != nil && ctx.Err() == nil {
				f.t.Error(err)
			}
			select {
			case <-look.C:
			case <-ctx.Done():
				return
			}
		}
	})
	stop := func() { cancel(); looking.Wait() }
	f.t.Cleanup(stop)
	return stop
}

// text is what a message says: a number that no other has.
func (f *faultyTown) text() string {
	f.letters++
	return fmt.Sprintf("Hello, parcel-%05d is about this.", f.letters)
}

func (f *faultyTown) open(to store.Partner, email string) int64 {
	f.t.Helper()
	f.merchants++
	id, err := f.OpenConversation(f.t.Context(), tradepost.Opening{
		PartnerID: to.ID, Kind: tradepost.KindService, Service: "Store migration", Body: f.text(),
		Merchant: tradepost.Merchant{ExternalID: strconv.Itoa(f.merchants), Name: "Nadia", Email: email, Role: tradepost.MerchantOwner,
			StoreName: "Atelier Nord", StoreURL: "https://nord.example"},
	}, store.Request{})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

// wave writes what asks for so many alerts, three times as many tellings by
// digest, and twice as many relays.
func (f *faultyTown) wave(n int) {
	f.t.Helper()
	for range n {
		conv := f.open(f.teams[f.merchants%len(f.teams)], fmt.Sprintf("nadia%d@strangers.example", f.merchants))
		f.write(conv, store.Author{Role: tradepost.AuthorMerchant}, f.text())
		for range 2 {
			f.relays++
			f.write(f.threads[f.relays%len(f.threads)], store.Author{Role: tradepost.AuthorMember, MemberID: f.answering.Members[0].ID}, f.text())
		}
	}
}

// begun waits until all that was written has gone out once, or been told by then.
func (f *faultyTown) begun() {
	f.t.Helper()
	f.until("a first attempt of everything", `select
		not exists (select from notifications where state = 'pending' and kind <> 'digest' and attempts = 0)
		and not exists (select from recipients where outcome is null and notification_id is null and member_id is not null)`)
}

// settled waits until nothing is on its way and nobody is to be told of anything.
func (f *faultyTown) settled() {
	f.t.Helper()
	f.until("the end of everything", `select
		not exists (select from notifications where state in ('pending', 'sending') or state = 'unknown' and due_at is not null)
		and not exists (select from recipients where outcome is null)`)
}

// sender starts a worker that says helo to the server. kill ends it without
// grace: letters are cut off where they are, and if it loses its database, too,
// nobody writes down what came of them.
func (f *faultyTown) sender(helo string, limits map[string]mailer.Limit) (kill func(losesDatabase bool)) {
	f.t.Helper()
	pool, err := mailer.NewPool(mailer.Options{Host: "127.0.0.1", Port: f.server.port(), TLS: mailer.NoTLS, HELO: helo,
		DataTimeout: patience, SetAside: 20 * time.Millisecond, Limits: limits, Connections: 5})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { pool.Close() })
	o := storetest.Options(f.t)
	o.Clock = f.clock
	st := storetest.OpenURL(f.t, f.url, o)
	stop := f.start(func(o *worker.Options) {
		o.Store, o.Pool, o.StopWithin = st, pool, time.Nanosecond
		o.OfferAgain, o.Poll = 500*time.Millisecond, 50*time.Millisecond
		o.Log = slog.New(slog.DiscardHandler) // thousands of lines; the audit names what went wrong
	})
	return func(losesDatabase bool) {
		var closing sync.WaitGroup
		if losesDatabase {
			// It refuses queries at once and ends when the worker stops listening.
			closing.Go(st.Close)
			for refused := error(nil); refused == nil; {
				_, refused = st.Now(f.t.Context())
			}
		}
		stop()
		closing.Wait()
	}
}

// A server that has one fault after another, and then calms down.
func TestFaultyServerByTurns(t *testing.T) {
	t.Parallel()
	f := newFaultyTown(t, 10, 10)
	f.sender("first.test", nil)
	f.sender("second.test", nil)
	for _, turn := range []struct {
		name   string
		faults faults
	}{
		{"greylisting", faults{greylist: 1}},
		{"421 in mid-batch", faults{closing: 0.3}},
		{"no answer to the final dot", faults{dropped: 0.3}},
		{"an answer after the sender's patience", faults{slow: 0.15}},
		{"a late answer in time", faults{late: 0.5}},
		{"one recipient in ten refused", faults{}}, // as in all turns
		{"connections of ten letters", faults{letters: 10}},
	} {
		f.server.misbehave(turn.faults)
		f.wave(6)
		f.begun()
		t.Logf("%s: %d letters at the server so far", turn.name, len(f.server.handovers()))
	}
	f.server.misbehave(faults{})
	f.settled()
	f.audit()
}

// All faults at once, while one of two workers is killed in the middle of a
// letter, first with its database at hand and then without.
func TestFaultyServerAllAtOnce(t *testing.T) {
	t.Parallel()
	f := newFaultyTown(t, 20, 20)
	all := faults{greylist: 0.3, closing: 0.05, dropped: 0.04, slow: 0.02, late: 0.1, letters: 100}
	f.server.misbehave(all)
	limits := map[string]mailer.Limit{"*": {AtOnce: 2}}
	f.sender("first.test", limits)
	f.write(f.busy, store.Author{Role: tradepost.AuthorMember, MemberID: f.answering.Members[0].ID}, f.text())
	for _, losesDatabase := range []bool{false, true} {
		kill := f.sender("second.test", limits)
		h := f.server.holdAfter("second.test", 20)
		var killing sync.WaitGroup
		killing.Go(func() {
			select {
			case <-h.reached:
			case <-time.After(deadline):
				t.Error("the second worker sent too little to be killed at it")
			}
			kill(losesDatabase)
			close(h.release)
		})
		f.wave(30)
		killing.Wait()
	}
	f.sender("second.test", limits)
	f.wave(30)
	f.settled()
	// Those that are known not to exist are not asked again, and are told of nothing.
	f.stillSuppressed(func() {
		f.wave(len(f.teams))
		f.settled()
	})
	f.audit()
	if f.lapsed() == 0 {
		t.Error("a worker was killed with its database away, and no attempt is on record as lapsed")
	}
}

// lapsed is how many attempts nobody lived to write down.
func (f *faultyTown) lapsed() (n int) {
	f.rows(`select count(*) from attempts where verdict = 'lapsed'`, func(scan func(...any) error) error { return scan(&n) })
	return n
}
