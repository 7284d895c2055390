package message_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
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

func qp(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(w, s) // a strings.Builder takes all
	_ = w.Close()
	return b.String()
}

// realistic makes mails as they come every day: a short answer, a long one with
// its quote in text and HTML, one with a picture and a file, one in Japanese.
func realistic() [][]byte {
	header := "Return-Path: <maja@lind.example>\r\n" +
		"Received: from mx1.lind.example (mx1.lind.example [192.0.2.7])\r\n\tby mail.market.example (Postfix) with ESMTPS id 4Xk1\r\n" +
		"\tfor <desk@market.example>; Fri, 12 Apr 2024 08:05:11 +0200 (CEST)\r\n" +
		"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=lind.example; s=k1;\r\n\th=from:to:subject:date; bh=" +
		strings.Repeat("q", 43) + "=;\r\n\tb=" + strings.Repeat("Z1x/", 85) + "==\r\n" +
		"From: =?utf-8?Q?Maja_=C3=85kerstr=C3=B6m?= <maja@lind.example>\r\n" +
		"To: \"Trading desk\" <desk@market.example>\r\nCc: Nils Lind <nils@lind.example>, karin@lind.example\r\n" +
		"Subject: Re: =?utf-8?B?UHJpc2VyIHDDpSBsYW1wb3I=?=\r\nDate: Fri, 12 Apr 2024 08:05:09 +0200\r\n" +
		"Message-ID: <CAF=x1y2z3@mail.lind.example>\r\nIn-Reply-To: <q7@market.example>\r\nReferences: <q1@market.example>\r\n <q7@market.example>\r\n" +
		"MIME-Version: 1.0\r\n"
	quote := strings.Repeat("> Tack för beställningen, vi skickar lamporna på måndag och räkningen följer.\r\n", 20)
	text := "Hej,\r\n\r\nvi tar gärna tolv till om priset är detsamma.\r\n\r\nMaja\r\n\r\n" + quote
	page := "<html><body><p>Hej,</p><p>vi tar gärna tolv till om priset är detsamma.</p><blockquote>" + strings.Repeat("<p>"+quote+"</p>\r\n", 3) + "</blockquote></body></html>\r\n"
	alternative := "--alt\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + qp(text) +
		"\r\n--alt\r\nContent-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + qp(page) + "\r\n--alt--\r\n"
	return [][]byte{
		[]byte(header + "Content-Type: text/plain; charset=us-ascii\r\n\r\nYes, please.\r\n"),
		[]byte(header + "Content-Type: multipart/alternative; boundary=\"alt\"\r\n\r\n" + alternative),
		[]byte(header + "Content-Type: multipart/mixed; boundary=mix\r\n\r\n--mix\r\nContent-Type: multipart/alternative; boundary=alt\r\n\r\n" + alternative +
			"--mix\r\nContent-Type: application/pdf; name=\"prislista.pdf\"\r\nContent-Disposition: attachment; filename=\"prislista.pdf\"\r\n" +
			"Content-Transfer-Encoding: base64\r\n\r\n" + b64(bytes.Repeat([]byte("%PDF-1.4 lamp "), 3000)) + "\r\n--mix--\r\n"),
		[]byte(header + "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + strings.Repeat("\x1b$BL@F|$N8a8e$K$*Aw$j$7$^$9!#\x1b(B\r\n", 20)),
	}
}
