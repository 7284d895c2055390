package web

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type listInput struct {
	Partner   string `query:"partner" example:"par_1" doc:"Only conversations with this partner"`
	UnreadBy  string `query:"unread_by" example:"mbr_1" doc:"Only conversations with messages that this member has not read"`
	Kind      string `query:"kind" example:"service" doc:"service, opportunity, qualification, inventory, product or integration"`
	New       string `query:"new" example:"true" doc:"Only those whose newest message of the merchant is unmarked"`
	Marked    string `query:"marked" example:"true" doc:"Only those whose newest message of the merchant is marked"`
	Mark      string `query:"mark" example:"✅" doc:"Only those where that mark is this emoji"`
	Tag       string `query:"tag" doc:"Only those with this tag, by name; asks for partner"`
	Qualified string `query:"qualified" example:"true" doc:"Only those of merchants whom the partner has qualified"`
	Search    string `query:"q" doc:"Found in the name, the store or the store URL of the merchant, in any case and without regard to diacritics; three characters at least where no partner is named"`
	Member    string `query:"member" example:"mbr_1" doc:"For whom unread messages are counted; you, if you are signed in"`
	Limit     string `query:"limit" example:"50" doc:"1 to 100; 50 when missing"`
	Cursor    string `query:"cursor" doc:"next of the page before"`
}

type listOutput struct {
	Link string `header:"Link" doc:"The next page (RFC 8288), while there is one"`
	Body struct {
		Items []listedView `json:"items" nullable:"false"`
		Next  string       `json:"next,omitempty" doc:"As cursor, the next page; absent on the last one"`
	}
}

type listedView struct {
	ID        string       `json:"id" example:"con_1"`
	Partner   string       `json:"partner" example:"par_1"`
	Kind      string       `json:"kind"`
	Service   string       `json:"service,omitempty" doc:"Its name"`
	CreatedAt time.Time    `json:"created_at"`
	LastAt    time.Time    `json:"last_at" doc:"When the newest message was written"`
	Merchant  merchantView `json:"merchant"`
	New       bool         `json:"new" doc:"The newest message of the merchant is unmarked"`
	Mark      string       `json:"mark,omitempty" doc:"On the newest message of the merchant"`
	Unread    int          `json:"unread" doc:"Messages that the member has not read; 0 where none is named"`
	Tags      []string     `json:"tags" nullable:"false"`
	Code      string       `json:"qualification,omitempty" doc:"The code by which the partner qualified the merchant"`
	Newest    newestView   `json:"newest"`
}

type newestView struct {
	By        string `json:"by,omitempty" enum:"merchant,member,system"`
	Beginning string `json:"beginning" doc:"200 characters at most"`
}

func (s *server) listConversations(ctx context.Context, in *listInput) (*listOutput, error) {
	var faults tradepost.Invalid
	f, own := in.filter(ctx, &faults), callerOf(ctx).partner
	if faults != nil {
		return nil, faults
	}
	if own != 0 && f.PartnerID != own {
		return nil, noSuch("partner")
	}
	limit := f.Limit
	f.Limit++ // one more says that there is a next page
	list, err := s.store.Conversations(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	if len(list) > limit {
		list = list[:limit]
		out.Body.Next = cursorOf(store.Position{LastAt: list[limit-1].LastAt, ID: list[limit-1].ID})
		out.Link = s.nextLink(in, out.Body.Next)
	}
	out.Body.Items = make([]listedView, len(list))
	for i, c := range list {
		out.Body.Items[i] = listedView{
			ID:      tradepost.FormatID(tradepost.ConversationPrefix, c.ID),
			Partner: tradepost.FormatID(tradepost.PartnerPrefix, c.PartnerID), Kind: string(c.Kind), Service: c.Service,
			CreatedAt: c.CreatedAt.UTC(), LastAt: c.LastAt.UTC(), Merchant: viewMerchant(c.Merchant.Merchant, keyed(ctx)),
			New: c.New(), Mark: c.Mark, Unread: c.Unread, Tags: c.Tags, Code: c.Code, Newest: newestView{string(c.By), c.Beginning},
		}
	}
	return out, nil
}

// filter reads the query. Who calls for a partner gets that partner's list, and who
// is signed in their own unread counts, without asking.
func (in *listInput) filter(ctx context.Context, faults *tradepost.Invalid) store.Filter {
	c := callerOf(ctx)
	f := store.Filter{PartnerID: c.partner, Member: c.member, Kind: tradepost.Kind(in.Kind), Mark: in.Mark, Tag: in.Tag, Search: in.Search}
	if in.Partner != "" {
		f.PartnerID = parseID(faults, tradepost.PartnerPrefix, "query.partner", in.Partner)
	}
	if in.UnreadBy != "" {
		f.UnreadBy = parseID(faults, tradepost.MemberPrefix, "query.unread_by", in.UnreadBy)
	}
	if in.Member != "" {
		f.Member = parseID(faults, tradepost.MemberPrefix, "query.member", in.Member)
	}
	if in.Kind != "" && !slices.Contains(tradepost.Kinds(), f.Kind) {
		*faults = merge(*faults, tradepost.Invalid{{Field: "query.kind", Problem: "must be service, opportunity, qualification, inventory, product or integration"}})
	}
	for _, t := range []struct{ field, text string }{{"mark", in.Mark}, {"tag", in.Tag}} {
		if p := tradepost.LineProblem(t.text, tradepost.MaxLine); t.text != "" && p != "" {
			*faults = merge(*faults, tradepost.Invalid{{Field: "query." + t.field, Problem: p}})
		}
	}
	f.New, f.Marked, f.Qualified = yes(faults, "new", in.New), yes(faults, "marked", in.Marked), yes(faults, "qualified", in.Qualified)
	f.Limit = limitOf(faults, in.Limit)
	if in.Cursor != "" {
		var ok bool
		if f.Before, ok = positionOf(in.Cursor); !ok {
			*faults = merge(*faults, tradepost.Invalid{{Field: "query.cursor", Problem: "must be next of an earlier answer"}})
		}
	}
	return f
}

func yes(faults *tradepost.Invalid, field, text string) bool {
	if text != "" && text != "true" && text != "false" {
		*faults = merge(*faults, tradepost.Invalid{{Field: "query." + field, Problem: "must be true or false"}})
	}
	return text == "true"
}

// limitOf reads how many items a page has.
func limitOf(faults *tradepost.Invalid, text string) int {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' || n > 100 {
			n = -1
			break
		}
		n = n*10 + int(c-'0')
	}
	switch {
	case text == "":
		return 50
	case n < 1 || n > 100:
		*faults = merge(*faults, tradepost.Invalid{{Field: "query.limit", Problem: "must be from 1 to 100"}})
	}
	return n
}

// A cursor is a position in base64: microseconds since 1970, as exact as
// PostgreSQL is, and the id. It isn't signed: whatever it names, the filter holds.
const cursorLen = 16

func cursorOf(p store.Position) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(p.LastAt.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, uint64(p.ID)))
}

func positionOf(cursor string) (store.Position, bool) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(b) != cursorLen {
		return store.Position{}, false
	}
	micro, id := int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))
	if id < 1 || micro < 0 || micro > 1<<52 { // the year 2112, which PostgreSQL and JSON can hold
		return store.Position{}, false
	}
	return store.Position{LastAt: time.UnixMicro(micro), ID: id}, true
}

// nextLink is the address of the next page with everything that was asked for.
func (s *server) nextLink(in *listInput, next string) string {
	q := url.Values{}
	for name, v := range map[string]string{"partner": in.Partner, "unread_by": in.UnreadBy, "kind": in.Kind, "new": in.New, "marked": in.Marked,
		"mark": in.Mark, "tag": in.Tag, "qualified": in.Qualified, "q": in.Search, "member": in.Member, "limit": in.Limit, "cursor": next} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "<" + s.baseURL + "/v1/conversations?" + q.Encode() + `>; rel="next"`
}

type countsInput struct {
	ID     string `path:"id" example:"par_1"`
	Member string `query:"member" example:"mbr_1" doc:"Whose unread conversations are counted; you, if you are signed in"`
}

type countsOutput struct {
	Body struct {
		All    int            `json:"all" doc:"Each is counted up to 1000"`
		New    int            `json:"new"`
		Marked int            `json:"marked"`
		Unread int            `json:"unread"`
		Kinds  map[string]int `json:"kinds"`
	}
}

func (s *server) counts(ctx context.Context, in *countsInput) (*countsOutput, error) {
	partner, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	member := callerOf(ctx).member
	var faults tradepost.Invalid
	if in.Member != "" {
		member = parseID(&faults, tradepost.MemberPrefix, "query.member", in.Member)
	}
	if faults != nil {
		return nil, faults
	}
	c, err := s.store.Counts(ctx, partner, member)
	if err != nil {
		return nil, err
	}
	out := &countsOutput{}
	out.Body.All, out.Body.New, out.Body.Marked, out.Body.Unread = c.All, c.New, c.Marked, c.Unread
	out.Body.Kinds = make(map[string]int)
	for k, n := range c.Kinds {
		out.Body.Kinds[string(k)] = n
	}
	return out, nil
}
