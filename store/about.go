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
	Original   string `json:"original,omitempty"`   // before it was forwarded (RFC 3464 2.3.1)
	Action     string `json:"action,omitempty"`     // RFC 3464 2.3.3
	Status     string `json:"status,omitempty"`     // RFC 3463
	Code       int    `json:"code,omitempty"`       // of the SMTP reply in Diagnostic
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

// What names a notification, the stronger first. A Message-ID of ours is random
// and a return path is signed, so whoever names one has had the mail. Return paths
// of before they were signed were counted up: they are a hint, and nothing is
// counted that is known by them alone.
const (
	AboutMessageID          AboutBy = "message_id"
	AboutReturnPath         AboutBy = "return_path"
	AboutUnsignedReturnPath AboutBy = "unsigned_return_path"
)

// Clues are what a report gives to find its notification by.
type Clues struct {
	MessageID  string // of the mail returned; "" = not said
	ReturnPath Ref    // the row that the bounce address names; zero = none
	// Signed says that the bounce address is one that we have signed.
	Signed bool
	// Addresses are those it speaks of, folded.
	Addresses []string
	// Redacted says that it is of a kind that may leave the address out.
	Redacted bool
}

// FindAbout looks for the notification that a report speaks of. One of the
// addresses must be one that it was sent to: anybody can write a report, and the
// present address of a person may be another than the one that bounced. Only a
// complaint that names nobody, as many providers hide who objects, is believed
// without, by its Message-ID or its signed return path. The zero About says that there is none.
func (s *Store) FindAbout(ctx context.Context, c Clues) (About, error) {
	a := About{}
	err := s.pool.QueryRow(ctx, `
		with named as (
			select n.period, n.id, n.sent_to, 'message_id' as by from notifications n where $1 <> '' and n.mail_id = $1
			union all
			select n.period, n.id, n.sent_to, case when $6 then 'return_path' else 'unsigned_return_path' end from notifications n where (n.period, n.id) = ($2::date, $3::bigint)
		)
		select period, id, by from named n
		where lower(n.sent_to) = any($4)
		   or exists (select from attempts a where (a.period, a.notification_id) = (n.period, n.id) and lower(a.address) = any($4))
		   or by in ('message_id', 'return_path') and $5 and cardinality($4::text[]) = 0
		order by by limit 1`,
		c.MessageID, c.ReturnPath.nullablePeriod(), c.ReturnPath.ID, append([]string{}, c.Addresses...), c.Redacted, c.Signed).Scan(&a.Period, &a.ID, &a.By)
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
