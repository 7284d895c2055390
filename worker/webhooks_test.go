package worker_test

import (
	"bytes"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/worker"
)

func TestWebhookIsSignedAndTriedAgain(t *testing.T) {
	p := newPost(t, hours(time.Second))
	r := newReceiver(t, status(500), status(503), http.NotFound)
	w, secret := p.endpoint(r.URL+"/hook?shop=1", tradepost.EventMessageCreated)
	p.hooks()
	p.contact("Nadia", "a secret of the message")
	var first request
	for i := range 4 {
		got := r.next()
		verify(t, got, secret)
		if i == 0 {
			first = got
		}
		if got.id != "evt_1" || !bytes.Equal(got.raw, first.raw) {
			t.Errorf("attempt %d: %s %s", i+1, got.id, got.raw)
		}
	}
	if first.Type != "message.created" || first.Data["message"] != "msg_1" || first.Data["conversation"] != "con_1" || time.Since(first.Timestamp) > time.Minute ||
		strings.Contains(string(first.raw), "secret") || strings.Contains(string(first.raw), "@") || !strings.HasPrefix(first.userAgent, "Tradepost") {
		t.Errorf("%s", first.raw)
	}
	if d := p.becomes(w, "delivered", delivered); d.Attempts != 4 || d.Status != http.StatusNoContent || d.Error != "" {
		t.Errorf("%+v", d)
	}
	_, second, err := p.RotateWebhookSecret(t.Context(), w.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p.contact("Omar", "Hello")
	verify(t, r.next(), secret, second)
}

// TestWebhookDiesAndIsReplayed: of what nobody took for three days.
func TestWebhookDiesAndIsReplayed(t *testing.T) {
	p := newPost(t, hours(20*time.Millisecond))
	script := make([]http.HandlerFunc, tradepost.WebhookAttempts)
	for i := range script {
		script[i] = status(500)
	}
	r := newReceiver(t, script...)
	w, _ := p.endpoint(r.URL, tradepost.EventMessageCreated)
	p.hooks()
	p.contact("Nadia", "Hello")
	d := p.becomes(w, "dead", dead)
	if d.Attempts != tradepost.WebhookAttempts || d.Status != 500 || !strings.Contains(d.Error, "500") {
		t.Errorf("%+v", d)
	}
	for range tradepost.WebhookAttempts {
		r.next()
	}
	if n, err := p.ReplayDead(t.Context(), w.ID); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := r.next(); got.id != "evt_1" {
		t.Errorf("replayed as %s", got.id)
	}
	p.becomes(w, "delivered", delivered)
}

func TestWebhookReceiversThatMisbehave(t *testing.T) {
	for name, c := range map[string]struct {
		do    http.HandlerFunc
		words string // of the error; "" = it was taken
	}{
		"silence": {func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, "no answer in time"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "redirect"},
		"hanging up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"endless answer": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, ""},
		"endless header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, "header"},
		"dripping answer": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPost(t)
			r := newReceiver(t, c.do)
			w, _ := p.endpoint(r.URL, tradepost.EventMessageCreated)
			p.hooks(func(o *worker.WebhookOptions) { o.Timeout = 500 * time.Millisecond })
			p.contact("Nadia", "Hello")
			d := p.becomes(w, "attempted", func(d store.Delivery) bool { return d.Attempts == 1 })
			if (d.State == store.DeliveryDelivered) != (c.words == "") || !strings.Contains(d.Error, c.words) || strings.Contains(d.Error, r.URL) {
				t.Errorf("%+v", d)
			}
			if r.next(); len(r.got) != 0 {
				t.Error("more than one request")
			}
		})
	}
}

func TestWebhookThatIsGone(t *testing.T) {
	p := newPost(t)
	r := newReceiver(t, status(http.StatusGone))
	w, _ := p.endpoint(r.URL, tradepost.EventMessageCreated)
	p.hooks()
	p.contact("Nadia", "Hello")
	p.becomes(w, "dead", dead)
	after, err := p.Store.Webhook(t.Context(), w.ID)
	if err != nil || !after.Gone {
		t.Errorf("%+v, %v", after, err)
	}
	p.contact("Omar", "Hello")
	if list, err := p.Deliveries(t.Context(), w.ID, "", 0, 10); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestFlushedRedisLosesNoEvent, nor does a process that vanished in the middle of a
// turn, whose lease must lapse.
func TestFlushedRedisLosesNoEvent(t *testing.T) {
	p := newPost(t)
	client := redis.NewClient(&redis.Options{Network: p.redis.Network(), Addr: p.redis.Addr()})
	defer client.Close()
	r := newReceiver(t)
	w, _ := p.endpoint(r.URL, tradepost.EventConversationOpened)
	const n = 30
	for range n {
		p.contact("Nadia", "Hello")
	}
	// A sender that was killed: it was offered the endpoint, and holds its turn.
	if list, err := p.OfferWebhooks(t.Context(), 300*time.Millisecond, 10); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if turn, err := p.ClaimWebhook(t.Context(), w.ID, store.Lease{Owner: uuid.New(), For: time.Second}, 10); err != nil || len(turn.Due) != 10 {
		t.Fatal(turn, err)
	}
	p.hooks()
	got := map[string]int{}
	for range n {
		got[r.next().id]++
		if len(got) == 5 {
			if err := client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.becomes(w, "delivered", delivered)
	p.contact("Nadia", "Hello again")
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	got[r.next().id]++
	if len(got) != n+1 {
		t.Errorf("%d events came: %v", len(got), got)
	}
}

// TestStopFinishesTheRequestInFlight, and leaves the rest to whoever comes next.
func TestStopFinishesTheRequestInFlight(t *testing.T) {
	p := newPost(t)
	reached, release := make(chan struct{}), make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) { close(reached); <-release })
	w, _ := p.endpoint(r.URL, tradepost.EventMessageCreated)
	stop := p.hooks()
	p.contact("Nadia", "Hello")
	<-reached
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	close(release)
	<-stopped
	if d := p.becomes(w, "delivered", delivered); d.Attempts != 1 {
		t.Errorf("%+v", d)
	}
	p.contact("Omar", "Hello")
	p.hooks()
	r.next()
	if got := r.next(); got.id != "evt_2" {
		t.Errorf("%s came again", got.id)
	}
}

// TestSlowReceiversKeepNobodyWaiting: more endpoints that say nothing than there are
// handlers, and one that answers.
func TestSlowReceiversKeepNobodyWaiting(t *testing.T) {
	p := newPost(t)
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	var slow []store.Webhook
	for range 6 {
		w, _ := p.endpoint(newReceiver(t, slices.Repeat([]http.HandlerFunc{hang}, 100)...).URL, tradepost.EventMessageCreated)
		slow = append(slow, w)
	}
	r := newReceiver(t)
	w, _ := p.endpoint(r.URL, tradepost.EventMessageCreated)
	p.hooks(func(o *worker.WebhookOptions) { o.Concurrency, o.Timeout = 3, 300*time.Millisecond })
	for range 20 {
		p.contact("Nadia", "Hello")
	}
	for range 20 {
		r.next()
	}
	p.becomes(w, "delivered", delivered)
	for _, w := range slow {
		p.becomes(w, "attempted", func(store.Delivery) bool {
			after, err := p.Store.Webhook(t.Context(), w.ID)
			return err == nil && after.Failures > 0
		})
	}
}

// TestWebhooksStayOutside of the networks around the server: whatever the URL was
// allowed as, the address that is dialled decides.
func TestWebhooksStayOutside(t *testing.T) {
	p := newPost(t)
	r := newReceiver(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), ":")
	var list []store.Webhook
	for _, host := range []string{"127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "169.254.169.254", "localhost", "2130706433", "0x7f.1", "0"} {
		w, _ := p.endpoint("http://"+host+":"+port+"/", tradepost.EventMessageCreated)
		list = append(list, w)
	}
	p.hooks(func(o *worker.WebhookOptions) { o.Policy = tradepost.WebhookPolicy{AllowHTTP: true} })
	p.contact("Nadia", "Hello")
	for _, w := range list {
		d := p.becomes(w, "attempted", func(d store.Delivery) bool { return d.Attempts == 1 })
		if !strings.Contains(d.Error, "not an address of the public Internet") && !strings.Contains(d.Error, "not known to the DNS") {
			t.Errorf("%s: %+v", w.URL, d)
		}
	}
	if d := p.becomes(list[5], "refused", func(d store.Delivery) bool { return d.Attempts == 1 }); !strings.Contains(d.Error, "the name leads to") {
		t.Errorf("a name: %+v", d)
	}
	if len(r.got) != 0 {
		t.Errorf("a request came in from outside: %+v", <-r.got)
	}
}

// TestPartnersStayOutside of what is open to the platform.
func TestPartnersStayOutside(t *testing.T) {
	p := newPost(t)
	r := newReceiver(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), ":")
	w, _, err := p.AddWebhook(t.Context(), store.Webhook{PartnerID: p.lind.ID, URL: "http://localhost:" + port, Events: []tradepost.EventType{tradepost.EventMessageCreated}})
	if err != nil {
		t.Fatal(err)
	}
	platform, _ := p.endpoint("http://localhost:"+port, tradepost.EventMessageCreated)
	p.hooks(func(o *worker.WebhookOptions) {
		o.Policy.AllowNetworks = append(o.Policy.AllowNetworks, netip.MustParsePrefix("::1/128"))
	})
	p.contact("Nadia", "Hello")
	d := p.becomes(w, "attempted", func(d store.Delivery) bool { return d.Attempts == 1 })
	if !strings.Contains(d.Error, "not an address of the public Internet") {
		t.Errorf("%+v", d)
	}
	p.becomes(platform, "delivered", delivered)
	if r.next(); len(r.got) != 0 {
		t.Error("both were sent")
	}
}

// TestHTTPIsRefused where only https is allowed, though the endpoint was made when it
// was not.
func TestHTTPIsRefused(t *testing.T) {
	p := newPost(t)
	r := newReceiver(t)
	w, _ := p.endpoint(r.URL, tradepost.EventMessageCreated)
	p.hooks(func(o *worker.WebhookOptions) { o.Policy.AllowHTTP = false })
	p.contact("Nadia", "Hello")
	if d := p.becomes(w, "attempted", func(d store.Delivery) bool { return d.Attempts == 1 }); !strings.Contains(d.Error, "https") || len(r.got) != 0 {
		t.Errorf("%+v", d)
	}
}
