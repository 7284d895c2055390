package inbound

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
	"github.com/tradepost-mail/tradepost/templates"
)

// deadline is how long a test waits for something that must happen.
const deadline = 30 * time.Second

// market is a store with a partner of two members, and a conversation that a
// merchant opened with it.
type market struct {
	t            *testing.T
	store        *store.Store
	blobs        string // the folder of the blob store
	ledger       func() []entry
	exec         func(sql string)
	value        func(sql string) string // the one text that a query returns
	tokens       *tradepost.Tokens
	partner      store.Partner
	maja, oskar  store.Member
	merchant     store.Merchant
	conversation int64
	opened       int64 // the first message
	server       server
	sent         int // mails made, for their Message-IDs
}

func newMarket(t *testing.T, s server) *market {
	t.Helper()
	url := storetest.URL(t)
	m := &market{t: t, blobs: t.TempDir(), server: s}
	m.lookBeneath(url)
	o := storetest.Options(t)
	var err error
	if o.Blobs, err = store.OpenBlobs(t.Context(), "file://"+filepath.ToSlash(m.blobs)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Blobs.Close() })
	m.store = storetest.OpenURL(t, url, o)
	m.tokens, err = tradepost.NewTokens(replyDomain, tradepost.TokenKey{ID: 1, Secret: []byte("a secret of the tests, long enough")})
	if err != nil {
		t.Fatal(err)
	}
	m.partner, err = m.store.AddPartner(t.Context(), store.Partner{
		Name: "Studio Lind", Published: true, Services: []store.Service{{Name: "Store migration"}},
		Members: []store.Member{{Name: "Maja Lind", Email: "Maja@lind.example"}, {Name: "Oskar Ek", Email: "oskar@lind.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.maja, m.oskar = m.partner.Members[0], m.partner.Members[1]
	m.conversation, err = m.store.OpenConversation(t.Context(), tradepost.Opening{
		PartnerID: m.partner.ID, Kind: tradepost.KindService, Service: "Store migration", Body: "Could you move our store?",
		Merchant: tradepost.Merchant{Name: "Ada Berg", Email: "ada@shop.example", Role: tradepost.MerchantOwner,
			StoreName: "Berg", StoreURL: "https://berg.example"},
	}, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	c, messages, err := m.store.Conversation(t.Context(), m.conversation)
	if err != nil {
		t.Fatal(err)
	}
	m.merchant, m.opened = c.Merchant, messages[0].ID
	return m
}

// address is the reply address of a member, good for a day.
func (m *market) address(member store.Member) string {
	m.t.Helper()
	return m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: member.ID,
		Subject: m.conversation, Through: m.opened})
}

func (m *market) merchantAddress() string {
	m.t.Helper()
	return m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMerchant, Person: m.merchant.ID,
		Subject: m.conversation, Through: m.opened})
}

func (m *market) sign(token tradepost.Token) string {
	m.t.Helper()
	if token.Expires.IsZero() {
		token.Expires = time.Now().Add(48 * time.Hour)
	}
	address, err := m.tokens.Address(token)
	if err != nil {
		m.t.Fatal(err)
	}
	return address
}

// reply is a mail from a person to a reply address.
func (m *market) reply(from, to, text string, fields ...string) string {
	m.sent++
	head := []string{
		"From: " + from, "To: " + to, "Subject: Re: Could you move our store?",
		fmt.Sprintf("Message-ID: <mail-%d@mua.example>", m.sent),
		"Date: Mon, 23 Nov 2026 10:00:00 +0000", "MIME-Version: 1.0",
	}
	plain := true
	for _, f := range fields {
		plain = plain && !strings.HasPrefix(f, "Content-Type:")
	}
	if plain {
		head = append(head, "Content-Type: text/plain; charset=utf-8")
	}
	return strings.Join(append(head, fields...), "\r\n") + "\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
}

// send delivers a plain reply of Maja's.
func (m *market) send(text string) {
	m.t.Helper()
	to := m.address(m.maja)
	m.server.deliver(m.t, to, m.reply("Maja Lind <maja@lind.example>", to, text))
}

// bodies are the messages of the conversation after the first.
func (m *market) bodies() []string {
	m.t.Helper()
	var bodies []string
	for _, msg := range m.messages() {
		bodies = append(bodies, msg.Body)
	}
	return bodies
}

func (m *market) messages() []store.Message {
	m.t.Helper()
	_, messages, err := m.store.Conversation(context.Background(), m.conversation)
	if err != nil {
		m.t.Fatal(err)
	}
	return messages[1:]
}

// file is the content of a file that the store has.
func (m *market) file(f store.File) []byte {
	m.t.Helper()
	_, content, err := m.store.Attachment(context.Background(), f.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil || int64(len(data)) != f.Size {
		m.t.Errorf("file %s has %d octets, not %d, %v", f.Filename, len(data), f.Size, err)
	}
	return data
}

// kept lists the files of the blob store, those half written included.
func (m *market) kept() []string {
	m.t.Helper()
	var names []string
	err := filepath.WalkDir(m.blobs, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, m.blobs))
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return names
}

// entry is a row of the ledger.
type entry struct {
	State                string
	Reason, Class, Error string
	Size, Kept           int64
	Attempts             int
	Filed                bool
	Answered             int
}

// lookBeneath opens the database itself, for what the store has no method for.
func (m *market) lookBeneath(url string) {
	m.t.Helper()
	pool := storetest.Pool(m.t, url)
	m.exec = func(sql string) {
		m.t.Helper()
		if _, err := pool.Exec(context.Background(), sql); err != nil {
			m.t.Fatal(err)
		}
	}
	m.value = func(sql string) (text string) {
		m.t.Helper()
		if err := pool.QueryRow(context.Background(), sql).Scan(&text); err != nil {
			m.t.Fatal(err)
		}
		return text
	}
	m.ledger = func() []entry {
		m.t.Helper()
		rows, err := pool.Query(context.Background(), `
			select state, reason, class, error, size, coalesce(length(raw), size), attempts, filed_at is not null,
			       (select count(*) from notifications n where (n.inbound_period, n.inbound_id) = (i.period, i.id))
			from inbound i order by id`)
		if err != nil {
			m.t.Fatal(err)
		}
		defer rows.Close()
		var list []entry
		for rows.Next() {
			var e entry
			if err := rows.Scan(&e.State, &e.Reason, &e.Class, &e.Error, &e.Size, &e.Kept, &e.Attempts, &e.Filed, &e.Answered); err != nil {
				m.t.Fatal(err)
			}
			list = append(list, e)
		}
		if err := rows.Err(); err != nil {
			m.t.Fatal(err)
		}
		return list
	}
}

// only is the one row of the ledger.
func (m *market) only() entry {
	m.t.Helper()
	list := m.ledger()
	if len(list) != 1 {
		m.t.Fatalf("the ledger has %d rows, not one: %+v", len(list), list)
	}
	return list[0]
}

// settled reports whether n mails are in the ledger, all finished and filed.
func (m *market) settled(n int) func() bool {
	return func() bool {
		m.t.Helper()
		list := m.ledger()
		for _, e := range list {
			if e.State == "stored" || !e.Filed {
				return false
			}
		}
		return len(list) == n
	}
}

// running is a Poller at work.
type running struct {
	*Poller
	t      *testing.T
	rounds chan Round
	cancel context.CancelFunc
	done   chan struct{}
	count  atomic.Int64 // complete rounds as the reader
}

// change alters a test's Poller before it is made or before it runs.
type change struct {
	options func(*Options)
	poller  func(*Poller)
}

// testAuthentication believes the test's mail server, and asks nobody else.
var testAuthentication = authenticate.Options{AuthservID: "mx.reply.test", DNS: "off"}

// renderDigest renders a digest as a worker would, without links.
func renderDigest(l store.DigestLetter) (templates.Rendered, error) {
	letters, err := templates.New(templates.Options{Market: "Market"})
	if err != nil {
		return templates.Rendered{}, err
	}
	tokens, err := tradepost.NewTokens(replyDomain, tradepost.TokenKey{ID: 1, Secret: []byte("a secret of the tests, long enough")})
	if err != nil {
		return templates.Rendered{}, err
	}
	d := templates.Digest{Member: l.To.Name, Partner: l.Partner, Until: l.WindowAt, From: l.WindowAt.Add(-time.Hour)}
	for _, it := range l.Items {
		item := templates.DigestItem{Merchant: templates.Merchant{Name: it.Merchant.Name}, Mark: tokens.Mark(l.ID, it.ConversationID)}
		for _, m := range it.Messages {
			item.Messages = append(item.Messages, templates.DigestMessage{At: m.CreatedAt, Body: m.Body})
		}
		d.Items = append(d.Items, item)
	}
	return letters.Digest(d)
}

func withOptions(f func(*Options)) change { return change{options: f} }
func withPoller(f func(*Poller)) change   { return change{poller: f} }

// start runs a Poller until the test ends or stop is called.
func (m *market) start(changes ...change) *running {
	m.t.Helper()
	r := &running{t: m.t, rounds: make(chan Round, 10_000), done: make(chan struct{})}
	o := Options{
		Store: m.store, Tokens: m.tokens, HopHeader: "X-Tradepost-Hop", Authentication: testAuthentication, SentDigest: renderDigest,
		Log: slog.New(slog.NewTextHandler(m.t.Output(), nil)),
		Mailbox: Mailbox{
			Addr: m.server.addr, TLS: NoTLS, Username: m.server.user,
			Password:  func(context.Context) (string, error) { return mailSecret, nil },
			PollEvery: 100 * time.Millisecond, Lease: 3 * time.Second, Retry: 20 * time.Millisecond, CommandTimeout: 10 * time.Second,
		},
		OnRound: func(round Round) {
			if round.Reader && round.Err == nil {
				r.count.Add(1)
			}
			r.rounds <- round
		},
	}
	for _, c := range changes {
		if c.options != nil {
			c.options(&o)
		}
	}
	p, err := New(o)
	if err != nil {
		m.t.Fatal(err)
	}
	r.Poller = p
	for _, c := range changes {
		if c.poller != nil {
			c.poller(p)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() {
		defer close(r.done)
		if err := p.Run(ctx); err != nil {
			m.t.Error(err)
		}
	}()
	m.t.Cleanup(r.stop)
	return r
}

// stop ends the Poller and waits for it.
func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	r.ended()
}

// ended waits until Run has returned.
func (r *running) ended() {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(deadline):
		r.t.Fatal("Run did not return")
	}
}

// until waits for a round after which cond holds.
func (r *running) until(what string, cond func() bool) {
	r.t.Helper()
	end := time.After(deadline)
	for !cond() {
		select {
		case <-r.rounds:
		case <-end:
			r.t.Fatalf("it did not happen: %s", what)
		}
	}
}

// again waits for n further complete rounds.
func (r *running) again(n int64) {
	r.t.Helper()
	from := r.count.Load()
	r.until("further rounds", func() bool { return r.count.Load() >= from+n })
}

func show(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
