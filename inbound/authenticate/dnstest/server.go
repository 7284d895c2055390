// Package dnstest is a DNS server for tests of mail authentication, and signs
// mails whose keys it serves.
//
//	dns := dnstest.Start(t, map[string][]string{
//		"_dmarc.studio.example":        {"v=DMARC1; p=reject"},
//		"k1._domainkey.studio.example": {dnstest.KeyRecord(t, key)},
//	})
//	signed := dnstest.Sign(t, "studio.example", "k1", key, raw)
//	a, err := authenticate.New(authenticate.Options{DNS: dns.Addr()})
//
// It listens on 127.0.0.1, on a port of its own, by UDP and TCP; its goroutines
// end with the test. What it doesn't hold doesn't exist (NXDOMAIN).
package dnstest

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server answers from what it was given. Its methods may be called at any time.
type Server struct {
	addr string

	mu      sync.Mutex
	records map[string][]dns.RR // by name, in lower case, with a dot at the end
	broken  map[string]bool     // SERVFAIL; "" is every name
	silent  map[string]bool     // no answer; "" is every name
	asked   []string
}

// Start serves TXT records by their names, of any length.
func Start(t testing.TB, txt map[string][]string) *Server {
	t.Helper()
	udp, tcp, err := listen(t.Context())
	if err != nil {
		t.Fatalf("listen for DNS: %v", err)
	}
	s := &Server{
		addr: udp.LocalAddr().String(), records: make(map[string][]dns.RR),
		broken: make(map[string]bool), silent: make(map[string]bool),
	}
	for name, records := range txt {
		s.Set(name, records...)
	}
	ended := make(chan error, 2)
	for _, server := range []*dns.Server{{PacketConn: udp}, {Listener: tcp}} {
		server.Handler = dns.HandlerFunc(s.answer)
		go func() { ended <- server.ActivateAndServe() }()
	}
	t.Cleanup(func() {
		if err := errors.Join(udp.Close(), tcp.Close()); err != nil {
			t.Errorf("close DNS: %v", err)
		}
		for range 2 {
			if err := <-ended; err != nil && !errors.Is(err, net.ErrClosed) {
				t.Errorf("serve DNS: %v", err)
			}
		}
	})
	return s
}

// listen takes a port that is free for both: long answers go by TCP.
func listen(ctx context.Context) (udp net.PacketConn, tcp net.Listener, err error) {
	var l net.ListenConfig
	for range 10 {
		if tcp, err = l.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return nil, nil, err
		}
		if udp, err = l.ListenPacket(ctx, "udp", tcp.Addr().String()); err == nil {
			return udp, tcp, nil
		}
		err = errors.Join(err, tcp.Close())
	}
	return nil, nil, err
}

// Addr is host:port, as authenticate.Options.DNS wants it.
func (s *Server) Addr() string { return s.addr }

// Set makes these the TXT records of a name; none takes the name away.
func (s *Server) Set(name string, txt ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = full(name)
	delete(s.records, name)
	for _, record := range txt {
		s.records[name] = append(s.records[name], &dns.TXT{
			Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 1}, Txt: pieces(record),
		})
	}
}

// Add takes records as a zone file has them: "studio.example. A 192.0.2.1".
func (s *Server) Add(t testing.TB, records ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range records {
		rr, err := dns.NewRR(line)
		if err != nil || rr == nil {
			t.Fatalf("DNS record %q: %v", line, err)
		}
		name := full(rr.Header().Name)
		s.records[name] = append(s.records[name], rr)
	}
}

// Break answers SERVFAIL to questions for these names, without any for all.
func (s *Server) Break(names ...string) { s.mark(s.broken, names) }

// Silence doesn't answer questions for these names, without any no question.
func (s *Server) Silence(names ...string) { s.mark(s.silent, names) }

// Mend undoes Break and Silence.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.broken)
	clear(s.silent)
}

// Asked returns the names asked for so far, in lower case and without a dot at
// the end, in order, one for each question.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func (s *Server) mark(set map[string]bool, names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(names) == 0 {
		set[""] = true
	}
	for _, name := range names {
		set[full(name)] = true
	}
}

func (s *Server) answer(w dns.ResponseWriter, question *dns.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(question.Question) != 1 {
		return
	}
	q := question.Question[0]
	name := full(q.Name)
	s.asked = append(s.asked, strings.TrimSuffix(name, "."))
	if s.silent[""] || s.silent[name] {
		return
	}
	reply := new(dns.Msg).SetReply(question)
	reply.RecursionAvailable = true
	records, known := s.records[name]
	switch {
	case s.broken[""], s.broken[name]:
		reply.Rcode = dns.RcodeServerFailure
	case !known:
		reply.Rcode = dns.RcodeNameError
	}
	if reply.Rcode == dns.RcodeSuccess {
		for _, rr := range records {
			if rr.Header().Rrtype == q.Qtype {
				reply.Answer = append(reply.Answer, rr)
			}
		}
	}
	if _, stream := w.RemoteAddr().(*net.TCPAddr); !stream {
		size := dns.MinMsgSize
		if edns := question.IsEdns0(); edns != nil {
			size = int(edns.UDPSize())
		}
		reply.Truncate(size)
	}
	// A reply that can't be sent is one that doesn't come: the test sees that.
	_ = w.WriteMsg(reply)
}

func full(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) + "." }

// pieces cuts a text into the strings of a record, 255 octets each (RFC 1035
// 3.3.14), escaped as package dns wants them.
func pieces(text string) []string {
	var all []string
	for chunk := range slices.Chunk([]byte(text), 255) {
		all = append(all, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(chunk)))
	}
	return all
}
