package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// rawInRow is the size in octets up to which raw mail is kept in its row; the
// rest goes to the blob store.
const rawInRow = 256 << 10

// InboundState is what became of a mail that came in.
type InboundState string

// The states of inbound mail. All but InboundStored are final.
const (
	InboundStored      InboundState = "stored"      // not yet looked at
	InboundPosted      InboundState = "posted"      // a message of a conversation
	InboundDuplicate   InboundState = "duplicate"   // of one that was posted
	InboundHeld        InboundState = "held"        // a person must decide
	InboundRefused     InboundState = "refused"     // cannot be posted
	InboundIgnored     InboundState = "ignored"     // bounce, auto-reply, list
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
	Bytes       []byte    // the whole mail; of an oversize one its header
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
// mailbox may forget the mail. The same mail again is a no-op.
func (s *Store) StoreRaw(ctx context.Context, r Raw) error {
	var raw []byte
	var key *string
	if len(r.Bytes) <= rawInRow {
		if raw = r.Bytes; raw == nil {
			raw = []byte{}
		}
	} else {
		k := fmt.Sprintf("inbound/%d/%d/%d", r.MailboxID, r.UIDValidity, r.UID)
		if err := s.o.Blobs.Put(ctx, k, r.Bytes); err != nil {
			return err
		}
		key = &k
	}
	sum := sha256.Sum256(r.Bytes)
	_, err := s.pool.Exec(ctx, `
		insert into inbound (period, mailbox_id, uidvalidity, uid, received_at, size, raw, blob_key, sha256)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict (period, mailbox_id, uidvalidity, uid) do nothing`,
		tradepost.Period(r.ReceivedAt), r.MailboxID, int64(r.UIDValidity), int64(r.UID), r.ReceivedAt, r.Size, raw, key, sum[:])
	if err != nil {
		return fmt.Errorf("store mail %d/%d of mailbox %d: %w", r.UIDValidity, r.UID, r.MailboxID, err)
	}
	return nil
}

// Inbound is a mail of the ledger.
type Inbound struct {
	Ref
	ReceivedAt time.Time
	Size       int64 // of the whole mail, octets
	Attempts   int   // to read it so far
	Raw        []byte
}

// ErrRawGone says that the blob store has lost a mail which the ledger knows.
var ErrRawGone = errors.New("the raw mail is gone from the blob store")

// NextInbound returns the oldest mail of a mailbox that was stored and not looked
// at yet, or tradepost.ErrNotFound. It counts the attempt and commits that first,
// so that a mail that kills the process is known by its count. With ErrRawGone it
// returns the mail all the same, without its bytes.
func (s *Store) NextInbound(ctx context.Context, mailbox int64) (Inbound, error) {
	var in Inbound
	var key *string
	err := s.pool.QueryRow(ctx, `
		update inbound set attempts = attempts + 1
		where (period, id) = (select period, id from inbound where mailbox_id = $1 and state = 'stored' order by id limit 1)
		returning period, id, received_at, size, attempts, raw, blob_key`, mailbox).Scan(
		&in.Period, &in.ID, &in.ReceivedAt, &in.Size, &in.Attempts, &in.Raw, &key)
	if err != nil {
		return Inbound{}, notFound(err, "unread mail of mailbox %d", mailbox)
	}
	if key != nil {
		in.Raw, err = s.o.Blobs.Get(ctx, *key)
		if errors.Is(err, tradepost.ErrNotFound) {
			return in, fmt.Errorf("mail %d: %w: %s", in.ID, ErrRawGone, *key)
		}
		if err != nil {
			return Inbound{}, fmt.Errorf("raw mail %d: %w", in.ID, err)
		}
	}
	return in, nil
}

// Postpone takes back the attempt that NextInbound counted: what failed was the
// database or the disk, not the mail.
func (s *Store) Postpone(ctx context.Context, in Ref) error {
	_, err := s.pool.Exec(ctx, `update inbound set attempts = greatest(attempts - 1, 0) where (period, id) = ($1, $2) and state = 'stored'`,
		in.Period, in.ID)
	if err != nil {
		return fmt.Errorf("postpone inbound mail %d: %w", in.ID, err)
	}
	return nil
}

// Reading is what was understood of a mail, as the ledger notes it.
type Reading struct {
	Class  string
	MailID string // Message-ID
	From   string // address
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
}

// Settle finishes a mail that isn't posted, together with the answer to it. One
// address gets at most one answer a day for the same reason.
func (s *Store) Settle(ctx context.Context, in Ref, r Reading, v Verdict) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if open, err := lockInbound(ctx, tx, in); err != nil || !open {
			return err
		}
		if err := finishInbound(ctx, tx, in, r, v); err != nil {
			return err
		}
		if v.AnswerTo == "" {
			return nil
		}
		return s.notifyAnswer(ctx, tx, in, v)
	})
	if err != nil {
		return fmt.Errorf("settle inbound mail %d: %w", in.ID, err)
	}
	return nil
}

func (s *Store) notifyAnswer(ctx context.Context, tx pgx.Tx, in Ref, v Verdict) error {
	var today time.Time
	if err := tx.QueryRow(ctx, `select (now() at time zone 'UTC')::date`).Scan(&today); err != nil {
		return err
	}
	_, err := s.notify(ctx, tx, notice{
		kind: tradepost.Answer, period: tradepost.Period(today), address: v.AnswerTo, inbound: in, reason: v.Reason,
		conversationID: v.ConversationID,
		key:            tradepost.DedupeKey(tradepost.Answer, tradepost.FoldAddress(v.AnswerTo), v.Reason, today.Format(time.DateOnly)),
	})
	return err
}

// lockInbound locks a mail and reports whether it is still to be dealt with.
func lockInbound(ctx context.Context, tx pgx.Tx, in Ref) (open bool, err error) {
	err = tx.QueryRow(ctx, `select state = 'stored' from inbound where (period, id) = ($1, $2) for update`, in.Period, in.ID).Scan(&open)
	return open, notFound(err, "inbound mail %d", in.ID)
}

func finishInbound(ctx context.Context, tx pgx.Tx, in Ref, r Reading, v Verdict) error {
	_, err := tx.Exec(ctx, `
		update inbound set state = $3, reason = $4, error = $5, class = $6, mail_id = $7, from_address = $8,
			conversation_id = nullif($9, 0), finished_at = now()
		where (period, id) = ($1, $2)`,
		in.Period, in.ID, v.State, v.Reason, v.Error, r.Class, r.MailID, r.From, v.ConversationID)
	return err
}

// Reply is a mail that is to become a message.
type Reply struct {
	ConversationID int64
	Role           tradepost.AuthorRole
	Person         int64 // member or merchant id
	Through        int64 // the newest message in the letter that was answered
	Body           string
	FullText       string
	Files          []tradepost.Attachment
	// Fingerprint is that of the address answered, the Message-ID and the body
	// together: a second mail with the same one is a duplicate.
	Fingerprint [32]byte
}

// PostReply makes a message of a mail: message, relay or alerts, read state and
// ledger in one transaction. Whether the person may still write there is asked
// within it; tradepost.ErrRefused or tradepost.ErrNotFound say that they may not,
// and leave the mail as it was. It reports false when the mail had been dealt
// with before, or is a duplicate.
func (s *Store) PostReply(ctx context.Context, in Ref, r Reading, p Reply) (posted bool, err error) {
	files, err := s.putFiles(ctx, fmt.Sprintf("attachments/inbound/%s-%d", in.Period.Format("200601"), in.ID), p.Files)
	if err != nil {
		return false, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		posted = false
		open, err := lockInbound(ctx, tx, in)
		if err != nil || !open {
			return err
		}
		tag, err := tx.Exec(ctx, `insert into posted_replies (fingerprint, inbound_period, inbound_id) values ($1, $2, $3) on conflict do nothing`,
			p.Fingerprint[:], in.Period, in.ID)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return finishInbound(ctx, tx, in, r, Verdict{State: InboundDuplicate, ConversationID: p.ConversationID})
		}
		m := incoming{body: p.Body, fullText: p.FullText, mailID: r.MailID, via: tradepost.ViaEmail, files: files}
		var at stored
		if p.Role == tradepost.AuthorMember {
			at, err = s.addMemberMessage(ctx, tx, p.ConversationID, p.Person, m, p.Through)
		} else {
			at, err = s.addMerchantReply(ctx, tx, p, m)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			update inbound set state = 'posted', class = $3, mail_id = $4, from_address = $5, conversation_id = $6,
				message_period = $7, message_id = $8, finished_at = now()
			where (period, id) = ($1, $2)`,
			in.Period, in.ID, r.Class, r.MailID, r.From, p.ConversationID, at.period, at.id)
		posted = true
		return err
	})
	if err != nil {
		return false, fmt.Errorf("post inbound mail %d: %w", in.ID, err)
	}
	return posted, nil
}

func (s *Store) addMerchantReply(ctx context.Context, tx pgx.Tx, p Reply, m incoming) (stored, error) {
	var theirs bool
	err := tx.QueryRow(ctx, `select merchant_id = $2 from conversations where id = $1`, p.ConversationID, p.Person).Scan(&theirs)
	if err != nil {
		return stored{}, notFound(err, "conversation %d", p.ConversationID)
	}
	if !theirs {
		return stored{}, fmt.Errorf("conversation %d is another merchant's: %w", p.ConversationID, tradepost.ErrRefused)
	}
	at, err := s.addMerchantMessage(ctx, tx, p.ConversationID, m)
	if err != nil {
		return stored{}, err
	}
	return at, readThrough(ctx, tx, p.ConversationID, tradepost.AuthorMerchant, p.Person, p.Through)
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
