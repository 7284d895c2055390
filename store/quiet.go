package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// quiet says whether a member's quiet hours keep back what is about a kind now.
// schedule is members.schedule as it is stored, nil = the default; one that can't
// be read keeps nothing back. (contract)
func quiet(schedule []byte, zone string, kind tradepost.Kind, now time.Time) bool {
	s, err := readSchedule(schedule)
	return err == nil && s.Quiet(now, zoneNamed(zone), kind)
}

// beforeSending is what is asked of an alert or a reminder when it is claimed,
// besides its Standing.
type beforeSending struct {
	schedule []byte
	zone     string
	kind     tradepost.Kind
	alert    tradepost.AlertSetting
	digest   tradepost.DigestSetting
	// unsure says that an earlier attempt may have been delivered.
	unsure bool
	now    time.Time
}

// optedOut says whether the member wants no such mail by their choices for the
// kind. The general ones were asked for with the standing.
func (b beforeSending) optedOut(n tradepost.NotificationKind, general bool) bool {
	s, err := readSchedule(b.schedule)
	if b.schedule == nil || err != nil || n != tradepost.Alert {
		return general
	}
	return tradepost.Settings{Alert: b.alert, Schedule: s}.AlertFor(b.kind) == tradepost.AlertNever
}

// keepBack puts a claimed notification off where quiet hours have begun since it
// was written, and says whether it did. An alert is left to the digest, unless
// the member gets none or may have had it already; the rest waits for their end.
func keepBack(ctx context.Context, tx pgx.Tx, c Claimed, n tradepost.NotificationKind, b beforeSending) (bool, error) {
	if b.schedule == nil {
		return false, nil
	}
	s, err := readSchedule(b.schedule)
	if err != nil {
		return false, err
	}
	until, ok := s.FreeAt(b.now, zoneNamed(b.zone), b.kind)
	first := n == tradepost.Alert && c.Reason == string(tradepost.AlertFirstContact)
	if !ok || !until.After(b.now) || first && s.BreakQuiet {
		return false, nil
	}
	if n == tradepost.Alert && b.digest != tradepost.DigestOff && !b.unsure {
		return true, leaveToDigest(ctx, tx, c.Ref)
	}
	_, err = tx.Exec(ctx, `update notifications set state = case when silences + lapses > 0 then 'unknown' else 'pending' end,
			attempts = attempts - 1, due_at = $3, offer_at = '-infinity', lease_owner = null
		where (period, id) = ($1, $2)`, c.Period, c.ID, until)
	return true, err
}

// leaveToDigest ends a claimed alert and has the digest after the quiet hours
// tell its message.
func leaveToDigest(ctx context.Context, tx pgx.Tx, ref Ref) error {
	_, err := tx.Exec(ctx, `update recipients set notification_period = null, notification_id = null, reason = $3
		where (notification_period, notification_id) = ($1, $2) and outcome is null`, ref.Period, ref.ID, tradepost.ReasonQuietHours)
	if err != nil {
		return err
	}
	return skip(ctx, tx, ref, tradepost.OutcomeSkipped, tradepost.ReasonQuietHours)
}

// toldOf is a member and a message.
type toldOf struct{ Member, Message int64 }

// leading returns which of the messages lead whose digest: first contacts whose
// alert the quiet hours kept back. The answer stays the same after the digest was
// sent.
func leading(ctx context.Context, tx pgx.Tx, periods []time.Time, messages []int64) (map[toldOf]bool, error) {
	if len(messages) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	rows, err := tx.Query(ctx, `
		select r.member_id, r.message_id from recipients r
		join conversations c on c.id = r.conversation_id
		join first_contacts f on (f.partner_id, f.merchant_id) = (c.partner_id, c.merchant_id) and f.message_id = r.message_id
		where (r.period, r.message_id) in (select * from unnest($1::date[], $2::bigint[])) and r.member_id is not null and r.reason = $3`,
		periods, messages, tradepost.ReasonQuietHours)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[toldOf])
	lead := make(map[toldOf]bool, len(list))
	for _, t := range list {
		lead[t] = true
	}
	return lead, err
}
