package message

import (
	"iter"
	"strings"
)

// Header holds the fields of one header block in order of appearance. Names
// are compared without regard to case (RFC 5322 1.2.2). The zero Header is
// empty.
type Header struct {
	fields  []field
	charset string // for 8-bit bytes that aren't UTF-8: what the body declares
}

type field struct {
	name  string // as written, without trailing space
	value string // unfolded and trimmed, otherwise as written
}

// Get returns the first field of that name with encoded words decoded
// (RFC 2047), as valid UTF-8 without control characters; "" if there is none.
func (h Header) Get(name string) string { return decodeHeader(h.Raw(name), h.charset) }

// Raw returns the first field of that name unfolded and trimmed but otherwise
// as written, perhaps with 8-bit bytes that aren't UTF-8; "" if there is none.
func (h Header) Raw(name string) string {
	for i := range h.fields {
		if f := &h.fields[i]; len(f.name) == len(name) && strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// Has reports whether there is a field of that name, empty or not.
func (h Header) Has(name string) bool {
	for i := range h.fields {
		if f := &h.fields[i]; len(f.name) == len(name) && strings.EqualFold(f.name, name) {
			return true
		}
	}
	return false
}

// Values returns all fields of that name, each decoded as by [Header.Get].
func (h Header) Values(name string) []string {
	var vs []string
	for n, v := range h.All() {
		if strings.EqualFold(n, name) {
			vs = append(vs, decodeHeader(v, h.charset))
		}
	}
	return vs
}

// All yields every field as written: its name, and its value as [Header.Raw]
// would give it.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range h.fields {
			if !yield(f.name, f.value) {
				return
			}
		}
	}
}

// Len returns the number of fields.
func (h Header) Len() int { return len(h.fields) }
