package tradepost

import (
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// portable is the beginning of a program of Windows, with its header at an offset.
func portable(at int) []byte {
	b := make([]byte, max(at, 0x40)+8)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[0x3c:], uint32(at))
	copy(b[at:], "PE\x00\x00")
	return b
}

func TestContentTellsWhatAFileIs(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		refused bool
	}{
		"a program":                 {portable(0x80), true},
		"one with a long beginning": {portable(1000), true},
		"ELF":                       {[]byte("\x7fELF\x02\x01\x01"), true},
		"a class":                   {[]byte("\xca\xfe\xba\xbe\x00\x00"), true},
		"a shortcut":                {[]byte("L\x00\x00\x00\x01\x14\x02\x00\x00"), true},
		"text":                      {[]byte("MZ is how the report begins, and it goes on for longer than a header is, as texts do."), false},
		"short text":                {[]byte("MZ"), false},
		"a header elsewhere":        {append([]byte("MZ"), make([]byte, 100)...), false},
		"PDF":                       {[]byte("%PDF-1.7\n"), false},
		"nothing":                   {nil, false},
	} {
		if got := NewAttachment("offer.pdf", "application/pdf", c.content).Refused(); got != c.refused {
			t.Errorf("%s: refused %v", name, got)
		}
	}
	unread := Attachment{Filename: "a.pdf", Open: func() (io.ReadCloser, error) { return nil, errors.New("away") }}
	if unread.Refused() {
		t.Error("what can't be read is refused")
	}
	unread.Filename = "a.exe"
	if !unread.Refused() {
		t.Error("a.exe passes")
	}
}

func FuzzRefusedContent(f *testing.F) {
	f.Add(portable(0x80))
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, head []byte) {
		if RefusedContent(head) && len(head) < 4 {
			t.Error("four octets at least tell a program")
		}
	})
}
