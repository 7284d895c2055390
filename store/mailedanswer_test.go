package store_test

import (
	"errors"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAnswersNameNobodyToStrangers: a letter to an address of neither side doesn't
// say who is on the other one.
func TestAnswersNameNobodyToStrangers(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.exec(`insert into merchant_addresses (merchant_id, address) select merchant_id, 'nadia@home.example' from conversations where id = $1`, conv)
	tests := []struct {
		to     string
		reason tradepost.Reason
		about  string
	}{
		{"eve@evil.example", tradepost.ReasonTokenRevoked, ""},
		{majas, tradepost.ReasonTokenRevoked, "nadia"},
		{"nadia@home.example", tradepost.ReasonTokenRevoked, m.partner.Name},
		{majas, tradepost.ReasonNotMember, m.partner.Name},
	}
	for _, tt := range tests {
		v := store.Verdict{State: store.InboundRefused, Reason: string(tt.reason), ConversationID: conv, AnswerTo: tt.to}
		if err := m.Settle(t.Context(), m.arrived(), store.Reading{From: tt.to}, v); err != nil {
			t.Fatal(err)
		}
		if l := m.answers(); len(l) != 1 || l[0].Address != tt.to || l[0].About != tt.about {
			t.Errorf("%s to %s: about %+v, want %q", tt.reason, tt.to, l, tt.about)
		}
	}
}

// TestChosenTextThatIsRefused: what was posted before stays posted in the ledger,
// and the author is told of both.
func TestChosenTextThatIsRefused(t *testing.T) {
	m := newMarket(t)
	one, two := m.open("nadia"), m.open("bo")
	p := mail(1, m.part(one, "under nadia", "tag hot"))
	p.Ask = &store.Ask{Kind: tradepost.QuestionConversation, Role: tradepost.AuthorMember, Person: m.maja(),
		QuestionDetail: store.QuestionDetail{Text: "rest", Choices: []store.Choice{{ConversationID: two}}}}
	in := m.arrived()
	m.post(in, p)
	m.answers()
	if err := m.reply(m.question(), tradepost.AnswerChoose, two); err != nil {
		t.Fatal(err)
	}
	chosen := m.part(two, "rest")
	chosen.Chosen, chosen.Refused = true, tradepost.ReasonTokenRevoked
	if got := m.post(m.next(), mail(1, m.part(one, "under nadia", "tag hot"), chosen)); got.State != store.InboundPosted {
		t.Errorf("%+v", got)
	}
	if got := m.ledger(in.Ref); got != "posted 1" {
		t.Error(got)
	}
	letters := m.answers()
	if told(letters) != "transcript to "+majas || letters[0].Transcript.Parts[0].Refused != tradepost.ReasonTokenRevoked {
		t.Errorf("%+v", letters)
	}
}

// TestAnswerByMail finishes the mail with what its answer came to.
func TestAnswerByMail(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.held(conv)
	m.answers()
	a := store.Answering{Role: tradepost.AuthorMember, Person: m.maja(), Answer: tradepost.AnswerRevoke, Via: tradepost.ViaEmail}
	v := store.Verdict{ConversationID: conv, AnswerTo: majas}
	var first store.Inbound
	for i, want := range []string{"acted", "acted", "refused closed"} {
		in := m.arrived()
		if i == 0 {
			first = in
		}
		if i == 2 {
			a.Person++ // not whom it was asked
		}
		got, err := m.AnswerByMail(t.Context(), in, store.Reading{From: majas}, m.question(), a, v)
		if err != nil || m.ledger(in.Ref) != want+" 0" || (got.AnswerTo == "") != (i < 2) {
			t.Errorf("%d: %+v, %s, %v", i, got, m.ledger(in.Ref), err)
		}
	}
	if got := told(m.answers()); got != "closed to "+majas {
		t.Error(got)
	}
	if _, err := m.AnswerByMail(t.Context(), first, store.Reading{}, m.question(), a, v); !errors.Is(err, store.ErrOvertaken) {
		t.Error(err)
	}
}
