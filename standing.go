package tradepost

// Standing is what is known of one message and one recipient at the moment of
// sending.
type Standing struct {
	Outcome    Outcome // recorded already, as by reading or a colleague's answer
	Read       bool
	Deleted    bool // the message
	Marked     bool // the message, by a member
	Blocked    bool // the merchant, by the partner
	Muted      bool // the conversation, by the member
	Gone       bool // the member left
	OptedOut   bool // the settings no longer want this kind of mail
	Suppressed bool // the address takes no mail
}

// Drop asks whether telling has become pointless, and gives the outcome and the
// reason to record. An outcome that stands already is returned as it is.
func (s Standing) Drop() (outcome Outcome, reason string, drop bool) {
	switch {
	case s.Outcome != "":
		return s.Outcome, string(s.Outcome), true
	case s.Deleted:
		return OutcomeSkipped, ReasonDeleted, true
	case s.Blocked:
		return OutcomeSkipped, ReasonBlocked, true
	case s.Gone:
		return OutcomeSkipped, ReasonMemberGone, true
	case s.Read:
		return ReadFirst, string(ReadFirst), true
	case s.Marked:
		return OutcomeSkipped, ReasonMarked, true
	case s.Muted:
		return OutcomeSkipped, ReasonMuted, true
	case s.OptedOut:
		return OutcomeSkipped, ReasonOptedOut, true
	case s.Suppressed:
		return Suppressed, string(Suppressed), true
	}
	return "", "", false
}
