package tradepost

// Bounds of what tokenIn looks at from one place, in octets, so that it is linear
// and StripTokensFrom knows how much to hold back.
const (
	domainMax = 255 // RFC 5321 4.5.3.1.2
	linkMax   = 128 // of an action link, between its scheme and ActionPath
	breaksMax = 8   // line breaks within one token, soft and hard by themselves; also in what stands around it
	quotesMax = 32  // marks of quotation and white space at the beginning of a line
	softMax   = 16  // white space of a soft line break, which gateways pad
	breakMax  = 1 + softMax + 2 + quotesMax
	fixedMax  = 64 // prefixes, "@" and schemes, encoded or not

	// tokenMatchMax is more than tokenIn looks at from any one place. A link and
	// its path count their soft breaks by themselves.
	tokenMatchMax = fixedMax + linkMax + domainMax + actionLen + 3*breaksMax*breakMax
)

// tokenIn finds the first reply address or action link in b from a place on, and
// what to write instead; with is "" where there is none, and from and to are the
// end of b. Tokens are many characters of one alphabet behind a fixed prefix,
// which nothing else looks like.
func tokenIn(b []byte, at int) (from, to int, with string) {
	for i := at; i < len(b); i++ {
		if !second[b[min(i+1, len(b)-1)]] {
			continue // most octets, before anything dearer is asked
		}
		switch b[i] {
		case 'r', 'R':
			if to := replyAddress(b, i); to > 0 {
				return i, to, strippedAddress
			}
		case 'a', 'A':
			if to := actionToken(b, i); to > 0 {
				return i, to, strippedLink
			}
		case 'h', 'H':
			if to := actionLink(b, i); to > 0 {
				return i, to, strippedLink
			}
		case '/', '%':
			if to := actionPath(b, i); to > 0 {
				return i, to, strippedLink
			}
		}
	}
	return len(b), len(b), ""
}

// second are the octets that may stand behind the first one of what tokenIn
// finds: the next of "reply", "act-", "http", "/a/" and "%2f", or a soft break.
var second = [256]bool{'e': true, 'E': true, 'c': true, 'C': true, 't': true, 'T': true, 'a': true, 'A': true, '2': true, '=': true}

// replyAddress returns where the reply address that begins at i ends, or 0.
func replyAddress(b []byte, i int) int {
	s := tokenScan{b: b, at: i}
	if !s.word("reply") || !s.word("+") && !s.word("%2b") && !s.word("=2b") || !s.token(tokenLen) {
		return 0
	}
	end := s.at
	if !s.word("@") && !s.word("%40") && !s.word("=40") {
		return end
	}
	// A domain ends with its line, since nothing says that the next begins with
	// the rest of it, and before the full stop of a sentence.
	for range domainMax {
		c, next := s.char()
		if !isDomainByte(c) {
			break
		}
		if s.to(next); c != '.' && c != '-' {
			end = next
		}
	}
	return end
}

// actionToken returns where the action token that begins at i ends, or 0.
func actionToken(b []byte, i int) int {
	s := tokenScan{b: b, at: i}
	if !s.word(ActionPrefix) || !s.token(actionLen) {
		return 0
	}
	return s.at
}

// actionPath is actionToken with ActionPath before it.
func actionPath(b []byte, i int) int {
	s := tokenScan{b: b, at: i}
	if !s.word("/a/") && !s.word("%2fa%2f") || !s.word(ActionPrefix) || !s.token(actionLen) {
		return 0
	}
	return s.at
}

// actionLink is actionPath with the scheme and host of a web address before it.
func actionLink(b []byte, i int) int {
	s := tokenScan{b: b, at: i}
	if !s.word("http") {
		return 0
	}
	s.word("s")
	if !s.word("://") && !s.word("%3a%2f%2f") {
		return 0
	}
	for range linkMax {
		c, next := s.char()
		if c == '/' || c == '%' {
			if end := actionPath(b, next-1); end > 0 {
				return end
			}
		}
		// Another link begins within this one, and is found by itself. So each
		// octet is looked at for one link only.
		if (c == ':' || c == '%') && (s.word("://") || s.word("%3a%2f%2f")) {
			return 0
		}
		if !isLinkByte(c) {
			return 0
		}
		s.to(next)
	}
	return 0
}

// tokenScan reads characters as they were before a mailer broke their line.
type tokenScan struct {
	b    []byte
	at   int
	soft int // soft line breaks passed over
}

// char returns the next character in lower case, after a soft line break if there
// is one (RFC 2045 6.7), and the place behind it. At the end of the text, and
// where there are too many breaks, the character is 0.
func (s *tokenScan) char() (c byte, next int) {
	at := s.at
	if at < len(s.b) && s.b[at] == '=' && s.soft < breaksMax {
		at = softBreak(s.b, at)
	}
	if at >= len(s.b) {
		return 0, at
	}
	c = s.b[at]
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c, at + 1
}

// to goes on behind the character that char returned.
func (s *tokenScan) to(next int) {
	if next > s.at+1 {
		s.soft++
	}
	s.at = next
}

// word reads w, which is lower case, or nothing.
func (s *tokenScan) word(w string) bool {
	from := s.at
	for i := range len(w) {
		c, next := s.char()
		if c != w[i] {
			s.at = from
			return false
		}
		s.to(next)
	}
	return true
}

// token reads n characters of tokens' base32, which may be broken. A token that
// was broken hard ends with its word: else the beginning of a line that follows
// half a token would be taken for the other half.
func (s *tokenScan) token(n int) bool {
	breaks := 0
	for range n {
		c, next := s.char()
		if !isTokenByte(c) {
			if breaks++; breaks > breaksMax || !s.gap() {
				return false
			}
			if c, next = s.char(); !isTokenByte(c) {
				return false
			}
		}
		s.to(next)
	}
	if breaks == 0 {
		return true
	}
	c, _ := s.char()
	return !isTokenByte(c) && (c < '0' || c > '9') && c < 0x80
}

// gap passes over a hard line break and the marks of quotation behind it.
func (s *tokenScan) gap() bool {
	at := lineBreak(s.b, s.at)
	if at == s.at {
		return false
	}
	for range quotesMax {
		if at < len(s.b) && (s.b[at] == '>' || isBlank(s.b[at])) {
			at++
		}
	}
	s.at = at
	return true
}

// softBreak returns the place behind the soft line break that "=" at a place may
// begin, or the place.
func softBreak(b []byte, at int) int {
	end := at + 1
	for range softMax {
		if end < len(b) && isBlank(b[end]) {
			end++
		}
	}
	if next := lineBreak(b, end); next > end {
		return next
	}
	return at
}

// lineBreak returns the place behind the CRLF or LF at a place, or the place.
func lineBreak(b []byte, at int) int {
	switch {
	case at < len(b) && b[at] == '\n':
		return at + 1
	case at+1 < len(b) && b[at] == '\r' && b[at+1] == '\n':
		return at + 2
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isTokenByte(c byte) bool { return c >= 'a' && c <= 'z' || c >= '2' && c <= '7' }

func isDomainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-'
}

// isLinkByte: unreserved characters, and those of hosts, ports and paths (RFC
// 3986), encoded or not. A query ends it: a link within one is found by itself.
func isLinkByte(c byte) bool {
	return isDomainByte(c) || c == ':' || c == '/' || c == '%' || c == '_' || c == '~'
}
