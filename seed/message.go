package seed

import (
	"iter"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// Message is one message with all that belongs to it.
type Message struct {
	ID, Conversation int64
	Member, Merchant int64 // who wrote it; the other one is 0
	Via              tradepost.Via
	Body             string
	CreatedAt        time.Time
	DeletedAt        time.Time // zero = it isn't
	Mark             string    // by MarkedBy; "" = none
	MarkedBy         int64
	Readers          []Reader // of a merchant's; a member's goes to the merchant alone
	To               int64    // that merchant

	Contact  *Contact  // it is the first one of its merchant to its partner
	Proposal *Proposal // that it sends
	Request  *Job      // that it asks for
}

// Reader is a member to whom a message was written.
type Reader struct {
	Member  int64
	ReadAt  time.Time // zero = they haven't
	Outcome tradepost.Outcome
}

// Contact is what a first message makes.
type Contact struct {
	Partner, Merchant int64
	Who               tradepost.Merchant
	Code              string // by which the merchant is qualified; "" = they aren't
	By                int64  // who did
}

// Proposal is one that was sent.
type Proposal struct {
	State   tradepost.ProposalState // sent, accepted or declined
	Amount  int64
	EndedAt time.Time // zero = it waits
}

// Job is one that a conversation was opened for.
type Job struct {
	State   tradepost.JobState // open or completed
	EndedAt time.Time          // zero = it is open
	By      int64              // who ended it
}

// Messages makes all messages in the order of their ids, which is that of writing.
// What a Message points to is its own.
func (m *Market) Messages() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		order := make([]uint64, 0, m.o.Messages) // seconds since the beginning, then the conversation
		for c, n := range m.sizes {
			for k := range int(n) {
				order = append(order, uint64(m.writtenAt(c, k).Sub(m.begun)/time.Second)<<32|uint64(c))
			}
		}
		slices.Sort(order)
		next := make([]uint32, len(m.sizes))
		for i, o := range order {
			c := int(o & (1<<32 - 1))
			if !yield(m.message(int64(i)+1, c, int(next[c]))) {
				return
			}
			next[c]++
		}
	}
}

func (m *Market) message(id int64, c, k int) Message {
	p := m.partnerOf(c)
	owner := int64(m.member[p]) + 1
	msg := Message{ID: id, Conversation: int64(c) + 1, Body: m.text(c, k), CreatedAt: m.writtenAt(c, k)}
	d := m.dice(ofMessage, c, k, 2)
	msg.Via = pick(&d, []tradepost.Via{tradepost.ViaWeb, tradepost.ViaAPI, tradepost.ViaEmail, tradepost.ViaEmail})
	if m.deleted(c, k) {
		msg.DeletedAt = m.soon(msg.CreatedAt, &d)
	}
	merchant := int64(m.merchantOf(c)) + 1
	if by := m.authorOf(c, k); by >= 0 {
		msg.Member, msg.To = int64(by)+1, merchant
		msg.Proposal = m.proposal(c, k, msg.CreatedAt)
		return msg
	}
	msg.Merchant = merchant
	if msg.DeletedAt.IsZero() {
		if msg.Mark = m.markOn(c, k); msg.Mark != "" {
			msg.MarkedBy = owner
		}
	}
	answered := k < int(m.sizes[c])-1
	for mb := m.member[p]; mb < m.member[p+1]; mb++ {
		if !m.present(mb, msg.CreatedAt) {
			continue
		}
		// No letter ever went to them: there is none on record.
		r := Reader{Member: int64(mb) + 1, Outcome: tradepost.OutcomeSkipped}
		switch {
		case k < m.unreadFrom(c, mb):
			r.ReadAt, r.Outcome = m.soon(msg.CreatedAt, &d), tradepost.ReadFirst
		case answered && m.authorOf(c, k+1) >= 0:
			r.Outcome = tradepost.Answered
		}
		msg.Readers = append(msg.Readers, r)
	}
	if k == 0 {
		msg.Contact, msg.Request = m.contact(c, owner), m.request(c, owner, msg.CreatedAt)
	}
	return msg
}

// soon is a time within a day after at, and not after now.
func (m *Market) soon(at time.Time, d *dice) time.Time {
	return at.Add(min(time.Duration(d.part()*float64(24*time.Hour)), m.o.Now.Sub(at))).Truncate(time.Microsecond)
}

func (m *Market) contact(c int, owner int64) *Contact {
	if !m.first[c] {
		return nil
	}
	d := m.dice(ofWork, c, 0, 1)
	v := &Contact{Partner: int64(m.partnerOf(c)) + 1, Merchant: int64(m.merchantOf(c)) + 1, Who: m.Merchant(m.merchantOf(c)).Merchant}
	if d.oneIn(15) {
		v.Code, v.By = pick(&d, []string{"PARTNER", "RESELLER-10", "TRADE"}), owner
	}
	return v
}

func (m *Market) request(c int, owner int64, at time.Time) *Job {
	if !m.kindOf(c).IsRequest() {
		return nil
	}
	d := m.dice(ofWork, c, 0, 2)
	if d.oneIn(3) {
		return &Job{State: tradepost.JobOpen}
	}
	return &Job{State: tradepost.JobCompleted, EndedAt: m.soon(at, &d), By: owner}
}

func (m *Market) proposal(c, k int, at time.Time) *Proposal {
	d := m.dice(ofWork, c, k)
	if !d.oneIn(80) || m.deleted(c, k) {
		return nil
	}
	p := &Proposal{State: pick(&d, []tradepost.ProposalState{tradepost.ProposalSent, tradepost.ProposalAccepted, tradepost.ProposalDeclined}),
		Amount: int64(1+d.below(200)) * 5000}
	if p.State != tradepost.ProposalSent {
		p.EndedAt = m.soon(at, &d)
	}
	return p
}
