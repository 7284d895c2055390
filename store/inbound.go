package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// rawInRow is the size in octets up to which raw mail is kept in its row; the
// rest goes to the blob store.
const rawInRow = 256 << 10

// InboundState is what became of a mail that came in.
type InboundState string

// The states of inbound mail. All but InboundStored are final, until a replay or
// until a person has decided; InboundDuplicate even then.
const (
	InboundStored      InboundState = "stored"      // to be judged
	InboundPosted      InboundState = "posted"      // a message of a conversation, or several
	InboundActed       InboundState = "acted"       // only commands were carried out, or questions asked
	InboundDuplicate   InboundState = "duplicate"   // of one that was posted
	InboundHeld        InboundState = "held"        // a person must decide
	InboundRefused     InboundState = "refused"     // cannot be posted
	InboundIgnored     InboundState = "ignored"     // bounce, complaint, auto-reply, list
	InboundOversize    InboundState = "oversize"    // only its header was fetched
	InboundQuarantined InboundState = "quarantined" // broke the code that read it
)

// Raw is a mail as it was fetched.
type Raw struct {
	MailboxID   int64
	UIDValidity uint32
	UID         uint32
	ReceivedAt  time.Time // INTERNALDATE
	Size        int64     // RFC822.SIZE, octets
	// Content gives the whole mail; of an oversize one its header. It fails
	// where it ends before Length octets.
	Content io.Reader
	Length  int64
}

// KnownUIDs returns which of uids the ledger has, and whether each is finished,
// so that it may leave the polled folder, and how.
func (s *Store) KnownUIDs(ctx context.Context, mailbox int64, uidValidity uint32, uids []uint32) (map[uint32]InboundState, error) {
	rows, err := s.pool.Query(ctx, `select uid, state from inbound where mailbox_id = $1 and uidvalidity = $2 and uid = any($3)`,
		mailbox, int64(uidValidity), uids)
	if err != nil {
		return nil, fmt.Errorf("look up UIDs of mailbox %d: %w", mailbox, err)
	}
	known := make(map[uint32]InboundState)
	var uid uint32
	var state InboundState
	_, err = pgx.ForEachRow(rows, []any{&uid, &state}, func() error {
		known[uid] = state
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up UIDs of mailbox %d: %w", mailbox, err)
	}
	return known, nil
}

// StoreRaw commits a mail to the ledger, bytes and all. When it returns, the
// mailbox may forget the mail. The same mail again is a no-op. A large mail goes
// to the blob store as it is read, and there before its row: what ends the
// process in between leaves a blob that the next attempt replaces. Where Content
// fails there is neither.
func (s *Store) StoreRaw(ctx context.Context, r Raw) error {
	raw, key, sum, err := s.keep(ctx, r)
	if err != nil {
		return fmt.Errorf("store mail %d/%d of mailbox %d: %w", r.UIDValidity, r.UID, r.MailboxID, err)
	}
	_, err = s.pool.Exec(ctx, `
		insert into inbound (period, mailbox_id, uidvalidity, uid, received_at, size, raw, blob_key, sha256)
		values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), $9)
		on conflict (period, mailbox_id, uidvalidity, uid) do nothing`,
		tradepost.Period(r.ReceivedAt), r.MailboxID, int64(r.UIDValidity), int64(r.UID), r.ReceivedAt, r.Size, raw, key, sum[:])
	if err != nil {
		return fmt.Errorf("store mail %d/%d of mailbox %d: %w", r.UIDValidity, r.UID, r.MailboxID, err)
	}
	return nil
}

// keep reads a mail into memory for its row, or into the blob store.
func (s *Store) keep(ctx context.Context, r Raw) (raw []byte, key string, sum [sha256.Size]byte, err error) {
	if r.Length <= rawInRow {
		raw = make([]byte, r.Length)
		if _, err := io.ReadFull(r.Content, raw); err != nil {
			return nil, "", sum, err
		}
		return raw, "", sha256.Sum256(raw), nil
	}
	key = fmt.Sprintf("inbound/%d/%d/%d", r.MailboxID, r.UIDValidity, r.UID)
	_, sum, err = s.o.Blobs.Put(ctx, key, r.Content)
	return nil, key, sum, err
}

// Inbound is a mail of the ledger.
type Inbound struct {
	Ref
	// State is what had become of it when it was looked up.
	State      InboundState
	ReceivedAt time.Time
	Size       int64 // of the whole mail, octets
	Attempts   int   // to read it so far
	Raw        []byte
	// StoredAt is when it came into the ledger.
	StoredAt time.Time
	// Authentication is what was found out when it was judged first; nil = not
	// asked yet.
	Authentication *tradepost.Authentication
	// Release is what people have decided of it; nil = nothing.
	Release *Release
	// replayedAt tells one reading of a finished mail from the next, released one
	// of a mail that was given back.
	replayedAt *time.Time
	released   []byte
}

// setRelease keeps what the ledger says of a release.
func (in *Inbound) setRelease(raw []byte) error {
	in.released = raw
	if raw == nil {
		return nil
	}
	in.Release = new(Release)
	return json.Unmarshal(raw, in.Release)
}

// ErrRawGone says that the blob store has lost a mail which the ledger knows, or
// has other bytes in its place.
var ErrRawGone = errors.New("the raw mail is gone from the blob store")

// rawBlob reads a mail from the blob store. What has been cut short there would
// be taken for an oversize mail, and another for what its author wrote; so its
// hash is asked for.
func (s *Store) rawBlob(ctx context.Context, in Ref, key string, sum []byte) ([]byte, error) {
	raw, err := s.o.Blobs.Get(ctx, key)
	switch {
	case errors.Is(err, tradepost.ErrNotFound):
		return nil, fmt.Errorf("mail %d: %w: %s", in.ID, ErrRawGone, key)
	case err != nil:
		return nil, fmt.Errorf("raw mail %d: %w", in.ID, err)
	}
	if got := sha256.Sum256(raw); !bytes.Equal(got[:], sum) {
		return nil, fmt.Errorf("mail %d: %w: %s is damaged", in.ID, ErrRawGone, key)
	}
	return raw, nil
}

// NextInbound returns the oldest mail of a mailbox that is to be judged now, or
// tradepost.ErrNotFound. It counts the attempt and commits that first,
// so that a mail that kills the process is known by its count. Where its bytes
// can't be had (ErrRawGone, or the blob store failed) it returns the mail all the
// same, without them.
func (s *Store) NextInbound(ctx context.Context, mailbox int64) (Inbound, error) {
	in := Inbound{State: InboundStored}
	var key *string
	var sum, released []byte
	err := s.pool.QueryRow(ctx, `
		update inbound set attempts = attempts + 1
		where (period, id) = (select period, id from inbound
			where mailbox_id = $1 and state = 'stored' and (retry_at is null or retry_at <= now()) order by id limit 1)
		returning period, id, received_at, size, attempts, raw, blob_key, sha256, created_at, authentication, released`, mailbox).Scan(
		&in.Period, &in.ID, &in.ReceivedAt, &in.Size, &in.Attempts, &in.Raw, &key, &sum, &in.StoredAt, &in.Authentication, &released)
	if err != nil {
		return Inbound{}, notFound(err, "unread mail of mailbox %d", mailbox)
	}
	if err := in.setRelease(released); err != nil || key == nil {
		return in, err
	}
	in.Raw, err = s.rawBlob(ctx, in.Ref, *key, sum)
	return in, err
}

// Postpone takes back the attempt that NextInbound counted: what failed was the
// database or the disk, not the mail. It does so when ctx has ended too, or a
// restart would count against the mail.
func (s *Store) Postpone(ctx context.Context, in Ref) error {
	within, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer end()
	_, err := s.pool.Exec(within, `update inbound set attempts = greatest(attempts - 1, 0) where (period, id) = ($1, $2) and state = 'stored'`,
		in.Period, in.ID)
	if err != nil {
		return fmt.Errorf("postpone inbound mail %d: %w", in.ID, err)
	}
	return nil
}

// RetryLater is Postpone for a while, so that the mails behind this one have their
// turn: its sender's domain could not be asked, or something failed on our side.
// What is known of its authentication by then is kept; nil = nothing new.
func (s *Store) RetryLater(ctx context.Context, in Ref, pause time.Duration, auth *tradepost.Authentication) error {
	_, err := s.pool.Exec(ctx, `update inbound set attempts = greatest(attempts - 1, 0), retry_at = now() + $3::interval,
			authentication = `+firstAuthentication("$4")+`
		where (period, id) = ($1, $2) and state = 'stored'`, in.Period, in.ID, pause, auth)
	if err != nil {
		return fmt.Errorf("put inbound mail %d off: %w", in.ID, err)
	}
	return nil
}

// firstAuthentication is the SQL of an authentication that is asked for once,
// when the mail was fetched: a later answer counts only where there was none.
func firstAuthentication(param string) string {
	return `case when authentication is null or authentication->>'result' = '` + string(tradepost.AuthenticationTemporary) + `'
		then coalesce(` + param + `::jsonb, authentication) else authentication end`
}

// Reading is what was understood of a mail, as the ledger notes it.
type Reading struct {
	Class  string
	Rule   string // that decided the class
	MailID string // Message-ID
	From   string // address
	Reader int    // version of the code that read it
	// AuthservID names the server whose Authentication-Results were asked for;
	// "" = none was. The ledger keeps the first.
	AuthservID string
	// Report is what a bounce or a complaint says; nil of other mail.
	Report *Report
	// About is the notification that it speaks of; zero = none that is known.
	About About
	// Authentication is how the sender was authenticated; nil = nobody was asked.
	// The ledger keeps the first that isn't temporary.
	Authentication *tradepost.Authentication
	// Trust is what the trust table was asked and said; nil = it wasn't asked.
	Trust *Trust
	// Digest is the digest that it answers; zero = none.
	Digest Ref
}

// Verdict is why a mail was not posted.
type Verdict struct {
	State  InboundState
	Reason string // typed, short
	Error  string // of a quarantined mail
	// ConversationID is the conversation it was for; 0 = not known.
	ConversationID int64
	// AnswerTo gets the one mail that says why; "" = nobody.
	AnswerTo string
	// Detail is a line for that mail: what was found.
	Detail string
	// Ask is what the person is to be asked of a held mail; nil = nothing. Where
	// they have been asked enough, only the ledger says that it is held.
	Ask *Ask
	// Erase says that the mail quotes a conversation that was deleted: nothing of
	// it is kept but that it came.
	Erase   bool
	breaker int64 // that it is held for
}

// ErrOvertaken says that a mail is no longer as it was when it was looked up:
// somebody else has dealt with it. Nothing was written.
var ErrOvertaken = errors.New("the mail was dealt with meanwhile")

// Settle finishes a mail that isn't posted, together with the answer to it or the
// question about it. One address gets at most one answer a day for the same
// reason. The error may be ErrOvertaken.
func (s *Store) Settle(ctx context.Context, in Inbound, r Reading, v Verdict) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockInbound(ctx, tx, in); err != nil {
			return err
		}
		if err := finishInbound(ctx, tx, in.Ref, r, v, Ref{}); err != nil {
			return err
		}
		if err := noteReport(ctx, tx, in, r); err != nil {
			return err
		}
		if v.Ask != nil {
			asked, err := s.ask(ctx, tx, in.Ref, *v.Ask)
			if err != nil {
				return err
			}
			if asked && v.Ask.Kind == tradepost.QuestionConversation {
				return nil // which tells its author all there is to say
			}
		}
		if v.Erase {
			periods, ids := split([]Ref{in.Ref})
			if _, err := tx.Exec(ctx, eraseMails, v.ConversationID, periods, ids); err != nil {
				return err
			}
		}
		return s.notifyAnswer(ctx, tx, in.Ref, v)
	})
	if err != nil {
		return fmt.Errorf("settle inbound mail %d: %w", in.ID, err)
	}
	return nil
}

// notifyAnswer tells v.AnswerTo why a mail was not posted, unless it was told so
// today.
func (s *Store) notifyAnswer(ctx context.Context, tx pgx.Tx, in Ref, v Verdict) error {
	if v.AnswerTo == "" {
		return nil
	}
	var today time.Time
	if err := tx.QueryRow(ctx, `select (now() at time zone 'UTC')::date`).Scan(&today); err != nil {
		return err
	}
	var detail *answerDetail
	if v.Detail != "" {
		detail = &answerDetail{Line: v.Detail}
	}
	_, err := s.notify(ctx, tx, notice{
		kind: tradepost.Answer, period: tradepost.Period(today), address: v.AnswerTo, inbound: in, reason: v.Reason,
		conversationID: v.ConversationID, detail: detail,
		key: tradepost.DedupeKey(tradepost.Answer, tradepost.FoldAddress(v.AnswerTo), v.Reason, today.Format(time.DateOnly)),
	})
	return err
}

// lockInbound locks a mail, or returns ErrOvertaken.
func lockInbound(ctx context.Context, tx pgx.Tx, in Inbound) error {
	var same bool
	err := tx.QueryRow(ctx, `
		select state = $3 and ($3 = 'stored' or replayed_at is not distinct from $4) and released is not distinct from $5
		from inbound where (period, id) = ($1, $2) for update`, in.Period, in.ID, in.State, in.replayedAt, in.released).Scan(&same)
	if err == nil && !same {
		err = ErrOvertaken
	}
	return notFound(err, "inbound mail %d", in.ID)
}

// finishInbound writes down how a mail was understood and what became of it;
// message is zero unless it was posted. Of a mail that was finished before it
// notes that this was a replay.
func finishInbound(ctx context.Context, tx pgx.Tx, in Ref, r Reading, v Verdict, message Ref) error {
	_, err := tx.Exec(ctx, `
		update inbound set state = $3, reason = $4, error = $5, conversation_id = nullif($6, 0),
			message_period = $7, message_id = nullif($8, 0),
			class = $9, rule = $10, mail_id = $11, from_address = $12, reader = $13, report = $14,
			about_period = $15, about_id = nullif($16, 0), about_by = nullif($17, ''),
			authserv_id = case when authserv_id = '' then $18 else authserv_id end,
			authentication = `+firstAuthentication("$19")+`, trust = $20, breaker_id = nullif($21, 0), retry_at = null,
			digest_period = $22, digest_id = nullif($23, 0),
			finished_at = case when (state, reason) = ($3, $4) then finished_at else now() end,
			replayed_at = case when state = 'stored' then replayed_at else clock_timestamp() end,
			attempts = attempts + case when state = 'stored' then 0 else 1 end
		where (period, id) = ($1, $2)`,
		in.Period, in.ID, v.State, v.Reason, v.Error, v.ConversationID,
		message.nullablePeriod(), message.ID,
		r.Class, r.Rule, r.MailID, r.From, r.Reader, r.Report,
		r.About.nullablePeriod(), r.About.ID, r.About.By, r.AuthservID, r.Authentication, r.Trust, v.breaker, r.Digest.nullablePeriod(), r.Digest.ID)
	return err
}

// Filed notes that mails have left the polled folder.
func (s *Store) Filed(ctx context.Context, mailbox int64, uidValidity uint32, uids []uint32) error {
	_, err := s.pool.Exec(ctx, `update inbound set filed_at = now()
		where mailbox_id = $1 and uidvalidity = $2 and uid = any($3) and filed_at is null`, mailbox, int64(uidValidity), uids)
	if err != nil {
		return fmt.Errorf("note filed mail of mailbox %d: %w", mailbox, err)
	}
	return nil
}

// Left notes that finished mails which aren't among present, the UIDs now in the
// folder, have left it, and those of any other UIDVALIDITY with them. It finds
// what a process that died between moving and Filed left open.
func (s *Store) Left(ctx context.Context, mailbox int64, uidValidity uint32, present []uint32) error {
	_, err := s.pool.Exec(ctx, `update inbound set filed_at = now()
		where mailbox_id = $1 and filed_at is null and state <> 'stored' and (uidvalidity <> $2 or uid <> all($3))`,
		mailbox, int64(uidValidity), present)
	if err != nil {
		return fmt.Errorf("note mail that left mailbox %d: %w", mailbox, err)
	}
	return nil
}
