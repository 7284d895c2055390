package mailer

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Header is one further header field of a [Letter]. Name is a constant of the
// program, never data: 1 to 70 characters of ftext (RFC 5322 3.6.8), and not a
// field that the Letter writes itself. Value is unstructured text in any
// script; what isn't plain ASCII is encoded (RFC 2047);
// "" leaves the field out.
type Header struct {
	Name  string
	Value string
}

// ownFields are the fields that Letter writes from its own members, or that
// only a mail system may add.
const ownFields = " from sender to cc bcc reply-to subject date message-id in-reply-to references" +
	" auto-submitted list-id list-unsubscribe list-unsubscribe-post mime-version" +
	" dkim-signature received return-path user-agent x-mailer "

func checkHeaderName(name string) error {
	if name == "" || len(name) > 70 {
		return fmt.Errorf("has %d characters; 1 to 70 are allowed", len(name))
	}
	for i := range len(name) {
		if c := name[i]; c < 33 || c > 126 || c == ':' {
			return fmt.Errorf("has %q, which no header name may hold (RFC 5322 3.6.8)", c)
		}
	}
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "content-") || strings.Contains(ownFields, " "+lower+" ") {
		return errors.New("is written by the letter itself; set its own field")
	}
	return nil
}

// checkText refuses what may stand in no header value and no address. Other
// control characters are encoded where they occur.
func checkText(s string) error {
	if i := strings.IndexAny(s, "\r\n\x00"); i >= 0 {
		return fmt.Errorf("has %q at octet %d; line breaks and NUL could forge header fields", s[i], i)
	}
	if !utf8.ValidString(s) {
		return errors.New("isn't valid UTF-8")
	}
	return nil
}

// longestWord leaves room for the name of the field in a line of 78.
const longestWord = 60

// isPlain reports whether s can stand in a header as it is and be folded at
// its spaces without change: printable ASCII, single spaces, no word too long
// for a line, and nothing that a reader would take for an encoded word.
func isPlain(s string) bool {
	if strings.Contains(s, "=?") {
		return false
	}
	word := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			if word == 0 || i == len(s)-1 {
				return false
			}
			word = 0
		case c < '!' || c > '~':
			return false
		default:
			if word++; word > longestWord {
				return false
			}
		}
	}
	return true
}

func encodeText(s string) string {
	if isPlain(s) {
		return s
	}
	return encodeWords(s)
}

// encodeWords gives s wholly as encoded words of RFC 2047, separated by single
// spaces, which readers drop: by "Q" when that is the shorter, else by "B".
// Package mime's encoder leaves printable ASCII alone, so a literal
// "=?utf-8?q?x?=" would reach the reader decoded.
func encodeWords(s string) string {
	const payload = longestWord - len("=?utf-8?q?") - len("?=")
	quoted := 0
	for i := range len(s) {
		quoted += qLen(s[i])
	}
	base64ed := quoted > base64.StdEncoding.EncodedLen(len(s))

	var out strings.Builder
	for len(s) > 0 {
		end, n := 0, 0
		for end < len(s) { // never cut a character in two (RFC 2047 5)
			_, size := utf8.DecodeRuneInString(s[end:])
			if base64ed {
				n = base64.StdEncoding.EncodedLen(end + size)
			} else {
				for _, c := range []byte(s[end : end+size]) {
					n += qLen(c)
				}
			}
			if n > payload {
				break
			}
			end += size
		}
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		if base64ed {
			out.WriteString("=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(s[:end])) + "?=")
		} else {
			out.WriteString("=?utf-8?q?" + qEncode(s[:end]) + "?=")
		}
		s = s[end:]
	}
	return out.String()
}

// qSafe tells the characters that stand for themselves in an encoded word
// within a phrase, the strictest place (RFC 2047 5 (3)).
func qSafe(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!*+-/", c) >= 0
}

func qLen(c byte) int {
	if c == ' ' || qSafe(c) {
		return 1
	}
	return 3
}

func qEncode(s string) string {
	const hex = "0123456789ABCDEF"
	out := make([]byte, 0, 3*len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			out = append(out, '_')
		case qSafe(c):
			out = append(out, c)
		default:
			out = append(out, '=', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}

// fold gives "name: value" with line breaks at spaces where a line would pass
// 76 columns, and no line of spaces only, since value has single ones.
func fold(name, value string) string {
	var out strings.Builder
	out.WriteString(name + ":")
	column := len(name) + 1
	for word := range strings.SplitSeq(value, " ") {
		if column+1+len(word) > 76 && column > len(name)+1 {
			out.WriteString("\r\n")
			column = 0
		}
		out.WriteString(" " + word)
		column += 1 + len(word)
	}
	return out.String()
}

// ValidMessageID reports whether id, with or without angle brackets, can stand
// in Message-ID, In-Reply-To and References: 3 to 250 printable ASCII
// characters without spaces and angle brackets, something on either side of an
// @. It is looser than msg-id of RFC 5322 3.6.4, since identifiers of other
// people's mail must be quoted as they came. Test a stranger's identifier with
// it and leave out what fails.
func ValidMessageID(id string) bool {
	id = bareID(id)
	if len(id) < 3 || len(id) > 250 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; c < '!' || c > '~' || c == '<' || c == '>' {
			return false
		}
	}
	at := strings.IndexByte(id, '@')
	return at > 0 && at < len(id)-1 && !strings.Contains(id, "=?")
}

// bareID takes one pair of angle brackets off.
func bareID(id string) string {
	if inner, ok := strings.CutPrefix(id, "<"); ok {
		if inner, ok = strings.CutSuffix(inner, ">"); ok {
			return inner
		}
	}
	return id
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
