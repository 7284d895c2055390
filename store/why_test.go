package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
)

func TestWhy(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	maja, oskar := m.partner.Members[0].ID, m.partner.Members[1].ID
	first := m.number(`select id from messages`)
	lines := func(member, through int64) (list []string) {
		t.Helper()
		told, err := m.Why(t.Context(), conv, member, through)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range told {
			if at, err := time.Parse(time.RFC3339, l.MessageAt); err != nil || time.Since(at) > time.Hour || l.Merchant != "nadia" {
				t.Errorf("%+v", l)
			}
			list = append(list, fmt.Sprintf("%s %s %s %v %s", l.Outcome, l.Reason, l.Kind, l.SentAt != "", l.Address))
		}
		return list
	}
	want := func(what string, got []string, want ...string) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	want("before any mail", lines(maja, 0), " first_contact alert false ")
	m.alertAll()
	second := m.write(conv, "and more")
	want("alerted", lines(maja, 0), "alerted first_contact alert true a@b.example", "   false ")
	for _, l := range m.digests(time.Now().Add(time.Hour)) {
		m.record(l.Claimed, tradepost.Delivered)
	}
	m.write(conv, "muted")
	m.act(conv, oskar, "mute")
	m.digests(time.Now().Add(3 * time.Hour))
	want("muted", lines(oskar, 0), "alerted first_contact alert true a@b.example", "digested hourly digest true a@b.example", "skipped muted  false ")
	want("of an older letter", lines(oskar, second), "alerted first_contact alert true a@b.example", "digested hourly digest true a@b.example")
	want("of the first", lines(oskar, first), "alerted first_contact alert true a@b.example")
	for i := range 12 {
		last := m.write(conv, fmt.Sprint(i))
		if err := m.Read(t.Context(), conv, oskar, last); err != nil {
			t.Fatal(err)
		}
	}
	if got := lines(oskar, 0); len(got) != 10 || got[0] != "read_first   false " {
		t.Errorf("the newest ten: %q", got)
	}
	r, err := m.Act(t.Context(), conv, oskar, command("why"), first, tradepost.ViaEmail)
	if err != nil || len(r.Why) != 1 || r.Why[0].Outcome != tradepost.Alerted {
		t.Errorf("/why: %+v, %v", r, err)
	}
	other := m.addPartner("Others", "ida").Members[0].ID
	if _, err := m.Why(t.Context(), conv, other, 0); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("to a stranger: %v", err)
	}
	m.exec(`insert into members (partner_id, name, role) values ($1, 'liv', 'member')`, m.partner.ID)
	if got := lines(m.number(`select max(id) from members`), 0); got != nil {
		t.Errorf("to who joined later: %q", got)
	}
}
