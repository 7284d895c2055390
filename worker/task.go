package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// queues are asynq's, one for each kind of mail, with their weights: an alert
// overtakes a batch of digests, and none starves.
var queues = map[string]int{
	string(tradepost.Alert):    6,
	string(tradepost.Relay):    4,
	string(tradepost.Reminder): 1,
	string(tradepost.Answer):   2,
	string(tradepost.Digest):   2,
}

// batchSizes is how many rows one task carries. Alerts go one by one, at once;
// the rest share the queries that load their letters.
var batchSizes = map[tradepost.NotificationKind]int{
	tradepost.Alert:    1,
	tradepost.Relay:    50,
	tradepost.Reminder: 50,
	tradepost.Answer:   50,
	tradepost.Digest:   100,
}

func taskType(kind tradepost.NotificationKind) string { return "mail:" + string(kind) }

// payload is what a task carries: the ids of rows, so that what is sent is
// decided by what they say when it is handled, and an operator who looks into a
// queue sees nobody's address.
type payload struct {
	Notifications []store.Ref `json:"notifications"`
}

// newTask makes the task for a batch. Its id names the first row and how often
// that was offered: the same offer twice is one task, and a new offer is never
// blocked by a task that died with its id taken (asynq keeps those for a minute
// and more).
func newTask(batch []store.Offered) (*asynq.Task, error) {
	var p payload
	for _, o := range batch {
		p.Notifications = append(p.Notifications, o.Ref)
	}
	data, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	first := batch[0]
	return asynq.NewTask(taskType(first.Kind), data,
		asynq.TaskID(string(first.Kind)+":"+strconv.FormatInt(first.ID, 10)+":"+strconv.Itoa(first.Offers)),
		asynq.Queue(string(first.Kind)),
		asynq.MaxRetry(3),        // 0 would archive a task whose worker was killed
		asynq.Timeout(time.Hour), // a bound on what is lost to a leak; see handle
	), nil
}

// handle makes an asynq handler of f. A row that can't be sent now is offered
// again by the book, so only a book that can't be read is an error here. The
// task's own context is not used: asynq ends it by its own ideas of time, in the
// middle of a dialogue.
func (w *Worker) handle(f func(context.Context, []store.Ref) error) func(context.Context, *asynq.Task) error {
	return func(_ context.Context, t *asynq.Task) error {
		w.handling.Add(1)
		defer w.handling.Done()
		var p payload
		if err := json.Unmarshal(t.Payload(), &p); err != nil {
			return fmt.Errorf("read task %s: %w: %w", t.Type(), err, asynq.SkipRetry)
		}
		select {
		case <-w.stopping.Done():
			return nil // another worker is offered it
		default:
			return f(w.sending, p.Notifications)
		}
	}
}
