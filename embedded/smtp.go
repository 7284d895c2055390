package embedded

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// smtpSession is one client at the SMTP port. go-smtp runs Data on another
// goroutine than the rest when the client sends BDAT, hence the mutex.
type smtpSession struct {
	mail *Mail
	conn *smtp.Conn

	mu       sync.Mutex
	from     string
	to       []string
	utf8     bool
	loggedIn bool
}

func (m *Mail) newSMTPSession(conn *smtp.Conn) (smtp.Session, error) {
	return &smtpSession{mail: m, conn: conn}, nil
}

// AuthMechanisms offers PLAIN, so that clients which insist on AUTH work.
func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth accepts every name and password.
func (s *smtpSession) Auth(mech string) (sasl.Server, error) {
	if mech != sasl.Plain {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, _, _ string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.loggedIn = true
		return nil
	}), nil
}

// Mail begins a mail: any sender, and the empty one.
func (s *smtpSession) Mail(from string, opts *smtp.MailOptions) error {
	if from != "" {
		if err := checkEnvelopeAddress(from, opts.UTF8, 7); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.utf8 = from, opts.UTF8
	return nil
}

// Rcpt takes any address: its mailbox is made at the first delivery.
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := checkEnvelopeAddress(to, s.utf8, 3); err != nil {
		return err
	}
	s.to = append(s.to, to)
	return nil
}

// checkEnvelopeAddress answers 553 with 5.1.3 for a recipient (detail 3) and
// 5.1.7 for a sender (detail 7), or 5.6.7 where SMTPUTF8 was not asked for
// (RFC 3463 3.2, RFC 6531 3.5).
func checkEnvelopeAddress(address string, utf8 bool, detail int) error {
	if err := checkAddress(address); err != nil {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, detail}, Message: "Bad address: " + err.Error()}
	}
	if !utf8 && !isASCII(address) {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 6, 7}, Message: "Address is not ASCII and SMTPUTF8 was not asked for"}
	}
	return nil
}

// Data stores the mail for every recipient before it answers 250. What is too
// large has been refused by the reader with 552 5.3.4.
func (s *smtpSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	env := envelope{from: s.from, to: s.to, client: s.client(), protocol: s.protocol()}
	s.mu.Unlock()
	if err := s.mail.deliver(env, raw); err != nil {
		s.mail.log.Error("mail not stored", "error", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Mail could not be stored, try again later"}
	}
	return nil
}

// client describes the sender for Received: the name it gave, without what
// could pass for syntax, and the address it came from.
func (s *smtpSession) client() string {
	name := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(`()<>;,"\`, r) {
			return '?'
		}
		return r
	}, s.conn.Hostname())
	if len(name) > 255 {
		name = name[:255]
	}
	ip, _, err := net.SplitHostPort(s.conn.Conn().RemoteAddr().String())
	if err != nil {
		return name
	}
	return fmt.Sprintf("%s ([%s])", name, ip)
}

// protocol is the word after "with" in Received (RFC 3848, RFC 6531 3.7.3).
func (s *smtpSession) protocol() string {
	p := "ESMTP"
	if s.utf8 {
		p = "UTF8SMTP"
	}
	if s.loggedIn {
		p += "A"
	}
	return p
}

// Reset forgets the mail that was begun.
func (s *smtpSession) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.to, s.utf8 = "", nil, false
}

// Logout has nothing to free.
func (s *smtpSession) Logout() error { return nil }
