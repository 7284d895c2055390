package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// WebhookChannel is the channel that is notified (LISTEN/NOTIFY) when an event was
// committed that an endpoint waits for.
const WebhookChannel = "tradepost_webhooks"

// event is something that happened, about to be told to webhooks. What it holds are
// ids and states: a receiver who may know more asks the API, and a deletion finds
// nothing to erase.
type event struct {
	kind tradepost.EventType
	// conversation is where it happened; 0 = between no two.
	conversation int64
	// partner is whose it is where there is no conversation; 0 = the platform's alone.
	partner int64
	// merchant is whom it is about where there is no conversation; 0 = none.
	merchant int64

	message, proposal, job, invoice int64
	author                          tradepost.AuthorRole
	member                          int64 // who did it; 0 = none
	members                         []int64
	via                             tradepost.Via
	reason                          string
}

// facts is an event as its receiver reads it.
type facts struct {
	Partner       string               `json:"partner,omitempty"`
	Merchant      string               `json:"merchant,omitempty"` // the platform's own id, where it gave one
	Conversation  string               `json:"conversation,omitempty"`
	Conversations []string             `json:"conversations,omitempty"` // of partner and merchant, where there isn't one that it happened in
	Kind          string               `json:"kind,omitempty"`          // the conversation's
	Message       string               `json:"message,omitempty"`
	Author        tradepost.AuthorRole `json:"author,omitempty"`
	Member        string               `json:"member,omitempty"`
	Members       []string             `json:"members,omitempty"`
	Via           tradepost.Via        `json:"via,omitempty"`
	Proposal      string               `json:"proposal,omitempty"`
	Job           string               `json:"job,omitempty"`
	Invoice       string               `json:"invoice,omitempty"`
	Reason        string               `json:"reason,omitempty"`
}

// emit writes an event down, in the transaction in which it happens, for each
// endpoint that wants to know: the partner's and the platform's. Where there is none
// it costs one query.
func emit(ctx context.Context, tx pgx.Tx, e event) error {
	var partner int64
	var kind string
	var f facts
	var endpoints []int64
	err := tx.QueryRow(ctx, `
		select coalesce(c.partner_id, $2), coalesce(c.kind, ''), coalesce(m.external_id, ''), array(
			select w.id from webhook_endpoints w
			where w.disabled_at is null and (w.partner_id is null or w.partner_id = coalesce(c.partner_id, $2)) and (w.events = '{}' or $4 = any (w.events)))
		from (values (1)) one (row) left join conversations c on c.id = $1 left join merchants m on m.id = coalesce(c.merchant_id, $3)`,
		e.conversation, e.partner, e.merchant, e.kind).Scan(&partner, &kind, &f.Merchant, &endpoints)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", e.kind, err)
	}
	if len(endpoints) == 0 {
		return nil
	}
	f.Partner, f.Conversation = idOf(tradepost.PartnerPrefix, partner), idOf(tradepost.ConversationPrefix, e.conversation)
	f.Message, f.Proposal = idOf(tradepost.MessagePrefix, e.message), idOf(tradepost.ProposalPrefix, e.proposal)
	f.Job, f.Invoice, f.Member = idOf(tradepost.JobPrefix, e.job), idOf(tradepost.InvoicePrefix, e.invoice), idOf(tradepost.MemberPrefix, e.member)
	f.Author, f.Via, f.Reason = e.author, e.via, e.reason
	if e.kind == tradepost.EventConversationOpened {
		f.Kind = kind
	}
	for _, id := range e.members {
		f.Members = append(f.Members, idOf(tradepost.MemberPrefix, id))
	}
	if e.merchant != 0 {
		if f.Conversations, err = conversationsOf(ctx, tx, e.merchant, e.partner); err != nil {
			return fmt.Errorf("tell of %s: %w", e.kind, err)
		}
	}
	_, err = tx.Exec(ctx, `
		with happened as (insert into webhook_events (type, data) values ($1, $2) returning id),
		told as (insert into webhook_deliveries (endpoint_id, event_id) select unnest($3::bigint[]), id from happened)
		select pg_notify($4, '')`, e.kind, f, endpoints, WebhookChannel)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", e.kind, err)
	}
	return nil
}

// idOf is an id as the outside sees it; "" for none.
func idOf(prefix string, id int64) string {
	if id == 0 {
		return ""
	}
	return tradepost.FormatID(prefix, id)
}

// conversationsOf are the newest hundred of a merchant, with a partner where one is
// named: of a merchant whom the platform gave no id it is all there is to know them by.
func conversationsOf(ctx context.Context, tx pgx.Tx, merchant, partner int64) ([]string, error) {
	rows, err := tx.Query(ctx, `select id from conversations where merchant_id = $1 and ($2 = 0 or partner_id = $2) order by id desc limit 100`, merchant, partner)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var id int64
		err := row.Scan(&id)
		return idOf(tradepost.ConversationPrefix, id), err
	})
}

// emitOfAddress tells of an address without naming it: each partner with a member
// who has it, and the platform of each merchant.
func emitOfAddress(ctx context.Context, tx pgx.Tx, kind tradepost.EventType, folded, reason string) error {
	rows, err := tx.Query(ctx, `
		with wanted as (select from webhook_endpoints where disabled_at is null and (events = '{}' or $2 = any (events)) limit 1)
		select m.partner_id, array_agg(m.id order by m.id), 0::bigint from wanted, member_addresses a join members m on m.id = a.member_id
		where a.folded = $1 and m.removed_at is null group by m.partner_id
		union all select 0, null, m.id from wanted, merchants m where lower(m.email) = $1
		order by 1, 3`, folded, kind)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", kind, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e event, err error) {
		e.kind, e.reason = kind, reason
		return e, row.Scan(&e.partner, &e.members, &e.merchant)
	})
	if err != nil {
		return fmt.Errorf("tell of %s: %w", kind, err)
	}
	return emitAll(ctx, tx, list)
}

func emitAll(ctx context.Context, tx pgx.Tx, list []event) error {
	for _, e := range list {
		if err := emit(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}
