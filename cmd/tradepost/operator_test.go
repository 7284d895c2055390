package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// run runs the program to its end.
func (a *archive) run(args ...string) (stdout, stderr string, code int) {
	a.t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(a.t.Context(), os.Args[0], args...)
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), a.env...), &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		a.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// succeed runs the program, which must end well and say all of want.
func (a *archive) succeed(args []string, want ...string) string {
	a.t.Helper()
	out, errs, code := a.run(args...)
	if code != 0 || errs != "" {
		a.t.Fatalf("%q: exit %d: %s", args, code, errs)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			a.t.Errorf("%q: %q is missing in\n%s", args, w, out)
		}
	}
	return out
}

// fail runs the program, which must end badly and say all of want.
func (a *archive) fail(args []string, want ...string) {
	a.t.Helper()
	out, errs, code := a.run(args...)
	if code != exitFailed {
		a.t.Errorf("%q: exit %d\n%s", args, code, out)
	}
	for _, w := range want {
		if !strings.Contains(errs, w) {
			a.t.Errorf("%q: %q is missing in\n%s", args, w, errs)
		}
	}
}

// change runs a statement that must concern one row.
func (a *archive) change(sql string) {
	a.t.Helper()
	if n := a.value(`with changed as (` + sql + ` returning 1) select count(*)::text from changed`); n != "1" {
		a.t.Fatalf("%s rows: %s", n, sql)
	}
}

// held keeps a mail as one that is held, and returns its number.
func (a *archive) held(from string, reason tradepost.Reason) string {
	a.t.Helper()
	a.quarantine(from, "Gladly.")
	id := a.value(`select max(id)::text from inbound`)
	a.change(fmt.Sprintf(`update inbound set state = 'held', reason = '%s', error = '', from_address = '%s', mail_id = '<%s@mua.example>',
		conversation_id = %d, class = 'reply', rule = 'default' where id = %s`, reason, from, id, a.conversation, id))
	return id
}

func TestMailShowsTheLedger(t *testing.T) {
	a := newArchive(t)
	a.quarantine("maja@lind.example", "Broken")
	broken := a.value(`select max(id)::text from inbound`)
	id := a.held("eve@evil.example", tradepost.ReasonWrongSender)
	a.change(`update inbound set
		authentication = '{"result": "pass", "by": "own", "domain": "evil.example", "detail": "dkim=pass d=evil.example; dmarc=none"}',
		trust = '{"token": "good", "role": "member", "person": ` + fmt.Sprint(a.maja.ID) + `, "access": "open", "sender": "other", "authentication": "pass",
			"action": "hold", "reason": "wrong_sender", "ask": true}' where id = ` + id)
	a.change(`insert into questions (kind, member_id, conversation_id, inbound_period, inbound_id, detail, expires_at, answered_at, answer, answered_via)
		select 'sender', ` + fmt.Sprint(a.maja.ID) + `, conversation_id, period, id, '{"from": "eve@evil.example"}', now() + interval '1 day', now(), 'revoke', 'web'
		from inbound where id = ` + id)

	table := a.succeed([]string{"mail"}, "MAIL", "quarantined", "panic", "eve@evil.example", "con_1", "other, pass", "answered revoke")
	if n := strings.Count(table, "\n"); n != 3 {
		t.Errorf("%d lines:\n%s", n, table)
	}
	for name, args := range map[string][]string{
		"state": {"--state", "held"}, "states": {"--state", "held,posted"}, "from": {"--from", "Eve@Evil.example"},
		"message id": {"--message-id", id + "@mua.example"}, "in brackets": {"--message-id", "<" + id + "@mua.example>"},
		"conversation": {"--conversation", "con_1"}, "number": {"--conversation", "1"}, "one": {"--limit", "1"},
		"all": {"--state", "held", "--from", "eve@evil.example", "--conversation", "con_1"},
	} {
		if out := a.succeed(append([]string{"mail"}, args...), "eve@evil.example"); strings.Contains(out, "quarantined") {
			t.Errorf("%s: another mail, too:\n%s", name, out)
		}
	}
	a.succeed([]string{"mail", "--from", "nobody@evil.example"}, "no mail is selected\n")

	a.succeed([]string{"mail", id}, "mail "+id+": held for wrong_sender\n", "from            eve@evil.example\n", "message-id      <"+id+"@mua.example>\n",
		"read as         reply by rule default\n", "conversation    con_1\n",
		"authentication  pass for evil.example, by our own check: dkim=pass d=evil.example; dmarc=none\n",
		"evidence        reply address good of mbr_1, access open, sender other, authentication pass\n",
		"ruling          hold for wrong_sender; its owner is asked\n", "; answered revoke on ")
	a.succeed([]string{"mail", broken}, "quarantined for panic", "error           slice bounds out of range\n  error           goroutine 12 [running]:\n")
	a.fail([]string{"mail", id, "9999"}, "mail 9999 is not in the ledger")
	a.fail([]string{"mail", "--state", "lost"}, "held")
	a.fail([]string{"mail", "--conversation", "par_1"}, `"con_12"`)
	a.fail([]string{"mail", "--limit", "0"}, "--limit 0 lists nothing")

	var got ledgerLine
	if err := json.Unmarshal([]byte(a.succeed([]string{"mail", id, "--json"})), &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got.ID) != id || got.State != "held" || got.Trust == nil || got.Trust.Sender != tradepost.SenderOther || got.Trust.Action != tradepost.TrustHold ||
		got.Authentication.Domain != "evil.example" || got.Question.Answer != tradepost.AnswerRevoke || got.Conversation != "con_1" {
		t.Errorf("%+v", got)
	}
}

func TestMailIsReleased(t *testing.T) {
	a := newArchive(t)
	id, other := a.held("maja@home.example", tradepost.ReasonWrongSender), a.held("maja@home.example", tradepost.ReasonTooMany)
	homeless := a.held("maja@lind.example", tradepost.ReasonAmbiguous)
	a.fail([]string{"mail", "release", id}, "say what you decided", "--as-owner", "--past-breaker")
	a.fail([]string{"mail", "release", id, "--as-owner", "--by", "Owner"}, "name yourself otherwise")
	a.fail([]string{"mail", "release", id, "--as-owner", "--by", "Ada\x1b[2J"}, "--by holds")
	a.fail([]string{"mail", "release", "9999", "--as-owner"}, "mail 9999 is not")
	if got := a.value(`select state from inbound where id = ` + id); got != "held" {
		t.Fatalf("state %s", got)
	}
	a.succeed([]string{"mail", "release", id, "--as-owner", "--past-breaker", "--by", "Ada Berg"}, "mail "+id+" is given back")
	if got := a.value(`select state || ' ' || (released ->> 'by') || ' ' || (released ->> 'sender') || ' ' || (released ->> 'breakers') from inbound where id = ` + id); got != "stored Ada Berg true true" {
		t.Errorf("%s", got)
	}
	a.succeed([]string{"mail", id}, "released        by Ada Berg, as its owner's, past breakers\n")
	a.fail([]string{"mail", "release", id, "--as-owner"}, "it is not held")

	a.fail([]string{"mail", "release", homeless, "--as-owner"}, "which conversation")
	a.succeed([]string{"mail", "release", homeless, "--to", "con_1", "--by", "Ada Berg"}, "is given back")
	a.succeed([]string{"mail", homeless}, "released        by Ada Berg, for con_1\n")

	// The name is that of who runs the command.
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	a.succeed([]string{"mail", "release", other, "--past-breaker"})
	if got := a.value(`select (released ->> 'by') || coalesce(released ->> 'sender', '') from inbound where id = ` + other); got != me.Username {
		t.Errorf("released by %q", got)
	}
}

func TestBreakersAreSeenAndReset(t *testing.T) {
	a := newArchive(t)
	a.succeed([]string{"breakers"}, "no breaker has tripped\n")
	id := a.held("bot@loop.example", tradepost.ReasonTooMany)
	a.change(`insert into breakers (scope, key, detail) values ('sender', 'bot@loop.example', '61 mails within an hour, 60 are allowed')`)
	a.change(`insert into breakers (scope, key, detail) values ('repeat', '1', 'the same text 3 times')`)
	a.change(`update inbound set breaker_id = (select id from breakers where scope = 'sender') where id = ` + id)
	sender, repeat := a.value(`select min(id)::text from breakers`), a.value(`select max(id)::text from breakers`)
	a.succeed([]string{"breakers"}, "bot@loop.example", "61 mails within an hour", "con_1", "holds  1 ", "tradepost breakers reset BREAKER")
	a.fail([]string{"breakers", "reset", "999"}, "there is no breaker 999")

	a.succeed([]string{"breakers", "reset", sender, "--by", "Ada"}, "breaker "+sender+" is reset", "stays held, until tradepost breakers reset "+sender+" --release")
	if got := a.value(`select state from inbound where id = ` + id); got != "held" {
		t.Errorf("state %s", got)
	}
	a.succeed([]string{"breakers", "reset", sender, "--by", "Ada", "--release"}, "to be judged again: 1 mail\n")
	if got := a.value(`select state from inbound where id = ` + id); got != "stored" {
		t.Errorf("state %s", got)
	}
	var lines []breakerLine
	for l := range strings.Lines(a.succeed([]string{"breakers", "--json"})) {
		var b breakerLine
		if err := json.Unmarshal([]byte(l), &b); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		lines = append(lines, b)
	}
	if len(lines) != 2 || fmt.Sprint(lines[0].ID) != repeat || lines[0].Of != "con_1" || !lines[0].ResetAt.IsZero() || lines[1].ResetBy != "Ada" || lines[1].ResetAt.IsZero() {
		t.Errorf("%+v", lines)
	}
}

func TestRevokeByCommand(t *testing.T) {
	a := newArchive(t)
	for _, id := range []string{"con_1", "1"} {
		a.succeed([]string{"revoke", id, "--by", "Ada"}, "the reply addresses of con_1 that are out are revoked")
	}
	_, messages, err := a.st.Conversation(t.Context(), a.conversation)
	if err != nil {
		t.Fatal(err)
	}
	revoked, err := a.st.Revoked(t.Context(), tradepost.AuthorMember, a.maja.ID, a.conversation, messages[0].ID)
	if err != nil || !revoked {
		t.Errorf("revoked %v, %v", revoked, err)
	}
	if got := a.value(`select string_agg(distinct revoked_by, ',') from revocations`); got != "Ada" {
		t.Errorf("revoked by %s", got)
	}
	a.fail([]string{"revoke", "con_999"}, "there is no conversation con_999")
	a.fail([]string{"revoke", "mbr_1"}, `"con_12"`)
	a.fail([]string{"revoke"})
}

// TestOperatorsSeeNothingHarmful prints what strangers wrote.
func TestOperatorsSeeNothingHarmful(t *testing.T) {
	tokens, err := tradepost.NewTokens("reply.example", tradepost.TokenKey{Secret: []byte(strings.Repeat("k", 16))})
	if err != nil {
		t.Fatal(err)
	}
	address, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Person: 1, Subject: 1, Expires: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	hostile := "a\rmail 2: posted\n\tb\x1b[2J\u202e\u009b31m " + address
	m := store.LedgerMail{Ref: store.Ref{ID: 1}, State: store.InboundHeld, Reason: hostile, From: hostile, MailID: hostile, Class: hostile, Rule: hostile,
		Error: hostile, Authentication: &tradepost.Authentication{Domain: hostile, Detail: hostile}, Trust: &store.Trust{}}
	b := store.Breaker{ID: 1, Scope: tradepost.BudgetSender, Key: hostile, Detail: hostile}
	var out strings.Builder
	for _, c := range []mailListCmd{{}, {JSON: true}, {IDs: []int64{1}}} {
		c.Limit = 50
		if err := c.show(&out, []store.LedgerMail{m}); err != nil {
			t.Fatal(err)
		}
	}
	if err := breakersAsTable(&out, []store.Breaker{b}); err != nil {
		t.Fatal(err)
	}
	if err := breakersAsJSON(&out, []store.Breaker{b}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), address[:20]) || strings.Contains(out.String(), "\nmail 2") {
		t.Errorf("a reply address, or a line that a stranger made, in\n%s", out.String())
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%q in\n%q", r, out.String())
		}
	}
}
