package message_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// value writes an ASN.1 value, with its length or with an end.
func value(tag byte, open bool, content ...string) string {
	s := strings.Join(content, "")
	switch {
	case open:
		return string([]byte{tag, 0x80}) + s + "\x00\x00"
	case len(s) < 0x80:
		return string([]byte{tag, byte(len(s))}) + s
	}
	return string([]byte{tag, 0x82, byte(len(s) >> 8), byte(len(s))}) + s
}

// signedData writes what an S/MIME mail holds that is signed as a whole: with
// lengths, as Outlook does, or open and in pieces, as OpenSSL does.
func signedData(open bool, content string) []byte {
	octets := value(0x04, false, content)
	if open {
		half := len(content) / 2
		octets = "\x24\x80" + value(0x04, false, content[:half]) + value(0x04, false, content[half:]) + "\x00\x00"
	}
	wrap := func(tag byte, content ...string) string { return value(tag, open, content...) }
	return []byte(wrap(0x30, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", wrap(0xa0, wrap(0x30,
		"\x02\x01\x01", wrap(0x31, "\x30\x00"),
		wrap(0x30, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", wrap(0xa0, octets)),
		"\x31\x00"))))
}

func TestSignedData(t *testing.T) {
	entity := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nIt is " + strings.Repeat("very ", 60) + "secret.\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1,2\r\n--b--\r\n"
	for _, open := range []bool{false, true} {
		raw := "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" +
			base64.StdEncoding.EncodeToString(signedData(open, entity))
		m := message.Parse([]byte(raw), message.Limits{})
		equal(t, "text", m.Text, "It is "+strings.Repeat("very ", 60)+"secret.")
		equal(t, "files", files(m), []file{{Filename: "a.csv", ContentType: "text/csv", Data: "1,2"}})
		equal(t, "defects", len(m.Defects), 0)
	}
}
