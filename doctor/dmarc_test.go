package doctor

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
)

func TestDMARC(t *testing.T) {
	const rua = "; rua=mailto:dmarc@market.example"
	for name, c := range map[string]struct {
		from    string
		records map[string][]string
		want    expectation
	}{
		"reject":           {"market.example", at("v=DMARC1; p=reject" + rua), expect(OK, "receivers reject what fails")},
		"quarantine":       {"market.example", at("v=DMARC1;p=Quarantine" + rua), expect(OK, "quarantine")},
		"upper case":       {"market.example", at("v=DMARC1; P=REJECT; RUA=mailto:a@market.example"), expect(OK)},
		"nothing":          {"market.example", at(), expect(Fault, `_dmarc.market.example. TXT "v=DMARC1; p=none; rua=mailto:dmarc-reports@market.example"`)},
		"nothing below":    {"mail.market.example", at(), expect(Fault, "_dmarc.market.example. TXT")},
		"other text":       {"market.example", at("v=DMARC2; p=reject", "hello"), expect(Fault, "no policy")},
		"two":              {"market.example", at("v=DMARC1; p=none", "v=DMARC1; p=reject"), expect(Fault, "2 records")},
		"none":             {"market.example", at("v=DMARC1; p=none" + rua), expect(Warning, "p=none", `"v=DMARC1; p=quarantine; rua=mailto:dmarc@market.example"`)},
		"inherited":        {"mail.market.example", at("v=DMARC1; p=reject" + rua), expect(OK, "at _dmarc.market.example")},
		"inherited, sp":    {"mail.market.example", at("v=DMARC1; p=reject; sp=none" + rua), expect(Warning, "sp=none", "sp=quarantine")},
		"sp of itself":     {"market.example", at("v=DMARC1; p=reject; sp=none" + rua), expect(OK)},
		"its own":          {"mail.market.example", map[string][]string{"_dmarc.mail.market.example": {"v=DMARC1; p=none" + rua}}, expect(Warning, `_dmarc.mail.market.example. TXT "v=DMARC1; p=quarantine`)},
		"part":             {"market.example", at("v=DMARC1; p=reject; pct=20" + rua), expect(Warning, "pct=20")},
		"no reports":       {"market.example", at("v=DMARC1; p=reject"), expect(Warning, "without rua=", "mailto:dmarc-reports@market.example")},
		"no p":             {"market.example", at("v=DMARC1; rua=mailto:a@market.example"), expect(Fault, "p= is missing")},
		"other p":          {"market.example", at("v=DMARC1; p=refuse" + rua), expect(Fault, "p=refuse is none of")},
		"other np":         {"market.example", at("v=DMARC1; p=reject; np=all" + rua), expect(Fault, "np=all")},
		"other mode":       {"market.example", at("v=DMARC1; p=reject; adkim=strict" + rua), expect(Fault, "adkim=strict is neither")},
		"pct of 200":       {"market.example", at("v=DMARC1; p=reject; pct=200" + rua), expect(Fault, "pct=200")},
		"ri":               {"market.example", at("v=DMARC1; p=reject; ri=daily" + rua), expect(Fault, "ri=daily")},
		"bare address":     {"market.example", at("v=DMARC1; p=reject; rua=dmarc@market.example"), expect(Fault, "is not like mailto:")},
		"commas":           {"market.example", at("v=DMARC1, p=reject"), expect(Fault, "no policy")},
		"no list":          {"market.example", at("v=DMARC1; p=reject sp"), expect(Fault, "is none of")},
		"quotes":           {"market.example", at(`v=DMARC1; p=reject; rua="mailto:a@market.example"`), expect(Fault, "quotes or backslashes")},
		"size limit":       {"market.example", at("v=DMARC1; p=reject; rua=mailto:a@market.example!10m, mailto:b@sub.market.example"), expect(OK)},
		"elsewhere":        {"market.example", at("v=DMARC1; p=reject; rua=mailto:a@reports.example"), expect(Warning, "reports.example has not said", `market.example._report._dmarc.reports.example. TXT "v=DMARC1"`)},
		"elsewhere, taken": {"market.example", at("v=DMARC1; p=reject; rua=mailto:a@watch.example"), expect(OK)},
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			m.From = c.from
			dns.Set("_dmarc.market.example")
			dns.Set("market.example._report._dmarc.watch.example", "v=DMARC1;")
			for name, records := range c.records {
				dns.Set(name, records...)
			}
			c.want.compare(t, m.dmarc(t.Context())[0])
		})
	}
}

// at is what market.example publishes as its policy.
func at(records ...string) map[string][]string {
	return map[string][]string{"_dmarc.market.example": records}
}

func TestAlignment(t *testing.T) {
	key := dnstest.NewKey(t).Public()
	for name, c := range map[string]struct {
		envelope, signer, policy string
		want                     expectation
	}{
		"both":                {"reply.market.example", "market.example", "", expect(OK, "reply.market.example is aligned", "market.example is aligned")},
		"strict, both differ": {"reply.market.example", "mail.market.example", "; aspf=s; adkim=s", expect(Fault, "SPF, strict", "DKIM, strict", "aspf=s")},
		"strict SPF":          {"reply.market.example", "market.example", "; aspf=S", expect(Warning, "only the signature", "take aspf=s out")},
		"strict DKIM":         {"reply.market.example", "mail.market.example", "; adkim=s", expect(Warning, "only SPF", "TRADEPOST_DKIM_DOMAIN to market.example")},
		"other envelope":      {"reply.elsewhere.example", "market.example", "", expect(Warning, "only the signature", "under market.example")},
		"other signer":        {"market.example", "provider.example", "", expect(Warning, "provider.example is not aligned")},
		"no signer":           {"market.example", "", "", expect(Warning, "aren't signed here", "TRADEPOST_DKIM_KEYS")},
		"neither":             {"reply.elsewhere.example", "provider.example", "", expect(Fault, "nothing carries DMARC")},
		"neither, no signer":  {"reply.elsewhere.example", "", "", expect(Fault, "nothing carries DMARC")},
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			dns.Set("_dmarc.market.example", "v=DMARC1; p=reject"+c.policy)
			m.Envelope = c.envelope
			if c.signer != "" {
				m.Keys = []Key{{c.signer, "k1", key}}
			}
			c.want.compare(t, m.dmarc(t.Context())[1])
		})
	}
}

// TestTagsWith: what is proposed differs from what is published in the one tag.
func TestTagsWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.StringMatching(`[a-z]{1,5}`), rapid.ID[string]).Draw(t, "names")
		var list tags
		for _, n := range names {
			list = append(list, tag{n, rapid.StringMatching(`[a-zA-Z0-9:@.]{0,10}`).Draw(t, "value")})
		}
		name, value := rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "name"), rapid.StringMatching(`[a-z0-9]{1,8}`).Draw(t, "new")
		got, err := readTags(list.with(name, value))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			if v, ok := got.get(x.name); !ok || x.name != name && v != x.value {
				t.Errorf("%s became %q", x.name, v)
			}
		}
		if v, _ := got.get(name); v != value || len(got) != len(list)+1 && !slices.Contains(names, name) {
			t.Errorf("%v", got)
		}
	})
}

// FuzzReadTags: what is published, a stranger wrote.
func FuzzReadTags(f *testing.F) {
	f.Add("v=DMARC1; p=reject; rua=mailto:a@b.example!10m,mailto:c@d.example")
	f.Add("v=DKIM1;; k=rsa; p = MIGf == ;")
	f.Fuzz(func(t *testing.T, txt string) {
		list, err := readTags(txt)
		dmarcProblems(list)
		isDMARC(txt)
		if err != nil {
			return
		}
		for _, x := range list {
			if v, ok := list.get(x.name); !ok || v != x.value {
				t.Errorf("%q: %+v", txt, x)
			}
		}
	})
}
