package message

import (
	"bytes"
	"io"
)

// Body is the content of a leaf part with its transfer encoding undone, charset
// and line ends as sent. It keeps the encoded bytes of the message and decodes
// them each time it is read, so that a large attachment costs no memory until
// somebody opens it. The zero Body is empty.
type Body struct {
	src  []byte
	code transfer
	skip int64 // decoded bytes before the body begins: a file within a container
	size int64
}

// NewBody returns a Body that holds data, which must not be changed afterwards.
func NewBody(data []byte) Body { return Body{src: data, size: int64(len(data))} }

// Size is the number of decoded bytes. It is known without decoding.
func (b Body) Size() int64 { return b.size }

// Open returns a reader of the decoded bytes, Size of them, which never fails.
// Any number may be open at once.
func (b Body) Open() io.Reader {
	if b.code == asIs {
		return bytes.NewReader(b.src[b.skip : b.skip+b.size])
	}
	r := &bodyReader{decoder: decoder{src: b.src, code: b.code}, left: b.size}
	if b.skip > 0 {
		r.skip(b.skip)
	}
	return r
}

// Bytes returns the decoded bytes, which must not be changed. Each call decodes
// them anew: a large body is better read by Open.
func (b Body) Bytes() []byte { return b.first(b.size) }

// first returns at most n decoded bytes from the beginning.
func (b Body) first(n int64) []byte {
	n = min(n, b.size)
	if b.code == asIs {
		return b.src[b.skip : b.skip+n : b.skip+n]
	}
	out := make([]byte, n)
	// The decoder doesn't fail, and size was counted with it.
	k, _ := io.ReadFull(b.Open(), out)
	return out[:k]
}

// section returns n bytes of b from offset off, without decoding them.
func (b Body) section(off, n int64) Body {
	off = min(max(off, 0), b.size)
	b.skip += off
	b.size = min(n, b.size-off)
	return b
}

// bodyReader reads what a decoder gives, up to a limit.
type bodyReader struct {
	decoder
	left  int64
	spare [minRoom]byte
	from  int // what of spare wasn't read yet: spare[from:to]
	to    int
}

// Read implements io.Reader.
func (r *bodyReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.left)]
	n := 0
	switch {
	case r.from < r.to:
		n = copy(p, r.spare[r.from:r.to])
		r.from += n
	case len(p) >= minRoom:
		n = r.decode(p)
	default:
		r.to = r.decode(r.spare[:])
		n = copy(p, r.spare[:r.to])
		r.from = n
	}
	if n == 0 {
		r.left = 0
		return 0, io.EOF
	}
	r.left -= int64(n)
	return n, nil
}

// skip passes over n decoded bytes, which don't count towards the limit.
func (r *bodyReader) skip(n int64) {
	left := r.left
	r.left = n
	_, _ = io.Copy(io.Discard, r) // neither side fails
	r.left = left
}
