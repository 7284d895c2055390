package message_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// tight are bounds that a fuzzer reaches.
var tight = message.Limits{
	Size: 1 << 16, Parts: 20, Depth: 5, TextBytes: 4096, DecodedBytes: 1 << 15, Addresses: 10, References: 5, Defects: 20,
	HeaderLines: 50, HeaderBytes: 4096, FieldBytes: 1024, Params: 10,
}

// FuzzParse holds what callers rely on for any bytes: no panic, bounds kept,
// strings that are valid UTF-8, a tree, bodies as long as they say.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	for _, c := range faults {
		f.Add([]byte(c.raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		m := message.Parse(raw, tight)
		if !bytes.Equal(raw, before) {
			t.Fatal("the input was changed")
		}
		sane(t, m)
	})
}

// sane checks a message read within tight.
func sane(t *testing.T, m *message.Message) {
	t.Helper()
	if m.Root == nil {
		t.Fatal("no root")
	}
	if len(m.Text) > tight.TextBytes || len(m.HTML) > tight.TextBytes || len(m.Defects) > tight.Defects+1 || len(m.References) > tight.References {
		t.Fatalf("bounds: text %d, html %d, defects %d, references %d", len(m.Text), len(m.HTML), len(m.Defects), len(m.References))
	}
	if n := len(m.From) + len(m.To) + len(m.Cc) + len(m.ReplyTo) + len(m.Sender); n > tight.Addresses {
		t.Fatalf("%d addresses", n)
	}
	valid(t, "text", m.Text)
	valid(t, "html", m.HTML)
	valid(t, "subject", m.Subject)
	valid(t, "id", m.MessageID)
	parts, decoded := 0, int64(0)
	m.Walk(func(_ *message.Message, p *message.Part) bool {
		parts++
		valid(t, "file name", p.Filename)
		valid(t, "part", p.Text(100))
		if p.MediaType == "" {
			t.Fatal("a part without a type")
		}
		if p.Nested == nil && !p.IsMultipart() {
			decoded += p.Body.Size()
		}
		return true
	})
	if parts > tight.Parts+1 || decoded > tight.DecodedBytes {
		t.Fatalf("%d parts, %d decoded bytes", parts, decoded)
	}
	for _, a := range m.Attachments {
		valid(t, "file name", a.Filename)
		body(t, a.Body)
		m.ByContentID(a.ContentID)
	}
	for _, c := range m.Calendars() {
		valid(t, "uid", c.UID)
	}
}

func valid(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%s isn't UTF-8: %q", what, s)
	}
	if strings.ContainsRune(s, 0) {
		t.Fatalf("%s has a NUL: %q", what, s)
	}
}

// body checks that a body is the same however it is read, and returns it.
func body(t *testing.T, b message.Body) []byte {
	t.Helper()
	whole := b.Bytes()
	if int64(len(whole)) != b.Size() {
		t.Fatalf("%d bytes, size says %d", len(whole), b.Size())
	}
	streamed, err := io.ReadAll(b.Open())
	if err != nil || !bytes.Equal(streamed, whole) {
		t.Fatalf("streamed %q (%v), whole %q", streamed, err, whole)
	}
	if len(whole) < 2000 {
		streamed, err = io.ReadAll(iotest.OneByteReader(b.Open()))
		if err != nil || !bytes.Equal(streamed, whole) {
			t.Fatalf("byte by byte %q (%v), whole %q", streamed, err, whole)
		}
	}
	return whole
}

func FuzzParseAddresses(f *testing.F) {
	for _, s := range []string{`"a, b" <a@b.example>, c (d) <e@f>`, `g: a@b;`, `<@r:a@b>`, `((((`, `"\"`, `=?utf-8?q?a?= <b@c>`, `=?utf-8?q?a,b?= <b@c>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, bad := message.ParseAddresses(s, 5)
		if len(list) > 5 || len(bad) > 100 {
			t.Fatalf("%d addresses, %d bad", len(list), len(bad))
		}
		for _, a := range list {
			if a.Addr == "" || !utf8.ValidString(a.Name) {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// FuzzBase64 compares what is decoded with the standard library wherever that
// accepts it, and lines of it with the same in one.
func FuzzBase64(f *testing.F) {
	for _, s := range []string{"aGVsbG8=", "aGVs\r\nbG8=", "aGVsbG8", "w6U=w6U=", "a_-b", "aGk=\n\nHow do you do?", "aGk=\n____________________\nlist\n", "A*!%A*!%"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got := decoded(t, "base64", src)
		var clean []byte
		for _, c := range src {
			if c != '\r' && c != '\n' {
				clean = append(clean, c)
			}
		}
		want, err := base64.StdEncoding.DecodeString(string(clean))
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", src, got, want)
		}
	})
}

// FuzzQuotedPrintable compares with a decoder that is slow and plain.
func FuzzQuotedPrintable(f *testing.F) {
	for _, s := range []string{"a=C3=A5b", "soft=\r\nbreak", "soft= \t\nbreak", "space \t\r\n", "=", "==", "=C", "=zz", "a\nb\r\nc\r\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got := decoded(t, "quoted-printable", src)
		if want := plainQuotedPrintable(src); !bytes.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", src, got, want)
		}
	})
}

func plainQuotedPrintable(src []byte) []byte {
	out := []byte{}
	lines := strings.Split(string(src), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		soft := strings.HasSuffix(line, "=")
		line = strings.TrimSuffix(line, "=")
		for line != "" {
			var b [1]byte
			if len(line) >= 3 && line[0] == '=' && hexPair(line[1:3], &b) {
				out = append(out, b[0])
				line = line[3:]
				continue
			}
			out = append(out, line[0])
			line = line[1:]
		}
		if i < len(lines)-1 && !soft {
			out = append(out, "\r\n"...)
		}
	}
	return out
}

func hexPair(s string, b *[1]byte) bool {
	const digits = "0123456789abcdef"
	hi, lo := strings.Index(digits, strings.ToLower(s[:1])), strings.Index(digits, strings.ToLower(s[1:]))
	b[0] = byte(hi<<4 | lo)
	return hi >= 0 && lo >= 0
}

// decoded is an attachment's body in a transfer encoding.
func decoded(t *testing.T, encoding string, src []byte) []byte {
	t.Helper()
	raw := append([]byte("Content-Type: application/octet-stream; name=x\nContent-Transfer-Encoding: "+encoding+"\n\n"), src...)
	m := message.Parse(raw, message.Limits{})
	if len(m.Attachments) != 1 {
		t.Fatalf("%d attachments", len(m.Attachments))
	}
	return body(t, m.Attachments[0].Body)
}

// FuzzUU reads any bytes as uuencode and as yEnc, declared and within a text.
func FuzzUU(f *testing.F) {
	f.Add([]byte("begin 644 a.txt\n%:&5L;&\\\n`\nend\n"))
	f.Add([]byte("=ybegin line=128 size=2 name=a\nkl\n=yend size=2\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		decoded(t, "x-uuencode", src)
		decoded(t, "x-yenc", src)
		sane(t, message.Parse(append([]byte("Subject: x\n\nbegin 644 a\n"), src...), tight))
	})
}

// FuzzCharset decodes any bytes as any charset.
func FuzzCharset(f *testing.F) {
	for label, text := range map[string]string{
		"utf-7": "+AOUA5ADr-", "iso-2022-kr": "\x1b$)C\x0eGQ\x0f", "hz-gb-2312": "~{<:Ky~}", "": "r\xe4v", "utf-16": "\xff\xfea\x00",
		"gb18030": "\x81\x30\x81\x30", "x-user-defined": "\xff", "utf-32": "\x00\x00\x00a", "windows-1251": "\xef\xf0\xe8",
	} {
		f.Add(label, []byte(text))
	}
	f.Fuzz(func(t *testing.T, label string, text []byte) {
		if strings.ContainsAny(label, "\r\n;\"") {
			return
		}
		sane(t, message.Parse(append([]byte("Content-Type: text/plain; charset=\""+label+"\"\n\n"), text...), tight))
		sane(t, message.Parse(append([]byte("Content-Type: text/html\n\n<meta charset="+label+">"), text...), tight))
	})
}

// FuzzHeader reads any value as a subject, as parameters, as a date and as ids.
func FuzzHeader(f *testing.F) {
	for _, s := range []string{
		"=?utf-8?q?a_b?= =?utf-8?b?w6U=?=", "=?utf-8?b?w6U", "=?x?=?=?q?", "text/plain; charset=utf-8; name*0*=utf-8''a; name*1=b",
		"multipart/mixed; boundary=\"a b\"", "Fri, 12 Apr 2024 08:05:09 +0200", "<a@b> <c d@e>", "a; n*=''%", "=?iso-2022-jp?b?GyRC?=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.NewReplacer("\n", " ", "\r", " ").Replace(s)
		m := message.Parse([]byte("Subject: "+s+"\nDate: "+s+"\nReferences: "+s+"\nContent-Type: "+s+"\nContent-Disposition: "+s+"\n\nx"), tight)
		sane(t, m)
		for name := range m.Header.All() {
			valid(t, name, strings.ReplaceAll(m.Header.Get(name), "\x00", ""))
		}
	})
}

// FuzzTNEF reads any bytes as the attributes of a winmail.dat.
func FuzzTNEF(f *testing.F) {
	f.Add(winmail(
		tnefAttribute(0x0002800c, []byte("hello\x00")),
		tnefAttribute(0x00069002, []byte("rendering")),
		tnefAttribute(0x00018010, []byte("A.TXT\x00")),
		tnefAttribute(0x0006800f, []byte("data")),
		tnefAttribute(0x00069005, tnefString(0x3707, "a longer name.txt")),
	))
	f.Fuzz(func(t *testing.T, src []byte) {
		raw := append([]byte("Content-Type: application/ms-tnef; name=winmail.dat\n\n\x78\x9f\x3e\x22\x01\x00"), src...)
		sane(t, message.Parse(raw, tight))
	})
}

// FuzzText reads any text as format=flowed and as the markup of RFC 1896.
func FuzzText(f *testing.F) {
	f.Add("one \ntwo\n> a \n> b\n-- \nme\n")
	f.Add("<bold>a</bold><<b>\n\nc<param>x</param>")
	f.Fuzz(func(t *testing.T, s string) {
		for _, head := range []string{"text/plain; format=flowed", "text/plain; format=flowed; delsp=yes", "text/enriched", "text/richtext"} {
			sane(t, message.Parse([]byte("Content-Type: "+head+"\n\n"+s), tight))
		}
	})
}

// FuzzSigned reads any bytes as the ASN.1 of S/MIME.
func FuzzSigned(f *testing.F) {
	f.Add(signedData(false, "Content-Type: text/plain\n\nhi"))
	f.Add(signedData(true, "Content-Type: text/plain\n\nhi"))
	f.Fuzz(func(t *testing.T, src []byte) {
		sane(t, message.Parse(append([]byte("Content-Type: application/pkcs7-mime\n\n"), src...), tight))
	})
}
