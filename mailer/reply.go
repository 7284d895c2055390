package mailer

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reply is one SMTP reply (RFC 5321 4.2). text is as it came, lines joined by
// spaces.
type reply struct {
	code int
	text string
}

const (
	replyLines      = 64  // of one reply; more is a server gone mad
	replyCharacters = 500 // kept for the record
)

var errMalformedReply = errors.New("server sent what isn't an SMTP reply")

// readReply reads a reply of one or more lines. Unlike net/textproto's reader
// it bounds what a server may send: 64 lines of the buffer's 4096 octets.
func readReply(r *bufio.Reader) (reply, error) {
	var out reply
	for range replyLines {
		line, err := r.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				return reply{}, fmt.Errorf("%w: a line of over %d octets", errMalformedReply, len(line))
			}
			return reply{}, err
		}
		code, more, text, ok := parseReplyLine(strings.TrimRight(string(line), "\r\n"))
		if !ok || (out.code != 0 && code != out.code) {
			return reply{}, fmt.Errorf("%w: %s", errMalformedReply, oneLine(string(line), 80))
		}
		if out.code == 0 {
			out = reply{code, text}
		} else if len(out.text) < 4*replyCharacters {
			out.text += " " + text
		}
		if !more {
			return out, nil
		}
	}
	return reply{}, fmt.Errorf("%w: over %d lines", errMalformedReply, replyLines)
}

func parseReplyLine(s string) (code int, more bool, text string, ok bool) {
	if len(s) < 3 {
		return 0, false, "", false
	}
	for i := range 3 {
		if s[i] < '0' || s[i] > '9' {
			return 0, false, "", false
		}
		code = 10*code + int(s[i]-'0')
	}
	if code < 200 || code > 599 {
		return 0, false, "", false
	}
	if len(s) == 3 { // QUIRK: "250" alone; RFC 5321 4.2 asks to bear it
		return code, false, "", true
	}
	if s[3] != ' ' && s[3] != '-' {
		return 0, false, "", false
	}
	return code, s[3] == '-', s[4:], true
}

// enhanced is the status code of RFC 3463 at the beginning of the text, if its
// class fits the reply (RFC 2034 4).
func (r reply) enhanced() string {
	code, _, _ := strings.Cut(r.text, " ")
	class, rest, _ := strings.Cut(code, ".")
	subject, detail, ok := strings.Cut(rest, ".")
	if !ok || len(class) != 1 || int(class[0]-'0') != r.code/100 || !isStatusNumber(subject) || !isStatusNumber(detail) {
		return ""
	}
	return code
}

func isStatusNumber(s string) bool {
	return len(s) >= 1 && len(s) <= 3 && strings.Trim(s, "0123456789") == ""
}

func (r reply) line() string { return oneLine(r.text, replyCharacters) }

// oneLine makes a stranger's words fit for logs and pages: controls and
// direction marks become spaces, runs of spaces one, invalid UTF-8 U+FFFD,
// and at most n characters are kept.
func oneLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > n {
		s = string([]rune(s)[:n-1]) + "…"
	}
	return s
}
