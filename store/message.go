package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// incoming is a message about to be stored.
type incoming struct {
	body     string
	fullText string
	fold     int    // characters of body before what is shown folded; 0 = nothing is
	mailID   string // Message-ID of the mail it came in
	via      tradepost.Via
	files    []storedFile
	opens    bool // the conversation is new
}

// stored is where a message ended up.
type stored struct {
	period time.Time
	id     int64
	at     time.Time
}

type storedFile struct {
	filename, contentType, blobKey string
	size                           int64
	sha256                         [sha256.Size]byte
}

// putFiles writes attachments into a folder of the blob store, before the
// transaction that names them: a blob without a row costs space, a row without a
// blob a file.
func (s *Store) putFiles(ctx context.Context, folder string, files []tradepost.Attachment) ([]storedFile, error) {
	out := make([]storedFile, len(files))
	for i, f := range files {
		out[i] = storedFile{filename: f.Filename, contentType: cmp.Or(f.ContentType, "application/octet-stream"), blobKey: fmt.Sprintf("%s/%d", folder, i)}
		if err := s.putFile(ctx, f, &out[i]); err != nil {
			return nil, fmt.Errorf("store attachment %q: %w", f.Filename, err)
		}
	}
	return out, nil
}

// errTooLong is an attachment that gives more than its Size: the bounds on a
// message were asked of that.
var errTooLong = errors.New("is longer than it was said to be")

func (s *Store) putFile(ctx context.Context, f tradepost.Attachment, to *storedFile) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	to.size, to.sha256, err = s.o.Blobs.Put(ctx, to.blobKey, &atMost{content, f.Size})
	return err
}

// atMost fails when r gives more than left octets.
type atMost struct {
	r    io.Reader
	left int64
}

func (a *atMost) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

// Author is who posts a message to an existing conversation.
type Author struct {
	Role     tradepost.AuthorRole // merchant or member
	MemberID int64
	// Through is the newest message a member had before them when they wrote;
	// 0 = all there are.
	Through int64
}

// AddMessage stores a further message of a conversation, with the mail it asks
// for, and returns its id. A member who writes has read everything before. The
// message must have been validated.
func (s *Store) AddMessage(ctx context.Context, conversation int64, by Author, via tradepost.Via, body string, files []tradepost.Attachment, req Request) (id int64, err error) {
	put, err := s.putFiles(ctx, req.folder(), files)
	if err != nil {
		return 0, err
	}
	m := incoming{body: body, via: via, files: put}
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (int64, error) {
			var at stored
			if by.Role == tradepost.AuthorMerchant {
				at, err = s.addMerchantMessage(ctx, tx, conversation, m)
			} else {
				at, err = s.addMemberMessage(ctx, tx, conversation, by.MemberID, m, cmp.Or(by.Through, maxID))
			}
			return at.id, err
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add message to conversation %d: %w", conversation, err)
	}
	return id, nil
}

// maxID is above every id: "through everything".
const maxID int64 = 1<<63 - 1

// addMerchantMessage stores a merchant's message, one recipient row for each
// present member, and an alert for each who wants one.
func (s *Store) addMerchantMessage(ctx context.Context, tx pgx.Tx, conversation int64, m incoming) (stored, error) {
	partner, merchant, err := sides(ctx, tx, conversation)
	if err != nil {
		return stored{}, err
	}
	at, err := insertMessage(ctx, tx, conversation, tradepost.AuthorMerchant, merchant, m)
	if err != nil {
		return stored{}, err
	}
	tag, err := tx.Exec(ctx, `insert into first_contacts (partner_id, merchant_id, message_id, created_at, search)
		select $1, id, $3, $4, search from merchants where id = $2 on conflict do nothing`, partner, merchant, at.id, at.at)
	if err != nil {
		return stored{}, err
	}
	occasion := tradepost.Occasion{FirstContact: tag.RowsAffected() == 1, NewConversation: m.opens}
	return at, s.tellMembers(ctx, tx, conversation, partner, merchant, at, occasion)
}

// sides returns who is in a conversation, or tradepost.ErrRefused once the
// partner has blocked the merchant. The lock keeps a deletion waiting until what
// is being added can be seen by it; who waits for a deletion finds nothing.
func sides(ctx context.Context, tx pgx.Tx, conversation int64) (partner, merchant int64, err error) {
	var blocked bool
	err = tx.QueryRow(ctx, `
		select c.partner_id, c.merchant_id, exists (select from blocks b where (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id))
		from conversations c where c.id = $1 and c.deleted_at is null for no key update of c`, conversation).Scan(&partner, &merchant, &blocked)
	if err != nil {
		return 0, 0, notFound(err, "conversation %d", conversation)
	}
	if blocked {
		return 0, 0, fmt.Errorf("the partner does not take messages from this merchant: %w", tradepost.ErrRefused)
	}
	return partner, merchant, nil
}

// reader is a present member who is to be told of a message.
type reader struct {
	id       int64
	settings tradepost.Settings
	kind     tradepost.Kind // of the conversation
	zone     *time.Location // UTC where there is no schedule that it matters to
	reason   string         // of an alert; "" = none is wanted
	quiet    bool           // an alert is, and quiet hours keep it back
}

// readersOf lists the present members of a conversation's partner, and what they
// want on the occasion.
func readersOf(ctx context.Context, tx pgx.Tx, conversation int64, at time.Time, occasion tradepost.Occasion) ([]reader, error) {
	rows, err := tx.Query(ctx, `
		select m.id, m.alert, m.digest, m.zone, m.schedule, c.kind
		from conversations c join members m on m.partner_id = c.partner_id
		where c.id = $1 and m.removed_at is null order by m.id`, conversation)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r reader, err error) {
		var zone string
		var schedule []byte
		if err := row.Scan(&r.id, &r.settings.Alert, &r.settings.Digest, &zone, &schedule, &r.kind); err != nil {
			return r, err
		}
		if r.settings.Schedule, err = readSchedule(schedule); err != nil {
			return r, fmt.Errorf("member %d: %w", r.id, err)
		}
		r.reason = r.settings.AlertFor(r.kind).Reason(occasion)
		r.zone = time.UTC
		if schedule != nil {
			r.zone = zoneNamed(zone) // which a file is read for
		}
		if r.reason != "" && !(occasion.FirstContact && r.settings.Schedule.BreakQuiet) {
			r.quiet = r.settings.Schedule.Quiet(at, r.zone, r.kind)
		}
		return r, nil
	})
}

// tellMembers writes who is told of a merchant's message, and how. In quiet hours
// there is no alert; a member without digests gets it when they end.
func (s *Store) tellMembers(ctx context.Context, tx pgx.Tx, conversation, partner, merchant int64, at stored, occasion tradepost.Occasion) error {
	readers, err := readersOf(ctx, tx, conversation, at.at, occasion)
	if err != nil {
		return err
	}
	wanted, capped := false, false
	for _, m := range readers {
		wanted = wanted || m.reason != ""
	}
	if wanted {
		if capped, err = s.alertsCapped(ctx, tx, partner, merchant); err != nil {
			return err
		}
	}
	ids := make([]int64, len(readers))
	for i, m := range readers {
		ids[i] = m.id
		r := recipient{memberID: m.id}
		noDigest := m.settings.Digest == tradepost.DigestOff
		switch {
		case m.reason == "":
		case m.quiet && !noDigest:
			r.reason = tradepost.ReasonQuietHours
		case capped:
			r.reason = tradepost.ReasonAlertCapped
		default:
			var wait time.Duration
			if m.quiet {
				if until, ok := m.settings.Schedule.FreeAt(at.at, m.zone, m.kind); ok {
					wait = until.Sub(at.at)
				}
			}
			r.notification, err = s.notify(ctx, tx, notice{
				kind: tradepost.Alert, period: at.period, key: tradepost.DedupeKey(tradepost.Alert, at.id, m.id),
				partnerID: partner, memberID: m.id, conversationID: conversation, messageID: at.id, reason: m.reason, delay: wait,
			})
			if err != nil {
				return err
			}
		}
		if r.notification.ID == 0 && noDigest {
			r.outcome, r.reason = tradepost.OutcomeSkipped, cmp.Or(r.reason, tradepost.ReasonOptedOut)
		}
		if err := insertRecipient(ctx, tx, conversation, at, r); err != nil {
			return err
		}
	}
	return countUnread(ctx, tx, conversation, ids)
}

// alertsCapped asks whether one more alert would pass a cap. The partner's row
// is locked, so that messages of one partner are counted one after another.
func (s *Store) alertsCapped(ctx context.Context, tx pgx.Tx, partner, merchant int64) (bool, error) {
	if s.o.Caps == (tradepost.Caps{}) {
		return false, nil
	}
	var alerts, partners int
	if _, err := tx.Exec(ctx, `select from partners where id = $1 for no key update`, partner); err != nil {
		return false, err
	}
	err := tx.QueryRow(ctx, `
		select (select count(distinct message_id) from notifications
		        where kind = 'alert' and partner_id = $1 and created_at > now() - $3::interval),
		       (select count(distinct n.partner_id) from conversations c
		        join notifications n on n.conversation_id = c.id and n.kind = 'alert' and n.created_at > now() - $3::interval
		        where c.merchant_id = $2 and c.partner_id <> $1)`,
		partner, merchant, s.o.Clock.Hour).Scan(&alerts, &partners)
	return s.o.Caps.Exceeded(alerts, partners), err
}

// addMemberMessage stores a member's message with its relay to the merchant.
// The author has read everything up to through; for colleagues it is answered.
func (s *Store) addMemberMessage(ctx context.Context, tx pgx.Tx, conversation, member int64, m incoming, through int64) (stored, error) {
	if err := checkMember(ctx, tx, conversation, member); err != nil {
		return stored{}, err
	}
	_, merchant, err := sides(ctx, tx, conversation)
	if err != nil {
		return stored{}, err
	}
	at, err := insertMessage(ctx, tx, conversation, tradepost.AuthorMember, member, m)
	if err != nil {
		return stored{}, err
	}
	relay, err := s.notify(ctx, tx, notice{
		kind: tradepost.Relay, period: at.period, key: tradepost.DedupeKey(tradepost.Relay, at.id),
		merchantID: merchant, conversationID: conversation, messageID: at.id, delay: s.o.RelayDelay,
	})
	if err != nil {
		return stored{}, err
	}
	if err := insertRecipient(ctx, tx, conversation, at, recipient{merchantID: merchant, notification: relay}); err != nil {
		return stored{}, err
	}
	if err := readThrough(ctx, tx, conversation, tradepost.AuthorMember, member, through); err != nil {
		return stored{}, err
	}
	_, err = tx.Exec(ctx, `update recipients set outcome = 'answered', outcome_at = now()
		where conversation_id = $1 and member_id is not null and member_id <> $2 and message_id <= $3 and outcome is null`,
		conversation, member, through)
	return at, err
}

func insertMessage(ctx context.Context, tx pgx.Tx, conversation int64, role tradepost.AuthorRole, person int64, m incoming) (at stored, err error) {
	// clock_timestamp, not now: a transaction may have waited for a lock, and
	// the conversation's order should be that of writing.
	err = tx.QueryRow(ctx, `
		insert into messages (period, conversation_id, author, member_id, merchant_id, via, body, full_text, fold_at, mail_id, created_at)
		select date_trunc('month', t at time zone 'UTC')::date, $1, $2, nullif($3, 0), nullif($4, 0), $5, $6, nullif($7, ''), nullif($8, 0), nullif($9, ''), t
		from clock_timestamp() t
		returning period, id, created_at`,
		conversation, role, when(role == tradepost.AuthorMember, person), when(role == tradepost.AuthorMerchant, person),
		m.via, m.body, m.fullText, m.fold, m.mailID).Scan(&at.period, &at.id, &at.at)
	if err != nil {
		return stored{}, fmt.Errorf("insert message: %w", err)
	}
	for _, f := range m.files {
		_, err := tx.Exec(ctx, `insert into attachments (period, message_id, filename, content_type, size, sha256, blob_key)
			values ($1, $2, $3, $4, $5, $6, $7)`, at.period, at.id, f.filename, f.contentType, f.size, f.sha256[:], f.blobKey)
		if err != nil {
			return stored{}, fmt.Errorf("insert attachment: %w", err)
		}
	}
	if err := wroteList(ctx, tx, conversation, role, at.at); err != nil {
		return stored{}, err
	}
	if err := emit(ctx, tx, event{kind: tradepost.EventMessageCreated, conversation: conversation, message: at.id, author: role, member: when(role == tradepost.AuthorMember, person), via: m.via}); err != nil {
		return stored{}, err
	}
	return at, changed(ctx, tx, conversation, tradepost.ChangeMessage, at.id)
}

func when(cond bool, v int64) int64 {
	if cond {
		return v
	}
	return 0
}

// recipient is one row of who is told of a message.
type recipient struct {
	memberID, merchantID int64
	notification         Ref // that is to tell; zero = the digest will
	outcome              tradepost.Outcome
	reason               string
}

func insertRecipient(ctx context.Context, tx pgx.Tx, conversation int64, at stored, r recipient) error {
	_, err := tx.Exec(ctx, `
		insert into recipients (period, message_id, conversation_id, member_id, merchant_id, created_at,
			notification_period, notification_id, outcome, outcome_at, reason)
		values ($1, $2, $3, nullif($4, 0), nullif($5, 0), $6, $7, nullif($8, 0), nullif($9, ''),
			case when $9 <> '' then now() end, $10)`,
		at.period, at.id, conversation, r.memberID, r.merchantID, at.at,
		r.notification.nullablePeriod(), r.notification.ID, r.outcome, r.reason)
	if err != nil {
		return fmt.Errorf("insert recipient: %w", err)
	}
	return nil
}

// messages returns the messages of a conversation that are not deleted, oldest first.
func (s *Store) messages(ctx context.Context, conversation int64) ([]Message, error) {
	rows, err := s.pool.Query(ctx, `
		select m.id, m.author, coalesce(m.member_id, 0), coalesce(mb.name, mc.name, ''), m.body, coalesce(m.full_text, ''), coalesce(m.fold_at, 0),
		       m.via, m.created_at, coalesce(k.emoji, '')
		from messages m
		left join members mb on mb.id = m.member_id
		left join merchants mc on mc.id = m.merchant_id
		left join marks k on (k.period, k.message_id) = (m.period, m.id)
		where m.conversation_id = $1 and m.deleted_at is null order by m.id`, conversation)
	if err != nil {
		return nil, err
	}
	messages, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Message, err error) {
		return m, row.Scan(&m.ID, &m.Author, &m.MemberID, &m.AuthorName, &m.Body, &m.FullText, &m.Fold, &m.Via, &m.CreatedAt, &m.Mark)
	})
	if err != nil {
		return nil, err
	}
	rows, err = s.pool.Query(ctx, `
		select a.message_id, a.id, a.filename, a.content_type, a.size, a.blob_key
		from messages m join attachments a on (a.period, a.message_id) = (m.period, m.id)
		where m.conversation_id = $1 and m.deleted_at is null order by a.id`, conversation)
	if err != nil {
		return nil, err
	}
	files, err := collectFiles(rows)
	for i := range messages {
		messages[i].Files = files[messages[i].ID]
	}
	return messages, err
}

// collectFiles reads rows of (message id, id, filename, content type, size, blob key).
func collectFiles(rows pgx.Rows) (map[int64][]File, error) {
	byMessage := make(map[int64][]File)
	var message int64
	var f File
	_, err := pgx.ForEachRow(rows, []any{&message, &f.ID, &f.Filename, &f.ContentType, &f.Size, &f.BlobKey}, func() error {
		byMessage[message] = append(byMessage[message], f)
		return nil
	})
	return byMessage, err
}

// Attachment returns a file of a conversation's message and its content, of
// File.Size octets, to be closed.
func (s *Store) Attachment(ctx context.Context, id int64) (File, io.ReadCloser, error) {
	f := File{ID: id}
	err := s.pool.QueryRow(ctx, `
		select a.filename, a.content_type, a.size, a.blob_key
		from attachments a join messages m on (m.period, m.id) = (a.period, a.message_id)
		where a.id = $1 and m.deleted_at is null`, id).Scan(&f.Filename, &f.ContentType, &f.Size, &f.BlobKey)
	if err != nil {
		return File{}, nil, notFound(err, "attachment %d", id)
	}
	content, size, err := s.o.Blobs.Open(ctx, f.BlobKey)
	if err != nil {
		return File{}, nil, fmt.Errorf("attachment %d: %w", id, err)
	}
	if size != f.Size {
		return File{}, nil, errors.Join(fmt.Errorf("attachment %d: blob %s has %d octets, not %d", id, f.BlobKey, size, f.Size), content.Close())
	}
	return f, content, nil
}
