package worker_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/worker"
)

// request is one that a receiver got.
type request struct {
	id, signature, userAgent string
	at                       int64
	raw                      []byte
	Type                     string
	Timestamp                time.Time
	Data                     map[string]any
}

// receiver is a server that does as it is told, once for each request, and then takes
// everything.
type receiver struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	script []http.HandlerFunc
	got    chan request
}

func newReceiver(t *testing.T, script ...http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{t: t, script: script, got: make(chan request, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		at, err := strconv.ParseInt(req.Header.Get("webhook-timestamp"), 10, 64)
		if err != nil {
			t.Error(err)
		}
		got := request{id: req.Header.Get("webhook-id"), signature: req.Header.Get("webhook-signature"), userAgent: req.UserAgent(), at: at, raw: raw}
		if err := json.Unmarshal(raw, &got); err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", req.Method, raw, err)
		}
		r.mu.Lock()
		answer := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
		if len(r.script) > 0 {
			answer, r.script = r.script[0], r.script[1:]
		}
		r.mu.Unlock()
		r.got <- got
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

// next is the next request.
func (r *receiver) next() request {
	r.t.Helper()
	select {
	case got := <-r.got:
		return got
	case <-time.After(20 * time.Second):
		r.t.Fatal("no request came")
		return request{}
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// verify checks a request as a receiver does, by the words of the specification.
func verify(t *testing.T, r request, secrets ...tradepost.WebhookSecret) {
	t.Helper()
	if age := time.Since(time.Unix(r.at, 0)); age < -time.Minute || age > time.Minute {
		t.Errorf("sent %s ago", age)
	}
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Text(), "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write(append([]byte(r.id+"."+strconv.FormatInt(r.at, 10)+"."), r.raw...))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); !slices.Contains(strings.Fields(r.signature), want) {
			t.Errorf("signature %q lacks %s", r.signature, want)
		}
	}
}

var loopback = tradepost.WebhookPolicy{AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// hooks runs Webhooks; stop ends them and waits.
func (p *post) hooks(change ...func(*worker.WebhookOptions)) (stop func()) {
	p.t.Helper()
	o := worker.WebhookOptions{Store: p.Store, Redis: asynq.RedisClientOpt{Network: p.redis.Network(), Addr: p.redis.Addr()}, Policy: loopback,
		Poll: 50 * time.Millisecond, OfferAgain: 500 * time.Millisecond, Log: slog.New(slog.NewTextHandler(p.t.Output(), nil))}
	for _, f := range change {
		f(&o)
	}
	h, err := worker.NewWebhooks(o)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				p.t.Error(err)
			}
		})
	}
	p.t.Cleanup(stop)
	return stop
}

func (p *post) endpoint(url string, events ...tradepost.EventType) (store.Webhook, tradepost.WebhookSecret) {
	p.t.Helper()
	w, secret, err := p.AddWebhook(p.t.Context(), store.Webhook{URL: url, Events: events})
	if err != nil {
		p.t.Fatal(err)
	}
	return w, secret
}

// becomes waits until the newest event at an endpoint is as it should be.
func (p *post) becomes(w store.Webhook, what string, is func(store.Delivery) bool) store.Delivery {
	p.t.Helper()
	var last []store.Delivery
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		var err error
		if last, err = p.Deliveries(p.t.Context(), w.ID, "", 0, 1); err != nil {
			p.t.Fatal(err)
		}
		if len(last) == 1 && is(last[0]) {
			return last[0]
		}
	}
	p.t.Fatalf("not %s: %+v", what, last)
	return store.Delivery{}
}

func delivered(d store.Delivery) bool { return d.State == store.DeliveryDelivered }
func dead(d store.Delivery) bool      { return d.State == store.DeliveryDead }

// hours makes an hour last so long, in the retry schedule, too.
func hours(d time.Duration) func(*store.Options) {
	return func(o *store.Options) { o.Clock = tradepost.Clock{Hour: d} }
}
