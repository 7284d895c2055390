package doctor

import (
	"fmt"
	"strings"
)

// Verdict is what a check came to.
type Verdict string

// The verdicts, from good to bad.
const (
	OK Verdict = "ok"
	// NotConfigured is neither good nor bad: a setting is missing that one role
	// may need and another doesn't.
	NotConfigured Verdict = "not configured"
	// Warning works today, but worse than it could, or for not much longer.
	Warning Verdict = "warning"
	// Fault keeps something from working.
	Fault Verdict = "fault"
)

// severity orders verdicts.
func (v Verdict) severity() int {
	switch v {
	case OK:
		return 0
	case NotConfigured:
		return 1
	case Warning:
		return 2
	default:
		return 3
	}
}

// Finding is one line of a report.
type Finding struct {
	// Group is one of [Groups]: set by [Run] to that of the check.
	Group string `json:"group"`
	// Check names what was looked at: "SPF of reply.market.example".
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	// Found says what is there, in a line.
	Found string `json:"found"`
	// Mend says what to set or change, in a line; "" where nothing is to be done.
	Mend string `json:"mend,omitempty"`
	// Publish are the records that Mend speaks of.
	Publish []Record `json:"publish,omitempty"`
}

// Record is a record to publish in the DNS.
type Record struct {
	Name  string `json:"name"`  // without a dot at the end
	Type  string `json:"type"`  // TXT, MX, PTR, A
	Value string `json:"value"` // of TXT: the text, as forms of DNS providers want it
}

// maxString is the longest string of a TXT record, in octets (RFC 1035 3.3.14).
const maxString = 255

// Zone is the record as a zone file has it: a TXT of more than 255 octets in
// several strings, which are joined without a space when they are read
// (RFC 7208 3.3, RFC 6376 3.6.2.2).
func (r Record) Zone() string {
	value := r.Value
	if r.Type == "TXT" {
		var parts []string
		for rest := r.Value; rest != ""; {
			n := min(maxString, len(rest))
			parts = append(parts, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(rest[:n])+`"`)
			rest = rest[n:]
		}
		value = strings.Join(parts, " ")
	}
	return fmt.Sprintf("%s. %s %s", r.Name, r.Type, value)
}

// judgement gathers what a check notices; the worst decides.
type judgement struct {
	check   string
	verdict Verdict
	found   []string
	mend    []string
	publish []Record
}

// judge begins a judgement that is ok until something else is noticed.
func judge(format string, args ...any) *judgement {
	return &judgement{check: fmt.Sprintf(format, args...), verdict: OK}
}

// note adds what was found, without an opinion.
func (j *judgement) note(format string, args ...any) {
	j.found = append(j.found, fmt.Sprintf(format, args...))
}

// notice adds something that isn't as it should be, and what to do about it; an
// empty mend is one that another notice gives.
func (j *judgement) notice(v Verdict, found, mend string) {
	if v.severity() > j.verdict.severity() {
		j.verdict = v
	}
	if found != "" {
		j.found = append(j.found, found)
	}
	if mend != "" {
		j.mend = append(j.mend, mend)
	}
}

// record adds one to publish.
func (j *judgement) record(name, typ, value string) {
	j.publish = append(j.publish, Record{Name: name, Type: typ, Value: value})
}

func (j *judgement) finding() Finding {
	return Finding{Check: j.check, Verdict: j.verdict, Found: strings.Join(j.found, "; "),
		Mend: strings.Join(j.mend, "; "), Publish: j.publish}
}

func (j *judgement) findings() []Finding { return []Finding{j.finding()} }

// Missing is the finding of a check whose setting isn't there; set says how to
// give it.
func Missing(check, set string) Finding {
	return Finding{Check: check, Verdict: NotConfigured, Found: "not looked at", Mend: set}
}
