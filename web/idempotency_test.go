package web_test

import (
	"bytes"
	"net/http"
	"sync"
	"testing"
)

func TestSameKeySameAnswer(t *testing.T) {
	s := newSite(t, nil)
	body := s.opening()
	first := s.do("POST", "/v1/conversations", body, "Idempotency-Key", "k1")
	var opened struct{ ID string }
	first.into(t, http.StatusCreated, &opened)

	// Whatever happens next, also to the merchant, the answer stays.
	s.do("POST", "/v1/conversations/"+opened.ID+"/messages", map[string]any{"from": s.mbr(0), "body": "Yes"}).into(t, http.StatusCreated, nil)
	renamed := s.opening()
	renamed["merchant"].(map[string]any)["name"] = "Nadia R."
	s.open(renamed)
	again := s.do("POST", "/v1/conversations", body, "Idempotency-Key", "k1")
	if again.status != first.status || !bytes.Equal(again.raw, first.raw) || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("the second answer differs:\n%d %s\n%d %s", first.status, first.raw, again.status, again.raw)
	}

	body["body"] = "Something else"
	if at := s.do("POST", "/v1/conversations", body, "Idempotency-Key", "k1").problem(t, http.StatusUnprocessableEntity); at["header.Idempotency-Key"] == "" {
		t.Errorf("another body under the same key: %v", at)
	}
	if n := s.count("select count(*) from conversations"); n != 2 {
		t.Errorf("%d conversations", n)
	}
	for _, bad := range []string{"caf\xe9", string(bytes.Repeat([]byte("k"), 256))} {
		if at := s.do("POST", "/v1/conversations", s.opening(), "Idempotency-Key", bad).problem(t, http.StatusUnprocessableEntity); at["header.Idempotency-Key"] == "" {
			t.Errorf("key %.20q: %v", bad, at)
		}
	}
}

func TestSameKeyOfMessages(t *testing.T) {
	s := newSite(t, nil)
	one, two := s.open(s.opening()), s.open(s.opening())
	body := map[string]any{"from": s.mbr(0), "body": "Gladly"}
	path := "/v1/conversations/" + one + "/messages"
	first := s.do("POST", path, body, "Idempotency-Key", "m1")
	first.into(t, http.StatusCreated, nil)
	if again := s.do("POST", path, body, "Idempotency-Key", "m1"); again.status != http.StatusCreated || !bytes.Equal(again.raw, first.raw) {
		t.Errorf("second answer: %d %s", again.status, again.raw)
	}
	if n := len(s.get(one).Messages); n != 2 {
		t.Errorf("%d messages", n)
	}
	// The same words to another conversation are another request.
	s.do("POST", "/v1/conversations/"+two+"/messages", body, "Idempotency-Key", "m1").problem(t, http.StatusUnprocessableEntity)
	s.do("POST", "/v1/conversations", s.opening(), "Idempotency-Key", "m1").problem(t, http.StatusUnprocessableEntity)
}

func TestManyAtOnceWithOneKey(t *testing.T) {
	s := newSite(t, nil)
	const n = 20
	answers := make([]answer, n)
	var wg sync.WaitGroup
	body := s.opening()
	for i := range n {
		wg.Go(func() { answers[i] = s.do("POST", "/v1/conversations", body, "Idempotency-Key", "k") })
	}
	wg.Wait()
	for _, a := range answers {
		if a.status != http.StatusCreated || !bytes.Equal(a.raw, answers[0].raw) {
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	for what, query := range map[string]string{
		"conversations": "select count(*) from conversations", "messages": "select count(*) from messages",
		"merchants": "select count(*) from merchants",
	} {
		if got := s.count(query); got != 1 {
			t.Errorf("%d %s", got, what)
		}
	}
	if got := s.count("select count(*) from notifications where kind = 'alert'"); got != len(s.partner.Members) {
		t.Errorf("%d alerts for %d members", got, len(s.partner.Members))
	}
}

// TestFailedRequestLeavesKeyFree: a key that came with a refused request may
// come again with a mended one.
func TestFailedRequestLeavesKeyFree(t *testing.T) {
	s := newSite(t, nil)
	body := s.opening()
	body["service"] = "No such service"
	if at := s.do("POST", "/v1/conversations", body, "Idempotency-Key", "k").problem(t, http.StatusUnprocessableEntity); at["body.service"] == "" {
		t.Errorf("%v", at)
	}
	s.open(s.opening(), "Idempotency-Key", "k")
}
