package web

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// viewer is as whom a page is looked at, which "as" in its address says: a
// member's id, "merchant", or nobody, who only looks.
type viewer struct {
	As        string
	Merchant  bool
	MemberID  int64
	Name      string // of a member
	PartnerID int64  // a member's
	Partner   string
	Zone      *time.Location
	// Suppressed is why a member's address takes no mail; nil = it does.
	Suppressed *store.Suppression
}

// Writes reports whether the viewer can answer.
func (v viewer) Writes() bool { return v.Merchant || v.MemberID != 0 }

// Query is what keeps the viewer in a link within the pages.
func (v viewer) Query() string {
	if v.As == "" {
		return ""
	}
	return "?" + url.Values{"as": {v.As}}.Encode()
}

// viewerOf reads "as"; an id that is no present member's is errNoPage.
func viewerOf(partners []store.Partner, as string) (viewer, error) {
	v := viewer{As: as, Zone: time.UTC}
	switch as {
	case "":
		return v, nil
	case string(tradepost.AuthorMerchant):
		v.Merchant = true
		return v, nil
	}
	id, err := tradepost.ParseID(tradepost.MemberPrefix, as)
	if err != nil {
		return viewer{}, errNoPage
	}
	for _, p := range partners {
		i := slices.IndexFunc(p.Members, func(m store.Member) bool { return m.ID == id })
		if i < 0 {
			continue
		}
		v.MemberID, v.Name, v.PartnerID, v.Partner = id, p.Members[i].Name, p.ID, p.Name
		v.Suppressed = p.Members[i].Suppressed
		if zone, err := time.LoadLocation(p.Members[i].Zone); err == nil {
			v.Zone = zone
		}
		return v, nil
	}
	return viewer{}, errNoPage
}

// row is a conversation in a list.
type row struct {
	store.Conversation
	Unread  bool // for the member who looks
	Current bool // the page shows it
}

// rows lists what the viewer may see: a member their partner's conversations, a
// merchant, once there is a current one to tell who they are, their own.
func (s *server) rows(ctx context.Context, v viewer, current store.Conversation) ([]row, error) {
	list, err := s.store.Conversations(ctx, store.Filter{PartnerID: v.PartnerID, Member: v.MemberID})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, c := range list {
		if v.Merchant && current.ID != 0 && c.Merchant.ID != current.Merchant.ID {
			continue
		}
		rows = append(rows, row{Conversation: c.Conversation, Unread: c.Unread > 0, Current: c.ID == current.ID})
	}
	return rows, nil
}
