package authenticate

import (
	"net/netip"
	"strings"
)

// maxReceived is read of a Received field, in octets.
const maxReceived = 4096

// hop is what a Received field says about the connection that the mail came by
// (RFC 5321 4.4).
type hop struct {
	by     string // the host that wrote the field
	helo   string // what the client called itself
	client netip.Addr
}

// parseReceived reads "from HELO (…[client]…) by HOST …" as Postfix, Exim, Exchange,
// Gmail and Dovecot write it. What has another shape it refuses: the words of the
// client stand in the field too, and a guess might take one for its address.
//
//	from mx.studio.example (host.studio.example [192.0.2.1]) by …       Postfix, sendmail, Gmail
//	from host.studio.example ([192.0.2.1] helo=mx.studio.example) by …  Exim, Dovecot
//	from [192.0.2.1] (helo=mx.studio.example) by …                      Exim, address without a name
//	from mx.studio.example (192.0.2.1) by …                             Exchange
func parseReceived(field string) (hop, bool) {
	s := scanner{text: field[:min(len(field), maxReceived)]}
	if !strings.EqualFold(s.bare(), "from") {
		return hop{}, false
	}
	h := hop{helo: s.bare()}
	comments := s.comments()
	if h.helo == "" || len(comments) == 0 || !strings.EqualFold(s.bare(), "by") {
		return hop{}, false
	}
	// More comments tell of TLS; one with an address belongs to a HELO that has
	// parentheses in it.
	for _, more := range comments[1:] {
		if _, err := netip.ParseAddr(strings.TrimSpace(more)); err == nil || strings.Contains(more, "[") {
			return hop{}, false
		}
	}
	h.by = strings.TrimSuffix(s.bare(), ".")
	// Another "by" was the client's, or this one is.
	for s.space(); s.pos < len(s.text) && !s.at(';'); s.space() {
		if word := s.word(""); strings.EqualFold(word, "by") {
			return hop{}, false
		} else if word == "" {
			s.pos++ // a control character
		}
	}
	ok := h.readClient(strings.Fields(comments[0]))
	return h, ok && h.by != ""
}

// readClient takes the address out of the words of the first comment.
func (h *hop) readClient(words []string) (ok bool) {
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	switch first := words[0]; {
	case strings.HasPrefix(first, "["):
		h.client, ok = literal(first)
		for _, w := range words[1:] {
			if name, found := strings.CutPrefix(w, "helo="); found {
				h.helo = name
				break
			}
		}
	case strings.HasPrefix(first, "helo="):
		h.client, ok = literal(h.helo)
		h.helo = strings.TrimPrefix(first, "helo=")
	case len(words) == 1:
		addr, err := netip.ParseAddr(first)
		h.client, ok = addr.Unmap(), err == nil && addr.Zone() == ""
	case len(words) == 2:
		h.client, ok = literal(last)
	case len(words) == 5 && strings.Join(words[2:], " ") == "(may be forged)": // sendmail
		h.client, ok = literal(words[1])
	}
	return ok
}

// literal reads "[192.0.2.1]" or "[IPv6:2001:db8::1]", perhaps with a port
// (RFC 5321 4.1.3).
func literal(s string) (netip.Addr, bool) {
	inner, port, closed := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !strings.HasPrefix(s, "[") || !closed || port != "" && (port[0] != ':' || strings.Trim(port[1:], "0123456789") != "") {
		return netip.Addr{}, false
	}
	if len(inner) > 5 && strings.EqualFold(inner[:5], "IPv6:") {
		inner = inner[5:]
	}
	addr, err := netip.ParseAddr(inner)
	return addr.Unmap(), err == nil && addr.Zone() == ""
}

// outside reports whether an address is one that SPF can be about.
func outside(a netip.Addr) bool { return a.IsGlobalUnicast() && !a.IsPrivate() }

// bare reads a word that isn't preceded by a comment; "" if there is none.
func (s *scanner) bare() string {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
	if s.at('(') {
		return ""
	}
	return s.word("")
}

// comments reads those that stand next.
func (s *scanner) comments() []string {
	var all []string
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		case '(':
			all = append(all, s.comment())
		default:
			return all
		}
	}
	return all
}
