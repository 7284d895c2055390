package templates

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
)

// TestLeadStandsFirst: a first contact that waited leads, however old it is; the
// others follow newest first.
func TestLeadStandsFirst(t *testing.T) {
	d := digestOf(4)
	d.Items[2].Lead, d.Items[3].Lead = true, true
	r, err := letters(t).Digest(d)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range r.Parts {
		got = append(got, strings.Split(p.Text, "\n")[1])
	}
	if want := []string{layla.Name, asa.Name, nadia.Name, taro.Name}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("order %q, want %q", got, want)
	}
	if !strings.HasPrefix(r.Subject, "5 unread: "+layla.Name) {
		t.Errorf("the subject begins with somebody else: %q", r.Subject)
	}
}

func TestFooterLinks(t *testing.T) {
	l := letters(t)
	const byMail = "Reply with /why on the first line"
	for _, c := range []struct {
		name  string
		links Links
		want  []string
		not   []string
	}{
		{"all", memberLinks, []string{"Settings: https://", "Stop digests:", "Why this mail: https://"}, []string{byMail}},
		{"none", Links{}, []string{byMail}, []string{"Settings", "Stop digests", "Why this mail"}},
		{"unsafe", Links{SettingsURL: "javascript:alert(1)", StopURL: "x", WhyURL: "//x"}, []string{byMail}, []string{"Settings", "Stop digests", "javascript"}},
	} {
		d := digestOf(1)
		d.Links, d.ReplyGoesToItem = c.links, true
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(r.Foot, want) {
				t.Errorf("%s: no %q in %q", c.name, want, r.Foot)
			}
		}
		for _, not := range c.not {
			if strings.Contains(r.Foot, not) || strings.Contains(r.HTML, not) {
				t.Errorf("%s: %q is there: %q", c.name, not, r.Foot)
			}
		}
	}
}

func TestPreheader(t *testing.T) {
	word := strings.Repeat("word ", 30)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \n\u200b", ""},
		{"Hello,\r\n\r\nwe would like  to move.", "Hello, we would like to move."},
		{word, strings.TrimSpace(word[:90])},
		{"xxx" + word, "xxx" + strings.TrimSpace(word[:85])},
		{strings.Repeat("あ", 200), strings.Repeat("あ", 90)},
		{strings.Repeat("w", 200), strings.Repeat("w", 90)},
	} {
		if got := preheader(c.in); got != c.want {
			t.Errorf("preheader(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestPreheaderIsInTheLetter: what a client might show of it in a quote are words
// of the letter in their order, so that none of them is taken for an answer.
func TestPreheaderIsInTheLetter(t *testing.T) {
	l := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		a := firstContact()
		a.Body = rapid.OneOf(rapid.StringMatching(`([a-zåäö]{1,12}[ \n,.]{1,3}){1,60}`), rapid.StringMatching(`[あ-ん、。]{1,200}`)).Draw(t, "body")
		r, err := l.Alert(a)
		if err != nil {
			t.Fatal(err)
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if p := preheader(a.Body); !strings.Contains(squeeze(r.Text), squeeze(p)) {
			t.Errorf("%q is not in %q", p, r.Text)
		}
	})
}

func TestPrices(t *testing.T) {
	for _, c := range []struct {
		lang  language
		price Price
		want  string
	}{
		{english(), Price{120_050, "EUR"}, "EUR\u00a01,200.50"},
		{english(), Price{5, "USD"}, "USD\u00a00.05"},
		{english(), Price{1_200, "JPY"}, "JPY\u00a01,200"},
		{english(), Price{1_234_567, "KWD"}, "KWD\u00a01,234.567"},
		{english(), Price{-100, "EUR"}, "EUR\u00a0-1.00"},
		{english(), Price{999_999_999_999_999, "EUR"}, "EUR\u00a09,999,999,999,999.99"},
		{swedish(), Price{4_280_000, "SEK"}, "42\u00a0800,00\u00a0SEK"},
		{french(), Price{4_280_000, "EUR"}, "42\u00a0800,00\u00a0EUR"},
		{german(), Price{4_280_000, "CHF"}, "42.800,00\u00a0CHF"},
		{english(), Price{100, ""}, ""},
		{english(), Price{100, "<b>"}, ""},
		{english(), Price{100, "XQZ"}, ""},
	} {
		if got := c.lang.numbers.price(c.price); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.lang.tag, c.price, got, c.want)
		}
	}
	l := letters(t)
	for name, p := range map[string]Proposal{
		"price":     {Price: Price{1, "crowns"}},
		"milestone": {Price: Price{1, "SEK"}, Milestones: []Milestone{{"Export", Price{1, ""}}}},
	} {
		if _, err := l.Proposal(p); err == nil {
			t.Errorf("%s: money without a currency was shown", name)
		}
	}
}

func TestWaited(t *testing.T) {
	w := english().reminder
	for d, want := range map[time.Duration]string{
		-time.Hour: "1 hour", 0: "1 hour", 90 * time.Minute: "1 hour", 24 * time.Hour: "24 hours", 71 * time.Hour: "71 hours", 73 * time.Hour: "3 days",
	} {
		if got := w.waited(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestUnknownKindsAreErrors: a letter that could not say what happened would help
// nobody.
func TestUnknownKindsAreErrors(t *testing.T) {
	l := letters(t)
	if _, err := l.ProposalAnswer(ProposalAnswer{State: "lost"}); err == nil {
		t.Error("an unknown state of a proposal has a letter")
	}
	if _, err := l.Confirmation(Confirmation{Kind: "lost"}); err == nil {
		t.Error("an unknown confirmation has a letter")
	}
	for _, u := range []string{"", "javascript:alert(1)", "/sign-in"} {
		if _, err := l.SignIn(SignIn{URL: u}); err == nil {
			t.Errorf("a sign-in letter leads to %q", u)
		}
	}
}

// TestLargestLetters: whatever is stored, no letter that can say where the rest is
// passes what Gmail shows whole.
func TestLargestLetters(t *testing.T) {
	l := letters(t)
	for _, unit := range []string{`"&`, "あ", "a b\n", "\n"} {
		huge := strings.Repeat(unit, 100_000)
		m := Merchant{Name: huge, StoreName: huge, StoreURL: "https://nord.example/" + strings.Repeat("&", 270), PublicEmail: "hello@nord.example"}
		matter := Matter{Kind: "service", Service: huge}
		link := "https://market.example/a?" + strings.Repeat("&t=k3f9a2c7", 40)
		links := Links{SettingsURL: link, StopURL: link, WhyURL: link}
		var files []File
		for range 100 {
			files = append(files, File{Filename: huge})
		}
		actions := []ActionLink{{tradepost.VerbDone, link}, {tradepost.VerbBlock, link}, {tradepost.VerbQualify, link}, {tradepost.VerbMute, link}}
		var milestones []Milestone
		for range 9 {
			milestones = append(milestones, Milestone{huge, Price{1 << 60, "EUR"}})
		}
		items := make([]DigestItem, 40)
		for i := range items {
			items[i] = DigestItem{Merchant: m, Matter: matter, OpenURL: link, ReplyAddress: "reply+a@b.example", ReplySubject: huge, Mark: "K7QF3M"}
			for range 9 {
				items[i].Messages = append(items[i].Messages, DigestMessage{Body: huge, Files: files})
			}
		}
		for name, render := range map[string]func() (Rendered, error){
			"alert": func() (Rendered, error) {
				return l.Alert(Alert{Links: links, Member: huge, Partner: huge, Merchant: m, Matter: matter, Body: huge, Files: files, OpenURL: link, Actions: actions})
			},
			"reminder": func() (Rendered, error) {
				return l.Reminder(Reminder{Links: links, Member: huge, Partner: huge, Merchant: m, Matter: matter, Body: huge, Files: files, OpenURL: link, Actions: actions, Waiting: 1 << 62})
			},
			"digest": func() (Rendered, error) {
				return l.Digest(Digest{Links: links, Member: huge, Partner: huge, Items: items, MoreURL: link, More: 1 << 40, Unread: 1 << 40})
			},
			"relay": func() (Rendered, error) {
				return l.Relay(Relay{Author: huge, Partner: huge, Matter: matter, Subject: huge, Body: huge, Files: files, OpenURL: link})
			},
			"proposal": func() (Rendered, error) {
				return l.Proposal(Proposal{Author: huge, Partner: huge, Matter: matter, Work: huge, Terms: huge, Price: Price{1 << 62, "KWD"}, Milestones: milestones, Days: 1 << 40,
					AcceptURL: link, DeclineURL: link, OpenURL: link})
			},
			"proposal answer": func() (Rendered, error) {
				return l.ProposalAnswer(ProposalAnswer{Links: links, State: ProposalDeclined, Member: huge, Partner: huge, Merchant: m, Matter: matter, Note: huge, OpenURL: link})
			},
			"sign-in": func() (Rendered, error) { return l.SignIn(SignIn{URL: link, From: huge, Life: 1 << 62}) },
			"confirmation": func() (Rendered, error) {
				return l.Confirmation(Confirmation{Links: links, Kind: SettingsChanged, Member: huge, Partner: huge, Settings: MailSettings{DigestAt: huge, QuietFrom: huge, QuietUntil: huge, Zone: huge}})
			},
		} {
			r, err := render()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(r.HTML) > MaxHTML {
				t.Errorf("%s of %q has %d bytes of HTML", name, unit, len(r.HTML))
			}
			checkLetter(t, r)
		}
	}
}

// TestAnyNoticeIsALetter holds checkLetter for whatever strangers write into them.
func TestAnyNoticeIsALetter(t *testing.T) {
	l := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		h := func(label string) string { return hostile().Draw(t, label) }
		links := Links{SettingsURL: drawURL(t, "settings"), StopURL: drawURL(t, "stop"), WhyURL: drawURL(t, "why")}
		price := Price{rapid.Int64().Draw(t, "amount"), rapid.SampledFrom([]string{"SEK", "JPY", "KWD"}).Draw(t, "currency")}
		for _, render := range []func() (Rendered, error){
			func() (Rendered, error) {
				return l.Reminder(Reminder{Links: links, Locale: h("locale"), Member: h("member"), Partner: h("partner"), Role: h("role"), Merchant: drawMerchant(t),
					Matter: drawMatter(t), Body: h("body"), Files: drawFiles(t), OpenURL: drawURL(t, "open"), Waiting: time.Duration(rapid.Int64().Draw(t, "waiting")),
					Actions: []ActionLink{{tradepost.VerbDone, drawURL(t, "action")}}})
			},
			func() (Rendered, error) {
				return l.Proposal(Proposal{Author: h("author"), Partner: h("partner"), Matter: drawMatter(t), Work: h("work"), Price: price,
					Milestones: []Milestone{{h("milestone"), price}}, Terms: h("terms"), Days: rapid.Int().Draw(t, "days"), AcceptURL: drawURL(t, "accept"),
					DeclineURL: drawURL(t, "decline"), OpenURL: drawURL(t, "open")})
			},
			func() (Rendered, error) {
				state := rapid.SampledFrom([]ProposalState{ProposalAccepted, ProposalDeclined, ProposalWithdrawn}).Draw(t, "state")
				return l.ProposalAnswer(ProposalAnswer{Links: links, State: state, Member: h("member"), Partner: h("partner"), Merchant: drawMerchant(t),
					Matter: drawMatter(t), Price: price, Note: h("note"), OpenURL: drawURL(t, "open")})
			},
			func() (Rendered, error) {
				return l.SignIn(SignIn{URL: openURL, Life: time.Duration(rapid.Int64().Draw(t, "life")), From: h("from"), At: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0)})
			},
			func() (Rendered, error) {
				kind := rapid.SampledFrom([]ConfirmationKind{SettingsChanged, DigestsStopped}).Draw(t, "kind")
				return l.Confirmation(Confirmation{Links: links, Kind: kind, Member: h("member"), Partner: h("partner"), UndoURL: drawURL(t, "undo"),
					Settings: MailSettings{Alerts: tradepost.AlertSetting(h("alerts")), DigestHours: rapid.Int().Draw(t, "hours"), DigestAt: h("at"),
						QuietFrom: h("quietFrom"), QuietUntil: h("quietUntil"), Zone: h("zone")}})
			},
		} {
			r, err := render()
			if err != nil {
				t.Fatal(err)
			}
			checkLetter(t, r)
		}
	})
}
