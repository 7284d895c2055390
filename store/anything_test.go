package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// said is a member's message, as a model of the rules knows it.
type saidMessage struct {
	id           int64
	conversation int
	marked, gone bool
	sent         bool // to the merchant
}

// anything is a team that does things in random order, and what must come of it.
type anything struct {
	*market
	rt            *rapid.T
	word          string // in everything that is written
	member        int64
	conversations []int64
	deleted       []bool
	said          []*saidMessage
	tags          map[int64]string     // name by id
	on            []map[int64]struct{} // tags by conversation
}

// TestWhateverATeamDoes: a message that is marked or gone never reaches the
// merchant, and every other one does, once; a tag renamed is renamed everywhere; a
// deleted conversation leaves no byte.
func TestWhateverATeamDoes(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Minute })
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		partner := m.addPartner(fmt.Sprintf("Team %05d", number), fmt.Sprint("mia", number))
		a := &anything{market: m, rt: rt, word: fmt.Sprintf("kvitten%dq", number), member: partner.Members[0].ID, tags: make(map[int64]string)}
		for _, name := range []string{"nadia", "omar"} {
			o := opening(partner.ID, name)
			o.Body = a.word
			id, err := m.OpenConversation(t.Context(), o, store.Request{})
			if err != nil {
				rt.Fatal(err)
			}
			a.conversations, a.deleted, a.on = append(a.conversations, id), append(a.deleted, false), append(a.on, make(map[int64]struct{}))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"answer": a.reply, "mark": a.mark, "unmark": a.unmark, "undo": a.undo, "drop": a.drop, "note": a.note,
			"tag": a.tag, "rename": a.rename, "send": a.send, "delete": a.delete, "": a.check,
		})
		a.send(rt)
		for _, s := range a.said {
			if waits := !s.marked && !s.gone && !a.deleted[s.conversation]; waits && !s.sent {
				rt.Fatalf("message %d never went", s.id)
			}
		}
		for i := range a.conversations {
			a.erase(i)
		}
		if left := a.found(a.word, t.TempDir()); left != nil {
			rt.Fatalf("of the deleted conversations is left: %q", left)
		}
	})
}

// open draws a conversation that is not deleted, or skips the step.
func (a *anything) open(t *rapid.T) int {
	var open []int
	for i, gone := range a.deleted {
		if !gone {
			open = append(open, i)
		}
	}
	if open == nil {
		t.Skip("all is deleted")
	}
	return rapid.SampledFrom(open).Draw(t, "conversation")
}

// message draws a message that is there, or skips the step.
func (a *anything) message(t *rapid.T) *saidMessage {
	var there []*saidMessage
	for _, s := range a.said {
		if !s.gone && !a.deleted[s.conversation] {
			there = append(there, s)
		}
	}
	if there == nil {
		t.Skip("nothing was said")
	}
	return there[rapid.IntRange(0, len(there)-1).Draw(t, "message")]
}

func (a *anything) must(err error) {
	if err != nil {
		a.rt.Fatal(err)
	}
}

func (a *anything) reply(t *rapid.T) {
	c := a.open(t)
	id, err := a.AddMessage(a.t.Context(), a.conversations[c], store.Author{Role: tradepost.AuthorMember, MemberID: a.member}, tradepost.ViaAPI, a.word, nil, store.Request{})
	a.must(err)
	a.said = append(a.said, &saidMessage{id: id, conversation: c})
}

func (a *anything) mark(t *rapid.T) {
	s := a.message(t)
	a.must(a.Mark(a.t.Context(), a.conversations[s.conversation], s.id, a.member, "✅"))
	s.marked = true
}

func (a *anything) unmark(t *rapid.T) {
	s := a.message(t)
	a.must(a.Unmark(a.t.Context(), a.conversations[s.conversation], s.id, a.member))
	s.marked = false
}

func (a *anything) undo(t *rapid.T) {
	s := a.message(t)
	r, err := a.UndoMessage(a.t.Context(), a.conversations[s.conversation], s.id, a.member)
	a.must(err)
	if done := r.State == tradepost.CommandDone; done == s.sent {
		t.Fatalf("message %d, sent: %v, was taken back: %v", s.id, s.sent, done)
	} else if done {
		s.gone = true
	}
}

func (a *anything) drop(t *rapid.T) {
	s := a.message(t)
	a.must(a.DeleteMessage(a.t.Context(), a.conversations[s.conversation], s.id))
	s.gone = true
}

func (a *anything) note(t *rapid.T) {
	c := a.open(t)
	_, err := a.Act(a.t.Context(), a.conversations[c], a.member, tradepost.Command{Verb: tradepost.VerbNote, Text: a.word}, 0, tradepost.ViaAPI)
	a.must(err)
}

// Tags are the team's words and stay when a conversation goes: they aren't the word.
var tagNames = rapid.SampledFrom([]string{"rush", "Rush", "later", "größe", "x"})

func (a *anything) partnerTags() map[int64]string {
	var partner int64
	a.must(a.pool.QueryRow(a.t.Context(), `select partner_id from members where id = $1`, a.member).Scan(&partner))
	list, err := a.PartnerTags(a.t.Context(), partner)
	a.must(err)
	now := make(map[int64]string)
	for _, tag := range list {
		now[tag.ID] = tag.Name
	}
	return now
}

func (a *anything) tag(t *rapid.T) {
	c, name := a.open(t), tagNames.Draw(t, "tag")
	_, err := a.Act(a.t.Context(), a.conversations[c], a.member, tradepost.Command{Verb: tradepost.VerbTag, Tags: []string{name}}, 0, tradepost.ViaAPI)
	a.must(err)
	id := int64(0)
	a.must(a.pool.QueryRow(a.t.Context(), `select t.id from tags t join members m on m.partner_id = t.partner_id where m.id = $1 and t.folded = lower($2)`, a.member, name).Scan(&id))
	if a.tags[id] == "" {
		a.tags[id] = name
	}
	a.on[c][id] = struct{}{}
}

func (a *anything) rename(t *rapid.T) {
	if len(a.tags) == 0 {
		t.Skip("no tags")
	}
	ids := make([]int64, 0, len(a.tags))
	for id := range a.tags {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	id, name := rapid.SampledFrom(ids).Draw(t, "id"), tagNames.Draw(t, "name")
	err := a.RenameTag(a.t.Context(), id, name)
	refusable(t, err)
	if err == nil {
		a.tags[id] = name
	}
}

// send lets the delay pass and sends what is due.
func (a *anything) send(t *rapid.T) {
	a.passTime(2 * time.Minute)
	for _, l := range a.relays() {
		i := slices.IndexFunc(a.said, func(s *saidMessage) bool { return s.id == l.Message.ID })
		if i < 0 {
			continue // of an earlier team
		}
		s := a.said[i]
		if s.marked || s.gone || s.sent || a.deleted[s.conversation] {
			t.Fatalf("%+v goes to the merchant", *s)
		}
		a.record(l.Claimed, tradepost.Delivered)
		s.sent = true
	}
}

func (a *anything) delete(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "really") > 0 {
		t.Skip("not now")
	}
	a.erase(a.open(t))
}

func (a *anything) erase(c int) {
	if a.deleted[c] {
		return
	}
	_, err := a.ActConfirmed(a.t.Context(), a.conversations[c], a.member, tradepost.Command{Verb: tradepost.VerbDelete}, tradepost.ViaAPI, store.Request{})
	a.must(err)
	a.deleted[c], a.on[c] = true, make(map[int64]struct{})
}

// check compares the tags of all conversations, and of the team, with the model.
func (a *anything) check(t *rapid.T) {
	for c, id := range a.conversations {
		var want []string
		for tag := range a.on[c] {
			want = append(want, a.tags[tag])
		}
		got, err := a.Tags(a.t.Context(), id)
		a.must(err)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("conversation %d has the tags %q, want %q", id, got, want)
		}
	}
	for id, name := range a.partnerTags() {
		if a.tags[id] != name {
			t.Fatalf("the team has the tag %q, want %q", name, a.tags[id])
		}
	}
}
