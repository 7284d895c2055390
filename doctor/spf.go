package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// spfTerm is a directive or a modifier of an SPF record (RFC 7208 4.6.1).
type spfTerm struct {
	qualifier byte   // + - ? ~ of a directive, = of a modifier
	name      string // in lower case
	// value is the domain of include, a, mx, ptr, exists and the modifiers, the
	// prefix of ip4 and ip6; "" = the record's own domain, or none.
	value string
}

// isSPF reports whether a TXT record is one of SPF (RFC 7208 4.5).
func isSPF(txt string) bool {
	version, _, _ := strings.Cut(txt, " ")
	return strings.EqualFold(version, "v=spf1")
}

// parseSPF reads a record that isSPF, and says what makes receivers answer
// permerror.
func parseSPF(txt string) (terms []spfTerm, problems []string) {
	for i, field := range strings.Fields(txt) {
		if i == 0 {
			continue // the version
		}
		t, problem := parseSPFTerm(field)
		if problem == "" && t.qualifier == '=' && (t.name == "redirect" || t.name == "exp") &&
			slices.ContainsFunc(terms, func(o spfTerm) bool { return o.qualifier == '=' && o.name == t.name }) {
			problem = "stands twice" // RFC 7208 6
		}
		if problem != "" {
			problems = append(problems, fmt.Sprintf("%s %s", quoted(field), problem))
			continue
		}
		terms = append(terms, t)
	}
	return terms, problems
}

func parseSPFTerm(field string) (t spfTerm, problem string) {
	// A modifier's name ends in =, a mechanism's in : or /; what is first decides.
	if at := strings.IndexAny(field, "=:/"); at > 0 && field[at] == '=' {
		t = spfTerm{'=', strings.ToLower(field[:at]), field[at+1:]}
		switch {
		case !isSPFName(t.name):
			return t, "is neither a mechanism nor a modifier"
		case (t.name == "redirect" || t.name == "exp") && !isSPFDomain(t.value):
			return t, "names no domain"
		case t.name == "ip4" || t.name == "ip6" || t.name == "include" || t.name == "a" || t.name == "mx":
			return t, "is written with : instead of =" // a modifier nobody knows is passed over
		}
		return t, ""
	}
	t.qualifier = '+'
	if field != "" && strings.IndexByte("+-?~", field[0]) >= 0 {
		t.qualifier, field = field[0], field[1:]
	}
	name, value, colon := strings.Cut(field, ":")
	if !colon {
		name, value = field, ""
		if at := strings.IndexByte(field, '/'); at >= 0 {
			name, value = field[:at], field[at:]
		}
	}
	t.name, t.value = strings.ToLower(name), value
	switch t.name {
	case "all":
		if colon || value != "" {
			return t, "has something behind all"
		}
	case "include", "exists":
		if !isSPFDomain(value) {
			return t, "names no domain"
		}
	case "ptr":
		if colon && !isSPFDomain(value) {
			return t, "names no domain"
		}
	case "a", "mx":
		var ok bool
		if t.value, ok = cutPrefixLength(value); !ok || colon && !isSPFDomain(t.value) {
			return t, "has no domain or prefix length that can be read"
		}
	case "ip4", "ip6":
		if !isSPFNetwork(value, t.name == "ip4") {
			return t, "is not an address or network of " + map[string]string{"ip4": "IPv4", "ip6": "IPv6"}[t.name]
		}
	default:
		return t, "is no mechanism"
	}
	return t, ""
}

// cutPrefixLength takes "/24", "//64" or "/24//64" off (RFC 7208 5.6).
func cutPrefixLength(s string) (domain string, ok bool) {
	domain, lengths, found := strings.Cut(s, "/")
	if !found {
		return s, true
	}
	four, six, both := strings.Cut(lengths, "/")
	if both {
		six, ok = strings.CutPrefix(six, "/")
		if only, first := strings.CutPrefix(lengths, "/"); first { // "//64"
			four, six, ok = "", only, true
		}
		if !ok || !isNumber(six, 128) {
			return "", false
		}
	}
	return domain, both && four == "" || isNumber(four, 32)
}

func isNumber(s string, most int) bool {
	if s == "" || len(s) > 3 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n <= most
}

func isSPFNetwork(s string, four bool) bool {
	ip, err := netip.ParseAddr(s)
	if strings.Contains(s, "/") {
		var p netip.Prefix
		p, err = netip.ParsePrefix(s)
		ip = p.Addr()
	}
	return err == nil && ip.Is4() == four && ip.Zone() == ""
}

// isSPFDomain accepts a domain-spec: a name, perhaps with macros (RFC 7208 7.1).
func isSPFDomain(s string) bool {
	if s == "" || len(s) > maxQuoted {
		return false
	}
	if strings.Contains(s, "%") {
		return strings.Contains(s, "%{") || strings.Contains(s, "%%")
	}
	return !strings.ContainsAny(s, "/ \"'\\@,;") && strings.Contains(strings.TrimSuffix(s, "."), ".") &&
		!strings.Contains(s, "..") && s[0] != '.'
}

func isSPFName(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// withAddresses is a record with networks of single addresses added before what
// matches everything.
func withAddresses(txt string, ips []netip.Addr) string {
	fields := strings.Fields(txt)
	at := slices.IndexFunc(fields, func(f string) bool {
		f = strings.ToLower(f)
		return strings.TrimLeft(f, "+-?~") == "all" || strings.HasPrefix(f, "redirect=")
	})
	if at < 0 {
		at = len(fields)
	}
	return strings.Join(slices.Insert(fields, at, mechanisms(ips)...), " ")
}

// mechanisms are ip4 and ip6 of addresses.
func mechanisms(ips []netip.Addr) []string {
	var m []string
	for _, ip := range ips {
		if ip.Is4() {
			m = append(m, "ip4:"+ip.String())
		} else {
			m = append(m, "ip6:"+ip.String())
		}
	}
	return m
}
