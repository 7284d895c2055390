package tradepost

import (
	"io"
)

// What stands in the place of what was replaced.
const (
	strippedAddress = "(reply address)"
	strippedLink    = "(link)"
)

// StripTokens replaces every reply address by "(reply address)" and every action
// link by "(link)", in text that is kept, passed on, logged or shown: mails get
// quoted and forwarded, and both with them. Nothing else changes.
//
// An address is found whole or without its domain, with the "+" encoded for a
// link ("%2B") or for quoted-printable ("=2B"); a link whole, or as far as it can
// be told to be one, also within the address of a gateway that percent-encoded
// it. Both are found where a token was broken: by the soft line breaks of
// quoted-printable, so that the undecoded mail may be shown; and by a mailer's
// hard line breaks, with marks of quotation at the beginning of the next line.
// In text that is encoded as a whole (base64, compressed) nothing is found:
// decode it first.
func StripTokens(text string) string {
	in := []byte(text)
	from, to, with := tokenIn(in, 0)
	if with == "" {
		return text
	}
	out := make([]byte, 0, len(in))
	for at := 0; ; {
		out = append(append(out, in[at:from]...), with...)
		if at = to; with == "" {
			return string(out)
		}
		from, to, with = tokenIn(in, at)
	}
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

// strip moves what is certain from the window to out. Unless it is the last,
// what begins near the window's end may go on in the next.
func (t *tokenStripper) strip() {
	certain := len(t.window)
	if t.err == nil {
		certain -= tokenMatchMax
	}
	out, at := t.buffer[:0], 0
	for at < certain {
		from, to, with := tokenIn(t.window, at)
		if with == "" || from >= certain {
			out, at = append(out, t.window[at:certain]...), certain
			break
		}
		out = append(append(out, t.window[at:from]...), with...)
		at = to
	}
	t.buffer, t.out = out, out
	t.window = t.window[:copy(t.window, t.window[at:])]
}
