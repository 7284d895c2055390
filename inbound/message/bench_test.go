package message_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// BenchmarkParse reads mails with this package, the same with
// emersion/go-message, and with both in turn, which gives a ratio that a busy
// machine can't spoil. Both undo transfer encodings and charsets of everything;
// ours also reads the addresses and chooses the text. An operation is one mail.
//
//	go test -run '^$' -bench 'Parse/' ./inbound/message
func BenchmarkParse(b *testing.B) {
	b.Run("own", func(b *testing.B) { compare(b, realistic()) })
	b.Run("corpus", func(b *testing.B) { compare(b, corpus(b)) })
}

func compare(b *testing.B, mails [][]byte) {
	b.Helper()
	size := 0
	for _, m := range mails {
		size += len(m)
	}
	for name, read := range map[string]func([]byte){"tradepost": readOurs, "go-message": readTheirs} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size / len(mails)))
			for i := 0; b.Loop(); i++ {
				read(mails[i%len(mails)])
			}
		})
	}
	b.Run("ratio", func(b *testing.B) {
		var ours, theirs time.Duration
		for b.Loop() {
			start := time.Now()
			for _, m := range mails {
				readOurs(m)
			}
			between := time.Now()
			for _, m := range mails {
				readTheirs(m)
			}
			ours += between.Sub(start)
			theirs += time.Since(between)
		}
		b.ReportMetric(float64(ours)/float64(theirs), "ours/theirs")
	})
}

// readOurs parses a mail and decodes every attachment, as the other side does.
func readOurs(raw []byte) {
	m := message.Parse(raw, message.Limits{})
	for _, a := range m.Attachments {
		_, _ = io.Copy(io.Discard, a.Body.Open())
	}
}

func readTheirs(raw []byte) {
	e, err := gomessage.Read(bytes.NewReader(raw))
	if e == nil || err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
		return
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id"} {
		_, _ = e.Header.Text(name)
	}
	_ = e.Walk(func(_ []int, e *gomessage.Entity, _ error) error {
		if e != nil && e.MultipartReader() == nil {
			_, _ = io.Copy(io.Discard, e.Body)
		}
		return nil // on to the next part, whatever was wrong with this one
	})
}

// corpus are the public mails beside the project, where they are.
func corpus(b *testing.B) [][]byte {
	b.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpus", "inbound")
	var mails [][]byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") {
			return err
		}
		raw, err := os.ReadFile(path)
		mails = append(mails, raw)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(mails) == 0 {
		b.Skip("no ../shared/corpus/inbound beside the project")
	}
	if err != nil {
		b.Fatal(err)
	}
	return mails
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

func qp(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(w, s) // a strings.Builder takes all
	_ = w.Close()
	return b.String()
}

func b64(data []byte) string {
	s := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(s) > 76 {
		fmt.Fprintf(&b, "%s\r\n", s[:76])
		s = s[76:]
	}
	return b.String() + s
}

// BenchmarkParseLarge reads a mail of 34 MB with a file of 25 MB in it, which
// isn't decoded.
func BenchmarkParseLarge(b *testing.B) {
	raw := largeMail()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		message.Parse(raw, message.Limits{})
	}
}

func largeMail() []byte {
	return []byte("From: maja@lind.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nthe film\r\n--b\r\n" +
		"Content-Type: video/mp4; name=film.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		b64(bytes.Repeat([]byte("0123456789abcde\xff"), 25<<16)) + "\r\n--b--\r\n")
}
