package templates

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Merchant is the side that opens conversations, as partners see it.
type Merchant struct {
	Name        string // as the merchant gave it
	StoreName   string // may be empty
	StoreURL    string // shown only where it is plain http or https
	PublicEmail string // the address the platform shows to partners; never the delivery address
	NoStore     bool   // a merchant without a store yet
}

// Matter is what a conversation is about.
type Matter struct {
	Kind    string // service, opportunity, qualification, inventory, product or integration
	Service string // the service's name; may be empty
}

// File is one attachment of a message.
type File struct {
	Filename string
	Size     int64 // bytes; negative when unknown
}

// Links are what a footer offers its reader; each may be empty. (contract)
type Links struct {
	SettingsURL string // the reader's notification settings
	StopURL     string // stops this kind of letter; asks first
	WhyURL      string // why this letter was sent
}

// page is what every letter has.
type page struct {
	Lang, Dir, Title string
	Footer           []sentence
	Links            []link // under the footer, a line each; one without URL is words
	Preheader        string // of HTML alone
	colon            string // of the language, for the text part
}

// plain begins the text part of the letter.
func (p *page) plain() plain {
	return plain{sep: p.colon, b: make([]byte, 0, 2<<10)}
}

// link is a label that leads somewhere.
type link struct {
	Label sentence
	URL   href
	Line  string // what says the same by mail, after a colon: "/approve"
	page  bool   // URL is one of our pages
}

// facts stand under a name: store and kind on their own line, since two
// scripts in one heading read wrongly.
type facts struct {
	Store, Matter string
	StoreURL      href
	StoreHost     string
	PublicEmail   string
}

func (l *Letters) facts(lang *language, m Merchant, matter Matter) facts {
	f := facts{Matter: lang.matterLine(matter)}
	if m.NoStore {
		f.Store = lang.noStore
	} else {
		f.Store = l.safeName(m.StoreName, "")
		if u, host := webURL(m.StoreURL); u != "" {
			f.StoreURL, f.StoreHost = u, cut(host, 2*MaxName)
		}
	}
	if addrSpec(m.PublicEmail) {
		f.PublicEmail = m.PublicEmail
	}
	return f
}

func (f facts) write(p *plain) {
	switch {
	case f.Store == "":
		p.line(f.Matter)
	case rightToLeft(f.Store):
		// On one line it would turn our words around.
		p.line(f.Store)
		p.line(f.Matter)
	default:
		p.line(f.Store + " - " + f.Matter)
	}
	if f.StoreURL != "" {
		p.line(string(f.StoreURL))
	}
	if f.PublicEmail != "" {
		p.line(f.PublicEmail)
	}
}

// matterLine is "Service: Store migration", or the kind alone.
func (lang *language) matterLine(m Matter) string {
	kind, ok := lang.kinds[m.Kind]
	if !ok {
		kind = lang.anyKind
	}
	if s := CleanName(m.Service); s != "" {
		return kind + lang.colon + s
	}
	return kind
}

// matterName is the matter in a subject: the service, or the kind.
func (lang *language) matterName(m Matter) string {
	if s := CleanName(m.Service); s != "" {
		return s
	}
	return lang.matterLine(m)
}

// body is a stranger's message in a letter.
type body struct {
	Lines   []string // HTML keeps their indentation with no-break spaces
	Rest    string   // set where the message was cut
	RestURL href
	text    []string
}

// newBody shows at most limit code points of an already cleaned text; rest is
// where the whole can be read, "" if nowhere.
func (lang *language) newBody(clean string, limit int, rest href) body {
	var b body
	if clean == "" {
		clean = lang.noText
	}
	shown, short := shorten(clean, limit)
	if short {
		b.Rest, b.RestURL = lang.readRest, rest
		if rest == "" {
			b.Rest = lang.cutHere
		}
	}
	b.text = strings.Split(shown, "\n")
	b.Lines = b.text
	if strings.HasPrefix(shown, " ") || strings.Contains(shown, "\n ") {
		b.Lines = make([]string, len(b.text))
		for i, line := range b.text {
			b.Lines[i] = indented(line)
		}
	}
	return b
}

func (b body) write(p *plain) {
	p.lines(b.text)
	switch {
	case b.RestURL != "":
		p.link(b.Rest, string(b.RestURL))
	case b.Rest != "":
		p.line(b.Rest)
	}
}

// indented replaces leading spaces, which HTML would collapse; white-space
// fails in Word and in Samsung's client.
func indented(line string) string {
	n := len(line) - len(strings.TrimLeft(line, " "))
	if n == 0 {
		return line
	}
	return strings.Repeat("\u00a0", min(n, columns/2)) + line[n:]
}

// shorten returns at most limit code points of s, ending between graphemes
// with "…", and whether it cut.
func shorten(s string, limit int) (string, bool) {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s, false
	}
	end, left, state := 0, limit-1, -1
	for rest := s; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		n := utf8.RuneCountInString(cluster)
		if n > left {
			if end == 0 { // one endless grapheme
				end = len(firstRunes(s, limit-1))
			}
			break
		}
		left -= n
		end += len(cluster)
	}
	return strings.TrimRight(s[:end], " \n") + "…", true
}

// oneBlank collapses blank lines: where space is counted, a page of newlines
// is a way to push other people's messages out.
func oneBlank(s string) string {
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s
}

// fileLines lists at most limit files and the number of the others.
func (lang *language) fileLines(files []File, limit int, here bool) []sentence {
	line := lang.elsewhere
	if here {
		line = lang.attached
	}
	var out []sentence
	for i, f := range files {
		if i == limit {
			out = append(out, say(lang.moreFiles(len(files)-limit)))
			break
		}
		out = append(out, say(line, "file", lang.filename(f.Filename), "size", lang.size(f.Size)))
	}
	return out
}

// filename is a clean name of at most 60 graphemes that keeps its extension,
// which says more than the middle.
func (lang *language) filename(name string) string {
	const most, tail = 60, 12
	name = cleanLine(name)
	if visible(name) == "" {
		return lang.noName
	}
	ext := ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && graphemes(name[dot:]) <= tail {
		name, ext = name[:dot], name[dot:]
	}
	return cut(name, most-graphemes(ext)) + cut(ext, tail)
}

func writeFiles(p *plain, files []sentence) {
	if len(files) == 0 {
		return
	}
	p.gap()
	for _, f := range files {
		p.line(f.text())
	}
}

// webURL returns a link that is safe to show as somebody's own and its host, or
// "": http
// or https with a host, without user information (https://bank@evil), without
// invisible or control characters, at most 300 octets.
func webURL(s string) (u href, host string) {
	const most = 300
	if len(s) <= most {
		if host := plainURLHost(s); host != "" {
			return href(s), host
		}
	}
	parsed := parseURL(s, most)
	if parsed == nil || parsed.User != nil {
		return "", ""
	}
	return href(parsed.String()), parsed.Hostname()
}

// ownURL checks a link that the caller made; it may be longer than a
// stranger's, since tokens are.
func ownURL(s string) href {
	const most = 2_000
	if len(s) <= most && plainURLHost(s) != "" {
		return href(s)
	}
	u := parseURL(s, most)
	if u == nil {
		return ""
	}
	return href(u.String())
}

// plainURLHost is the host of a link that parseURL takes and writes as it
// stands, "" where that has to be asked: the usual link has a host of letters and
// a path and query without anything that is encoded.
func plainURLHost(s string) string {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return ""
		}
	}
	end := len(rest)
	for i := range len(rest) {
		c := rest[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.':
		case c == '/' && end == len(rest):
			end = i
		case end < i && (c >= 'A' && c <= 'Z' || c == '/' || c == '_' || c == '~' || c == '=' || c == '&' || c == '?'):
		default:
			return ""
		}
	}
	return rest[:end]
}

func parseURL(s string, most int) *url.URL {
	if s == "" || len(s) > most || strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || unicode.IsSpace(r) || unicode.IsControl(r) || hidden(r)
	}) {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.Opaque != "" {
		return nil
	}
	return u
}

// addrSpec is a plain test for something that can be shown as an address on
// one line (RFC 5321 4.5.3.1 lengths), not a validation.
func addrSpec(s string) bool {
	if plainAddress(s) {
		return true
	}
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && len(s) <= 254 && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || hidden(r) || strings.ContainsRune(`<>"(),:;\`, r)
	}) && !strings.Contains(domain, "@")
}

// plainAddress reports an address of letters, digits and the usual marks, without
// asking about every character of Unicode.
func plainAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > 254 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == '+' || i == at) {
			return false
		}
	}
	return true
}

// mailto is a link that opens a new mail to address with subject (RFC 6068).
// Everything but unreserved characters and the at sign is percent-encoded;
// "+" too, which some handlers take for a space.
func mailto(address, subject string) href {
	if !addrSpec(address) {
		return ""
	}
	link := make([]byte, 0, 128)
	link = append(link, "mailto:"...)
	link = percent(link, address, "-._~@")
	if subject != "" {
		link = append(link, "?subject="...)
		link = percent(link, subject, unreserved)
	}
	return href(link)
}

// mailtoText is mailto with a text filled in, whose lines end as RFC 6068 5 says.
func mailtoText(address, subject, text string) href {
	link := mailto(address, subject)
	if link == "" || text == "" {
		return link
	}
	join := "&body="
	if subject == "" {
		join = "?body="
	}
	return href(percent([]byte(string(link)+join), strings.ReplaceAll(text, "\n", "\r\n"), unreserved))
}

// unreserved are RFC 3986 2.3's beside letters and digits.
const unreserved = "-._~"

// percent appends s with everything encoded but letters, digits and what is in
// keep.
func percent(to []byte, s, keep string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(keep, c) >= 0 {
			to = append(to, c)
			continue
		}
		to = append(to, '%', hex[c>>4], hex[c&15])
	}
	return to
}
