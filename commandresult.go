package tradepost

// CommandState is what became of a command.
type CommandState string

// The states of a command.
const (
	CommandDone      CommandState = "done"
	CommandUnchanged CommandState = "unchanged" // it was so already
	CommandAsked     CommandState = "asked"     // waits for a confirmation, asked for by mail
	CommandRefused   CommandState = "refused"   // Reason says why
)

// Reasons of a command that was refused.
const (
	CommandNothingToUndo = "nothing_to_undo"
	CommandTooLate       = "too_late"        // the reply is on its way, or the delay is over
	CommandNoMessage     = "no_message"      // there is no merchant message to act on
	CommandNoCode        = "no_default_code" // the partner has none, so name one
	CommandNotAllowed    = "not_allowed"     // only owners may
	CommandTooMany       = "too_many"        // confirmations, for today (Budgets.Questions)
	CommandBlocked       = "blocked"         // the merchant is, for good
)

// CommandResult is a command and what became of it, as the transcript says it.
// It is kept as JSON.
type CommandResult struct {
	Command
	State  CommandState `json:"state"`
	Reason string       `json:"reason,omitempty"`
	// Undone is what /undo took back: a verb, or "reply" for a message.
	Undone string `json:"undone,omitempty"`
	// Why answers /why: a line for each message of the letter answered.
	Why []Told `json:"why,omitempty"`
}

// Told is how one person was told of one message, or why not.
type Told struct {
	MessageAt string           `json:"message_at"` // RFC 3339, UTC
	Merchant  string           `json:"merchant"`
	Outcome   Outcome          `json:"outcome"`           // "" = not yet
	Reason    string           `json:"reason,omitempty"`  // of the outcome, or the rule that asked for the mail
	Kind      NotificationKind `json:"kind,omitempty"`    // of the mail that told
	SentAt    string           `json:"sent_at,omitempty"` // RFC 3339, UTC; "" = not sent
	Address   string           `json:"address,omitempty"` // it was sent to, the person's own
	// StoppedAt is when the digests of a person who was not told, or is not yet,
	// were stopped by the link of a letter: RFC 3339, UTC; "" = they were not.
	// StoppedBy is how, and StoppedLetterAt when that letter was sent.
	StoppedAt       string        `json:"stopped_at,omitempty"`
	StoppedBy       DigestStopper `json:"stopped_by,omitempty"`
	StoppedLetterAt string        `json:"stopped_letter_at,omitempty"`
}

// DigestStopper is how the link of a letter stopped digests.
type DigestStopper string

// The ways.
const (
	StoppedByPage     DigestStopper = "page"      // its page was opened and the button pressed
	StoppedByOneClick DigestStopper = "one_click" // the mail program did it (RFC 8058)
)

// Transcript says what became of a mail with commands, or of a mail of which
// some parts could not be posted. It is kept as JSON.
type Transcript struct {
	Parts []TranscriptPart `json:"parts"`
}

// TranscriptPart is about one conversation.
type TranscriptPart struct {
	ConversationID int64           `json:"conversation_id"`
	Posted         bool            `json:"posted,omitempty"`  // text or files went into the conversation
	Refused        Reason          `json:"refused,omitempty"` // why they did not
	Results        []CommandResult `json:"results,omitempty"`
}
