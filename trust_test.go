package tradepost

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var updateDocs = flag.Bool("update", false, "write the tables of docs anew")

var (
	tokenStandings  = []TokenStanding{TokenAbsent, TokenRevoked, TokenExpired, TokenThreaded, TokenGood, "", "other"}
	accessStandings = []AccessStanding{AccessGone, AccessClosed, AccessBlocked, AccessOpen, "", "other"}
	senderStandings = []SenderStanding{SenderUnclear, SenderSeveral, SenderOther, SenderOwn, "", "other"}
	authentications = []AuthenticationResult{AuthenticationFail, AuthenticationTemporary, AuthenticationNone, AuthenticationPass, "", "other"}
)

// everyRuling calls f with every policy and evidence there is, values that don't
// exist among them.
func everyRuling(f func(TrustPolicy, Evidence, Ruling)) {
	for i := range 16 {
		p := TrustPolicy{HoldUnauthenticated: i&1 != 0, Final: i&2 != 0}
		role := AuthorMember
		if i&8 != 0 {
			role = AuthorMerchant
		}
		for _, token := range tokenStandings {
			for _, access := range accessStandings {
				for _, sender := range senderStandings {
					for _, auth := range authentications {
						e := Evidence{Token: token, Role: role, Access: access, Sender: sender, Authentication: auth, Approved: i&4 != 0}
						f(p, e, p.Rule(e))
					}
				}
			}
		}
	}
}

func TestTrust(t *testing.T) {
	good := Evidence{Token: TokenGood, Role: AuthorMember, Access: AccessOpen, Sender: SenderOwn, Authentication: AuthenticationPass}
	with := func(change func(*Evidence)) Evidence { e := good; change(&e); return e }
	for _, tc := range []struct {
		name   string
		policy TrustPolicy
		e      Evidence
		want   Ruling
	}{
		{"as it should be", TrustPolicy{}, good, Ruling{Action: TrustPost, Tell: true}},
		{"a domain that publishes nothing", TrustPolicy{}, with(func(e *Evidence) { e.Authentication = AuthenticationNone }), Ruling{Action: TrustPost, Tell: true, Confirm: true}},
		{"the same, held", TrustPolicy{HoldUnauthenticated: true}, with(func(e *Evidence) { e.Authentication = AuthenticationNone }), Ruling{Action: TrustHold, Reason: ReasonUnauthenticated, Ask: true, Tell: true}},
		{"forged", TrustPolicy{}, with(func(e *Evidence) { e.Authentication = AuthenticationFail }), Ruling{Action: TrustHold, Reason: ReasonAuthentication, Ask: true}},
		{"a domain that doesn't answer", TrustPolicy{}, with(func(e *Evidence) { e.Authentication = AuthenticationTemporary }), Ruling{Action: TrustWait, Reason: ReasonWaiting}},
		{"and never will", TrustPolicy{Final: true}, with(func(e *Evidence) { e.Authentication = AuthenticationTemporary }), Ruling{Action: TrustPost, Tell: true, Confirm: true}},
		{"somebody else with the address", TrustPolicy{}, with(func(e *Evidence) { e.Sender = SenderOther }), Ruling{Action: TrustHold, Reason: ReasonWrongSender, Ask: true, Tell: true}},
		{"somebody else, no matter that the domain doesn't answer", TrustPolicy{}, with(func(e *Evidence) { e.Sender, e.Authentication = SenderOther, AuthenticationTemporary }), Ruling{Action: TrustHold, Reason: ReasonWrongSender, Ask: true}},
		{"several senders", TrustPolicy{}, with(func(e *Evidence) { e.Sender = SenderSeveral }), Ruling{Action: TrustHold, Reason: ReasonSeveralFrom, Ask: true}},
		{"no sender", TrustPolicy{}, with(func(e *Evidence) { e.Sender = SenderUnclear }), Ruling{Action: TrustHold, Reason: ReasonSenderUnclear, Ask: true}},
		{"approved", TrustPolicy{HoldUnauthenticated: true}, with(func(e *Evidence) { e.Sender, e.Authentication, e.Approved = SenderUnclear, AuthenticationFail, true }), Ruling{Action: TrustPost}},
		{"approved, of one who left", TrustPolicy{}, with(func(e *Evidence) { e.Access, e.Approved = AccessGone, true }), Ruling{Action: TrustRefuse, Reason: ReasonNotMember, Tell: true}},
		{"approved, revoked since", TrustPolicy{}, with(func(e *Evidence) { e.Token, e.Approved = TokenRevoked, true }), Ruling{Action: TrustRefuse, Reason: ReasonTokenRevoked, Tell: true}},
		{"expired", TrustPolicy{}, with(func(e *Evidence) { e.Token = TokenExpired }), Ruling{Action: TrustRefuse, Reason: ReasonTokenExpired, Tell: true}},
		{"expired, forged", TrustPolicy{}, with(func(e *Evidence) { e.Token, e.Authentication = TokenExpired, AuthenticationFail }), Ruling{Action: TrustRefuse, Reason: ReasonTokenExpired}},
		{"blocked", TrustPolicy{}, with(func(e *Evidence) { e.Access, e.Role = AccessBlocked, AuthorMerchant }), Ruling{Action: TrustRefuse, Reason: ReasonRefusedBlocked, Tell: true}},
		{"deleted", TrustPolicy{}, with(func(e *Evidence) { e.Access = AccessClosed }), Ruling{Action: TrustRefuse, Reason: ReasonClosed, Tell: true}},
		{"no address of ours", TrustPolicy{}, Evidence{Token: TokenAbsent, Sender: SenderOther, Authentication: AuthenticationPass}, Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress, Tell: true}},
		{"no address of ours, unknown domain", TrustPolicy{}, Evidence{Token: TokenAbsent, Sender: SenderOther, Authentication: AuthenticationNone}, Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress}},
		{"no address of ours, so nobody's own", TrustPolicy{}, Evidence{Token: TokenAbsent, Sender: SenderOwn, Authentication: AuthenticationNone}, Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress}},
		{"threaded", TrustPolicy{}, with(func(e *Evidence) { e.Token = TokenThreaded }), Ruling{Action: TrustPost, Tell: true}},
		{"threaded, unknown domain", TrustPolicy{}, with(func(e *Evidence) { e.Token, e.Authentication = TokenThreaded, AuthenticationNone }), Ruling{Action: TrustHold, Reason: ReasonUnauthenticated, Ask: true, Tell: true}},
		{"threaded, a domain that doesn't answer", TrustPolicy{}, with(func(e *Evidence) { e.Token, e.Authentication = TokenThreaded, AuthenticationTemporary }), Ruling{Action: TrustWait, Reason: ReasonWaiting}},
		{"threaded, forged", TrustPolicy{}, with(func(e *Evidence) { e.Token, e.Authentication = TokenThreaded, AuthenticationFail }), Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress}},
		{"a stranger who knows a Message-ID", TrustPolicy{}, with(func(e *Evidence) { e.Token, e.Sender, e.Access = TokenThreaded, SenderOther, AccessBlocked }), Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress, Tell: true}},
		{"nothing known", TrustPolicy{}, Evidence{}, Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress}},
	} {
		if got := tc.policy.Rule(tc.e); got != tc.want {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

func TestTrustHolds(t *testing.T) {
	everyRuling(func(p TrustPolicy, e Evidence, r Ruling) {
		fail := func(what string) { t.Errorf("%s: %+v, %+v: %+v", what, p, e, r) }
		if r.Action == TrustPost {
			opens := e.Token == TokenGood || e.Token == TokenThreaded
			itself := e.Sender == SenderOwn && (e.Authentication == AuthenticationPass || e.Authentication == AuthenticationNone || e.Authentication == AuthenticationTemporary && p.Final)
			if !opens || e.Access != AccessOpen || !itself && !e.Approved {
				fail("posted")
			}
			if e.Token == TokenThreaded && e.Authentication != AuthenticationPass && !e.Approved {
				fail("posted on a Message-ID alone")
			}
		}
		if r.Tell && (e.Authentication != AuthenticationPass && e.Authentication != AuthenticationNone && !p.Final || e.Authentication == AuthenticationFail ||
			e.Sender != SenderOwn && e.Sender != SenderOther || e.Sender == SenderOther && e.Authentication != AuthenticationPass) {
			fail("told")
		}
		if r.Ask != (r.Action == TrustHold) {
			fail("asked otherwise than of what is held")
		}
		if (r.Reason == "") != (r.Action == TrustPost) {
			fail("without a reason, or with one too many")
		}
		if r.Action == TrustWait && (e.Authentication != AuthenticationTemporary || p.Final || e.Approved && exists(e)) {
			fail("waits")
		}
		if r.Confirm && (r.Action != TrustPost || e.Approved || e.Authentication == AuthenticationPass) {
			fail("confirms")
		}
		if e.Token == TokenThreaded && (e.Sender == SenderOther || e.Sender == SenderUnclear) {
			absent := e
			absent.Token = TokenAbsent
			if r != p.Rule(absent) {
				fail("a Message-ID of ours can be told from another")
			}
		}
		if other := (Evidence{e.Token, AuthorSystem, e.Access, e.Sender, e.Authentication, e.Approved}); p.Rule(other) != r {
			fail("the side decides")
		}
	})
}

// exists reports whether all values of e are those that the program knows, which
// stand first in their lists.
func exists(e Evidence) bool {
	return slices.Contains(tokenStandings[:5], e.Token) && slices.Contains(accessStandings[:4], e.Access) &&
		slices.Contains(senderStandings[:4], e.Sender) && slices.Contains(authentications[:4], e.Authentication)
}

// TestTrustIsMonotonic: whoever proves more isn't treated worse. What waits is
// not decided yet and has no place in the order.
func TestTrustIsMonotonic(t *testing.T) {
	harsh := map[TrustAction]int{TrustPost: 0, TrustHold: 1, TrustRefuse: 2}
	everyRuling(func(p TrustPolicy, e Evidence, r Ruling) {
		if !exists(e) {
			return
		}
		compare := func(better Evidence) {
			b := p.Rule(better)
			if r.Action != TrustWait && b.Action != TrustWait && harsh[b.Action] > harsh[r.Action] {
				t.Errorf("%+v: %+v is %+v, but %+v is %+v", p, e, r, better, b)
			}
		}
		for _, v := range above(tokenStandings, e.Token, TokenGood) {
			b := e
			b.Token = v
			compare(b)
		}
		for _, v := range above(accessStandings, e.Access, AccessOpen) {
			b := e
			b.Access = v
			compare(b)
		}
		for _, v := range above(senderStandings, e.Sender, SenderOwn) {
			b := e
			b.Sender = v
			compare(b)
		}
		for _, v := range above(authentications, e.Authentication, AuthenticationPass) {
			b := e
			b.Authentication = v
			compare(b)
		}
		b := e
		b.Approved = true
		compare(b)
		if p.HoldUnauthenticated {
			if lax := (TrustPolicy{Final: p.Final}).Rule(e); harsh[lax.Action] > harsh[r.Action] {
				t.Errorf("%+v: holding what is unauthenticated lets more in", e)
			}
		}
	})
}

// above are the values that are better than v, of those from the worst to best.
func above[T comparable](values []T, v, best T) []T {
	i, n := slices.Index(values, v), slices.Index(values, best)
	return values[i+1 : n+1]
}

// TestEveryRowOfTheTrustTableIsNeeded: none is hidden by those above it.
func TestEveryRowOfTheTrustTableIsNeeded(t *testing.T) {
	used := make([]bool, len(trustTable))
	everyRuling(func(p TrustPolicy, e Evidence, r Ruling) {
		if i := slices.IndexFunc(trustTable, func(row trustRow) bool { return row.fits(p, e) }); i >= 0 {
			used[i] = true
		}
	})
	for i, u := range used {
		if !u {
			t.Errorf("row %d is never reached: %+v", i, trustTable[i])
		}
	}
}

const docsFile = "docs/trust.md"

// TestTrustDocs keeps the table of docs/trust.md what Rule goes by. With -update
// it is written.
func TestTrustDocs(t *testing.T) {
	have, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(have, []byte("<!-- table -->\n"))
	_, after, ok2 := bytes.Cut(rest, []byte("<!-- /table -->\n"))
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", docsFile)
	}
	want := fmt.Sprintf("%s<!-- table -->\n%s<!-- /table -->\n%s", before, trustMarkdown(t), after)
	switch {
	case string(have) == want:
	case *updateDocs:
		if err := os.WriteFile(docsFile, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s has another table; go test -run TrustDocs -update writes it", docsFile)
	}
}

// docsWords are the values of the table in words that people understand.
var docsWords = map[string]string{
	"token good": "ours, good", "token threaded": "answers a letter of ours", "token absent": "none of ours", "token expired": "expired", "token revoked": "revoked",
	"access open": "may write", "access gone": "left, or never was a member", "access closed": "conversation deleted", "access blocked": "merchant blocked",
	"sender own": "the person's own", "sender other": "somebody else's", "sender several": "several addresses", "sender unclear": "none, or unclear",
	"authentication pass": "yes", "authentication none": "says nothing", "authentication fail": "no, forged", "authentication temporary": "no answer yet",
	"when ": "", "when approved": "approved", "when hold_unauthenticated": "`TRADEPOST_HOLD_UNAUTHENTICATED`",
	"action post": "**post**", "action hold": "**hold**", "action refuse": "**refuse**", "action wait": "**wait**",
}

func trustMarkdown(t *testing.T) string {
	t.Helper()
	word := func(column, value string) string {
		w, ok := docsWords[column+" "+value]
		if !ok {
			t.Errorf("docs have no word for %s %q", column, value)
		}
		return w
	}
	var b strings.Builder
	b.WriteString("| address | person | From | domain vouches | also | then | recorded as | asked? |\n|---|---|---|---|---|---|---|---|\n")
	for _, row := range trustTable {
		asked, reason := "", ""
		switch {
		case row.ruling.Ask:
			asked = "\"was this you?\""
		case row.ruling.Confirm:
			asked = "commands only"
		}
		if row.ruling.Reason != "" {
			reason = "`" + string(row.ruling.Reason) + "`"
		}
		for _, c := range []string{
			cell(row.token, "token", word), cell(row.access, "access", word), cell(row.sender, "sender", word), cell(row.authentication, "authentication", word),
			word("when", string(row.when)), word("action", string(row.ruling.Action)), reason, asked,
		} {
			b.WriteString("| " + c)
			if c != "" {
				b.WriteByte(' ')
			}
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// cell joins the values that a row names of a column; none are all of them.
func cell[T ~string](values []T, column string, word func(column, value string) string) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = word(column, string(v))
	}
	return strings.Join(words, "; or ")
}
