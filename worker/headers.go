package worker

import (
	"fmt"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// dress adds to a letter what depends on its kind and not on its words: the
// envelope sender, Auto-Submitted, the fields of lists and feedback loops.
// (contract)
func (w *Worker) dress(l *mailer.Letter, kind tradepost.NotificationKind, c store.Claimed, to store.Correspondent) error {
	l.EnvelopeFrom = w.bounceAddress(c)
	l.Extra = hop()
	switch kind {
	case tradepost.Digest:
		l.AutoSubmitted = "auto-generated"
		l.ListID = "digest." + w.o.Tokens.Domain()
	case tradepost.Alert, tradepost.Reminder:
		l.AutoSubmitted = "auto-generated"
	case tradepost.Relay, tradepost.Answer:
	}
	return nil
}

// links are what a letter's footer offers its reader. (contract)
func (o Options) links(kind tradepost.NotificationKind, to store.Correspondent) (templates.Links, error) {
	return templates.Links{}, nil
}

// bounceAddress is the envelope sender by which a bounce names its mail (VERP).
func (w *Worker) bounceAddress(c store.Claimed) string {
	return fmt.Sprintf("%s%s-%d@%s", tradepost.BouncePrefix, c.Period.Format("200601"), c.ID, w.o.Tokens.Domain())
}

// hop is the header that all our letters carry.
func hop() []mailer.Header { return []mailer.Header{{Name: HopHeader, Value: "1"}} }
