package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// arrive puts a mail into the ledger.
func (m *market) arrive() {
	m.t.Helper()
	uid := uint32(m.number(`select coalesce(max(uid), 0) + 1 from inbound`))
	err := m.StoreRaw(m.t.Context(), store.Raw{MailboxID: m.box(), UIDValidity: 7, UID: uid, ReceivedAt: time.Now(),
		Size: 3, Content: strings.NewReader("a:b"), Length: 3})
	if err != nil {
		m.t.Fatal(err)
	}
}

// box is the mailbox that mail arrives in.
func (m *market) box() int64 {
	m.t.Helper()
	box, _, err := m.LeaseMailbox(m.t.Context(), "replies@host/INBOX", m.owner, time.Minute)
	if err != nil {
		m.t.Fatal(err)
	}
	return box.ID
}

// next is the mail that is to be judged.
func (m *market) next() store.Inbound {
	m.t.Helper()
	in, err := m.NextInbound(m.t.Context(), m.box())
	if err != nil {
		m.t.Fatal(err)
	}
	return in
}

// arrived is a mail that has just come in, to be judged.
func (m *market) arrived() store.Inbound {
	m.t.Helper()
	m.arrive()
	return m.next()
}

const (
	majas   = "maja@11.example"
	reading = "<one@11.example>"
)

// maja is the member that mail comes from, oskar her colleague.
func (m *market) maja() int64 { return m.partner.Members[0].ID }

// part is what maja writes to one conversation.
func (m *market) part(conversation int64, body string, commands ...string) store.Reply {
	r := store.Reply{ConversationID: conversation, Role: tradepost.AuthorMember, Person: m.maja(), Through: 1 << 40, Body: body}
	for _, c := range commands {
		r.Commands = append(r.Commands, command(c))
	}
	return r
}

// mail is one of hers, told apart from others by n.
func mail(n byte, replies ...store.Reply) store.Posting {
	return store.Posting{Replies: replies, Fingerprint: [32]byte{n}, Sender: majas, Tell: true}
}

func (m *market) post(in store.Inbound, p store.Posting) store.Posted {
	m.t.Helper()
	posted, err := m.PostReply(m.t.Context(), in, store.Reading{MailID: reading, From: p.Sender}, p)
	if err != nil {
		m.t.Fatal(err)
	}
	return posted
}

// bodies are what members wrote into a conversation.
func (m *market) bodies(conversation int64) string {
	m.t.Helper()
	return m.value(`select coalesce(string_agg(body, '|' order by id), '') from messages
		where conversation_id = $1 and author = 'member' and deleted_at is null`, conversation)
}

// ledger is what the ledger says of a mail: state, reason, and how many messages it has.
func (m *market) ledger(in store.Ref) string {
	m.t.Helper()
	list, err := m.Ledger(m.t.Context(), store.LedgerFilter{IDs: []int64{in.ID}})
	if err != nil || len(list) != 1 {
		m.t.Fatal(list, err)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", list[0].State, list[0].Reason)) + fmt.Sprintf(" %d", len(list[0].Messages))
}

// answers claims the answers that are due, and marks them as sent.
func (m *market) answers() []store.AnswerLetter {
	m.t.Helper()
	letters, err := m.ClaimAnswers(m.t.Context(), m.lease(), m.offered()[tradepost.Answer])
	if err != nil {
		m.t.Fatal(err)
	}
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Delivered)
	}
	return letters
}

// told lists answers as "reason to address".
func told(letters []store.AnswerLetter) string {
	var list []string
	for _, l := range letters {
		list = append(list, l.Reason+" to "+l.Address)
	}
	return strings.Join(list, ", ")
}

func TestOneMailToSeveralConversations(t *testing.T) {
	m := newMarket(t)
	one, two, three := m.open("nadia"), m.open("bo"), m.open("chen")
	in := m.arrived()
	got := m.post(in, mail(1, m.part(one, "to nadia"), m.part(two, "", "done"), m.part(three, "to chen", "tag hot")))
	if got.State != store.InboundPosted || got.Reason != "" {
		t.Errorf("%+v", got)
	}
	want := []tradepost.TranscriptPart{
		{ConversationID: one, Posted: true},
		{ConversationID: two, Results: []tradepost.CommandResult{{Command: command("done"), State: tradepost.CommandDone}}},
		{ConversationID: three, Posted: true, Results: []tradepost.CommandResult{{Command: command("tag hot"), State: tradepost.CommandDone}}},
	}
	if d := cmp.Diff(want, got.Transcript.Parts); d != "" {
		t.Error(d)
	}
	if a, b, c := m.bodies(one), m.bodies(two), m.bodies(three); a != "to nadia" || b != "" || c != "to chen" {
		t.Errorf("posted %q, %q and %q", a, b, c)
	}
	if got := m.ledger(in.Ref); got != "posted 2" {
		t.Error(got)
	}
	if n := m.number(`select count(*) from notifications where kind = 'relay'`); n != 2 {
		t.Errorf("%d relays of 2", n)
	}
	letters := m.answers()
	if told(letters) != "transcript to "+majas {
		t.Fatal(told(letters))
	}
	if l := letters[0]; cmp.Diff(want, l.Transcript.Parts) != "" || l.Person.ID != m.maja() || len(l.Matters) != 3 || l.Matters[two].Merchant.Name != "bo" {
		t.Errorf("%+v", l)
	}
	r, err := m.Replayable(t.Context(), in.Ref)
	if err != nil || len(r.Messages) != 2 || r.Message.ID != r.Messages[0].ID || r.Message.ConversationID != one {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestRefusedParts(t *testing.T) {
	m := newMarket(t)
	open, blocked, deleted := m.open("nadia"), m.open("bo"), m.open("chen")
	other := m.addPartner("Elsewhere", "ida")
	theirs, err := m.OpenConversation(t.Context(), opening(other.ID, "dana"), store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	m.exec(`insert into blocks (partner_id, merchant_id) select partner_id, merchant_id from conversations where id = $1`, blocked)
	m.exec(`update conversations set deleted_at = now() where id = $1`, deleted)

	var parts []store.Reply
	for _, c := range []int64{blocked, deleted, theirs, 999_999} {
		parts = append(parts, m.part(c, "not to be seen", "tag x"))
	}
	in := m.arrived()
	got := m.post(in, mail(1, append(parts, m.part(open, "hello"))...))
	var reasons []tradepost.Reason
	for _, p := range got.Transcript.Parts {
		reasons = append(reasons, p.Refused)
		if p.Posted != (p.ConversationID == open) || p.Results != nil {
			t.Errorf("%+v", p)
		}
	}
	want := []tradepost.Reason{tradepost.ReasonRefusedBlocked, tradepost.ReasonClosed, tradepost.ReasonNotMember, tradepost.ReasonClosed, ""}
	if d := cmp.Diff(want, reasons); d != "" {
		t.Error(d)
	}
	if got.State != store.InboundPosted || m.ledger(in.Ref) != "posted 1" || told(m.answers()) != "transcript to "+majas {
		t.Errorf("%+v, %s", got, m.ledger(in.Ref))
	}

	in = m.arrived()
	got = m.post(in, mail(2, parts...))
	if got.State != store.InboundRefused || got.Reason != tradepost.ReasonRefusedBlocked || m.ledger(in.Ref) != "refused blocked 0" {
		t.Errorf("%+v, %s", got, m.ledger(in.Ref))
	}
	if got := told(m.answers()); got != "blocked to "+majas {
		t.Errorf("told %q", got)
	}
	if posted, err := m.PostedBefore(t.Context(), [32]byte{2}); err != nil || posted {
		t.Errorf("the fingerprint of a refused mail is kept: %v", err)
	}
	if n := m.number(`select count(*) from messages where body = 'not to be seen'`); n != 0 {
		t.Errorf("%d messages in conversations that refuse", n)
	}
	if n := m.number(`select count(*) from tags`); n != 0 {
		t.Errorf("%d tags of commands in conversations that refuse", n)
	}
}

func TestRefusalOfWhoLeft(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.exec(`update members set removed_at = now() where id = $1`, m.maja())
	p := mail(1, m.part(conv, "still here"))
	p.Tell = false
	if got := m.post(m.arrived(), p); got.State != store.InboundRefused || got.Reason != tradepost.ReasonNotMember {
		t.Errorf("%+v", got)
	}
	c, _, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	merchant := store.Reply{ConversationID: conv, Role: tradepost.AuthorMerchant, Person: c.Merchant.ID + 1, Body: "not mine",
		Commands: []tradepost.Command{command("done")}}
	if got := m.post(m.arrived(), store.Posting{Replies: []store.Reply{merchant}, Fingerprint: [32]byte{2}}); got.Reason != tradepost.ReasonClosed {
		t.Errorf("%+v", got)
	}
	merchant.Person = c.Merchant.ID
	got := m.post(m.arrived(), store.Posting{Replies: []store.Reply{merchant}, Fingerprint: [32]byte{3}})
	if got.State != store.InboundPosted || got.Transcript.Parts[0].Results != nil {
		t.Errorf("a merchant's command was carried out: %+v", got)
	}
	if a := m.answers(); len(a) != 0 {
		t.Errorf("told %s", told(a))
	}
}

func TestCommandsAlone(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	in := m.arrived()
	if got := m.post(in, mail(1, m.part(conv, "", "done"))); got.State != store.InboundActed {
		t.Errorf("%+v", got)
	}
	if got := m.ledger(in.Ref); got != "acted 0" {
		t.Error(got)
	}
	// Nothing of it is done a second time, by whichever way it comes again.
	again := m.arrived()
	if got := m.post(again, mail(1, m.part(conv, "", "done"))); got.State != store.InboundDuplicate {
		t.Errorf("a copy: %+v", got)
	}
	r, err := m.Replayable(t.Context(), in.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.post(r.Inbound, mail(9, m.part(conv, "text", "unmark"))); got.State != store.InboundActed || got.Transcript.Parts != nil {
		t.Errorf("replayed: %+v", got)
	}
	if n := m.number(`select count(*) from actions`); n != 1 {
		t.Errorf("%d actions", n)
	}
	if got := told(m.answers()); got != "transcript to "+majas {
		t.Error(got)
	}
	m.age(400 * day)
	if n := m.shred(90, 10); n != 2 {
		t.Errorf("%d mails shredded of 2", n)
	}
}

func TestAnEmptyMailIsRefused(t *testing.T) {
	m := newMarket(t)
	in := m.arrived()
	if got := m.post(in, mail(1, m.part(m.open("nadia"), ""))); got.State != store.InboundRefused || got.Reason != tradepost.ReasonEmptyMail {
		t.Errorf("%+v", got)
	}
}

func TestFilesOfSeveralParts(t *testing.T) {
	m := newMarket(t)
	one, two := m.open("nadia"), m.open("bo")
	a, b := m.part(one, "a"), m.part(two, "")
	a.Files = []tradepost.Attachment{tradepost.NewAttachment("same.txt", "text/plain", []byte("first"))}
	b.Files = []tradepost.Attachment{tradepost.NewAttachment("same.txt", "text/plain", []byte("second"))}
	m.post(m.arrived(), mail(1, a, b))
	for conv, want := range map[int64]int64{one: 5, two: 6} {
		if size := m.number(`select a.size from attachments a join messages m on m.id = a.message_id where m.conversation_id = $1`, conv); size != want {
			t.Errorf("%d octets of %d", size, want)
		}
		_, messages, err := m.Conversation(t.Context(), conv)
		if err != nil {
			t.Fatal(err)
		}
		f, content, err := m.Attachment(t.Context(), messages[len(messages)-1].Files[0].ID)
		if err != nil || f.Filename != "same.txt" {
			t.Fatal(f, err)
		}
		content.Close()
	}
}

// TestCopiesAtOnce: of copies that are judged at once, one is posted.
func TestCopiesAtOnce(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	var all []store.Inbound
	for range 6 {
		in := m.arrived()
		all = append(all, in)
		m.exec(`update inbound set retry_at = now() + interval '1 hour' where id = $1`, in.ID)
	}
	var wg sync.WaitGroup
	for _, in := range all {
		wg.Go(func() {
			if _, err := m.PostReply(t.Context(), in, store.Reading{}, mail(1, m.part(conv, "once"))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := m.bodies(conv); got != "once" {
		t.Error(got)
	}
}

func TestRetryLater(t *testing.T) {
	m := newMarket(t)
	in := m.arrived()
	temporary := tradepost.Authentication{Result: tradepost.AuthenticationTemporary, By: "own", Domain: "11.example"}
	if err := m.RetryLater(t.Context(), in.Ref, time.Hour, &temporary); err != nil {
		t.Fatal(err)
	}
	if _, err := m.NextInbound(t.Context(), m.box()); err == nil {
		t.Fatal("mail that waits is judged")
	}
	m.exec(`update inbound set retry_at = now()`)
	in = m.next()
	if in.Attempts != 1 || in.Authentication == nil || *in.Authentication != temporary {
		t.Fatalf("%+v", in)
	}
	pass := tradepost.Authentication{Result: tradepost.AuthenticationPass, By: "own", Domain: "11.example"}
	fail := tradepost.Authentication{Result: tradepost.AuthenticationFail}
	trust := &store.Trust{Evidence: tradepost.Evidence{Token: tradepost.TokenGood}, Ruling: tradepost.Ruling{Action: tradepost.TrustHold}, Person: 7}
	for _, a := range []*tradepost.Authentication{&pass, nil, &fail} {
		if err := m.Settle(t.Context(), in, store.Reading{Authentication: a, Trust: trust}, store.Verdict{State: store.InboundHeld, Reason: "wrong_sender"}); err != nil {
			t.Fatal(err)
		}
		r, err := m.Replayable(t.Context(), in.Ref)
		if err != nil || *r.Authentication != pass {
			t.Errorf("%+v is not what was found first, %v", r.Authentication, err)
		}
		in = r.Inbound
	}
	list, err := m.Ledger(t.Context(), store.LedgerFilter{States: []store.InboundState{store.InboundHeld}})
	if err != nil || len(list) != 1 || *list[0].Authentication != pass || *list[0].Trust != *trust {
		t.Errorf("%+v, %v", list, err)
	}
}
