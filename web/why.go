package web

import (
	"context"
	"errors"

	"github.com/tradepost-mail/tradepost"
)

type whyInput struct {
	ID     string `path:"id" example:"con_1"`
	Member string `query:"member" example:"mbr_1" doc:"Who did or didn't get the mail; required"`
}

type whyOutput struct {
	Body struct {
		Items []tradepost.Told `json:"items" nullable:"false" doc:"The newest ten messages of the merchant at most, oldest first"`
	}
}

// why answers how a member was told of a conversation's messages, or why not.
func (s *server) why(ctx context.Context, in *whyInput) (*whyOutput, error) {
	conversation, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	var faults tradepost.Invalid
	member := actingMember(ctx, &faults, "query.member", in.Member)
	if faults != nil {
		return nil, faults
	}
	out := &whyOutput{}
	out.Body.Items, err = s.store.Why(ctx, conversation, member, 0)
	if errors.Is(err, tradepost.ErrNotFound) {
		if _, _, err := s.store.Conversation(ctx, conversation); errors.Is(err, tradepost.ErrNotFound) {
			return nil, noSuch("conversation")
		}
		return nil, tradepost.Invalid{{Field: "query.member", Problem: "is not a member of this conversation's partner"}}
	}
	if out.Body.Items == nil {
		out.Body.Items = []tradepost.Told{}
	}
	return out, err
}
