package report

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// text is what a report says to people, and the mail returned below it.
type text struct {
	lines    []string // all of it
	head     []string // what the server says
	lower    string   // head in lower case, white space joined
	returned string
	found    []Recipient // of blocks, once read
	spare    []string    // lines of the head that belong to no block, once read
	read     bool
	several  bool // the report speaks of more than one address
	coded    []codedLine
	detail   string // of looseDetail, once asked
}

// openText takes the text of a report, from whatever part has it.
func openText(m *message.Message, p parts) *text {
	s := m.Text
	if strings.TrimSpace(s) == "" {
		s = htmlText(m.HTML)
	}
	if len(p.named) > 0 {
		s += "\n" + strings.ToValidUTF8(string(open(p.named...)), "\uFFFD")
	}
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	t := &text{}
	for l := range strings.SplitSeq(s, "\n") {
		l = strings.TrimRight(l, " \t\r\u00a0")
		if len(l) > 2000 {
			l = l[:2000]
		}
		t.lines = append(t.lines, l)
	}
	head, returned := splitReturned(t.lines)
	if i := attachedMail(t.lines); i > 0 {
		returned = t.lines[i:]
	}
	t.head, t.returned = head, strings.Join(returned, "\n")
	t.lower = strings.ToLower(strings.Join(strings.Fields(strings.Join(head, " ")), " "))
	t.lower = strings.ReplaceAll(t.lower, "\u2019", "'")
	return t
}

// recipients completes what the status part said, or reads the text alone. It
// asks the surest source first: fields, the header field of Exim and Google,
// addresses that head a block or stand alone, addresses within sentences.
func (t *text) recipients(m *message.Message, d *Delivery, fromPart []Recipient) []Recipient {
	var good []Recipient
	var rest Recipient // what was said of a recipient without an address
	for _, r := range fromPart {
		if r.Address != "" {
			good = append(good, r)
		} else if rest.Status == "" {
			rest = r
		}
	}
	if len(good) > 0 {
		return t.withDiagnostics(good)
	}
	found := t.fields(d, t.head)
	if len(found) == 0 {
		found = t.failedRecipients(m)
	}
	if len(found) == 0 {
		found = withoutOwn(m, t.blocks())
	}
	if len(found) == 0 {
		found = withoutOwn(m, t.transcript())
	}
	if len(found) == 0 {
		// QUIRK: a report in a report, its structure lost on the way.
		found = t.fields(d, t.lines)
	}
	if len(found) == 0 {
		found = withoutOwn(m, t.sentences())
	}
	for i := range found {
		found[i].Action = first(found[i].Action, rest.Action)
		found[i].Status = first(found[i].Status, rest.Status)
		found[i].Diagnostic = first(rest.Diagnostic, found[i].Diagnostic)
	}
	return found
}

// withDiagnostics gives recipients without a diagnostic what the text says of
// them.
func (t *text) withDiagnostics(list []Recipient) []Recipient {
	for i := range list {
		if list[i].Diagnostic != "" {
			continue
		}
		for _, b := range t.blocks() {
			if strings.EqualFold(b.Address, list[i].Address) || strings.EqualFold(b.Address, list[i].Original) {
				list[i].Diagnostic = b.Diagnostic
			}
		}
	}
	return list
}

// fields reads status fields that stand in the text itself, from the empty line
// before the first recipient on.
func (t *text) fields(d *Delivery, lines []string) []Recipient {
	begin := -1
	for i, l := range lines {
		if len(l) > 17 && (l[0]|0x20 == 'f' || l[0]|0x20 == 'o' || l[0] == ' ') {
			if n, _, ok := machineField(strings.TrimSpace(l)); ok && (n == "final-recipient" || n == "original-recipient") {
				begin = i
				break
			}
		}
	}
	if begin < 0 {
		return nil
	}
	for begin > 0 && lines[begin-1] != "" {
		begin--
	}
	end := begin
	for blank := false; end < len(lines); end++ {
		l := lines[end]
		if strings.HasPrefix(l, "--") || isReturnedMark(l, true) {
			break
		}
		if blank && l != "" {
			if n, _, ok := machineField(strings.TrimSpace(l)); !ok || !statusFields[n] {
				break
			}
		}
		blank = l == ""
	}
	var list []Recipient
	for _, r := range readFields([]byte(strings.Join(lines[begin:end], "\n")), d) {
		if r.Address != "" {
			list = append(list, r)
		}
	}
	return list
}

// failedRecipients reads X-Failed-Recipients, which Exim writes (several fields
// where there are many) and Google, with what the text says of each.
func (t *text) failedRecipients(m *message.Message) []Recipient {
	var list []Recipient
	for _, v := range m.Header.Values("X-Failed-Recipients") {
		for a := range strings.SplitSeq(v, ",") {
			a = strings.Trim(strings.TrimSpace(a), "<>")
			if len(a) < 999 && !strings.Contains(a, " ") && isInert(a) && len(list) < MaxRecipients {
				list = append(list, Recipient{Address: a})
			}
		}
	}
	return t.withDiagnostics(list)
}

// withoutOwn drops those that the report was sent to, as long as others are
// left: servers name the sender too.
func withoutOwn(m *message.Message, list []Recipient) []Recipient {
	own := make(map[string]bool, len(m.To))
	for _, a := range m.To {
		own[strings.ToLower(a.Addr)] = true
	}
	var others []Recipient
	for _, r := range list {
		if !own[strings.ToLower(r.Address)] {
			others = append(others, r)
		}
	}
	if len(others) == 0 {
		return list
	}
	return others
}

// lastResort takes the only recipient of the mail returned, unless the report
// was sent to that address alone.
func (t *text) lastResort(m *message.Message, p parts) []Recipient {
	var to []message.Address
	switch {
	case p.nested != nil:
		to = p.nested.To
	case p.header != nil:
		to = message.Parse(open(p.header), message.Limits{}).To
	case t.returned != "":
		to = message.Parse([]byte(strings.TrimLeft(t.returned, "\n\t ")), message.Limits{Parts: 1}).To
	}
	if len(to) != 1 || !isInert(to[0].Addr) {
		return nil
	}
	if len(m.To) == 1 && strings.EqualFold(m.To[0].Addr, to[0].Addr) {
		return nil
	}
	return []Recipient{{Address: to[0].Addr}}
}
