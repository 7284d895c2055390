package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// ReplayFilter selects mail of the ledger that was judged before. Its conditions
// are joined by "and"; the zero value selects all.
type ReplayFilter struct {
	IDs         []int64        // nil = any
	States      []InboundState // nil = any
	Since       time.Time      // received then or later
	ReadBefore  int            // by a reader of a version below; 0 = any
	StoredUntil time.Time      // in the ledger by then; zero = any
}

// ReplayPage returns the next mails of a selection after the one given, in the
// order of their keys, at most limit. The first page is that after the zero Ref.
func (s *Store) ReplayPage(ctx context.Context, f ReplayFilter, after Ref, limit int) ([]Ref, error) {
	rows, err := s.pool.Query(ctx, `
		select period, id from inbound
		where (period, id) > ($1, $2)
		  and ($3::bigint[] is null or id = any($3)) and ($4::text[] is null or state = any($4))
		  and ($5::timestamptz is null or received_at >= $5) and ($6 = 0 or reader < $6)
		  and ($7::timestamptz is null or created_at <= $7)
		order by period, id limit $8`,
		after.Period, after.ID, f.IDs, f.States, nullableTime(f.Since), f.ReadBefore, nullableTime(f.StoredUntil), limit)
	if err != nil {
		return nil, fmt.Errorf("select mail to replay: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Ref, err error) { return r, row.Scan(&r.Period, &r.ID) })
	if err != nil {
		return nil, fmt.Errorf("select mail to replay: %w", err)
	}
	return list, nil
}

func nullableTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Replayable is a mail of the ledger, to be read again, and what became of it.
type Replayable struct {
	Inbound
	Class, Rule, Reason, Error string
	MailID, From               string
	Reader                     int
	AuthservID                 string // see Reading
	ConversationID             int64
	ShreddedAt                 time.Time // when Raw went; zero = it is kept
	// Message is the first that came of it, Messages are all of them, in the order
	// in which they were posted.
	Message  PostedMessage
	Messages []Ref
}

// PostedMessage is what a mail was posted as; zero if it wasn't.
type PostedMessage struct {
	Ref
	ConversationID int64
	Author         tradepost.AuthorRole
	Person         int64
	Body, FullText string
	Fold           int
	Filenames      []string
	Deleted        bool
}

// Replayable returns a mail with its bytes. Of one that was shredded they are
// nil; ErrRawGone says that they are missing though they should be there.
func (s *Store) Replayable(ctx context.Context, in Ref) (Replayable, error) {
	m, blob, err := s.replayable(ctx, in)
	if err != nil || !m.ShreddedAt.IsZero() || blob.key == nil {
		return m, err
	}
	var gone error
	if m.Raw, gone = s.rawBlob(ctx, in, *blob.key, blob.sum); !errors.Is(gone, ErrRawGone) {
		return m, gone
	}
	// Retention notes that a mail is shredded before it deletes the blob. So no
	// lock is needed: who comes too late finds the reason in the row.
	if m, _, err = s.replayable(ctx, in); err == nil && m.ShreddedAt.IsZero() {
		err = gone
	}
	return m, err
}

// rawAt is where a large mail is, and the hash of its bytes.
type rawAt struct {
	key *string // nil = in the row
	sum []byte
}

func (s *Store) replayable(ctx context.Context, in Ref) (m Replayable, blob rawAt, err error) {
	var shredded, posted *time.Time
	var released []byte
	var periods []time.Time
	var ids []int64
	err = s.pool.QueryRow(ctx, `
		select i.period, i.id, i.state, i.received_at, i.size, i.attempts, i.raw, i.blob_key, i.sha256, i.replayed_at, i.raw_shredded_at,
		       i.class, i.rule, i.reason, i.error, i.mail_id, i.from_address, i.reader, i.authserv_id, coalesce(i.conversation_id, 0),
		       m.period, coalesce(m.id, 0), coalesce(m.conversation_id, 0), coalesce(m.author, ''), coalesce(m.member_id, m.merchant_id, 0),
		       coalesce(m.body, ''), coalesce(m.full_text, ''), coalesce(m.fold_at, 0), m.deleted_at is not null,
		       (select coalesce(array_agg(a.filename order by a.id), '{}') from attachments a where (a.period, a.message_id) = (m.period, m.id)),
		       i.created_at, i.authentication, i.released, p.periods, p.ids
		from inbound i left join messages m on (m.period, m.id) = (i.message_period, i.message_id)
		left join lateral (select array_agg(message_period order by message_id) periods, array_agg(message_id order by message_id) ids
		                   from posted_messages where (inbound_period, inbound_id) = (i.period, i.id)) p on true
		where (i.period, i.id) = ($1, $2)`, in.Period, in.ID).Scan(
		&m.Period, &m.ID, &m.State, &m.ReceivedAt, &m.Size, &m.Attempts, &m.Raw, &blob.key, &blob.sum, &m.replayedAt, &shredded,
		&m.Class, &m.Rule, &m.Reason, &m.Error, &m.MailID, &m.From, &m.Reader, &m.AuthservID, &m.ConversationID,
		&posted, &m.Message.ID, &m.Message.ConversationID, &m.Message.Author, &m.Message.Person,
		&m.Message.Body, &m.Message.FullText, &m.Message.Fold, &m.Message.Deleted, &m.Message.Filenames,
		&m.StoredAt, &m.Authentication, &released, &periods, &ids)
	if err == nil {
		err = m.setRelease(released)
	}
	if err != nil {
		return Replayable{}, rawAt{}, notFound(err, "inbound mail %d", in.ID)
	}
	m.Messages = join(periods, ids)
	if shredded != nil {
		m.ShreddedAt = *shredded
	}
	if posted != nil {
		m.Message.Period = *posted
	}
	return m, blob, nil
}

// Reread gives a posted message the text that its mail is now read to hold, and
// notes in the ledger how it was understood. Nobody is told: a mail about the
// message that is still to be written has the new text, one that was sent keeps
// the old. Of a message that was deleted meanwhile the error is ErrOvertaken, as
// it is for a mail that was. Of a mail that became several messages only the first
// could be told apart, so those are refused: tradepost.ErrRefused.
func (s *Store) Reread(ctx context.Context, m Replayable, r Reading, p Reply, fingerprint [32]byte) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockInbound(ctx, tx, m.Inbound); err != nil {
			return err
		}
		if len(m.Messages) > 1 {
			return fmt.Errorf("the mail became %d messages: %w", len(m.Messages), tradepost.ErrRefused)
		}
		tag, err := tx.Exec(ctx, `update messages set body = $3, full_text = nullif($4, ''), fold_at = nullif($5, 0)
			where (period, id) = ($1, $2) and deleted_at is null`,
			m.Message.Period, m.Message.ID, p.Body, p.FullText, p.Fold)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return ErrOvertaken
		}
		// A copy that comes later is recognised by what today's reader makes of it.
		if _, err := claimFingerprint(ctx, tx, m.Ref, fingerprint); err != nil {
			return err
		}
		return finishInbound(ctx, tx, m.Ref, r, Verdict{State: InboundPosted, ConversationID: m.ConversationID}, m.Message.Ref)
	})
	if err != nil {
		return fmt.Errorf("read inbound mail %d again: %w", m.ID, err)
	}
	return nil
}
