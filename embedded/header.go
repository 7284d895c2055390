package embedded

import (
	"bytes"
	"io"
	"iter"
	"strings"
)

// splitMessage cuts a mail behind the empty line that ends its header
// (RFC 5322 2.1). Lines may end in LF alone. Without an empty line all is
// header.
func splitMessage(raw []byte) (header, body []byte) {
	for at := 0; at < len(raw); {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			break
		}
		line := raw[at : at+end]
		at += end + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return raw[:at], raw[at:]
		}
	}
	return raw, nil
}

// headerFields yields the fields of a header, folded lines and line ends
// included, so that all of them together are the header again; the empty line
// at the end counts as one.
//
// QUIRK: a CR alone ends a line too. Some readers take "Subject: a\rX: b" for
// two fields, and what they would see must not be overlooked.
func headerFields(header []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(header) > 0 {
			end := lineEnd(header)
			for end < len(header) && (header[end] == ' ' || header[end] == '\t') {
				end += lineEnd(header[end:])
			}
			if !yield(header[:end]) {
				return
			}
			header = header[end:]
		}
	}
}

// lineEnd is the length of the first line with its CRLF, LF or CR.
func lineEnd(b []byte) int {
	i := bytes.IndexAny(b, "\r\n")
	switch {
	case i < 0:
		return len(b)
	case b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n':
		return i + 2
	}
	return i + 1
}

// cutField splits a field at its colon. The name has no white space around it
// (obsolete syntax allows some before the colon, RFC 5322 4.5); it is empty for
// a line that is no field.
func cutField(field []byte) (name string, value []byte) {
	before, after, found := bytes.Cut(field, []byte(":"))
	if !found {
		return "", field
	}
	return string(bytes.TrimFunc(before, isBlank)), after
}

// isBlank is generous: control characters around a name must not hide it.
func isBlank(r rune) bool { return r <= ' ' || r == 0x7f }

// dropOwnResults removes the Authentication-Results fields that claim to come
// from us, that is, bear our authserv-id, or from nobody, that is, bear none
// that can be read: a sender can write anything there (RFC 8601 section 5).
// Everything else stays byte for byte.
func dropOwnResults(raw []byte, authservID string) []byte {
	header, body := splitMessage(raw)
	var kept []byte // nil until something is dropped
	at := 0
	for field := range headerFields(header) {
		drop := claimsResults(field, authservID)
		if drop && kept == nil {
			kept = append(make([]byte, 0, len(raw)), header[:at]...)
		}
		if !drop && kept != nil {
			kept = append(kept, field...)
		}
		at += len(field)
	}
	if kept == nil {
		return raw
	}
	return append(kept, body...)
}

func claimsResults(field []byte, authservID string) bool {
	name, value := cutField(field)
	if !strings.EqualFold(name, "Authentication-Results") {
		return false
	}
	id, ok := readAuthservID(value)
	return !ok || strings.EqualFold(strings.TrimSuffix(id, "."), strings.TrimSuffix(authservID, "."))
}

// readAuthservID reads the first word of an Authentication-Results value:
// [CFWS] authserv-id, a token or quoted string (RFC 8601 2.2).
func readAuthservID(value []byte) (id string, ok bool) {
	value, ok = skipComments(value)
	if !ok || len(value) == 0 {
		return "", false
	}
	if value[0] != '"' {
		end := bytes.IndexFunc(value, func(r rune) bool { return isBlank(r) || r == ';' || r == '(' || r == '"' })
		if end < 0 {
			end = len(value)
		}
		return string(value[:end]), end > 0
	}
	var word []byte
	for i := 1; i < len(value); i++ {
		switch c := value[i]; c {
		case '"':
			return string(bytes.TrimFunc(word, isBlank)), len(word) > 0
		case '\\':
			if i++; i < len(value) {
				word = append(word, value[i])
			}
		case '\r', '\n': // folding
		default:
			word = append(word, c)
		}
	}
	return "", false
}

// skipComments skips white space and comments, which nest (RFC 5322 3.2.2). It
// is not ok if a comment doesn't end.
func skipComments(b []byte) (rest []byte, ok bool) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			i++
		case depth == 0 && !isBlank(rune(c)):
			return b[i:], true
		}
	}
	return nil, depth == 0
}

// wellFormed reads the mail without the lines of its header that are no field,
// for readers that give up at the first of them.
func wellFormed(raw []byte) io.Reader {
	header, body := splitMessage(raw)
	clean := make([]byte, 0, len(header)+2)
	for field := range headerFields(header) {
		name, value := cutField(field)
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			continue
		}
		clean = append(clean, name...)
		clean = append(clean, ':')
		clean = append(clean, bytes.TrimRight(value, "\r\n")...)
		clean = append(clean, '\r', '\n')
	}
	clean = append(clean, '\r', '\n')
	return io.MultiReader(bytes.NewReader(clean), bytes.NewReader(body))
}
