package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// failure is what happened to a letter, as far as it says something of the
// address that it was sent to.
type failure struct {
	address string
	letter  Ref
	class   string // soft, hard or complaint
	source  string // smtp or report
	inbound Ref    // the report; zero = none
	detail  string
	at      time.Time // when it failed
	// sentAt is when the letter went to that address; zero = as the attempts say.
	sentAt time.Time
}

// The classes and sources of failures that are kept.
const (
	classSoft      = string(tradepost.FailureSoft)
	classHard      = string(tradepost.FailureHard)
	classComplaint = "complaint"
	sourceSMTP     = "smtp"
	sourceReport   = "report"
)

// noteFailure takes an attempt that a server refused into account for the
// address it went to. (contract)
func noteFailure(ctx context.Context, tx pgx.Tx, a Attempt) error {
	class := tradepost.Refusal{Stage: a.Stage, Code: a.Code, Enhanced: a.Enhanced, Text: a.Reply}.Class()
	if class != tradepost.FailureHard && class != tradepost.FailureSoft || a.Address == "" {
		return nil
	}
	return count(ctx, tx, failure{
		address: tradepost.FoldAddress(a.Address), letter: a.Ref, class: string(class), source: sourceSMTP,
		detail: fmt.Sprintf("%d %s", a.Code, a.Reply), at: a.Ended, sentAt: a.Started,
	})
}

// noteReport takes into account what a bounce or a complaint says of the address
// that its letter was sent to. One that doesn't prove by which letter it came is
// a hint for the ledger and no more: anybody can write a report.
func noteReport(ctx context.Context, tx pgx.Tx, in Inbound, r Reading) error {
	if r.Report == nil || r.About.ID == 0 || r.About.By != AboutMessageID && r.About.By != AboutReturnPath {
		return nil
	}
	used, err := addressesUsed(ctx, tx, r.About.Ref)
	if err != nil {
		return err
	}
	for _, f := range failuresOf(*r.Report, used) {
		f.letter, f.source, f.inbound, f.at = r.About.Ref, sourceReport, in.Ref, in.ReceivedAt
		if err := count(ctx, tx, f); err != nil {
			return err
		}
	}
	return nil
}

// failuresOf are what a report says of the addresses that its letter went to.
func failuresOf(r Report, used []string) []failure {
	if r.Feedback != "" {
		if !tradepost.ComplaintSuppresses(r.Feedback) || len(used) == 0 {
			return nil
		}
		// Providers hide who objects: it is whoever got the letter last.
		f := failure{address: used[0], class: classComplaint, detail: "feedback-type " + r.Feedback}
		for _, to := range r.Recipients {
			if i := slices.Index(used, tradepost.FoldAddress(to.Address)); i >= 0 {
				f.address = used[i]
			}
		}
		return []failure{f}
	}
	var list []failure
	for _, to := range r.Recipients {
		at := slices.Index(used, tradepost.FoldAddress(to.Address))
		if at < 0 && to.Original != "" {
			at = slices.Index(used, tradepost.FoldAddress(to.Original))
		}
		class := to.class(r.Dialect)
		if at < 0 || to.Action != "failed" || class != tradepost.FailureHard && class != tradepost.FailureSoft {
			continue
		}
		list = append(list, failure{address: used[at], class: string(class), detail: to.Status + " " + to.Diagnostic})
	}
	return list
}

// class is what kind of failure a bounce tells of. A form of RFC 3464 has a
// status of its own; of other forms it may be a guess from their words, which are
// asked themselves.
func (r Reported) class(dialect string) tradepost.FailureClass {
	status := r.Status
	if dialect != "rfc3464" && dialect != "amazon-sns" {
		status = ""
	}
	c := tradepost.Refusal{Code: r.Code, Enhanced: status, Text: r.Diagnostic}.Class()
	switch {
	case c == tradepost.FailureHard && !r.Permanent:
		return tradepost.FailureSoft // its server gave up on what may pass
	case c == tradepost.FailureUnknown && !r.Permanent:
		return tradepost.FailureSoft
	}
	return c
}

// addressesUsed are the addresses that a letter went to, folded, the last first.
func addressesUsed(ctx context.Context, tx pgx.Tx, letter Ref) ([]string, error) {
	rows, err := tx.Query(ctx, `
		select lower(address) from (
			select sent_to address, 'infinity'::timestamptz at from notifications where (period, id) = ($1, $2)
			union all select address, started_at from attempts where (period, notification_id) = ($1, $2)) used
		where address <> '' group by 1 order by max(at) desc`, letter.Period, letter.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// count notes a failure, once for each address and letter, and suppresses the
// address where that is enough. What is said for good takes the place of what was
// said for now; what is about a letter of before the address was lifted is noted
// and doesn't count.
func count(ctx context.Context, tx pgx.Tx, f failure) error {
	var cleared bool
	err := tx.QueryRow(ctx, `
		with letter as (
			select coalesce($7::timestamptz,
				(select max(started_at) from attempts where (period, notification_id) = ($2, $3) and lower(address) = $1),
				(select coalesce(claimed_at, created_at) from notifications where (period, id) = ($2, $3))) sent_at)
		insert into address_failures as was (folded, notification_period, notification_id, class, source, inbound_period, inbound_id,
			detail, sent_at, failed_at, cleared_at)
		select $1, $2, $3, $4, $5, $8, nullif($9, 0), $6, sent_at, $10,
			(select max(lifted_at) from lifted_suppressions where folded = $1 and lifted_at >= sent_at)
		from letter
		on conflict (folded, notification_period, notification_id) do update
			set class = excluded.class, source = excluded.source, inbound_period = excluded.inbound_period, inbound_id = excluded.inbound_id,
				detail = excluded.detail, failed_at = excluded.failed_at, sent_at = excluded.sent_at,
				cleared_at = case when excluded.sent_at > was.cleared_at then null else coalesce(excluded.cleared_at, was.cleared_at) end
			where was.class = 'soft' and excluded.class <> 'soft' or was.class = 'hard' and excluded.class = 'complaint'
		returning cleared_at is not null`,
		f.address, f.letter.Period, f.letter.ID, f.class, f.source, detailLine(f.detail), nullTime(f.sentAt),
		f.inbound.nullablePeriod(), f.inbound.ID, f.at).Scan(&cleared)
	switch {
	case errors.Is(err, pgx.ErrNoRows): // it was said before
		return nil
	case err != nil:
		return fmt.Errorf("count a failure of an address: %w", err)
	case cleared:
		return nil
	}
	switch f.class {
	case classHard:
		return suppress(ctx, tx, f.address, tradepost.SuppressedBounce, detailLine(f.detail), "")
	case classComplaint:
		return suppress(ctx, tx, f.address, tradepost.SuppressedComplaint, detailLine(f.detail), "")
	}
	score, err := softScore(ctx, tx, f.address)
	if err != nil || score < tradepost.SoftThreshold {
		return err
	}
	return suppress(ctx, tx, f.address, tradepost.SuppressedSoft, detailLine(f.detail), "")
}

// softScore weighs the soft failures of an address that still count.
func softScore(ctx context.Context, tx pgx.Tx, folded string) (score float64, err error) {
	// What was delivered since is asked for only where it makes a difference.
	for _, still := range [...]string{"", " and not (f.source = 'smtp' and " + deliveredSince + ")"} {
		rows, err := tx.Query(ctx, `
			select now(), f.failed_at from address_failures f
			join notifications n on (n.period, n.id) = (f.notification_period, f.notification_id)
			where f.folded = $1 and f.class = 'soft' and f.cleared_at is null and f.failed_at > now() - $2::interval`+still+`
			order by f.failed_at desc limit 1000`, folded, tradepost.SoftForgotten)
		if err != nil {
			return 0, err
		}
		var now, at time.Time
		var failures []time.Time
		_, err = pgx.ForEachRow(rows, []any{&now, &at}, func() error {
			failures = append(failures, at)
			return nil
		})
		if score = tradepost.SoftScore(now, failures); err != nil || score < tradepost.SoftThreshold {
			return score, err
		}
	}
	return score, nil
}

// deliveredSince asks whether anything reached the address of the failure f, of
// the letter n, after it, be it the same letter: a server that refused by SMTP
// takes mail again. Of what was reported by mail a delivery says nothing: the
// server that we hand letters to is not the one that failed.
const deliveredSince = `(n.state = 'sent' and lower(n.sent_to) = f.folded
	or exists (select from notifications d where d.member_id = n.member_id and d.kind = 'digest' and d.state = 'sent'
		and d.finished_at > f.failed_at and lower(d.sent_to) = f.folded)
	or exists (select from members mb join notifications a on a.partner_id = mb.partner_id and a.kind = 'alert' and a.created_at > f.sent_at
		where mb.id = n.member_id and a.member_id = mb.id and a.state = 'sent' and a.finished_at > f.failed_at and lower(a.sent_to) = f.folded)
	or exists (select from conversations c join notifications r on r.conversation_id = c.id
		where c.merchant_id = n.merchant_id and r.merchant_id = n.merchant_id and r.state = 'sent'
		and r.finished_at > f.failed_at and lower(r.sent_to) = f.folded))`
