package main

import (
	"fmt"
	"testing"

	"github.com/tradepost-mail/tradepost/store"
)

// TestAttackBombing: first contacts are letters that a stranger has us write. Caps
// bound them, and what is over joins the digest and says so.
func TestAttackBombing(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_PARTNERS_PER_MERCHANT": "10", "TRADEPOST_ALERTS_PER_PARTNER": "60", "TRADEPOST_HOUR": "24h"})
	c := client{t, "http://" + s.http}
	open := func(t *testing.T, partner int64, n int, merchant string) {
		t.Helper()
		c.t = t
		c.post("/v1/conversations", map[string]any{"partner": fmt.Sprintf("par_%d", partner), "kind": "service", "service": "Store migration",
			"body": fmt.Sprintf("Offer %d. vermilion", n), "merchant": map[string]any{"name": "Bomber", "email": merchant, "role": "no_store"}})
	}
	partner := func(t *testing.T, name string, members int) store.Partner {
		t.Helper()
		p := store.Partner{Name: name, Published: true, Services: []store.Service{{Name: "Store migration"}}}
		for i := range members {
			p.Members = append(p.Members, store.Member{Name: "Member", Email: fmt.Sprintf("member%d@%s.example", i, name), Role: "owner"})
		}
		p, err := s.st.AddPartner(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	alerts := func(from int) (n int) {
		st := &stage{siege: s, t: t}
		for _, r := range s.smtp.Mails()[from:] {
			if st.kindOf(r) == "alert" {
				n++
			}
		}
		return n
	}
	// outcomes counts messages' recipients since an id, told at once and capped.
	outcomes := func(t *testing.T, partners ...int64) (alerted, capped string) {
		t.Helper()
		row := func(condition string) string {
			return s.query(`select count(*) from recipients r join conversations c on c.id = r.conversation_id
				where c.partner_id = any($1) and `+condition, partners)[0]
		}
		return row(`r.outcome = 'alerted'`), row(`r.reason = 'alert_capped' and (r.outcome is null or r.outcome = 'digested')`)
	}

	t.Run("one merchant, fifty partners", func(t *testing.T) {
		from := len(s.smtp.Mails())
		var ids []int64
		for n := range 50 {
			p := partner(t, fmt.Sprintf("many%d", n), 1)
			ids = append(ids, p.ID)
			open(t, p.ID, n, "bomber@"+evilDomain)
		}
		s.quiet(t)
		alerted, capped := outcomes(t, ids...)
		if alerts(from) != 10 || alerted != "10" || capped != "40" {
			t.Errorf("%d alerts went out, %s are recorded, %s capped", alerts(from), alerted, capped)
		}
	})
	t.Run("two hundred merchants, one partner", func(t *testing.T) {
		from := len(s.smtp.Mails())
		p := partner(t, "one", 2)
		for n := range 200 {
			open(t, p.ID, n, fmt.Sprintf("bomber%d@%s", n, evilDomain))
		}
		s.quiet(t)
		alerted, capped := outcomes(t, p.ID)
		if alerts(from) != 120 || alerted != "120" || capped != "280" { // two members each
			t.Errorf("%d alerts went out, %s are recorded, %s capped", alerts(from), alerted, capped)
		}
	})
	s.aftermath(t)
}
