package message

import (
	"bytes"
	"io"
)

// Body is the content of a leaf part with its transfer encoding undone, charset
// and line ends as sent. The zero Body is empty.
type Body struct {
	data []byte
}

// NewBody returns a Body that holds data, which must not be changed afterwards.
func NewBody(data []byte) Body { return Body{data} }

// Size is the number of decoded bytes.
func (b Body) Size() int64 { return int64(len(b.data)) }

// Open returns a reader of the decoded bytes. Any number may be open at once.
func (b Body) Open() io.Reader { return bytes.NewReader(b.data) }

// Bytes returns the decoded bytes, which must not be changed. Each call may
// decode them anew: a large body is better read by Open.
func (b Body) Bytes() []byte { return b.data }
