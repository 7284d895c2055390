package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
)

func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	maja := m.partner.Members[0].ID
	got, err := m.Settings(t.Context(), maja)
	if err != nil || !cmp.Equal(got.Settings, tradepost.DefaultSettings()) || got.Zone != "UTC" {
		t.Fatalf("at first %+v, %v", got, err)
	}
	if wait := time.Until(got.Next); wait <= 0 || wait > time.Hour {
		t.Errorf("the next digest is due in %s", wait)
	}
	want := tradepost.Settings{Alert: tradepost.AlertEveryMessage, Digest: tradepost.DigestDaily, Schedule: tradepost.Schedule{
		DailyAt: 8*60 + 30, BreakQuiet: true, NoReminders: true,
		QuietSpans: []tradepost.QuietSpan{{Days: []tradepost.Day{"fri"}, From: 16 * 60, To: tradepost.EndOfDay, Kinds: []tradepost.Kind{tradepost.KindInventory}}},
		Alerts:     map[tradepost.Kind]tradepost.AlertSetting{tradepost.KindInventory: tradepost.AlertNever},
	}}
	m.exec(`update members set next_window_at = now() + interval '1 day'`)
	if err := m.SetSettings(t.Context(), maja, want); err != nil {
		t.Fatal(err)
	}
	if got, err = m.Settings(t.Context(), maja); err != nil || !cmp.Equal(got.Settings, want) {
		t.Fatalf("%v\n%s", err, cmp.Diff(want, got.Settings))
	}
	if due := got.Next.UTC().Format("15:04"); due != "08:30" {
		t.Errorf("the next digest is due at %s", due)
	}
	if n := m.number(`select count(*) from members where next_window_at is not null`); n != 1 {
		t.Error("the next window of the old settings stands")
	}
	var faults tradepost.Invalid
	if err := m.SetSettings(t.Context(), maja, tradepost.Settings{Alert: "loud", Digest: "weekly"}); !errors.As(err, &faults) || len(faults) != 2 {
		t.Errorf("nonsense: %v", err)
	}
	if err := m.SetSettings(t.Context(), 1<<40, want); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if err := m.SetSettings(t.Context(), maja, tradepost.DefaultSettings()); err != nil || m.number(`select count(*) from members where schedule is not null`) != 0 {
		t.Errorf("the default is stored as a schedule, %v", err)
	}
}
