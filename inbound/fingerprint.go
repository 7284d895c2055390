package inbound

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// fingerprint recognises a second copy of a reply: the address it was sent to,
// its Message-ID and its body, byte for byte. Header fields that differ between
// copies, as those of transport do, aren't part of it. A Message-ID alone
// proves nothing: some programs use the same twice. Where there is none, Date
// and From stand for it.
func fingerprint(address string, m *message.Message, raw []byte) [32]byte {
	fields := []string{address, m.MessageID}
	if m.MessageID == "" {
		fields = append(fields, m.Header.Raw("Date"), m.Header.Raw("From"))
	}
	h := sha256.New()
	for _, f := range fields {
		// With its length before it, no field can run over into the next.
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(f))))
		h.Write([]byte(f))
	}
	h.Write(raw[bodyStart(raw):])
	return [32]byte(h.Sum(nil))
}

// bodyStart is the offset behind the empty line that ends the header; 0 where
// there is none.
func bodyStart(raw []byte) int {
	// Empty lines before the header don't end it.
	at := len(raw) - len(bytes.TrimLeft(raw, "\r\n"))
	for at < len(raw) {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			return 0
		}
		line := raw[at : at+end]
		at += end + 1
		if len(bytes.TrimRight(line, "\r")) == 0 {
			return at
		}
	}
	return 0
}
