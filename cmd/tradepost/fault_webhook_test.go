package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestKilledWorkersLoseNoEvent kills a worker in the middle of an endpoint's turn and
// flushes Redis: each event comes, and none but those in flight twice.
func TestKilledWorkersLoseNoEvent(t *testing.T) {
	t.Parallel()
	const events, inFlight = 150, 4
	w := newTown(t, map[string]string{"TRADEPOST_WEBHOOK_ALLOW_HTTP": "true", "TRADEPOST_WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8"})
	flusher := redis.NewClient(&redis.Options{Network: w.redis.Network(), Addr: w.redis.Addr()})
	defer flusher.Close()
	got := make(chan string, 10*events)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct{ Data struct{ Conversation string } }
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			t.Error(err)
		}
		got <- r.Header.Get("webhook-id") + " " + event.Data.Conversation
		<-time.After(5 * time.Millisecond)
	}))
	defer hook.Close()
	endpoint, _, err := w.st.AddWebhook(t.Context(), store.Webhook{URL: hook.URL, Events: []tradepost.EventType{tradepost.EventConversationOpened}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		w.contact(fmt.Sprintf("m%d", i))
	}
	seen := make(map[string]int)
	next := func() {
		t.Helper()
		select {
		case id := <-got:
			seen[id]++
		case <-time.After(60 * time.Second):
			t.Fatalf("%d of %d events came", len(seen), events)
		}
	}
	victim := w.start("worker")
	for len(seen) < events/3 {
		next()
	}
	victim.kill()
	if err := flusher.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	last := w.start("worker")
	for len(seen) < events {
		next()
	}
	eventually(t, "the record of the last", func() bool {
		after, err := w.st.Webhook(t.Context(), endpoint.ID)
		return err == nil && after.Pending+after.Dead == 0
	})
	last.stop()
	twice := 0
	for len(got) > 0 {
		next()
	}
	for _, n := range seen {
		twice += n - 1
	}
	if twice > inFlight || len(seen) != events {
		t.Errorf("%d events came, %d of them twice; %d were in flight", len(seen), twice, inFlight)
	}
}
