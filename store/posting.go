package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Reply is what a mail has for one conversation: commands, a message, or both.
type Reply struct {
	ConversationID int64
	Role           tradepost.AuthorRole
	Person         int64 // member or merchant id
	Through        int64 // the newest message in the letter that was answered
	// Commands are carried out before the message is posted; of members only.
	Commands []tradepost.Command
	Body     string // with no Files either, nothing is posted
	FullText string
	Fold     int // characters of Body before what is shown folded; 0 = nothing is
	Files    []tradepost.Attachment
	// TextKey recognises the same text, sent again and again; zero = isn't counted.
	TextKey [32]byte
	// Refused is why the conversation takes nothing from the person by this mail;
	// "" = as far as is known it does.
	Refused tradepost.Reason
	// Chosen says that the text had no place, and that this is the conversation
	// which was chosen for it (Release.Choice).
	Chosen bool
}

// Posting is a mail that is to become messages, be carried out, or both.
type Posting struct {
	// Replies has one element for each conversation, besides one for text that was
	// Chosen for it; a mail that is not an answer to a digest has one.
	Replies []Reply
	// Fingerprint is that of the address answered, the Message-ID and the body
	// together: a second mail with the same one is a duplicate.
	Fingerprint [32]byte
	// Sender is the folded address in From, whose budget the mail counts against;
	// "" = unclear.
	Sender string
	// Tell says that Sender may be told why nothing was posted.
	Tell bool
	// Confirm says that /qualify asks first, too; /block and /delete always do.
	Confirm bool
	// Ask is a question about text that had no place, or nil. (QuestionConversation)
	Ask *Ask
}

// Posted is what became of a Posting.
type Posted struct {
	// State is posted, acted, duplicate, held or refused. Text for which nobody
	// could be asked where it belongs makes a mail held, whatever was posted beside it.
	State  InboundState
	Reason tradepost.Reason // of held and refused
	// Transcript has a part for each conversation.
	Transcript tradepost.Transcript
	// Tripped are the breakers that this mail tripped, without their ids.
	Tripped []Breaker
}

// Trust is what the trust table was asked and said of a mail. It is kept as JSON.
type Trust struct {
	tradepost.Evidence
	tradepost.Ruling
	Person int64 `json:"person,omitempty"` // whom the token names
}

// Release is what a person decided of a held mail that was given back to be
// judged. It is kept as JSON; a later decision adds to those before.
type Release struct {
	// By is "owner" or an operator's name: of the last who decided.
	By string `json:"by"`
	// Sender says that the mail is the token's person's, whatever From says.
	Sender bool `json:"sender,omitempty"`
	// Breakers says that no budget holds it any more.
	Breakers bool `json:"breakers,omitempty"`
	// Choice is the conversation that text without a place is for; zero = none
	// was chosen.
	Choice Choice `json:"choice,omitzero"`
}

// PostReply makes messages of a mail and carries its commands out: messages,
// relays or alerts, read state and ledger in one transaction. Budgets and whether
// the person may still write there are asked within it. A conversation that
// refuses its part keeps none of the others back; where all are refused, nothing
// is kept but the verdict, as if the mail had never come. Text after /undo is
// posted: it is what was meant instead.
//
// However often a mail is given back to be judged, each of its parts is carried
// out once; after that only text that was Chosen for a conversation is. The error
// may be ErrOvertaken, and leaves the mail as it was.
func (s *Store) PostReply(ctx context.Context, in Inbound, r Reading, p Posting) (Posted, error) {
	files, err := s.putReplies(ctx, in, p.Replies)
	if err != nil {
		return Posted{}, err
	}
	var out Posted
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockInbound(ctx, tx, in); err != nil {
			return err
		}
		out, err = s.post(ctx, tx, in, r, p, files)
		return err
	})
	if err != nil {
		return Posted{}, fmt.Errorf("post inbound mail %d: %w", in.ID, err)
	}
	return out, nil
}

// putReplies puts the files of each reply into a folder of its own.
func (s *Store) putReplies(ctx context.Context, in Inbound, replies []Reply) ([][]storedFile, error) {
	folder := fmt.Sprintf("attachments/inbound/%s-%d", in.Period.Format("200601"), in.ID)
	if in.State != InboundStored || in.Release != nil {
		// It may have been posted before: those files stay as they are. Under the
		// mail's folder a deletion finds them, whatever becomes of it now.
		folder = NewBlobKey(folder)
	}
	files := make([][]storedFile, len(replies))
	for i, p := range replies {
		var err error
		if files[i], err = s.putFiles(ctx, fmt.Sprintf("%s/%d", folder, i), p.Files); err != nil {
			return nil, err
		}
	}
	return files, nil
}
