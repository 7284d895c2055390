package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/tradepost-mail/tradepost"
)

type undoBody struct {
	Member string `json:"member" example:"mbr_1" doc:"Who wrote the message"`
}

type undoInput struct {
	payload
	ID      string `path:"id" example:"con_1"`
	Message string `path:"message" example:"msg_1"`
}

type undoOutput struct {
	Body struct {
		State string `json:"state" enum:"done,unchanged" doc:"unchanged: it had been taken back before"`
	}
}

// undoMessage takes back a message while its relay waits.
func (s *server) undoMessage(ctx context.Context, in *undoInput) (*undoOutput, error) {
	conversation, message, err := markPath(in.ID, in.Message)
	if err != nil {
		return nil, err
	}
	var b undoBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	member := actingMember(ctx, &faults, "member", b.Member)
	if faults != nil {
		return nil, faults
	}
	result, err := s.store.UndoMessage(ctx, conversation, message, member)
	if err != nil {
		return nil, s.markFailed(ctx, conversation, message, err)
	}
	if result.State == tradepost.CommandRefused {
		return nil, problem(http.StatusConflict, notUndone(result.Reason))
	}
	out := &undoOutput{}
	out.Body.State = string(result.State)
	return out, nil
}

// notUndone says why a message could not be taken back.
func notUndone(reason string) string {
	switch reason {
	case tradepost.CommandTooLate:
		return "It is too late: the reply is on its way to the merchant."
	case tradepost.CommandNotAllowed:
		return "Only who wrote a message can take it back."
	}
	return "There is nothing to take back."
}

// postUndo takes back a message of the member who looks.
func (s *server) postUndo(w http.ResponseWriter, r *http.Request) error {
	p, err := s.smallForm(w, r)
	if err != nil {
		return err
	}
	message, err := tradepost.ParseID(tradepost.MessagePrefix, r.PostFormValue("message"))
	if err != nil {
		return errNoPage
	}
	result, err := s.store.UndoMessage(r.Context(), p.C.ID, message, p.Viewer.MemberID)
	switch {
	case errors.Is(err, tradepost.ErrNotFound):
		return errNoPage
	case err != nil:
		return err
	case result.State == tradepost.CommandRefused:
		return pageError{http.StatusConflict, "Not taken back", notUndone(result.Reason)}
	}
	s.backTo(w, r, p, "#answer")
	return nil
}
