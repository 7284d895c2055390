package inbound

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

const fromMaja = "Maja Lind <maja@lind.example>"

// digestOf has a digest sent to Maja with a new message of each of several
// merchants, and returns it with the address that answers it.
func (m *market) digestOf(bodies map[string]string) (store.DigestLetter, string) {
	m.t.Helper()
	m.exec(`update members set alert = 'never'`)
	m.exec(`update recipients set outcome = 'read_first', outcome_at = now(), read_at = now() where outcome is null and member_id is not null`)
	m.exec(`update recipients set notification_period = null, notification_id = null`)
	m.exec(`delete from notifications`)
	for _, name := range slices.Sorted(mapsKeys(bodies)) {
		_, err := m.store.OpenConversation(m.t.Context(), tradepost.Opening{
			PartnerID: m.partner.ID, Kind: tradepost.KindService, Service: "Store migration", Body: bodies[name],
			Merchant: tradepost.Merchant{Name: name, Email: strings.ToLower(strings.Fields(name)[0]) + "@shop.example", Role: tradepost.MerchantNoStore},
		}, store.Request{})
		if err != nil {
			m.t.Fatal(err)
		}
	}
	ctx := m.t.Context()
	if _, err := m.store.OpenWindows(ctx, time.Now().Add(time.Hour), 0); err != nil {
		m.t.Fatal(err)
	}
	offered, err := m.store.Offer(ctx, tradepost.Digest, time.Minute, 10)
	if err != nil {
		m.t.Fatal(err)
	}
	var refs []store.Ref
	for _, o := range offered {
		refs = append(refs, o.Ref)
	}
	lease := store.Lease{Owner: uuid.New(), For: time.Minute}
	letters, err := m.store.ClaimDigests(ctx, lease, refs)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, l := range letters {
		err := m.store.Record(ctx, lease.Owner, []store.Attempt{{Ref: l.Ref, Number: l.Attempt, Address: l.To.Address,
			Started: time.Now(), Ended: time.Now(), Verdict: tradepost.Delivered}})
		if err != nil {
			m.t.Fatal(err)
		}
	}
	for _, l := range letters {
		if l.To.ID == m.maja.ID {
			return l, m.sign(tradepost.Token{Purpose: tradepost.DigestToken, Role: tradepost.AuthorMember, Person: m.maja.ID, Subject: l.ID})
		}
	}
	m.t.Fatalf("no digest for Maja among %d", len(letters))
	return store.DigestLetter{}, ""
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// quoted is a digest as a client quotes it, with a text written under the marks
// of some of its items.
func (m *market) quoted(l store.DigestLetter, answers map[string]string) string {
	m.t.Helper()
	r, err := renderDigest(l)
	if err != nil {
		m.t.Fatal(err)
	}
	text := "> " + strings.ReplaceAll(strings.TrimSpace(r.Text), "\n", "\n> ")
	for _, it := range l.Items {
		answer, ok := answers[it.Merchant.Name]
		mark := "[" + m.tokens.Mark(l.ID, it.ConversationID) + "]"
		if !strings.Contains(text, mark) {
			m.t.Fatalf("no mark %s in\n%s", mark, text)
		}
		if ok {
			text = strings.Replace(text, mark, mark+"\n\n"+answer+"\n", 1)
		}
	}
	return "On Mon, 23 Nov 2026 at 09:12, Market <inbox@market.example> wrote:\n" + text
}

// written lists what came by mail, as "MERCHANT: TEXT", sorted.
func (m *market) written() []string {
	m.t.Helper()
	return strings.Split(m.value(`select coalesce(string_agg(mc.name || ': ' || m.body, '|' order by mc.name, m.id), '')
		from messages m join conversations c on c.id = m.conversation_id join merchants mc on mc.id = c.merchant_id
		where m.via = 'email' and m.deleted_at is null`), "|")
}

var three = map[string]string{
	"Ada Berg":     "Could you move 4,200 products before Christmas?",
	"Nadia Rahman": "What would a new theme cost, roughly?",
	"Taro Yamada":  "Our checkout shows yen twice. Can you look at it?",
}

func TestDigestAnsweredUnderItsItems(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	l, to := m.digestOf(three)
	m.server.deliver(t, to, m.reply(fromMaja, to, "Hi, see my answers below.\n\n"+m.quoted(l, map[string]string{
		"Taro Yamada": "Yes, tomorrow.", "Nadia Rahman": "/tag themes, pricing\nAbout 2,000 euros.", "Ada Berg": "/done",
	})))
	m.read(1)
	if d := cmp.Diff([]string{"Nadia Rahman: About 2,000 euros.", "Taro Yamada: Yes, tomorrow."}, m.written()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	e := m.only()
	if e.State != "posted" || e.Answered != 1 {
		t.Errorf("ledger: %+v", e)
	}
	for name, query := range map[string]string{
		"tags":       `select string_agg(name, ' ' order by name) from tags`,
		"mark":       `select k.emoji from marks k`,
		"transcript": `select reason from notifications where kind = 'answer'`,
		"relays":     `select count(*)::text from notifications where kind = 'relay' and state = 'pending'`,
	} {
		want := map[string]string{"tags": "pricing themes", "mark": "✅", "transcript": "transcript", "relays": "2"}[name]
		if got := m.value(query); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestDigestAnsweredOnTop has a place for one text and none for the other, which is
// asked about, chosen, and posted once.
func TestDigestAnsweredOnTop(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	l, to := m.digestOf(three)
	m.server.deliver(t, to, m.reply(fromMaja, to, "We can start in March and it takes two weeks.\n\n"+
		m.quoted(l, map[string]string{"Taro Yamada": "Yes, tomorrow."})))
	m.read(1)
	if d := cmp.Diff([]string{"Taro Yamada: Yes, tomorrow."}, m.written()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	question := m.value(`select detail ->> 'text' from questions where kind = 'conversation'`)
	if question != "We can start in March and it takes two weeks." {
		t.Errorf("asked about %q", question)
	}
	var nadia int64
	for _, it := range l.Items {
		if it.Merchant.Name == "Nadia Rahman" {
			nadia = it.ConversationID
		}
	}
	choose := store.Answering{Role: tradepost.AuthorMember, Person: m.maja.ID, Answer: tradepost.AnswerChoose, ConversationID: nadia, Via: tradepost.ViaWeb}
	if _, err := m.store.AnswerQuestion(t.Context(), 1, choose); err != nil {
		t.Fatal(err)
	}
	m.read(1)
	want := []string{"Nadia Rahman: We can start in March and it takes two weeks.", "Taro Yamada: Yes, tomorrow."}
	if d := cmp.Diff(want, m.written()); d != "" {
		t.Errorf("messages after the choice (-want +got):\n%s", d)
	}
	m.want(m.replay(store.ReplayFilter{}), Left)
	if d := cmp.Diff(want, m.written()); d != "" {
		t.Errorf("messages after a replay (-want +got):\n%s", d)
	}
}

func TestAnswerToADigestWithAFile(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	l, to := m.digestOf(three)
	file := "\n--b\nContent-Type: text/csv; name=prices.csv\nContent-Disposition: attachment; filename=prices.csv\n\na,b\n--b--"
	m.server.deliver(t, to, m.reply(fromMaja, to, "--b\n\n"+m.quoted(l, map[string]string{"Taro Yamada": "Here it is."})+file,
		"Content-Type: multipart/mixed; boundary=b"))
	m.server.deliver(t, to, m.reply(fromMaja, to, "--b\n\n"+m.quoted(l, map[string]string{"Taro Yamada": "Yes.", "Ada Berg": "No."})+file,
		"Content-Type: multipart/mixed; boundary=b"))
	m.read(2)
	if d := cmp.Diff([]string{"Ada Berg: No.", "Taro Yamada: Here it is.", "Taro Yamada: Yes."}, m.written()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if got := m.value(`select string_agg(a.filename || ' ' || m.body, '|') from attachments a join messages m on m.id = a.message_id`); got != "prices.csv Here it is." {
		t.Errorf("files: %q", got)
	}
	if got := m.value(`select detail ->> 'text' from questions`); got != "(prices.csv)" {
		t.Errorf("asked about %q", got)
	}
}

func TestCommandsByMail(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("/tag vip\n/note Wants a discount, and this line was\nwrapped by the mail program.\n\n/mark 😀\n\nGladly, next week.\n\nMaja")
	m.send("/noet Don't tell them that we are late.\n\nHello")
	m.send("/mute")
	to := m.merchantAddress()
	m.server.deliver(t, to, m.reply("ada@shop.example", to, "/block\n\nis what I would like to know about."))
	m.read(4)
	if d := cmp.Diff([]string{"Ada Berg: Gladly, next week.\n\nMaja", "Ada Berg: /block\n\nis what I would like to know about."}, m.written()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if got := m.value(`select string_agg(state || ' ' || reason, ',' order by id) from inbound`); got != "posted ,refused unknown_command,acted ,posted " {
		t.Errorf("states: %q", got)
	}
	if got := m.value(`select body from notes`); got != "Wants a discount, and this line was\nwrapped by the mail program." {
		t.Errorf("note: %q", got)
	}
	if got := m.value(`select detail ->> 'line' from notifications where reason = 'unknown_command'`); !strings.HasPrefix(got, "/noet Don't tell") {
		t.Errorf("told of %q", got)
	}
	// A replay carries nothing out again.
	before := m.value(`select string_agg(t::text, E'\n' order by t::text) from (select * from actions) t`)
	m.want(m.replay(store.ReplayFilter{}), Unchanged, Unchanged, Left, Unchanged)
	if after := m.value(`select string_agg(t::text, E'\n' order by t::text) from (select * from actions) t`); before != after {
		t.Errorf("actions before\n%s\nand after\n%s", before, after)
	}
}

// TestBlockAsksFirst confirms by mail, twice.
func TestBlockAsksFirst(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("/block")
	m.read(1)
	if got := m.value(`select count(*)::text from blocks`); got != "0" {
		t.Fatal("blocked without having asked")
	}
	to := m.sign(tradepost.Token{Purpose: tradepost.QuestionToken, Role: tradepost.AuthorMember, Person: m.maja.ID, Subject: 1})
	m.server.deliver(t, to, m.reply("eve@evil.example", to, "/confirm"))
	m.server.deliver(t, to, m.reply(fromMaja, to, "/approve"))
	m.read(3)
	if got := m.value(`select count(*)::text from blocks`); got != "0" {
		t.Fatal("blocked by somebody else, or by another word")
	}
	for range 2 {
		m.server.deliver(t, to, m.reply(fromMaja, to, "/Confirm\n\nOn Mon, 23 Nov 2026 at 09:12, Market <inbox@market.example> wrote:\n> Block?"))
	}
	m.read(5)
	if got := m.value(`select count(*)::text from blocks`); got != "1" {
		t.Errorf("%s blocks, want 1", got)
	}
	if got := m.value(`select string_agg(state || ' ' || reason, ',' order by id) from inbound`); got != "acted ,held wrong_sender,refused unclear_answer,acted ,refused blocked" {
		t.Errorf("states: %q", got)
	}
	if n := m.count("questions"); n != "1" {
		t.Errorf("%s questions: one about a question never ends", n)
	}
}

// TestWasThisYou lets the owner of an address decide by mail.
func TestWasThisYou(t *testing.T) {
	t.Parallel()
	tests := []struct {
		word   string
		posted bool
		after  string // what becomes of a second mail from the other address
	}{
		{"/approve", true, "held wrong_sender"},
		{"/add", true, "posted "},
		{"/revoke", false, "refused revoked"},
	}
	for _, tt := range tests {
		t.Run(tt.word, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, memoryServer(t))
			to := m.address(m.maja)
			m.server.deliver(t, to, m.reply("Maja <maja@home.example>", to, "From home."))
			m.read(1)
			if got := m.value(`select address from notifications where question_id is not null`); got != m.maja.Email {
				t.Errorf("asked %s", got)
			}
			ask := m.sign(tradepost.Token{Purpose: tradepost.QuestionToken, Role: tradepost.AuthorMember, Person: m.maja.ID, Subject: 1})
			m.server.deliver(t, ask, m.reply(fromMaja, ask, tt.word))
			m.read(2)
			m.read(2) // what was released is judged by the next round
			if posted := len(m.bodies()) == 1; posted != tt.posted {
				t.Errorf("messages: %q", m.bodies())
			}
			m.server.deliver(t, to, m.reply("Maja <maja@home.example>", to, "From home again."))
			m.read(3)
			if got := m.value(`select state || ' ' || reason from inbound order by id desc limit 1`); got != tt.after {
				t.Errorf("the next mail: %q, want %q", got, tt.after)
			}
		})
	}
}

// TestThreading answers a letter whose Reply-To a mail program has ignored.
func TestThreading(t *testing.T) {
	t.Parallel()
	m := newMarket(t, dovecotServer(t))
	m.exec(`update notifications set state = 'sent', finished_at = now(), due_at = null`)
	id := m.value(fmt.Sprintf(`select mail_id from notifications where member_id = %d`, m.maja.ID))
	const inbox = "inbox@" + replyDomain
	pass := "Authentication-Results: mx.reply.test; dmarc=pass header.from="
	m.server.deliver(t, inbox, m.reply(fromMaja, inbox, "Known and vouched for.", "In-Reply-To: "+id, pass+"lind.example"))
	m.server.deliver(t, inbox, m.reply(fromMaja, inbox, "Known, and nobody vouches.", "References: <x@y.example> "+id))
	m.server.deliver(t, inbox, m.reply("eve@evil.example", inbox, "A stranger who knows the id.", "In-Reply-To: "+id, pass+"evil.example"))
	m.server.deliver(t, inbox, m.reply(fromMaja, inbox, "No id.", pass+"lind.example"))
	m.read(4)
	if d := cmp.Diff([]string{"Known and vouched for."}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if got := m.value(`select string_agg(state || ' ' || reason, ',' order by id) from inbound`); got != "posted ,held unauthenticated,refused no_token,refused no_token" {
		t.Errorf("states: %q", got)
	}
}

// TestDeletedConversationLeavesTheMailbox: its mail is expunged wherever it was
// filed, and nothing else is.
func TestDeletedConversationLeavesTheMailbox(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		m.send("Of the conversation.")
		to := m.address(m.maja)
		s.deliver(t, to, m.reply("eve@evil.example", to, "Held, of the conversation."))
		s.deliver(t, "reply+x@"+replyDomain, m.reply(fromMaja, "reply+x@"+replyDomain, "Of none."))
		m.read(3)
		confirmed := tradepost.Command{Verb: tradepost.VerbDelete}
		if _, err := m.store.Act(t.Context(), m.conversation, m.maja.ID, confirmed, 0, tradepost.ViaWeb); err != nil {
			t.Fatal(err)
		}
		question := m.value(`select max(id)::text from questions where kind = 'confirm'`)
		var id int64
		if _, err := fmt.Sscan(question, &id); err != nil {
			t.Fatal(err)
		}
		if _, err := m.store.AnswerQuestion(t.Context(), id, store.Answering{Role: tradepost.AuthorMember, Person: m.maja.ID,
			Answer: tradepost.AnswerConfirm, Via: tradepost.ViaWeb}); err != nil {
			t.Fatal(err)
		}
		r := m.start()
		r.until("it is expunged", func() bool { return m.value(`select count(*)::text from inbound where expunge`) == "0" })
		r.stop()
		if got := s.folder(t, "Processed"); len(got) != 0 {
			t.Errorf("in Processed: %q", got)
		}
		if got := s.folder(t, "Failed"); len(got) != 1 || !strings.Contains(got[0], "Of none.") {
			t.Errorf("in Failed: %q", got)
		}
	})
}
