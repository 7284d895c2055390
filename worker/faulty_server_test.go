package worker_test

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// lateBy is how late a late answer is, patience how long the sender waits for one.
const (
	lateBy   = 50 * time.Millisecond
	patience = 500 * time.Millisecond
)

// faults are what a faultyServer does wrong, each as the share of letters or
// recipients that it happens to.
type faults struct {
	greylist float64 // recipients that are told to come again when first seen
	closing  float64 // letters that meet 421 and the end of the connection, at any stage
	dropped  float64 // letters whose final dot is followed by the end of the connection
	slow     float64 // letters that are taken and answered after the sender has hung up
	late     float64 // letters that are answered late and in time
	// letters is after how many a connection is closed without a word; 0: never.
	letters int
}

// faultyServer is an SMTP server that does wrong by chance: by its seed, the
// letter and how often the letter has come, not by the order in which they come.
// It knows letters by their return path, which names the notification.
type faultyServer struct {
	seed     uint64
	listener net.Listener
	stop     chan struct{}
	serving  sync.WaitGroup

	mu      sync.Mutex
	faults  faults
	refuses map[string]refused // by recipient
	busy    map[string]bool    // domains that complain once
	seen    map[string]bool    // recipients, of the greylist
	visits  map[string]int     // MAILs, by return path
	asked   map[string]int     // RCPTs, by recipient
	noes    map[string]int     // refusals for good, by return path
	log     []handover
	hold    *hold
	open    map[net.Conn]bool
	opened  int
}

// refused is how a recipient is refused for good.
type refused struct {
	reply   string
	atDot   bool // else at RCPT
	unknown bool // the address does not exist
}

// handover is a letter whose final dot has been read.
type handover struct {
	from, to string
	raw      []byte
	taken    bool // the server has it
	silent   bool // and never said so, or never said that it hasn't
}

// hold stops a letter of one sender at its final dot.
type hold struct {
	helo    string
	letters int // that go before
	reached chan struct{}
	release chan struct{}
}

func startFaulty(t *testing.T, seed uint64) *faultyServer {
	t.Helper()
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &faultyServer{seed: seed, listener: l, stop: make(chan struct{}), refuses: map[string]refused{}, busy: map[string]bool{},
		seen: map[string]bool{}, visits: map[string]int{}, asked: map[string]int{}, noes: map[string]int{}, open: map[net.Conn]bool{}}
	s.serving.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

func (s *faultyServer) port() int {
	if a, ok := s.listener.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

func (s *faultyServer) close() {
	s.mu.Lock()
	close(s.stop)
	s.listener.Close()
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
}

func (s *faultyServer) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[conn] = true
		s.opened++
		number := s.opened
		s.mu.Unlock()
		s.serving.Go(func() {
			(&dialogue{s: s, conn: conn, number: number, r: bufio.NewReader(conn)}).serve()
			conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// misbehave changes what goes wrong from now on.
func (s *faultyServer) misbehave(f faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// holdAfter stops the letter of a sender that comes after so many more of them.
func (s *faultyServer) holdAfter(helo string, letters int) *hold {
	h := &hold{helo: helo, letters: letters, reached: make(chan struct{}), release: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = h
	return h
}

// chance is true for a share of all keys.
func (s *faultyServer) chance(share float64, key ...any) bool {
	return s.number(key...) < share
}

// number is between 0 and 1, the same for the same key.
func (s *faultyServer) number(key ...any) float64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintln(h, key...) // never fails (package hash)
	return rand.New(rand.NewPCG(s.seed, h.Sum64())).Float64()
}

// dialogue is one connection.
type dialogue struct {
	s        *faultyServer
	conn     net.Conn
	number   int
	r        *bufio.Reader
	helo     string
	letters  int // taken
	from, to string
	visit    int
	closing  string // stage at which this letter meets 421
}

func (d *dialogue) say(line string) bool {
	_, err := io.WriteString(d.conn, line+"\r\n")
	return err == nil
}

func (d *dialogue) serve() {
	for more := d.say("220 faulty.test ready"); more; {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(line, " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			_, d.helo, _ = strings.Cut(line, " ")
			hello := "250-faulty.test\r\n250-ENHANCEDSTATUSCODES\r\n"
			if d.s.chance(0.75, "pipelining", d.number) {
				hello += "250-PIPELINING\r\n"
			}
			more = d.say(hello + "250 8BITMIME")
		case "MAIL":
			more = d.mail(angle(line))
		case "RCPT":
			more = d.rcpt(angle(line))
		case "DATA":
			more = d.data()
		case "RSET":
			d.from, d.to = "", ""
			more = d.say("250 2.0.0 forgotten")
		case "QUIT":
			d.say("221 2.0.0 bye")
			return
		default:
			more = d.say("250 2.0.0 fine")
		}
	}
}

// angle is what stands between < and >.
func angle(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

// goodbye says 421 where this letter is to meet it.
func (d *dialogue) goodbye(stage string) bool {
	if d.closing != stage {
		return false
	}
	d.say("421 4.3.2 faulty.test is shutting down")
	return true
}

func (d *dialogue) mail(from string) bool {
	s := d.s
	s.mu.Lock()
	f := s.faults
	d.from, d.to, d.visit, d.closing = from, "", s.visits[from], ""
	s.visits[from]++
	s.mu.Unlock()
	if s.chance(f.closing, "closing", from, d.visit) {
		stages := []string{"mail", "rcpt", "data", "dot"}
		d.closing = stages[int(s.number("stage", from, d.visit)*float64(len(stages)))]
	}
	return !d.goodbye("mail") && d.say("250 2.1.0 sender is fine")
}

func (d *dialogue) rcpt(to string) bool {
	if d.goodbye("rcpt") {
		return false
	}
	s := d.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[to]++
	if no, ok := s.refuses[to]; ok && !no.atDot {
		s.noes[d.from]++
		return d.say(no.reply)
	}
	domain := to[strings.LastIndexByte(to, '@')+1:]
	if s.busy[domain] {
		delete(s.busy, domain)
		d.say("421 4.7.0 too many messages to " + domain + ", slow down")
		return false
	}
	if known := s.seen[to]; !known {
		s.seen[to] = true
		if s.chance(s.faults.greylist, "greylist", to) {
			return d.say("450 4.7.1 Greylisted, please try again in 300 seconds")
		}
	}
	d.to = to
	return d.say("250 2.1.5 recipient is fine")
}

func (d *dialogue) data() bool {
	if d.to == "" {
		return d.say("503 5.5.1 RCPT first")
	}
	if d.goodbye("data") || !d.say("354 go on") {
		return false
	}
	var raw bytes.Buffer
	for {
		line, err := d.r.ReadBytes('\n')
		if err != nil {
			return false
		}
		if string(line) == ".\r\n" {
			break
		}
		raw.Write(bytes.TrimPrefix(line, []byte(".")))
	}
	return d.dot(handover{from: d.from, to: d.to, raw: raw.Bytes()})
}

// dot decides the fate of a letter. It goes to the log before it is answered:
// whoever has the answer finds it there.
func (d *dialogue) dot(h handover) bool {
	s := d.s
	d.from, d.to = "", ""
	d.wait()
	s.mu.Lock()
	f, no := s.faults, s.refuses[h.to]
	s.mu.Unlock()
	key := []any{h.from, d.visit}
	// Twice silence gives a letter up, and what the server then has not taken is
	// lost by the rules: not what is asked here. So only a letter's first dot
	// meets it.
	first := d.firstDot(h.from)
	switch {
	case no.reply != "":
		s.mu.Lock()
		s.noes[h.from]++
		s.mu.Unlock()
		return d.say(no.reply)
	case d.goodbye("dot"):
		return false
	case first && s.chance(f.dropped, append([]any{"dropped"}, key...)...):
		h.taken, h.silent = s.chance(0.5, append([]any{"taken"}, key...)...), true
		s.write(h)
		return false
	case first && s.chance(f.slow, append([]any{"slow"}, key...)...):
		h.taken, h.silent = true, true
		s.write(h)
		_, _ = io.Copy(io.Discard, d.r) // until the sender hangs up
		d.say("250 2.0.0 taken at last")
		return false
	case s.chance(f.late, append([]any{"late"}, key...)...):
		select {
		case <-time.After(lateBy):
		case <-s.stop:
			return false
		}
	}
	h.taken = true
	s.write(h)
	d.letters++
	return d.say("250 2.0.0 taken") && (f.letters == 0 || d.letters < f.letters)
}

// firstDot reports whether no dot of this letter was followed by silence.
func (d *dialogue) firstDot(from string) bool {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	for _, h := range d.s.log {
		if h.from == from && h.silent {
			return false
		}
	}
	return true
}

// wait stops the letter that the test holds.
func (d *dialogue) wait() {
	s := d.s
	s.mu.Lock()
	h := s.hold
	if h == nil || h.helo != d.helo {
		s.mu.Unlock()
		return
	}
	h.letters--
	if h.letters >= 0 {
		s.mu.Unlock()
		return
	}
	s.hold = nil
	s.mu.Unlock()
	close(h.reached)
	select {
	case <-h.release:
	case <-s.stop:
	}
}

func (s *faultyServer) write(h handover) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, h)
}

// handovers are the letters whose final dot was read so far, save those that
// were refused.
func (s *faultyServer) handovers() []handover {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}
