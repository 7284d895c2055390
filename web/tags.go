package web

import (
	"context"
	"errors"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type tagBody struct {
	Name string `json:"name" doc:"Case is kept, and not compared"`
}

type tagView struct {
	ID            string `json:"id" example:"tag_1"`
	Name          string `json:"name"`
	Conversations int    `json:"conversations" doc:"How many have it"`
}

func viewTag(t store.Tag) tagView {
	return tagView{tradepost.FormatID(tradepost.TagPrefix, t.ID), t.Name, t.Conversations}
}

type tagsInput struct {
	ID string `path:"id" example:"par_1"`
}

type tagsOutput struct {
	Body struct {
		Items []tagView `json:"items" nullable:"false" doc:"By name"`
	}
}

func (s *server) listTags(ctx context.Context, in *tagsInput) (*tagsOutput, error) {
	partner, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	list, err := s.store.PartnerTags(ctx, partner)
	if err != nil {
		return nil, err
	}
	out := &tagsOutput{}
	out.Body.Items = make([]tagView, len(list))
	for i, t := range list {
		out.Body.Items[i] = viewTag(t)
	}
	return out, nil
}

type addTagInput struct {
	payload
	ID string `path:"id" example:"par_1"`
}

type tagOutput struct {
	Body tagView
}

// tagName reads the name of a tag from a body.
func (p *payload) tagName() (string, error) {
	var b tagBody
	faults, err := p.decode(&b)
	if err != nil {
		return "", err
	}
	problem := tradepost.LineProblem(b.Name, tradepost.MaxLine)
	if strings.TrimSpace(b.Name) == "" {
		problem = "is missing"
	}
	if problem != "" {
		faults = merge(faults, tradepost.Invalid{{Field: "name", Problem: problem}})
	}
	if faults != nil {
		return "", faults
	}
	return b.Name, nil
}

func (s *server) addTag(ctx context.Context, in *addTagInput) (*tagOutput, error) {
	partner, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	name, err := in.tagName()
	if err != nil {
		return nil, err
	}
	t, err := s.store.AddTag(ctx, partner, name)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("partner")
	}
	if err != nil {
		return nil, err
	}
	return &tagOutput{viewTag(t)}, nil
}

type changeTagInput struct {
	payload
	ID string `path:"id" example:"tag_1"`
}

func (s *server) renameTag(ctx context.Context, in *changeTagInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.TagPrefix, in.ID)
	if err != nil {
		return nil, noSuch("tag")
	}
	name, err := in.tagName()
	if err != nil {
		return nil, err
	}
	if err = s.store.RenameTag(ctx, id, name); errors.Is(err, tradepost.ErrNotFound) {
		err = noSuch("tag")
	}
	return nil, err
}

type tagInput struct {
	ID string `path:"id" example:"tag_1"`
}

func (s *server) deleteTag(ctx context.Context, in *tagInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.TagPrefix, in.ID)
	if err != nil {
		return nil, noSuch("tag")
	}
	if err = s.store.DeleteTag(ctx, id); errors.Is(err, tradepost.ErrNotFound) {
		err = noSuch("tag")
	}
	return nil, err
}
