package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Request identifies a request of an API client, so that sending it again
// changes nothing. A zero Request is never recognised again.
type Request struct {
	APIKeyID    int64  // of who is signed in, the negative of their member id
	Key         string // the client's Idempotency-Key
	Fingerprint [32]byte
}

// folder is where a request's files go: the same one when it comes again, so
// that nothing is written twice.
func (r Request) folder() string {
	if r.Key == "" {
		return NewBlobKey("attachments")
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %x", r.APIKeyID, r.Key, r.Fingerprint))
	return "attachments/" + hex.EncodeToString(sum[:1]) + "/" + hex.EncodeToString(sum[1:])
}

// Conversation is one merchant with one partner about one thing.
type Conversation struct {
	ID        int64
	PartnerID int64
	Partner   string
	Merchant  Merchant
	Kind      tradepost.Kind
	Service   string // name; "" where the kind has none
	CreatedAt time.Time
	LastAt    time.Time // of the newest message
}

// Message is one message of a conversation.
type Message struct {
	ID         int64
	Author     tradepost.AuthorRole
	MemberID   int64 // of a member's message; else 0
	AuthorName string
	Body       string
	FullText   string // of a mail: with its quotes; for the author's own side only
	Fold       int    // of a mail: characters of Body before what is shown folded; 0 = nothing is
	Via        tradepost.Via
	CreatedAt  time.Time
	Mark       string // emoji; "" = unmarked
	Files      []File
}

// Shown is the part of Body that its author surely wrote, and Folded the rest,
// which a page shows when it is asked for; "" where nothing is folded.
func (m Message) Shown() string { return m.Body[:m.foldOffset()] }

// Folded is the rest of Body; see Shown.
func (m Message) Folded() string { return strings.TrimLeft(m.Body[m.foldOffset():], "\n") }

func (m Message) foldOffset() int {
	n := 0
	for i := range m.Body {
		if n == m.Fold && n > 0 {
			return i
		}
		n++
	}
	return len(m.Body)
}

// File is a stored attachment.
type File struct {
	ID          int64
	Filename    string
	ContentType string
	Size        int64
	BlobKey     string
}

// OpenConversation stores the first message of a new conversation and whatever
// mail it asks for, and returns the conversation's id. The same req again
// returns the same id and does nothing; the same key with another fingerprint is
// tradepost.ErrKeyReused. The opening must have been validated.
func (s *Store) OpenConversation(ctx context.Context, o tradepost.Opening, req Request) (id int64, err error) {
	files, err := s.putFiles(ctx, req.folder(), o.Attachments)
	if err != nil {
		return 0, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (int64, error) { return s.open(ctx, tx, o, files) })
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("open conversation: %w", err)
	}
	return id, nil
}

func (s *Store) open(ctx context.Context, tx pgx.Tx, o tradepost.Opening, files []storedFile) (id int64, err error) {
	serviceID, err := checkPartner(ctx, tx, o.PartnerID, o.Service)
	if err != nil {
		return 0, err
	}
	merchant, err := upsertMerchant(ctx, tx, o.Merchant)
	if err != nil {
		return 0, err
	}
	if err := admit(ctx, tx, o.PartnerID, merchant, o.Kind); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `insert into conversations (partner_id, merchant_id, kind, service_id)
		values ($1, $2, $3, nullif($4, 0)) returning id`,
		o.PartnerID, merchant, o.Kind, serviceID).Scan(&id)
	if err != nil {
		return 0, err
	}
	if err := emit(ctx, tx, event{kind: tradepost.EventConversationOpened, conversation: id}); err != nil {
		return 0, err
	}
	_, err = s.addMerchantMessage(ctx, tx, id, incoming{body: o.Body, via: tradepost.ViaAPI, files: files, opens: true})
	if err == nil && o.Kind.IsRequest() {
		err = openJob(ctx, tx, id, 0)
	}
	return id, err
}

// once runs do unless the same request was served before, and returns the id that
// it made then or makes now. A concurrent first request is waited for.
func once(ctx context.Context, tx pgx.Tx, req Request, do func() (int64, error)) (id int64, err error) {
	if req.Key == "" {
		return do()
	}
	tag, err := tx.Exec(ctx, `insert into idempotency_keys (api_key_id, key, fingerprint, result) values ($1, $2, $3, 0)
		on conflict do nothing`, req.APIKeyID, req.Key, req.Fingerprint[:])
	if err != nil {
		return 0, err
	}
	if tag.RowsAffected() == 0 {
		var fingerprint []byte
		err = tx.QueryRow(ctx, `select fingerprint, result from idempotency_keys where api_key_id = $1 and key = $2`,
			req.APIKeyID, req.Key).Scan(&fingerprint, &id)
		if err == nil && !bytes.Equal(fingerprint, req.Fingerprint[:]) {
			err = tradepost.ErrKeyReused
		}
		return id, err
	}
	if id, err = do(); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `update idempotency_keys set result = $3 where api_key_id = $1 and key = $2`, req.APIKeyID, req.Key, id)
	return id, err
}

// checkPartner refuses a partner that cannot be contacted: one that is not
// published, or has no service. It resolves the service by id or by name; "" gives 0.
func checkPartner(ctx context.Context, tx pgx.Tx, partner int64, service string) (serviceID int64, err error) {
	var published bool
	var services int
	err = tx.QueryRow(ctx, `select published, (select count(*) from services where partner_id = $1 and removed_at is null) from partners where id = $1`,
		partner).Scan(&published, &services)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, tradepost.Invalid{{Field: "partner", Problem: "there is no such partner"}}
	}
	if err != nil {
		return 0, err
	}
	if !published || services == 0 {
		return 0, fmt.Errorf("the partner cannot be contacted: it is not published with at least one service: %w", tradepost.ErrRefused)
	}
	if service == "" {
		return 0, nil
	}
	byID, _ := tradepost.ParseID(tradepost.ServicePrefix, service) // else 0, which no row has
	err = tx.QueryRow(ctx, `select id from services where partner_id = $1 and removed_at is null and (id = $2 or name = $3) order by id = $2 desc limit 1`,
		partner, byID, service).Scan(&serviceID)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, tradepost.Invalid{{Field: "service", Problem: "is not the id or the name of a service of this partner"}}
	}
	return serviceID, err
}

// selectConversation finds deleted conversations, too, of which letters that were
// sent before still speak; whoever lists or shows one leaves those out.
const selectConversation = `
	select c.id, c.partner_id, p.name, c.kind, coalesce(s.name, ''), c.created_at, c.last_at,
	       m.id, coalesce(m.external_id, ''), m.name, m.email, coalesce(m.public_email, ''), m.role, m.store_name, m.store_url, m.locale
	from conversations c
	join partners p on p.id = c.partner_id
	join merchants m on m.id = c.merchant_id
	left join services s on s.id = c.service_id `

func scanConversation(row pgx.CollectableRow) (c Conversation, err error) {
	m := &c.Merchant
	return c, row.Scan(&c.ID, &c.PartnerID, &c.Partner, &c.Kind, &c.Service, &c.CreatedAt, &c.LastAt,
		&m.ID, &m.ExternalID, &m.Name, &m.Email, &m.PublicEmail, &m.Role, &m.StoreName, &m.StoreURL, &m.Locale)
}

// Conversation returns a conversation and its messages, oldest first. Nothing
// is marked as read.
func (s *Store) Conversation(ctx context.Context, id int64) (Conversation, []Message, error) {
	c, err := s.conversation(ctx, id)
	if err != nil {
		return Conversation{}, nil, err
	}
	messages, err := s.messages(ctx, id)
	if err != nil {
		return Conversation{}, nil, fmt.Errorf("load messages of conversation %d: %w", id, err)
	}
	return c, messages, nil
}

// Opened returns a conversation without its messages, and the id of the message
// that opened it: what stays the same however the conversation goes on, deleted
// messages included. The merchant in it is as of now.
func (s *Store) Opened(ctx context.Context, id int64) (c Conversation, opening int64, err error) {
	if c, err = s.conversation(ctx, id); err != nil {
		return Conversation{}, 0, err
	}
	err = s.pool.QueryRow(ctx, `select id from messages where conversation_id = $1 order by id limit 1`, id).Scan(&opening)
	if err != nil {
		return Conversation{}, 0, notFound(err, "opening of conversation %d", id)
	}
	return c, opening, nil
}

func (s *Store) conversation(ctx context.Context, id int64) (Conversation, error) {
	rows, err := s.pool.Query(ctx, selectConversation+`where c.id = $1 and c.deleted_at is null`, id)
	if err != nil {
		return Conversation{}, fmt.Errorf("load conversation %d: %w", id, err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanConversation)
	return c, notFound(err, "conversation %d", id)
}

// Read marks everything in a conversation, up to and including the message
// through, as read by a member. What no mail has told of yet needs none any more.
func (s *Store) Read(ctx context.Context, conversation, member, through int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var known bool
		err := tx.QueryRow(ctx, `select exists (select from messages where conversation_id = $1 and id = $2)`,
			conversation, through).Scan(&known)
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("message %d: %w", through, tradepost.ErrNotFound)
		}
		if err := checkMember(ctx, tx, conversation, member); err != nil {
			return err
		}
		return readThrough(ctx, tx, conversation, tradepost.AuthorMember, member, through)
	})
	if err != nil {
		return fmt.Errorf("read conversation %d: %w", conversation, err)
	}
	return nil
}

// checkMember asks whether the member belongs, today, to the conversation's
// partner. A deleted conversation is not found.
func checkMember(ctx context.Context, tx pgx.Tx, conversation, member int64) error {
	var removed bool
	err := tx.QueryRow(ctx, `select m.removed_at is not null from conversations c join members m on m.partner_id = c.partner_id
		where c.id = $1 and c.deleted_at is null and m.id = $2`, conversation, member).Scan(&removed)
	if err != nil {
		return notFound(err, "member %d in conversation %d", member, conversation)
	}
	if removed {
		return fmt.Errorf("member %d left the partner: %w", member, tradepost.ErrRefused)
	}
	return nil
}

// readThrough notes what a person has read. A member needs no mail for that any
// more. A merchant does: a relay may still be on its way, refused for now, while
// they answer a later one.
func readThrough(ctx context.Context, tx pgx.Tx, conversation int64, role tradepost.AuthorRole, person, through int64) error {
	if role == tradepost.AuthorMerchant {
		_, err := tx.Exec(ctx, `update recipients set read_at = now()
			where conversation_id = $1 and merchant_id = $2 and message_id <= $3 and read_at is null`, conversation, person, through)
		return err
	}
	if err := lockList(ctx, tx, conversation); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `
		update recipients set read_at = coalesce(read_at, now()), outcome = coalesce(outcome, 'read_first'),
			outcome_at = coalesce(outcome_at, now())
		where conversation_id = $1 and member_id = $2 and message_id <= $3 and (read_at is null or outcome is null)`,
		conversation, person, through)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	if err := recountUnread(ctx, tx, conversation, person); err != nil {
		return err
	}
	return changes(ctx, tx, `select partner_id, id, $2, null, $3 from conversations where id = $1`, conversation, person, tradepost.ChangeRead)
}
