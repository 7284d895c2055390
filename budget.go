package tradepost

import (
	"crypto/sha256"
	"unicode"
	"unicode/utf8"
)

// BudgetScope is what mail is counted by.
type BudgetScope string

// The scopes of budgets and of their breakers.
const (
	BudgetSender       BudgetScope = "sender"       // the address in From, folded
	BudgetConversation BudgetScope = "conversation" // its id
	BudgetDomain       BudgetScope = "domain"       // of the address in From
	BudgetRepeat       BudgetScope = "repeat"       // one conversation's id: the same text again and again
)

// Budgets bound how many mails are posted within an hour, and how often the
// same text within a day. Zero means no bound. What is over trips a breaker:
// mail of that scope is held until an operator has looked.
type Budgets struct {
	Sender, Conversation, Domain int // mails an hour
	// Repeat is how often one side may send the same text to a conversation
	// within a day. Digits don't count: autoresponders number their answers.
	Repeat int
	// Questions is how many questions a person is asked within a day; what is
	// over is held without one.
	Questions int
}

// DefaultBudgets are those of a marketplace that has set none. A mail a minute
// is more than a person writes for an hour on end, and half of that more than a
// conversation has; a domain may be a whole company, or one of the large
// providers. Two autoresponders that face each other end with the third identical
// answer, whatever their pace.
var DefaultBudgets = Budgets{Sender: 60, Conversation: 30, Domain: 2000, Repeat: 2, Questions: 10}

// A text of fewer than shortText letters ("Thanks!", "Yes, please") is written
// often by people and seldom by an autoresponder, so it may come shortRepeat times.
const (
	shortText   = 20
	shortRepeat = 10
)

// RepeatLimit is how often one side may send this text to a conversation within
// a day; 0 means no bound. It depends on the letters alone, as TextKey does, so
// that texts of one key have one limit.
func (b Budgets) RepeatLimit(text string) int {
	if b.Repeat <= 0 {
		return 0
	}
	letters := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			if letters++; letters == shortText {
				return b.Repeat
			}
		}
	}
	return max(b.Repeat, shortRepeat)
}

// TextKey is by what two texts count as the same: the SHA-256 of their letters,
// with the marks that belong to them, without regard to case. Digits,
// punctuation and white space drop out, since autoresponders number and date
// their answers and mailers wrap them. Texts without a letter all have one key.
func TextKey(text string) [sha256.Size]byte {
	h := sha256.New()
	var buf [utf8.UTFMax]byte
	kept := make([]byte, 0, 512)
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			continue
		}
		// Upper case first: several small letters share a capital (ς and σ).
		n := utf8.EncodeRune(buf[:], unicode.ToLower(unicode.ToUpper(r)))
		if len(kept)+n > cap(kept) {
			h.Write(kept) // never fails (package hash)
			kept = kept[:0]
		}
		kept = append(kept, buf[:n]...)
	}
	h.Write(kept)
	return [sha256.Size]byte(h.Sum(nil))
}
