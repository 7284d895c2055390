package worker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/worker"
)

// TestHeadersByKind: what an alert, a digest and a relay say of themselves, with
// pages behind https and on this machine alone.
func TestHeadersByKind(t *testing.T) {
	for _, base := range []string{"https://tradepost.example", "http://127.0.0.1:8080"} {
		t.Run(base, func(t *testing.T) {
			p := newPost(t, func(o *store.Options) { o.Clock = tradepost.Clock{Hour: 2 * time.Second} })
			conv := p.contact("Nadia", "Hello")
			p.write(conv, store.Author{Role: tradepost.AuthorMerchant}, "Are you there?")
			p.start(func(o *worker.Options) {
				o.BaseURL = base
				o.SettingsURL = func(m store.Correspondent) string {
					return "https://market.example/settings/" + tradepost.FormatID(tradepost.MemberPrefix, m.ID)
				}
			})
			p.wait(4)
			p.write(conv, store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, "We can do that")
			kinds := make(map[string]int)
			feedback := make(map[string]string)
			for _, l := range p.wait(5) {
				h := l.header
				kind := "alert"
				switch {
				case h.Get("List-Id") != "":
					kind = "digest"
				case l.to == "merchant@shop.example":
					kind = "relay"
				}
				kinds[kind]++
				if _, id, err := p.tokens.ParseBounce(l.from); err != nil || id == 0 {
					t.Errorf("%s from %s: %v", kind, l.from, err)
				}
				auto := "auto-generated"
				if kind == "relay" {
					auto = ""
				}
				if got := h.Get("Auto-Submitted"); got != auto {
					t.Errorf("%s: Auto-Submitted %q", kind, got)
				}
				parts := strings.Split(h.Get("Feedback-Id"), ":")
				if len(parts) != 4 || parts[1] == "" || parts[2] != kind || parts[3] != "tradepost" {
					t.Errorf("%s: Feedback-ID %q", kind, h.Get("Feedback-Id"))
				}
				if was := feedback[kind]; was != "" && was != h.Get("Feedback-Id") {
					t.Errorf("%s: Feedback-ID %s to one and %s to another", kind, was, h.Get("Feedback-Id"))
				}
				feedback[kind] = h.Get("Feedback-Id")
				post, list := h.Get("List-Unsubscribe-Post"), h.Get("List-Unsubscribe")
				if kind != "digest" || !strings.HasPrefix(base, "https") {
					if post+list != "" {
						t.Errorf("%s: %s %s", kind, list, post)
					}
					continue
				}
				if post != "List-Unsubscribe=One-Click" {
					t.Errorf("List-Unsubscribe-Post: %q", post)
				}
				token, ok := strings.CutPrefix(strings.Trim(list, "<>"), base+tradepost.ActionPath)
				a, err := p.tokens.ParseAction(token, time.Now().Add(170*24*time.Hour))
				if !ok || err != nil || a.Verb != tradepost.StopDigests || a.Role != tradepost.AuthorMember ||
					(a.Person == p.maja.ID) != (l.to == "maja@lind.example") {
					t.Errorf("List-Unsubscribe %q: %+v, %v", list, a, err)
				}
				if on, err := p.StopDigests(t.Context(), a.Person, store.Ref{Period: tradepost.PeriodOfNumber(a.Object), ID: a.Subject}, tradepost.StoppedByOneClick); err != nil || !on {
					t.Errorf("the link stops %v, %v", on, err)
				}
			}
			if kinds["alert"] != 2 || kinds["digest"] != 2 || kinds["relay"] != 1 {
				t.Errorf("letters: %v", kinds)
			}
		})
	}
}
