package message_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"testing"
	"unicode/utf16"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// winmail writes a TNEF file of attributes.
func winmail(attributes ...[]byte) []byte {
	return append([]byte("\x78\x9f\x3e\x22\x01\x00"), bytes.Join(attributes, nil)...)
}

func tnefAttribute(id uint32, data []byte) []byte {
	b := []byte{1}
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	var sum uint16
	for _, c := range data {
		sum += uint16(c)
	}
	return binary.LittleEndian.AppendUint16(b, sum)
}

// tnefString is a list of one MAPI property, a string in UTF-16.
func tnefString(id uint16, s string) []byte {
	units := append(utf16.Encode([]rune(s)), 0)
	b := []byte{1, 0, 0, 0, 0x1f, 0}
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(units)))
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return append(b, make([]byte, (4-len(units)*2%4)%4)...)
}

func winmailLetter(data []byte) []byte {
	return []byte("Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(data))
}

func TestTNEF(t *testing.T) {
	data := bytes.Repeat([]byte("price"), 5000)
	m := message.Parse(winmailLetter(winmail(
		tnefAttribute(0x00069007, []byte("\xe2\x04\x00\x00\x00\x00\x00\x00")), // windows-1250
		tnefAttribute(0x0002800c, []byte("Dzie\xf1 dobry\r\n\x00")),
		tnefAttribute(0x00069002, make([]byte, 14)),
		tnefAttribute(0x00018010, []byte("CENNIK~1.CSV\x00")),
		tnefAttribute(0x0006800f, data),
		tnefAttribute(0x00069005, tnefString(0x3707, "cennik wiosną.csv")),
		tnefAttribute(0x00069002, make([]byte, 14)),
		tnefAttribute(0x00018010, []byte("logo.png\x00")),
		tnefAttribute(0x0006800f, []byte("\x89PNG")),
	)), message.Limits{})
	equal(t, "text", m.Text, "Dzień dobry\n")
	equal(t, "files", files(m), []file{
		{Filename: "cennik wiosną.csv", ContentType: "application/octet-stream", Data: string(data)},
		{Filename: "logo.png", ContentType: "application/octet-stream", Data: "\x89PNG"},
	})
	equal(t, "defects", len(m.Defects), 0)
	body(t, m.Attachments[0].Body)
}

func TestTNEFCutShort(t *testing.T) {
	whole := winmail(tnefAttribute(0x00069002, nil), tnefAttribute(0x00018010, []byte("a.txt\x00")), tnefAttribute(0x0006800f, []byte("data")),
		tnefAttribute(0x00069002, nil), tnefAttribute(0x0006800f, make([]byte, 1000)))
	m := message.Parse(winmailLetter(whole[:len(whole)-500]), message.Limits{})
	equal(t, "defects", kinds(m), []message.DefectKind{message.BadTNEF})
	equal(t, "first file", files(m)[0], file{Filename: "a.txt", ContentType: "application/octet-stream", Data: "data"})
}

// TestTNEFWithinTNEF says that what stands in the inner one wasn't looked at.
func TestTNEFWithinTNEF(t *testing.T) {
	inner := winmail(tnefAttribute(0x0002800c, []byte("within\x00")))
	m := message.Parse(winmailLetter(winmail(
		tnefAttribute(0x0002800c, []byte("outside\x00")),
		tnefAttribute(0x00069002, make([]byte, 14)),
		tnefAttribute(0x00018010, []byte("winmail.dat\x00")),
		tnefAttribute(0x0006800f, inner),
	)), message.Limits{})
	equal(t, "text", m.Text, "outside")
	equal(t, "file", string(m.Attachments[0].Body.Bytes()), string(inner))
	equal(t, "defects", m.Defects, []message.Defect{{Kind: message.BadTNEF, Detail: "winmail.dat"}})
}
