package web

import (
	"context"
	"errors"
	"unicode"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
)

type markBody struct {
	Member string `json:"member" example:"mbr_1"`
	Emoji  string `json:"emoji" example:"✅"`
}

type unmarkBody struct {
	Member string `json:"member" example:"mbr_1"`
}

type markInput struct {
	payload
	ID      string `path:"id" example:"con_1"`
	Message string `path:"message" example:"msg_1"`
}

type unmarkInput struct {
	payload
	ID      string `path:"id" example:"con_1"`
	Message string `path:"message" example:"msg_1"`
	Member  string `query:"member" example:"mbr_1" doc:"Instead of a body, which DELETE may lose on its way (RFC 9110 section 9.3.5)"`
}

func (s *server) markMessage(ctx context.Context, in *markInput) (*struct{}, error) {
	conversation, message, err := markPath(in.ID, in.Message)
	if err != nil {
		return nil, err
	}
	var b markBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	member := actingMember(ctx, &faults, "member", b.Member)
	if p := emojiProblem(b.Emoji); p != "" {
		faults = merge(faults, tradepost.Invalid{{Field: "emoji", Problem: p}})
	}
	if faults != nil {
		return nil, faults
	}
	if err := s.store.Mark(ctx, conversation, message, member, b.Emoji); err != nil {
		return nil, s.markFailed(ctx, conversation, message, err)
	}
	return nil, nil //nolint:nilnil // huma: 204, no content
}

func (s *server) unmarkMessage(ctx context.Context, in *unmarkInput) (*struct{}, error) {
	conversation, message, err := markPath(in.ID, in.Message)
	if err != nil {
		return nil, err
	}
	b := unmarkBody{Member: in.Member}
	var faults tradepost.Invalid
	field := "query.member"
	if in.err != nil || len(in.raw) > 0 || in.Member == "" {
		field = "member"
		if faults, err = in.decode(&b); err != nil {
			return nil, err
		}
	}
	member := actingMember(ctx, &faults, field, b.Member)
	if faults != nil {
		return nil, faults
	}
	if err := s.store.Unmark(ctx, conversation, message, member); err != nil {
		return nil, s.markFailed(ctx, conversation, message, err)
	}
	return nil, nil //nolint:nilnil // huma: 204, no content
}

func markPath(conversation, message string) (c, m int64, err error) {
	if c, err = tradepost.ParseID(tradepost.ConversationPrefix, conversation); err != nil {
		return 0, 0, noSuch("conversation")
	}
	if m, err = tradepost.ParseID(tradepost.MessagePrefix, message); err != nil {
		return 0, 0, noSuch("message")
	}
	return c, m, nil
}

// markFailed finds out which of the three ids the store did not find.
func (s *server) markFailed(ctx context.Context, conversation, message int64, err error) error {
	if !errors.Is(err, tradepost.ErrNotFound) {
		return err
	}
	_, messages, err := s.store.Conversation(ctx, conversation)
	switch {
	case errors.Is(err, tradepost.ErrNotFound):
		return noSuch("conversation")
	case err != nil:
		return err
	case !has(messages, message):
		return noSuch("message")
	}
	return tradepost.Invalid{{Field: "member", Problem: "is not a member of this conversation's partner"}}
}

// emojiProblem says what keeps s from being one emoji, or returns "". It goes by
// the characters of emoji sequences (Unicode TS 51, ED-17), which is enough to
// keep words and markup out of a mark.
func emojiProblem(s string) string {
	const advice = "must be an emoji like ✅"
	if s == "" {
		return "is missing"
	}
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 16 {
		return advice
	}
	picture := false
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.So, unicode.Sm) && r > 0xFF, r == '\u203C', r == '\u2049', r == '\u2139', r == '\u3030', r == '\u20E3', r == '\u00A9', r == '\u00AE':
			picture = true
		case r >= 0x1F3FB && r <= 0x1F3FF, r == '\uFE0F', r == '\u200D', r >= 0xE0020 && r <= 0xE007F, // skin, presentation, joiner, flag tags
			r >= '0' && r <= '9', r == '#', r == '*': // of keycaps
		default:
			return advice
		}
	}
	if !picture {
		return advice
	}
	return ""
}
