package tradepost

import "slices"

// TokenStanding is what the address that a mail was sent to proves.
type TokenStanding string

// The standings of a token. The empty one is of mail that was not looked at.
const (
	TokenGood     TokenStanding = "good"
	TokenExpired  TokenStanding = "expired"
	TokenRevoked  TokenStanding = "revoked"  // the conversation's addresses were revoked since
	TokenThreaded TokenStanding = "threaded" // none, but In-Reply-To names a letter of ours
	TokenAbsent   TokenStanding = "absent"   // none that we signed
)

// SenderStanding is what From proves. Reply-To and Sender never do.
type SenderStanding string

// The standings of a sender.
const (
	SenderOwn     SenderStanding = "own"     // one of the person's own addresses
	SenderOther   SenderStanding = "other"   // one address, somebody else's
	SenderSeveral SenderStanding = "several" // several addresses, whosever they are (VU#517845)
	SenderUnclear SenderStanding = "unclear" // none, or one that can be read in two ways
)

// AuthenticationResult says whether the mail comes from the domain that From
// names (DMARC, RFC 7489 3.1).
type AuthenticationResult string

// The results.
const (
	AuthenticationPass      AuthenticationResult = "pass"      // an aligned identifier passed
	AuthenticationNone      AuthenticationResult = "none"      // nothing is known
	AuthenticationFail      AuthenticationResult = "fail"      // the domain says it isn't theirs
	AuthenticationTemporary AuthenticationResult = "temporary" // the domain could not be asked
)

// Authentication is how a mail's sender was authenticated. It is found out once,
// when the mail was fetched, and kept: keys are taken out of the DNS.
type Authentication struct {
	Result AuthenticationResult `json:"result"`
	// By is "authserv" where the receiving server's word was taken, "own" where
	// we checked ourselves, "" where nobody was asked.
	By string `json:"by,omitempty"`
	// Domain is that of From, for which the result is.
	Domain string `json:"domain,omitempty"`
	// Detail is for people: "dkim=pass d=studio.example s=k1; dmarc=pass p=reject".
	Detail string `json:"detail,omitempty"`
}

// AccessStanding is what the person whom an address names may still do in the
// conversation, as of now.
type AccessStanding string

// The standings of a person.
const (
	AccessOpen    AccessStanding = "open"
	AccessGone    AccessStanding = "gone"    // the member left, or never was of the partner
	AccessClosed  AccessStanding = "closed"  // the conversation is deleted
	AccessBlocked AccessStanding = "blocked" // the partner blocked the merchant
)

// Reason is why mail of such a person is not for the conversation; "" = it is.
func (a AccessStanding) Reason() Reason {
	switch a {
	case AccessOpen:
		return ""
	case AccessGone:
		return ReasonNotMember
	case AccessBlocked:
		return ReasonRefusedBlocked
	case AccessClosed:
	}
	return ReasonClosed
}

// Evidence is all that is known of who wrote a mail.
type Evidence struct {
	Token          TokenStanding        `json:"token"`
	Role           AuthorRole           `json:"role,omitempty"` // of the person whom the token names
	Access         AccessStanding       `json:"access,omitempty"`
	Sender         SenderStanding       `json:"sender"`
	Authentication AuthenticationResult `json:"authentication"`
	// Approved says that the person, or an operator, has said of this very mail
	// that it is theirs.
	Approved bool `json:"approved,omitempty"`
}

// TrustAction is what may be done with a mail, as far as its sender goes.
type TrustAction string

// The actions.
const (
	TrustPost   TrustAction = "post"
	TrustHold   TrustAction = "hold"
	TrustRefuse TrustAction = "refuse"
	TrustWait   TrustAction = "wait" // ask the sender's domain again later
)

// Ruling is what the trust table says of some evidence.
type Ruling struct {
	Action TrustAction `json:"action"`
	Reason Reason      `json:"reason,omitempty"` // of all but post
	// Ask says that the person is asked "was this you?".
	Ask bool `json:"ask,omitempty"`
	// Tell says that the address in From may be told why: it is the person's own,
	// or its domain vouches for it, so that no stranger gets mail for what a
	// forger did.
	Tell bool `json:"tell,omitempty"`
	// Confirm says that /block, /delete and /qualify ask first even if they
	// otherwise would not.
	Confirm bool `json:"confirm,omitempty"`
}

// TrustPolicy is what an installation may set.
type TrustPolicy struct {
	// HoldUnauthenticated holds mail of domains that publish nothing.
	HoldUnauthenticated bool
	// Final says that the time to wait for a domain's answer is over.
	Final bool
}

// trustRow is a line of the trust table. Of each column it names the values that
// it is for; nil stands for any.
type trustRow struct {
	token          []TokenStanding
	access         []AccessStanding
	sender         []SenderStanding
	authentication []AuthenticationResult
	when           trustSwitch
	ruling         Ruling // without Tell, which is the same rule for all
}

// trustSwitch is what a row asks for besides the evidence of the mail itself.
type trustSwitch string

const (
	ifApproved  trustSwitch = "approved"             // Evidence.Approved
	ifHoldsNone trustSwitch = "hold_unauthenticated" // TrustPolicy.HoldUnauthenticated
)

// What more than one row is for.
var (
	opensDoor = []TokenStanding{TokenGood, TokenThreaded}
	isOpen    = []AccessStanding{AccessOpen}
	isOwn     = []SenderStanding{SenderOwn}
)

// trustTable is read from the top; the first row that fits counts. What a
// stranger may not learn comes first: somebody who only knows a Message-ID of
// ours is turned away like somebody who knows nothing, before anything is asked
// of the conversation. Then what no approval mends, then the approval, then what
// is asked about. A row that posts names its values one by one, so that one that
// nobody thought of posts nothing.
var trustTable = []trustRow{
	{token: []TokenStanding{TokenAbsent}, ruling: refuseFor(ReasonUnknownAddress)},
	{token: []TokenStanding{TokenExpired}, ruling: refuseFor(ReasonTokenExpired)},
	{token: []TokenStanding{TokenRevoked}, ruling: refuseFor(ReasonTokenRevoked)},
	{token: []TokenStanding{TokenThreaded}, sender: []SenderStanding{SenderOther, SenderSeveral, SenderUnclear}, ruling: refuseFor(ReasonUnknownAddress)},
	{token: []TokenStanding{TokenThreaded}, authentication: []AuthenticationResult{AuthenticationFail}, ruling: refuseFor(ReasonUnknownAddress)},

	{access: []AccessStanding{AccessGone}, ruling: refuseFor(ReasonNotMember)},
	{access: []AccessStanding{AccessClosed}, ruling: refuseFor(ReasonClosed)},
	{access: []AccessStanding{AccessBlocked}, ruling: refuseFor(ReasonRefusedBlocked)},

	{token: opensDoor, access: isOpen, when: ifApproved, ruling: Ruling{Action: TrustPost}},

	{sender: []SenderStanding{SenderSeveral}, ruling: holdFor(ReasonSeveralFrom)},
	{sender: []SenderStanding{SenderUnclear}, ruling: holdFor(ReasonSenderUnclear)},
	{sender: []SenderStanding{SenderOther}, ruling: holdFor(ReasonWrongSender)},

	{sender: isOwn, authentication: []AuthenticationResult{AuthenticationTemporary}, ruling: Ruling{Action: TrustWait, Reason: ReasonWaiting}},
	{sender: isOwn, authentication: []AuthenticationResult{AuthenticationFail}, ruling: holdFor(ReasonAuthentication)},
	{token: []TokenStanding{TokenThreaded}, sender: isOwn, authentication: []AuthenticationResult{AuthenticationNone}, ruling: holdFor(ReasonUnauthenticated)},
	{sender: isOwn, authentication: []AuthenticationResult{AuthenticationNone}, when: ifHoldsNone, ruling: holdFor(ReasonUnauthenticated)},
	{token: opensDoor, access: isOpen, sender: isOwn, authentication: []AuthenticationResult{AuthenticationNone}, ruling: Ruling{Action: TrustPost, Confirm: true}},
	{token: opensDoor, access: isOpen, sender: isOwn, authentication: []AuthenticationResult{AuthenticationPass}, ruling: Ruling{Action: TrustPost}},
}

func refuseFor(why Reason) Ruling { return Ruling{Action: TrustRefuse, Reason: why} }

// holdFor: whatever is held for its sender, its owner is asked about.
func holdFor(why Reason) Ruling { return Ruling{Action: TrustHold, Reason: why, Ask: true} }

// Rule says what may be done with a mail, as far as its sender goes. It is the
// trust table and nothing else: no clock, no store. docs/trust.md shows it in
// words.
func (p TrustPolicy) Rule(e Evidence) Ruling {
	if p.Final && e.Authentication == AuthenticationTemporary {
		e.Authentication = AuthenticationNone
	}
	r := Ruling{Action: TrustRefuse, Reason: ReasonUnknownAddress} // of values that don't exist
	for _, row := range trustTable {
		if row.fits(p, e) {
			r = row.ruling
			break
		}
	}
	r.Tell = e.mayTell()
	return r
}

func (row trustRow) fits(p TrustPolicy, e Evidence) bool {
	return among(row.token, e.Token) && among(row.access, e.Access) && among(row.sender, e.Sender) &&
		among(row.authentication, e.Authentication) &&
		(row.when != ifApproved || e.Approved) && (row.when != ifHoldsNone || p.HoldUnauthenticated)
}

func among[T comparable](values []T, v T) bool { return values == nil || slices.Contains(values, v) }

// mayTell: a letter goes to an address that the person has told us of, unless
// its domain disowns the mail, or to one whose domain vouches for the mail, which
// then was written there. Anything else would let a forger send mail in our name
// to whom he likes. Without a token of ours nobody's own address is known. That
// somebody left, or was blocked, is nobody's business but their own.
func (e Evidence) mayTell() bool {
	if e.Token == TokenGood && e.Access != AccessOpen && e.Sender != SenderOwn {
		return false
	}
	switch e.Authentication {
	case AuthenticationPass:
		return e.Sender == SenderOwn || e.Sender == SenderOther
	case AuthenticationNone:
		return e.Sender == SenderOwn && e.Token != TokenAbsent
	case AuthenticationFail, AuthenticationTemporary:
		return false
	}
	return false
}
