package mailer

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

type timeouts struct{ command, data time.Duration }

// conn is one authenticated SMTP session. One goroutine uses it at a time.
type conn struct {
	raw  net.Conn // beneath TLS: deadlines and closing
	text *textproto.Conn
	timeouts

	pipelining, smtputf8, eightBit, size bool
	limit                                int64 // of SIZE; 0: none known

	open   bool        // a refused transaction wasn't ended: RSET before the next
	broken bool        // not fit for another letter
	used   bool        // has carried a letter before
	expiry *time.Timer // while idle
}

// send speaks commands, each without its CRLF, in one write.
func (c *conn) send(commands ...string) error {
	if err := c.raw.SetDeadline(time.Now().Add(c.command)); err != nil {
		return err
	}
	for _, s := range commands {
		if _, err := c.text.W.WriteString(s + "\r\n"); err != nil {
			return err
		}
	}
	return c.text.W.Flush()
}

// answer reads one reply within d and turns one of another class than want
// (2 or 3) into a *refusal.
func (c *conn) answer(want int, d time.Duration) (reply, error) {
	if err := c.raw.SetDeadline(time.Now().Add(d)); err != nil {
		return reply{}, err
	}
	r, err := readReply(c.text.R)
	if err != nil {
		return reply{}, err
	}
	if r.code/100 != want {
		return r, &refusal{r}
	}
	return r, nil
}

// ask is send and answer.
func (c *conn) ask(want int, command string) error {
	if err := c.send(command); err != nil {
		return err
	}
	_, err := c.answer(want, c.command)
	return err
}

// quit says QUIT if the session is in order, waits at most quitTimeout for the
// answer, and closes. No outcome depends on it, so its errors are dropped.
func (c *conn) quit() {
	if !c.broken {
		c.command = quitTimeout
		_ = c.ask(2, "QUIT")
	}
	_ = c.raw.Close()
}

// transact carries one letter. stale reports that an idle connection turned
// out to be dead before the server had answered MAIL: nothing has happened.
//
// With PIPELINING (RFC 2920) MAIL, RCPT and DATA go out together, so that a
// letter costs two round trips instead of four.
func (c *conn) transact(ctx context.Context, l *rendered, o SendOptions) (res Result, stale bool) {
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer func() {
		if !stop() { // the close may be under way
			c.broken = true
		}
	}()
	reused := c.used
	c.used = true

	if res, ok := c.unable(l); !ok {
		return res, false
	}
	fail := func(stage string, err error) Result { return c.failed(ctx, stage, err) }
	gone := func(r Result) bool {
		return reused && ctx.Err() == nil && c.broken && (r.Code == 0 || r.Code == 421)
	}
	if c.open {
		if err := c.ask(2, "RSET"); err != nil {
			c.broken = true // a server that refuses RSET is no use either
			return fail(StageMail, err), reused && ctx.Err() == nil
		}
		c.open = false
	}

	mail := "MAIL FROM:<" + l.from + ">" + c.parameters(l)
	rcpt := "RCPT TO:<" + l.to + ">"
	steps := []struct {
		stage, command string
		want           int
	}{{StageMail, mail, 2}, {StageRcpt, rcpt, 2}, {StageData, "DATA", 3}}

	if c.pipelining {
		if err := c.send(mail, rcpt, "DATA"); err != nil {
			res := fail(StageMail, err)
			return res, gone(res)
		}
	}
	for i, step := range steps {
		if !c.pipelining {
			if err := c.send(step.command); err != nil {
				res := fail(step.stage, err)
				return res, i == 0 && gone(res)
			}
		}
		if _, err := c.answer(step.want, c.command); err != nil {
			res := fail(step.stage, err)
			if c.pipelining && !c.broken {
				c.drain(len(steps) - i - 1)
			}
			c.open = i > 0
			return res, i == 0 && gone(res)
		}
	}
	return c.body(ctx, l, o, fail), false
}

// unable finds what this server lacks for the letter, before asking it.
func (c *conn) unable(l *rendered) (Result, bool) {
	switch {
	case l.utf8 && !c.smtputf8:
		r := Result{Verdict: Permanent, Stage: StageMail, EnhancedCode: "5.6.7",
			Reply: "the server has no SMTPUTF8, and an address of this letter has characters outside ASCII before its @"}
		r.Err = fmt.Errorf("send <%s>: %s", l.id, r.Reply)
		return r, false
	case c.limit > 0 && int64(len(l.bytes)) > c.limit:
		r := Result{Verdict: Permanent, Stage: StageMail, EnhancedCode: "5.3.4",
			Reply: fmt.Sprintf("the letter has %d octets and the server takes %d at most", len(l.bytes), c.limit)}
		r.Err = fmt.Errorf("send <%s>: %s", l.id, r.Reply)
		return r, false
	}
	return Result{}, true
}

// parameters of MAIL. SMTPUTF8 stands there only when it is needed: a letter
// marked with it can't be relayed to a server without it (RFC 6531 3.6), and
// go-mail marks every one.
func (c *conn) parameters(l *rendered) string {
	s := ""
	if c.size {
		s += fmt.Sprintf(" SIZE=%d", len(l.bytes))
	}
	if l.utf8 {
		if c.eightBit {
			s += " BODY=8BITMIME"
		}
		s += " SMTPUTF8"
	}
	return s
}

// drain reads the answers to what was pipelined behind a refused command. If
// the server nevertheless wants a body, only closing avoids sending one.
func (c *conn) drain(n int) {
	for range n {
		r, err := c.answer(2, c.command)
		if _, refused := err.(*refusal); (err != nil && !refused) || r.code/100 == 3 || r.code == 421 {
			c.broken = true
			return
		}
	}
}

// chunk is the most of a body that one write takes, and that goes out together
// with the dot: little enough to fit a socket's buffer, so that the write
// behind BeforeDot doesn't wait for the network.
const chunk = 16 << 10

func (c *conn) body(ctx context.Context, l *rendered, o SendOptions, fail func(string, error) Result) Result {
	b := stuff(l.bytes)
	for len(b) > chunk {
		if err := c.write(b[:chunk]); err != nil {
			return c.interrupted(fail, err)
		}
		b = b[chunk:]
	}
	if o.BeforeDot != nil {
		if err := o.BeforeDot(); err != nil {
			c.broken = true
			return Result{Verdict: NotSent, Stage: StageDot, Err: fmt.Errorf("send <%s>: %w: %w", l.id, ErrBeforeDot, err)}
		}
	}
	if err := ctx.Err(); err != nil {
		c.broken = true
		return fail(StageDot, err)
	}
	if err := c.write(append(slices.Clip(b), ".\r\n"...)); err != nil {
		return c.interrupted(fail, err)
	}
	r, err := c.answer(2, c.data)
	if err == nil {
		return Result{Verdict: Delivered, Code: r.code, EnhancedCode: r.enhanced(), Reply: r.line(), Stage: StageDot}
	}
	res := fail(StageDot, err)
	if res.Code < 400 { // nothing, nonsense, or an answer that means neither yes nor no
		res.Verdict = Unknown
		c.broken = true
	}
	return res
}

// write puts b out at once; it must be all of what is unsent.
func (c *conn) write(b []byte) error {
	if err := c.raw.SetDeadline(time.Now().Add(c.data)); err != nil {
		return err
	}
	if _, err := c.text.W.Write(b); err != nil {
		return err
	}
	return c.text.W.Flush()
}

// interrupted judges a body that couldn't be written to its end: without the
// dot the server must not take it (RFC 5321 4.1.1.4). A server that has
// enough of a body answers before it hangs up; that answer tells more than
// the broken pipe.
func (c *conn) interrupted(fail func(string, error) Result, err error) Result {
	res := fail(StageData, err)
	r, readErr := c.answer(2, time.Second)
	if _, refused := readErr.(*refusal); refused && r.code >= 400 {
		return fail(StageData, readErr)
	}
	return res
}

// failed judges an error at MAIL or later. It marks the connection broken
// unless the server gave an orderly refusal.
func (c *conn) failed(ctx context.Context, stage string, err error) Result {
	if ref, ok := err.(*refusal); ok {
		if ref.code < 400 || ref.code == 421 || ref.code == 503 {
			c.broken = true // closing, or out of step with us
		}
		return Result{Verdict: verdictOf(ref.code), Code: ref.code, EnhancedCode: ref.enhanced(), Reply: ref.line(),
			Stage: stage, Err: fmt.Errorf("%s: %w", strings.ToUpper(stage), err)}
	}
	c.broken = true
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	return Result{Verdict: Temporary, Stage: stage, Err: fmt.Errorf("%s: %w", strings.ToUpper(stage), err)}
}

// stuff doubles the dot at the start of each line (RFC 5321 4.5.2). b has CRLF
// line ends only.
func stuff(b []byte) []byte {
	lines := bytes.Count(b, []byte("\n."))
	if lines == 0 && !bytes.HasPrefix(b, []byte(".")) {
		return b
	}
	out := make([]byte, 0, len(b)+lines+8)
	if bytes.HasPrefix(b, []byte(".")) {
		out = append(out, '.')
	}
	for {
		before, after, found := bytes.Cut(b, []byte("\n."))
		out = append(out, before...)
		if !found {
			return out
		}
		out = append(out, "\n.."...)
		b = after
	}
}
