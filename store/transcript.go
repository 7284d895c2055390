package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// reasonTranscript is the reason of the answer that carries a transcript.
const reasonTranscript = "transcript"

// tells reports whether the author is sent a transcript: where they could not
// see from the conversation alone what became of their mail.
func (c carried) tells() bool {
	return !c.undo() && (c.asked || slices.ContainsFunc(c.Transcript.Parts, func(p tradepost.TranscriptPart) bool {
		return len(p.Results) > 0 || p.Refused != ""
	}))
}

// author is who wrote a mail.
func (p Posting) author() person {
	if len(p.Replies) > 0 {
		return person{p.Replies[0].Role, p.Replies[0].Person}
	}
	return person{p.Ask.Role, p.Ask.Person}
}

// person is a member or a merchant.
type person struct {
	role tradepost.AuthorRole
	id   int64
}

// notifyTranscript sends the author what became of a mail: to sender, the address
// that it came from, if that is one of theirs, else to the primary one. It is
// called where the mail is locked and finished, so once for each time that
// something was done; text that was chosen for a conversation is done later.
func (s *Store) notifyTranscript(ctx context.Context, tx pgx.Tx, in Ref, author person, sender string, conversation int64, t tradepost.Transcript) error {
	address, err := primaryAddress(ctx, tx, author.role, author.id)
	if err != nil || address == "" {
		return err
	}
	own, err := personAddresses(ctx, tx, author.role, author.id)
	if err != nil {
		return err
	}
	if slices.Contains(own, sender) {
		address = sender
	}
	var before int
	err = tx.QueryRow(ctx, `select count(*) from notifications where (inbound_period, inbound_id) = ($1, $2) and reason = $3`,
		in.Period, in.ID, reasonTranscript).Scan(&before)
	if err != nil {
		return err
	}
	_, err = s.notify(ctx, tx, notice{
		kind: tradepost.Answer, period: in.Period, key: tradepost.DedupeKey(tradepost.Answer, reasonTranscript, in.ID, before),
		memberID: when(author.role == tradepost.AuthorMember, author.id), merchantID: when(author.role == tradepost.AuthorMerchant, author.id),
		address: address, conversationID: conversation, inbound: in, reason: reasonTranscript, detail: &answerDetail{Transcript: t},
	})
	return err
}

// answerDetail is what an answer says beside its reason, as its notification
// keeps it.
type answerDetail struct {
	tradepost.Transcript
	Line string `json:"line,omitempty"`
}
