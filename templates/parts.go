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

// page is what frame.html needs of every letter.
type page struct {
	Lang, Dir, Title string
	Footer           []sentence
	colon            string // of the language, for the text part
}

// plain begins the text part of the letter.
func (p *page) plain() plain { return plain{sep: p.colon} }

// facts stand under a name: store and kind on their own line, since two
// scripts in one heading read wrongly.
type facts struct {
	Store, Matter       string
	StoreURL, StoreHost string
	PublicEmail         string
}

func (l *Letters) facts(lang *language, m Merchant, matter Matter) facts {
	f := facts{Matter: lang.matterLine(matter)}
	if m.NoStore {
		f.Store = lang.noStore
	} else {
		f.Store = SafeName(m.StoreName, l.market, "")
		if u := webURL(m.StoreURL); u != nil {
			f.StoreURL, f.StoreHost = u.String(), cut(u.Hostname(), 2*MaxName)
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
		p.line(f.StoreURL)
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
	Lines         []string // HTML keeps their indentation with no-break spaces
	Rest, RestURL string   // set where the message was cut
	text          []string
}

// newBody shows at most limit code points of an already cleaned text; rest is
// where the whole can be read, "" if nowhere.
func (lang *language) newBody(clean string, limit int, rest string) body {
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
	b.Lines = make([]string, len(b.text))
	for i, line := range b.text {
		b.Lines[i] = indented(line)
	}
	return b
}

func (b body) write(p *plain) {
	p.lines(b.text)
	switch {
	case b.RestURL != "":
		p.link(b.Rest, b.RestURL)
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
		p.line(f.String())
	}
}

// webURL returns a link that is safe to show as somebody's own, or nil: http
// or https with a host, without user information (https://bank@evil), without
// invisible or control characters, at most 300 octets.
func webURL(s string) *url.URL {
	u := parseURL(s, 300)
	if u == nil || u.User != nil {
		return nil
	}
	return u
}

// ownURL checks a link that the caller made; it may be longer than a
// stranger's, since tokens are.
func ownURL(s string) string {
	u := parseURL(s, 2_000)
	if u == nil {
		return ""
	}
	return u.String()
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
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && len(s) <= 254 && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || hidden(r) || strings.ContainsRune(`<>"(),:;\`, r)
	}) && !strings.Contains(domain, "@")
}

// mailto is a link that opens a new mail to address with subject (RFC 6068).
// Everything but unreserved characters and the at sign is percent-encoded;
// "+" too, which some handlers take for a space.
func mailto(address, subject string) string {
	if !addrSpec(address) {
		return ""
	}
	link := "mailto:" + strings.ReplaceAll(percent(address), "%40", "@")
	if subject != "" {
		link += "?subject=" + percent(subject)
	}
	return link
}

// mailtoText is mailto with a text filled in, whose lines end as RFC 6068 5 says.
func mailtoText(address, subject, text string) string {
	link := mailto(address, subject)
	switch {
	case link == "" || text == "":
		return link
	case subject == "":
		link += "?"
	default:
		link += "&"
	}
	return link + "body=" + percent(strings.ReplaceAll(text, "\n", "\r\n"))
}

func percent(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
