package message_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

func fixture(t testing.TB, name string) *message.Message {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return message.Parse(raw, message.Limits{})
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// file is an attachment with its bytes.
type file struct {
	Filename, ContentType, ContentID string
	Inline                           bool
	Data                             string
}

func files(m *message.Message) []file {
	var fs []file
	for _, a := range m.Attachments {
		fs = append(fs, file{a.Filename, a.ContentType, a.ContentID, a.Inline, string(a.Body.Bytes())})
	}
	return fs
}

func kinds(m *message.Message) []message.DefectKind {
	var ks []message.DefectKind
	for _, d := range m.Defects {
		if !slices.Contains(ks, d.Kind) {
			ks = append(ks, d.Kind)
		}
	}
	return ks
}

func TestSwedishQuotedPrintable(t *testing.T) {
	m := fixture(t, "swedish-quoted-printable")
	equal(t, "from", m.From, []message.Address{{Name: "Maja Åkerström", Addr: "maja@atelje.example"}})
	equal(t, "to", m.To, []message.Address{{Name: "Lind, Nils", Addr: "nils@lind.example"}, {Name: "Karin Spång", Addr: "karin@lind.example"}})
	equal(t, "subject", m.Subject, "Smörgåsar på fredag")
	equal(t, "id", m.MessageID, "<a1@atelje.example>")
	equal(t, "in-reply-to", m.InReplyTo, "<q7@lind.example>")
	equal(t, "references", m.References, []string{"<q1@lind.example>", "<q7@lind.example>"})
	equal(t, "date", m.Date.UTC(), time.Date(2024, 4, 12, 6, 5, 9, 0, time.UTC))
	equal(t, "text", m.Text, "Vi ses på fredag klockan tolv, jag tar med smörgåsarna och du tar med kaffet.\n\n/Maja\n")
	equal(t, "defects", len(m.Defects), 0)
}

func TestJapanese(t *testing.T) {
	m := fixture(t, "japanese-iso-2022-jp")
	equal(t, "from", m.From, []message.Address{{Name: "佐藤花子", Addr: "hanako@shop.example"}})
	equal(t, "subject", m.Subject, "見積もりの件")
	equal(t, "text", m.Text, "明日の午後にお送りします。\n")
}

func TestAttachments(t *testing.T) {
	m := fixture(t, "attachment-rfc2231")
	equal(t, "text", m.Text, "The prices are attached, please look at the third page.\n-- \nNils\n")
	equal(t, "html", m.HTML, "<p>The prices are attached, please look at the third page.</p>")
	equal(t, "attachments", files(m), []file{
		{Filename: "Pris lista vår 2024.csv", ContentType: "text/csv", Data: "item,price\nlamp,12\n"},
		{Filename: "logo.png", ContentType: "image/png", ContentID: "logo@lind.example", Inline: true, Data: "\x89PNG\r\n\x1a\n"},
	})
	equal(t, "defects", len(m.Defects), 0)
}

func TestNestedMessage(t *testing.T) {
	m := fixture(t, "nested-rfc822")
	equal(t, "text", m.Text, "See the mail attached.")
	if len(m.Root.Children) != 2 || m.Root.Children[1].Nested == nil {
		t.Fatalf("no nested message in %+v", m.Root)
	}
	n := m.Root.Children[1].Nested
	equal(t, "nested subject", n.Subject, "Invoice 77")
	equal(t, "nested text", n.Text, "Your invoice is ready.")
	equal(t, "nested attachment", n.Attachments[0].Filename, "invoice.pdf")
	equal(t, "attachments", len(m.Attachments), 1)
	if !strings.HasPrefix(string(m.Attachments[0].Body.Bytes()), "From: supplier@paper.example\r\n") {
		t.Errorf("the attached message begins %.40q", m.Attachments[0].Body.Bytes())
	}
}

func TestMissingEndBoundary(t *testing.T) {
	m := fixture(t, "missing-end-boundary")
	equal(t, "text", m.Text, "All that was written.")
	equal(t, "html", m.HTML, "<p>All that was written.</p>")
	equal(t, "attachments", files(m), []file{{Filename: "half.bin", ContentType: "application/octet-stream", Data: "\x00\x01\x02\x03\x04"}})
	equal(t, "defects", kinds(m), []message.DefectKind{message.MissingEndBoundary})
}

func TestWinmail(t *testing.T) {
	m := fixture(t, "winmail")
	equal(t, "text", m.Text, "Grüße aus Zürich – bis bald")
	equal(t, "attachment", m.Attachments[0].Filename, "winmail.dat")
}

func TestBrokenHeader(t *testing.T) {
	m := fixture(t, "broken-header")
	equal(t, "from", m.From, []message.Address{{Name: "Señor Ortiz", Addr: "ortiz@paper.example"}})
	equal(t, "to", m.To, []message.Address{{Name: "Unclosed", Addr: "desk@market.example"}})
	equal(t, "subject", m.Subject, "a subject that was folded without a space")
	equal(t, "text", m.Text, "Still readable.")
	equal(t, "defects", kinds(m), []message.DefectKind{message.BadHeaderLine, message.BadAddress, message.BadDate})
}

func TestHeader(t *testing.T) {
	m := message.Parse([]byte("Received: one\nX-A: =?utf-8?q?=0D=0ABcc:_x?=\nreceived: two\n\n"), message.Limits{})
	equal(t, "values", m.Header.Values("RECEIVED"), []string{"one", "two"})
	equal(t, "a line end in an encoded word", m.Header.Get("x-a"), "Bcc: x")
	equal(t, "raw", m.Header.Raw("x-a"), "=?utf-8?q?=0D=0ABcc:_x?=")
	equal(t, "has", m.Header.Has("x-b"), false)
}

func TestEncodedWords(t *testing.T) {
	for in, want := range map[string]string{
		"=?utf-8?Q?a?= =?utf-8?Q?b?=":                     "ab",
		"=?utf-8?Q?a?= b":                                 "a b",
		"=?utf-8?B?w6U=?=":                                "å",
		"=?utf-8?B?w6U?=":                                 "å",
		"=?utf-8?B?ww==?= =?utf-8?B?pQ==?=":               "å", // a character split over two words
		"=?utf-8?q?with spaces inside?=":                  "with spaces inside",
		"=?iso-8859-1*sv?Q?=E5?=":                         "å",
		"=?utf-8?q?never_ends":                            "never ends",
		"=?x?z?a?=":                                       "=?x?z?a?=",
		"\xe5ngstr\xf6m":                                  "ångström",
		"=?unknown-charset?Q?plain?=":                     "plain",
		"Re: =?gb2312?B?xOO6ww==?= (=?koi8-r?Q?=C4=C1?=)": "Re: 你好 (да)",
	} {
		m := message.Parse([]byte("Subject: "+in+"\n\n"), message.Limits{})
		equal(t, in, m.Subject, want)
	}
}

func TestParseAddresses(t *testing.T) {
	for in, want := range map[string][]message.Address{
		`a@b.example`:                                 {{Addr: "a@b.example"}},
		`a@b.example (Anna (A.) B)`:                   {{Name: "Anna (A.) B", Addr: "a@b.example"}},
		`Lind, Maja <m@l.example>; x@y.example`:       {{Name: "Lind, Maja", Addr: "m@l.example"}, {Addr: "x@y.example"}},
		`"a \"b\", c" <a@b.example>`:                  {{Name: `a "b", c`, Addr: "a@b.example"}},
		`'Anna' <<a@b.example>>`:                      {{Name: "Anna", Addr: "a@b.example"}},
		`staff: a@b.example, B <b@b.example>;`:        {{Addr: "a@b.example"}, {Name: "B", Addr: "b@b.example"}},
		`<@relay.example:a@b.example>`:                {{Addr: "a@b.example"}},
		`Anna a@b.example`:                            {{Name: "Anna", Addr: "a@b.example"}},
		`mailto:a@b.example`:                          {{Addr: "a@b.example"}},
		`undisclosed-recipients:;`:                    nil,
		`"boss@bank.example" <thief@evil.example>`:    {{Name: "boss@bank.example", Addr: "thief@evil.example"}},
		`=?utf-8?Q?boss@bank.example?= <t@e.example>`: {{Name: "boss@bank.example", Addr: "t@e.example"}},
	} {
		got, _ := message.ParseAddresses(in, 100)
		equal(t, in, got, want)
	}
}

func TestDates(t *testing.T) {
	want := time.Date(2024, 4, 12, 6, 5, 9, 0, time.UTC)
	for _, in := range []string{
		"Fri, 12 Apr 2024 08:05:09 +0200", "12 Apr 2024 06:05:09 GMT", "Fri,12 Apr 24 01:05:09 EST", "Fri Apr 12 08:05:09 2024 +0200",
		"Friday, 12 April 2024 08:05:09 +0200", "Fri, 12 Apr 2024 08:05:09 GMT+0200 (CEST)", "2024-04-12T08:05:09+02:00",
	} {
		m := message.Parse([]byte("Date: "+in+"\n\n"), message.Limits{})
		if !m.Date.Equal(want) {
			t.Errorf("%s: %v", in, m.Date)
		}
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct{ charset, body, want string }{
		{"shift_jis", "\x93\xfa\x96{", "日本"}, {"gbk", "\xc4\xe3", "你"}, {"big5", "\xa7A", "你"}, {"koi8-r", "\xc4\xc1", "да"},
		{"windows-1251", "\xe4\xe0", "да"}, {"utf-16", "\x00h\x00i", "hi"}, {"utf-16le", "h\x00i\x00", "hi"}, {"utf-8", "r\xe4v", "räv"},
		{"us-ascii", "r\xc3\xa4v", "räv"}, {"", "r\xe4v", "räv"}, {"x-none", "r\xc3\xa4v", "räv"}, {"utf-8", "å\xff", "å\uFFFD"}, {"euc-kr", "\xb0\xa1", "가"},
	} {
		m := message.Parse([]byte("Content-Type: text/plain; charset="+c.charset+"\n\n"+c.body), message.Limits{})
		equal(t, c.charset, m.Text, c.want)
	}
}

func TestTolerance(t *testing.T) {
	for _, c := range []struct{ name, raw, text string }{
		{"undeclared boundary", "Content-Type: multipart/mixed\n\n--q\nContent-Type: text/plain\n\nhi\n--q--\n", "hi"},
		{"empty boundary", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\nContent-Type: text/plain\n\nhi\n----\n", "hi"},
		{"wrong boundary, nothing to find", "Content-Type: multipart/mixed; boundary=q\n\nhi", "hi"},
		{"encoded multipart", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgpoaQotLWItLQo=\n", "hi"},
		{"encoding claimed of a multipart", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nhi\n--b--\n", "hi"},
		{"unknown encoding", "Content-Transfer-Encoding: x-odd\n\nhi", "hi"},
		{"junk in base64", "Content-Transfer-Encoding: base64\n\naG!!k", "hi"},
		{"junk in quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n100=% =zz=C3=A4\n", "100=% =zzä\n"},
		{"no header", "just a line\nand more\n", "just a line\nand more\n"},
		{"no blank line", "Subject: x\nhello there\nand more\n", "hello there\nand more\n"},
		{"carriage returns alone", "Subject: x\r\rhi\r", "hi\n"},
		{"an HTML letter with a list's footer", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>hi\n--b\n\nfooter <x>\n--b--\n", ""},
	} {
		m := message.Parse([]byte(c.raw), message.Limits{})
		equal(t, c.name, m.Text, c.text)
	}
}
