package store_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// held holds a mail for its sender, and asks maja whether it was hers.
func (m *market) held(conversation int64, change ...func(*store.Ask)) store.Inbound {
	m.t.Helper()
	in := m.arrived()
	ask := &store.Ask{Kind: tradepost.QuestionSender, Role: tradepost.AuthorMember, Person: m.maja(), ConversationID: conversation,
		QuestionDetail: store.QuestionDetail{Reason: tradepost.ReasonWrongSender, From: "maja@home.example", MayAdd: true}}
	for _, f := range change {
		f(ask)
	}
	v := store.Verdict{State: store.InboundHeld, Reason: string(tradepost.ReasonWrongSender), ConversationID: conversation, Ask: ask}
	if err := m.Settle(m.t.Context(), in, store.Reading{From: "maja@home.example"}, v); err != nil {
		m.t.Fatal(err)
	}
	return in
}

// question is the one that was asked last.
func (m *market) question() int64 { return m.number(`select coalesce(max(id), 0) from questions`) }

func (m *market) reply(question int64, answer tradepost.QuestionAnswer, conversation ...int64) error {
	a := store.Answering{Role: tradepost.AuthorMember, Person: m.maja(), Answer: answer, Via: tradepost.ViaWeb}
	if len(conversation) > 0 {
		a.ConversationID = conversation[0]
	}
	_, err := m.AnswerQuestion(m.t.Context(), question, a)
	return err
}

func TestApprove(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	held := m.held(conv)
	letters := m.answers()
	if told(letters) != "ask_sender to "+majas {
		t.Fatal(told(letters))
	}
	l := letters[0]
	if l.Question == nil || l.Question.ID != m.question() || l.Question.From != "maja@home.example" || l.Matters[conv].Merchant.Name != "nadia" ||
		l.About != "nadia" || l.Person.Name != "maja" {
		t.Errorf("%+v", l)
	}
	if list, err := m.Ledger(t.Context(), store.LedgerFilter{From: "Maja@home.example", ConversationID: conv}); err != nil ||
		len(list) != 1 || list[0].Question == nil || list[0].Question.Kind != tradepost.QuestionSender {
		t.Errorf("%+v, %v", list, err)
	}
	if err := m.reply(m.question(), tradepost.AnswerApprove); err != nil {
		t.Fatal(err)
	}
	in := m.next()
	if in.ID != held.ID || in.Attempts != 1 || in.Release == nil || *in.Release != (store.Release{By: "owner", Sender: true}) {
		t.Fatalf("%+v", in)
	}
	if got := m.post(in, mail(1, m.part(conv, "it was me"))); got.State != store.InboundPosted {
		t.Errorf("%+v", got)
	}
	if err := m.reply(m.question(), tradepost.AnswerApprove); !errors.Is(err, store.ErrQuestionAnswered) {
		t.Error(err)
	}
	q, err := m.Question(t.Context(), m.question())
	if err != nil || q.Answer != tradepost.AnswerApprove || q.AnsweredAt.IsZero() || q.Inbound != in.Ref {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestAddAddress(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.held(conv, func(a *store.Ask) { a.MayAdd = false })
	if err := m.reply(m.question(), tradepost.AnswerAddAddress); !errors.Is(err, tradepost.ErrRefused) {
		t.Errorf("an address that may not be added: %v", err)
	}
	m.held(conv)
	if err := m.reply(m.question(), tradepost.AnswerAddAddress); err != nil {
		t.Fatal(err)
	}
	a, now, err := m.Standing(t.Context(), tradepost.AuthorMember, m.maja(), conv)
	if err != nil || now != tradepost.AccessOpen || len(a.Addresses) != 2 || a.Person.Address != majas {
		t.Errorf("%+v, %s, %v", a, now, err)
	}
	m.post(m.next(), mail(1, m.part(conv, "it was me")))
	c := a.Conversation
	m.held(conv, func(a *store.Ask) { a.Role, a.Person = tradepost.AuthorMerchant, c.Merchant.ID })
	if got := told(m.answers()); !strings.HasSuffix(got, "ask_sender to nadia@shop.example") {
		t.Error(got)
	}
	_, err = m.AnswerQuestion(t.Context(), m.question(), store.Answering{Role: tradepost.AuthorMerchant, Person: c.Merchant.ID,
		Answer: tradepost.AnswerAddAddress, Via: tradepost.ViaEmail})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.PersonAddresses(t.Context(), tradepost.AuthorMerchant, c.Merchant.ID); err != nil || len(got) != 2 {
		t.Error(got, err)
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	sender := tradepost.AnswerApprove
	for _, c := range []struct {
		name   string
		before string // SQL; $1 is the conversation
		answer tradepost.QuestionAnswer
		want   error
	}{
		{"fits", "", sender, nil},
		{"another kind of answer", "", tradepost.AnswerConfirm, tradepost.ErrRefused},
		{"no choice", "", tradepost.AnswerChoose, tradepost.ErrRefused},
		{"an unknown answer", "", "yes", tradepost.ErrRefused},
		{"too late", `update questions set expires_at = now() where conversation_id = $1`, sender, store.ErrQuestionExpired},
		{"shredded", `update inbound set raw = null, raw_shredded_at = now() where conversation_id = $1`, sender, tradepost.ErrRefused},
		{"dealt with", `update inbound set state = 'refused' where conversation_id = $1`, sender, tradepost.ErrRefused},
		{"dealt with, revoked", `update inbound set state = 'refused' where conversation_id = $1`, tradepost.AnswerRevoke, tradepost.ErrRefused},
		{"left", `update members set removed_at = now() from conversations c where c.id = $1`, sender, tradepost.ErrRefused},
		{"deleted", `update conversations set deleted_at = now() where id = $1`, sender, tradepost.ErrRefused},
		{"blocked", `insert into blocks (partner_id, merchant_id) select partner_id, merchant_id from conversations where id = $1`, sender, tradepost.ErrRefused},
		{"another person's", `update questions set member_id = member_id + 1 where conversation_id = $1`, sender, tradepost.ErrNotFound},
		{"another side's", `update questions set merchant_id = member_id, member_id = null where conversation_id = $1`, sender, tradepost.ErrNotFound},
		{"none", `with n as (delete from notifications where question_id is not null) delete from questions where conversation_id = $1`, sender, tradepost.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			conv := m.open("nadia")
			m.held(conv)
			id := m.question()
			if c.before != "" {
				m.exec(c.before, conv)
			}
			state := m.value(`select state from inbound`)
			err := m.reply(id, c.answer)
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if c.want == nil {
				return
			}
			if got := m.value(`select state from inbound`); got != state || m.number(`select count(*) from revocations`) != 0 {
				t.Errorf("the mail is %s, was %s", got, state)
			}
			if n := m.number(`select count(*) from questions where answered_at is not null`); n != 0 {
				t.Error("the question is answered")
			}
		})
	}
}

func TestQuestionsAreBounded(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.Budgets.Questions = 2 })
	conv := m.open("nadia")
	for range 5 {
		m.held(conv)
	}
	if got := m.number(`select count(*) from questions`); got != 2 {
		t.Errorf("%d questions", got)
	}
	oskar := m.partner.Members[1].ID
	m.held(conv, func(a *store.Ask) { a.Person = oskar })
	if got := m.number(`select count(*) from questions where member_id = $1`, oskar); got != 1 {
		t.Error("oskar is not asked for what maja was")
	}
	m.exec(`update questions set created_at = created_at - interval '25 hours'`)
	m.held(conv)
	if got := m.number(`select count(*) from questions where member_id = $1`, m.maja()); got != 3 {
		t.Errorf("%d questions on the next day", got)
	}
}

func TestOneQuestionAMail(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	held := m.held(conv)
	for range 2 {
		r, err := m.Replayable(t.Context(), held.Ref)
		if err != nil {
			t.Fatal(err)
		}
		ask := &store.Ask{Kind: tradepost.QuestionSender, Role: tradepost.AuthorMember, Person: m.maja(), ConversationID: conv}
		if err := m.Settle(t.Context(), r.Inbound, store.Reading{}, store.Verdict{State: store.InboundHeld, Reason: "wrong_sender", Ask: ask}); err != nil {
			t.Fatal(err)
		}
	}
	if got := told(m.answers()); got != "ask_sender to "+majas {
		t.Error(got)
	}
	// What was answered, or can't be any more, is not asked.
	m.held(conv)
	if err := m.reply(m.question(), tradepost.AnswerRevoke); err != nil {
		t.Fatal(err)
	}
	m.held(conv)
	m.exec(`update questions set expires_at = now()`)
	if got := told(m.answers()); got != "" {
		t.Error(got)
	}
}

func TestWhichConversation(t *testing.T) {
	m := newMarket(t)
	one, two := m.open("nadia"), m.open("bo")
	ask := &store.Ask{Kind: tradepost.QuestionConversation, Role: tradepost.AuthorMember, Person: m.maja(), QuestionDetail: store.QuestionDetail{
		Text: "and this?", Choices: []store.Choice{{ConversationID: one, Through: 11}, {ConversationID: two, Through: 12}}}}
	p := mail(1, m.part(one, "under nadia", "tag hot"))
	p.Ask = ask
	in := m.arrived()
	if got := m.post(in, p); got.State != store.InboundPosted {
		t.Fatalf("%+v", got)
	}
	letters := m.answers()
	if told(letters) != "ask_conversation to "+majas+", transcript to "+majas || len(letters[0].Matters) != 2 {
		t.Errorf("%s", told(letters))
	}
	if err := m.reply(m.question(), tradepost.AnswerChoose, 77); !errors.Is(err, tradepost.ErrRefused) {
		t.Error(err)
	}
	if err := m.reply(m.question(), tradepost.AnswerChoose, one); err != nil {
		t.Fatal(err)
	}
	again := m.next()
	if again.ID != in.ID || again.Release.Choice != (store.Choice{ConversationID: one, Through: 11}) {
		t.Fatalf("%+v", again.Release)
	}
	chosen := m.part(one, "and this?")
	chosen.Chosen = true
	if got := m.post(again, mail(1, m.part(one, "under nadia", "tag hot"), chosen)); got.State != store.InboundPosted || len(got.Transcript.Parts) != 1 {
		t.Errorf("%+v", got)
	}
	if got := m.bodies(one); got != "under nadia|and this?" {
		t.Error(got)
	}
	if got := m.ledger(in.Ref); got != "posted 2" || m.number(`select count(*) from actions`) != 1 {
		t.Error(got)
	}
}

func TestTextThatNobodyIsAskedAbout(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.Budgets.Questions = 1 })
	one, two := m.open("nadia"), m.open("bo")
	asked := mail(9)
	asked.Ask = &store.Ask{Kind: tradepost.QuestionConversation, Role: tradepost.AuthorMember, Person: m.maja()}
	m.post(m.arrived(), asked)
	p := mail(1, m.part(one, "under nadia"))
	p.Ask = &store.Ask{Kind: tradepost.QuestionConversation, Role: tradepost.AuthorMember, Person: m.maja()}
	in := m.arrived()
	if got := m.post(in, p); got.State != store.InboundHeld || got.Reason != tradepost.ReasonAmbiguous {
		t.Errorf("%+v", got)
	}
	if got := m.ledger(in.Ref); got != "held ambiguous 1" || m.bodies(one) != "under nadia" {
		t.Error(got)
	}
	if err := m.ReleaseHeld(t.Context(), in.ID, store.Release{By: "ops", Choice: store.Choice{ConversationID: two}}); err != nil {
		t.Fatal(err)
	}
	chosen := m.part(two, "rest")
	chosen.Chosen = true
	m.post(m.next(), mail(1, m.part(one, "under nadia"), chosen))
	if got := m.ledger(in.Ref); got != "posted 2" || m.bodies(one) != "under nadia" || m.bodies(two) != "rest" {
		t.Error(got, m.bodies(one), m.bodies(two))
	}
}

func TestQuestionAlone(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	p := mail(1)
	p.Ask = &store.Ask{Kind: tradepost.QuestionConversation, Role: tradepost.AuthorMember, Person: m.maja(),
		QuestionDetail: store.QuestionDetail{Choices: []store.Choice{{ConversationID: conv}}}}
	in := m.arrived()
	if got := m.post(in, p); got.State != store.InboundActed || m.ledger(in.Ref) != "acted 0" {
		t.Errorf("%+v", got)
	}
	if err := m.reply(m.question(), tradepost.AnswerChoose, conv); err != nil {
		t.Fatal(err)
	}
	chosen := m.part(conv, "here")
	chosen.Chosen = true
	if got := m.post(m.next(), mail(1, chosen)); got.State != store.InboundPosted || m.bodies(conv) != "here" {
		t.Errorf("%+v, %q", got, m.bodies(conv))
	}
}

// TestWebAndMailAtOnce: of several answers one counts.
func TestWebAndMailAtOnce(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.held(conv)
	id := m.question()
	answers := []tradepost.QuestionAnswer{tradepost.AnswerApprove, tradepost.AnswerRevoke, tradepost.AnswerAddAddress, tradepost.AnswerApprove}
	var counted atomic.Int32
	var wg sync.WaitGroup
	for _, a := range answers {
		wg.Go(func() {
			err := m.reply(id, a)
			if err == nil {
				counted.Add(1)
			} else if !errors.Is(err, store.ErrQuestionAnswered) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if counted.Load() != 1 {
		t.Errorf("%d answers count", counted.Load())
	}
}

// TestAReleaseOvertakesTheJudgement: what was decided while a mail was being
// judged is not lost with that judgement.
func TestAReleaseOvertakesTheJudgement(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	in := m.held(conv)
	if err := m.ReleaseHeld(t.Context(), in.ID, store.Release{By: "ops", Breakers: true}); err != nil {
		t.Fatal(err)
	}
	judging := m.next()
	if err := m.reply(m.question(), tradepost.AnswerApprove); err != nil {
		t.Fatal(err)
	}
	err := m.Settle(t.Context(), judging, store.Reading{}, store.Verdict{State: store.InboundHeld, Reason: "wrong_sender"})
	if !errors.Is(err, store.ErrOvertaken) {
		t.Fatal(err)
	}
	if got := *m.next().Release; got != (store.Release{By: "owner", Sender: true, Breakers: true}) {
		t.Errorf("%+v", got)
	}
}

func TestReleaseHeld(t *testing.T) {
	m := newMarket(t)
	in := m.held(m.open("nadia"))
	if err := m.ReleaseHeld(t.Context(), 999, store.Release{By: "ops"}); !errors.Is(err, tradepost.ErrNotFound) {
		t.Error(err)
	}
	if err := m.ReleaseHeld(t.Context(), in.ID, store.Release{By: "ops", Sender: true}); err != nil {
		t.Error(err)
	}
	if err := m.ReleaseHeld(t.Context(), in.ID, store.Release{By: "ops"}); !errors.Is(err, tradepost.ErrRefused) {
		t.Errorf("released what is not held: %v", err)
	}
	if got := m.next().Release; got == nil || got.By != "ops" {
		t.Errorf("%+v", got)
	}
	gone := m.held(m.open("bo"))
	m.exec(`update inbound set raw = null, raw_shredded_at = now() where id = $1`, gone.ID)
	if err := m.ReleaseHeld(t.Context(), gone.ID, store.Release{By: "ops"}); !errors.Is(err, tradepost.ErrRefused) {
		t.Error(err)
	}
}
