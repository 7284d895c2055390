package message_test

import (
	"fmt"
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// leaf is a part that was written, and what must come back of it.
type leaf struct{ mediaType, name, content string }

// writer composes random mails the way mailers do.
type writer struct {
	t          *rapid.T
	leaves     []leaf
	boundaries int
}

var (
	line     = rapid.StringOfN(rapid.RuneFrom([]rune("abcdef ABC 123 =_?.-åäöéżдж你好'\"")), 0, 60, -1)
	fileName = rapid.StringOfN(rapid.RuneFrom([]rune("abcåäж你 ._'-%=?")), 1, 30, -1).Filter(func(s string) bool {
		return strings.TrimSpace(s) == s && !strings.HasPrefix(s, ".") && !strings.Contains(s, "%") && !strings.Contains(s, "=?")
	})
)

func (w *writer) part(depth int) string {
	if depth < 3 && rapid.IntRange(0, 2).Draw(w.t, "kind") == 0 {
		return w.multipart(depth)
	}
	if rapid.Bool().Draw(w.t, "is text") {
		return w.text()
	}
	return w.file()
}

func (w *writer) multipart(depth int) string {
	w.boundaries++
	boundary := fmt.Sprintf("=_%d_%s", w.boundaries, rapid.SampledFrom([]string{"", "b", "b b", "'", "1"}).Draw(w.t, "boundary")+"x")
	kind := rapid.SampledFrom([]string{"mixed", "alternative", "related", "signed"}).Draw(w.t, "multipart")
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s;\r\n\tboundary=\"%s\"\r\n\r\n", kind, boundary)
	if rapid.Bool().Draw(w.t, "preamble") {
		b.WriteString("This is for readers of old.\r\n--not\r\n")
	}
	for range rapid.IntRange(1, 3).Draw(w.t, "parts") {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, w.part(depth+1))
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.String()
}

func (w *writer) text() string {
	lines := rapid.SliceOfN(line, 1, 5).Draw(w.t, "lines")
	mediaType := rapid.SampledFrom([]string{"text/plain", "text/html"}).Draw(w.t, "type")
	// Quoted-printable and 8bit lose the white space at the end of a line.
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
		if strings.HasPrefix(lines[i], "--") || strings.HasPrefix(lines[i], "begin ") {
			lines[i] = "x" + lines[i]
		}
	}
	content := "x" + strings.Join(lines, "\r\n")
	w.leaves = append(w.leaves, leaf{mediaType, "", strings.ReplaceAll(content, "\r\n", "\n")})
	head := "Content-Type: " + mediaType + "; charset=utf-8\r\n"
	switch rapid.IntRange(0, 2).Draw(w.t, "encoding") {
	case 0:
		return head + "Content-Transfer-Encoding: 8bit\r\n\r\n" + content
	case 1:
		return head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + qp(content)
	}
	return head + "Content-Transfer-Encoding: base64\r\n\r\n" + b64([]byte(content))
}

func (w *writer) file() string {
	data := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(w.t, "data")
	name := fileName.Draw(w.t, "name")
	w.leaves = append(w.leaves, leaf{"application/octet-stream", name, string(data)})
	head := "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n " + w.nameParameter(name) + "\r\n"
	switch rapid.IntRange(0, 1).Draw(w.t, "encoding") {
	case 0:
		var b strings.Builder
		for i, c := range data {
			fmt.Fprintf(&b, "=%02X", c)
			if i%20 == 19 {
				b.WriteString("=\r\n")
			}
		}
		return head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b.String()
	}
	return head + "Content-Transfer-Encoding: base64\r\n\r\n" + b64(data)
}

// nameParameter writes a file name in one of the four ways that mailers know.
func (w *writer) nameParameter(name string) string {
	switch rapid.IntRange(0, 3).Draw(w.t, "name's form") {
	case 0:
		return "filename=\"" + name + "\""
	case 1:
		return "filename=\"" + mime.QEncoding.Encode("utf-8", name) + "\""
	case 2:
		return "filename*=utf-8''" + percent(name)
	}
	var segments []string
	rest := "utf-8''" + percent(name)
	for i := 0; rest != ""; i++ {
		// An escape isn't cut through.
		n := min(len(rest), 12)
		for n < len(rest) && strings.Contains(rest[max(n-2, 0):n], "%") {
			n++
		}
		segments = append(segments, fmt.Sprintf("filename*%d*=%s", i, rest[:n]))
		rest = rest[n:]
	}
	return strings.Join(rapid.Permutation(segments).Draw(w.t, "order"), ";\r\n ")
}

func percent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' || c == '.' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// TestComposed writes random trees and finds every text, name and byte again.
func TestComposed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &writer{t: t}
		raw := "Subject: x\r\nMIME-Version: 1.0\r\n" + w.part(0)
		if rapid.Bool().Draw(t, "bare line feeds") {
			raw = strings.ReplaceAll(raw, "\r\n", "\n")
		}
		m := message.Parse([]byte(raw), message.Limits{})
		var got []leaf
		m.Root.Walk(func(p *message.Part) {
			if p.IsMultipart() {
				return
			}
			content := string(p.Body.Bytes())
			if strings.HasPrefix(p.MediaType, "text/") {
				content = p.Text(1 << 20)
			}
			got = append(got, leaf{p.MediaType, p.Filename, content})
		})
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", w.leaves) {
			t.Fatalf("got  %q\nwant %q\nof %s", got, w.leaves, raw)
		}
		if len(m.Defects) > 0 {
			t.Fatalf("defects %v of %s", m.Defects, raw)
		}
	})
}

// TestSubjectRoundTrip encodes any line as the standard library does, folded.
func TestSubjectRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := strings.TrimSpace(line.Draw(t, "subject"))
		if !utf8.ValidString(want) || strings.Contains(want, "=?") {
			t.Skip()
		}
		encoded := rapid.SampledFrom([]mime.WordEncoder{mime.QEncoding, mime.BEncoding}).Draw(t, "encoding").Encode("utf-8", want)
		raw := "Subject: " + strings.ReplaceAll(encoded, "?= =?", "?=\r\n =?") + "\r\n\r\n"
		if got := message.Parse([]byte(raw), message.Limits{}).Subject; got != want {
			t.Fatalf("got %q, want %q, of %q", got, want, raw)
		}
	})
}

// TestTruncated cuts a mail at every seventh byte: whatever is left is read, and what was
// whole before the cut is unharmed.
func TestTruncated(t *testing.T) {
	raw := realistic()[2]
	raw = raw[:12<<10]
	for n := 0; n < len(raw); n += 7 {
		m := message.Parse(raw[:n], message.Limits{})
		if n > 3000 && !strings.HasPrefix(m.Text, "Hej,\n\nvi tar gärna") {
			t.Fatalf("cut at %d: %.80q", n, m.Text)
		}
	}
}
