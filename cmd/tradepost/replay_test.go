package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// archive is a database and a ledger, as a poller left them, for the program to
// replay.
type archive struct {
	t            *testing.T
	st           *store.Store
	env          []string
	maja         store.Member
	conversation int64
	to           string // Maja's reply address
	box          store.Mailbox
	kept         uint32
	value        func(sql string) string
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	url := storetest.URL(t)
	a := &archive{t: t}
	blobs := "file://" + filepath.ToSlash(t.TempDir())
	secret := "0:" + strings.Repeat("5a", 32)
	a.env = []string{runAsProgram + "=1", "TRADEPOST_DATABASE_URL=" + url, "TRADEPOST_BLOB_URL=" + blobs,
		"TRADEPOST_REPLY_DOMAIN=" + townDomain, "TRADEPOST_REPLY_KEYS=" + secret, "TRADEPOST_LOG_LEVEL=WARN", "TRADEPOST_DNS=off",
		"TRADEPOST_BUDGET_SENDER=0", "TRADEPOST_BUDGET_CONVERSATION=0", "TRADEPOST_BUDGET_REPEAT=0"}
	o := storetest.Options(t)
	var err error
	if o.Blobs, err = store.OpenBlobs(t.Context(), blobs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Blobs.Close() })
	a.st = storetest.OpenURL(t, url, o)
	pool := storetest.Pool(t, url)
	a.value = func(sql string) (text string) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), sql).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	lind, err := a.st.AddPartner(t.Context(), store.Partner{Name: "Studio Lind", Published: true,
		Services: []store.Service{{Name: "Store migration"}}, Members: []store.Member{{Name: "Maja Lind", Email: "maja@lind.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	a.maja = lind.Members[0]
	a.conversation, err = a.st.OpenConversation(t.Context(), tradepost.Opening{PartnerID: lind.ID, Kind: tradepost.KindService,
		Service: "Store migration", Body: "Hello",
		Merchant: tradepost.Merchant{Name: "Ada Berg", Email: "ada@shop.example", Role: tradepost.MerchantOwner,
			StoreName: "Berg", StoreURL: "https://berg.example"}}, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := (&keyConfig{ReplyKeys: []string{secret}}).tokens(townDomain)
	if err != nil {
		t.Fatal(err)
	}
	a.to, err = tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: a.maja.ID,
		Subject: a.conversation, Through: 1 << 40, Expires: time.Now().AddDate(0, 6, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if a.box, _, err = a.st.LeaseMailbox(t.Context(), "replies@host/INBOX", uuid.New(), time.Hour); err != nil {
		t.Fatal(err)
	}
	return a
}

// quarantine keeps a mail from an address as one that broke the reader.
func (a *archive) quarantine(from, text string) {
	a.t.Helper()
	a.kept++
	raw := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nMessage-ID: <mail-%d@mua.example>\r\n\r\n%s\r\n", from, a.to, a.kept, text)
	err := a.st.StoreRaw(a.t.Context(), store.Raw{MailboxID: a.box.ID, UIDValidity: 1, UID: a.kept, ReceivedAt: time.Now(),
		Size: int64(len(raw)), Content: bytes.NewReader(raw), Length: int64(len(raw))})
	if err != nil {
		a.t.Fatal(err)
	}
	in, err := a.st.NextInbound(a.t.Context(), a.box.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	err = a.st.Settle(a.t.Context(), in, store.Reading{}, store.Verdict{State: store.InboundQuarantined, Reason: "panic",
		Error: "slice bounds out of range\ngoroutine 12 [running]:"})
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *archive) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(a.t.Context(), os.Args[0], append([]string{"replay"}, args...)...)
	c.Env = append(os.Environ(), a.env...)
	return c
}

// replay runs the program to its end.
func (a *archive) replay(args ...string) (stdout, stderr string, code int) {
	a.t.Helper()
	var out, errs bytes.Buffer
	c := a.command(args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		a.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

func (a *archive) bodies() []string {
	a.t.Helper()
	_, messages, err := a.st.Conversation(a.t.Context(), a.conversation)
	if err != nil {
		a.t.Fatal(err)
	}
	var bodies []string
	for _, m := range messages[1:] {
		bodies = append(bodies, m.Body)
	}
	return bodies
}

func TestReplayShowsAndReleases(t *testing.T) {
	a := newArchive(t)
	a.quarantine("maja@lind.example", "Gladly.\r\nOn \x1b[31mMonday.")
	a.quarantine("eve@evil.example", "I am Maja")
	out, errs, code := a.replay("--state", "quarantined", "--dry-run")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for _, want := range []string{
		"would be posted\n", "from (none), (none)\n", "was      quarantined for panic\n           slice bounds out of range\n",
		"would be posted, conversation 1, read as reply by rule default\n", "  @@ -0,0 +1,2 @@\n  +Gladly.\n  +On ",
		"would be rejudged\n", "would be held for wrong_sender, conversation 1", "\n2 mails: 1 would be posted, 1 would be rejudged\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Error("what a stranger wrote reaches the terminal as it is")
	}
	if n := len(a.bodies()); n != 0 {
		t.Fatalf("a dry run posted %d messages", n)
	}
	id := a.value(`select min(id)::text from inbound`)
	out, errs, code = a.replay(id)
	if code != 0 || !strings.Contains(out, "mail "+id+": posted\n") || !strings.HasSuffix(out, "\n1 mail: 1 posted\n") {
		t.Errorf("exit %d, %s\n%s", code, errs, out)
	}
	if n := len(a.bodies()); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	if out, _, code = a.replay("9999"); code != 1 || out != "mail 9999: not found\n1 mail: 1 could not be read\n" {
		t.Errorf("exit %d for a mail that isn't there\n%s", code, out)
	}
	if out, _, code = a.replay("--since", "2099-01-01"); code != 0 || out != "no mail is selected\n" {
		t.Errorf("exit %d\n%s", code, out)
	}
	out, _, code = a.replay(id, "9999", "--json")
	if code != 1 {
		t.Errorf("exit %d for a mail that isn't there", code)
	}
	var lines []replayLine
	for l := range strings.Lines(out) {
		var r replayLine
		if err := json.Unmarshal([]byte(l), &r); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		lines = append(lines, r)
	}
	if len(lines) != 2 || lines[0].Change != "unchanged" || lines[0].Was.Text != a.bodies()[0] || lines[1].Change != "failed" || lines[1].ID != 9999 {
		t.Errorf("%s", out)
	}
}

// TestReplayShowsNothingHarmful prints what strangers wrote.
func TestReplayShowsNothingHarmful(t *testing.T) {
	token := "reply+" + strings.Repeat("a", 56) + "@reply.example"
	m := inbound.Replayed{
		ID: 1, ReceivedAt: time.Unix(0, 0), MailID: "<" + token + ">", From: "a\rmail 2: posted\u0085\v\x7f\x9b31m\u009b31m\u202e\U000e0041@b.example",
		Change: inbound.Reworded, Why: "it is \x1b[2J",
		Was: inbound.Judged{State: store.InboundPosted, Text: "Gärna\u00a0✅\nto " + token, Files: []string{token + "\x1b.eml"}},
		Is:  inbound.Judged{State: store.InboundPosted, Error: "\x1b]0;owned\a"},
	}
	for _, asJSON := range []bool{false, true} {
		var out strings.Builder
		l := replayList{out: &out, json: asJSON, counts: make(map[inbound.Change]int)}
		if err := errors.Join(l.add(m), l.end()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "aaaa") || !strings.Contains(out.String(), "Gärna\u00a0✅") {
			t.Errorf("a reply address, or no text, in\n%s", out.String())
		}
		for _, r := range out.String() {
			if r != '\n' && r != '\u00a0' && !unicode.IsPrint(r) {
				t.Errorf("%q in\n%q", r, out.String())
			}
		}
		var got replayLine
		if !asJSON {
			continue
		}
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got.From != strings.ToValidUTF8(m.From, "\uFFFD") {
			t.Errorf("From is %q, not %q, %v", got.From, m.From, err)
		}
	}
}

// TestReplayListsWhatChanges: mail that stays as it was is only counted, unless
// it was asked for by its number.
func TestReplayListsWhatChanges(t *testing.T) {
	for _, quiet := range []bool{true, false} {
		var out strings.Builder
		l := replayList{out: &out, quiet: quiet, counts: make(map[inbound.Change]int)}
		for i, c := range []inbound.Change{inbound.Unchanged, inbound.Skipped, inbound.Rejudged, inbound.Left, inbound.Failed} {
			if err := l.add(inbound.Replayed{ID: int64(i), ReceivedAt: time.Unix(0, 0), Change: c}); err != nil {
				t.Fatal(err)
			}
		}
		want := 5
		if quiet {
			want = 3
		}
		if n := strings.Count(out.String(), "\n  received "); n != want {
			t.Errorf("quiet %v: %d mails are listed, not %d:\n%s", quiet, n, want, out.String())
		}
		if err := l.end(); err == nil || !strings.HasSuffix(out.String(), "\n5 mails: 1 rejudged, 1 unchanged, 1 left as it is, 1 skipped, 1 could not be read\n") {
			t.Errorf("%v:\n%s", err, out.String())
		}
	}
}

func TestReplayNeedsASelection(t *testing.T) {
	a := newArchive(t)
	for _, args := range [][]string{nil, {"--dry-run"}, {"--state", "stored"}, {"--since", "yesterday"}, {"x12"}} {
		out, errs, code := a.replay(args...)
		if code != 1 || out != "" && !strings.Contains(out, "Usage:") || errs == "" {
			t.Errorf("%q: exit %d\n%s%s", args, code, out, errs)
		}
	}
	if _, errs, _ := a.replay("--since", "yesterday"); !strings.Contains(errs, `"yesterday" is not a day such as 2026-03-01`) {
		t.Errorf("it doesn't say what a day is: %s", errs)
	}
	if _, errs, _ := a.replay(); !strings.Contains(errs, "--older-reader") {
		t.Errorf("it doesn't say how to select: %s", errs)
	}
}

// TestReplayIsKilled kills the program again and again while it releases mail.
func TestReplayIsKilled(t *testing.T) {
	a := newArchive(t)
	const mails = 60
	var want []string
	for i := range mails {
		want = append(want, fmt.Sprintf("answer %02d", i))
		a.quarantine("maja@lind.example", want[i])
	}
	kills := 0
	for done := false; !done; {
		c := a.command("--all", "--json")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		posted := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			// At the line it is on its way into the next mail.
			if strings.Contains(lines.Text(), `"change":"posted"`) {
				if posted++; posted == 7 {
					_ = c.Process.Kill() // an error means that it has ended
					kills++
				}
			}
		}
		done = c.Wait() == nil
	}
	t.Logf("killed %d times", kills)
	if kills < 3 {
		t.Errorf("it was killed only %d times", kills)
	}
	bodies := a.bodies()
	slices.Sort(bodies)
	if !slices.Equal(bodies, want) {
		t.Errorf("messages: %q", bodies)
	}
	if n := a.value(`select count(*)::text from notifications where kind = 'relay'`); n != fmt.Sprint(mails) {
		t.Errorf("%s relays, want %d", n, mails)
	}
}

func TestRetentionIsChecked(t *testing.T) {
	a := newArchive(t)
	var errs bytes.Buffer
	c := exec.CommandContext(t.Context(), os.Args[0], "poll", "--raw-retention-days=-1", "--imap-addr=host:993", "--imap-username=u")
	c.Env, c.Stderr = append(os.Environ(), a.env...), &errs
	if err := c.Run(); err == nil || !strings.Contains(errs.String(), "TRADEPOST_RAW_RETENTION_DAYS -1 is negative") {
		t.Errorf("%v: %s", err, errs.String())
	}
}
