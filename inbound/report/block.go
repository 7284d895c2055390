package report

import "strings"

// blocks returns the addresses that stand alone on a line or head a block:
//
//	<maja@x.example>:
//	Remote host said: 550 no such user
//
// each with the lines below it. Lines that are indented deeper than a block's
// address are its continuation, whatever they begin with.
func (t *text) blocks() []Recipient {
	if t.read {
		return t.found
	}
	t.read = true
	seen := make(map[string]int)
	cur, indent := -1, 0
	for _, line := range t.head {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			if cur >= 0 && t.found[cur].Diagnostic != "" && !strings.HasSuffix(t.found[cur].Diagnostic, ":") {
				cur = -1
			}
			continue
		}
		in := len(line) - len(strings.TrimLeft(line, " \t"))
		addr, rest, ok := heading(trimmed)
		if !ok || cur >= 0 && in > indent {
			if endsBlock(trimmed, in, indent) {
				cur = -1
			}
			switch {
			case cur < 0:
				t.spare = append(t.spare, trimmed)
			case len(t.found[cur].Diagnostic) < 2000:
				t.found[cur].Diagnostic = strings.TrimSpace(t.found[cur].Diagnostic + " " + trimmed)
			}
			continue
		}
		key := strings.ToLower(addr)
		i, again := seen[key]
		if !again {
			if len(t.found) == MaxRecipients {
				break
			}
			i = len(t.found)
			seen[key] = i
			t.found = append(t.found, Recipient{Address: addr})
		}
		if len(t.found[i].Diagnostic) < 2000 {
			t.found[i].Diagnostic = strings.TrimSpace(t.found[i].Diagnostic + " " + rest)
		}
		cur, indent = i, in
	}
	return t.found
}

// endsBlock reports whether a line that is no heading begins something else
// than what is said of the address above: it is a rule, less indented than the
// address, or Exim's name of a file or a program.
func endsBlock(line string, in, indent int) bool {
	if strings.HasPrefix(line, "---") || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "***") {
		return true
	}
	return in < indent || in == indent && indent > 0 && (line[0] == '|' || line[0] == '/' || strings.HasPrefix(line, "pipe to ") || strings.HasPrefix(line, "save to "))
}

// heading reads a line that begins with an address and says so by what follows:
// nothing, a colon, a bracket, an error.
func heading(line string) (addr, rest string, ok bool) {
	s := strings.TrimLeft(line, "*-•·>#| \t")
	if strings.HasPrefix(line, "<<<") || strings.HasPrefix(line, "--") && !strings.HasPrefix(line, "-- ") {
		return "", "", false // what the other server said, a boundary
	}
	if i := strings.IndexByte(s, '.'); i > 0 && i < 4 && isDigit(s, 0) && strings.HasPrefix(s[i:], ". ") {
		s = s[i+2:] // "1. maja@x.example"
	}
	for _, label := range [...]string{"mailto:", "smtp:", "rfc822;", "rfc822:", "e-mail:", "recipient:", "address:", "user:", "email:", "recipient address:", "addressee:", "宛先:", "收件人:", "получатель:", "empfänger:", "destinataire :"} {
		if len(s) > len(label) && strings.EqualFold(s[:len(label)], label) {
			s = strings.TrimLeft(s[len(label):], " \t")
			break
		}
	}
	s = strings.TrimLeft(s, "<'[(`")
	s = strings.TrimPrefix(s, "mailto:")
	at := strings.IndexByte(s, '@')
	if at < 0 || at > maxLocal {
		return "", "", false
	}
	found := addresses(s[:min(len(s), at+300)], 1)
	if len(found) == 0 || found[0].start > 1 || found[0].start == 1 && s[0] != '"' {
		return "", "", false
	}
	if line[0] == '(' {
		return "", "", false // "(expanded from: <alias@x.example>)"
	}
	addr = found[0].text
	rest = strings.TrimLeft(s[found[0].end:], ">\"'])` \t")
	rest = dropRepeat(rest, addr)
	if rest == "" {
		return addr, "", true
	}
	switch rest[0] {
	case ':', ';':
		return addr, strings.TrimLeft(rest, ":; \t"), true
	case '(', '[', '|':
		return addr, rest, true
	case ',', '.', '-', '=':
		if strings.Trim(rest, ",.-=> ") == "" {
			return addr, "", true
		}
		if strings.HasPrefix(rest, "...") || strings.HasPrefix(rest, "- ") || strings.HasPrefix(rest, "->") || strings.HasPrefix(rest, "=>") {
			return addr, strings.TrimLeft(rest, ".-=> "), true
		}
	}
	if c := readCodes(rest); c != (codes{}) {
		return addr, rest, true
	}
	if strings.HasPrefix(rest, "on ") && len(rest) < 60 && strings.Contains(rest, ":") {
		return addr, "", true // Exchange: "maja@x.example on Thu, 29 Apr 2004 23:34"
	}
	lower := strings.ToLower(rest)
	if containsAny(lower, "unknown", "invalid", "not found", "rejected", "failed", "no such", "refused", "disabled", "mailbox", "quota", "undeliver", "does not exist", "doesn't exist") && len(rest) < 200 {
		return addr, rest, true
	}
	return "", "", false
}

// dropRepeat drops the address said once more: "a@x<mailto:a@x>", "a@x (a@x)".
func dropRepeat(rest, addr string) string {
	s := strings.TrimLeft(rest, "<([ ")
	s = strings.TrimPrefix(s, "mailto:")
	if len(s) >= len(addr) && strings.EqualFold(s[:len(addr)], addr) {
		return strings.TrimLeft(s[len(addr):], ">)] ")
	}
	return rest
}

// introductions are the words that lead to a recipient within a sentence, as
// they stand right before the address.
var introductions = [...]string{
	"to", "to user", "for", "recipient", "recipients", "recipient(s)", "user", "userid", "address", "mailbox", "account", "addressee", "rcpt to", "not found", "unknown user", "delivering", "deliver", "reach", "addressed", "address(es)", "addresses", "following", "unknown",
	"an", "für", "empfänger", "adresse", "à", "pour", "destinataire", "a", "para", "destinatario", "destinatário", "per", "aan", "voor", "till", "til", "mottagare", "modtager", "do", "на", "для", "адрес", "получателю",
}

// sentences returns the addresses that are named as recipients within running
// text. It is asked last, as a sentence may name others too.
func (t *text) sentences() []Recipient {
	var list []Recipient
	seen := make(map[string]bool)
	for _, p := range paragraphs(t.head) {
		lower := strings.ToLower(p)
		if len(lower) != len(p) {
			continue // letters whose lower case is of another length
		}
		end := 0 // of the address before
		for _, a := range addresses(p, 50) {
			before := lower[max(end, a.start-80):a.start]
			end = a.end
			key := strings.ToLower(a.text)
			local, _, _ := strings.Cut(key, "@")
			if seen[key] || local == "postmaster" || daemons[local] || len(list) == MaxRecipients {
				continue
			}
			bare := strings.TrimSuffix(strings.TrimRight(before, "<>\"'([:;,`=-* \t"), "mailto")
			if asksForMail(bare) || !introduces(bare) && !labels(before, lower) {
				continue
			}
			seen[key] = true
			list = append(list, Recipient{Address: a.text, Diagnostic: p})
		}
	}
	return list
}

// asksForMail reports whether a text leads to an address of somebody else: the
// sender, or one to write to ("send mail to").
func asksForMail(before string) bool {
	return containsAny(before[max(0, len(before)-34):], "contact", "send mail to", "send e-mail to", "send email to", "write to", "please mail", "forward", "sender", "from", "reply-to", "return-path", "help")
}

// introduces reports whether a text ends with an introduction.
func introduces(before string) bool {
	for _, w := range introductions {
		if strings.HasSuffix(before, w) && (len(before) == len(w) || !isAtom(before[len(before)-len(w)-1])) {
			return true
		}
	}
	// Chinese and Japanese put no space between words.
	return len(before) > 0 && before[len(before)-1] >= 0x80
}

// labels reports whether a text ends with a colon in a paragraph that speaks of
// a failure: "User mailbox exceeds allowed size: maja@x.example".
func labels(before, paragraph string) bool {
	return strings.HasSuffix(strings.TrimRight(before, "<\"' "), ":") &&
		containsAny(paragraph, "mailbox", "unknown", "exceed", "fail", "undeliver", "not found", "invalid", "unable", "reject", "could not", "couldn't", "not be delivered")
}

// paragraphs joins the lines between empty lines, each at most 4,000 bytes.
func paragraphs(lines []string) []string {
	var list []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			list = append(list, b.String())
			b.Reset()
		}
	}
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || b.Len()+len(l) > 4000 {
			flush()
		}
		if l != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(l)
		}
	}
	flush()
	return list
}
