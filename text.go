package tradepost

import (
	"net/mail"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a stranger may type, in characters unless said otherwise.
const (
	MaxLine       = 200     // names, store names, subjects, file names
	MaxURL        = 2_000   // octets
	MaxBody       = 100_000 // a message
	MaxAddress    = 254     // octets: RFC 5321 4.5.3.1.3 less the angle brackets
	MaxLocalPart  = 64      // octets: RFC 5321 4.5.3.1.1
	MaxExternalID = 200
)

// LineProblem says what keeps s from being a single line of at most limit
// characters, or returns "".
func LineProblem(s string, limit int) string {
	switch {
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case utf8.RuneCountInString(s) > limit:
		return "is longer than " + strconv.Itoa(limit) + " characters"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "holds a line break or another control character; send it on one line"
	}
	return ""
}

// BodyProblem says what keeps s from being a message: control characters other
// than line breaks and tabs, or too much of it. Emptiness is for the caller to
// judge, since a message may consist of files alone.
func BodyProblem(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	case utf8.RuneCountInString(s) > MaxBody:
		return "is longer than " + strconv.Itoa(MaxBody) + " characters; attach it as a file"
	case strings.ContainsFunc(s, forbiddenInBody):
		return "holds a control character other than line breaks and tabs"
	}
	return ""
}

func forbiddenInBody(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
}

// NormalBody is how a message is kept: LF line ends, no trailing white space on
// its lines, no empty lines around it, and none of the controls that
// BodyProblem refuses (mail brings them; a person did not type them).
func NormalBody(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if forbiddenInBody(r) {
			return -1
		}
		return r
	}, s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(l, unicode.IsSpace)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// AddressProblem says what keeps s from being an address that mail is sent to,
// or returns "". It takes the dot-string form of RFC 5321 4.1.2 only: quoted
// local parts, comments and address literals have no place in a marketplace
// profile and have carried SMTP injections (CVE-2025-59937).
func AddressProblem(s string) string {
	const advice = "is not an e-mail address like name@example.com"
	if s == "" {
		return "is missing"
	}
	if len(s) > MaxAddress || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune(`"(),:;<>[]\`, r)
	}) {
		return advice
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" {
		return advice
	}
	at := strings.LastIndexByte(s, '@')
	if at > MaxLocalPart {
		return "has more than 64 octets before the @"
	}
	domain := s[at+1:]
	if strings.HasPrefix(domain, "-") || strings.Contains(domain, "..") || strings.HasSuffix(domain, ".") {
		return advice
	}
	return ""
}

// FoldAddress is the form addresses are compared in. Local parts are formally
// case-sensitive (RFC 5321 2.4); no mailbox in use tells two people apart by it.
func FoldAddress(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// URLProblem says what keeps s from being a web address that letters may link.
func URLProblem(s string) string {
	if len(s) > MaxURL {
		return "is longer than " + strconv.Itoa(MaxURL) + " octets"
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		return "is not a web address like https://shop.example.com"
	}
	return ""
}

// FilenameProblem says what keeps s from being the bare name of a file.
func FilenameProblem(s string) string {
	if p := LineProblem(s, MaxLine); p != "" {
		return p
	}
	if s == "" || s == "." || s == ".." || strings.ContainsAny(s, `/\`) {
		return "is not a bare file name like offer.pdf"
	}
	return ""
}

// SafeFilename makes a name that passes FilenameProblem out of whatever a mail
// gave: the last path element, without controls, bidi marks (which disguise
// extensions) and overlength.
func SafeFilename(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || bidi(r) || r == '/' {
			return -1
		}
		return r
	}, s))
	if r := []rune(s); len(r) > MaxLine {
		ext := []rune(path.Ext(s))
		if len(ext) > 20 {
			ext = nil
		}
		s = string(r[:MaxLine-len(ext)]) + string(ext)
	}
	if FilenameProblem(s) != "" {
		return "attachment"
	}
	return s
}

// bidi reports explicit directional formatting (Unicode UAX #9): it reorders
// what stands around it and serves only to disguise in names and addresses.
func bidi(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || (r >= '\u202A' && r <= '\u202E') || (r >= '\u2066' && r <= '\u2069')
}
