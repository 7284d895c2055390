package tradepost

// QualificationState is what has become of a conversation of KindQualification: a
// merchant asks to be qualified, the partner qualifies them or declines. A partner who
// changes their mind goes the same ways back: what counts is what is true now.
type QualificationState string

// The states of a request to be qualified.
const (
	QualificationRequested QualificationState = "requested"
	QualificationGiven     QualificationState = "qualified"
	QualificationRefused   QualificationState = "refused"
)

// QualificationStateOf is the state of a request, given whether the merchant is
// qualified by the partner, in whichever conversation that was said, and whether this
// request was declined.
func QualificationStateOf(qualified, declined bool) QualificationState {
	switch {
	case qualified:
		return QualificationGiven
	case declined:
		return QualificationRefused
	default:
		return QualificationRequested
	}
}

// Admits reports whether a conversation of a kind may be opened with a partner of this
// access: whoever isn't qualified may still ask to be.
func (a PartnerAccess) Admits(kind Kind, qualified bool) bool {
	return a != OpenToQualified || qualified || kind == KindQualification
}
