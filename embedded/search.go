package embedded

import (
	"bytes"
	"io"
	"mime"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	gomessage "github.com/emersion/go-message"
)

// Search finds messages. By UID it finds those too that the client has not
// been told of: it will be before it can fetch them.
func (s *imapSession) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	v := s.view
	v.account.mu.Lock()
	defer v.account.mu.Unlock()
	last := candidate{message: &message{}}
	var all []candidate
	for i, m := range v.messages {
		c := candidate{message: m, seq: v.tracker.EncodeSeqNum(uint32(i + 1))}
		all = append(all, c)
		last.seq = max(last.seq, c.seq)
		last.message = m
	}
	var seqs imap.SeqSet
	var uids imap.UIDSet
	data := &imap.SearchData{}
	for _, c := range all {
		if !c.matches(criteria, last, v.saved) {
			continue
		}
		num := c.seq
		if kind == imapserver.NumKindUID {
			num = uint32(c.uid)
		}
		if num == 0 {
			continue
		}
		uids.AddNum(c.uid)
		seqs.AddNum(num)
		if data.Min == 0 {
			data.Min = num
		}
		data.Max = num
		data.Count++
	}
	data.All = seqs
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	if options.ReturnSave {
		v.saved = uids
	}
	return data, nil
}

// candidate is a message and its number as the client knows it, or 0.
type candidate struct {
	*message
	seq uint32
}

func (c candidate) matches(criteria *imap.SearchCriteria, last candidate, saved imap.UIDSet) bool {
	for _, set := range criteria.SeqNum {
		if !resolve(set, last.seq, last.uid, saved)(c.seq, c.uid) {
			return false
		}
	}
	for _, set := range criteria.UID {
		if !resolve(set, last.seq, last.uid, saved)(c.seq, c.uid) {
			return false
		}
	}
	for _, flag := range criteria.Flag {
		if !c.has(strings.ToLower(string(flag))) {
			return false
		}
	}
	for _, flag := range criteria.NotFlag {
		if c.has(strings.ToLower(string(flag))) {
			return false
		}
	}
	size := int64(len(c.raw))
	if criteria.Larger != 0 && size <= criteria.Larger || criteria.Smaller != 0 && size >= criteria.Smaller {
		return false
	}
	return c.inDates(criteria) && c.inText(criteria) && c.inOthers(criteria, last, saved)
}

func (c candidate) inOthers(criteria *imap.SearchCriteria, last candidate, saved imap.UIDSet) bool {
	for i := range criteria.Not {
		if c.matches(&criteria.Not[i], last, saved) {
			return false
		}
	}
	for i := range criteria.Or {
		if !c.matches(&criteria.Or[i][0], last, saved) && !c.matches(&criteria.Or[i][1], last, saved) {
			return false
		}
	}
	return true
}

func (c candidate) inDates(criteria *imap.SearchCriteria) bool {
	if !betweenDays(c.received, criteria.Since, criteria.Before) {
		return false
	}
	if criteria.SentSince.IsZero() && criteria.SentBefore.IsZero() {
		return true
	}
	for _, value := range c.header("Date") {
		if sent, err := mail.ParseDate(value); err == nil {
			return betweenDays(sent, criteria.SentSince, criteria.SentBefore)
		}
	}
	return false
}

// betweenDays compares the days alone, whatever the zone (RFC 9051 6.4.4).
func betweenDays(t, since, before time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !day.Before(since)) && (before.IsZero() || day.Before(before))
}

func (c candidate) inText(criteria *imap.SearchCriteria) bool {
	for _, field := range criteria.Header {
		values := c.header(field.Key)
		if len(values) == 0 || !containsFold(strings.Join(values, "\n"), field.Value) {
			return false
		}
	}
	for _, text := range criteria.Text {
		if header, _ := splitMessage(c.raw); !containsFold(decodeWords(string(header)), text) && !c.bodyContains(text) {
			return false
		}
	}
	for _, text := range criteria.Body {
		if !c.bodyContains(text) {
			return false
		}
	}
	return true
}

// header returns the unfolded, decoded values of the fields with that name.
func (m *message) header(name string) []string {
	var values []string
	header, _ := splitMessage(m.raw)
	for field := range headerFields(header) {
		if key, value := cutField(field); strings.EqualFold(key, name) {
			unfolded := strings.NewReplacer("\r", "", "\n", "").Replace(string(value))
			values = append(values, strings.TrimSpace(decodeWords(unfolded)))
		}
	}
	return values
}

func decodeWords(s string) string {
	var decoder mime.WordDecoder
	if decoded, err := decoder.DecodeHeader(s); err == nil {
		return decoded
	}
	return s
}

// bodyContains looks into the body as it is and into its decoded text parts.
func (m *message) bodyContains(text string) bool {
	if _, body := splitMessage(m.raw); containsFold(string(body), text) {
		return true
	}
	entity, _ := gomessage.Read(wellFormed(m.raw))
	if entity == nil {
		return false
	}
	found := false
	// A part that can't be read ends the walk; what was found so far counts.
	_ = entity.Walk(func(_ []int, part *gomessage.Entity, err error) error {
		if err != nil && part == nil || found {
			return io.EOF
		}
		if kind, _, _ := part.Header.ContentType(); strings.HasPrefix(kind, "text/") {
			decoded, _ := io.ReadAll(part.Body)
			found = found || containsFold(string(bytes.ToValidUTF8(decoded, nil)), text)
		}
		return nil
	})
	return found
}

func containsFold(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
