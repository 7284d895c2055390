package tradepost

import "strings"

// FailureClass is what a refusal says about the address that it is about.
type FailureClass string

// The classes of failures.
const (
	// FailureHard: the address does not exist, or takes no mail any more.
	FailureHard FailureClass = "hard"
	// FailureSoft: it takes none now: full, slow, greylisted, its server down.
	FailureSoft FailureClass = "soft"
	// FailurePolicy is about the letter or the reputation of who sent it. It says
	// nothing about the address.
	FailurePolicy FailureClass = "policy"
	// FailureOurs is about how we speak, sign in or are set up.
	FailureOurs FailureClass = "ours"
	// FailureUnknown: nobody can tell from what was said.
	FailureUnknown FailureClass = "unknown"
)

// Refusal is what a server said instead of taking a mail for one address.
type Refusal struct {
	// Stage is how far the dialogue came, as package mailer names it: only what is
	// said at "rcpt", "data" and "dot" may be about the address. "" = not known, as
	// of a report that came by mail.
	Stage string
	// Code is the reply code (RFC 5321 4.2); 0 = none.
	Code int
	// Enhanced is the status code of RFC 3463; "" = none.
	Enhanced string
	// Text is what else was said, in any case and on any number of lines. The first
	// refusalTextMax octets count.
	Text string
}

const refusalTextMax = 1000

// Class tells what kind of failure a refusal is.
//
// Providers use codes for whatever they like: Yandex says 550 5.7.1 of a user who
// is unknown, Gmail 550 5.2.1 of one who gets too much mail at the moment, Yahoo
// 554 of one who has no account. So the words that are known decide first, of
// those the more telling ones (refusalWords); then the enhanced code; then the
// reply code, which alone never makes a failure hard: 550 is said of everything.
// A refusal that is temporary by its code (4yz) is never hard.
func (r Refusal) Class() FailureClass {
	switch r.Stage {
	case "", "rcpt", "data", "dot":
	default:
		return FailureOurs
	}
	text := refusalText(r.Text)
	enhanced := r.Enhanced
	if enhanced == "" {
		enhanced = enhancedIn(text)
	}
	c := r.byWords(text, enhanced)
	if c == "" {
		c = byEnhanced(enhanced)
	}
	if c == "" {
		c = byCode(r.Code)
	}
	if c == FailureHard && r.temporary(enhanced) {
		c = FailureSoft
	}
	return c
}

func (r Refusal) temporary(enhanced string) bool {
	if r.Code != 0 {
		return r.Code < 500
	}
	return strings.HasPrefix(enhanced, "4.")
}

// byWords looks for what servers are known to say; "" = nothing of it.
func (r Refusal) byWords(text, enhanced string) FailureClass {
	switch r.Code {
	case 503, 530, 534, 535, 538: // of the order of commands and of signing in (RFC 5321 4.2.2, RFC 4954 6)
		return FailureOurs
	case 556: // the domain has a null MX (RFC 7504 4)
		return FailureHard
	}
	if edgeBlocked(enhanced, text) {
		return FailureHard
	}
	for _, w := range refusalWords {
		for _, phrase := range w.phrases {
			if !strings.Contains(text, phrase) {
				continue
			}
			if phrase == "mailbox unavailable" && strings.HasPrefix(enhanced, "5.7.") {
				return FailurePolicy
			}
			return w.class
		}
	}
	return ""
}

// edgeBlocked is how Exchange Online refuses who isn't in the recipient's
// directory, at 5.4.1 (Microsoft, "Use Directory-Based Edge Blocking"). With
// other codes the same words are of a server's access rules.
func edgeBlocked(enhanced, text string) bool {
	return enhanced == "5.4.1" && strings.Contains(text, "recipient address rejected: access denied")
}

// byEnhanced reads a status code of RFC 3463 or of IANA's registry of enhanced
// status codes; "" = it says nothing of its own.
func byEnhanced(code string) FailureClass {
	class, detail, ok := strings.Cut(code, ".")
	subject, _, _ := strings.Cut(detail, ".")
	if !ok || class != "4" && class != "5" {
		return ""
	}
	switch detail {
	case "1.1", "1.2", "1.3", "1.6", "1.10", // no such mailbox, domain; bad syntax; moved; null MX (RFC 7505)
		"1.351", // Exchange Online: the next server knows no such recipient
		"2.1",   // disabled
		"4.310": // Exchange Online: the domain isn't in the DNS
		return FailureHard
	case "2.2", "3.1", "3.2", "4.0", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "4.300", "4.316":
		return FailureSoft
	case "1.7", "1.8", "1.20", "1.90", // the sender's address; Exchange Online: several From, our day's limit
		"7.8", "7.9", "7.10", "7.11", "7.14", "7.27", "7.57": // signing in (RFC 4954, RFC 5248); our own null MX (RFC 7505)
		return FailureOurs
	case "2.3", "3.4": // too big a letter
		return FailurePolicy
	}
	switch {
	case subject == "5":
		return FailureOurs
	case subject == "6" || subject == "7":
		return FailurePolicy
	case class == "4" && (subject == "1" || subject == "2" || subject == "3" || subject == "4"):
		return FailureSoft
	}
	return ""
}

// byCode reads a reply code alone (RFC 5321 4.2.3).
func byCode(code int) FailureClass {
	switch code {
	case 421, 450, 451, 452, 552: // 552 is a mailbox's quota
		return FailureSoft
	case 500, 501, 502, 504, 555, 454:
		return FailureOurs
	}
	return FailureUnknown
}

// refusalText brings a refusal's words into the form that the table has: lower
// case, single spaces, straight apostrophes. Addresses and links go: a mailbox may
// be called spam@, and servers link to pages named after anything.
func refusalText(s string) string {
	if len(s) > refusalTextMax {
		s = s[:refusalTextMax]
	}
	s = strings.NewReplacer("’", "'", "‘", "'", "`", "'").Replace(strings.ToLower(strings.ToValidUTF8(s, " ")))
	words := strings.Fields(s)
	kept := words[:0]
	for _, w := range words {
		if !strings.Contains(w, "@") && !strings.Contains(w, "://") && !strings.HasPrefix(w, "www.") {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// enhancedIn finds a status code among the words of a text, as in "(#5.1.1)".
func enhancedIn(text string) string {
	for w := range strings.FieldsSeq(text) {
		if w = strings.Trim(w, "(#)[]:;,-"); isEnhanced(w) {
			return w
		}
	}
	return ""
}

func isEnhanced(s string) bool {
	if len(s) < 5 || len(s) > 9 || s[0] != '4' && s[0] != '5' || s[1] != '.' {
		return false
	}
	subject, detail, ok := strings.Cut(s[2:], ".")
	return ok && allDigits(subject) && allDigits(detail)
}

func allDigits(s string) bool {
	return len(s) >= 1 && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
}
