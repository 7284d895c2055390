package main

import (
	"bytes"
	"context"
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
)

// TestNothingLostNothingDoubled sends 500 first contacts while two workers, each
// with a scheduler of its own, run; one of them is killed again and again and
// Redis is flushed twice.
func TestNothingLostNothingDoubled(t *testing.T) {
	const contacts, kills = 500, 6
	w := newTown(t, nil)
	flusher := redis.NewClient(&redis.Options{Network: w.redis.Network(), Addr: w.redis.Addr()})
	defer flusher.Close()

	w.start("worker")
	victim := w.start("worker")
	sent := 0
	for k := range kills {
		for ; sent < contacts*(k+1)/kills; sent++ {
			w.contact(fmt.Sprintf("m%d", sent))
		}
		// Until the queue has been gone into: the kill shall hit something.
		w.mails(min(2*sent, len(w.smtp.Mails())+20))
		victim.kill()
		if k == 1 || k == 4 {
			if err := flusher.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		victim = w.start("worker")
	}
	lastFault := time.Now()

	// Each member has an alert of each conversation, by one Message-ID.
	type pair struct{ to, about string }
	var ids map[pair]map[string]int
	complete := func() bool {
		ids = make(map[pair]map[string]int)
		for _, m := range w.smtp.Mails() {
			parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
			if err != nil {
				t.Fatal(err)
			}
			p := pair{m.To[0], parsed.Header.Get("Subject")}
			if ids[p] == nil {
				ids[p] = make(map[string]int)
			}
			ids[p][parsed.Header.Get("Message-Id")]++
		}
		return len(ids) == 2*contacts
	}
	eventually(t, "every alert", complete)
	t.Logf("complete %.1f s after the last fault", time.Since(lastFault).Seconds())
	w.quiet()
	complete()
	twice := 0
	for p, byID := range ids {
		if len(byID) != 1 {
			t.Errorf("%s was told %q by %d different mails", p.to, p.about, len(byID))
		}
		for _, n := range byID {
			twice += n - 1
		}
	}
	// In flight is what a worker holds: ten tasks of one alert each.
	t.Logf("%d of %d alerts went twice, by %d kills", twice, 2*contacts, kills)
	if twice > kills*10 {
		t.Errorf("%d mails went twice; at most %d were in flight at the kills", twice, kills*10)
	}
}

// mails waits for n mails.
func (w *town) mails(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 60*time.Second)
	defer cancel()
	if _, err := w.smtp.Wait(ctx, n); err != nil {
		w.t.Fatal(err)
	}
}

// quiet waits until no mail is on its way any more.
func (w *town) quiet() {
	w.t.Helper()
	eventually(w.t, "the outbox to empty", func() bool {
		n, err := w.st.Unfinished(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		return n == 0
	})
}

// TestKilledPollersPostEachReplyOnce kills one of two pollers again and again
// while replies come in.
func TestKilledPollersPostEachReplyOnce(t *testing.T) {
	t.Parallel()
	const replies, kills = 120, 3
	w := newTown(t, nil)
	tokens, err := (&keyConfig{ReplyKeys: []string{"0:" + strings.Repeat("5a", 32)}}).tokens(townDomain)
	if err != nil {
		t.Fatal(err)
	}
	conv := w.contact("nadia")
	maja := w.lind.Members[0]
	to, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: maja.ID,
		Subject: conv, Through: 1 << 40, Expires: time.Now().AddDate(0, 6, 0)})
	if err != nil {
		t.Fatal(err)
	}
	pollers := []*process{w.start("poll"), w.start("poll")}
	for k := range kills {
		for i := range replies / kills {
			n := k*replies/kills + i
			letter := mailer.Letter{From: mailer.Address{Name: maja.Name, Addr: maja.Email}, To: mailer.Address{Addr: to},
				Subject: "Re: Store migration", MessageID: fmt.Sprintf("reply-%d@lind.example", n), Date: time.Now(),
				Text: fmt.Sprintf("answer number %d.\r\n\r\nOn Mon, 2 Mar 2026 at 10:00, Nordmarkt <inbox@market.example> wrote:\r\n> Hello\r\n", n)}
			var raw bytes.Buffer
			if _, err := letter.WriteTo(&raw); err != nil {
				t.Fatal(err)
			}
			if err := w.dovecot.Deliver(townReplies, raw.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
		want := len(w.posted(conv)) + 1
		eventually(t, "a reply to be posted", func() bool { return len(w.posted(conv)) >= want })
		pollers[k%2].kill()
		pollers[k%2] = w.start("poll")
	}
	eventually(t, "every reply to be posted", func() bool { return len(w.posted(conv)) >= replies })
	pollers[0].stop()
	pollers[1].stop()
	seen := make(map[string]int)
	for _, body := range w.posted(conv) {
		seen[body]++
	}
	for n := range replies {
		if body := fmt.Sprintf("answer number %d.", n); seen[body] != 1 {
			t.Errorf("%q was posted %d times", body, seen[body])
		}
	}
	if len(seen) != replies {
		t.Errorf("%d different messages, want %d", len(seen), replies)
	}
}

// posted returns the bodies of the messages that came in by mail.
func (w *town) posted(conversation int64) []string {
	w.t.Helper()
	_, messages, err := w.st.Conversation(w.t.Context(), conversation)
	if err != nil {
		w.t.Fatal(err)
	}
	var bodies []string
	for _, m := range messages {
		if m.Via == tradepost.ViaEmail {
			bodies = append(bodies, m.Body)
		}
	}
	return bodies
}
