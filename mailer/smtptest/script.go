package smtptest

import "time"

// Stage is a point of the dialogue at which a [Server] can be told to misbehave.
type Stage string

// The stages. Each action of a script is used up by one visit to its stage.
const (
	Connect  Stage = "connect"  // the greeting
	EHLO     Stage = "ehlo"     // also HELO
	StartTLS Stage = "starttls" // the answer before the handshake
	Auth     Stage = "auth"     // the last answer of AUTH
	Mail     Stage = "mail"
	Rcpt     Stage = "rcpt"
	Data     Stage = "data" // the answer to DATA
	Body     Stage = "body" // after 354, before reading: only Wait, Delay, Drop, Close with a Code
	Dot      Stage = "dot"  // the answer to the final dot
	Noop     Stage = "noop"
	Reset    Stage = "rset"
	Quit     Stage = "quit"
)

// Action replaces what the server would do at a stage. The zero Action is the
// usual good behaviour.
type Action struct {
	Code int    // answer with this code; 0: the usual one
	Text string // and this text; "\n" makes a reply of several lines
	Raw  string // written as it is instead of a reply, CRLF included

	Reached chan<- struct{} // closed when the stage is reached
	Wait    <-chan struct{} // then wait for this, or for Server.Close
	Delay   time.Duration   // and for this long, or for Server.Close

	Drop   bool // close the connection instead of answering
	Close  bool // close the connection after answering
	Accept bool // at Dot: keep the mail whatever is answered
}

// Reply answers with a code and text.
func Reply(code int, text string) Action { return Action{Code: code, Text: text} }

// ReplyAndClose answers and then closes the connection.
func ReplyAndClose(code int, text string) Action { return Action{Code: code, Text: text, Close: true} }

// Drop closes the connection without an answer.
func Drop() Action { return Action{Drop: true} }

// AcceptAndDrop keeps the mail and closes the connection without an answer.
func AcceptAndDrop() Action { return Action{Drop: true, Accept: true} }

// Garbage writes raw octets where a reply belongs.
func Garbage(raw string) Action { return Action{Raw: raw} }

// Hold closes reached when the stage is reached, and goes on as usual once
// release is closed.
func Hold(reached chan<- struct{}, release <-chan struct{}) Action {
	return Action{Reached: reached, Wait: release}
}
