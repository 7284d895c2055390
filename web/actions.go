package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// teamView is what a team alone sees of a conversation. It has an address of its
// own, so that a back end which shows conversations to merchants can't show it by
// mistake.
type teamView struct {
	Qualification *qualificationView `json:"qualification,omitempty" doc:"Of the merchant by this partner; absent = none"`
	Elsewhere     elsewhereView      `json:"qualified_elsewhere" doc:"Of the merchant by other partners"`
	Tags          []string           `json:"tags" nullable:"false"`
	Notes         []noteView         `json:"notes" nullable:"false" doc:"Internal; oldest first"`
	Records       []recordView       `json:"records" nullable:"false" doc:"What members did, other than writing; oldest first"`
}

type qualificationView struct {
	Code   string    `json:"code"`
	Member string    `json:"member" example:"mbr_1" doc:"Who said so"`
	At     time.Time `json:"at"`
}

type noteView struct {
	ID     string    `json:"id" example:"not_1"`
	Member string    `json:"member" example:"mbr_1"`
	Name   string    `json:"name" doc:"The member's"`
	Body   string    `json:"body"`
	At     time.Time `json:"at"`
}

type recordView struct {
	Action   string     `json:"action"`
	Member   string     `json:"member" example:"mbr_1"`
	Name     string     `json:"name" doc:"The member's"`
	Via      string     `json:"via" enum:"web,api,email"`
	At       time.Time  `json:"at"`
	UndoneAt *time.Time `json:"undone_at,omitempty"`
	Message  string     `json:"message,omitempty" example:"msg_1" doc:"That was marked, or taken back"`
	Text     string     `json:"text,omitempty" doc:"The emoji or the code"`
	Tags     []string   `json:"tags,omitempty"`
	Undone   string     `json:"undone,omitempty" doc:"What an undo took back: an action, or reply"`
}

type teamOutput struct{ Body teamView }

func (s *server) getTeam(ctx context.Context, in *conversationInput) (*teamOutput, error) {
	id, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	c, _, err := s.store.Conversation(ctx, id)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("conversation")
	}
	if err != nil {
		return nil, err
	}
	v, err := s.teamOf(ctx, c)
	return &teamOutput{v}, err
}

func (s *server) teamOf(ctx context.Context, c store.Conversation) (teamView, error) {
	tags, err := s.store.Tags(ctx, c.ID)
	if err != nil {
		return teamView{}, err
	}
	notes, err := s.store.Notes(ctx, c.ID)
	if err != nil {
		return teamView{}, err
	}
	actions, err := s.store.Actions(ctx, c.ID)
	if err != nil {
		return teamView{}, err
	}
	v := teamView{Tags: append([]string{}, tags...), Notes: make([]noteView, len(notes)), Records: make([]recordView, len(actions))}
	if v.Elsewhere, err = s.elsewhere(ctx, c); err != nil {
		return teamView{}, err
	}
	q, err := s.store.Qualification(ctx, c.PartnerID, c.Merchant.ID)
	switch {
	case err == nil:
		v.Qualification = &qualificationView{q.Code, tradepost.FormatID(tradepost.MemberPrefix, q.MemberID), q.At.UTC()}
	case !errors.Is(err, tradepost.ErrNotFound):
		return teamView{}, err
	}
	for i, n := range notes {
		v.Notes[i] = noteView{tradepost.FormatID(tradepost.NotePrefix, n.ID), tradepost.FormatID(tradepost.MemberPrefix, n.MemberID), n.Member, n.Body, n.At.UTC()}
	}
	for i, a := range actions {
		v.Records[i] = recordView{Action: string(a.Verb), Member: tradepost.FormatID(tradepost.MemberPrefix, a.MemberID), Name: a.Member, Via: string(a.Via),
			At: a.At.UTC(), UndoneAt: present(a.UndoneAt), Text: a.Text, Tags: a.Tags, Undone: a.Undone}
		if a.MessageID != 0 {
			v.Records[i].Message = tradepost.FormatID(tradepost.MessagePrefix, a.MessageID)
		}
	}
	return v, nil
}

type actionBody struct {
	Member  string   `json:"member" example:"mbr_1" doc:"Who does it"`
	Action  string   `json:"action" enum:"done,mark,unmark,tag,untag,qualify,unqualify,note,mute,unmute,decline,block,delete,undo" doc:"As the commands of mails: done, mark and unmark are about the newest message of the merchant, and undo about the member's own last reply or action"`
	Text    string   `json:"text,omitempty" doc:"The emoji of mark, the code of qualify (the partner's default when missing), the text of note"`
	Tags    []string `json:"tags,omitempty" nullable:"false" doc:"Of tag and untag: names"`
	Confirm bool     `json:"confirm,omitempty" doc:"Required for block and delete, which can't be undone: that the member was asked"`
}

type actionInput struct {
	payload
	ID  string `path:"id" example:"con_1"`
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type actionOutput struct {
	Body struct {
		State  string `json:"state" enum:"done,unchanged" doc:"unchanged: it was so before"`
		Undone string `json:"undone,omitempty" doc:"What an undo took back: an action, or reply"`
	}
}

// finals say what can't be undone, before it is done.
var finals = map[tradepost.Verb]string{
	tradepost.VerbBlock:  "must be true: no message of this merchant reaches the partner any more by any way, and every proposal, job and invoice with them is closed; this can't be undone",
	tradepost.VerbDelete: "must be true: the messages, files, notes and mails of this conversation are deleted for good; this can't be undone",
}

const unmute = "unmute" // which mails have no command for

var apiVerbs = map[tradepost.Verb]bool{
	tradepost.VerbDone: true, tradepost.VerbMark: true, tradepost.VerbUnmark: true, tradepost.VerbTag: true, tradepost.VerbUntag: true,
	tradepost.VerbQualify: true, tradepost.VerbUnqualify: true, tradepost.VerbNote: true, tradepost.VerbMute: true, unmute: true,
	tradepost.VerbDecline: true, tradepost.VerbBlock: true, tradepost.VerbDelete: true, tradepost.VerbUndo: true,
}

func (s *server) act(ctx context.Context, in *actionInput) (*actionOutput, error) {
	conversation, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	var b actionBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	member := actingMember(ctx, &faults, "member", b.Member)
	command := tradepost.Command{Verb: tradepost.Verb(b.Action), Text: b.Text, Tags: b.Tags}
	switch final := finals[command.Verb]; {
	case !apiVerbs[command.Verb]:
		faults = merge(faults, tradepost.Invalid{{Field: "action", Problem: "must be one of those that the description lists"}})
	case final != "" && !b.Confirm:
		faults = merge(faults, tradepost.Invalid{{Field: "confirm", Problem: final}})
	case command.Verb == tradepost.VerbMark && emojiProblem(b.Text) != "":
		faults = merge(faults, tradepost.Invalid{{Field: "text", Problem: emojiProblem(b.Text)}})
	}
	if faults != nil {
		return nil, faults
	}
	out := &actionOutput{}
	out.Body.State = string(tradepost.CommandDone)
	if command.Verb == unmute {
		if _, err := s.store.Access(ctx, tradepost.AuthorMember, member, conversation); err != nil {
			return nil, s.actFailed(ctx, conversation, err)
		}
		return out, s.store.Unmute(ctx, member, conversation)
	}
	result, err := s.store.ActConfirmed(ctx, conversation, member, command, via(ctx), req)
	if err != nil {
		return nil, s.actFailed(ctx, conversation, err)
	}
	if result.State == tradepost.CommandRefused {
		return nil, problem(http.StatusConflict, notActed(result.Reason))
	}
	out.Body.State, out.Body.Undone = string(result.State), result.Undone
	return out, nil
}

// actFailed names what of a request was at fault where the store couldn't act.
func (s *server) actFailed(ctx context.Context, conversation int64, err error) error {
	var faults tradepost.Invalid
	switch {
	case errors.Is(err, tradepost.ErrNotFound):
		return s.blame(ctx, conversation, "member")
	case errors.As(err, &faults):
		field := "text"
		if v := faults[0].Field; v == string(tradepost.VerbTag) || v == string(tradepost.VerbUntag) {
			field = "tags"
		}
		return tradepost.Invalid{{Field: field, Problem: faults[0].Problem}}
	}
	return err
}

// notActed says why something wasn't done.
func notActed(reason string) string {
	switch reason {
	case tradepost.CommandBlocked:
		return "The merchant is blocked, for good."
	case tradepost.CommandNoCode:
		return "The partner has no default code: name one as text."
	case tradepost.CommandNoMessage:
		return "There is no message of the merchant to act on."
	case tradepost.CommandTooLate:
		return "It is too late to take that back."
	case tradepost.CommandNotAllowed:
		return "Only owners may do this."
	}
	return "There is nothing to take back."
}

type deleteMessageInput struct {
	ID      string `path:"id" example:"con_1"`
	Message string `path:"message" example:"msg_1"`
}

func (s *server) deleteMessage(ctx context.Context, in *deleteMessageInput) (*struct{}, error) {
	conversation, message, err := markPath(in.ID, in.Message)
	if err != nil {
		return nil, err
	}
	if err := s.store.DeleteMessage(ctx, conversation, message); err != nil {
		return nil, s.markFailed(ctx, conversation, message, err)
	}
	return nil, nil //nolint:nilnil // huma: 204, no content
}
