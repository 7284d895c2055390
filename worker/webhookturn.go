package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost/store"
)

// turn sends what is due for an endpoint until nothing is, something is not taken, or
// others wait for their turn.
func (h *Webhooks) turn(ctx context.Context, id int64) (err error) {
	lease := store.Lease{Owner: uuid.New(), For: turnFor + h.o.Timeout + 5*time.Second}
	failed, held := false, false
	over := time.Now().Add(turnFor) // no request is begun after that
	defer func() {
		if held {
			err = errors.Join(err, h.o.Store.EndWebhookTurn(ctx, id, lease.Owner, failed))
			h.ring()
		}
	}()
	for more := true; more && !failed && time.Now().Before(over) && h.stopping.Err() == nil; {
		turn, err := h.o.Store.ClaimWebhook(ctx, id, lease, deliveriesAtOnce)
		if err != nil || turn.ID == 0 {
			return err
		}
		held, more = true, turn.More
		if failed, err = h.sendAll(ctx, turn, lease.Owner, over); err != nil {
			return err
		}
	}
	return nil
}

// sendAll sends the deliveries of a claim, a few at a time, until one fails.
func (h *Webhooks) sendAll(ctx context.Context, turn store.WebhookTurn, owner uuid.UUID, over time.Time) (failed bool, err error) {
	var mu sync.Mutex
	var errs []error
	next := 0
	take := func() (d store.Delivery, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if failed || len(errs) > 0 || next == len(turn.Due) || !time.Now().Before(over) || h.stopping.Err() != nil {
			return d, false
		}
		next++
		return turn.Due[next-1], true
	}
	var senders sync.WaitGroup
	for range min(requestsAtOnce, len(turn.Due)) {
		senders.Go(func() {
			for d, ok := take(); ok; d, ok = take() {
				a := h.send(ctx, turn, d)
				err := h.o.Store.RecordDelivery(ctx, owner, a)
				mu.Lock()
				failed = failed || !a.Delivered
				if err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
			}
		})
	}
	senders.Wait()
	return failed, errors.Join(errs...)
}

// jitter spreads events over the table's waits, neighbours far apart, each attempt
// anew; see tradepost.WebhookWait.
func jitter(d store.Delivery) float64 {
	return float64(uint32(d.EventID+int64(d.Attempts)<<16)*2654435769) / (1 << 32)
}

// send makes one request.
func (h *Webhooks) send(ctx context.Context, turn store.WebhookTurn, d store.Delivery) store.DeliveryAttempt {
	a := store.DeliveryAttempt{WebhookID: turn.ID, EventID: d.EventID, At: time.Now(), Jitter: jitter(d)}
	status, err := h.post(ctx, turn, d)
	a.Status, a.Gone, a.Delivered = status, status == http.StatusGone, err == nil
	level := slog.LevelInfo
	if err != nil {
		a.Error, level = err.Error(), slog.LevelWarn
	}
	h.o.Log.Log(ctx, level, "webhook", "webhook_id", turn.ID, "event_id", d.EventID, "type", d.Type, "attempt", d.Attempts+1,
		"status", status, "error", a.Error, "took", time.Since(a.At))
	return a
}
