package store

import (
	"context"
	"fmt"

	"github.com/tradepost-mail/tradepost"
)

// partnerOf are the queries that find whose a thing is, by the prefix of its id.
var partnerOf = map[string]string{
	tradepost.PartnerPrefix:      `select id from partners where id = $1`,
	tradepost.ServicePrefix:      `select partner_id from services where id = $1`,
	tradepost.MemberPrefix:       `select partner_id from members where id = $1`,
	tradepost.ConversationPrefix: `select partner_id from conversations where id = $1`,
	tradepost.TagPrefix:          `select partner_id from tags where id = $1`,
	tradepost.AttachmentPrefix: `select c.partner_id from attachments a join messages m on (m.period, m.id) = (a.period, a.message_id)
		join conversations c on c.id = m.conversation_id where a.id = $1`,
	tradepost.ProposalPrefix: `select c.partner_id from proposals p join conversations c on c.id = p.conversation_id where p.id = $1`,
	tradepost.JobPrefix:      `select c.partner_id from jobs j join conversations c on c.id = j.conversation_id where j.id = $1`,
	tradepost.WebhookPrefix:  `select partner_id from webhook_endpoints where id = $1 and partner_id is not null`, // the platform's are nobody's
	tradepost.InvoicePrefix:  `select c.partner_id from invoices i join conversations c on c.id = i.conversation_id where i.id = $1`,
}

// PartnerOf returns the partner whose thing an id of the outside names, deleted or
// not: "con_12" is a conversation. tradepost.ErrNotFound where there is no such
// thing, and for what isn't an id or belongs to no partner.
func (s *Store) PartnerOf(ctx context.Context, id string) (partner int64, err error) {
	prefix := tradepost.IDPrefix(id)
	query, ok := partnerOf[prefix]
	n, err := tradepost.ParseID(prefix, id)
	if !ok || err != nil {
		return 0, fmt.Errorf("whose %.40q is: %w", id, tradepost.ErrNotFound)
	}
	err = s.pool.QueryRow(ctx, query, n).Scan(&partner)
	return partner, notFound(err, "%s", id)
}
