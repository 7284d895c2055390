package inspect

import (
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// Means says a defect in words, and what was done about it; of a kind that it
// doesn't know, its name.
func Means(k message.DefectKind) string {
	if s, ok := defects[k]; ok {
		return s
	}
	return string(k)
}

var defects = map[message.DefectKind]string{
	message.LimitSize:         "the mail is too long: only its beginning was read",
	message.LimitHeaderBytes:  "a header is too long: its later fields were passed over",
	message.LimitHeaderLines:  "a header has too many lines: its later fields were passed over",
	message.LimitFieldBytes:   "a header field is too long: only its beginning was kept",
	message.LimitParams:       "a field has too many parameters: the later ones were passed over",
	message.LimitParts:        "there are too many parts: the later ones were left out",
	message.LimitDepth:        "parts are nested too deep: the deepest were kept undivided",
	message.LimitDecodedBytes: "the bodies are too long together: what lies beyond the bound was left out",
	message.LimitTextBytes:    "the text is too long: only its beginning was kept",
	message.LimitAddresses:    "there are too many addresses: the later ones were left out",
	message.LimitReferences:   "References names too many mails: only the last ones were kept",
	message.LimitTime:         "reading took too long: what wasn't reached by then was left out",
	message.LimitNewText:      "the text is too long or nested too deep to be looked at whole: what lies beyond counts as quoted, or as plain",
	message.LimitRecipients:   "the report names as many recipients as are read: further ones are left out",
	message.DefectsOmitted:    "there were more defects than are listed; their number",

	message.BadHeaderLine:      "a header line has no colon: it was joined to the field before it",
	message.MissingBlankLine:   "no empty line ends the header: the body was taken to begin where the fields end",
	message.SplitHeader:        "an empty line stands within the header: the fields after it were taken for fields",
	message.BadDate:            "the date can't be read: the mail counts as undated",
	message.BadAddress:         "an address field holds something that isn't an address: it was passed over",
	message.BadContentType:     "a media type can't be read: text was assumed, or for a file bytes of no known type",
	message.MissingBoundary:    "a multipart names no boundary that divides it: one was guessed, or its body taken as one text",
	message.MissingEndBoundary: "a multipart isn't closed: its last part was taken to reach to the end",
	message.UnknownCharset:     "a charset isn't known: it was found by the bytes",
	message.BadCharset:         "bytes don't fit the charset that was declared: they were read as what they are, where they are anything",
	message.BadTNEF:            "a winmail.dat can't be read to its end, or holds another: what was found before counts, the other stays closed",
	message.OpaqueBody:         "content is encrypted, or signed in a form that isn't unpacked: it is an attachment",
	message.UnknownEncoding:    "a transfer encoding isn't known: the body was taken as it stands",
	message.BadEncoding:        "a body breaks the rules of transfer encodings: what could be decoded was kept, or the text where nothing is encoded",
}

// Why says in words why a rule of package class gave a class, to stand after it:
// "it holds a delivery status (RFC 3464)"; "" for a rule it doesn't know.
func Why(c class.Class, rule string) string { return rules[decision{c, rule}] }

// decision is a rule with the class it gives: the name of a rule may stand for
// two.
type decision struct {
	class class.Class
	rule  string
}

var rules = map[decision]string{
	{class.Complaint, "feedback-report"}:          "it holds a feedback report (RFC 5965): a receiver called a mail spam",
	{class.AutoReply, "delivery-success"}:         "it is a delivery report and says only that mail arrived",
	{class.Bounce, "delivery-status"}:             "it holds a delivery status (RFC 3464)",
	{class.AutoReply, "disposition-notification"}: "it holds a receipt, a disposition notification (RFC 8098)",
	{class.Bounce, "bounce-text"}:                 "a mail server wrote it, and it says in words who was not reached",
	{class.Own, "hop-header"}:                     "it carries the header field that only our own letters have",
	{class.Calendar, "calendar-reply"}:            "it holds an answer to an invitation (RFC 5546), and no words of a person",
	{class.AutoReply, "subject"}:                  "the subject is one that mail programs give to automatic replies",
	{class.AutoReply, "auto-submitted"}:           "the field Auto-Submitted says that a program wrote it (RFC 3834)",
	{class.AutoReply, "auto-header"}:              "it has a field of automatic replies other than Auto-Submitted, such as X-Autoreply",
	{class.Bounce, "mailer-daemon"}:               "the sender is a mail server",
	{class.Bounce, "null-sender"}:                 "the envelope has no sender (RFC 5321 4.5.5), it speaks of deliveries, and returns a mail or wants no answer",
	{class.AutoReply, "null-sender"}:              "the envelope has no sender (RFC 5321 4.5.5), and it wants no answer or speaks of an absence",
	{class.List, "list-header"}:                   "it carries a mailing list's fields, such as List-Id (RFC 2919), and answers nobody or is addressed to the list",
	{class.List, "precedence"}:                    "the field Precedence says that it was sent to many, and it answers nobody",
	{class.Forwarded, "forward"}:                  "the subject says that it was forwarded, and a mail stands below or is attached",
	{class.Other, "empty"}:                        "there is neither text nor an attachment",
	{class.Reply, "default"}:                      "no rule held that makes it anything else",
}

// classes say what a class is, to stand after its name.
var classes = map[class.Class]string{
	class.Reply:     "what a person wrote",
	class.Bounce:    "a mail couldn't be delivered, or is late",
	class.AutoReply: "a program answered",
	class.Complaint: "a receiver called a mail spam",
	class.List:      "a mailing list's mail, or bulk mail",
	class.Own:       "our own mail come back",
	class.Calendar:  "an answer to an invitation",
	class.Forwarded: "somebody else's mail passed on",
	class.Other:     "nothing to read",
}

// cutNames say what a cut took out.
var cutNames = map[reply.CutKind]string{
	reply.Quote:       "quoted lines",
	reply.Attribution: "an attribution and what follows",
	reply.HeaderBlock: "a header block and what follows",
	reply.Original:    "an “original message” and what follows",
	reply.Marker:      "a line to answer above, and what follows",
	reply.OwnLetter:   "a letter of ours",
	reply.Structure:   "an element of a mail program",
	reply.Signature:   "a signature",
	reply.Footer:      "a mail program's footer",
	reply.Disclaimer:  "a disclaimer",
	reply.Banner:      "a banner about outside mail",
	reply.Excess:      "what is beyond what is read of one mail",
}
