package message

import (
	"bufio"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The attributes of TNEF that are read ([MS-OXTNEF] 2.1.3.2).
const (
	tnefSignature    = 0x223e9f78
	tnefBody         = 0x0002800c
	tnefProps        = 0x00069003
	tnefCodePage     = 0x00069007
	tnefNewFile      = 0x00069002
	tnefFileTitle    = 0x00018010
	tnefFileData     = 0x0006800f
	tnefFileProps    = 0x00069005
	propText         = 0x1000 // [MS-OXPROPS]: PidTagBody
	propRTF          = 0x1009
	propHTML         = 0x1013
	propFileName     = 0x3707 // PidTagAttachLongFilename
	propFileType     = 0x370e
	propContentID    = 0x3712
	propFlags        = 0x3714
	tnefMostInMemory = 4 << 20
)

// tnefFile is a file in a winmail.dat.
type tnefFile struct {
	name, longName, mediaType, id string
	body                          Body
	inline                        bool
}

// tnef takes a winmail.dat of Outlook and Exchange apart: text and files. Its
// files stay where they are, within the encoded part. It is false where there is
// something that it can't give in another form, such as a text in RTF alone; the
// part stays an attachment then.
func (p *parser) tnef(m *Message, t *Part) (body, bool) {
	r := tnefReader{p: p, whole: t.Body, in: bufio.NewReader(t.Body.Open())}
	if !r.begin() {
		return body{}, false
	}
	r.attributes()
	for _, f := range r.files {
		name := f.longName
		if name == "" {
			name = f.name
		}
		mediaType := strings.ToLower(f.mediaType)
		if major, minor, ok := strings.Cut(mediaType, "/"); !ok || !token(major) || !token(minor) {
			mediaType = "application/octet-stream"
		}
		m.Attachments = append(m.Attachments, Attachment{
			Filename: baseName(cleanHeader(name)), ContentType: mediaType,
			ContentID: cleanHeader(strings.Trim(f.id, "<> ")), Inline: f.inline, Body: f.body,
		})
	}
	return body{r.text, r.html}, len(r.files) > 0 && !r.rtf || r.text != "" || r.html != ""
}

// tnefReader reads the attributes one after another and holds none of a file.
type tnefReader struct {
	p     *parser
	whole Body
	in    *bufio.Reader
	at    int64 // offset in whole

	charset    string
	text, html string
	rtf        bool
	files      []tnefFile
}

func (r *tnefReader) read(n int64) ([]byte, bool) {
	b := make([]byte, n)
	k, err := io.ReadFull(r.in, b)
	r.at += int64(k)
	return b, err == nil
}

func (r *tnefReader) begin() bool {
	head, ok := r.read(6) // the signature, and a key for nothing
	return ok && binary.LittleEndian.Uint32(head) == tnefSignature
}

func (r *tnefReader) attributes() {
	for n := 0; ; n++ {
		head, _ := r.in.Peek(9)
		if len(head) == 0 {
			return
		}
		if len(head) < 9 || n&0xff == 0xff && r.p.late() {
			r.p.defects.add(BadTNEF, "")
			return
		}
		id, size := binary.LittleEndian.Uint32(head[1:]), int64(binary.LittleEndian.Uint32(head[5:]))
		_, _ = r.in.Discard(9) // was peeked at
		r.at += 9
		start := r.at
		if size > r.whole.Size()-start || !r.attribute(id, size) {
			r.p.defects.add(BadTNEF, "")
			return
		}
		// What wasn't read of it, and a checksum that some writers get wrong.
		rest := start + size + 2 - r.at
		n, err := io.CopyN(io.Discard, r.in, rest)
		r.at += n
		if err != nil {
			return
		}
	}
}

// attribute reads one attribute as far as it is of use; false ends the reading.
func (r *tnefReader) attribute(id uint32, size int64) bool {
	if id == tnefNewFile {
		if r.p.budget.parts <= 0 {
			r.p.defects.add(LimitParts, "")
			return false
		}
		r.p.budget.parts--
		r.files = append(r.files, tnefFile{})
	}
	if id == tnefFileData && len(r.files) > 0 {
		if head, _ := r.in.Peek(4); len(head) == 4 && size > 4 && binary.LittleEndian.Uint32(head) == tnefSignature {
			r.p.defects.add(BadTNEF, "winmail.dat") // it stays closed
		}
		r.last().body = r.whole.section(r.at, size)
		return true
	}
	switch id {
	case tnefBody, tnefProps, tnefCodePage, tnefFileTitle, tnefFileProps:
	default:
		return true
	}
	if size > min(tnefMostInMemory, r.p.budget.decoded) {
		return true
	}
	r.p.budget.decoded -= size
	data, ok := r.read(size)
	if !ok {
		return false
	}
	switch {
	case id == tnefCodePage && len(data) >= 4:
		if n := binary.LittleEndian.Uint32(data); n < 1<<16 {
			if _, ok := byCodePage(int(n)); ok {
				r.charset = "cp" + strconv.Itoa(int(n))
			}
		}
	case id == tnefBody:
		r.text = r.say(data)
	case id == tnefFileTitle && len(r.files) > 0:
		r.last().name = r.decode(data, false)
	case id == tnefProps:
		readProps(data, r.messageProp)
	case id == tnefFileProps && len(r.files) > 0:
		readProps(data, r.fileProp)
	}
	return true
}

func (r *tnefReader) last() *tnefFile { return &r.files[len(r.files)-1] }

func (r *tnefReader) messageProp(id uint16, value []byte, wide bool) {
	switch id {
	case propText:
		r.text = r.sayWide(value, wide)
	case propHTML:
		r.html = r.sayWide(value, wide)
	case propRTF:
		r.rtf = true
	}
}

func (r *tnefReader) fileProp(id uint16, value []byte, wide bool) {
	f := r.last()
	switch id {
	case propFileName:
		f.longName = r.decode(value, wide)
	case propFileType:
		f.mediaType = r.decode(value, wide)
	case propContentID:
		f.id = r.decode(value, wide)
	case propFlags:
		f.inline = len(value) >= 4 && value[0]&4 != 0 // shown by the HTML
	}
}

// decode reads a short string.
func (r *tnefReader) decode(b []byte, wide bool) string {
	b = b[:min(len(b), 2048)]
	if wide {
		return wideString(b)
	}
	s, _ := decodeText(b, r.charset, 4096)
	return strings.TrimRight(s, "\x00")
}

// say reads a text within the bounds of texts.
func (r *tnefReader) say(b []byte) string { return r.sayWide(b, false) }

func (r *tnefReader) sayWide(b []byte, wide bool) string {
	most := max(min(r.p.lim.TextBytes, r.p.budget.text), 0)
	var s string
	if wide {
		s = wideString(b[:min(len(b), 4*most)])
	} else {
		s, _ = decodeText(b, r.charset, most)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "\r\n", "\n")
	if len(s) > most {
		r.p.defects.add(LimitTextBytes, "")
		s = string(trimRune([]byte(s[:most])))
	}
	r.p.budget.text -= len(s)
	return s
}

func wideString(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}
