package inbound

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
)

// TestMailThatCannotBeJudgedKeepsNoOtherBack: whatever fails of ours for one mail,
// and however long, those behind it are posted.
func TestMailThatCannotBeJudgedKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	ask := m.question("/decline", "/block")
	m.exec(`update questions set detail = '{"choices": 1}' where id = 1`) // which is no list
	m.server.deliver(t, ask, m.reply(fromMaja, ask, "/confirm"))
	m.send("After")
	r := m.start()
	r.until("the other is posted", func() bool { return len(m.bodies()) == 1 })
	r.stop()
	if got := m.value(`select state || ' ' || attempts || ' ' || (retry_at > created_at) from inbound where state = 'stored'`); got != "stored 0 true" {
		t.Errorf("the first: %s", got)
	}
}

// question has Maja ask for something that must be confirmed, after other
// commands, and returns the address that confirms it.
func (m *market) question(commands ...string) string {
	m.t.Helper()
	m.send(strings.Join(commands, "\n"))
	m.read(1)
	return m.answerTo(1)
}

// answerTo is the address that answers a question of Maja's.
func (m *market) answerTo(question int64) string {
	m.t.Helper()
	return m.sign(tradepost.Token{Purpose: tradepost.QuestionToken, Role: tradepost.AuthorMember, Person: m.maja.ID, Subject: question})
}

// TestAnswerAndItsMailAreOneStep: what keeps the mail from being finished keeps the
// answer from being given.
func TestAnswerAndItsMailAreOneStep(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	ask := m.question("/block")
	m.exec(`create function stop() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`)
	m.exec(`create trigger stop before update of class on inbound for each row execute function stop()`)
	m.server.deliver(t, ask, m.reply(fromMaja, ask, "/confirm"))
	r := m.start()
	r.until("it was tried", func() bool {
		return m.value(`select count(*)::text from inbound where state = 'stored' and retry_at is not null`) == "1"
	})
	if got := m.value(`select count(*)::text from blocks`); got != "0" {
		t.Error("blocked, and nobody knows by what")
	}
	m.exec(`drop trigger stop on inbound`)
	r.until("it is filed", m.settled(2))
	if got := m.value(`select state || ' ' || reason from inbound order by id desc limit 1`); got != "acted " {
		t.Errorf("the confirmation is %q", got)
	}
	if got := m.value(`select count(*)::text from notifications where reason = 'transcript' and inbound_id = 2`); got != "1" {
		t.Errorf("%s transcripts", got)
	}
}

// TestConfirmedDeletionTakesItsMailAlong: the mail that confirms it quotes what it
// is about.
func TestConfirmedDeletionTakesItsMailAlong(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.question("/delete")
	m.exec(`insert into blocks (partner_id, merchant_id) select partner_id, merchant_id from conversations`) // keeps nobody from deleting
	m.server.deliver(t, m.answerTo(1), m.reply(fromMaja, m.answerTo(1), "/confirm\n\n> Delete the conversation with Ada Berg?"))
	r := m.start()
	r.until("it is expunged", func() bool {
		return m.value(`select count(*)::text from inbound where raw is null and not expunge`) == "2"
	})
	r.stop()
	if got := m.value(`select string_agg(state || ' ' || (raw is null) || ' ' || from_address, ',' order by id) from inbound`); got != "acted true ,acted true " {
		t.Errorf("ledger: %q", got)
	}
	if got := append(m.server.folder(t, "Processed"), m.server.folder(t, "Failed")...); len(got) != 0 {
		t.Errorf("in the mailbox: %q", got)
	}
}

// TestCommandsHoldNoReplyAddress: a note is read by colleagues.
func TestCommandsHoldNoReplyAddress(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	m.send("/note Write to " + to + " instead.")
	m.read(1)
	if got := m.value(`select body from notes`); strings.Contains(got, to) || !strings.HasPrefix(got, "Write to ") {
		t.Errorf("note: %q", got)
	}
}

// TestCommandsAloneAreNoRepetition: marking as done is daily work.
func TestCommandsAloneAreNoRepetition(t *testing.T) {
	t.Parallel()
	none := [32]byte{}
	if r := replyOf(route{}, 1, 0, written{}); r.TextKey != none {
		t.Error("mail without a text counts as the same text again")
	}
	if r := replyOf(route{}, 1, 0, written{body: "Thanks"}); r.TextKey == none {
		t.Error("a text isn't counted")
	}
}

// TestRevokedLetterTellsNothing: whoever knows no more than a Message-ID can't find
// out that the letter was revoked.
func TestRevokedLetterTellsNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t, dovecotServer(t))
	m.exec(`update notifications set state = 'sent', finished_at = now(), due_at = null`)
	id := m.value(`select mail_id from notifications order by id limit 1`)
	if err := m.store.Revoke(t.Context(), m.conversation, "ops"); err != nil {
		t.Fatal(err)
	}
	const inbox = "inbox@" + replyDomain
	m.server.deliver(t, inbox, m.reply("eve@evil.example", inbox, "Hello?", "In-Reply-To: "+id,
		"Authentication-Results: mx.reply.test; dmarc=pass header.from=evil.example"))
	m.read(1)
	if got := m.value(`select state || ' ' || reason from inbound`); got != "refused no_token" {
		t.Errorf("ledger: %s", got)
	}
}

// TestDigestOfRevokedConversations: there is nothing to choose from.
func TestDigestOfRevokedConversations(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	l, to := m.digestOf(three)
	for _, it := range l.Items {
		if err := m.store.Revoke(t.Context(), it.ConversationID, "ops"); err != nil {
			t.Fatal(err)
		}
	}
	m.server.deliver(t, to, m.reply(fromMaja, to, "Which of them?\n\n"+m.quoted(l, nil)))
	m.read(1)
	if got := m.value(`select state || ' ' || reason from inbound`); got != "refused revoked" || m.count("questions") != "0" {
		t.Errorf("ledger: %s, %s questions", got, m.count("questions"))
	}
}

// TestAnswerAboutADigestWithABlockedMerchant: the first of its conversations is not
// the only one.
func TestAnswerAboutADigestWithABlockedMerchant(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	l, to := m.digestOf(three)
	m.server.deliver(t, to, m.reply("maja@home.example", to, m.quoted(l, map[string]string{"Taro Yamada": "Yes, tomorrow.", "Ada Berg": "No."})))
	m.read(1)
	first := m.value(`select detail -> 'choices' -> 0 ->> 'conversation_id' from questions`)
	m.exec(`insert into blocks (partner_id, merchant_id) select partner_id, merchant_id from conversations where id = ` + first)
	ask := m.answerTo(1)
	m.server.deliver(t, ask, m.reply(fromMaja, ask, "/approve"))
	r := m.start()
	r.until("both are filed", func() bool {
		return m.value(`select count(*)::text from inbound where state in ('posted', 'acted')`) == "2"
	})
	r.stop()
	if got := m.written(); !cmp.Equal(got, []string{"Ada Berg: No."}) {
		t.Errorf("messages: %q", got)
	}
}

// TestRefusedAnswerQuotesNothing: the letter that says so names what can be
// answered, and repeats nothing of the mail.
func TestRefusedAnswerQuotesNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	ask := m.question("/block")
	m.server.deliver(t, ask, m.reply(fromMaja, ask, "Our secret price is 12."))
	m.read(2)
	if got := m.value(`select count(*)::text from notifications where reason = 'unclear_answer' and detail ->> 'line' = '/confirm'`); got != "1" {
		t.Errorf("%s letters without a quote", got)
	}
}
