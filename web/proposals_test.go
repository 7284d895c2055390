package web_test

import (
	"net/http"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

// work is what the API shows of a conversation beside its messages.
type work struct {
	Proposals []struct {
		ID, State, Work, Message string
		Version                  int
		Price                    struct {
			Amount   int64
			Currency string
		}
	}
	Jobs     []struct{ ID, State, Proposal string }
	Invoices []struct{ ID, State, Number, Job string }
}

func (s *site) work(conversation string) (w work) {
	s.t.Helper()
	s.do("GET", "/v1/conversations/"+conversation, nil).into(s.t, http.StatusOK, &w)
	return w
}

func (s *site) offer() map[string]any {
	return map[string]any{
		"member": s.mbr(0), "work": "We move all 4,200 products.", "price": map[string]any{"amount": 120000, "currency": "SEK"},
		"milestones": []any{map[string]any{"title": "Export", "amount": 20000}}, "terms": "Half in advance.", "days": 12,
	}
}

// TestProposalToInvoice goes the whole way by API.
func TestProposalToInvoice(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	path := "/v1/conversations/" + con + "/proposals"
	var p struct {
		ID, State, Message string
		Version            int
	}
	s.do("POST", path, s.offer(), "Idempotency-Key", "one").into(t, http.StatusCreated, &p)
	first := p.ID
	s.do("POST", path, s.offer(), "Idempotency-Key", "one").into(t, http.StatusCreated, &p)
	if w := s.work(con); p.ID != first || len(w.Proposals) != 1 || w.Proposals[0].State != "draft" || len(s.get(con).Messages) != 1 {
		t.Fatalf("%+v %+v", p, w)
	}
	state := func(state, member string) answer {
		t.Helper()
		body := map[string]any{"state": state}
		if member != "" {
			body["member"] = member
		}
		return s.do("PUT", "/v1/proposals/"+first+"/state", body)
	}
	state("accepted", "").problem(t, http.StatusNotFound) // the merchant knows of no draft
	changed := s.offer()
	changed["work"], changed["version"] = "We move all of them, and the pictures.", 1
	s.do("PUT", "/v1/proposals/"+first, changed).into(t, http.StatusOK, &p)
	if p.Version != 2 {
		t.Errorf("version %d", p.Version)
	}
	s.do("PUT", "/v1/proposals/"+first, changed).problem(t, http.StatusConflict) // somebody was quicker
	for range 2 {                                                                // the second time changes nothing
		state("sent", s.mbr(1)).into(t, http.StatusOK, &p)
	}
	messages := s.get(con).Messages
	if p.State != "sent" || len(messages) != 2 || messages[1].ID != p.Message || messages[1].Body != changed["work"] {
		t.Fatalf("%+v %+v", p, messages)
	}
	if n := s.count(`select count(*) from notifications where kind = 'relay'`); n != 1 {
		t.Errorf("%d relays", n)
	}
	s.do("PUT", "/v1/proposals/"+first, s.offer()).problem(t, http.StatusConflict)

	for range 2 {
		state("accepted", "").into(t, http.StatusOK, &p)
	}
	state("declined", "").problem(t, http.StatusConflict)
	state("withdrawn", s.mbr(0)).problem(t, http.StatusConflict)
	w := s.work(con)
	if len(w.Jobs) != 1 || w.Jobs[0].State != "open" || w.Jobs[0].Proposal != first {
		t.Fatalf("%+v", w)
	}
	bill := map[string]any{"member": s.mbr(0), "number": "2026-7", "price": map[string]any{"amount": 120000, "currency": "SEK"}, "due_on": "2026-12-31"}
	var i struct{ ID, State string }
	s.do("POST", "/v1/jobs/"+w.Jobs[0].ID+"/invoices", bill).into(t, http.StatusCreated, &i)
	var j struct{ State string }
	s.do("PUT", "/v1/jobs/"+w.Jobs[0].ID+"/state", map[string]any{"state": "completed", "member": s.mbr(0)}).into(t, http.StatusOK, &j)
	s.do("PUT", "/v1/jobs/"+w.Jobs[0].ID+"/state", map[string]any{"state": "declined", "member": s.mbr(0)}).problem(t, http.StatusConflict)
	s.do("PUT", "/v1/invoices/"+i.ID+"/state", map[string]any{"state": "paid"}).into(t, http.StatusOK, &i)
	s.do("PUT", "/v1/invoices/"+i.ID+"/state", map[string]any{"state": "closed"}).problem(t, http.StatusConflict)
	if w = s.work(con); j.State != "completed" || i.State != "paid" || len(w.Invoices) != 1 || w.Invoices[0].Job != w.Jobs[0].ID {
		t.Errorf("%+v %+v %+v", j, i, w)
	}
}

// TestWorkIsRefused names what is wrong, and with whom.
func TestWorkIsRefused(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	stranger := s.count(`select id from members where name = 'Sam Roe'`)
	with := func(field string, v any) map[string]any {
		b := s.offer()
		b[field] = v
		return b
	}
	for name, c := range map[string]struct {
		method, path string
		body         any
		want         int
		at           string
	}{
		"no price":             {"POST", "/v1/conversations/" + con + "/proposals", with("price", map[string]any{}), 422, "body.price.currency"},
		"half an amount":       {"POST", "/v1/conversations/" + con + "/proposals", with("price", map[string]any{"amount": 1.5, "currency": "SEK"}), 422, "body.price.amount"},
		"an amount as text":    {"POST", "/v1/conversations/" + con + "/proposals", with("price", map[string]any{"amount": "12", "currency": "SEK"}), 422, "body.price.amount"},
		"too large":            {"POST", "/v1/conversations/" + con + "/proposals", `{"days": 99999999999999999999}`, 422, "body.days"},
		"too long":             {"POST", "/v1/conversations/" + con + "/proposals", with("days", int64(1)<<62), 422, "body.days"},
		"a stranger":           {"POST", "/v1/conversations/" + con + "/proposals", with("member", tradepost.FormatID(tradepost.MemberPrefix, int64(stranger))), 404, ""},
		"no conversation":      {"POST", "/v1/conversations/con_999/proposals", s.offer(), 404, ""},
		"no proposal":          {"PUT", "/v1/proposals/pro_999/state", map[string]any{"state": "accepted"}, 404, ""},
		"not an id":            {"GET", "/v1/proposals/con_1", nil, 404, ""},
		"no state":             {"PUT", "/v1/proposals/pro_999/state", map[string]any{"state": "draft"}, 422, "body.state"},
		"no member":            {"PUT", "/v1/proposals/pro_999/state", map[string]any{"state": "sent"}, 422, "body.member"},
		"a member who accepts": {"PUT", "/v1/proposals/pro_999/state", map[string]any{"state": "accepted", "member": s.mbr(0)}, 422, "body.member"},
		"no job":               {"PUT", "/v1/jobs/job_999/state", map[string]any{"state": "closed", "member": s.mbr(0)}, 404, ""},
		"no such end of a job": {"PUT", "/v1/jobs/job_999/state", map[string]any{"state": "open", "member": s.mbr(0)}, 422, "body.state"},
		"no number":            {"POST", "/v1/jobs/job_999/invoices", map[string]any{"member": s.mbr(0), "price": map[string]any{"amount": 1, "currency": "EUR"}}, 422, "body.number"},
		"no invoice":           {"PUT", "/v1/invoices/inv_999/state", map[string]any{"state": "paid"}, 404, ""},
	} {
		if at := s.do(c.method, c.path, c.body).problem(t, c.want); c.at != "" && at[c.at] == "" {
			t.Errorf("%s: %v", name, at)
		}
	}
	if w := s.work(con); len(w.Proposals) != 0 {
		t.Errorf("%+v", w)
	}
}

func TestARequestOpensAJob(t *testing.T) {
	s := newSite(t, nil)
	o := s.opening()
	o["kind"] = "opportunity"
	delete(o, "service")
	con := s.open(o)
	if w := s.work(con); len(w.Jobs) != 1 || w.Jobs[0].State != "open" || w.Jobs[0].Proposal != "" {
		t.Fatalf("%+v", w)
	}
}
