package message_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

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

func b64(data []byte) string {
	s := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(s) > 76 {
		fmt.Fprintf(&b, "%s\r\n", s[:76])
		s = s[76:]
	}
	return b.String() + s
}
