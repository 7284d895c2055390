package web_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// operation is one of the description.
type operation struct {
	method, path, id string
	body             map[string]any // its schema; nil = none
	platform         bool           // nobody else's to ask for
}

// operations reads the description that the server gives of itself.
func (s *site) operations() (list []operation, schemas map[string]any) {
	s.t.Helper()
	var spec struct {
		Components struct{ Schemas map[string]any }
		Paths      map[string]map[string]struct {
			OperationID string
			Platform    bool `json:"x-platform-only"`
			RequestBody struct {
				Content map[string]struct{ Schema map[string]any }
			}
		}
	}
	s.do("GET", "/v1/openapi.json", nil).into(s.t, http.StatusOK, &spec)
	for path, operations := range spec.Paths {
		for method, op := range operations {
			list = append(list, operation{strings.ToUpper(method), path, op.OperationID, op.RequestBody.Content["application/json"].Schema, op.Platform})
		}
	}
	return list, spec.Components.Schemas
}

func (s *site) newKey(k store.APIKey) string {
	s.t.Helper()
	k.Name = "test"
	_, secret, err := s.store.NewAPIKey(s.t.Context(), k)
	if err != nil {
		s.t.Fatal(err)
	}
	return "Bearer " + secret
}

// things makes one of everything that a partner has, and returns their ids by
// prefix.
func (s *site) things() map[string]string {
	s.t.Helper()
	body := s.opening()
	body["attachments"] = []any{map[string]any{"filename": "a.txt", "content_base64": "YQ=="}}
	con := s.open(body)
	message := s.get(con).Messages[0]
	var made struct{ ID string }
	s.do("POST", "/v1/conversations/"+con+"/proposals", s.offer()).into(s.t, http.StatusCreated, &made)
	pro := made.ID
	for _, state := range []map[string]any{{"state": "sent", "member": s.mbr(0)}, {"state": "accepted"}} {
		s.do("PUT", "/v1/proposals/"+pro+"/state", state).into(s.t, http.StatusOK, nil)
	}
	job := s.work(con).Jobs[0].ID
	var tag struct{ ID string }
	s.do("POST", "/v1/partners/"+s.par()+"/tags", map[string]any{"name": "spring"}).into(s.t, http.StatusCreated, &tag)
	invoice := map[string]any{"member": s.mbr(0), "number": "1", "price": map[string]any{"amount": 1, "currency": "SEK"}}
	s.do("POST", "/v1/jobs/"+job+"/invoices", invoice).into(s.t, http.StatusCreated, &made)
	var hook struct{ ID string }
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://lind.example/hook", "partner": s.par()}).into(s.t, http.StatusCreated, &hook)
	return map[string]string{"webhooks": hook.ID, "partners": s.par(), "conversations": con, "messages": message.ID, "attachments": strings.TrimPrefix(message.Files[0].URL, "/v1/attachments/"),
		"proposals": pro, "jobs": job, "invoices": made.ID, "members": s.mbr(0), "tags": tag.ID, "services": tradepost.FormatID(tradepost.ServicePrefix, s.partner.Services[1].ID), "addresses": "maja@home.example"}
}

// filled puts ids into a path's places: each by the name of the collection that it
// stands behind.
func (o operation) filled(t *testing.T, things map[string]string) string {
	t.Helper()
	parts := strings.Split(o.path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			if parts[i] = things[parts[i-1]]; parts[i] == "" {
				t.Fatalf("%s: the test knows no %s", o.path, parts[i-1])
			}
		}
	}
	return strings.Join(parts, "/")
}

// TestOtherPartnersSeeNothing walks every operation with a key of another partner.
// What is somebody else's doesn't exist for it, whatever it asks.
func TestOtherPartnersSeeNothing(t *testing.T) {
	s := newSite(t, nil)
	things := s.things()
	stranger, own := s.newKey(store.APIKey{PartnerID: s.unpublished.ID}), s.newKey(store.APIKey{PartnerID: s.partner.ID})
	operations, _ := s.operations()
	things["keys"], things["merchants"], things["requests"] = "key_1", "mrc_1", "req_1"
	unused := `update api_keys set last_used_at = null`
	s.exec(unused)
	before := s.snapshot()
	ask := func(o operation, key string) answer {
		t.Helper()
		var body any
		if o.body != nil {
			body = map[string]any{}
		}
		return s.do(o.method, o.filled(t, things), body, "Authorization", key)
	}
	for _, o := range operations {
		path, a := o.filled(t, things), ask(o, stranger)
		switch {
		case strings.Contains(o.path, "{id}") && !o.platform:
			if a.status != http.StatusNotFound {
				t.Errorf("%s %s of another partner: %d %s", o.method, path, a.status, a.raw)
			}
		case o.id == "list-partners" || o.id == "list-conversations":
			var list struct{ Items []json.RawMessage }
			a.into(t, http.StatusOK, &list)
			if want := map[string]int{"list-partners": 1}[o.id]; len(list.Items) != want || strings.Contains(string(a.raw), "Studio Lind") {
				t.Errorf("%s of another partner: %s", o.id, a.raw)
			}
		case o.id == "list-webhooks":
			if a.status != http.StatusOK || strings.Contains(string(a.raw), "lind.example") {
				t.Errorf("%s of another partner: %d %s", o.id, a.status, a.raw)
			}
		case o.id == "add-webhook": // their own
			if a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", o.id, a.status, a.raw)
			}
		case o.platform:
			if a.status != http.StatusForbidden {
				t.Errorf("%s %s is the platform's: %d %s", o.method, path, a.status, a.raw)
			}
		case o.path == "/v1/session": // of keys there is none
			if a.status != http.StatusNotFound {
				t.Errorf("%s: %d", o.id, a.status)
			}
		default:
			t.Errorf("the test doesn't know whose %s is", o.id)
		}
	}
	s.exec(unused)
	if s.snapshot() != before {
		t.Error("a stranger's requests changed something")
	}
	slices.SortStableFunc(operations, func(a, b operation) int { // what deletes comes last
		return cmp.Compare(strings.Count(a.method, "DELETE"), strings.Count(b.method, "DELETE"))
	})
	for _, o := range operations {
		a := ask(o, own)
		if strings.Contains(o.path, "{id}") && !o.platform && (a.status == http.StatusNotFound || a.status == http.StatusForbidden) {
			t.Errorf("%s %s of the partner itself: %d %s", o.method, o.path, a.status, a.raw)
		}
		if strings.Contains(string(a.raw), "nadia@atelier.example") {
			t.Errorf("%s %s shows a partner where the merchant's mail goes: %s", o.method, o.path, a.raw)
		}
	}
	s.do("GET", "/v1/conversations?partner="+s.par(), nil, "Authorization", stranger).problem(t, http.StatusNotFound)
}

// TestPartnersAreNotMerchants: a partner's key can't speak for the other side.
func TestPartnersAreNotMerchants(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	own := s.newKey(store.APIKey{PartnerID: s.partner.ID})
	s.do("POST", "/v1/conversations/"+con+"/messages", map[string]any{"from": "merchant", "body": "Agreed."}, "Authorization", own).
		problem(t, http.StatusUnprocessableEntity)
	var p struct{ ID string }
	s.do("POST", "/v1/conversations/"+con+"/proposals", s.offer(), "Authorization", own).into(t, http.StatusCreated, &p)
	s.do("PUT", "/v1/proposals/"+p.ID+"/state", map[string]any{"state": "sent", "member": s.mbr(0)}, "Authorization", own).into(t, http.StatusOK, nil)
	s.do("PUT", "/v1/proposals/"+p.ID+"/state", map[string]any{"state": "accepted"}, "Authorization", own).problem(t, http.StatusUnprocessableEntity)
	if w := s.work(con); len(w.Jobs) != 0 || w.Proposals[0].State != "sent" {
		t.Errorf("%+v", w)
	}
	s.do("POST", "/v1/conversations/"+con+"/messages", map[string]any{"from": s.mbr(0), "body": "Hello."}, "Authorization", own).into(t, http.StatusCreated, nil)
}

func TestKeysOfTheAPI(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	var made struct {
		ID, Key, Beginning string
		ReadOnly           bool `json:"read_only"`
	}
	s.do("POST", "/v1/keys", map[string]any{"name": "reports", "read_only": true}).into(t, http.StatusCreated, &made)
	if !made.ReadOnly || len(made.Key) < 28 || !strings.HasPrefix(made.Key, made.Beginning) || len(made.Beginning) > 8 {
		t.Fatalf("%+v", made)
	}
	if n := s.count(`select count(*) from api_keys where api_keys::text like '%' || $1 || '%'`, made.Key); n != 0 {
		t.Error("the key itself is kept")
	}
	bearer := "Bearer " + made.Key
	s.do("GET", "/v1/conversations/"+con, nil, "Authorization", bearer).into(t, http.StatusOK, nil)
	s.do("POST", "/v1/conversations/"+con+"/messages", map[string]any{"from": "merchant", "body": "x"}, "Authorization", bearer).problem(t, http.StatusForbidden)
	s.do("POST", "/v1/keys", map[string]any{"name": "more"}, "Authorization", bearer).problem(t, http.StatusForbidden)
	var list struct {
		Items []struct {
			ID, Name   string
			LastUsedAt string `json:"last_used_at"`
			RevokedAt  string `json:"revoked_at"`
		}
	}
	s.do("GET", "/v1/keys", nil).into(t, http.StatusOK, &list)
	if len(list.Items) != 2 || list.Items[0].ID != made.ID || list.Items[0].LastUsedAt == "" {
		t.Errorf("%+v", list)
	}
	for range 2 {
		if a := s.do("DELETE", "/v1/keys/"+made.ID, nil); a.status != http.StatusNoContent {
			t.Errorf("revoke: %d %s", a.status, a.raw)
		}
	}
	s.do("GET", "/v1/conversations/"+con, nil, "Authorization", bearer).problem(t, http.StatusUnauthorized)
	s.do("DELETE", "/v1/keys/key_99", nil).problem(t, http.StatusNotFound)
	s.do("POST", "/v1/keys", map[string]any{"name": "", "rate": 0}).problem(t, http.StatusUnprocessableEntity)
	s.do("POST", "/v1/keys", map[string]any{"name": "x", "partner": "par_99"}).problem(t, http.StatusUnprocessableEntity)
}

// TestRate uses up what a key may do at once. How fast it comes back is the
// library's affair.
func TestRate(t *testing.T) {
	s := newSite(t, nil)
	slow, other := s.newKey(store.APIKey{Rate: 1}), s.newKey(store.APIKey{Rate: 1})
	var refused answer
	for range 50 {
		if refused = s.do("GET", "/v1/keys", nil, "Authorization", slow); refused.status != http.StatusOK {
			break
		}
	}
	refused.problem(t, http.StatusTooManyRequests)
	if after := refused.header.Get("Retry-After"); after != "1" {
		t.Errorf("Retry-After %q", after)
	}
	s.do("GET", "/v1/keys", nil, "Authorization", other).into(t, http.StatusOK, nil)
}
