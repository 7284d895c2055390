package web_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/web"
)

var (
	fuzzRounds = flag.Int("api.rounds", 40, "requests to each operation in TestAnyRequest")
	fuzzSeed   = flag.Uint64("api.seed", 1, "what TestAnyRequest draws from")
)

// hostileTexts break what is written carelessly.
var hostileTexts = []string{"", " ", "\x00", "a\x00b", "\u202egnp.exe", "\ufeff", "\U0010ffff", "ﷺ", "e\u0301\u0301\u0301", "' or 1=1 --", "%", "\\", "../../etc/passwd",
	"<script>alert(1)</script>", "con_", "con_0", "con_-1", "con_9223372036854775807", "con_9223372036854775808", "con_١", "0", "null", "9e999",
	"a\r\nBcc: x@y.example", "\u2028", strings.Repeat("𝕏", 5000), strings.Repeat("a", 200_000), "2026-13-45", "SEK", "merchant", "member", "sent", "accepted", "true"}

// anything makes bodies from the schemas of the description: mostly right, and
// wrong in every way.
type anything struct {
	*rand.Rand
	schemas map[string]any
	ids     []string
}

func (a anything) text() string {
	switch a.IntN(3) {
	case 0:
		return a.ids[a.IntN(len(a.ids))]
	default:
		return hostileTexts[a.IntN(len(hostileTexts))]
	}
}

// junk is a value of any type.
func (a anything) junk() any {
	return []any{nil, true, -1, 1 << 62, 1.5, json.Number("1e999"), a.text(), []any{}, []any{nil, map[string]any{}}, map[string]any{a.text(): a.text()}}[a.IntN(10)]
}

func (a anything) value(schema map[string]any) any {
	if a.IntN(12) == 0 {
		return a.junk()
	}
	if ref, ok := schema["$ref"].(string); ok {
		schema, _ = a.schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
	}
	if enum, ok := schema["enum"].([]any); ok && a.IntN(5) > 0 {
		return enum[a.IntN(len(enum))]
	}
	kind := fmt.Sprint(schema["type"])
	switch {
	case strings.Contains(kind, "object"):
		properties, _ := schema["properties"].(map[string]any)
		o := make(map[string]any)
		names := make([]string, 0, len(properties))
		for name := range properties {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if p, ok := properties[name].(map[string]any); ok && a.IntN(6) > 0 {
				o[name] = a.value(p)
			}
		}
		if a.IntN(10) == 0 {
			o[a.text()] = a.junk()
		}
		return o
	case strings.Contains(kind, "array"):
		items, _ := schema["items"].(map[string]any)
		list := make([]any, a.IntN(4))
		for i := range list {
			list[i] = a.value(items)
		}
		return list
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return a.Int64N(1<<uint(a.IntN(62)+1)) - 3
	case strings.Contains(kind, "boolean"):
		return a.IntN(2) == 0
	}
	if example, ok := schema["example"].(string); ok && a.IntN(3) == 0 {
		return example
	}
	return a.text()
}

// TestAnyRequest asks every operation of the description whatever comes to mind,
// as the platform, a partner and a reader. Nothing may fail here, every refusal is
// a problem document, and nothing of another partner's leaks to a partner.
func TestAnyRequest(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.Rate = 1_000_000 })
	const secret = "Zugspitze-4711" // known to Studio Lind and its merchant alone
	body := s.opening()
	body["body"] = secret
	s.open(body)
	ids := []string{"par_99", "con_99", "mbr_99"}
	for prefix, id := range s.things() {
		ids = append(ids, id, prefix)
	}
	other := s.opening()
	s.exec(`update partners set published = true`)
	other["partner"], other["service"] = tradepost.FormatID(tradepost.PartnerPrefix, s.unpublished.ID), "Audit"
	ids = append(ids, other["partner"].(string), s.open(other), tradepost.FormatID(tradepost.MemberPrefix, s.unpublished.Members[0].ID))
	stranger := s.newKey(store.APIKey{PartnerID: s.unpublished.ID})
	keys := []string{"Bearer " + key, stranger, s.newKey(store.APIKey{ReadOnly: true})}
	operations, schemas := s.operations()
	slices.SortFunc(operations, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	a := anything{rand.New(rand.NewPCG(*fuzzSeed, 0)), schemas, ids}
	answers := make(map[int]int)
	for range *fuzzRounds {
		for _, o := range operations {
			path := o.path
			for strings.Contains(path, "{") {
				before, rest, _ := strings.Cut(path, "{")
				_, after, _ := strings.Cut(rest, "}")
				segment := a.text()
				if len(segment) > 4000 || segment == "" { // longer addresses never reach a handler
					segment = ids[0]
				}
				path = before + url.PathEscape(segment) + after
			}
			for i := range a.IntN(3) {
				if i == 0 {
					path += "?"
				}
				q := []string{"partner", "member", "unread_by", "limit", "cursor", "q", "kind", "tag", "new", "published", "contactable", "service", "language",
					"external_id", "email"}[a.IntN(15)]
				if v := a.text(); len(v) < 4000 {
					path += q + "=" + url.QueryEscape(v) + "&"
				}
			}
			bearer := keys[a.IntN(len(keys))]
			headers := []string{"Authorization", bearer}
			if a.IntN(4) == 0 {
				headers = append(headers, "Idempotency-Key", strconv.Itoa(a.IntN(5)))
			}
			if a.IntN(4) == 0 {
				headers = append(headers, "If-Match", []string{`"v1"`, `"v2", W/"v1"`, "*", "v1", `"\"`, `"v99999999999999999999"`}[a.IntN(6)])
			}
			var payload any
			if o.body != nil || a.IntN(10) == 0 {
				payload = a.value(o.body)
			}
			if a.IntN(20) == 0 {
				payload = "{\"a\":" + a.text()
			}
			got := s.do(o.method, path, payload, headers...)
			answers[got.status/100]++
			raw, _ := json.Marshal(payload)
			about := fmt.Sprintf("%s %.200s %.500s as %d: %d %.500s", o.method, path, raw, slices.Index(keys, bearer), got.status, got.raw)
			if got.status >= 500 || got.status < 200 {
				t.Error(about)
			}
			if got.status >= 400 {
				var p struct {
					Status int
					Title  string
				}
				if err := json.Unmarshal(got.raw, &p); err != nil || p.Status != got.status || p.Title == "" || got.header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("no problem document (%s): %s", got.header.Get("Content-Type"), about)
				}
			}
			if bearer == stranger && (strings.Contains(string(got.raw), secret) || strings.Contains(string(got.raw), "@lind.example") || strings.Contains(string(got.raw), "nadia@")) {
				t.Errorf("leaks: %s", about)
			}
		}
	}
	t.Logf("answers by class: %v", answers)
	if answers[2] == 0 || answers[4] == 0 {
		t.Error("the requests are all right, or all wrong")
	}
}
