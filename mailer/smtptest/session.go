package smtptest

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// session is one connection.
type session struct {
	server *Server
	raw    net.Conn
	number int

	conn net.Conn // raw, or TLS over it
	r    *bufio.Reader
	user string
	mail *Received // since MAIL

	sender, rcpt string // of the latest MAIL and RCPT
	taken        int    // mails kept from this connection
}

func (s *session) serve() {
	s.conn = s.raw
	if s.server.config.TLS && !s.handshake() {
		return
	}
	s.r = bufio.NewReader(s.conn)
	if _, ok := s.at(Connect, 220, "smtptest ready"); !ok {
		return
	}
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		s.server.note(verb)
		if !s.command(verb, rest) {
			return
		}
	}
}

// command answers one; false ends the connection.
func (s *session) command(verb, rest string) bool {
	var ok bool
	switch verb {
	case "EHLO", "HELO":
		_, ok = s.at(EHLO, 250, s.hello(verb))
	case "STARTTLS":
		ok = s.starttls()
	case "AUTH":
		ok = s.auth(rest)
	case "MAIL":
		addr, options := path(rest)
		s.sender, s.rcpt = addr, ""
		code, text := 250, "2.1.0 sender ok"
		if s.mail != nil {
			code, text = 503, "5.5.1 nested MAIL"
		} else if len(s.server.config.Auth) > 0 && s.user == "" {
			code, text = 530, "5.7.0 authentication required"
		}
		if code, ok = s.at(Mail, code, text); code/100 == 2 {
			_, encrypted := s.conn.(*tls.Conn)
			s.mail = &Received{From: addr, Options: options, Conn: s.number, TLS: encrypted, User: s.user}
		}
	case "RCPT":
		if s.mail == nil {
			return s.answer(503, "5.5.1 MAIL first")
		}
		addr, _ := path(rest)
		s.rcpt = addr
		code := 0
		if code, ok = s.at(Rcpt, 250, "2.1.5 recipient ok"); code/100 == 2 {
			s.mail.To = append(s.mail.To, addr)
		}
	case "DATA":
		ok = s.data()
	case "RSET":
		s.mail = nil
		_, ok = s.at(Reset, 250, "2.0.0 reset")
	case "NOOP":
		_, ok = s.at(Noop, 250, "2.0.0 ok")
	case "QUIT":
		_, _ = s.at(Quit, 221, "2.0.0 bye")
		return false
	default:
		return s.answer(500, "5.5.2 unknown command")
	}
	return ok
}

// path takes "FROM:<a@b> X=1" apart.
func path(rest string) (addr, options string) {
	_, rest, _ = strings.Cut(rest, "<")
	addr, options, _ = strings.Cut(rest, ">")
	return addr, strings.TrimSpace(options)
}

func (s *session) hello(verb string) string {
	if verb == "HELO" {
		return "smtptest"
	}
	lines := append([]string{"smtptest"}, s.server.config.Extensions...)
	if _, encrypted := s.conn.(*tls.Conn); s.server.config.StartTLS && !encrypted {
		lines = append(lines, "STARTTLS")
	}
	if len(s.server.config.Auth) > 0 {
		lines = append(lines, "AUTH "+strings.Join(s.server.config.Auth, " "))
	}
	return strings.Join(lines, "\n")
}

func (s *session) handshake() bool {
	t := tls.Server(s.conn, s.server.tls)
	s.conn = t
	return t.Handshake() == nil
}

func (s *session) starttls() bool {
	if _, encrypted := s.conn.(*tls.Conn); !s.server.config.StartTLS || encrypted {
		return s.answer(502, "5.5.1 not offered")
	}
	code, ok := s.at(StartTLS, 220, "2.0.0 go on")
	if !ok || code != 220 {
		return ok
	}
	ok = s.handshake()
	s.r = bufio.NewReader(s.conn)
	return ok
}

func (s *session) data() bool {
	if s.mail == nil || len(s.mail.To) == 0 {
		return s.answer(503, "5.5.1 RCPT first")
	}
	code, ok := s.at(Data, 354, "go on")
	if !ok || code != 354 {
		return ok
	}
	if a := s.server.next(s.visit(Body)); a.Drop || a.Code != 0 || a.Wait != nil || a.Delay > 0 {
		if s.wait(a); a.Drop {
			return false
		}
		if a.Code != 0 && (!s.answer(a.Code, a.Text) || a.Close) {
			return false
		}
	}
	mail := *s.mail
	s.mail = nil
	var raw bytes.Buffer
	for {
		line, err := s.r.ReadBytes('\n')
		if err != nil {
			return false
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			break
		}
		raw.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	mail.Raw = raw.Bytes()

	a := s.server.next(s.visit(Dot))
	s.wait(a)
	if a.Accept || (!a.Drop && a.Raw == "" && (a.Code == 0 || a.Code/100 == 2)) {
		s.server.keep(mail)
		s.taken++
	}
	_, ok = s.act(a, 250, "2.0.0 queued")
	return ok
}

// auth plays the mechanisms of Config.Auth.
func (s *session) auth(rest string) bool {
	mechanism, initial, _ := strings.Cut(rest, " ")
	mechanism = strings.ToUpper(mechanism)
	if !slices.Contains(s.server.config.Auth, mechanism) {
		return s.answer(504, "5.5.4 mechanism not offered")
	}
	ask := func(challenge string) (string, bool) {
		if !s.answer(334, base64.StdEncoding.EncodeToString([]byte(challenge))) {
			return "", false
		}
		line, err := s.r.ReadString('\n')
		return strings.TrimRight(line, "\r\n"), err == nil
	}
	decode := func(line string) string {
		b, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return ""
		}
		return string(b)
	}
	first := func(challenge string) (string, bool) {
		if initial != "" {
			return initial, true
		}
		return ask(challenge)
	}

	user, secret := s.server.config.User, s.server.config.Password
	good := false
	switch mechanism {
	case "PLAIN":
		line, ok := first("")
		if !ok {
			return false
		}
		good = decode(line) == "\x00"+user+"\x00"+secret
	case "LOGIN":
		name, ok := first("Username:")
		if !ok {
			return false
		}
		word, ok := ask("Password:")
		if !ok {
			return false
		}
		good = decode(name) == user && decode(word) == secret
	case "CRAM-MD5":
		challenge := fmt.Sprintf("<%d@smtptest>", s.number)
		line, ok := ask(challenge)
		if !ok {
			return false
		}
		mac := hmac.New(md5.New, []byte(secret))
		mac.Write([]byte(challenge))
		good = decode(line) == user+" "+hex.EncodeToString(mac.Sum(nil))
	case "XOAUTH2":
		line, ok := first("")
		if !ok {
			return false
		}
		if good = decode(line) == "user="+user+"\x01auth=Bearer "+secret+"\x01\x01"; !good {
			if _, ok := ask(`{"status":"401"}`); !ok {
				return false
			}
		}
	}
	code, text := 535, "5.7.8 credentials refused"
	if good {
		code, text = 235, "2.7.0 welcome"
	}
	code, ok := s.at(Auth, code, text)
	if code == 235 {
		s.user = user
	}
	return ok
}

// at plays the next action of a stage and returns the code that was answered.
func (s *session) at(stage Stage, code int, text string) (int, bool) {
	a := s.server.next(s.visit(stage))
	s.wait(a)
	return s.act(a, code, text)
}

func (s *session) visit(at Stage) Visit {
	return Visit{At: at, Conn: s.number, Taken: s.taken, From: s.sender, To: s.rcpt}
}

func (s *session) wait(a Action) {
	if a.Reached != nil {
		close(a.Reached)
	}
	if a.Delay > 0 {
		select {
		case <-time.After(a.Delay):
		case <-s.server.stop:
		}
	}
	if a.Wait != nil {
		select {
		case <-a.Wait:
		case <-s.server.stop:
		}
	}
}

func (s *session) act(a Action, code int, text string) (int, bool) {
	switch {
	case a.Drop:
		return 0, false
	case a.Raw != "":
		_, err := s.conn.Write([]byte(a.Raw))
		return 0, err == nil && !a.Close
	case a.Code != 0:
		code, text = a.Code, a.Text
	}
	return code, s.answer(code, text) && !a.Close
}

// answer writes a reply, a line for each of text.
func (s *session) answer(code int, text string) bool {
	lines := strings.Split(text, "\n")
	var out strings.Builder
	for i, line := range lines {
		separator := "-"
		if i == len(lines)-1 {
			separator = " "
		}
		fmt.Fprintf(&out, "%d%s%s\r\n", code, separator, line)
	}
	_, err := s.conn.Write([]byte(out.String()))
	return err == nil
}
