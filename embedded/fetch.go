package embedded

import (
	"bufio"
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
)

// selection says whether a message is in a set of numbers, given its sequence
// number as the client knows it and its UID.
type selection func(seq uint32, uid imap.UID) bool

// selection resolves the set. "*" is the last message that the client knows
// of, and a range may be written backwards (RFC 9051 section 9, seq-range).
func (v *view) selection(set imap.NumSet) selection {
	var lastSeq uint32
	var lastUID imap.UID
	for i, m := range v.messages {
		if seq := v.tracker.EncodeSeqNum(uint32(i + 1)); seq > 0 {
			lastSeq, lastUID = max(lastSeq, seq), m.uid
		}
	}
	return resolve(set, lastSeq, lastUID, v.saved)
}

func resolve(set imap.NumSet, lastSeq uint32, lastUID imap.UID, saved imap.UIDSet) selection {
	switch set := set.(type) {
	case imap.SeqSet:
		return func(seq uint32, _ imap.UID) bool {
			return seq > 0 && slices.ContainsFunc(set, func(r imap.SeqRange) bool { return inRange(r.Start, r.Stop, seq, lastSeq) })
		}
	case imap.UIDSet:
		if imap.IsSearchRes(set) {
			set = saved
		}
		return func(_ uint32, uid imap.UID) bool {
			return slices.ContainsFunc(set, func(r imap.UIDRange) bool { return inRange(r.Start, r.Stop, uid, lastUID) })
		}
	}
	return func(uint32, imap.UID) bool { return false }
}

// inRange takes 0 for "*", as go-imap does.
func inRange[N uint32 | imap.UID](start, stop, n, last N) bool {
	if start == 0 {
		start = last
	}
	if stop == 0 {
		stop = last
	}
	return min(start, stop) <= n && n <= max(start, stop)
}

// selected yields the messages of the set that the client knows of, with their
// index. A message it has not been told of has no number yet to be named by.
func (v *view) selected(set imap.NumSet) iter.Seq2[int, *message] {
	in := v.selection(set)
	return func(yield func(int, *message) bool) {
		for i, m := range v.messages {
			seq := v.tracker.EncodeSeqNum(uint32(i + 1))
			if seq > 0 && in(seq, m.uid) && !yield(i, m) {
				return
			}
		}
	}
}

// Fetch writes what was asked for of each message. Only the choice is made
// under the lock: a slow client must not hold up deliveries.
func (s *imapSession) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	v := s.view
	markSeen := !v.readOnly &&
		(slices.ContainsFunc(options.BodySection, func(b *imap.FetchItemBodySection) bool { return !b.Peek }) ||
			slices.ContainsFunc(options.BinarySection, func(b *imap.FetchItemBinarySection) bool { return !b.Peek }))
	type chosen struct {
		*message
		seq   uint32
		flags []imap.Flag
	}
	var list []chosen
	v.account.mu.Lock()
	for i, m := range v.selected(set) {
		if markSeen && !m.has(seenFlag) {
			m.set(imap.FlagSeen)
			v.flagsChanged(i, nil)
		}
		list = append(list, chosen{m, v.tracker.EncodeSeqNum(uint32(i + 1)), m.flagList()})
	}
	v.account.mu.Unlock()
	for _, c := range list {
		if err := c.fetch(w.CreateMessage(c.seq), c.flags, options); err != nil {
			return err
		}
	}
	return nil
}

// fetch writes one response. It closes w in any case: w holds the lock on the
// connection's output.
func (m *message) fetch(w *imapserver.FetchResponseWriter, flags []imap.Flag, options *imap.FetchOptions) error {
	if options.UID {
		w.WriteUID(m.uid)
	}
	if options.Flags {
		w.WriteFlags(flags)
	}
	if options.InternalDate {
		w.WriteInternalDate(m.received)
	}
	if options.RFC822Size {
		w.WriteRFC822Size(int64(len(m.raw)))
	}
	if options.Envelope {
		w.WriteEnvelope(m.envelope())
	}
	if options.BodyStructure != nil {
		w.WriteBodyStructure(writable(imapserver.ExtractBodyStructure(wellFormed(m.raw))))
	}
	for _, item := range options.BodySection {
		section := bodySection(m.raw, item)
		literal := w.WriteBodySection(item, int64(len(section)))
		_, err := literal.Write(section)
		if closeErr := literal.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = w.Close()
			return err
		}
	}
	for _, item := range options.BinarySection {
		section := imapserver.ExtractBinarySection(wellFormed(m.raw), item)
		literal := w.WriteBinarySection(item, int64(len(section)))
		_, err := literal.Write(section)
		if closeErr := literal.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = w.Close()
			return err
		}
	}
	for _, item := range options.BinarySectionSize {
		w.WriteBinarySectionSize(item, imapserver.ExtractBinarySectionSize(wellFormed(m.raw), item))
	}
	return w.Close()
}

// writable replaces what go-imap panics at, or clients choke on: a multipart in
// which no part could be found, and a part without a type.
func writable(structure imap.BodyStructure) imap.BodyStructure {
	switch bs := structure.(type) {
	case *imap.BodyStructureMultiPart:
		if len(bs.Children) == 0 {
			return &imap.BodyStructureSinglePart{Type: "text", Subtype: "plain", Text: &imap.BodyStructureText{}, Extended: &imap.BodyStructureSinglePartExt{}}
		}
		for i := range bs.Children {
			bs.Children[i] = writable(bs.Children[i])
		}
	case *imap.BodyStructureSinglePart:
		if bs.Type == "" || bs.Subtype == "" {
			bs.Type, bs.Subtype, bs.Text = "application", "octet-stream", nil
		}
		if bs.MessageRFC822 != nil {
			bs.MessageRFC822.BodyStructure = writable(bs.MessageRFC822.BodyStructure)
		}
	}
	return structure
}

func (m *message) envelope() *imap.Envelope {
	header, err := textproto.ReadHeader(bufio.NewReader(wellFormed(m.raw)))
	if err != nil {
		return &imap.Envelope{}
	}
	return imapserver.ExtractEnvelope(header)
}

// bodySection cuts BODY[…] out of a mail (RFC 9051 6.4.5). Sections of the
// whole mail are its own bytes; only for those of a part is it parsed.
func bodySection(raw []byte, item *imap.FetchItemBodySection) []byte {
	if len(item.Part) > 0 {
		return imapserver.ExtractBodySection(wellFormed(raw), item)
	}
	header, body := splitMessage(raw)
	section := raw
	switch item.Specifier {
	case imap.PartSpecifierText:
		section = body
	case imap.PartSpecifierHeader, imap.PartSpecifierMIME:
		section = header
		if len(item.HeaderFields) > 0 || len(item.HeaderFieldsNot) > 0 {
			section = chooseFields(header, item.HeaderFields, item.HeaderFieldsNot)
		}
	}
	if p := item.Partial; p != nil {
		start := min(max(p.Offset, 0), int64(len(section)))
		section = section[start:]
		section = section[:min(max(p.Size, 0), int64(len(section)))]
	}
	return section
}

// chooseFields answers HEADER.FIELDS and HEADER.FIELDS.NOT; both end with an
// empty line.
func chooseFields(header []byte, only, not []string) []byte {
	var out bytes.Buffer
	for field := range headerFields(header) {
		name, _ := cutField(field)
		is := func(other string) bool { return strings.EqualFold(name, other) }
		if name != "" && (len(only) == 0 || slices.ContainsFunc(only, is)) && !slices.ContainsFunc(not, is) {
			out.Write(field)
		}
	}
	out.WriteString("\r\n")
	return out.Bytes()
}
