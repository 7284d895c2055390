package tradepost_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
)

// TestWebhookSignature compares with the vector of the Standard Webhooks libraries.
func TestWebhookSignature(t *testing.T) {
	k, err := tradepost.ParseWebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1614265330, 0)
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	body := []byte(`{"test": 2432232314}`)
	if got := tradepost.SignWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, k); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	other := tradepost.NewWebhookSecret()
	both := strings.Fields(tradepost.SignWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, other, k))
	if len(both) != 2 || both[1] != want || both[0] == want {
		t.Errorf("signatures of two secrets: %q", both)
	}
}

func TestWebhookSecrets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "octets")
		k, err := tradepost.ParseWebhookSecret(tradepost.WebhookSecret(raw).Text())
		if fits := len(raw) >= 24 && len(raw) <= 64; fits != (err == nil) || fits && !bytes.Equal(k, raw) {
			t.Errorf("%d octets: %v", len(raw), err)
		}
	})
	for _, bad := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS?"} {
		if _, err := tradepost.ParseWebhookSecret(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	k := tradepost.NewWebhookSecret()
	if shown := fmt.Sprintf("%v %s", k, k); strings.Contains(shown, k.Text()[6:20]) {
		t.Errorf("printing shows the secret: %s", shown)
	}
}

func TestWebhookBody(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.FixedZone("", 3600))
	got, err := tradepost.WebhookBody(tradepost.EventMessageCreated, at, json.RawMessage(`{"message":"msg_1"}`))
	if want := `{"type":"message.created","timestamp":"2026-03-01T09:00:00Z","data":{"message":"msg_1"}}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestWebhookSchedule: an event is tried for three days, by the table of the
// specification, and no wait is shorter than that or longer by more than a tenth.
func TestWebhookSchedule(t *testing.T) {
	var total time.Duration
	for attempts := 1; attempts < tradepost.WebhookAttempts; attempts++ {
		wait, ok := tradepost.WebhookWait(attempts, 0)
		if !ok {
			t.Fatalf("gives up after %d", attempts)
		}
		total += wait
	}
	if want := 75*time.Hour + 35*time.Minute + 5*time.Second; total != want {
		t.Errorf("%s in all, want %s", total, want)
	}
	if _, ok := tradepost.WebhookWait(tradepost.WebhookAttempts, 0); ok {
		t.Error("goes on for ever")
	}
	rapid.Check(t, func(t *rapid.T) {
		n, jitter := rapid.IntRange(1, 9).Draw(t, "attempts"), rapid.Float64().Draw(t, "jitter")
		plain, _ := tradepost.WebhookWait(n, 0)
		if wait, _ := tradepost.WebhookWait(n, jitter); wait < plain || wait > plain+plain/10 {
			t.Errorf("%s after %d attempts with jitter %g", wait, n, jitter)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-1, 1000).Draw(t, "failures")
		if p := tradepost.WebhookPause(n); p < 0 || p > time.Minute || p > tradepost.WebhookPause(n+1) || (p == 0) != (n < 1) {
			t.Errorf("pause %s after %d failures", p, n)
		}
	})
}

func TestEventTypes(t *testing.T) {
	for _, s := range []tradepost.ProposalState{tradepost.ProposalSent, tradepost.ProposalAccepted, tradepost.ProposalDeclined, tradepost.ProposalWithdrawn, tradepost.ProposalClosed} {
		if !s.Event().Known() {
			t.Errorf("%s tells nothing known", s)
		}
	}
	for _, s := range []tradepost.JobState{tradepost.JobOpen, tradepost.JobCompleted, tradepost.JobDeclined, tradepost.JobClosed} {
		if !s.Event().Known() {
			t.Errorf("%s tells nothing known", s)
		}
	}
	for _, s := range []tradepost.InvoiceState{tradepost.InvoiceOpen, tradepost.InvoicePaid, tradepost.InvoiceClosed} {
		if !s.Event().Known() {
			t.Errorf("%s tells nothing known", s)
		}
	}
	if tradepost.EventType("message").Known() {
		t.Error("a type of no such name is known")
	}
}

func TestWebhookAddresses(t *testing.T) {
	for _, refused := range []string{
		"127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
		"224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "240.0.0.1", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "fe80::1", "fe80::1%eth0",
		"fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "::7f00:1", "100::1",
	} {
		a := netip.MustParseAddr(refused)
		if p := (tradepost.WebhookPolicy{}).AddressProblem(a); !strings.Contains(p, a.String()) {
			t.Errorf("%s: %q", refused, p)
		}
	}
	for _, taken := range []string{"8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"} {
		if p := (tradepost.WebhookPolicy{}).AddressProblem(netip.MustParseAddr(taken)); p != "" {
			t.Errorf("%s: %q", taken, p)
		}
	}
	allowed := tradepost.WebhookPolicy{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}}
	for a, ok := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "fd12::1": true, "fc12::1": false, "127.0.0.1": false, "8.8.8.8": true} {
		if p := allowed.AddressProblem(netip.MustParseAddr(a)); (p == "") != ok {
			t.Errorf("%s: %q", a, p)
		}
	}
	if inside := netip.MustParseAddr("10.1.2.3"); allowed.Of(0).AddressProblem(inside) != "" || allowed.Of(7).AddressProblem(inside) == "" {
		t.Error("partners reach what is the platform's to reach")
	}
	if (tradepost.WebhookPolicy{}).AddressProblem(netip.Addr{}) == "" {
		t.Error("no address at all is taken")
	}
}

func TestWebhookURLs(t *testing.T) {
	for url, want := range map[string]string{
		"https://shop.example/hook?key=1": "",
		"https://shop.example:8443":       "",
		"https://[2606:4700::1111]/":      "",
		"":                                "missing",
		"shop.example":                    "must be a URL",
		"ftp://shop.example":              "must be a URL",
		"https:///hook":                   "must be a URL",
		"https:shop.example":              "must be a URL",
		"https://shop.example/\x00":       "must be a URL",
		"http://shop.example":             "https",
		"https://u:p@shop.example":        "user name",
		"https://shop.example/#x":         "fragment",
		"https://127.0.0.1/":              "public",
		"https://[::1]:443/":              "public",
		"https://[::ffff:10.0.0.1]/":      "public",
		"https://169.254.169.254/latest":  "public",
		"https://shop.example/" + strings.Repeat("a", 2000): "longer",
	} {
		if got := (tradepost.WebhookPolicy{}).URLProblem(url); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%.40q: %q, want %q", url, got, want)
		}
	}
	open := tradepost.WebhookPolicy{AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	if p := open.URLProblem("http://127.0.0.1:8080/hook"); p != "" {
		t.Error(p)
	}
}
