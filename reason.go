package tradepost

// Reason says why a mail was not posted.
type Reason string

// The reasons. Those marked "letter" have a letter to the author; the others
// are for the ledger alone.
const (
	ReasonTooBig          Reason = "too_big"               // letter
	ReasonFileRefused     Reason = "file_refused"          // letter: a kind of file that is not taken
	ReasonNotMember       Reason = "not_a_member"          // letter
	ReasonTokenExpired    Reason = "expired"               // letter
	ReasonTokenRevoked    Reason = "revoked"               // letter
	ReasonEmptyMail       Reason = "empty"                 // letter
	ReasonClosed          Reason = "closed"                // letter
	ReasonRefusedBlocked  Reason = "blocked"               // letter
	ReasonUnknownAddress  Reason = "no_token"              // letter: to no address of ours
	ReasonUnknownCommand  Reason = "unknown_command"       // letter: nothing of the mail was done
	ReasonUnclearAnswer   Reason = "unclear_answer"        // letter: an answer to a question, in other words than were asked for
	ReasonTooMany         Reason = "breaker"               // letter: held, a budget is used up
	ReasonUnauthenticated Reason = "unauthenticated"       // letter: held, by the policy
	ReasonAmbiguous       Reason = "ambiguous"             // a question is asked
	ReasonWrongSender     Reason = "wrong_sender"          // a question is asked
	ReasonAuthentication  Reason = "authentication_failed" // a question is asked
	ReasonSeveralFrom     Reason = "several_from"
	ReasonSenderUnclear   Reason = "unclear_from"
	ReasonWaiting         Reason = "authentication_temporary" // asked again later
)
