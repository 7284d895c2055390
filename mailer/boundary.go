package mailer

import (
	"bytes"
	"errors"
)

// settleBoundaries replaces the random boundaries of a composed message by
// ones derived from its Message-ID, outer one first. go-mail can fix a
// boundary, but only one for all levels, which breaks a multipart/alternative
// within a multipart/mixed.
func settleBoundaries(b []byte, id string) ([]byte, error) {
	const intro = "\r\n boundary="
	rest := b
	for _, level := range []string{"outer", "inner"} {
		head, _, ok := bytes.Cut(rest, []byte("\r\n\r\n"))
		at := bytes.LastIndex(head, []byte(intro))
		if !ok || at < 0 {
			if level == "outer" {
				return nil, errors.New("go-mail wrote no multipart boundary")
			}
			return b, nil // one level only
		}
		old := bytes.Clone(head[at+len(intro):])
		if end := bytes.Index(old, []byte("\r\n")); end >= 0 {
			old = old[:end]
		}
		boundary := boundaryOf(level, id)
		b = bytes.Replace(b, append([]byte(intro), old...), []byte(intro+`"`+boundary+`"`), 1)
		b = bytes.ReplaceAll(b, append([]byte("\r\n--"), old...), []byte("\r\n--"+boundary))
		_, rest, ok = bytes.Cut(b, []byte("\r\n--"+boundary+"\r\n"))
		if !ok {
			return nil, errors.New("go-mail wrote no part after its boundary")
		}
	}
	return b, nil
}
