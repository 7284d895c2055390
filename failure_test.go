package tradepost

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// refusals are what servers say, in the shape that their documentation or source
// gives (see refusalWords); names are made up.
var refusals = []struct {
	by   string
	r    Refusal
	want FailureClass
}{
	// Codes alone (RFC 3463, IANA's registry).
	{"rfc", Refusal{Code: 550, Enhanced: "5.1.1"}, FailureHard},
	{"rfc", Refusal{Code: 550, Enhanced: "5.1.2"}, FailureHard},
	{"rfc", Refusal{Code: 501, Enhanced: "5.1.3"}, FailureHard},
	{"rfc", Refusal{Code: 550, Enhanced: "5.1.6"}, FailureHard},
	{"rfc", Refusal{Code: 556, Enhanced: "5.1.10"}, FailureHard},
	{"rfc", Refusal{Code: 556}, FailureHard},
	{"rfc", Refusal{Code: 550, Enhanced: "5.2.1"}, FailureHard},
	{"rfc", Refusal{Code: 552, Enhanced: "5.2.2"}, FailureSoft},
	{"rfc", Refusal{Code: 452, Enhanced: "4.2.2"}, FailureSoft},
	{"rfc", Refusal{Code: 450, Enhanced: "4.1.1"}, FailureSoft},
	{"rfc", Refusal{Code: 552, Enhanced: "5.2.3"}, FailurePolicy},
	{"rfc", Refusal{Code: 552, Enhanced: "5.3.4"}, FailurePolicy},
	{"rfc", Refusal{Code: 451, Enhanced: "4.3.0"}, FailureSoft},
	{"rfc", Refusal{Enhanced: "4.4.1"}, FailureSoft},
	{"rfc", Refusal{Enhanced: "5.4.7"}, FailureSoft},
	{"rfc", Refusal{Code: 550, Enhanced: "5.5.2"}, FailureOurs},
	{"rfc", Refusal{Code: 452, Enhanced: "4.5.3"}, FailureOurs},
	{"rfc", Refusal{Code: 554, Enhanced: "5.6.0"}, FailurePolicy},
	{"rfc", Refusal{Code: 550, Enhanced: "5.7.1"}, FailurePolicy},
	{"rfc", Refusal{Code: 451, Enhanced: "4.7.1"}, FailurePolicy},
	{"rfc", Refusal{Code: 535, Enhanced: "5.7.8"}, FailureOurs},
	{"rfc", Refusal{Code: 530, Text: "5.7.0 user unknown"}, FailureOurs},
	{"rfc", Refusal{Code: 553, Enhanced: "5.1.8"}, FailureOurs},
	{"rfc", Refusal{Code: 550}, FailureUnknown},
	{"rfc", Refusal{Code: 554}, FailureUnknown},
	{"rfc", Refusal{Code: 550, Enhanced: "5.0.0"}, FailureUnknown},
	{"rfc", Refusal{Code: 550, Enhanced: "5.1.0"}, FailureUnknown},
	{"rfc", Refusal{Code: 421}, FailureSoft},
	{"rfc", Refusal{Code: 552}, FailureSoft},
	{"rfc", Refusal{Code: 500}, FailureOurs},
	{"rfc", Refusal{}, FailureUnknown},

	{"gmail", Refusal{Code: 550, Enhanced: "5.1.1", Text: "5.1.1 The email account that you tried to reach does not exist. Please try double-checking. https://support.example/?p=NoSuchUser - gsmtp"}, FailureHard},
	{"gmail", Refusal{Code: 550, Enhanced: "5.2.1", Text: "5.2.1 The email account that you tried to reach is inactive. - gsmtp"}, FailureHard},
	{"gmail", Refusal{Code: 550, Enhanced: "5.2.1", Text: "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. - gsmtp"}, FailureSoft},
	{"gmail", Refusal{Code: 450, Enhanced: "4.2.1", Text: "4.2.1 The user you are trying to contact is receiving mail too quickly. - gsmtp"}, FailureSoft},
	{"gmail", Refusal{Code: 452, Enhanced: "4.2.2", Text: "4.2.2 The recipient's inbox is out of storage space. - gsmtp"}, FailureSoft},
	{"gmail", Refusal{Code: 552, Enhanced: "5.2.2", Text: "5.2.2 The email account that you tried to reach is over quota. - gsmtp"}, FailureSoft},
	{"gmail", Refusal{Code: 550, Enhanced: "5.7.26", Text: "5.7.26 Your email has been blocked because the sender is unauthenticated. - gsmtp"}, FailurePolicy},
	{"gmail", Refusal{Code: 421, Enhanced: "4.7.28", Text: "4.7.28 an unusual rate of unsolicited mail originating from your IP Netblock - gsmtp"}, FailurePolicy},
	{"exchange online", Refusal{Code: 550, Enhanced: "5.1.10", Text: "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"}, FailureHard},
	{"exchange online", Refusal{Code: 550, Enhanced: "5.4.1", Text: "5.4.1 Recipient address rejected: Access denied. AS(201806281)"}, FailureHard},
	{"exchange online", Refusal{Code: 550, Enhanced: "5.1.351", Text: "5.1.351 Remote server returned unknown recipient or mailbox"}, FailureHard},
	{"exchange online", Refusal{Enhanced: "5.4.310", Text: "550 5.4.310 DNS domain lind.example does not exist"}, FailureHard},
	{"exchange online", Refusal{Code: 554, Enhanced: "5.2.2", Text: "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"}, FailureSoft},
	{"exchange online", Refusal{Code: 550, Enhanced: "5.7.13", Text: "5.7.13 STOREDRV.Deliver.Exception:AccountDisabledException.MapiExceptionADUserDisabled"}, FailureHard},
	{"exchange online", Refusal{Code: 432, Enhanced: "4.3.2", Text: "4.3.2 STOREDRV.Deliver; recipient thread limit exceeded"}, FailureSoft},
	{"exchange online", Refusal{Code: 451, Enhanced: "4.7.500", Text: "4.7.500 Server busy. Please try again later from [192.0.2.1]"}, FailureSoft},
	{"exchange online", Refusal{Code: 550, Enhanced: "5.7.606", Text: "5.7.606 Access denied, banned sending IP [192.0.2.1]"}, FailurePolicy},
	{"exchange online", Refusal{Code: 530, Enhanced: "5.7.57", Text: "5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM"}, FailureOurs},
	{"outlook.com", Refusal{Code: 550, Enhanced: "5.5.0", Text: "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."}, FailureHard},
	{"outlook.com", Refusal{Code: 550, Enhanced: "5.7.1", Text: "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent: part of their network is on our block list (S3140)"}, FailurePolicy},
	{"outlook.com", Refusal{Code: 450, Text: "Requested mail action not taken: mailbox unavailable"}, FailureSoft},
	{"any", Refusal{Code: 550, Enhanced: "5.7.1", Text: "5.7.1 Requested action not taken: mailbox unavailable"}, FailurePolicy},
	{"yahoo", Refusal{Code: 554, Text: "delivery error: dd This user doesn't have a yahoo.com account (spamfan) [0] - mta1.example"}, FailureHard},
	{"yahoo", Refusal{Code: 554, Text: "delivery error: dd This user doesn’t have a yahoo.com account"}, FailureHard},
	{"yahoo", Refusal{Code: 554, Text: "delivery error: dd Sorry, your message cannot be delivered. This account has been disabled or discontinued [#102]."}, FailureHard},
	{"yahoo", Refusal{Code: 554, Text: "delivery error: dd Sorry, your message cannot be delivered. This account is over quota."}, FailureSoft},
	{"yahoo", Refusal{Code: 421, Enhanced: "4.7.0", Text: "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints"}, FailurePolicy},
	{"yahoo", Refusal{Code: 451, Text: "VS1-IP Excessive unknown recipients - possible Open Relay (#4.1.8)"}, FailurePolicy},
	{"icloud", Refusal{Code: 550, Enhanced: "5.1.1", Text: "5.1.1 <spam@lind.example>: user does not exist"}, FailureHard},
	{"icloud", Refusal{Code: 552, Enhanced: "5.2.2", Text: "5.2.2 <maja@lind.example>: user is over quota"}, FailureSoft},
	{"icloud", Refusal{Code: 554, Enhanced: "5.7.1", Text: "5.7.1 [CS01] Message rejected due to local policy."}, FailurePolicy},
	{"gmx", Refusal{Code: 550, Text: "<maja@lind.example> Requested action not taken: mailbox unavailable"}, FailureHard},
	{"gmx", Refusal{Code: 554, Text: "Nemesis ESMTP Service not available; No SMTP service; IP address is block listed."}, FailurePolicy},
	{"gmx", Refusal{Code: 550, Text: "Requested action not taken: mailbox unavailable. Reject due to policy violations"}, FailurePolicy},
	{"web.de", Refusal{Code: 550, Text: "Benutzer hat das Speichervolumen ueberschritten. / User has exhausted allowed storage space."}, FailureSoft},
	{"web.de", Refusal{Code: 550, Text: "Unknown local part maja in <maja@lind.example>"}, FailureHard},
	{"yandex", Refusal{Code: 550, Enhanced: "5.7.1", Text: "5.7.1 No such user! 1700000000-aBcDeFg"}, FailureHard},
	{"yandex", Refusal{Code: 554, Enhanced: "5.7.1", Text: "5.7.1 [2] Message rejected under suspicion of SPAM"}, FailurePolicy},
	{"mail.ru", Refusal{Code: 550, Text: "Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found"}, FailureHard},
	{"postfix", Refusal{Code: 550, Enhanced: "5.1.1", Text: "5.1.1 <maja@lind.example>: Recipient address rejected: User unknown in virtual mailbox table"}, FailureHard},
	{"postfix", Refusal{Code: 450, Enhanced: "4.1.1", Text: "4.1.1 <maja@lind.example>: Recipient address rejected: User unknown in local recipient table"}, FailureSoft},
	{"postfix", Refusal{Code: 554, Enhanced: "5.7.1", Text: "5.7.1 <maja@lind.example>: Recipient address rejected: Access denied"}, FailurePolicy},
	{"postfix", Refusal{Code: 554, Enhanced: "5.7.1", Text: "5.7.1 <maja@lind.example>: Relay access denied"}, FailureOurs},
	{"postfix", Refusal{Code: 450, Enhanced: "4.2.0", Text: "4.2.0 <maja@lind.example>: Recipient address rejected: Greylisted"}, FailureSoft},
	{"postfix", Refusal{Code: 451, Enhanced: "4.7.1", Text: "4.7.1 Greylisting in action, please come back later"}, FailureSoft},
	{"postfix", Refusal{Code: 553, Enhanced: "5.1.8", Text: "5.1.8 <bounce@reply.example>: Sender address rejected: Domain not found"}, FailureOurs},
	{"postfix", Refusal{Enhanced: "5.4.4", Text: "Host or domain name not found. Name service error for name=lind.example type=A: Host not found"}, FailureHard},
	{"postfix", Refusal{Enhanced: "4.4.1", Text: "connect to mx.lind.example[192.0.2.1]:25: Connection timed out"}, FailureSoft},
	{"exim", Refusal{Code: 550, Text: "Unrouteable address"}, FailureHard},
	{"exim", Refusal{Code: 550, Text: "relay not permitted"}, FailureOurs},
	{"exim", Refusal{Text: "retry timeout exceeded", Enhanced: "4.0.0"}, FailureSoft},
	{"qmail", Refusal{Code: 554, Text: "Sorry, no mailbox here by that name. (#5.1.1)"}, FailureHard},
	{"qmail", Refusal{Text: "I have no idea. (#5.1.1)"}, FailureHard},
	{"any", Refusal{Code: 550, Text: "Recipient <reputation@lind.example> unknown: no such user here, see https://spam.example/blocked"}, FailureHard},
	{"any", Refusal{Stage: "mail", Code: 550, Enhanced: "5.1.1", Text: "User unknown"}, FailureOurs},
	{"any", Refusal{Stage: "auth", Code: 535}, FailureOurs},
	{"any", Refusal{Stage: "rcpt", Code: 550, Enhanced: "5.1.1"}, FailureHard},
	{"any", Refusal{Stage: "dot", Code: 552, Enhanced: "5.2.2"}, FailureSoft},
}

func TestRefusalClass(t *testing.T) {
	t.Parallel()
	for _, tt := range refusals {
		if got := tt.r.Class(); got != tt.want {
			t.Errorf("%s: %+v is %s, want %s", tt.by, tt.r, got, tt.want)
		}
	}
}

// TestRefusalWordsAreFound: each phrase of the table is in the form that texts are
// brought into, and none stands behind another that is part of it.
func TestRefusalWordsAreFound(t *testing.T) {
	t.Parallel()
	type earlier struct {
		phrase string
		group  int
	}
	var seen []earlier
	for group, w := range refusalWords {
		for _, phrase := range w.phrases {
			if got := refusalText(phrase); got != strings.TrimSpace(phrase) {
				t.Errorf("%q is read as %q", phrase, got)
			}
			for _, e := range seen {
				if e.group < group && strings.Contains(phrase, e.phrase) && refusalWords[e.group].class != w.class {
					t.Errorf("%q is never reached: %q comes first", phrase, e.phrase)
				}
			}
			seen = append(seen, earlier{phrase, group})
		}
	}
}

// TestTemporaryIsNeverHard, whatever was said.
func TestTemporaryIsNeverHard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(refusals).Draw(t, "refusal").r
		r.Code = rapid.IntRange(400, 499).Draw(t, "code")
		if got := r.Class(); got == FailureHard {
			t.Fatalf("%+v is hard", r)
		}
	})
}

// TestRefusalIsBounded: what a server says behind a thousand octets is not read,
// however much it is.
func TestRefusalIsBounded(t *testing.T) {
	t.Parallel()
	const tail = " user unknown"
	for _, piece := range []string{"x", "a@b ", "(#", "’", "\xff", " "} {
		long := strings.Repeat(piece, refusalTextMax/len(piece)+1) + strings.Repeat(tail, 1000)
		if got := (Refusal{Text: long}).Class(); got != FailureUnknown {
			t.Errorf("%q: %s", piece, got)
		}
		if got := (Refusal{Text: long[len(long)-refusalTextMax:]}).Class(); got != FailureHard {
			t.Errorf("%q, its end: %s", piece, got)
		}
	}
}

func FuzzRefusal(f *testing.F) {
	for _, tt := range refusals {
		f.Add(tt.r.Code, tt.r.Enhanced, tt.r.Text)
	}
	f.Fuzz(func(t *testing.T, code int, enhanced, text string) {
		r := Refusal{Code: code, Enhanced: enhanced, Text: text}
		c := r.Class()
		if c != r.Class() {
			t.Error("it is read in two ways")
		}
		if c == FailureHard && code > 0 && code < 500 {
			t.Errorf("%+v is hard", r)
		}
	})
}

func ExampleRefusal_Class() {
	full := Refusal{Stage: "rcpt", Code: 550, Text: "Requested action not taken: mailbox full"}
	gone := Refusal{Stage: "rcpt", Code: 550, Enhanced: "5.7.1", Text: "5.7.1 No such user!"}
	fmt.Println(full.Class(), gone.Class())
	// Output: soft hard
}
