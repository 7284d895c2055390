package web

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// messageView is a message in an answer. It never carries an address.
type messageView struct {
	ID          string           `json:"id" example:"msg_1"`
	Author      authorView       `json:"author"`
	Body        string           `json:"body"`
	FoldAt      int              `json:"fold_at,omitempty" doc:"Of an e-mail: what its author surely wrote are the first so many characters (Unicode code points) of body; the rest is probably quoted, and best shown folded. Absent: nothing is to be folded" minimum:"1"`
	Via         string           `json:"via" enum:"web,api,email"`
	CreatedAt   time.Time        `json:"created_at"`
	Mark        string           `json:"mark,omitempty" doc:"An emoji that a member put on it"`
	Attachments []attachmentView `json:"attachments" nullable:"false"`
}

type authorView struct {
	Role string `json:"role" enum:"merchant,member,system"`
	ID   string `json:"id,omitempty" example:"mbr_1" doc:"Of a member"`
	Name string `json:"name"`
}

type attachmentView struct {
	ID          string `json:"id" example:"att_1"`
	Filename    string `json:"filename"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size" doc:"Octets"`
	URL         string `json:"url"`
}

func (s *server) viewMessage(m store.Message) messageView {
	v := messageView{
		ID:     tradepost.FormatID(tradepost.MessagePrefix, m.ID),
		Author: authorView{Role: string(m.Author), Name: m.AuthorName}, Body: m.Body, FoldAt: m.Fold, Via: string(m.Via),
		CreatedAt: m.CreatedAt.UTC(), Mark: m.Mark, Attachments: make([]attachmentView, len(m.Files)),
	}
	if m.MemberID != 0 {
		v.Author.ID = tradepost.FormatID(tradepost.MemberPrefix, m.MemberID)
	}
	for i, f := range m.Files {
		id := tradepost.FormatID(tradepost.AttachmentPrefix, f.ID)
		v.Attachments[i] = attachmentView{ID: id, Filename: f.Filename, ContentType: f.ContentType, Size: f.Size, URL: s.baseURL + "/v1/attachments/" + id}
	}
	return v
}

type messageBody struct {
	From        string           `json:"from" doc:"merchant, or the id of a member of the partner" example:"mbr_1"`
	Body        string           `json:"body,omitempty" doc:"Required where nothing is attached"`
	Attachments []attachmentBody `json:"attachments,omitempty" maxItems:"20" nullable:"false"`
}

type messageInput struct {
	payload
	ID  string `path:"id" example:"con_1"`
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type messageOutput struct {
	Body struct {
		ID           string `json:"id" example:"msg_2"`
		Conversation string `json:"conversation" example:"con_1"`
	}
}

func (s *server) addMessage(ctx context.Context, in *messageInput) (*messageOutput, error) {
	conversation, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	var b messageBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	by := store.Author{Role: tradepost.AuthorMerchant}
	switch {
	case b.From == string(tradepost.AuthorMerchant):
		faults = merge(faults, callerOf(ctx).mayBeMerchant("from"))
	case callerOf(ctx).member != 0:
		by = store.Author{Role: tradepost.AuthorMember, MemberID: actingMember(ctx, &faults, "from", b.From)}
	default:
		by = store.Author{Role: tradepost.AuthorMember}
		if by.MemberID, err = tradepost.ParseID(tradepost.MemberPrefix, b.From); err != nil {
			faults = merge(faults, tradepost.Invalid{{Field: "from", Problem: `must be "merchant" or the id of a member like ` + tradepost.FormatID(tradepost.MemberPrefix, 12)}})
		}
	}
	files := attachments(&faults, b.Attachments)
	if faults = merge(faults, tradepost.ValidateMessage(b.Body, files)); faults != nil {
		return nil, faults
	}
	id, err := s.store.AddMessage(ctx, conversation, by, via(ctx), tradepost.NormalBody(b.Body), files, req)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, s.blame(ctx, conversation, "from")
	}
	if err != nil {
		return nil, err
	}
	out := &messageOutput{}
	out.Body.ID = tradepost.FormatID(tradepost.MessagePrefix, id)
	out.Body.Conversation = in.ID
	return out, nil
}

// via is how what a caller writes came in: from a page, or from a program.
func via(ctx context.Context) tradepost.Via {
	if callerOf(ctx).member != 0 {
		return tradepost.ViaWeb
	}
	return tradepost.ViaAPI
}

// blame says what the store did not find: the conversation of the path, else
// the member that the body's field names.
func (s *server) blame(ctx context.Context, conversation int64, field string) error {
	_, _, err := s.store.Opened(ctx, conversation)
	if errors.Is(err, tradepost.ErrNotFound) {
		return noSuch("conversation")
	}
	if err != nil {
		return err
	}
	return tradepost.Invalid{{Field: field, Problem: "is not a member of this conversation's partner"}}
}

type readBody struct {
	Member  string `json:"member" example:"mbr_1"`
	Through string `json:"through" example:"msg_1" doc:"The last message that was read"`
}

type readInput struct {
	payload
	ID string `path:"id" example:"con_1"`
}

func (s *server) readConversation(ctx context.Context, in *readInput) (*struct{}, error) {
	conversation, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	var b readBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	member := actingMember(ctx, &faults, "member", b.Member)
	through := parseID(&faults, tradepost.MessagePrefix, "through", b.Through)
	if faults != nil {
		return nil, faults
	}
	err = s.store.Read(ctx, conversation, member, through)
	if !errors.Is(err, tradepost.ErrNotFound) {
		return nil, err
	}
	_, messages, err := s.store.Conversation(ctx, conversation)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("conversation")
	}
	if err != nil {
		return nil, err
	}
	if !has(messages, through) {
		return nil, tradepost.Invalid{{Field: "through", Problem: "is not a message of this conversation"}}
	}
	return nil, tradepost.Invalid{{Field: "member", Problem: "is not a member of this conversation's partner"}}
}

func has(messages []store.Message, id int64) bool {
	for _, m := range messages {
		if m.ID == id {
			return true
		}
	}
	return false
}

func indexed(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
