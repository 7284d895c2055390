package worker

import (
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/mailer"
)

// TestADomainsShareIsNoAttempt sends two alerts to a domain that may get one a
// minute: the second waits as if nobody had claimed it, and says for how long.
func TestADomainsShareIsNoAttempt(t *testing.T) {
	s := newSender(t)
	pool, err := mailer.NewPool(mailer.Options{Host: "127.0.0.1", Port: s.smtp.Port(), TLS: mailer.NoTLS,
		Limits: map[string]mailer.Limit{"lind.example": {Rate: 1.0 / 60}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	s.o.Pool = pool
	first, second := s.alert("nadia"), s.alert("taro")
	if err := s.sendAlerts(t.Context(), append(first, second...)); err != nil {
		t.Fatal(err)
	}
	if n := len(s.smtp.Mails()); n != 1 {
		t.Fatalf("the server got %d mails, want one", n)
	}
	state := `select state || ' ' || attempts || ' ' || coalesce((due_at > now() + $2::interval)::text, 'done') || ' ' ||
		(select count(*) from attempts a where (a.period, a.notification_id) = (n.period, n.id)) from notifications n where id = $1`
	if got := s.value(state, first[0].ID, 30*time.Second); got != "sent 1 done 1" {
		t.Errorf("the first: %s", got)
	}
	if got := s.value(state, second[0].ID, 30*time.Second); got != "pending 0 true 0" {
		t.Errorf("the second: %s, want pending, without an attempt, due in a minute", got)
	}
	if due, err := s.o.Store.Offer(t.Context(), "alert", 0, 10); err != nil || len(due) != 0 {
		t.Errorf("offered before its time: %v, %v", due, err)
	}
}
