package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// TestNothingIsPostedTwice judges one mail again and again, after whatever
// answers, releases and replays: each of its texts is in its conversation once at
// most, and no command runs twice.
func TestNothingIsPostedTwice(t *testing.T) {
	m := newMarket(t)
	convs := []int64{m.open("nadia"), m.open("bo"), m.open("chen")}
	var n byte
	rapid.Check(t, func(rt *rapid.T) {
		n++
		tag := fmt.Sprintf("tag t%d", n)
		texts := make([]string, len(convs))
		var parts []store.Reply
		for i, c := range convs {
			if rapid.Bool().Draw(rt, "writes") {
				texts[i] = fmt.Sprintf("%d to %d", n, i)
				parts = append(parts, m.part(c, texts[i], tag))
			}
		}
		rest := fmt.Sprintf("%d rest", n)
		waits := rapid.Bool().Draw(rt, "waits") || len(parts) == 0
		in := m.arrived()
		choices := []store.Choice{{ConversationID: convs[0]}, {ConversationID: convs[2]}}
		judge := func(in store.Inbound) {
			p := mail(n, parts...)
			p.Fingerprint[1] = byte(rapid.IntRange(0, 1).Draw(rt, "reader"))
			switch r := in.Release; {
			case rapid.IntRange(0, 3).Draw(rt, "hold") == 0:
				ask := &store.Ask{Kind: tradepost.QuestionSender, Role: tradepost.AuthorMember, Person: m.maja(), ConversationID: convs[0]}
				v := store.Verdict{State: store.InboundHeld, Reason: "wrong_sender", ConversationID: convs[0], Ask: ask}
				if err := m.Settle(m.t.Context(), in, store.Reading{}, v); err != nil {
					rt.Fatal(err)
				}
				return
			case r != nil && r.Choice.ConversationID != 0:
				chosen := m.part(r.Choice.ConversationID, rest)
				chosen.Chosen = true
				p.Replies = append(p.Replies, chosen)
			case waits:
				p.Ask = &store.Ask{Kind: tradepost.QuestionConversation, Role: tradepost.AuthorMember, Person: m.maja(),
					QuestionDetail: store.QuestionDetail{Text: rest, Choices: choices}}
			}
			if _, err := m.PostReply(m.t.Context(), in, store.Reading{}, p); err != nil {
				rt.Fatal(err)
			}
		}
		judge(in)
		for range rapid.IntRange(1, 6).Draw(rt, "decisions") {
			r, err := m.Replayable(m.t.Context(), in.Ref)
			if err != nil {
				rt.Fatal(err)
			}
			ledger, err := m.Ledger(m.t.Context(), store.LedgerFilter{IDs: []int64{in.ID}})
			if err != nil {
				rt.Fatal(err)
			}
			switch rapid.SampledFrom([]string{"answer", "release", "replay"}).Draw(rt, "decision") {
			case "answer":
				if q := ledger[0].Question; q != nil {
					answer := rapid.SampledFrom([]tradepost.QuestionAnswer{tradepost.AnswerApprove, tradepost.AnswerRevoke, tradepost.AnswerChoose}).Draw(rt, "answer")
					err = m.reply(q.ID, answer, rapid.SampledFrom(choices).Draw(rt, "choice").ConversationID)
					if err != nil && !errors.Is(err, tradepost.ErrRefused) && !errors.Is(err, store.ErrQuestionAnswered) {
						rt.Fatal(err)
					}
				}
			case "release":
				release := store.Release{By: "ops", Sender: rapid.Bool().Draw(rt, "sender"), Breakers: rapid.Bool().Draw(rt, "breakers")}
				if err := m.ReleaseHeld(m.t.Context(), in.ID, release); err != nil && !errors.Is(err, tradepost.ErrRefused) {
					rt.Fatal(err)
				}
			default:
				if r.State != store.InboundStored && r.State != store.InboundPosted {
					judge(r.Inbound)
				}
			}
			if next, err := m.NextInbound(m.t.Context(), m.box()); err == nil {
				judge(next)
			} else if !errors.Is(err, tradepost.ErrNotFound) {
				rt.Fatal(err)
			}
		}
		for i, text := range slices.Concat(texts, []string{rest}) {
			if k := m.number(`select count(*) from messages where body = $1`, text); text != "" && k > 1 {
				rt.Errorf("%q stands there %d times", text, k)
			} else if i < len(convs) && k == 1 && m.number(`select conversation_id from messages where body = $1`, text) != convs[i] {
				rt.Errorf("%q is in another conversation", text)
			}
		}
		if k := m.number(`select count(*) from actions where inbound_id = $1`, in.ID); k > int64(len(parts)) {
			rt.Errorf("%d actions of %d commands", k, len(parts))
		}
		// What the ledger counts is there, and all of it.
		if a, b := m.ledger(in.Ref), m.number(`select count(*) from messages where body = $1 or body like $2`, rest, fmt.Sprintf("%d to %%", n)); !strings.HasSuffix(a, fmt.Sprint(" ", b)) {
			rt.Errorf("the ledger says %q of %d messages", a, b)
		}
	})
}
