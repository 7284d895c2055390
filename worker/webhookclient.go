package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// maxAnswer is how much of an answer is read, which nobody looks at: enough to use the
// connection again after an ordinary one.
const maxAnswer = 16 << 10

// refusedAddress is an address that webhooks may not go to.
type refusedAddress struct{ problem string }

func (r refusedAddress) Error() string { return r.problem }

// webhookClient makes requests to strangers' servers. Where a name leads is asked of
// the very address that is connected to: names change between one look-up and the
// next. It goes through no proxy, which would connect for it, and follows no redirect,
// which the receiver's server, not its owner, would have the last word on.
func webhookClient(policy tradepost.WebhookPolicy, timeout time.Duration) *http.Client {
	dialer := &net.Dialer{
		Timeout: min(5*time.Second, timeout),
		Control: func(_, address string, _ syscall.RawConn) error {
			a, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("connect to %s: %w", address, err)
			}
			if p := policy.AddressProblem(a.Addr()); p != "" {
				return refusedAddress{p}
			}
			return nil
		},
	}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: min(5*time.Second, timeout),
			MaxIdleConns: 100, MaxIdleConnsPerHost: requestsAtOnce, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: maxAnswer, DisableCompression: true,
		},
	}
}

// post sends an event and returns the status of the answer; 0 = there was none. The
// error is nil where the receiver took it (2xx), else fit to be shown to who owns the
// endpoint.
func (h *Webhooks) post(ctx context.Context, turn store.WebhookTurn, d store.Delivery) (status int, err error) {
	// A URL that was taken under another policy.
	if p := h.o.Policy.Of(turn.PartnerID).URLProblem(turn.URL); p != "" {
		return 0, errors.New("the URL " + p)
	}
	body, err := tradepost.WebhookBody(d.Type, d.HappenedAt, d.Data)
	if err != nil {
		return 0, fmt.Errorf("write event %d: %w", d.EventID, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, turn.URL, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make the request: %w", err)
	}
	id, now := tradepost.FormatID(tradepost.EventPrefix, d.EventID), time.Now()
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Tradepost-Webhooks/1", "webhook-id": id,
		"webhook-timestamp": fmt.Sprint(now.Unix()), "webhook-signature": tradepost.SignWebhook(id, now, body, turn.Secrets...),
	} {
		req.Header.Set(name, value)
	}
	client := h.http
	if turn.PartnerID != 0 {
		client = h.partners
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, wordsOf(err)
	}
	defer res.Body.Close()
	// What was read of the body, or that it never ended, changes nothing: the status
	// says what became of the event.
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return res.StatusCode, nil
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return res.StatusCode, fmt.Errorf("answered with status %d, a redirect, which is not followed", res.StatusCode)
	}
	return res.StatusCode, fmt.Errorf("answered with status %d", res.StatusCode)
}

// wordsOf says what went wrong without the URL, whose query may be a secret.
func wordsOf(err error) error {
	var refused refusedAddress
	var timeout net.Error
	var dns *net.DNSError
	var wrapped *url.Error
	switch {
	case errors.As(err, &refused):
		return errors.New("the name " + refused.problem)
	case errors.As(err, &dns) && dns.IsNotFound:
		return errors.New("the name is not known to the DNS")
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("no answer in time")
	case errors.As(err, &wrapped):
		return wrapped.Err
	}
	return err
}
