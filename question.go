package tradepost

// QuestionKind is what a person is asked by mail.
type QuestionKind string

// The kinds of questions.
const (
	QuestionSender       QuestionKind = "sender"       // was this you?
	QuestionConversation QuestionKind = "conversation" // which conversation is meant?
	QuestionConfirm      QuestionKind = "confirm"      // shall this be done, which can't be taken back?
)

// QuestionAnswer is an answer to a question.
type QuestionAnswer string

// The answers, each with the questions it fits.
const (
	AnswerApprove    QuestionAnswer = "approve" // sender: it was, post it
	AnswerAddAddress QuestionAnswer = "add"     // sender: it was, and the address is mine from now on
	AnswerRevoke     QuestionAnswer = "revoke"  // sender: it was not; no old address of mine is good any more
	AnswerChoose     QuestionAnswer = "choose"  // conversation: this one
	AnswerConfirm    QuestionAnswer = "confirm" // confirm: do it
)
