package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Report is what a bounce or a complaint says, as the ledger keeps it. Whoever
// fills it in bounds it; it must not hold NUL, which jsonb refuses.
type Report struct {
	Dialect    string     `json:"dialect,omitempty"`
	Feedback   string     `json:"feedback,omitempty"`    // Feedback-Type of a complaint (RFC 5965 3.1)
	OriginalID string     `json:"original_id,omitempty"` // Message-ID of the mail it speaks of
	Recipients []Reported `json:"recipients,omitempty"`
	// Omitted counts the recipients beyond those.
	Omitted int `json:"omitted,omitempty"`
}

// Reported is one address of a Report and what is said of it.
type Reported struct {
	Address    string `json:"address"`
	Action     string `json:"action,omitempty"`     // RFC 3464 2.3.3
	Status     string `json:"status,omitempty"`     // RFC 3463
	Diagnostic string `json:"diagnostic,omitempty"` // the server's words
	Permanent  bool   `json:"permanent,omitempty"`
}

// About is the notification that a bounce or a complaint speaks of, and by what
// that is known.
type About struct {
	Ref
	By AboutBy
}

// AboutBy is what named the notification.
type AboutBy string

// What names a notification, the stronger first: a Message-ID of ours is random,
// so whoever names it has had the mail. Return paths are counted up.
const (
	AboutMessageID  AboutBy = "message_id"
	AboutReturnPath AboutBy = "return_path"
)

// Clues are what a report gives to find its notification by.
type Clues struct {
	MessageID  string // of the mail returned; "" = not said
	ReturnPath Ref    // the row that the bounce address names; zero = none
	// Addresses are those it speaks of, folded.
	Addresses []string
	// Redacted says that it is of a kind that may leave the address out.
	Redacted bool
}

// FindAbout looks for the notification that a report speaks of. One of the
// addresses must be one that it was sent to: anybody can write a report, and the
// present address of a person may be another than the one that bounced. Only a
// complaint that names nobody, as many providers hide who objects, is believed by
// its Message-ID alone. The zero About says that there is none.
func (s *Store) FindAbout(ctx context.Context, c Clues) (About, error) {
	a := About{}
	err := s.pool.QueryRow(ctx, `
		with named as (
			select n.period, n.id, n.sent_to, 'message_id' as by from notifications n where $1 <> '' and n.mail_id = $1
			union all
			select n.period, n.id, n.sent_to, 'return_path' from notifications n where (n.period, n.id) = ($2::date, $3::bigint)
		)
		select period, id, by from named n
		where lower(n.sent_to) = any($4)
		   or exists (select from attempts a where (a.period, a.notification_id) = (n.period, n.id) and lower(a.address) = any($4))
		   or by = 'message_id' and $5 and cardinality($4::text[]) = 0
		order by by limit 1`,
		c.MessageID, c.ReturnPath.nullablePeriod(), c.ReturnPath.ID, append([]string{}, c.Addresses...), c.Redacted).Scan(&a.Period, &a.ID, &a.By)
	if errors.Is(err, pgx.ErrNoRows) {
		return About{}, nil
	}
	if err != nil {
		return About{}, fmt.Errorf("find the mail that %s was about: %w", c.MessageID, err)
	}
	return a, nil
}

// PostedBefore reports whether a mail was posted by that fingerprint.
func (s *Store) PostedBefore(ctx context.Context, fingerprint [32]byte) (posted bool, err error) {
	err = s.pool.QueryRow(ctx, `select exists (select from posted_replies where fingerprint = $1)`, fingerprint[:]).Scan(&posted)
	if err != nil {
		return false, fmt.Errorf("look up a fingerprint: %w", err)
	}
	return posted, nil
}
