package tradepost

import (
	"fmt"
	"strconv"
	"strings"
)

// Ids are shown to the outside with a prefix that names their noun, so that a
// log line or a support mail tells what it is about and an id of one noun
// given for another is refused instead of finding a stranger's row.
const (
	PartnerPrefix      = "par"
	ServicePrefix      = "svc"
	MemberPrefix       = "mbr"
	ConversationPrefix = "con"
	MessagePrefix      = "msg"
	AttachmentPrefix   = "att"
	ProposalPrefix     = "pro"
	JobPrefix          = "job"
	InvoicePrefix      = "inv"
	MerchantPrefix     = "mrc"
	RequestPrefix      = "req"
	APIKeyPrefix       = "key"
	SessionPrefix      = "ses"
	TagPrefix          = "tag"
	WebhookPrefix      = "whk"
	EventPrefix        = "evt"
	NotePrefix         = "not"
)

// FormatID writes id for the outside: prefix, underscore, decimal digits.
func FormatID(prefix string, id int64) string {
	return prefix + "_" + strconv.FormatInt(id, 10)
}

// IDPrefix is the prefix of an id: what stands before its underscore, "" where
// there is none.
func IDPrefix(s string) string {
	prefix, _, ok := strings.Cut(s, "_")
	if !ok {
		return ""
	}
	return prefix
}

// ParseID reads what FormatID wrote. The error says what shape is expected.
func ParseID(prefix, s string) (int64, error) {
	digits, ok := strings.CutPrefix(s, prefix+"_")
	if ok && digits != "" && digits[0] >= '1' && digits[0] <= '9' {
		if id, err := strconv.ParseInt(digits, 10, 64); err == nil {
			return id, nil
		}
	}
	return 0, fmt.Errorf("%.40q is not an id of this kind, which look like %q", s, prefix+"_12")
}
