package message

import "bytes"

// signedContent takes the content out of the signed-data of an S/MIME mail that
// is signed as a whole (RFC 8551 3.5.2, RFC 5652 5.1), as Outlook sends it at
// will: a MIME entity within ASN.1. The signature isn't looked at. It is false
// for anything else, such as what is encrypted.
func signedContent(b []byte) (content []byte, ok bool) {
	r := berReader{b: b}
	r.enter(0x30) // ContentInfo
	if r.oid([]byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")); r.bad {
		return nil, false // not id-signedData
	}
	r.enter(0xa0)
	r.enter(0x30) // SignedData
	r.skip(0)     // version
	r.skip(0)     // digestAlgorithms
	r.enter(0x30) // encapContentInfo
	r.oid([]byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"))
	r.enter(0xa0)
	tag, length := r.head()
	switch {
	case r.bad:
		return nil, false
	case tag == 0x04 && length >= 0 && length <= len(r.b):
		return r.b[:length:length], true
	case tag == 0x24:
		return r.pieces(length), true
	}
	return nil, false
}

// berReader reads ASN.1 in the basic encoding (X.690), forwards only. After
// anything unexpected it is bad and reads nothing more.
type berReader struct {
	b   []byte
	bad bool
}

// indefinite is the length of a value that ends at two zeros.
const indefinite = -1

// head reads a tag and a length.
func (r *berReader) head() (tag byte, length int) {
	if r.bad || len(r.b) < 2 {
		r.bad = true
		return 0, 0
	}
	tag, n := r.b[0], r.b[1]
	r.b = r.b[2:]
	switch {
	case tag&0x1f == 0x1f:
		r.bad = true // tags of several bytes occur nowhere in what is read
	case n < 0x80:
		return tag, int(n)
	case n == 0x80:
		return tag, indefinite
	case n > 0x84 || len(r.b) < int(n&0x7f):
		r.bad = true
	default:
		for _, c := range r.b[:n&0x7f] {
			length = length<<8 | int(c)
		}
		r.b = r.b[n&0x7f:]
		// QUIRK: a length beyond the end is that of a mail that was cut.
		return tag, length
	}
	return 0, 0
}

// enter goes into a value of that tag.
func (r *berReader) enter(want byte) {
	if tag, _ := r.head(); tag != want {
		r.bad = true
	}
}

func (r *berReader) oid(want []byte) {
	tag, length := r.head()
	if r.bad || tag != 0x06 || length != len(want) || !bytes.HasPrefix(r.b, want) {
		r.bad = true
		return
	}
	r.b = r.b[length:]
}

// skip passes over a value; depth counts values of indefinite length around it.
func (r *berReader) skip(depth int) {
	_, length := r.head()
	switch {
	case r.bad:
	case depth > 16 || length > len(r.b):
		r.bad = true
	case length != indefinite:
		r.b = r.b[length:]
	default:
		for !r.bad && !r.end() {
			r.skip(depth + 1)
		}
	}
}

// end reads the two zeros that end a value of indefinite length.
func (r *berReader) end() bool {
	if bytes.HasPrefix(r.b, []byte{0, 0}) {
		r.b = r.b[2:]
		return true
	}
	return len(r.b) == 0
}

// pieces puts together a string that was written piece by piece.
func (r *berReader) pieces(length int) []byte {
	if length != indefinite {
		r.b = r.b[:min(length, len(r.b))]
	}
	var out []byte
	for !r.end() {
		tag, n := r.head()
		if r.bad || tag != 0x04 || n == indefinite {
			break
		}
		n = min(n, len(r.b))
		out = append(out, r.b[:n]...)
		r.b = r.b[n:]
	}
	return out
}
