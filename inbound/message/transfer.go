package message

import "strings"

// transfer is a content transfer encoding (RFC 2045 6).
type transfer uint8

const (
	asIs transfer = iota
	base64Code
	quotedPrintable
	uuencode
	yEnc
)

// transferOf reads the value of a Content-Transfer-Encoding field; ok is false
// if it isn't known, which RFC 2045 6.4 wants taken as it stands. QUIRK: also
// taken are "8-bit", "8 bits", "base-64", "quoted/printable", quotes, and
// whatever follows a semicolon, a comma, a comment or white space.
func transferOf(label string) (code transfer, ok bool) {
	switch label { // as nearly every mailer writes them
	case "", "7bit", "8bit":
		return asIs, true
	case "base64":
		return base64Code, true
	case "quoted-printable":
		return quotedPrintable, true
	}
	label, _, _ = strings.Cut(label, ";")
	label, _, _ = strings.Cut(label, "(")
	label = label[:min(len(label), 100)]
	if code, ok = transferNamed(label); ok {
		return code, true
	}
	if words := strings.FieldsFunc(label, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }); len(words) > 1 {
		return transferNamed(words[0])
	}
	return asIs, false
}

// transferNamed knows an encoding by the letters and digits of its name.
func transferNamed(name string) (transfer, bool) {
	name = strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r | 0x20
		}
		return -1
	}, name)
	switch strings.TrimPrefix(name, "x") {
	case "", "7bit", "8bit", "7bits", "8bits", "binary", "none", "identity", "plain":
		return asIs, true
	case "base64", "b64", "64bit":
		return base64Code, true
	case "quotedprintable", "qp", "quotedprint", "quoted":
		return quotedPrintable, true
	case "uuencode", "uuencoded", "uue", "uu":
		return uuencode, true
	case "yenc":
		return yEnc, true
	}
	return asIs, false
}

// leaf makes the body of a leaf of what it was sent as, within what is left of
// Limits.DecodedBytes. It counts the decoded bytes and doesn't keep them.
// QUIRK: a text that is called base64 and isn't is taken as it stands.
func (p *parser) leaf(raw []byte, label string, isText bool) Body {
	code, ok := transferOf(label)
	if !ok {
		p.defects.add(UnknownEncoding, label)
	}
	if isText && code == base64Code && neverEncoded(raw) {
		p.defects.add(BadEncoding, label)
		code = asIs
	}
	b := Body{src: raw, code: code}
	var bad bool
	b.size, bad = decodedSize(raw, code)
	if bad {
		p.defects.add(BadEncoding, label)
	}
	p.charge(&b)
	return b
}

// charge takes a body out of what is left of Limits.DecodedBytes and cuts it
// there.
func (p *parser) charge(b *Body) {
	if left := max(p.budget.decoded, 0); b.size > left {
		p.defects.add(LimitDecodedBytes, "")
		b.size = left
		if b.code == asIs {
			b.src = b.src[: b.skip+left : b.skip+left]
		}
	}
	p.budget.decoded -= b.size
}

// minRoom is what a decoder wants to write into at least: the longest line of
// uuencode is 63 bytes.
const minRoom = 64

// decoder undoes a transfer encoding piece by piece.
type decoder struct {
	src  []byte // what wasn't looked at yet
	code transfer
	bad  bool // the encoding's rules were broken so far

	acc  uint32 // base64: the bits of a group that isn't complete
	n    int    // base64: how many characters of it were read
	line []byte // quoted-printable: the rest of the line being read
	eol  bool   // quoted-printable: a line end follows it
	body bool   // uuencode: the "begin" line was passed
}

// decode writes decoded bytes into dst, which has room for minRoom, and returns
// how many; 0 at the end.
func (d *decoder) decode(dst []byte) int {
	switch d.code {
	case base64Code:
		return d.base64(dst)
	case quotedPrintable:
		return d.quotedPrintable(dst)
	case uuencode:
		return d.uuencode(dst)
	case yEnc:
		return d.yEnc(dst)
	case asIs:
	}
	n := copy(dst, d.src)
	d.src = d.src[n:]
	return n
}

// decodedSize counts what src decodes to.
func decodedSize(src []byte, code transfer) (size int64, bad bool) {
	switch code {
	case asIs:
		return int64(len(src)), false
	case quotedPrintable:
		return quotedPrintableSize(src)
	case base64Code:
		return base64Size(src)
	case uuencode, yEnc:
	}
	d := decoder{src: src, code: code}
	var scratch [4096]byte
	for {
		n := d.decode(scratch[:])
		if n == 0 {
			return size, d.bad
		}
		size += int64(n)
	}
}
