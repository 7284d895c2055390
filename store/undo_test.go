package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// undoMessage returns what taking a message back comes to.
func (m *market) undoMessage(conversation, message, member int64) string {
	m.t.Helper()
	r, err := m.UndoMessage(m.t.Context(), conversation, message, member)
	if err != nil {
		m.t.Fatal(err)
	}
	return said(r)
}

func TestUndoReply(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = 30 * time.Second })
	conv := m.open("nadia")
	maja, oskar := m.partner.Members[0].ID, m.partner.Members[1].ID
	m.answer(conv, maja, "first")
	second := m.answer(conv, maja, "second")
	if got := m.undoMessage(conv, second, oskar); got != "refused not_allowed" {
		t.Errorf("a colleague's message: %s", got)
	}
	if got := m.undoMessage(conv, second, maja); got != "done reply" {
		t.Errorf("the message: %s", got)
	}
	if got := m.undoMessage(conv, second, maja); got != "refused nothing_to_undo" {
		t.Errorf("once more: %s", got)
	}
	if got := m.act(conv, maja, "undo"); got != "done reply" {
		t.Errorf("the one before: %s", got)
	}
	m.passTime(time.Minute)
	if n := len(m.relays()); n != 0 {
		t.Errorf("%d letters of messages that were taken back", n)
	}
	if got := m.value(`select string_agg(distinct concat_ws(':', n.state, n.reason, r.outcome, r.reason), ' ')
		from notifications n join recipients r on (r.notification_period, r.notification_id) = (n.period, n.id) where kind = 'relay'`); got != "skipped:undone:skipped:undone" {
		t.Errorf("on record: %s", got)
	}
	// Oskar's alert waits as if nobody had answered; Maja has read it.
	if got := m.outcomes(); got[0] != "read_first" || got[1] != "-" {
		t.Errorf("outcomes %v", got)
	}
	if n := m.alertAll(); n != 1 {
		t.Errorf("%d alerts, want Oskar's", n)
	}
	for _, conversation := range []int64{conv, conv + 1} {
		if _, err := m.UndoMessage(t.Context(), conversation, second+100, maja); !errors.Is(err, tradepost.ErrNotFound) {
			t.Errorf("no such message: %v", err)
		}
	}
}

func TestUndoTooLate(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = 30 * time.Second })
	conv := m.open("nadia")
	maja := m.partner.Members[0].ID
	m.act(conv, maja, "done")
	m.exec(`update actions set created_at = created_at - interval '31 seconds'`)
	if got := m.act(conv, maja, "undo"); got != "refused too_late" {
		t.Errorf("a command from before: %s", got)
	}
	message := m.answer(conv, maja, "we can do that")
	m.act(conv, maja, "note sent")
	m.passTime(time.Minute)
	letters := m.relays()
	if len(letters) != 1 {
		t.Fatalf("%d relays", len(letters))
	}
	if got := m.undoMessage(conv, message, maja); got != "refused too_late" {
		t.Errorf("while it is sent: %s", got)
	}
	m.record(letters[0].Claimed, tradepost.Temporary)
	if got := m.undoMessage(conv, message, maja); got != "refused too_late" {
		t.Errorf("once it was tried: %s", got)
	}
	if got := m.act(conv, maja, "undo"); got != "done note" {
		t.Errorf("the note: %s", got)
	}
	if got := m.act(conv, maja, "undo"); got != "refused too_late" { // the reply, and not the mark before it
		t.Errorf("the reply: %s", got)
	}
}

// TestUndoOfAMarkedReply: a mark holds it back, so it never went.
func TestUndoOfAMarkedReply(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	maja := m.partner.Members[0].ID
	message := m.answer(conv, maja, "we can do that")
	if err := m.Mark(t.Context(), conv, message, maja, "✅"); err != nil {
		t.Fatal(err)
	}
	if n := len(m.relays()); n != 0 {
		t.Fatal(n)
	}
	if got := m.undoMessage(conv, message, maja); got != "done reply" {
		t.Error(got)
	}
	if err := m.Unmark(t.Context(), conv, message, maja); err != nil {
		t.Fatal(err)
	}
	if n := len(m.relays()); n != 0 {
		t.Error("to unmark it sent it all the same")
	}
	if got := m.value(`select outcome || ':' || reason from recipients where merchant_id is not null`); got != "skipped:undone" {
		t.Error(got)
	}
}

// TestUndoAgainstAClaim: whichever commits first wins, and the other knows.
func TestUndoAgainstAClaim(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	maja := m.partner.Members[0].ID
	undone, sent := 0, 0
	for i := range 50 {
		message := m.answer(conv, maja, fmt.Sprint("answer ", i))
		refs := m.offered()[tradepost.Relay]
		var letters []store.MessageLetter
		var claimErr, undoErr error
		var r tradepost.CommandResult
		begin := make(chan struct{})
		claimed := start(func() { <-begin; letters, claimErr = m.ClaimRelays(t.Context(), m.lease(), refs) })
		taken := start(func() { <-begin; r, undoErr = m.UndoMessage(t.Context(), conv, message, maja) })
		close(begin)
		<-claimed
		<-taken
		if claimErr != nil || undoErr != nil {
			t.Fatal(claimErr, undoErr)
		}
		switch got := said(r); {
		case len(letters) == 0 && got == "done reply":
			undone++
			if again, err := m.ClaimRelays(t.Context(), m.lease(), refs); err != nil || len(again) != 0 {
				t.Fatalf("claimed after it was taken back: %d, %v", len(again), err)
			}
		case len(letters) == 1 && got == "refused too_late":
			sent++
			m.record(letters[0].Claimed, tradepost.Delivered)
		default:
			t.Fatalf("run %d: %d letters and %s", i, len(letters), got)
		}
	}
	t.Logf("%d taken back, %d sent", undone, sent)
	want := fmt.Sprintf("%d %d", sent, undone)
	if got := m.value(`select concat_ws(' ', count(*) filter (where outcome = 'relayed'), count(*) filter (where outcome = 'skipped' and reason = 'undone'))
		from recipients where merchant_id is not null`); got != want {
		t.Errorf("outcomes %s, want %s", got, want)
	}
}

// TestUndoRestores does things at random and takes them back, one after another:
// each time all is as it was before.
func TestUndoRestores(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Hour })
	m.exec(`update partners set default_code = 'STANDARD'`)
	members := []int64{m.partner.Members[0].ID, m.partner.Members[1].ID}
	lines := rapid.OneOf(
		rapid.SampledFrom([]string{"done", "unmark", "unqualify", "mute", "decline", "reply", "qualify"}),
		rapid.Map(rapid.SampledFrom([]string{"😀", "✅", "🎉"}), func(s string) string { return "mark " + s }),
		rapid.Map(rapid.SampledFrom([]string{"a", "A,b", "b", "c,a"}), func(s string) string { return "tag " + s }),
		rapid.Map(rapid.SampledFrom([]string{"a", "b,C"}), func(s string) string { return "untag " + s }),
		rapid.Map(rapid.SampledFrom([]string{"GOLD", "SILVER"}), func(s string) string { return "qualify " + s }),
		rapid.Map(rapid.StringMatching(`[a-z]{1,5}`), func(s string) string { return "note " + s }),
	)
	rapid.Check(t, func(rt *rapid.T) {
		// A fresh merchant each time; the team's tags stay from case to case.
		conv := m.open(rapid.StringMatching(`[a-z]{12}`).Draw(rt, "merchant"))
		m.write(conv, "and more")
		m.exec(`update recipients set read_at = now(), outcome = 'read_first', outcome_at = now() where outcome is null and member_id = $1`, members[0])
		m.exec(`delete from actions`)
		type step struct {
			member int64
			before string
		}
		var steps []step
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			// A member's reply reads for its author, which an undo leaves; so the
			// one who writes is who has read all before.
			member, line := rapid.SampledFrom(members).Draw(rt, "member"), lines.Draw(rt, "line")
			if line == "reply" {
				member = members[0]
			}
			before := m.shown(conv)
			if line == "reply" {
				m.answer(conv, member, "a reply")
				steps = append(steps, step{member, before})
			} else if m.act(conv, member, line) == "done" {
				steps = append(steps, step{member, before})
			}
			if len(steps) > 0 && rapid.Bool().Draw(rt, "back at once") {
				last := steps[len(steps)-1]
				steps = steps[:len(steps)-1]
				m.undoes(rt, conv, last.member, last.before)
			}
		}
		for len(steps) > 0 {
			last := steps[len(steps)-1]
			steps = steps[:len(steps)-1]
			m.undoes(rt, conv, last.member, last.before)
		}
		for _, member := range members {
			if got := m.act(conv, member, "undo"); got != "refused nothing_to_undo" {
				rt.Fatalf("all was taken back, and then: %s", got)
			}
		}
	})
}

// undoes takes the last thing back and compares.
func (m *market) undoes(t *rapid.T, conversation, member int64, want string) {
	r, err := m.Act(m.t.Context(), conversation, member, tradepost.Command{Verb: tradepost.VerbUndo}, 0, tradepost.ViaEmail)
	if err != nil || r.State != tradepost.CommandDone {
		t.Fatalf("undo: %v, %v", r, err)
	}
	if got := m.shown(conversation); got != want {
		t.Fatalf("after undo of %s:\n%s\nwant\n%s", r.Undone, got, want)
	}
}
