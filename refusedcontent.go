package tradepost

import (
	"bytes"
	"encoding/binary"
	"io"
)

// headBytes is how much of a file tells what it is.
const headBytes = 4096

// Refused reports whether a file is of a kind that is not taken: by its name, its media
// type, or the beginning of its content, whatever it is called. A file that can't be
// read is for whoever stores it to fail at.
func (a Attachment) Refused() bool {
	if RefusedFile(a.Filename, a.ContentType) {
		return true
	}
	content, err := a.Open()
	if err != nil {
		return false
	}
	defer content.Close()
	head := make([]byte, headBytes)
	n, _ := io.ReadFull(content, head) // a short file is a file
	return RefusedContent(head[:n])
}

// programs are the beginnings of files that systems run: ELF, the forms of Mach-O, of
// which cafebabe is Java's classes too, shortcuts of Windows ([MS-SHLLINK] 2.1), cabinets
// ([MS-CAB] 2.3).
var programs = [][]byte{
	[]byte("\x7fELF"), []byte("\xfe\xed\xfa\xce"), []byte("\xfe\xed\xfa\xcf"), []byte("\xce\xfa\xed\xfe"), []byte("\xcf\xfa\xed\xfe"),
	[]byte("\xca\xfe\xba\xbe"), []byte("L\x00\x00\x00\x01\x14\x02\x00"), []byte("MSCF\x00\x00\x00\x00"),
}

// RefusedContent reports by the first 4096 octets of a file that it is a program, a
// shortcut or a cabinet. Scripts are text and told by their names alone, archives aren't
// looked into.
func RefusedContent(head []byte) bool {
	for _, p := range programs {
		if bytes.HasPrefix(head, p) {
			return true
		}
	}
	// A program of Windows: at 0x3c stands where its header is (PE format, 2.3). Text
	// may begin with MZ.
	if !bytes.HasPrefix(head, []byte("MZ")) || len(head) < 0x40 {
		return false
	}
	at := binary.LittleEndian.Uint32(head[0x3c:])
	return at < uint32(len(head)) && bytes.HasPrefix(head[at:], []byte("PE\x00\x00"))
}
