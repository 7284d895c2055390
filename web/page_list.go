package web

import (
	"fmt"
	"net/http"

	"github.com/tradepost-mail/tradepost/store"
)

// listPage is the list of conversations, and the choice of whose it is.
type listPage struct {
	Title    string
	Viewer   viewer
	Partners []store.Partner
	Rows     []row
	Unread   int
	Version  string // changes when the page would look different
}

func (s *server) showList(w http.ResponseWriter, r *http.Request) error {
	partners, err := s.store.Partners(r.Context())
	if err != nil {
		return err
	}
	v, err := viewerOf(partners, r.URL.Query().Get("as"))
	if err != nil {
		return err
	}
	rows, err := s.rows(r.Context(), v, store.Conversation{})
	if err != nil {
		return err
	}
	p := listPage{Title: "Conversations", Viewer: v, Partners: partners, Rows: rows}
	for _, row := range rows {
		if row.Unread {
			p.Unread++
		}
	}
	p.Version = fmt.Sprint(len(rows), p.Unread)
	if len(rows) > 0 {
		p.Version += " " + iso(rows[0].LastAt)
	}
	s.render(w, r, s.pages.list, http.StatusOK, p)
	return nil
}
