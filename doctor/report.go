package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Report is what the checks found.
type Report []Finding

// Worst is the verdict of the worst finding; OK of none.
func (r Report) Worst() Verdict {
	worst := OK
	for _, f := range r {
		if f.Verdict.severity() > worst.severity() {
			worst = f.Verdict
		}
	}
	return worst
}

// Redact returns the report with each of the secrets replaced wherever it
// stands: what a server or a library says may quote one. Empty ones are passed
// over.
func (r Report) Redact(secrets ...string) Report {
	// The longest first: one may hold another.
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s string) bool { return s == "" })
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s, "[secret]")
	}
	hide := strings.NewReplacer(pairs...).Replace
	redacted := slices.Clone(r)
	for i := range redacted {
		f := &redacted[i]
		f.Check, f.Found, f.Mend = hide(f.Check), hide(f.Found), hide(f.Mend)
		f.Publish = slices.Clone(f.Publish)
		for k := range f.Publish {
			f.Publish[k].Value = hide(f.Publish[k].Value)
		}
	}
	return redacted
}

// WriteText writes the report for people: a heading for each group, a line for
// each finding, below it how to mend it and the records to publish as a zone
// file has them, and a line that counts. Found and Mend may hold what strangers
// published or servers said; what would steer a terminal is replaced.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	group := ""
	for _, f := range r {
		if f.Group != group {
			if group != "" {
				b.WriteByte('\n')
			}
			group = f.Group
			b.WriteString(heading(group) + "\n")
		}
		fmt.Fprintf(&b, "  %-14s  %s: %s\n", f.Verdict, plain(f.Check), plain(f.Found))
		if f.Mend != "" {
			fmt.Fprintf(&b, "  %14s  mend: %s\n", "", plain(f.Mend))
		}
		for _, p := range f.Publish {
			fmt.Fprintf(&b, "  %14s  publish: %s\n", "", plain(p.Zone()))
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.count())
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes {"verdict": …, "findings": […]} on one line.
func (r Report) WriteJSON(w io.Writer) error {
	findings := slices.Clone(r)
	if findings == nil {
		findings = Report{}
	}
	for i := range findings {
		f := &findings[i]
		f.Check, f.Found, f.Mend = plain(f.Check), plain(f.Found), plain(f.Mend)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // < and > stand in addresses
	return encoder.Encode(struct {
		Verdict  Verdict   `json:"verdict"`
		Findings []Finding `json:"findings"`
	}{r.Worst(), findings})
}

// count is "1 fault, 2 warnings, 3 not configured, 4 ok".
func (r Report) count() string {
	n := make(map[Verdict]int)
	for _, f := range r {
		n[f.Verdict]++
	}
	var parts []string
	for _, v := range []Verdict{Fault, Warning, NotConfigured, OK} {
		switch {
		case n[v] == 0 && v != OK:
		case n[v] > 1 && (v == Fault || v == Warning):
			parts = append(parts, fmt.Sprintf("%d %ss", n[v], v))
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n[v], v))
		}
	}
	return strings.Join(parts, ", ")
}

func heading(group string) string {
	switch group {
	case GroupDNS:
		return "DNS: how receivers judge our mail"
	case GroupPostgres:
		return "PostgreSQL"
	case GroupRedis:
		return "Redis"
	case GroupSMTP:
		return "SMTP: the server that takes our mail"
	case GroupIMAP:
		return "IMAP: the reply mailbox"
	case GroupMachine:
		return "This machine"
	case GroupWeb:
		return "Web: the address in letters"
	}
	return group
}

// plain is a text on one line without what steers a terminal or turns the
// direction of what follows.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// maxQuoted is how much of a published record a report shows, in octets.
const maxQuoted = 300

// quoted is a published text as a report shows it.
func quoted(s string) string {
	if len(s) > maxQuoted {
		s = strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return `"` + s + `"`
}
