package main

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// siege is the whole program with strangers before its door: they know how it
// works, and put whatever they like into its mailbox.
type siege struct {
	*town
	http string // host:port of the web role
	dns  *dnstest.Server
	keys map[string]crypto.Signer // of domains that sign, by domain
	// tokens are the program's own keys: to make what it would never give out,
	// and to read what it did.
	tokens *tradepost.Tokens
	log    *logRecorder
	server *process
	query  func(sql string, args ...any) []string // each row as one text
	mails  int                                    // made so far
	stages int
	stuck  bool // it didn't come to rest
}

const (
	evilDomain   = "evil.example"   // the attacker's own, in good order: their mail passes
	silentDomain = "silent.example" // publishes nothing
)

// besiege starts the program. Sieges go on side by side, since most of their time
// is waiting; the attacks of one follow each other.
func besiege(t *testing.T, settings map[string]string) *siege {
	t.Helper()
	t.Parallel()
	s := &siege{http: freePort(t), dns: dnstest.Start(t, nil), keys: make(map[string]crypto.Signer), log: &logRecorder{}}
	all := map[string]string{
		"TRADEPOST_DNS": s.dns.Addr(), "TRADEPOST_HTTP": s.http, "TRADEPOST_BASE_URL": "http://" + s.http,
		"TRADEPOST_RELAY_DELAY": "100ms", "TRADEPOST_LOG_LEVEL": "DEBUG",
	}
	// A town has no budgets.
	b := tradepost.DefaultBudgets
	for name, n := range map[string]int{"SENDER": b.Sender, "CONVERSATION": b.Conversation, "DOMAIN": b.Domain, "REPEAT": b.Repeat} {
		all["TRADEPOST_BUDGET_"+name] = strconv.Itoa(n)
	}
	maps.Copy(all, settings)
	s.town = newTown(t, all)
	for _, e := range s.env {
		if url, ok := strings.CutPrefix(e, "TRADEPOST_DATABASE_URL="); ok {
			s.lookBeneath(t, url)
		}
	}
	var err error
	if s.tokens, err = (&keyConfig{ReplyKeys: []string{"0:" + strings.Repeat("5a", 32)}}).tokens(townDomain); err != nil {
		t.Fatal(err)
	}
	s.publish(t, evilDomain, "reject")
	s.server = s.launch(t, "serve")
	eventually(t, "the program to answer", client{t, "http://" + s.http}.alive)
	return s
}

// lookBeneath opens the database itself, for what no surface shows.
func (s *siege) lookBeneath(t *testing.T, url string) {
	t.Helper()
	pool := storetest.Pool(t, url)
	s.query = func(sql string, args ...any) (list []string) {
		t.Helper()
		rows, err := pool.Query(t.Context(), sql, args...)
		if err != nil {
			t.Fatalf("%v in %s", err, sql)
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, strings.TrimSpace(fmt.Sprintln(values...)))
		}
		if err := rows.Err(); err != nil {
			t.Fatalf("%v in %s", err, sql)
		}
		return list
	}
}

// launch runs the program as start does, and keeps all that it logs.
func (s *siege) launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...), done: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), s.env...)
	p.cmd.Stdout, p.cmd.Stderr = s.log, s.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(p.kill)
	return p
}

// command runs one of the program's commands to its end and returns what it wrote.
func (s *siege) command(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), s.env...)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, io.MultiWriter(&b, s.log)
	err = cmd.Run()
	return b.String(), err
}

// logRecorder keeps what processes write.
type logRecorder struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logRecorder) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// tail is the end of what was written, for a test that failed.
func (l *logRecorder) tail() string {
	s := l.String()
	return s[max(0, len(s)-3000):]
}

func (l *logRecorder) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// publish makes a domain one that signs, with a policy for what isn't signed:
// reject, quarantine, none, or "" for a domain that publishes nothing at all.
func (s *siege) publish(t *testing.T, domain, policy string) {
	t.Helper()
	if policy == "" {
		s.dns.Set("_dmarc." + domain)
		s.dns.Set("k1._domainkey." + domain)
		delete(s.keys, domain)
		return
	}
	key := dnstest.NewKey(t)
	s.keys[domain] = key
	s.dns.Set("k1._domainkey."+domain, dnstest.KeyRecord(t, key))
	s.dns.Set("_dmarc."+domain, "v=DMARC1; p="+policy)
}

// quiet waits until all mail has been judged and nothing is on its way out.
func (s *siege) quiet(t *testing.T) {
	t.Helper()
	const open = `from notifications where state in ('pending', 'sending') or state = 'unknown' and due_at is not null`
	if s.stuck {
		t.Fatal("the program didn't come to rest before")
	}
	s.stuck = true // until it isn't
	defer func() {
		if s.stuck && s.query(`select count(*) ` + open)[0] != "0" {
			t.Logf("on their way: %s\nthe log ends with\n%s", s.query(`select kind, state, reason, attempts, smtp_reply `+open), s.log.tail())
		}
	}()
	eventually(t, "the program to come to rest", func() bool {
		return s.query(`select (select count(*) ` + open + `) + (select count(*) from inbound where state = 'stored' and retry_at is null)`)[0] == "0"
	})
	s.stuck = false
}

// stage is a conversation of a merchant with a partner of two, who have domains
// of their own: what happens on it has nothing to do with other stages.
type stage struct {
	*siege
	t            *testing.T
	number       int
	api          client
	domain, shop string // of the partner's team; of the merchant
	partner      store.Partner
	maja, taro   store.Member
	nadia        string // the merchant's delivery address
	conversation string // con_…
	conID        int64
	alert        letter // the first contact, as Maja has it
	from         int    // letters that had gone out before
}

// stageOptions alter a stage before the conversation is opened.
type stageOptions struct {
	policy string                 // of both domains; default "reject", "-" publishes nothing
	alert  tradepost.AlertSetting // of both members
	digest tradepost.DigestSetting
}

func (s *siege) stage(t *testing.T, o stageOptions) *stage {
	t.Helper()
	s.stages++
	st := &stage{siege: s, t: t, number: s.stages, api: client{t, "http://" + s.http},
		domain: fmt.Sprintf("lind%d.example", s.stages), shop: fmt.Sprintf("shop%d.example", s.stages)}
	switch o.policy {
	case "":
		o.policy = "reject"
	case "-":
		o.policy = ""
	}
	s.publish(t, st.domain, o.policy)
	s.publish(t, st.shop, o.policy)
	if o.digest == "" {
		o.digest = tradepost.DigestOff // or an hour ends during the test
	}
	var err error
	st.partner, err = s.st.AddPartner(t.Context(), store.Partner{Name: fmt.Sprintf("Studio %d", s.stages), Published: true,
		Services: []store.Service{{Name: "Store migration"}},
		Members: []store.Member{
			{Name: "Maja Lind", Email: "maja@" + st.domain, Role: "owner", Alert: o.alert, Digest: o.digest},
			{Name: "Taro Yamada", Email: "taro@" + st.domain, Role: "member", Alert: o.alert, Digest: o.digest},
		}})
	if err != nil {
		t.Fatal(err)
	}
	st.maja, st.taro = st.partner.Members[0], st.partner.Members[1]
	st.nadia = "nadia@" + st.shop
	before := len(s.smtp.Mails())
	st.conversation = st.open("Nadia Rahman", st.nadia, "We would like to move 4,200 products.")
	if st.conID, err = tradepost.ParseID(tradepost.ConversationPrefix, st.conversation); err != nil {
		t.Fatal(err)
	}
	s.quiet(t)
	st.from = before
	alerts := st.lettersTo(st.maja.Email)
	if len(alerts) != 1 {
		t.Fatalf("Maja has %d letters of a first contact", len(alerts))
	}
	st.alert = alerts[0]
	st.from = len(s.smtp.Mails())
	return st
}

// open has a merchant open a conversation with the stage's partner.
func (st *stage) open(name, email, body string) string {
	st.t.Helper()
	_, domain, _ := strings.Cut(email, "@")
	return st.api.post("/v1/conversations", st.opening(name, email, domain, body))["id"].(string)
}

func (st *stage) opening(name, email, domain, body string) map[string]any {
	return map[string]any{
		"partner": fmt.Sprintf("par_%d", st.partner.ID), "kind": "service", "service": "Store migration", "body": body,
		"merchant": map[string]any{"name": name, "email": email, "role": "owner", "store_name": "Atelier", "store_url": "https://" + domain},
	}
}

// say has the merchant write by the platform's own pages.
func (st *stage) say(body string) {
	st.t.Helper()
	st.api.post("/v1/conversations/"+st.conversation+"/messages", map[string]any{"from": "merchant", "body": body})
	st.quiet(st.t)
}

// bodies are the messages after the first, each with its author.
func (st *stage) bodies() []string {
	st.t.Helper()
	return bodiesOf(st.api.messages(st.conversation)[1:])
}

func bodiesOf(messages []apiMessage) []string {
	list := []string{}
	for _, m := range messages {
		list = append(list, m.Author.Name+": "+m.Body)
	}
	return list
}

// press opens an action link's page and presses its button, as a browser does.
func (st *stage) press(link string) (status int, page string) {
	st.t.Helper()
	status, page = st.browse(http.MethodGet, link)
	if status != http.StatusOK || !strings.Contains(page, `method="post"`) {
		return status, page
	}
	return st.browse(http.MethodPost, link)
}

func (st *stage) browse(method, link string) (status int, page string) {
	st.t.Helper()
	status, page, err := browse(st.t.Context(), method, link)
	if err != nil {
		st.t.Error(err) // not Fatal: two may press at once
	}
	return status, page
}

func browse(ctx context.Context, method, link string) (status int, page string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, link, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("Origin", "null") // of a page with Referrer-Policy: no-referrer
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// token is one that the program would have signed for a member.
func (st *stage) token(tok tradepost.Token) string {
	st.t.Helper()
	if tok.Purpose == 0 {
		tok.Purpose = tradepost.ReplyToken
	}
	if tok.Role == "" {
		tok.Role = tradepost.AuthorMember
	}
	if tok.Expires.IsZero() {
		tok.Expires = time.Now().AddDate(0, 6, 0)
	}
	address, err := st.tokens.Address(tok)
	if err != nil {
		st.t.Fatal(err)
	}
	return address
}

// try posts and returns the status.
func (st *stage) try(path string, body any) int {
	st.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		st.t.Fatal(err)
	}
	status, _ := st.api.do("POST", path, b)
	return status
}
