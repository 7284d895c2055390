package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// block keeps the merchant's messages from the partner for good. Mail of the
// pair that still waits is dropped when its turn comes.
func (s *Store) block(ctx context.Context, tx pgx.Tx, sc *scene, c tradepost.Command) (effect, error) {
	if sc.blocked {
		return unchanged(), nil
	}
	if !sc.confirmed {
		return s.askFirst(ctx, tx, *sc, c)
	}
	put, err := putBlock(ctx, tx, sc.partner, sc.merchant, sc.member)
	if err != nil || !put {
		return unchanged(), err
	}
	sc.blocked = true
	return done(deed{}), nil
}

func putBlock(ctx context.Context, tx pgx.Tx, partner, merchant, member int64) (put bool, err error) {
	// What opens work holds the pair; see lockPair.
	if _, err := tx.Exec(ctx, `select from first_contacts where (partner_id, merchant_id) = ($1, $2) for update`, partner, merchant); err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, `insert into blocks (partner_id, merchant_id, member_id) values ($1, $2, $3) on conflict do nothing`,
		partner, merchant, member)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	if err := emit(ctx, tx, event{kind: tradepost.EventMerchantBlocked, partner: partner, merchant: merchant, member: member}); err != nil {
		return false, err
	}
	if err := closeWork(ctx, tx, `select id from conversations where (partner_id, merchant_id) = ($1, $2)`, partner, merchant); err != nil {
		return false, err
	}
	return true, changes(ctx, tx, `select partner_id, id, null, null, $3 from conversations where (partner_id, merchant_id) = ($1, $2) and deleted_at is null`,
		partner, merchant, tradepost.ChangeConversation)
}

// Block keeps a merchant's messages from a partner by every way in, and closes every
// proposal, job and invoice between the two. It can't be undone.
func (s *Store) Block(ctx context.Context, partner, merchant, member int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := putBlock(ctx, tx, partner, merchant, member)
		return err
	})
	if err != nil {
		return fmt.Errorf("block merchant %d for partner %d: %w", merchant, partner, err)
	}
	return nil
}

// mute keeps the conversation out of the member's mail.
func mute(ctx context.Context, tx pgx.Tx, sc scene) (effect, error) {
	tag, err := tx.Exec(ctx, `insert into mutes (member_id, conversation_id) values ($1, $2) on conflict do nothing`, sc.member, sc.conversation)
	if err != nil || tag.RowsAffected() == 0 {
		return unchanged(), err
	}
	return done(deed{}), nil
}

func undoMute(ctx context.Context, tx pgx.Tx, sc scene) error {
	_, err := tx.Exec(ctx, `delete from mutes where member_id = $1 and conversation_id = $2`, sc.member, sc.conversation)
	return err
}

// Unmute lets a conversation into a member's mail again, from the next message on.
func (s *Store) Unmute(ctx context.Context, member, conversation int64) error {
	if _, err := s.pool.Exec(ctx, `delete from mutes where member_id = $1 and conversation_id = $2`, member, conversation); err != nil {
		return fmt.Errorf("unmute conversation %d for member %d: %w", conversation, member, err)
	}
	return nil
}

// Mute keeps a conversation out of a member's mail.
func (s *Store) Mute(ctx context.Context, member, conversation int64) error {
	_, err := s.pool.Exec(ctx, `insert into mutes (member_id, conversation_id)
		select $1, id from conversations where id = $2 and deleted_at is null on conflict do nothing`, member, conversation)
	if err != nil {
		return fmt.Errorf("mute conversation %d for member %d: %w", conversation, member, err)
	}
	return nil
}
