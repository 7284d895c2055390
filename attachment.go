package tradepost

import (
	"bytes"
	"io"
)

// Attachment is a file of a message on its way in. Its content is read where it
// is stored and nowhere else, so that a large one is never whole in memory.
type Attachment struct {
	Filename    string
	ContentType string
	// Size is how many octets Open gives, at most. The bounds on a message are
	// asked of it before anything is read.
	Size int64
	// Open returns the content from its start. It may be called again.
	Open func() (io.ReadCloser, error)
}

// NewAttachment returns a file whose content is in memory. data must not be
// changed afterwards.
func NewAttachment(filename, contentType string, data []byte) Attachment {
	return Attachment{
		Filename: filename, ContentType: contentType, Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// Bounds on the files of one message.
const (
	MaxAttachments     = 20
	MaxAttachmentBytes = 25 << 20 // all of a message together, decoded
)
