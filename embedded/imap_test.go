package embedded

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func deliver(t *testing.T, m *Mail, to, raw string) {
	t.Helper()
	if err := m.Deliver("", []string{to}, []byte(raw)); err != nil {
		t.Fatal(err)
	}
}

func TestIdleHearsEveryDelivery(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	arrived := make(chan uint32, 100)
	c, err := imapclient.DialInsecure(m.IMAPAddr(), &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				arrived <- *data.NumMessages
			}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("a@b.test", "demo").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(20) {
		delivered := make(chan error, 1)
		// At the same time as IDLE begins.
		go func() { delivered <- m.Deliver("", []string{"a@b.test"}, []byte("x")) }()
		idle, err := c.Idle()
		if err != nil {
			t.Fatal(err)
		}
		if err := <-delivered; err != nil {
			t.Fatal(err)
		}
		select {
		case n := <-arrived:
			if n != i+1 {
				t.Fatalf("%d messages announced, want %d", n, i+1)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("delivery %d was not announced", i)
		}
		if err := idle.Close(); err != nil {
			t.Fatal(err)
		}
		if err := idle.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMoveCopyExpunge(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	for i := range 5 {
		deliver(t, m, "a@b.test", fmt.Sprintf("Subject: %d\r\n\r\n", i))
	}
	c := login(t, m.IMAPAddr(), "a@b.test", "demo")
	other := login(t, m.IMAPAddr(), "a@b.test", "demo")
	for _, client := range []*imapclient.Client{c, other} {
		if _, err := client.Select("INBOX", nil).Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Move(imap.UIDSetNum(2), "Archive").Wait(); err == nil || !strings.Contains(err.Error(), "TRYCREATE") {
		t.Errorf("MOVE into a missing folder: %v", err)
	}
	if err := c.Create("Archive", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	moved, err := c.Move(imap.UIDSetNum(2, 4), "Archive").Wait()
	if err != nil || moved.SourceUIDs.String() != "2,4" || moved.DestUIDs.String() != "1:2" {
		t.Fatalf("MOVE: %+v, %v", moved, err)
	}
	if got := c.Mailbox().NumMessages; got != 3 {
		t.Errorf("the mover knows of %d messages", got)
	}
	if err := other.Noop().Wait(); err != nil {
		t.Fatal(err)
	}
	if got := other.Mailbox().NumMessages; got != 3 {
		t.Errorf("the other client knows of %d messages", got)
	}
	if got := len(m.Messages("a@b.test")); got != 3 {
		t.Errorf("INBOX has %d messages", got)
	}
	if _, err := c.Move(imap.UIDSetNum(99), "Archive").Wait(); err != nil {
		t.Errorf("MOVE of nothing: %v", err)
	}
	copied, err := c.Copy(imap.UIDSetNum(5), "Archive").Wait()
	if err != nil || copied.DestUIDs.String() != "3" {
		t.Errorf("COPY: %+v, %v", copied, err)
	}
	if err := c.Store(imap.UIDSet{{Start: 1, Stop: 0}}, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted, "$Ingested"}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.UIDExpunge(imap.UIDSetNum(3)).Close(); err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{"$ingested"}}, nil).Wait()
	if err != nil || found.All.String() != "1,5" {
		t.Errorf("after UID EXPUNGE: %v, %v", found, err)
	}
	if err := c.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
	if got := m.Messages("a@b.test"); len(got) != 0 {
		t.Errorf("after EXPUNGE: %d messages", len(got))
	}
}

// TestFetchKeepsStrangeMail holds go-imap's parser away from BODY[].
func TestFetchKeepsStrangeMail(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	c := login(t, m.IMAPAddr(), "a@b.test", "demo")
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for i, raw := range []string{
		"no colon here\r\nSubject: x\r\n\r\nbody\r\n",
		"Subject: x\nbare: LF\n\nbody\n",
		"Subject: only a header",
		"",
		"\r\nbody without a header",
		"Subject: \xff\xfe\r\nX\x00Y: nul\r\n\r\n\x00\x80",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nbroken line\r\n\r\nno end",
	} {
		before, err := m.account("a@b.test")
		if err != nil {
			t.Fatal(err)
		}
		name, now := m.spool.nextName()
		uid, err := before.add("INBOX", name, now, []byte(raw), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Noop().Wait(); err != nil {
			t.Fatal(err)
		}
		if got := fetchBody(t, c, uid); got != raw {
			t.Errorf("mail %d: got %q, want %q", i, got, raw)
		}
		all, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{
			UID: true, Flags: true, Envelope: true, InternalDate: true, RFC822Size: true, BodyStructure: &imap.FetchItemBodyStructure{Extended: true},
		}).Collect()
		if err != nil || len(all) != 1 || all[0].RFC822Size != int64(len(raw)) {
			t.Errorf("mail %d: %+v, %v", i, all, err)
		}
	}
}

func TestFetchSections(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	raw := "Subject: a\r\n b\r\nFrom: x@y.test\r\nsubject: c\r\n\r\nthe body\r\n"
	for _, c := range []struct {
		item imap.FetchItemBodySection
		want string
	}{
		{imap.FetchItemBodySection{}, raw},
		{imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader}, "Subject: a\r\n b\r\nFrom: x@y.test\r\nsubject: c\r\n\r\n"},
		{imap.FetchItemBodySection{Specifier: imap.PartSpecifierText}, "the body\r\n"},
		{imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"SUBJECT", "To"}}, "Subject: a\r\n b\r\nsubject: c\r\n\r\n"},
		{imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFieldsNot: []string{"subject"}}, "From: x@y.test\r\n\r\n"},
		{imap.FetchItemBodySection{Part: []int{1}}, "the body\r\n"},
		{imap.FetchItemBodySection{Partial: &imap.SectionPartial{Offset: 3, Size: 4}}, "ject"},
		{imap.FetchItemBodySection{Partial: &imap.SectionPartial{Offset: 1000, Size: 4}}, ""},
		{imap.FetchItemBodySection{Partial: &imap.SectionPartial{Offset: 0, Size: 1 << 40}}, raw},
	} {
		if got := string(bodySection([]byte(raw), &c.item)); got != c.want {
			t.Errorf("%+v: %q", c.item, got)
		}
	}
	deliver(t, m, "a@b.test", raw)
	c := login(t, m.IMAPAddr(), "a@b.test", "demo")
	// EXAMINE must not mark as seen, SELECT must.
	for _, readOnly := range []bool{true, false} {
		if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: readOnly}).Wait(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{}}}).Collect(); err != nil {
			t.Fatal(err)
		}
		if seen := m.Messages("a@b.test")[0].Seen; seen == readOnly {
			t.Errorf("read-only %v: seen %v", readOnly, seen)
		}
	}
}

func TestSearch(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	deliver(t, m, "a@b.test", "Subject: =?utf-8?q?r=C3=A4ka?=\r\nMessage-ID: <1@x>\r\nDate: Mon, 02 Jan 2023 10:00:00 +0100\r\n\r\nfirst\r\n")
	deliver(t, m, "a@b.test", "Subject: other\r\nMessage-ID: <2@x>\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\nc2Vjb25kIGxldHRlcg==\r\n")
	c := login(t, m.IMAPAddr(), "a@b.test", "demo")
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		criteria imap.SearchCriteria
		want     string
	}{
		{imap.SearchCriteria{}, "1:2"},
		{imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-Id", Value: "<2@x>"}}}, "2"},
		{imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: "RÄKA"}}}, "1"},
		{imap.SearchCriteria{Body: []string{"second letter"}}, "2"},
		{imap.SearchCriteria{Text: []string{"first"}}, "1"},
		{imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 2, Stop: 0}}}}, "2"},
		{imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 7, Stop: 0}}}}, "2"}, // 7:* is 2:7
		{imap.SearchCriteria{SentBefore: time.Date(2023, 1, 3, 0, 0, 0, 0, time.UTC)}, "1"},
		{imap.SearchCriteria{Not: []imap.SearchCriteria{{Body: []string{"first"}}}}, "2"},
		{imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{{Body: []string{"first"}}, {Body: []string{"second"}}}}}, "1:2"},
		{imap.SearchCriteria{Flag: []imap.Flag{imap.FlagSeen}}, ""},
	} {
		got, err := c.UIDSearch(&test.criteria, nil).Wait()
		if err != nil || got.All.String() != test.want {
			t.Errorf("%+v: %v, %v", test.criteria, got, err)
		}
	}
	// A delivery that the client has not been told of is found by UID, and
	// can be fetched then.
	deliver(t, m, "a@b.test", "third")
	got, err := c.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{{{Start: 3, Stop: 0}}}}, nil).Wait()
	if err != nil || got.All.String() != "3" {
		t.Fatalf("%v, %v", got, err)
	}
	if body := fetchBody(t, c, 3); !strings.HasSuffix(body, "third") {
		t.Errorf("%q", body)
	}
}

func TestFolders(t *testing.T) {
	m := startTestMail(t, MailOptions{Dir: t.TempDir()})
	c := login(t, m.IMAPAddr(), "a@b.test", "demo")
	list := func() string {
		t.Helper()
		data, err := c.List("", "*", nil).Collect()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range data {
			names = append(names, d.Mailbox)
		}
		return strings.Join(names, " ")
	}
	for _, name := range []string{"A", "A/B", "..", "Färdig"} {
		if err := c.Create(name, nil).Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Create("a\x01b", nil).Wait(); err == nil {
		t.Error("control character in a name")
	}
	if got := list(); got != ".. A A/B Färdig INBOX" {
		t.Errorf("LIST: %q", got)
	}
	validity := func(name string) uint32 {
		t.Helper()
		status, err := c.Status(name, &imap.StatusOptions{UIDValidity: true}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		return status.UIDValidity
	}
	before := validity("Färdig")
	if err := c.Delete("Färdig").Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Create("Färdig", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if after := validity("Färdig"); after <= before {
		t.Errorf("UIDVALIDITY went from %d to %d", before, after)
	}
	appended := c.Append("A/B", 3, &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
	if _, err := appended.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := appended.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err := appended.Wait(); err != nil || data.UID == 0 || data.UIDValidity != validity("A/B") {
		t.Errorf("APPEND: %+v, %v", data, err)
	}
	if err := c.Rename("A", "Z", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if got := list(); got != ".. Färdig INBOX Z Z/B" {
		t.Errorf("LIST after RENAME: %q", got)
	}
	if _, err := c.Select("Z/B", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete("INBOX").Wait(); err == nil {
		t.Error("INBOX was deleted")
	}
}

// TestClientHangsUpDuringFetch is for the goroutine that must not stay behind.
func TestClientHangsUpDuringFetch(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	deliver(t, m, "a@b.test", strings.Repeat("0123456789abcde\n", 1<<20))
	conn, err := net.Dial("tcp", m.IMAPAddr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("a LOGIN a@b.test demo\r\nb SELECT INBOX\r\nc FETCH 1 (BODY[])\r\n")); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if strings.Contains(lines.Text(), "FETCH") {
			break
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}
