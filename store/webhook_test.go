package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestTurns(t *testing.T) {
	m := newMarket(t)
	ctx := t.Context()
	w := m.hook(0, tradepost.EventMessageCreated)
	for _, name := range []string{"nadia", "omar", "wei"} {
		if _, err := m.OpenConversation(ctx, opening(m.partner.ID, name), store.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	offered := func(want int) {
		t.Helper()
		list, err := m.OfferWebhooks(ctx, time.Hour, 10)
		if err != nil || len(list) != want {
			t.Fatalf("offered %v, %v; want %d", list, err, want)
		}
	}
	claim := func(owner uuid.UUID, limit int) store.WebhookTurn {
		t.Helper()
		turn, err := m.ClaimWebhook(ctx, w.ID, store.Lease{Owner: owner, For: time.Hour}, limit)
		if err != nil {
			t.Fatal(err)
		}
		return turn
	}
	record := func(owner uuid.UUID, event int64, a store.DeliveryAttempt) {
		t.Helper()
		a.WebhookID, a.EventID, a.At = w.ID, event, time.Now()
		if err := m.RecordDelivery(ctx, owner, a); err != nil {
			t.Fatal(err)
		}
	}
	offered(1)
	offered(0) // for an hour
	mine, theirs := uuid.New(), uuid.New()
	turn := claim(mine, 2)
	if len(turn.Due) != 2 || !turn.More || len(turn.Secrets) != 1 {
		t.Fatalf("%+v", turn)
	}
	if turn := claim(theirs, 2); turn.ID != 0 {
		t.Fatalf("two have a turn: %+v", turn)
	}
	first, second := turn.Due[0].EventID, turn.Due[1].EventID
	record(mine, first, store.DeliveryAttempt{Delivered: true, Status: 204})
	record(mine, first, store.DeliveryAttempt{Status: 500, Error: "late"}) // it stays delivered
	record(theirs, second, store.DeliveryAttempt{Status: 500, Error: "not theirs to say"})
	record(mine, second, store.DeliveryAttempt{Status: 500, Error: "HTTP status 500"})
	list := m.told(w)
	if list[0].State != store.DeliveryDelivered || list[0].Attempts != 1 || list[1].State != store.DeliveryPending || list[1].Attempts != 1 ||
		list[1].Error != "HTTP status 500" || time.Until(list[1].DueAt) < 3*time.Second {
		t.Errorf("%+v", list)
	}
	if err := m.EndWebhookTurn(ctx, w.ID, theirs, true); err != nil {
		t.Fatal(err)
	}
	if turn := claim(theirs, 2); turn.ID != 0 {
		t.Error("somebody else ended the turn")
	}
	if err := m.EndWebhookTurn(ctx, w.ID, mine, true); err != nil {
		t.Fatal(err)
	}
	offered(0) // it pauses
	m.exec(`update webhook_endpoints set offer_at = now()`)
	offered(1)
	if turn = claim(theirs, 2); len(turn.Due) != 1 || turn.More {
		t.Errorf("%+v", turn)
	}
	// The owner is gone: after its lease the turn is anybody's.
	m.exec(`update webhook_endpoints set lease_until = now(), offer_at = now()`)
	offered(1)
	if turn = claim(mine, 2); len(turn.Due) != 1 {
		t.Errorf("%+v", turn)
	}
	for attempt := 1; attempt <= tradepost.WebhookAttempts; attempt++ {
		record(mine, turn.Due[0].EventID, store.DeliveryAttempt{Error: "no answer"})
	}
	if d := m.told(w)[2]; d.State != store.DeliveryDead || d.Attempts != tradepost.WebhookAttempts {
		t.Errorf("%+v", d)
	}
	if n, err := m.ReplayDead(ctx, w.ID); n != 1 || err != nil {
		t.Errorf("%d replayed, %v", n, err)
	}
	if err := m.Replay(ctx, w.ID, first); err != nil {
		t.Error(err)
	}
	if err := m.Replay(ctx, w.ID, 99); !errors.Is(err, tradepost.ErrNotFound) {
		t.Error(err)
	}
	if turn = claim(mine, 10); len(turn.Due) != 2 || turn.Due[0].Attempts != 0 {
		t.Errorf("%+v", turn)
	}
	record(mine, first, store.DeliveryAttempt{Status: 410, Gone: true, Error: "HTTP status 410"})
	after, err := m.Store.Webhook(ctx, w.ID)
	if err != nil || !after.Gone || after.DisabledAt.IsZero() || after.Dead != 1 || after.Pending != 2 {
		t.Errorf("%+v, %v", after, err)
	}
	if turn := claim(mine, 10); turn.ID != 0 {
		t.Error("what is disabled has a turn")
	}
	if after, err = m.PutWebhook(ctx, w.ID, w.URL, nil, true); err != nil || after.Gone || !after.DisabledAt.IsZero() {
		t.Errorf("%+v, %v", after, err)
	}
	m.exec(`update webhook_events set created_at = now() - interval '31 days' where id = $1`, first)
	if n, err := m.ForgetEvents(ctx, 30*24*time.Hour, 100); n != 1 || err != nil || len(m.told(w)) != 2 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if err := m.DeleteWebhook(ctx, w.ID); err != nil {
		t.Error(err)
	}
	if err := m.DeleteWebhook(ctx, w.ID); !errors.Is(err, tradepost.ErrNotFound) {
		t.Error(err)
	}
	if n := m.value(`select count(*)::text from webhook_deliveries`); n != "0" {
		t.Errorf("%s deliveries to nowhere", n)
	}
}

func TestSecretsRotate(t *testing.T) {
	m := newMarket(t)
	ctx := t.Context()
	w, first, err := m.AddWebhook(ctx, store.Webhook{URL: "https://shop.example/"})
	if err != nil {
		t.Fatal(err)
	}
	secrets := func() []tradepost.WebhookSecret {
		t.Helper()
		turn, err := m.ClaimWebhook(ctx, w.ID, store.Lease{Owner: m.owner, For: time.Hour}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return turn.Secrets
	}
	after, second, err := m.RotateWebhookSecret(ctx, w.ID, time.Hour)
	if got := secrets(); err != nil || len(got) != 2 || got[0].Text() != second.Text() || got[1].Text() != first.Text() || after.OldUntil.IsZero() {
		t.Errorf("%d secrets, %v", len(got), err)
	}
	m.exec(`update webhook_endpoints set old_until = now()`)
	if got := secrets(); len(got) != 1 {
		t.Error("the old secret still signs")
	}
	_, third, err := m.RotateWebhookSecret(ctx, w.ID, 0)
	if got := secrets(); err != nil || len(got) != 1 || got[0].Text() != third.Text() {
		t.Errorf("%d secrets after a rotation at once, %v", len(got), err)
	}
	if _, _, err := m.RotateWebhookSecret(ctx, 99, 0); !errors.Is(err, tradepost.ErrNotFound) {
		t.Error(err)
	}
}

func TestTooManyWebhooks(t *testing.T) {
	m := newMarket(t)
	for range tradepost.MaxWebhooks {
		m.hook(m.partner.ID)
	}
	if _, _, err := m.AddWebhook(t.Context(), store.Webhook{PartnerID: m.partner.ID, URL: "https://shop.example/"}); !errors.Is(err, tradepost.ErrRefused) {
		t.Error(err)
	}
	m.hook(0)
	var faults tradepost.Invalid
	if _, _, err := m.AddWebhook(t.Context(), store.Webhook{PartnerID: 99, URL: "https://shop.example/"}); !errors.As(err, &faults) || faults[0].Field != "partner" {
		t.Error(err)
	}
}
