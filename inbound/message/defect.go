package message

import (
	"fmt"
	"slices"
)

// DefectKind names what was wrong with a message. Kinds that begin with
// "limit_" say that a bound of [Limits] was reached.
type DefectKind string

// The kinds of defect. Their texts are stable: they may be stored and counted.
const (
	// LimitSize: the message is longer than Limits.Size.
	LimitSize DefectKind = "limit_size"
	// LimitHeaderBytes: a header block is longer than Limits.HeaderBytes.
	LimitHeaderBytes DefectKind = "limit_header_bytes"
	// LimitHeaderLines: a header block has more lines than Limits.HeaderLines.
	LimitHeaderLines DefectKind = "limit_header_lines"
	// LimitFieldBytes: a header field is longer than Limits.FieldBytes.
	LimitFieldBytes DefectKind = "limit_field_bytes"
	// LimitParams: a field has more parameters than Limits.Params.
	LimitParams DefectKind = "limit_params"
	// LimitParts: the message has more parts than Limits.Parts.
	LimitParts DefectKind = "limit_parts"
	// LimitDepth: parts are nested deeper than Limits.Depth.
	LimitDepth DefectKind = "limit_depth"
	// LimitDecodedBytes: the bodies decode to more than Limits.DecodedBytes.
	LimitDecodedBytes DefectKind = "limit_decoded_bytes"
	// LimitTextBytes: the text or HTML is longer than Limits.TextBytes.
	LimitTextBytes DefectKind = "limit_text_bytes"
	// LimitAddresses: there are more addresses than Limits.Addresses.
	LimitAddresses DefectKind = "limit_addresses"
	// LimitReferences: References has more ids than Limits.References.
	LimitReferences DefectKind = "limit_references"
	// LimitTime: reading took longer than Limits.Time.
	LimitTime DefectKind = "limit_time"
	// LimitNewText: a text or its HTML is longer, or nested deeper, than is looked
	// at for what is newly written. Noted by package inspect.
	LimitNewText DefectKind = "limit_new_text"
	// LimitRecipients: a report names as many recipients as are read, or more.
	// Noted by package inspect.
	LimitRecipients DefectKind = "limit_recipients"
	// DefectsOmitted: there were more defects than Limits.Defects.
	DefectsOmitted DefectKind = "defects_omitted"

	// BadHeaderLine: a header line has no colon; it was joined to the field
	// before it.
	BadHeaderLine DefectKind = "bad_header_line"
	// MissingBlankLine: the body began without the empty line that ends a
	// header (RFC 5322 2.1).
	MissingBlankLine DefectKind = "missing_blank_line"
	// SplitHeader: an empty line stood within the header of the message; the
	// fields after it were taken for fields.
	SplitHeader DefectKind = "split_header"
	// BadDate: the Date field can't be read.
	BadDate DefectKind = "bad_date"
	// BadAddress: an address field holds something that isn't an address.
	BadAddress DefectKind = "bad_address"
	// BadContentType: a Content-Type can't be read; text/plain was assumed.
	BadContentType DefectKind = "bad_content_type"
	// MissingBoundary: a multipart has no boundary, or one that never occurs, or
	// all that there is to read stands outside of its parts.
	MissingBoundary DefectKind = "missing_boundary"
	// MissingEndBoundary: a multipart isn't closed by its end boundary.
	MissingEndBoundary DefectKind = "missing_end_boundary"
	// UnknownCharset: a charset isn't known; it was found by the bytes.
	UnknownCharset DefectKind = "unknown_charset"
	// BadCharset: bytes don't fit the charset that was declared for them; they
	// were read as what they are, or with U+FFFD where they are nothing.
	BadCharset DefectKind = "bad_charset"
	// UnknownEncoding: a Content-Transfer-Encoding isn't known; the body was
	// taken as it stands.
	UnknownEncoding DefectKind = "unknown_encoding"
	// BadEncoding: a body breaks the rules of its transfer encoding, or isn't
	// encoded at all, or is a multipart, which can't be (RFC 2045 6.4).
	BadEncoding DefectKind = "bad_encoding"
	// BadTNEF: a winmail.dat can't be read to its end, and what was found before
	// counts; or it holds another, which stays closed.
	BadTNEF DefectKind = "bad_tnef"
	// OpaqueBody: content is encrypted (S/MIME, OpenPGP); it is an attachment.
	OpaqueBody DefectKind = "opaque_body"
)

// Defect is one thing that was wrong with a message, and got over.
type Defect struct {
	Kind DefectKind
	// Detail names the field, part or value, at most 80 bytes of it as the
	// sender wrote it: quote it before showing it.
	Detail string
}

// String returns "kind: detail" with the detail quoted.
func (d Defect) String() string {
	if d.Detail == "" {
		return string(d.Kind)
	}
	return fmt.Sprintf("%s: %q", d.Kind, d.Detail)
}

// maxDetail bounds Defect.Detail.
const maxDetail = 80

// defects collects the defects of one message, bounded and each kind with the
// same detail once.
type defects struct {
	list    []Defect
	max     int
	omitted int
}

func (d *defects) add(kind DefectKind, detail string) {
	if len(detail) > maxDetail {
		detail = detail[:maxDetail]
	}
	e := Defect{kind, detail}
	if slices.Contains(d.list, e) {
		return
	}
	if len(d.list) >= d.max {
		d.omitted++
		return
	}
	d.list = append(d.list, e)
}

func (d *defects) all() []Defect {
	if d.omitted == 0 {
		return d.list
	}
	return append(slices.Clip(d.list), Defect{DefectsOmitted, fmt.Sprint(d.omitted)})
}
