package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Thread is the letter of ours that a mail without a reply address answers.
type Thread struct {
	Kind           tradepost.NotificationKind // alert, reminder, relay or digest
	Notification   Ref
	Role           tradepost.AuthorRole // of its recipient
	Person         int64
	ConversationID int64 // 0 of a digest
	Through        int64 // the message that it brought; 0 of a digest
}

// threadIDs bounds how many Message-IDs of a mail are looked up.
const threadIDs = 50

// FindThread looks for a letter of ours by Message-IDs, best first (In-Reply-To,
// then References from the last), or returns tradepost.ErrNotFound. The first 50
// count. Letters that nobody can have had are none. That a mail names one proves
// little: what it may do is for the trust table.
func (s *Store) FindThread(ctx context.Context, messageIDs []string) (Thread, error) {
	ids := make([]string, 0, min(len(messageIDs), threadIDs))
	for _, id := range messageIDs[:cap(ids)] {
		if utf8.ValidString(id) && !strings.Contains(id, "\x00") {
			ids = append(ids, id)
		}
	}
	var t Thread
	err := s.pool.QueryRow(ctx, `
		select kind, period, id, case when merchant_id is null then 'member' else 'merchant' end, coalesce(member_id, merchant_id),
		       coalesce(conversation_id, 0), coalesce(message_id, 0)
		from notifications
		where mail_id = any($1) and kind in ('alert', 'reminder', 'relay', 'digest') and state in ('sending', 'sent', 'unknown')
		order by array_position($1, mail_id) limit 1`, ids).Scan(
		&t.Kind, &t.Notification.Period, &t.Notification.ID, &t.Role, &t.Person, &t.ConversationID, &t.Through)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Thread{}, fmt.Errorf("a letter that the mail answers: %w", tradepost.ErrNotFound)
	case err != nil:
		return Thread{}, fmt.Errorf("find the letter that a mail answers: %w", err)
	}
	return t, nil
}

// SentDigest returns a digest as it was when it was sent, so that it can be
// rendered again: or tradepost.ErrNotFound. Messages deleted since are in it,
// since the letter has them. Of a conversation deleted since nothing is left but
// the item, in its place and without messages: what stands under its mark is for
// no other conversation. The recipient is as of now.
func (s *Store) SentDigest(ctx context.Context, id int64, member int64) (DigestLetter, error) {
	var l DigestLetter
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		l = DigestLetter{}
		var periods []time.Time
		var messages, conversations []int64
		// By the index of a member's digests, as there is none by id.
		err := tx.QueryRow(ctx, `
			select period, id, told_periods, told_messages, told_conversations from notifications
			where kind = 'digest' and member_id = $2 and state in ('sending', 'sent', 'unknown') and id = $1 and told_messages is not null`, id, member).Scan(&l.Period, &l.ID, &periods, &messages, &conversations)
		if err != nil {
			return notFound(err, "digest %d of member %d", id, member)
		}
		rows, err := tx.Query(ctx, selectDigest+`notifications`+ofDigest+`where (n.period, n.id) = ($1, $2)`, l.Period, l.ID)
		if err != nil {
			return err
		}
		if l, err = pgx.CollectExactlyOneRow(rows, scanDigest); err != nil {
			return err
		}
		list := make([]told, len(messages))
		for i, m := range messages {
			list[i] = told{period: periods[i], message: m, conversation: conversations[i], waited: true}
		}
		one := []DigestLetter{l}
		if err := loadDigests(ctx, tx, one, map[int64][]told{member: list}); err != nil {
			return err
		}
		l = one[0]
		return l.leaveDeleted(ctx, tx)
	})
	if err != nil {
		return DigestLetter{}, fmt.Errorf("load digest %d: %w", id, err)
	}
	return l, nil
}

// leaveDeleted empties the items of conversations that were deleted.
func (l DigestLetter) leaveDeleted(ctx context.Context, tx pgx.Tx) error {
	var conversations []int64
	for _, item := range l.Items {
		conversations = append(conversations, item.ConversationID)
	}
	rows, err := tx.Query(ctx, `select id from conversations where id = any($1) and deleted_at is not null`, conversations)
	if err != nil {
		return err
	}
	deleted, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	for i := range l.Items {
		if item := &l.Items[i]; slices.Contains(deleted, item.ConversationID) {
			item.Deleted, item.Messages = true, nil
		}
	}
	return err
}
