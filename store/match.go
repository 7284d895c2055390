package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// JobRequest is a job description that went to several partners, as stored.
type JobRequest struct {
	ID       int64
	Merchant int64
	tradepost.Wanted
	CreatedAt time.Time
	Leads     []Lead // the best first
}

// Lead is a request as one partner got it.
type Lead struct {
	PartnerID      int64
	Partner        string
	ConversationID int64
	Message        int64 // the first of the conversation
}

// AskPartners gives a job description to the partners whom the matching rule selects:
// a conversation and an open job with each, all or none. r must have been validated.
// tradepost.ErrRefused where there is nobody to ask.
func (s *Store) AskPartners(ctx context.Context, r tradepost.JobRequest, req Request) (id int64, err error) {
	files, err := s.putFiles(ctx, req.folder(), r.Attachments)
	if err != nil {
		return 0, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (int64, error) { return s.askPartners(ctx, tx, r, files) })
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("ask partners: %w", err)
	}
	return id, nil
}

// matchLock is the class of the advisory locks under which the leads of a service are
// given: two requests at once would both find the same partners idle.
const matchLock = 7_305_803

func (s *Store) askPartners(ctx context.Context, tx pgx.Tx, r tradepost.JobRequest, files []storedFile) (id int64, err error) {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1::int, hashtext(lower($2)))`, matchLock, r.Service); err != nil {
		return 0, err
	}
	merchant, err := upsertMerchant(ctx, tx, r.Merchant)
	if err != nil {
		return 0, err
	}
	candidates, err := collect(ctx, tx, pgx.RowToStructByPos[tradepost.Candidate], selectCandidates,
		r.Service, r.Language, merchant, tradepost.LeadFor, tradepost.MatchAmong)
	if err != nil {
		return 0, err
	}
	match := s.o.Matching
	if match == nil {
		match = tradepost.Match
	}
	chosen := match(r.Wanted, candidates, cmp.Or(s.o.MatchCount, tradepost.DefaultMatchCount))
	if len(chosen) == 0 {
		return 0, fmt.Errorf("no partner who can be contacted offers this service in this language: %w", tradepost.ErrRefused)
	}
	err = tx.QueryRow(ctx, `insert into requests (merchant_id, service, language) values ($1, $2, $3) returning id`,
		merchant, r.Service, r.Language).Scan(&id)
	if err != nil {
		return 0, err
	}
	for _, c := range chosen {
		conversation, err := s.open(ctx, tx, tradepost.Opening{
			PartnerID: c.PartnerID, Kind: tradepost.KindOpportunity, Service: tradepost.FormatID(tradepost.ServicePrefix, c.ServiceID),
			Body: r.Body, Merchant: r.Merchant,
		}, files)
		if err != nil {
			return 0, fmt.Errorf("partner %d: %w", c.PartnerID, err)
		}
		_, err = tx.Exec(ctx, `insert into leads (request_id, partner_id, conversation_id) values ($1, $2, $3)`, id, c.PartnerID, conversation)
		if err != nil {
			return 0, err
		}
	}
	return id, nil
}

// selectCandidates finds who may be asked, in the order of tradepost.Match, as far as
// a rule has to know of them. Leads are counted from what was given alone: no reply,
// mark, decline or state of a job is in it.
const selectCandidates = `
	with counted as (
		select partner_id, count(*) leads, max(given_at) last from leads where given_at > now() - $4::interval group by partner_id)
	select p.id, s.id, p.published, s.name, s.languages, coalesce(c.leads, 0), coalesce(c.last, '0001-01-01 00:00:00Z')
	from services s join partners p on p.id = s.partner_id
	left join counted c on c.partner_id = p.id
	where s.folded = lower($1) and s.removed_at is null and p.published
	  and ($2 = '' or s.languages = '{}' or $2 = any(s.languages))
	  and not exists (select from blocks b where (b.partner_id, b.merchant_id) = (p.id, $3))
	  and (p.access = 'open' or exists (select from qualifications q where (q.partner_id, q.merchant_id) = (p.id, $3)))
	order by $2 <> '' and $2 = any(s.languages) desc, coalesce(c.leads, 0), c.last nulls first, p.id, s.id
	limit $5`

// JobRequest returns a request and whom it went to. Conversations that were deleted
// since are among them.
func (s *Store) JobRequest(ctx context.Context, id int64) (r JobRequest, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `select id, merchant_id, service, language, created_at from requests where id = $1`, id).
			Scan(&r.ID, &r.Merchant, &r.Service, &r.Language, &r.CreatedAt)
		if err != nil {
			return notFound(err, "request %d", id)
		}
		r.Leads, err = collect(ctx, tx, pgx.RowToStructByPos[Lead], `select l.partner_id, p.name, l.conversation_id,
			(select min(m.id) from messages m where m.conversation_id = l.conversation_id)
			from leads l join partners p on p.id = l.partner_id where l.request_id = $1 order by l.given_at, l.conversation_id`, id)
		return err
	})
	if err != nil {
		return JobRequest{}, fmt.Errorf("request: %w", err)
	}
	return r, nil
}
