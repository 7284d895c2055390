package tradepost

import (
	"io"
	"regexp"
)

// tokenInText finds our reply addresses wherever they were quoted, whole or
// with the domain folded away. Tokens are 56 characters of one alphabet behind a
// fixed prefix, which nothing else looks like. A domain has at most 255 octets
// (RFC 5321 4.5.3.1.2).
var tokenInText = regexp.MustCompile(`(?i)reply(?:\+|%2b|=2b)[a-z2-7]{56}(?:(?:@|%40)[a-z0-9.-]{1,255})?`)

// tokenMatchMax is above the octets that tokenInText may match: 5 and 3, 56 and
// 255 characters of up to 3 octets (without regard to case, k is also U+212A),
// and 3 between them.
const tokenMatchMax = 1 << 10

const stripped = "(reply address)"

// StripTokens replaces every reply address in text that is kept or passed on:
// mails get quoted and forwarded, and the address with them.
func StripTokens(text string) string {
	return tokenInText.ReplaceAllString(text, stripped)
}

// StripTokensFrom returns a reader of what StripTokens makes of all that r
// gives. It holds 64 KB of it at a time. The result is never longer.
func StripTokensFrom(r io.Reader) io.Reader {
	return &tokenStripper{r: r, window: make([]byte, 0, 64<<10)}
}

type tokenStripper struct {
	r      io.Reader
	window []byte // read, not yet looked at
	buffer []byte // of out
	out    []byte // ready to be given
	err    error  // of r
}

func (t *tokenStripper) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil && len(t.window) == 0 {
			return 0, t.err
		}
		t.fill()
		t.strip()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	return n, nil
}

// fill reads until the window is full or r has ended.
func (t *tokenStripper) fill() {
	for t.err == nil && len(t.window) < cap(t.window) {
		n, err := t.r.Read(t.window[len(t.window):cap(t.window)])
		t.window, t.err = t.window[:len(t.window)+n], err
	}
}

// strip moves what is certain from the window to out. Unless it is the last, an
// address that begins near the window's end may go on in the next.
func (t *tokenStripper) strip() {
	certain := len(t.window)
	if t.err == nil {
		certain -= tokenMatchMax
	}
	out, at := t.buffer[:0], 0
	for at < certain {
		found := tokenInText.FindIndex(t.window[at:])
		if len(found) == 0 || at+found[0] >= certain {
			out, at = append(out, t.window[at:certain]...), certain
			break
		}
		out = append(append(out, t.window[at:at+found[0]]...), stripped...)
		at += found[1]
	}
	t.buffer, t.out = out, out
	t.window = t.window[:copy(t.window, t.window[at:])]
}
