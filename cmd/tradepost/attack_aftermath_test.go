package main

import (
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

var (
	replyTokens  = regexp.MustCompile(`(?i)reply(?:\+|%2b|=2b)([a-z2-7]{56})`)
	actionTokens = regexp.MustCompile(`(?i)act-[a-z2-7]{64}`)
	links        = regexp.MustCompile(`https?://[^\s"'<>)\]]+`)
)

// aftermath asks for what must hold after any attack. The program is stopped.
func (s *siege) aftermath(t *testing.T) {
	t.Helper()
	s.quiet(t)
	s.server.stop()
	t.Run("tokens and addresses are nowhere they don't belong", func(t *testing.T) {
		s.noTokens(t)
		s.ownLettersOnly(t)
	})
	t.Run("a link scanner changes nothing", s.scan)
}

// readToken reads the token of an address, good or expired.
func (s *siege) readToken(address string) (tradepost.Token, bool) {
	tok, err := s.tokens.Parse(address, time.Now())
	return tok, err == nil || errors.Is(err, tradepost.ErrTokenExpired)
}

// noTokens looks for tokens in all that is kept, logged and shown.
func (s *siege) noTokens(t *testing.T) {
	t.Helper()
	for table, rows := range s.dump() {
		for _, row := range rows { // a raw mail is in hexadecimal there
			if token := firstToken(row); token != "" {
				t.Errorf("table %s keeps %s in %.300s", table, token, row)
			}
		}
	}
	log := s.log.String()
	if token := firstToken(log); token != "" {
		at := strings.Index(log, token)
		t.Errorf("the log has %s in %q", token, log[max(0, at-200):min(len(log), at+100)])
	}
	for _, text := range []string{"4,200 products", "vermilion"} {
		if strings.Contains(log, text) {
			t.Errorf("the log has what people wrote: %q", text)
		}
	}
}

func firstToken(s string) string {
	if token := replyTokens.FindString(s); token != "" {
		return token
	}
	return actionTokens.FindString(s)
}

// dump is the whole database as text, by table.
func (s *siege) dump() map[string][]string {
	all := make(map[string][]string)
	for _, table := range s.query(`select tablename from pg_tables where schemaname = 'public' order by 1`) {
		all[table] = s.query(fmt.Sprintf(`select t::text from %q t order by 1`, table))
	}
	return all
}

// ownLettersOnly asks of each letter whether the tokens in it are its
// recipient's, in their place, and no address of the other side is in it.
func (s *siege) ownLettersOnly(t *testing.T) {
	t.Helper()
	owners := make(map[string]string) // "member 12" by address
	for _, line := range s.query(`select folded, 'member', member_id from member_addresses union all select lower(email), 'merchant', id from merchants
		union all select folded, 'merchant', merchant_id from merchant_addresses`) {
		address, owner, _ := strings.Cut(line, " ")
		owners[address] = owner
	}
	for _, r := range s.smtp.Mails() {
		m := message.Parse(r.Raw, message.Limits{})
		to := strings.ToLower(r.To[0])
		var head strings.Builder
		for name := range m.Header.All() {
			fmt.Fprintf(&head, "%s: %s\n", name, m.Header.Get(name))
		}
		body := m.Text + "\n" + m.HTML
		about := fmt.Sprintf("letter %q to %s", m.Subject, to)
		for _, found := range replyTokens.FindAllStringSubmatch(head.String()+body, -1) {
			tok, ok := s.readToken("reply+" + strings.ToLower(found[1]) + "@" + townDomain)
			if owner := fmt.Sprintf("%s %d", tok.Role, tok.Person); !ok || owner != owners[to] {
				t.Errorf("%s (%s) has a reply address of %s", about, owners[to], owner)
			}
		}
		for _, token := range actionTokens.FindAllString(head.String()+body, -1) {
			a, err := s.tokens.ParseAction(token, time.Now())
			if owner := fmt.Sprintf("%s %d", a.Role, a.Person); err != nil || owner != owners[to] {
				t.Errorf("%s (%s) has an action link of %s: %v", about, owners[to], owner, err)
			}
		}
		listed := strings.Contains(m.Header.Get("List-Id"), "digest") || r.From == "" // items of digests, and choices of questions
		if replyTokens.MatchString(body) && !listed {
			t.Errorf("%s has a reply address outside of Reply-To:\n%s", about, body)
		}
		side, _, _ := strings.Cut(owners[to], " ")
		lower := strings.ToLower(head.String() + body)
		for address, owner := range owners {
			other, _, _ := strings.Cut(owner, " ")
			if other != side && names(lower, address) {
				t.Errorf("%s tells %q the address %s of a %s", about, side, address, other)
			}
		}
	}
}

// names reports whether an address stands in a text, and not as a part of another.
func names(text, address string) bool {
	for {
		_, after, ok := strings.Cut(text, address)
		if !ok {
			return false
		}
		if after == "" || !strings.ContainsAny(after[:1], ".-abcdefghijklmnopqrstuvwxyz0123456789") || strings.HasPrefix(after, ". ") || strings.HasPrefix(after, ".\n") {
			return true
		}
		text = after
	}
}

// scan opens every link of every letter as security products do, and compares
// the whole database before and after.
func (s *siege) scan(t *testing.T) {
	found := make(map[string]bool)
	for _, r := range s.smtp.Mails() {
		m := message.Parse(r.Raw, message.Limits{})
		for _, link := range links.FindAllString(m.Text+"\n"+html.UnescapeString(m.HTML), -1) {
			if link = strings.TrimRight(link, ".,;"); strings.HasPrefix(link, "http://"+s.http) {
				found[link] = true
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no letter has a link")
	}
	web := s.launch(t, "web")
	eventually(t, "the web role to answer", client{t, "http://" + s.http}.alive)
	before := s.dump()
	st := &stage{siege: s, t: t}
	pages := 0
	for range 2 {
		for _, link := range slices.Sorted(maps.Keys(found)) {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
				status, _ := st.browse(method, link)
				if status >= 500 {
					t.Errorf("%s of a link: %d", method, status)
				}
				if method == http.MethodGet && status == http.StatusOK {
					pages++
				}
			}
		}
	}
	if pages == 0 {
		t.Error("no link opened a page")
	}
	after := s.dump()
	for table := range before {
		if !slices.Equal(before[table], after[table]) {
			t.Errorf("opening links changed table %s from\n%.2000s\nto\n%.2000s", table, before[table], after[table])
		}
	}
	t.Logf("%d links, %d letters", len(found), len(s.smtp.Mails()))
	web.stop()
}
