package worker_test

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestATeamIsRemindedOfAFirstContact(t *testing.T) {
	p := newPost(t, func(o *store.Options) { o.RemindAfter = time.Nanosecond })
	p.exec(`alter table first_contacts alter reminded_at set default now()`) // not before the alerts are out
	conv := p.contact("Nadia Rahman", "We want to move our store.")
	p.start()
	p.wait(2)
	p.exec(`update first_contacts set reminded_at = null`)
	var ids []string
	answers := make(map[string]bool)
	for _, l := range p.wait(4) {
		ids = append(ids, l.header.Get("Message-Id"))
		if l.header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("to %s: Auto-Submitted %q", l.to, l.header.Get("Auto-Submitted"))
		}
		reply, err := mail.ParseAddress(l.header.Get("Reply-To"))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := p.tokens.Parse(reply.Address, time.Now())
		if err != nil || tok.Purpose != tradepost.ReplyToken || tok.Subject != conv {
			t.Errorf("reply token %+v, %v", tok, err)
		}
		if !strings.Contains(l.body, "move our store") {
			t.Errorf("to %s: %s", l.to, l.body)
		}
		answers[l.header.Get("In-Reply-To")] = true
	}
	// Each of the reminders answers the alert of the same member.
	threaded := 0
	for _, id := range ids {
		if answers[id] {
			threaded++
		}
	}
	if threaded != 2 {
		t.Errorf("%d of 2 reminders are in the alert's thread", threaded)
	}
	p.until("both reminders sent", `select count(*) = 2 from notifications where kind = 'reminder' and state = 'sent'`)
	p.until("the alerts' outcomes stay", `select count(*) = 2 from recipients where outcome = 'alerted' and member_id is not null`)
}
