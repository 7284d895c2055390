package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// TestMemoryOfLargeMail has a poller read mails with 25 MB attached, one after
// the other, and asks the kernel how much more memory it took than before.
func TestMemoryOfLargeMail(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the kernel tells no process's memory")
	}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("the race detector takes memory of its own")
	}
	w := newTown(t, nil)
	conv := w.contact("nadia")
	posted := func(n int) func() bool {
		return func() bool {
			_, messages, err := w.st.Conversation(t.Context(), conv)
			if err != nil {
				t.Fatal(err)
			}
			return len(messages) == 1+n
		}
	}
	p := w.start("poll")
	w.deliverReply(conv, 0, 1000)
	eventually(t, "a small mail to be posted", posted(1))
	before := p.memory("VmRSS")
	for n := 1; n <= 6; n++ {
		w.deliverReply(conv, n, tradepost.MaxAttachmentBytes)
		eventually(t, "a large mail to be posted", posted(n+1))
		peak := p.memory("VmHWM")
		t.Logf("after %d mails with 25 MB attached: %d MB before, at most %d MB since, %d MB more", n, before>>20, peak>>20, (peak-before)>>20)
		if more := peak - before; more >= 64_000_000 {
			t.Errorf("%d octets more", more)
		}
	}
	p.stop()
	_, messages, err := w.st.Conversation(t.Context(), conv)
	if err != nil || messages[1].Files[0].Size != 1000 || messages[4].Files[0].Size != tradepost.MaxAttachmentBytes {
		t.Errorf("messages: %+v, %v", messages, err)
	}
}

// deliverReply brings a member's reply with a file of the given size into the
// mailbox of replies.
func (w *town) deliverReply(conversation int64, n, size int) {
	w.t.Helper()
	key := strings.Repeat("\x5a", 32)
	tokens, err := tradepost.NewTokens(townDomain, tradepost.TokenKey{ID: 0, Secret: []byte(key)})
	if err != nil {
		w.t.Fatal(err)
	}
	maja := w.lind.Members[0]
	to, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: maja.ID, Subject: conversation,
		Expires: time.Now().Add(48 * time.Hour)})
	if err != nil {
		w.t.Fatal(err)
	}
	data := make([]byte, size)
	rand.Read(data) // never fails (crypto/rand)
	var raw strings.Builder
	fmt.Fprintf(&raw, "Delivered-To: %s\r\nFrom: %s\r\nTo: %s\r\nMessage-ID: <large-%d@mua.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain\r\n\r\nHere is file %d.\r\n--b\r\nContent-Type: application/zip\r\n"+
		"Content-Disposition: attachment; filename=offer.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n", to, maja.Email, to, n, n)
	for part := range slices.Chunk(data, 57) { // 76 characters, RFC 2045 6.8
		raw.WriteString(base64.StdEncoding.EncodeToString(part) + "\r\n")
	}
	raw.WriteString("--b--\r\n")
	if err := w.dovecot.Deliver(townReplies, []byte(raw.String())); err != nil {
		w.t.Fatal(err)
	}
}

// memory reads a field of the process's status (proc(5)), in octets.
func (p *process) memory(field string) int64 {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			var kB int64
			if _, err := fmt.Sscanf(value, "%d kB", &kB); err != nil {
				p.t.Fatal(err)
			}
			return kB << 10
		}
	}
	p.t.Fatalf("no %s in\n%s", field, status)
	return 0
}
