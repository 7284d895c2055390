package web_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/web"
)

var hostile = map[string]string{
	"CR":           "a\rBcc: x@evil.example",
	"LF":           "a\nBcc: x@evil.example",
	"CRLF":         "a\r\n\r\nbody",
	"NUL":          "a\x00b",
	"escape":       "a\x1b[31mb",
	"DEL":          "a\x7fb",
	"C1":           "a\u0085b",
	"10000":        strings.Repeat("ä", 10_000),
	"encoded word": "=?utf-8?q?x?=",
	"RTL override": "invoice\u202efdp.exe",
	"RTL mark":     "a\u200fb",
	"isolate":      "\u2066a\u2069",
	"HTML":         `<script>alert(1)</script><img src=x onerror="alert(1)">&amp;`,
	"template":     `{{.}} ${x} %s %n`,
	"SQL":          `'; drop table messages; --`,
	"quotes":       `"a" <x@evil.example>, b`,
	"traversal":    `../../etc/passwd`,
	"line sep":     "a\u2028b",
	"blank":        "   ",
	"empty":        "",
	"emoji":        "👩🏽‍💻 山田 太郎 عربى",
}

// TestHostileFields puts every hostile value into every field: it is refused by
// that field's name, or it comes back exactly.
func TestHostileFields(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Pages = true })
	fields := map[string]func(body map[string]any, v string){
		"partner":                       func(b map[string]any, v string) { b["partner"] = v },
		"kind":                          func(b map[string]any, v string) { b["kind"] = v },
		"service":                       func(b map[string]any, v string) { b["service"] = v },
		"body":                          func(b map[string]any, v string) { b["body"] = v },
		"attachments[0].filename":       func(b map[string]any, v string) { file(b)["filename"] = v },
		"attachments[0].content_type":   func(b map[string]any, v string) { file(b)["content_type"] = v },
		"attachments[0].content_base64": func(b map[string]any, v string) { file(b)["content_base64"] = v },
	}
	for _, f := range []string{"external_id", "name", "email", "public_email", "role", "store_name", "store_url", "locale"} {
		fields["merchant."+f] = func(b map[string]any, v string) { b["merchant"].(map[string]any)[f] = v }
	}
	accepted, asked := 0, 0
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		for _, name := range slices.Sorted(maps.Keys(hostile)) {
			value := hostile[name]
			body := s.opening()
			asked++ // a merchant of its own, who has nothing from before
			body["merchant"].(map[string]any)["email"] = fmt.Sprintf("m%d@shop.example", asked)
			fields[field](body, value)
			a := s.do("POST", "/v1/conversations", body)
			if a.status == http.StatusUnprocessableEntity {
				at := a.problem(t, http.StatusUnprocessableEntity)
				if at["body."+field] == "" {
					t.Errorf("%s in %s: refused for %v", name, field, at)
				}
				if len(a.raw) > 1000 {
					t.Errorf("%s in %s: a problem of %d bytes", name, field, len(a.raw))
				}
				continue
			}
			var opened struct{ ID string }
			a.into(t, http.StatusCreated, &opened)
			accepted++
			if got, want := stored(t, s, opened.ID, field), kept(field, value); got != want {
				t.Errorf("%s in %s: sent %.60q, came back %.60q", name, field, value, got)
			}
			// The page shows it without becoming it.
			page := s.do("GET", "/conversations/"+opened.ID+"?as="+s.mbr(0), nil)
			if page.status != http.StatusOK || strings.Contains(string(page.raw), "<script>alert") || strings.Contains(string(page.raw), "<img") {
				t.Errorf("%s in %s: page with status %d", name, field, page.status)
			}
		}
	}
	if accepted == 0 {
		t.Error("nothing was accepted: the table tests one half only")
	}
}

// file makes sure that body has one attachment and returns it.
func file(body map[string]any) map[string]any {
	f := map[string]any{"filename": "a.txt", "content_type": "text/plain", "content_base64": "YQ=="}
	body["attachments"] = []any{f}
	return f
}

// kept is what an accepted value is stored as: itself, but for the documented
// form of bodies and the defaults of empty ones.
func kept(field, v string) string {
	switch {
	case field == "body":
		return tradepost.NormalBody(v)
	case field == "attachments[0].content_type" && v == "":
		return "application/octet-stream"
	case field == "attachments[0].content_base64":
		data, _ := base64.StdEncoding.DecodeString(v)
		return string(data)
	case field == "merchant.locale" && v == "":
		return "en"
	}
	return v
}

func stored(t *testing.T, s *site, id, field string) string {
	t.Helper()
	c := s.get(id)
	switch field {
	case "service":
		return c.Service
	case "body":
		return c.Messages[0].Body
	case "attachments[0].filename":
		return c.Messages[0].Files[0].Filename
	case "attachments[0].content_type":
		return c.Messages[0].Files[0].ContentType
	case "attachments[0].content_base64":
		return string(s.do("GET", c.Messages[0].Files[0].URL, nil).raw)
	case "merchant.locale": // not in answers
		n, err := tradepost.ParseID("con", id)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.store.Conversation(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		return got.Merchant.Locale
	}
	name, ok := strings.CutPrefix(field, "merchant.")
	if !ok {
		t.Fatalf("%s was accepted", field)
	}
	return c.Merchant[name]
}

// TestAllFaultsAtOnce: a request with many faults is mended in one go.
func TestAllFaultsAtOnce(t *testing.T) {
	s := newSite(t, nil)
	at := s.do("POST", "/v1/conversations", `{"partner":null,"kind":"nonsense","body":7,"surprise":{"a":[1,{"b":2}]},
		"merchant":{"name":["x"],"email":"no address","role":"owner","Name":"wrong case"},
		"attachments":[{"filename":"a/b","content_type":"x","content_base64":"***"},{"filename":"b"},null,"x"]}`).
		problem(t, http.StatusUnprocessableEntity)
	want := []string{
		"body.partner", "body.kind", "body.body", "body.surprise", "body.merchant.name", "body.merchant.email", "body.merchant.Name",
		"body.merchant.store_name", "body.merchant.store_url", "body.attachments[0].filename", "body.attachments[0].content_type",
		"body.attachments[0].content_base64", "body.attachments[1].content_base64", "body.attachments[2]", "body.attachments[3]",
	}
	got := slices.Sorted(maps.Keys(at))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("faults at\n%q, want\n%q", got, want)
	}
	if n := s.count("select count(*) from conversations"); n != 0 {
		t.Errorf("%d conversations", n)
	}
}

func TestBodies(t *testing.T) {
	s := newSite(t, nil)
	good, err := json.Marshal(s.opening())
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, with string) string {
		out := strings.Replace(string(good), old, with, 1)
		if out == string(good) {
			t.Fatalf("%s is not in the body", old)
		}
		return out
	}
	for name, c := range map[string]struct {
		body   string
		status int
		at     string
	}{
		"missing":           {"", 400, ""},
		"broken":            {`{"partner":`, 400, ""},
		"two values":        {string(good) + string(good), 400, ""},
		"not UTF-8":         {replaced("Nadia", "Nad\xffia"), 400, ""},
		"raw newline":       {replaced("Nadia", "Nad\nia"), 400, ""},
		"deep":              {strings.Repeat("[", 100_000), 400, ""},
		"deep and closed":   {replaced(`"kind"`, `"x":`+strings.Repeat("[", 9_000)+strings.Repeat("]", 9_000)+`,"kind"`), 422, "body.x"},
		"null":              {"null", 422, "body"},
		"list":              {"[]", 422, "body"},
		"lone high":         {replaced("Nadia", `Nad\ud800ia`), 422, "body.merchant.name"},
		"lone low":          {replaced("Nadia", `Nad\udc00ia`), 422, "body.merchant.name"},
		"swapped pair":      {replaced("Nadia", `\udc00\ud800`), 422, "body.merchant.name"},
		"escaped backslash": {replaced("Nadia", `\\ud800`), 201, ""},
		"pair":              {replaced("Nadia", `\ud83d\ude00`), 201, ""},
		"twice":             {replaced(`"kind"`, `"kind":"product","kind"`), 422, "body.kind"},
		"wrong case":        {replaced(`"kind"`, `"Kind"`), 422, "body.Kind"},
		"null text":         {replaced(`"Nadia Rahman"`, `null`), 422, "body.merchant.name"},
		"number as text":    {replaced(`"Nadia Rahman"`, `1e999`), 422, "body.merchant.name"},
		"null merchant":     {replaced(`"merchant":{`, `"merchant":null,"x":{`), 422, "body.merchant"},
		"long unknown name": {replaced(`"kind"`, `"`+strings.Repeat("x", 100_000)+`":1,"kind"`), 422, "body." + strings.Repeat("x", 40) + "…"},
		"many unknown":      {"{" + strings.TrimSuffix(strings.Repeat(`"x":1,`, 10_000), ",") + "}", 422, "body.x"},
		"too many files":    {replaced(`"kind"`, `"attachments":[`+strings.TrimSuffix(strings.Repeat("{},", 100_000), ",")+`],"kind"`), 422, "body.attachments"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.do("POST", "/v1/conversations", c.body)
			if c.status == http.StatusCreated {
				a.into(t, c.status, nil)
				return
			}
			if at := a.problem(t, c.status); c.at != "" && at[c.at] == "" {
				t.Errorf("faults at %q, want %s", slices.Sorted(maps.Keys(at)), c.at)
			}
			if len(a.raw) > 20_000 {
				t.Errorf("a problem of %d bytes", len(a.raw))
			}
		})
	}
	for given, status := range map[string]int{"text/plain": 415, "application/json; charset=utf-8": 201, "application/x-www-form-urlencoded": 201, "": 201, ";;": 415} {
		if a := s.do("POST", "/v1/conversations", string(good), "Content-Type", given); a.status != status {
			t.Errorf("Content-Type %q: %d %s", given, a.status, a.raw)
		}
	}
}

func TestTooLarge(t *testing.T) {
	s := newSite(t, nil)
	body := s.opening()
	f := file(body)
	f["content_base64"] = "CONTENT"
	small, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	with := func(base64 string) string { return strings.Replace(string(small), "CONTENT", base64, 1) }
	// 25.5 MiB of zeros: within the limit of the body, over that of the files.
	if at := s.do("POST", "/v1/conversations", with(strings.Repeat("A", 34<<20))).problem(t, http.StatusUnprocessableEntity); at["body.attachments"] == "" {
		t.Errorf("more than the files of one message: %v", at)
	}
	s.do("POST", "/v1/conversations", with(strings.Repeat("A", 4<<20))).into(t, http.StatusCreated, nil)
	s.do("POST", "/v1/conversations", strings.Repeat(" ", 40<<20+1)).problem(t, http.StatusRequestEntityTooLarge)
}
