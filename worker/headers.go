package worker

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// dress adds to a letter what depends on its kind and not on its words: the
// envelope sender, Auto-Submitted, the fields of lists and feedback loops.
// partner is the name of the partner that it is of. (contract)
func (w *Worker) dress(l *mailer.Letter, kind tradepost.NotificationKind, c store.Claimed, to store.Correspondent, partner string) (err error) {
	if l.EnvelopeFrom, err = w.o.Tokens.BounceAddress(c.Period, c.ID); err != nil {
		return err
	}
	l.Extra = append(hop(), feedbackID(kind, c.Reason, partner))
	switch kind {
	case tradepost.Digest:
		l.AutoSubmitted = "auto-generated"
		l.ListID = "digest." + w.o.Tokens.Domain()
		return w.unsubscribe(l, c, to)
	case tradepost.Alert, tradepost.Reminder:
		l.AutoSubmitted = "auto-generated"
	case tradepost.Relay, tradepost.Answer: // a person wrote the one; answers have words of their own
	}
	return nil
}

// unsubscribe adds the fields by which a mail program stops digests without
// opening a page (RFC 2369 3.2, RFC 8058). Only https will do; there is no mailto
// beside it, since nobody reads a mailbox of such requests.
func (w *Worker) unsubscribe(l *mailer.Letter, c store.Claimed, to store.Correspondent) error {
	if !strings.HasPrefix(w.o.BaseURL, "https://") {
		return nil
	}
	url, err := w.o.stopURL(c, to)
	if err != nil {
		return err
	}
	l.ListUnsubscribe, l.ListUnsubscribeOneClick = []string{url}, true
	return nil
}

// links are what a letter's footer offers its reader. (contract)
func (o Options) links(kind tradepost.NotificationKind, c store.Claimed, to store.Correspondent) (l templates.Links, err error) {
	if to.Role != tradepost.AuthorMember {
		return l, nil
	}
	if o.SettingsURL != nil {
		l.SettingsURL = o.SettingsURL(to)
	}
	if kind == tradepost.Digest {
		l.StopURL, err = o.stopURL(c, to)
	}
	return l, err
}

// stopURL is the link that stops a member's digests, "" where no pages are
// served. It is good for as long as the letter can be answered.
func (o Options) stopURL(c store.Claimed, to store.Correspondent) (string, error) {
	return o.actionURL(tradepost.Action{
		Verb: tradepost.StopDigests, Role: tradepost.AuthorMember, Person: to.ID, Subject: c.ID, Object: tradepost.PeriodNumber(c.Period),
		// To the day, so that a second attempt repeats the first exactly.
		Expires: time.Now().Truncate(24 * time.Hour).Add(o.TokenLife),
	})
}

// feedbackSender is the last part of Feedback-ID, which is to be 5 to 15
// characters and stay the same. Gmail tells senders apart by who signed.
const feedbackSender = "tradepost"

// feedbackID sorts letters for the feedback loop of Gmail, which counts complaints
// by each part: the rule that asked for the letter, the partner, the kind, the
// sender (Google, "Feedback Loop": a:b:c:SenderId). The partner is a number made
// of its name; nothing in it is about the reader.
func feedbackID(kind tradepost.NotificationKind, rule, partner string) mailer.Header {
	if strings.Trim(rule, "abcdefghijklmnopqrstuvwxyz_") != "" || rule == string(kind) {
		rule = ""
	}
	if partner != "" {
		sum := sha256.Sum256([]byte(partner))
		partner = "p" + hex.EncodeToString(sum[:6])
	}
	return mailer.Header{Name: "Feedback-ID", Value: strings.Join([]string{rule, partner, string(kind), feedbackSender}, ":")}
}

// hop is the header that all our letters carry.
func hop() []mailer.Header { return []mailer.Header{{Name: HopHeader, Value: "1"}} }
