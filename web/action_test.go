package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/web"
)

// linkSite is a site that answers action links, and one conversation.
type linkSite struct {
	*site
	tokens       *tradepost.Tokens
	letters      *templates.Letters
	conversation int64
	message      int64
}

const linkDomain = "reply.market.example"

func newLinkSite(t *testing.T) *linkSite {
	t.Helper()
	l := &linkSite{}
	var err error
	if l.tokens, err = tradepost.NewTokens(linkDomain, tradepost.TokenKey{ID: 1, Secret: []byte(strings.Repeat("k", 32))}); err != nil {
		t.Fatal(err)
	}
	if l.letters, err = templates.New(templates.Options{Market: "Nordmarkt"}); err != nil {
		t.Fatal(err)
	}
	l.site = newSite(t, func(o *web.Options) { o.Tokens, o.Letters = l.tokens, l.letters })
	if l.conversation, err = tradepost.ParseID(tradepost.ConversationPrefix, l.open(l.opening())); err != nil {
		t.Fatal(err)
	}
	_, messages, err := l.store.Conversation(t.Context(), l.conversation)
	if err != nil {
		t.Fatal(err)
	}
	l.message = messages[0].ID
	return l
}

// command is a link of Maja's for the conversation.
func (l *linkSite) command(verb string) tradepost.Action {
	return tradepost.Action{Verb: verb, Role: tradepost.AuthorMember, Person: l.partner.Members[0].ID,
		Subject: l.conversation, Object: l.message, Expires: time.Now().Add(time.Hour)}
}

func (l *linkSite) path(a tradepost.Action) string {
	l.t.Helper()
	token, err := l.tokens.ActionToken(a)
	if err != nil {
		l.t.Fatal(err)
	}
	return "/a/" + token
}

// visit asks for a link as a browser that knows nothing but the address.
func (l *linkSite) visit(method, path string, headers ...string) answer {
	l.t.Helper()
	return l.do(method, path, nil, append([]string{"Authorization", ""}, headers...)...)
}

// press posts the form of a link's page as a browser does.
func (l *linkSite) press(path string) answer {
	l.t.Helper()
	return l.form(path, nil, "Origin", "null")
}

// question asks Maja, or another, something about a held mail or a command.
func (l *linkSite) question(kind tradepost.QuestionKind, detail string) (id int64) {
	l.t.Helper()
	l.exec(`insert into mailboxes (name) values ('m') on conflict do nothing`)
	l.exec(`insert into inbound (period, mailbox_id, uidvalidity, uid, received_at, size, raw, sha256, state, reason, finished_at)
		select date_trunc('month', now())::date, (select min(id) from mailboxes), 1, 1 + (select count(*) from inbound), now(), 1, 'x', sha256('x'), 'held', 'wrong_sender', now()`)
	l.exec(`insert into questions (kind, member_id, conversation_id, inbound_period, inbound_id, detail, expires_at)
		select $1, $2, $3, period, id, $4::jsonb, now() + interval '1 day' from inbound order by id desc limit 1`,
		kind, l.partner.Members[0].ID, l.conversation, detail)
	return int64(l.count(`select max(id) from questions`))
}

func (l *linkSite) answerLink(verb tradepost.QuestionAnswer, question, object int64) tradepost.Action {
	a := l.command(string(verb))
	a.Subject, a.Object = question, object
	return a
}

// allLinks is a link of every verb, each of which could be carried out.
func (l *linkSite) allLinks() map[string]tradepost.Action {
	l.t.Helper()
	l.exec(`update partners set default_code = 'GOLD'`)
	links := make(map[string]tradepost.Action)
	for _, verb := range []string{"done", "qualify", "mute", "decline"} {
		links[verb] = l.command(verb)
	}
	for _, verb := range []tradepost.QuestionAnswer{tradepost.AnswerApprove, tradepost.AnswerAddAddress, tradepost.AnswerRevoke} {
		q := l.question(tradepost.QuestionSender, `{"reason": "wrong_sender", "from": "maja@home.example", "may_add": true}`)
		links[string(verb)] = l.answerLink(verb, q, 0)
	}
	choose := fmt.Sprintf(`{"text": "Gladly", "choices": [{"conversation_id": %d, "through": %d}]}`, l.conversation, l.message)
	links["choose"] = l.answerLink(tradepost.AnswerChoose, l.question(tradepost.QuestionConversation, choose), l.conversation)
	links["stop_digests"] = l.stopLink()
	links["confirm"] = l.answerLink(tradepost.AnswerConfirm, l.question(tradepost.QuestionConfirm, `{"command": {"verb": "block"}}`), 0)
	return links
}

func TestLinkShowsThenDoes(t *testing.T) {
	l := newLinkSite(t)
	effects := map[string]string{
		"done":    `select count(*) from marks where emoji = '✅'`,
		"mute":    `select count(*) from mutes`,
		"qualify": `select count(*) from qualifications where code = 'GOLD'`,
		"decline": `select count(*) from conversations where declined_at is not null`,
		"approve": `select count(*) from questions where answer = 'approve' and answered_via = 'web'`,
		"add":     `select count(*) from member_addresses where address = 'maja@home.example'`,
		"revoke":  `select count(*) from revocations`,
		"choose":  `select count(*) from questions where answer = 'choose'`,
		"confirm": `select count(*) from blocks`,
	}
	links := l.allLinks()
	for _, verb := range []string{"done", "mute", "qualify", "decline", "approve", "add", "choose", "revoke", "confirm"} {
		path := l.path(links[verb])
		shown := l.visit("GET", path)
		if shown.status != http.StatusOK || strings.Count(string(shown.raw), `<form method="post">`) != 1 {
			t.Errorf("%s: %d\n%s", verb, shown.status, shown.raw)
		}
		l.checkPage(verb, shown)
		if n := l.count(effects[verb]); n != 0 {
			t.Fatalf("%s: looking did it", verb)
		}
		done := l.press(path)
		if done.status != http.StatusOK || strings.Contains(string(done.raw), "<form") || l.count(effects[verb]) != 1 {
			t.Errorf("%s: %d, effect %d\n%s", verb, done.status, l.count(effects[verb]), done.raw)
		}
		l.checkPage(verb, done)
		// A page that is loaded again sends its form again.
		want := http.StatusOK
		if _, isAnswer := map[string]bool{"approve": true, "add": true, "revoke": true, "choose": true, "confirm": true}[verb]; isAnswer {
			want = http.StatusGone
		}
		if again := l.press(path); again.status != want || l.count(effects[verb]) != 1 {
			t.Errorf("%s again: %d, effect %d\n%s", verb, again.status, l.count(effects[verb]), again.raw)
		}
	}
}

// TestLookingChangesNothing: whoever follows links, with whatever method and
// headers, changes no row of any table.
func TestLookingChangesNothing(t *testing.T) {
	l := newLinkSite(t)
	links := l.allLinks()
	before := l.snapshot()
	if !strings.Contains(before, "maja@home.example") || !strings.Contains(before, "Atelier Nord") {
		t.Fatal("the snapshot holds nothing")
	}
	for verb, a := range links {
		path := l.path(a)
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"} {
			for _, headers := range [][]string{
				nil,
				{"Sec-Purpose", "prefetch;prerender"},
				{"Purpose", "prefetch", "X-Moz", "prefetch"},
				{"User-Agent", "LinkScanner/1.0", "X-HTTP-Method-Override", "POST"},
				{"Sec-Fetch-Site", "cross-site"},
			} {
				got := l.visit(method, path, headers...)
				want := http.StatusMethodNotAllowed
				if method == "GET" || method == "HEAD" {
					want = http.StatusOK
				}
				if got.status != want || method == "HEAD" && len(got.raw) != 0 {
					t.Errorf("%s %s %v: %d", method, verb, headers, got.status)
				}
			}
		}
		l.visit("GET", path+"?_method=POST&confirm=1")
	}
	if after := l.snapshot(); after != before {
		t.Error("the database is not as it was")
	}
	// The snapshot would tell.
	if l.press(l.path(links["mute"])); l.snapshot() == before {
		t.Error("pressing the button changes nothing either")
	}
}

func TestLinksThatAreNoLinks(t *testing.T) {
	l := newLinkSite(t)
	good := l.path(l.command("done"))
	address, err := l.tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: l.partner.Members[0].ID,
		Subject: l.conversation, Through: l.message, Expires: time.Now().AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	local, _, _ := strings.Cut(address, "@")
	others, err := tradepost.NewTokens(linkDomain, tradepost.TokenKey{ID: 1, Secret: []byte(strings.Repeat("x", 32))})
	if err != nil {
		t.Fatal(err)
	}
	otherKey, err := others.ActionToken(l.command("done"))
	if err != nil {
		t.Fatal(err)
	}
	merchant := l.command("done")
	merchant.Role, merchant.Person = tradepost.AuthorMerchant, 1
	expired := l.command("done")
	expired.Expires = time.Now().Add(-time.Minute)
	stranger := l.command("done")
	stranger.Person = l.unpublished.Members[0].ID
	nobody := l.command("done")
	nobody.Person = 999
	nowhere := l.command("done")
	nowhere.Subject = 999
	q := l.question(tradepost.QuestionSender, `{"from": "maja@home.example"}`)
	colleague := l.answerLink(tradepost.AnswerApprove, q, 0)
	colleague.Person = l.partner.Members[1].ID
	for name, c := range map[string]struct {
		path   string
		status int
	}{
		"truncated":                     {good[:len(good)-1], http.StatusNotFound},
		"longer":                        {good + "a", http.StatusNotFound},
		"changed":                       {good[:len(good)-3] + "aaa", http.StatusNotFound},
		"reply address":                 {"/a/" + local, http.StatusNotFound},
		"its token":                     {"/a/" + strings.TrimPrefix(local, "reply+"), http.StatusNotFound},
		"other key":                     {"/a/" + otherKey, http.StatusNotFound},
		"no text":                       {"/a/%00%ff", http.StatusNotFound},
		"empty":                         {"/a/", http.StatusNotFound},
		"a command for a merchant":      {l.path(merchant), http.StatusNotFound},
		"expired":                       {l.path(expired), http.StatusGone},
		"a member elsewhere":            {l.path(stranger), http.StatusGone},
		"a member that isn't":           {l.path(nobody), http.StatusGone},
		"a conversation gone":           {l.path(nowhere), http.StatusGone},
		"a question of a colleague":     {l.path(colleague), http.StatusGone},
		"an answer that doesn't fit":    {l.path(l.answerLink(tradepost.AnswerConfirm, q, 0)), http.StatusGone},
		"an address that may not be":    {l.path(l.answerLink(tradepost.AnswerAddAddress, q, 0)), http.StatusConflict},
		"a question that isn't":         {l.path(l.answerLink(tradepost.AnswerApprove, 999, 0)), http.StatusGone},
		"a conversation to choose gone": {l.path(l.answerLink(tradepost.AnswerChoose, l.question(tradepost.QuestionConversation, `{}`), 999)), http.StatusGone},
	} {
		before := l.snapshot()
		for _, method := range []string{"GET", "POST"} {
			a := l.visit(method, c.path)
			if method == "POST" {
				a = l.press(c.path)
			}
			if a.status != c.status && (c.path != "/a/" || a.status != http.StatusMethodNotAllowed) {
				t.Errorf("%s: %s gave %d, want %d", name, method, a.status, c.status)
			}
			if strings.Contains(string(a.raw), "<form") || strings.Contains(string(a.raw), "Nadia") || strings.Contains(string(a.raw), "home.example") {
				t.Errorf("%s: %s offers or tells something:\n%s", name, method, a.raw)
			}
		}
		if l.snapshot() != before {
			t.Errorf("%s changed something", name)
		}
	}
}

// TestNoLinkDeletes: no token names a verb that can't be taken back.
func TestNoLinkDeletes(t *testing.T) {
	l := newLinkSite(t)
	for _, verb := range []tradepost.Verb{tradepost.VerbBlock, tradepost.VerbDelete, tradepost.VerbMark, tradepost.VerbUndo, ""} {
		if token, err := l.tokens.ActionToken(l.command(string(verb))); err == nil {
			if a := l.press("/a/" + token); a.status != http.StatusNotFound {
				t.Errorf("%q: %d", verb, a.status)
			}
		}
	}
}

// TestLinksOfWhoLeft: who lost access can do nothing by the links of old mails.
func TestLinksOfWhoLeft(t *testing.T) {
	l := newLinkSite(t)
	path := l.path(l.command("done"))
	if err := l.store.RemoveMember(t.Context(), l.partner.Members[0].ID); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{l.visit("GET", path), l.press(path)} {
		if a.status != http.StatusConflict || strings.Contains(string(a.raw), "Nadia") || strings.Contains(string(a.raw), "<form") {
			t.Errorf("%d\n%s", a.status, a.raw)
		}
	}
	if n := l.count(`select count(*) from marks`); n != 0 {
		t.Error("a member who left marked something")
	}
}

func TestLinkPagesKeepTheirAddress(t *testing.T) {
	l := newLinkSite(t)
	path := l.path(l.command("mute"))
	token := strings.TrimPrefix(path, "/a/")
	answers := []answer{
		l.visit("GET", path), l.visit("HEAD", path), l.visit("OPTIONS", path), l.visit("GET", path+"x"),
		l.visit("GET", "/a/a/"+token), l.visit("GET", "/A/"+strings.ToUpper(token)), l.visit("GET", "//a/"+token),
		l.form(path, nil, "Sec-Fetch-Site", "cross-site"), l.press(path),
	}
	for i, a := range answers[:2] {
		h := a.header
		if h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") || h.Get("Cache-Control") != "no-store" ||
			h.Get("Set-Cookie") != "" || strings.Contains(h.Get("Content-Security-Policy"), "script") {
			t.Errorf("%d: %v", i, h)
		}
	}
	if strings.Contains(string(answers[0].raw), "<script") || strings.Contains(strings.ToLower(string(answers[0].raw)), token[8:]) {
		t.Errorf("a script, or the token, in the page:\n%s", answers[0].raw)
	}
	if got := strings.ToLower(l.log.String()); strings.Contains(got, token[8:40]) || !strings.Contains(got, "/a/{token}") {
		t.Errorf("the log holds the token, or nothing:\n%s", got)
	}
	if a := l.do("GET", "/static/style.css", nil); a.status != http.StatusOK {
		t.Errorf("style: %d", a.status)
	}
	if a := l.do("GET", "/conversations/con_1", nil); a.status != http.StatusNotFound {
		t.Errorf("action links brought the conversation pages with them: %d", a.status)
	}
}

// TestLinksAnswerUnderAnyName: they are public, and asked from wherever a mail is
// read.
func TestLinksAnswerUnderAnyName(t *testing.T) {
	l := newLinkSite(t)
	path := l.path(l.command("mute"))
	for _, c := range []struct {
		method, site, origin string
		status               int
	}{
		{"GET", "cross-site", "", http.StatusOK},
		{"POST", "cross-site", "https://evil.example", http.StatusForbidden},
		{"POST", "", "https://evil.example", http.StatusForbidden},
		{"POST", "same-origin", "null", http.StatusOK},
		{"POST", "", "null", http.StatusOK},
	} {
		req, err := http.NewRequest(c.method, l.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "tradepost.example"
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		if a := l.send(req); a.status != c.status {
			t.Errorf("%+v: %d", c, a.status)
		}
	}
}

// TestLinksSpeakTheirReadersLanguage, or the browser's where that is not known.
func TestLinksSpeakTheirReadersLanguage(t *testing.T) {
	l := newLinkSite(t)
	for _, tag := range l.letters.Locales() {
		l.exec(`update members set locale = $1`, tag)
		want := `<html lang="` + tag + `"`
		if a := l.visit("GET", l.path(l.command("done")), "Accept-Language", "xx"); !strings.Contains(string(a.raw), want) {
			t.Errorf("%s: %.200s", tag, a.raw)
		}
		if a := l.visit("GET", "/a/nothing", "Accept-Language", "xx, "+tag+"-XX;q=0.5, en"); !strings.Contains(string(a.raw), want) {
			t.Errorf("unknown link, %s: %.200s", tag, a.raw)
		}
	}
	if a := l.visit("GET", "/a/nothing", "Accept-Language", strings.Repeat("xx,", 5000)); a.status != http.StatusNotFound {
		t.Errorf("a long list of languages: %d", a.status)
	}
}

func TestLinksNeedTokensAndLetters(t *testing.T) {
	s := newSite(t, nil)
	if a := s.do("GET", "/a/x", nil); a.status != http.StatusNotFound {
		t.Errorf("without tokens: %d", a.status)
	}
	letters, err := templates.New(templates.Options{Market: "Nordmarkt"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := web.New(web.Options{Store: s.store, Log: slog.New(slog.DiscardHandler), Letters: letters}); err == nil {
		t.Error("letters without tokens were taken")
	}
}
