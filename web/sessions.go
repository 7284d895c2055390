package web

import (
	"context"
	"net/http"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type sessionView struct {
	ID        string    `json:"id" example:"ses_1"`
	Agent     string    `json:"agent,omitempty" doc:"What the browser calls itself"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at" doc:"To the hour"`
}

func viewSession(v store.Session) sessionView {
	return sessionView{tradepost.FormatID(tradepost.SessionPrefix, v.ID), v.Agent, v.CreatedAt.UTC(), v.SeenAt.UTC()}
}

type sessionsOutput struct {
	Body struct {
		Items []sessionView `json:"items" nullable:"false" doc:"The newest first"`
	}
}

func (s *server) listSessions(ctx context.Context, in *memberInput) (*sessionsOutput, error) {
	member, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	list, err := s.store.Sessions(ctx, member)
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	out.Body.Items = make([]sessionView, len(list))
	for i, v := range list {
		out.Body.Items[i] = viewSession(v)
	}
	return out, nil
}

type memberInput struct {
	ID string `path:"id" example:"mbr_1"`
}

// signOutEverywhere ends all sessions of a member, that which asks included.
func (s *server) signOutEverywhere(ctx context.Context, in *memberInput) (*struct{}, error) {
	member, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	return nil, s.store.SignOut(ctx, member, 0)
}

type whoOutput struct {
	Body struct {
		Member  string `json:"member" example:"mbr_1"`
		Partner string `json:"partner" example:"par_1"`
		Role    string `json:"role" enum:"owner,member"`
		Session string `json:"session" example:"ses_1"`
	}
}

// who says who is signed in.
func (s *server) who(ctx context.Context, _ *struct{}) (*whoOutput, error) {
	c := callerOf(ctx)
	if c.member == 0 {
		return nil, problem(http.StatusNotFound, "Nobody is signed in; an API key is nobody's.")
	}
	out := &whoOutput{}
	out.Body.Member, out.Body.Partner = tradepost.FormatID(tradepost.MemberPrefix, c.member), tradepost.FormatID(tradepost.PartnerPrefix, c.partner)
	out.Body.Session, out.Body.Role = tradepost.FormatID(tradepost.SessionPrefix, c.session), "member"
	if c.owner {
		out.Body.Role = "owner"
	}
	return out, nil
}

// signOut ends the session that asks.
func (s *server) signOut(ctx context.Context, _ *struct{}) (*struct{}, error) {
	if c := callerOf(ctx); c.member != 0 {
		return nil, s.store.SignOut(ctx, c.member, c.session)
	}
	return nil, problem(http.StatusNotFound, "Nobody is signed in; an API key is nobody's.")
}
