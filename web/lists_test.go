package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// shop opens a conversation with a merchant of a name and a store.
func (s *site) shop(name, store, body string) string {
	s.t.Helper()
	o := s.opening()
	o["body"] = body
	o["merchant"] = map[string]any{"name": name, "email": fmt.Sprintf("%x@shop.example", name), "role": "owner", "store_name": store, "store_url": "https://shop.example/é"}
	return s.open(o)
}

type listed struct {
	Items []struct {
		ID, Mark, Qualification string
		New                     bool
		Unread                  int
		Tags                    []string
		Newest                  struct{ By, Beginning string }
	}
	Next string
}

func (s *site) list(query string) (l listed) {
	s.t.Helper()
	s.do("GET", "/v1/conversations?"+query, nil).into(s.t, http.StatusOK, &l)
	return l
}

func (l listed) ids() (ids []string) {
	for _, i := range l.Items {
		ids = append(ids, i.ID)
	}
	return ids
}

func TestLists(t *testing.T) {
	s := newSite(t, nil)
	par := "partner=" + s.par()
	a := s.shop("Zoë Łukasz-Straße", "atelier", "First.")
	b := s.shop("山田 太郎", "100%_wool", "Second.")
	o := s.opening()
	o["kind"] = "inventory"
	delete(o, "service")
	c := s.open(o)
	s.did(a, "tag", map[string]any{"tags": []any{"Vår"}})
	s.did(a, "qualify", map[string]any{"text": "GOLD"})
	s.did(b, "mark", map[string]any{"text": "👍"})
	for query, want := range map[string][]string{
		par:                                       {c, b, a},
		par + "&new=true":                         {c, a},
		par + "&marked=true":                      {b},
		par + "&mark=" + url.QueryEscape("👍"):     {b},
		par + "&mark=" + url.QueryEscape("✅"):     nil,
		par + "&kind=inventory":                   {c},
		par + "&tag=" + url.QueryEscape("VÅR"):    {a},
		par + "&qualified=true":                   {a},
		par + "&unread_by=" + s.mbr(0):            {c, b, a},
		par + "&q=zoe":                            {a},
		par + "&q=LUKASZ-STRASSE":                 {a},
		par + "&q=" + url.QueryEscape("ŁUKASZ  "): {a},
		par + "&q=" + url.QueryEscape("山田"):       {b},
		par + "&q=" + url.QueryEscape("0%_W"):     {b},
		par + "&q=" + url.QueryEscape("%"):        {b},
		par + "&q=example/e":                      {b, a},
		par + "&q=nobody":                         nil,
		"q=zoe":                                   {a},
		par + "&new=true&kind=service&q=o":        {a},
	} {
		if got := s.list(query).ids(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	l := s.list(par + "&member=" + s.mbr(0))
	if i := l.Items[2]; !i.New || i.Unread != 1 || i.Qualification != "GOLD" || !slices.Equal(i.Tags, []string{"Vår"}) || i.Newest.Beginning != "First." || i.Newest.By != "merchant" {
		t.Errorf("%+v", i)
	}
	if i := l.Items[1]; i.New || i.Mark != "👍" {
		t.Errorf("%+v", i)
	}
	// A new message of the merchant makes it new again; taking that away doesn't.
	var m struct{ ID string }
	s.do("POST", "/v1/conversations/"+b+"/messages", map[string]any{"from": "merchant", "body": strings.Repeat("é", 300)}).into(t, http.StatusCreated, &m)
	if i := s.list(par).Items[0]; i.ID != b || !i.New || i.Newest.Beginning != strings.Repeat("é", 200) {
		t.Errorf("%+v", i)
	}
	s.do("DELETE", "/v1/conversations/"+b+"/messages/"+m.ID, nil)
	if i := s.list(par).Items[0]; i.ID != b || i.New {
		t.Errorf("%+v", i)
	}
	var n struct {
		All, New, Marked, Unread int
		Kinds                    map[string]int
	}
	s.do("GET", "/v1/partners/"+s.par()+"/counts?member="+s.mbr(0), nil).into(t, http.StatusOK, &n)
	if n.All != 3 || n.New != 2 || n.Marked != 1 || n.Unread != 3 || n.Kinds["service"] != 2 || n.Kinds["inventory"] != 1 || n.Kinds["product"] != 0 {
		t.Errorf("%+v", n)
	}
	for query, field := range map[string]string{
		"kind=x": "kind", "new=1": "new", "limit=0": "limit", "limit=101": "limit", "limit=x": "limit", "limit=99999999999999999999": "limit",
		"cursor=x": "cursor", "cursor=" + strings.Repeat("_", 22): "cursor", "tag=x": "tag", "q=zo": "q", par + "&q=a%0Ab": "q", par + "&tag=a%00": "tag",
		par + "&q=" + strings.Repeat("a", 5000): "q",
	} {
		if p := s.do("GET", "/v1/conversations?"+query, nil).problem(t, http.StatusUnprocessableEntity); p["query."+field] == "" {
			t.Errorf("%.40s: %v", query, p)
		}
	}
}

// TestPages walks a list while new conversations come in and old ones move to its
// top: none that stayed where it was is missed or comes twice.
func TestPages(t *testing.T) {
	s := newSite(t, nil)
	var all []string
	for i := range 25 {
		all = append(all, s.shop(fmt.Sprint("Shop ", i), fmt.Sprint("shop", i), "Hello."))
	}
	slices.Reverse(all)
	path := "/v1/conversations?limit=4&q=shop&partner=" + s.par()
	var got []string
	for path != "" {
		a := s.do("GET", path, nil)
		var l listed
		a.into(t, http.StatusOK, &l)
		got = append(got, l.ids()...)
		path = ""
		if link, ok := strings.CutSuffix(a.header.Get("Link"), `>; rel="next"`); ok {
			path = strings.TrimPrefix(link, "<")
		}
		if (l.Next == "") != (path == "") || len(l.Items) > 4 {
			t.Fatalf("next %q, link %q, %d items", l.Next, path, len(l.Items))
		}
		s.shop("New shop", "new", "Hello.")
		s.do("POST", "/v1/conversations/"+all[0]+"/messages", map[string]any{"from": "merchant", "body": "Again."})
	}
	if !slices.Equal(got, all) {
		t.Errorf("%v, want %v", got, all)
	}
}
