package message

import "time"

// Limits bounds what [Parse] is willing to do for one message. A zero value in
// a field means its default; a negative value is taken as zero's default too.
// The defaults admit every mail that large providers deliver (Gmail and
// Exchange Online stop at 25 to 35 MB) and keep a hostile one under a second.
type Limits struct {
	// Size is the number of raw bytes read; what lies beyond is ignored.
	// Default 40 MiB.
	Size int64
	// HeaderBytes bounds one header block (that of the message or of a part).
	// Later fields of the block are skipped, its body is still found.
	// Default 1 MiB.
	HeaderBytes int
	// HeaderLines bounds the lines of one header block, folded ones counted
	// singly. Default 5,000.
	HeaderLines int
	// FieldBytes bounds one header field after unfolding; the rest of the field
	// is dropped. Default 128 KiB, about 3,000 recipients.
	FieldBytes int
	// Params bounds the parameters read from one Content-Type or
	// Content-Disposition field. Default 128.
	Params int
	// Parts bounds the MIME parts of the whole message, nested messages
	// included. Default 1,000.
	Parts int
	// Depth bounds how deep multiparts and nested messages may stand in one
	// another; deeper ones are kept undivided. Default 32.
	Depth int
	// DecodedBytes bounds the sum of all bodies after transfer decoding; what
	// has to be decoded to find parts in it counts again. Default 64 MiB.
	DecodedBytes int64
	// TextBytes bounds Message.Text and Message.HTML, each, in bytes of UTF-8,
	// and each text that they are made of. The texts of the whole message, nested
	// messages included, have eight times as much. Default 2 MiB.
	TextBytes int
	// Addresses bounds the addresses read from all fields of one message.
	// Default 2,000.
	Addresses int
	// References bounds the message ids read from the References field; the
	// last ones, which name the closest ancestors, are kept. Default 200.
	References int
	// Time bounds how long the reading may take. When it is over, parts, fields
	// and texts that weren't reached are left out. Default 10 s, which only a
	// starved machine needs.
	Time time.Duration
	// Defects bounds the list of defects; further ones are counted in a last
	// entry of kind DefectsOmitted. Default 100.
	Defects int
}

// WithDefaults returns l with every unset bound replaced by its default.
func (l Limits) WithDefaults() Limits {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Size <= 0 {
		l.Size = 40 << 20
	}
	if l.DecodedBytes <= 0 {
		l.DecodedBytes = 64 << 20
	}
	if l.Time <= 0 {
		l.Time = 10 * time.Second
	}
	set(&l.HeaderBytes, 1<<20)
	set(&l.HeaderLines, 5000)
	set(&l.FieldBytes, 128<<10)
	set(&l.Params, 128)
	set(&l.Parts, 1000)
	set(&l.Depth, 32)
	set(&l.TextBytes, 2<<20)
	set(&l.Addresses, 2000)
	set(&l.References, 200)
	set(&l.Defects, 100)
	return l
}
