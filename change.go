package tradepost

// ChangeKind is what a page that shows a conversation has to look at again.
type ChangeKind string

// The kinds of change. They say where to look and never what is there: who may
// hear of a change may not be one who may read it.
const (
	ChangeMessage      ChangeKind = "message"      // one was written, or taken away
	ChangeMark         ChangeKind = "mark"         // of a message
	ChangeRead         ChangeKind = "read"         // a member has read more; theirs alone to know
	ChangeTeam         ChangeKind = "team"         // notes, tags, qualification, records
	ChangeWork         ChangeKind = "work"         // proposals, jobs, invoices
	ChangeConversation ChangeKind = "conversation" // it was deleted, or its merchant blocked
	ChangeTags         ChangeKind = "tags"         // of the team, on whatever conversations
)
