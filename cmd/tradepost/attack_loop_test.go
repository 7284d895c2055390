package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
	"github.com/tradepost-mail/tradepost/store"
)

// TestAttackLoop: autoresponders that answer whatever they get, and never say
// that they are any.
func TestAttackLoop(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, map[string]string{"TRADEPOST_BUDGET_CONVERSATION": "8"})
	t.Run("two that number their answers", func(t *testing.T) {
		st := s.stage(t, stageOptions{alert: tradepost.AlertEveryMessage})
		answered := st.autorespond(func(n int) string {
			return fmt.Sprintf("I am out of the office until Monday and will read your message then. Reference %d.", n)
		})
		// Each side's text passes twice behind the first message; the third trips
		// the breaker.
		if n := len(st.bodies()); n > 5 {
			t.Errorf("%d messages were posted: %q", n, st.bodies())
		}
		st.ended(answered, tradepost.BudgetRepeat)
	})
	t.Run("two that never say the same twice", func(t *testing.T) {
		st := s.stage(t, stageOptions{alert: tradepost.AlertEveryMessage})
		answered := st.autorespond(func(n int) string {
			word := strings.Map(func(r rune) rune { return 'a' + (r-'0')*2 + rune(n%2) }, fmt.Sprint(n*7919))
			return "Your message was given the code " + word + " and will be read by somebody of the team " + word + "."
		})
		if n := len(st.bodies()); n > 9 {
			t.Errorf("%d messages were posted: %q", n, st.bodies())
		}
		st.ended(answered, tradepost.BudgetConversation)
	})
	s.aftermath(t)
}

// autorespond answers each letter to Maja and to Nadia, whatever it is, until no
// more come. It returns how many it answered.
func (st *stage) autorespond(text func(n int) string) (answered int) {
	st.t.Helper()
	st.say("Are you there?") // what sets it off
	for seen := st.from; ; {
		st.quiet(st.t)
		all := st.smtp.Mails()
		if len(all) == seen {
			return answered
		}
		for _, r := range all[seen:] {
			if answered++; answered > 100 {
				st.t.Fatalf("it goes on and on: %v", st.outgoing())
			}
			st.judged(st.put(st.answerTo(r, text(answered))))
		}
		seen = len(all)
	}
}

// answerTo is what an autoresponder makes of a letter.
func (st *stage) answerTo(r smtptest.Received, text string) incoming {
	_, domain, _ := strings.Cut(r.To[0], "@")
	to := "inbox@market.example" // the letter's From
	if field := rawField(string(r.Raw), "Reply-To"); field != "" {
		if i := strings.LastIndexByte(field, '<'); i >= 0 {
			field = strings.Trim(field[i:], "<>")
		}
		to = field
	}
	return incoming{from: r.To[0], to: to, text: text, sign: domain}
}

// ended asks that one breaker has ended it, that all of it was a handful of
// letters, and that nobody was told more than once.
func (st *stage) ended(answered int, scope tradepost.BudgetScope) {
	st.t.Helper()
	breakers := st.query(`select scope from breakers where key = $1`, fmt.Sprint(st.conID))
	if len(breakers) != 1 || breakers[0] != string(scope) {
		st.t.Errorf("breakers %q, not one of %s", breakers, scope)
	}
	told := make(map[string]int)
	for _, l := range []string{st.maja.Email, st.nadia, st.taro.Email} {
		for _, m := range st.lettersTo(l) {
			if m.Header.Get("Auto-Submitted") == "auto-replied" {
				told[l+" "+m.Subject]++
			}
		}
	}
	for what, n := range told {
		if n > 1 {
			st.t.Errorf("%s: told %d times", what, n)
		}
	}
	if answered > 30 {
		st.t.Errorf("%d letters were answered before it ended", answered)
	}
	st.t.Logf("%d messages, %d letters answered", len(st.bodies()), answered)
	if held := st.query(`select count(*) from inbound where state = 'held' and reason = 'breaker' and conversation_id = $1`, st.conID)[0]; held == "0" {
		st.t.Error("no mail is held for the breaker")
	}
}

// TestAttackLoopTenThousand: a mail that has answered itself ten thousand times
// lies in the ledger at once. They are so many with TRADEPOST_COPIES=10000, which
// takes a minute, and else a tenth.
func TestAttackLoopTenThousand(t *testing.T) {
	copies := 1_000
	if n := os.Getenv("TRADEPOST_COPIES"); n != "" {
		var err error
		if copies, err = strconv.Atoi(n); err != nil {
			t.Fatal(err)
		}
	}
	received := time.Now() // of all: a day's end between two would begin a new count
	s := besiege(t, map[string]string{"TRADEPOST_DNS": "off", "TRADEPOST_LOG_LEVEL": "WARN"})
	st := s.stage(t, stageOptions{policy: "-", alert: tradepost.AlertEveryMessage})
	to := replyTo(t, st.alert)
	mailbox := s.query(`select id from mailboxes`)[0]
	var box int64
	if _, err := fmt.Sscan(mailbox, &box); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	const writers = 4
	for w := range writers {
		wg.Go(func() {
			for n := w; n < copies; n += writers {
				raw := fmt.Sprintf("Delivered-To: %s\r\nFrom: %s\r\nTo: %s\r\nSubject: Re: Re: Re: Store migration\r\nMessage-ID: <copy-%d@client.example>\r\n"+
					"\r\nI am out of the office until Monday and will read your message then. Reference %d.\r\n", to, st.maja.Email, to, n, n)
				err := s.st.StoreRaw(t.Context(), store.Raw{MailboxID: box, UIDValidity: 4242, UID: uint32(n + 1), ReceivedAt: received,
					Size: int64(len(raw)), Content: strings.NewReader(raw), Length: int64(len(raw))})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	begun, deadline := time.Now(), time.After(5*time.Minute) // of a busy machine; a quiet one takes some 30 s
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for s.query(`select count(*) from inbound where state = 'stored'`)[0] != "0" {
		select {
		case <-deadline:
			t.Fatalf("judged so far: %s", s.query(`select state, count(*) from inbound group by 1`))
		case <-tick.C:
		}
	}
	t.Logf("judged in %.1f s", time.Since(begun).Seconds())
	st.quiet(t)
	if n := len(st.bodies()); n != 2 {
		t.Errorf("%d messages were posted", n)
	}
	st.seen(st.bodies(), []string{"relay nadia", "relay nadia", "answer maja"})
	states := s.query(`select state, reason, count(*) from inbound group by 1, 2 order by 1`)
	if want := fmt.Sprintf("held breaker %d|posted  2", copies-2); strings.Join(states, "|") != want {
		t.Errorf("the ledger says %q", states)
	}
	if list := s.query(`select scope from breakers`); len(list) != 1 {
		t.Errorf("breakers %q, not one", list)
	}
	s.aftermath(t)
}
