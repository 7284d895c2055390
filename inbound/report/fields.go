package report

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

func unescape(s string) string {
	return strings.ReplaceAll(html.UnescapeString(s), "\u00a0", " ")
}

// statusFields are the fields of RFC 3464 2.2 and 2.3 in lower case. A line
// that begins with anything else is taken for a broken fold, unless it looks
// like an extension field.
var statusFields = map[string]bool{
	"original-envelope-id": true, "reporting-mta": true, "dsn-gateway": true, "received-from-mta": true,
	"arrival-date": true, "original-recipient": true, "final-recipient": true, "action": true, "status": true,
	"remote-mta": true, "diagnostic-code": true, "last-attempt-date": true, "final-log-id": true,
	"will-retry-until": true, "localized-diagnostic": true,
}

// machineField reads a line "Name: value" of a machine-readable part. Its name
// comes back in lower case.
func machineField(line string) (name, value string, ok bool) {
	i := strings.IndexByte(line, ':')
	if i <= 0 || i > 60 {
		return "", "", false
	}
	name = strings.ToLower(strings.TrimRight(line[:i], " \t"))
	for j := range len(name) {
		if c := name[j]; (c < 'a' || c > 'z') && c != '-' && (c < '0' || c > '9') {
			return "", "", false
		}
	}
	if name == "" || !statusFields[name] && !strings.Contains(name, "-") {
		return "", "", false
	}
	return name, strings.TrimSpace(line[i+1:]), true
}

// fieldReader gathers recipients from fields that come one after another.
type fieldReader struct {
	d    *Delivery
	list []Recipient
	cur  statusBlock
}

// statusBlock is a Recipient in the making, with what has been said of it.
type statusBlock struct {
	Recipient
	any                     bool
	final, original, action bool
}

// statusField is a field of a status part, unfolded.
type statusField struct{ name, value string }

// readFields reads the fields of delivery-status parts: those of the message
// into d, and a recipient for each block. Fields stand in any order and the
// blocks aren't always divided by empty lines (RFC 3464 2.1 wants them to be),
// so that a recipient or action named twice begins a new one; and a block that
// names no recipient is more of the one before.
func readFields(data []byte, d *Delivery) []Recipient {
	r := &fieldReader{d: d}
	var block []statusField
	for line := range strings.SplitSeq(clean(string(data)), "\n") {
		line = strings.TrimRight(line, "\r \t")
		if line == "" {
			r.block(block)
			block = block[:0]
			continue
		}
		n, v, ok := machineField(line)
		if line[0] == ' ' || line[0] == '\t' {
			// QUIRK: a whole block that is indented.
			n, v, ok = machineField(strings.TrimSpace(line))
			ok = ok && statusFields[n]
		}
		if ok {
			block = append(block, statusField{n, v})
		} else if i := len(block) - 1; i >= 0 && len(block[i].value) < 4000 {
			// QUIRK: a fold may come without the white space.
			block[i].value = strings.TrimSpace(block[i].value + " " + strings.TrimSpace(line))
		}
	}
	r.block(block)
	r.flush()
	return r.list
}

// block reads the fields between two empty lines.
func (r *fieldReader) block(fields []statusField) {
	for _, f := range fields {
		if f.name == "final-recipient" || f.name == "original-recipient" {
			if r.cur.final || r.cur.original {
				r.flush()
			}
			break
		}
	}
	for _, f := range fields {
		r.put(f.name, f.value)
	}
}

func (r *fieldReader) flush() {
	if r.cur.any && len(r.list) < MaxRecipients {
		r.list = append(r.list, r.cur.Recipient)
	}
	r.cur = statusBlock{}
}

// next begins a new recipient if the field has been said of this one.
func (r *fieldReader) next(said bool) {
	if said {
		r.flush()
	}
}

func (r *fieldReader) put(name, value string) {
	switch name {
	case "original-envelope-id":
		r.d.EnvelopeID = first(r.d.EnvelopeID, oneLine(value))
	case "reporting-mta":
		r.d.ReportingMTA = first(r.d.ReportingMTA, oneLine(typedValue(value)))
	case "final-recipient":
		r.next(r.cur.final)
		r.cur.any, r.cur.final = true, true
		r.cur.Address = first(recipientAddress(value), r.cur.Address)
	case "original-recipient":
		r.next(r.cur.original)
		r.cur.any, r.cur.original = true, true
		r.cur.Original = undoXtext(recipientAddress(value))
		r.cur.Address = first(r.cur.Address, r.cur.Original)
	case "action":
		r.next(r.cur.action)
		r.cur.any, r.cur.action = true, true
		r.cur.Action = action(value)
	case "status":
		r.cur.any = true
		if code, ok := enhancedCode(value); ok && r.cur.Status == "" {
			r.cur.Status = code
		}
	case "diagnostic-code":
		r.cur.any = true
		r.cur.Diagnostic = first(r.cur.Diagnostic, typedValue(value))
	case "remote-mta":
		r.cur.any = true
		r.cur.RemoteMTA = first(r.cur.RemoteMTA, oneLine(typedValue(value)))
	}
}

// action returns one of the five words of RFC 3464 2.3.3, "" for others.
func action(value string) string {
	word := strings.ToLower(value)
	if i := strings.IndexAny(word, " \t(;,"); i >= 0 {
		word = word[:i]
	}
	switch word {
	case "failed", "delayed", "delivered", "relayed", "expanded":
		return word
	case "failure", "fail", "bounced", "expired", "error":
		return "failed"
	case "delay", "deferred":
		return "delayed"
	}
	return ""
}

// typedValue drops the type of "dns; mx.example" or "smtp; 550 no" (RFC 3464
// 2.1.2). QUIRK: it is often missing.
func typedValue(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	if !ok || strings.ContainsAny(strings.TrimSpace(kind), " @<:") {
		return value
	}
	return strings.TrimSpace(rest)
}

// recipientAddress returns the address of a recipient field, whatever type it
// says it is of; "" if it isn't one of mail, but a file or a program.
func recipientAddress(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	if !ok || strings.Contains(kind, "@") {
		kind, rest = "", value
	}
	if k := strings.TrimSpace(strings.ToLower(kind)); k == "utf-8" || k == "utf8" {
		rest = undoUnitext(rest)
	}
	rest = strings.TrimSpace(rest)
	if i := strings.LastIndexByte(rest, '<'); i >= 0 {
		if j := strings.IndexByte(rest[i:], '>'); j > 0 {
			rest = rest[i+1 : i+j]
		}
	}
	if !strings.HasPrefix(rest, `"`) {
		// A comment, or an address told twice (Exchange).
		if i := strings.IndexAny(rest, " \t("); i > 0 {
			rest = rest[:i]
		}
	}
	rest = strings.Trim(rest, "<>,; \t")
	rest = strings.ToValidUTF8(rest, "\uFFFD")
	at := strings.LastIndexByte(rest, '@')
	if at <= 0 || at == len(rest)-1 || rest[0] == '/' || rest[0] == '|' || len(rest) > 998 || !isInert(rest) {
		return ""
	}
	return rest
}

// undoXtext undoes the "+2B" and "+3D" of RFC 3461 4, which a server should have
// undone before it wrote the field (5.2.7.1). Other escapes can't be told from
// tagged addresses such as "maja+20@x.example".
func undoXtext(addr string) string {
	if !strings.Contains(addr, "+") {
		return addr
	}
	return strings.NewReplacer("+2B", "+", "+3D", "=").Replace(addr)
}

// undoUnitext undoes the "\x{20AC}" of RFC 6533 3.
func undoUnitext(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, `\x{`)
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:min(len(s), i+12)], '}')
		if j < 0 {
			b.WriteString(s[:i+3])
			s = s[i+3:]
			continue
		}
		r, err := strconv.ParseUint(s[i+3:i+j], 16, 32)
		if err != nil || r > utf8.MaxRune || isControl(rune(r)) {
			b.WriteString(s[:i+j+1])
		} else {
			b.WriteString(s[:i])
			b.WriteRune(rune(r))
		}
		s = s[i+j+1:]
	}
	b.WriteString(s)
	return b.String()
}
