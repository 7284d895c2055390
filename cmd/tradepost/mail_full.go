package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// ledgerText is all that the ledger knows of a mail.
func ledgerText(m store.LedgerMail) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		// What strangers wrote stays on its line.
		text := cell(fmt.Sprintf(format, args...))
		fmt.Fprintf(&b, "  %-15s %s\n", name, text)
	}
	fmt.Fprintf(&b, "mail %d: %s", m.ID, m.State)
	if m.Reason != "" {
		fmt.Fprintf(&b, " for %s", cell(m.Reason))
	}
	b.WriteString("\n")
	line("received", "%s UTC, %d octets", m.ReceivedAt.UTC().Format(time.DateTime), m.Size)
	line("from", "%s", orNone(m.From))
	line("message-id", "%s", orNone(m.MailID))
	if m.Class != "" {
		line("read as", "%s by rule %s", m.Class, orNone(m.Rule))
	}
	if m.ConversationID != 0 {
		line("conversation", "%s", conversationOf(m))
	}
	if a := m.Authentication; a != nil {
		line("authentication", "%s", authenticationLine(*a))
	}
	if t := m.Trust; t != nil {
		line("evidence", "%s", evidenceLine(*t))
		line("ruling", "%s", rulingLine(t.Ruling))
	}
	if q := m.Question; q != nil {
		line("asked", "%s", questionLine(*q))
	}
	if r := m.Release; r != nil {
		line("released", "%s", releaseLine(*r))
	}
	for _, r := range m.Messages {
		line("message", "%s", tradepost.FormatID(tradepost.MessagePrefix, r.ID))
	}
	for l := range strings.SplitSeq(strings.TrimSpace(m.Error), "\n") {
		if l != "" {
			line("error", "%s", l)
		}
	}
	return b.String()
}

func authenticationLine(a tradepost.Authentication) string {
	s := string(a.Result)
	if a.Domain != "" {
		s += " for " + a.Domain
	}
	switch a.By {
	case "authserv":
		s += ", said the receiving server"
	case "own":
		s += ", by our own check"
	}
	if a.Detail != "" {
		s += ": " + a.Detail
	}
	return s
}

// evidenceLine is the row that the trust table was asked with.
func evidenceLine(t store.Trust) string {
	parts := []string{"reply address " + string(t.Token)}
	if t.Person != 0 {
		// Merchants have no id that the outside sees.
		who := string(t.Role)
		if t.Role == tradepost.AuthorMember {
			who = tradepost.FormatID(tradepost.MemberPrefix, t.Person)
		}
		parts[0] += " of " + who
	}
	if t.Access != "" {
		parts = append(parts, "access "+string(t.Access))
	}
	parts = append(parts, "sender "+string(t.Sender), "authentication "+string(t.Evidence.Authentication))
	if t.Approved {
		parts = append(parts, "approved")
	}
	return strings.Join(parts, ", ")
}

func rulingLine(r tradepost.Ruling) string {
	parts := []string{string(r.Action)}
	if r.Reason != "" {
		parts[0] += " for " + string(r.Reason)
	}
	for _, note := range []struct {
		is   bool
		text string
	}{
		{r.Ask, "its owner is asked"}, {r.Tell, "its author may be told"}, {r.Confirm, "commands ask first"},
	} {
		if note.is {
			parts = append(parts, note.text)
		}
	}
	return strings.Join(parts, "; ")
}

func questionLine(q store.Question) string {
	s := fmt.Sprintf("%s, on %s", q.Kind, minute(q.CreatedAt))
	if q.Answer != "" {
		return s + fmt.Sprintf("; answered %s on %s", q.Answer, minute(q.AnsweredAt))
	}
	if time.Now().After(q.ExpiresAt) {
		return s + "; never answered"
	}
	return s + "; may be answered until " + minute(q.ExpiresAt)
}

func releaseLine(r store.Release) string {
	s := "by " + r.By
	if r.Sender {
		s += ", as its owner's"
	}
	if r.Breakers {
		s += ", past breakers"
	}
	if r.Choice.ConversationID != 0 {
		s += ", for " + conversationArg(r.Choice.ConversationID).String()
	}
	return s
}

// ledgerLine is a mail as JSON.
type ledgerLine struct {
	ID             int64                     `json:"id"`
	State          store.InboundState        `json:"state"`
	Reason         string                    `json:"reason,omitempty"`
	Class          string                    `json:"class,omitempty"`
	Rule           string                    `json:"rule,omitempty"`
	Error          string                    `json:"error,omitempty"`
	MessageID      string                    `json:"message_id,omitempty"`
	From           string                    `json:"from,omitempty"`
	Size           int64                     `json:"size"`
	ReceivedAt     time.Time                 `json:"received_at"`
	Conversation   string                    `json:"conversation,omitempty"`
	Authentication *tradepost.Authentication `json:"authentication,omitempty"`
	Trust          *store.Trust              `json:"trust,omitempty"`
	Released       *store.Release            `json:"released,omitempty"`
	Question       *questionObject           `json:"question,omitempty"`
	Messages       []string                  `json:"messages,omitempty"`
}

type questionObject struct {
	ID         int64                    `json:"id"`
	Kind       tradepost.QuestionKind   `json:"kind"`
	AskedAt    time.Time                `json:"asked_at"`
	ExpiresAt  time.Time                `json:"expires_at"`
	Answer     tradepost.QuestionAnswer `json:"answer,omitempty"`
	AnsweredAt time.Time                `json:"answered_at,omitzero"`
}

func ledgerLineOf(m store.LedgerMail) ledgerLine {
	l := ledgerLine{ID: m.ID, State: m.State, Reason: m.Reason, Class: m.Class, Rule: m.Rule, Error: m.Error,
		MessageID: m.MailID, From: m.From, Size: m.Size, ReceivedAt: m.ReceivedAt.UTC(),
		Authentication: m.Authentication, Trust: m.Trust, Released: m.Release}
	if m.ConversationID != 0 {
		l.Conversation = conversationOf(m)
	}
	if q := m.Question; q != nil {
		l.Question = &questionObject{q.ID, q.Kind, q.CreatedAt.UTC(), q.ExpiresAt.UTC(), q.Answer, q.AnsweredAt.UTC()}
	}
	for _, r := range m.Messages {
		l.Messages = append(l.Messages, tradepost.FormatID(tradepost.MessagePrefix, r.ID))
	}
	return l
}
