package web_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type settingsAnswer struct {
	Settings map[string]any
	Zone     string
	Next     *time.Time `json:"next_digest_at"`
}

func TestSettingsAreReadAndReplaced(t *testing.T) {
	s := newSite(t, nil)
	path := "/v1/members/" + s.mbr(0) + "/settings"
	var got settingsAnswer
	s.do("GET", path, nil).into(t, http.StatusOK, &got)
	if got.Settings["alert"] != "first_contact" || got.Settings["digest"] != "hourly" || got.Settings["reminders"] != true || got.Zone != "Europe/Stockholm" || got.Next == nil {
		t.Fatalf("at first: %+v", got)
	}
	body := map[string]any{
		"alert": "every_message", "digest": "daily", "daily_at": "08:30", "reminders": false, "first_contact_breaks_quiet": true,
		"quiet":          []any{map[string]any{"days": []any{"sat", "sun"}, "from": "00:00", "to": "24:00"}, map[string]any{"from": "22:00", "to": "07:00", "kinds": []any{"inventory"}}},
		"alerts_by_kind": []any{map[string]any{"kind": "product", "alert": "never"}, map[string]any{"kind": "inventory", "alert": "first_contact"}},
	}
	s.do("PUT", path, body).into(t, http.StatusOK, &got)
	zone, err := time.LoadLocation(got.Zone)
	if err != nil {
		t.Fatal(err)
	}
	if at := got.Next.In(zone); at.Format("15:04") != "08:30" || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		t.Errorf("the next digest is due %s", at)
	}
	// What GET gives, PUT takes.
	want := got.Settings
	s.do("PUT", path, map[string]any{}).into(t, http.StatusOK, &got)
	if got.Settings["digest"] != "hourly" || len(got.Settings["quiet"].([]any)) != 0 {
		t.Errorf("left out: %+v", got.Settings)
	}
	again := s.do("PUT", path, want)
	if first := s.do("GET", path, nil); again.status != http.StatusOK || !bytes.Equal(first.raw, again.raw) {
		t.Errorf("PUT %d %s\nGET %s", again.status, again.raw, first.raw)
	}
	s.do("PUT", path, map[string]any{"digest": "off"}).into(t, http.StatusOK, &got)
	if got.Next != nil {
		t.Errorf("no digests, and one is due %s", got.Next)
	}
	for _, nobody := range []string{"mbr_999999", "con_1"} {
		if a := s.do("PUT", "/v1/members/"+nobody+"/settings", map[string]any{}); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", nobody, a.status)
		}
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	s := newSite(t, nil)
	path := "/v1/members/" + s.mbr(0) + "/settings"
	all := map[string]any{"from": "00:00", "to": "24:00"}
	for _, tc := range []struct {
		body  map[string]any
		where []string
	}{
		{map[string]any{"alert": "loud", "digest": "weekly"}, []string{"body.alert", "body.digest"}},
		{map[string]any{"digest": "daily"}, []string{"body.daily_at"}},
		{map[string]any{"digest": "daily", "daily_at": "24:00"}, []string{"body.daily_at"}},
		{map[string]any{"digest": "daily", "daily_at": "8 am"}, []string{"body.daily_at"}},
		{map[string]any{"quiet": []any{map[string]any{"days": []any{"sat", "dimanche"}, "from": "25:00"}}}, []string{"body.quiet[0].from", "body.quiet[0].to", "body.quiet[0].days[1]"}},
		{map[string]any{"quiet": []any{map[string]any{"from": "09:00", "to": "10:00", "kinds": []any{"gossip"}}}}, []string{"body.quiet[0].kinds[0]"}},
		{map[string]any{"quiet": []any{all}}, []string{"body.quiet"}},
		{map[string]any{"digest": "every_12_hours", "quiet": []any{map[string]any{"from": "11:00", "to": "02:00"}}}, []string{"body.digest"}},
		{map[string]any{"alerts_by_kind": []any{map[string]any{"kind": "gossip", "alert": "never"}, map[string]any{"kind": "product", "alert": "maybe"}}}, []string{"body.alerts_by_kind[0]", "body.alerts_by_kind[1]"}},
		{map[string]any{"alerts_by_kind": []any{map[string]any{"kind": "product", "alert": "never"}, map[string]any{"kind": "product", "alert": "never"}}}, []string{"body.alerts_by_kind[1].kind"}},
		{map[string]any{"reminders": "no", "zone": "UTC"}, []string{"body.reminders", "body.zone"}},
	} {
		a := s.do("PUT", path, tc.body)
		var p struct {
			Errors []struct{ Location, Message string }
		}
		a.into(t, http.StatusUnprocessableEntity, &p)
		var where []string
		for _, e := range p.Errors {
			where = append(where, e.Location)
			if e.Message == "" {
				t.Errorf("%v: %s without a word", tc.body, e.Location)
			}
		}
		slices.Sort(where)
		slices.Sort(tc.where)
		if !slices.Equal(where, tc.where) {
			t.Errorf("%v: faults at %q, want %q", tc.body, where, tc.where)
		}
	}
	if n := s.count(`select count(*) from members where schedule is not null`); n != 0 {
		t.Error("something of it was kept")
	}
}

func TestWhyAMemberWasToldOrNot(t *testing.T) {
	s := newSite(t, nil)
	var opened struct{ ID string }
	s.do("POST", "/v1/conversations", s.opening()).into(t, http.StatusCreated, &opened)
	var got struct{ Items []tradepost.Told }
	s.do("GET", "/v1/conversations/"+opened.ID+"/why?member="+s.mbr(0), nil).into(t, http.StatusOK, &got)
	if len(got.Items) != 1 || got.Items[0].Kind != tradepost.Alert || got.Items[0].Reason != "first_contact" || got.Items[0].Outcome != "" {
		t.Errorf("%+v", got)
	}
	stranger, err := s.store.AddPartner(t.Context(), store.Partner{Name: "Elsewhere", Members: []store.Member{{Name: "Ida", Email: "ida@elsewhere.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	for path, status := range map[string]int{
		"/v1/conversations/con_999999/why?member=" + s.mbr(0): http.StatusNotFound,
		"/v1/conversations/" + opened.ID + "/why":             http.StatusUnprocessableEntity,
		"/v1/conversations/" + opened.ID + "/why?member=" + tradepost.FormatID(tradepost.MemberPrefix, stranger.Members[0].ID): http.StatusUnprocessableEntity,
	} {
		if a := s.do("GET", path, nil); a.status != status || !strings.Contains(string(a.raw), "\"detail\"") {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
}
