package report

import (
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// transcript reads the SMTP session that sendmail and others show: which RCPT
// was answered by an error, or sendmail's own words about it.
//
//	>>> RCPT To:<maja@x.example>
//	<<< 550 5.1.1 <maja@x.example>... User unknown
//	550 <maja@x.example>... User unknown
func (t *text) transcript() []Recipient {
	var list []Recipient
	pending := ""
	for _, line := range t.head {
		line = strings.TrimSpace(line)
		upper := strings.ToUpper(line[:min(len(line), 60)])
		if i := strings.Index(upper, "RCPT TO:"); i >= 0 && i < 40 {
			pending = ""
			if found := addresses(line[min(i+8, len(line)):], 1); len(found) > 0 {
				pending = found[0].text
			}
			continue
		}
		if len(line) > 4 && replyAt(line, 0) > 0 && strings.Contains(line, "... ") && len(list) < MaxRecipients {
			if found := addresses(line, 1); len(found) > 0 && found[0].start < 12 {
				list = append(list, Recipient{Address: found[0].text, Diagnostic: line})
			}
			continue
		}
		answer := strings.Contains(upper, "<<<") || strings.HasPrefix(upper, "<-")
		if pending == "" || !answer || len(list) == MaxRecipients {
			continue
		}
		if c := readCodes(line); c != (codes{}) {
			list = append(list, Recipient{Address: pending, Diagnostic: strings.TrimLeft(line, "<-= ")})
		}
		pending = ""
	}
	return list
}

// codedLine is a line with a code in it.
type codedLine struct {
	codes
	line, lower string
	spare       bool // belongs to no block
}

// codedLines returns the lines of the report that have codes.
func (t *text) codedLines() []codedLine {
	if t.coded == nil {
		t.blocks()
		t.coded = make([]codedLine, 0, 8)
		spare := make(map[string]bool, len(t.spare))
		for _, l := range t.spare {
			spare[l] = true
		}
		for _, l := range t.head {
			if c := readCodes(l); c != (codes{}) {
				l = strings.TrimSpace(l)
				t.coded = append(t.coded, codedLine{c, l, strings.ToLower(l), spare[l]})
			}
		}
	}
	return t.coded
}

func (t *text) hasEnhancedCode() bool {
	return slices.ContainsFunc(t.codedLines(), func(l codedLine) bool { return l.enhanced != "" })
}

// blames reports whether a code, or a reason in words, is given for an address
// that stands alone or heads a block; in a signature it stands without.
func (t *text) blames() bool {
	return slices.ContainsFunc(t.blocks(), func(r Recipient) bool {
		return readCodes(r.Diagnostic) != codes{} || detail(r.Diagnostic, 0) != "0.0"
	}) || len(t.blocks()) > 0 && t.hasEnhancedCode()
}

// codesFor finds the codes said of an address outside of its block, and the
// line they stand in: one that names it, or else, if nobody else is spoken of,
// the first with an enhanced code; of several addresses, one that belongs to no
// block and names nobody.
func (t *text) codesFor(addr string) (codes, string) {
	var other codedLine
	addr = strings.ToLower(addr)
	for _, l := range t.codedLines() {
		if t.several && !l.spare {
			continue
		}
		if strings.Contains(l.lower, addr) {
			return l.codes, l.line
		}
		if t.several && strings.Contains(l.line, "@") {
			continue // said of another
		}
		if other.enhanced == "" && (other.line == "" || l.enhanced != "") {
			other = l
		}
	}
	return other.codes, other.line
}

// looseDetail is detail for the words of the report; of one that names several
// addresses, for what isn't said of one of them.
func (t *text) looseDetail() string {
	if t.detail == "" {
		t.blocks()
		s := t.lower
		if t.several {
			s = strings.Join(t.spare[:min(len(t.spare), 100)], " ")
		}
		t.detail = detail(s[:min(len(s), 4000)], 0)
	}
	return t.detail
}

// tellingLine returns the first line outside of the blocks that gives a reason.
func (t *text) tellingLine() string {
	t.blocks()
	for _, l := range t.spare[:min(len(t.spare), 100)] {
		if detail(l, 0) != "0.0" {
			return l
		}
	}
	return ""
}

// delayWords are what servers write while they still try.
var delayWords = newPhrases([]string{
	"delivery to the following recipient has been delayed", "has been delayed", "is delayed", "was delayed", "delivery delayed", "have been delayed",
	"not yet been delivered", "not been delivered yet", "still being retried", "will be retried", "will continue to try", "will keep trying", "still trying", "warning message only", "this is only a warning", "this is a warning",
	"temporary failure report", "only a temporary", "need to resend", "not need to re-send", "temporary problem delivering", "wurde verzögert", "noch nicht zugestellt", "retardé", "försenat", "forsinket", "retrasad", "in ritardo", "задержк", "отложен", "遅延", "延迟",
})

// failWords end all hope.
var failWords = newPhrases([]string{"failed permanently", "permanent error", "permanent fatal", "giving up", "gave up", "given up", "not going to try again", "could not be delivered for"})

// saysDelayed reports whether the server still tries.
func (t *text) saysDelayed(m *message.Message) bool {
	if failWords.occur(t.lower) {
		return false
	}
	s := strings.ToLower(m.Subject)
	return containsAny(s, "delay", "warning", "deferred", "verzöger") || delayWords.occur(t.lower)
}

// failureWords are those that reports of failure can hardly do without.
var failureWords = newPhrases([]string{
	"deliver", "undeliver", "could not be", "couldn't be", "unknown user", "user unknown", "failed", "failure", "bounced", "returned", "rejected", "unable to", "not found", "no such", "invalid", "refused", "error",
	"zugestellt", "zustell", "unbekannt", "remis", "livr", "entreg", "recapit", "bezorg", "leverer", "доставлен", "配信", "送信", "送达", "投递", "傳遞", "宛先",
})

func (t *text) saysFailure() bool {
	return failureWords.occur(t.lower[:min(len(t.lower), 4000)])
}
