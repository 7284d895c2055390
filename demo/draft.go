package demo

import (
	"net/url"
	"regexp"
	"strings"
)

// draft is a mail before it is written. Its text has LF line ends.
type draft struct {
	To      string // one address, perhaps with a name
	Subject string
	Body    string
}

// parseMailto reads a mailto URI (RFC 6068). Of several recipients the first
// counts; fields other than subject and body are for nobody but the writer to
// set (RFC 6068 7).
func parseMailto(s string) (draft, bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok || !strings.EqualFold(scheme, "mailto") {
		return draft{}, false
	}
	path, query, _ := strings.Cut(rest, "?")
	path, _, _ = strings.Cut(path, ",")
	to, err := url.PathUnescape(path)
	if err != nil {
		return draft{}, false
	}
	d := draft{To: oneLine(to)}
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		// Not url.ParseQuery: a "+" stands for itself here (RFC 6068 5).
		value, err := url.PathUnescape(value)
		if err != nil {
			continue
		}
		switch strings.ToLower(name) {
		case "subject":
			d.Subject = oneLine(value)
		case "body":
			d.Body = strings.ReplaceAll(strings.ToValidUTF8(value, ""), "\r\n", "\n")
		case "to":
			if d.To == "" {
				d.To = oneLine(value)
			}
		}
	}
	return d, true
}

// oneLine keeps what may stand in a header field.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// piece is a run of text in a page, a link where URL is set.
type piece struct {
	Text, URL string
	Outside   bool // leads to another site
}

var inText = regexp.MustCompile(`https?://[^\s<>"]+|[\w.!#$%&'*+/=?^{|}~\-]+@[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)+`)

// linked finds links and addresses in a plain letter; addresses lead to a form
// for a mail from box.
func (c *mailClient) linked(text, box string) []piece {
	var out []piece
	for {
		at := inText.FindStringIndex(text)
		if at == nil {
			return append(out, piece{Text: text})
		}
		found := text[at[0]:at[1]]
		// A full stop, or a bracket that was opened before it, ends the
		// sentence rather than the link.
		found = strings.TrimRight(found, ".,;:!?'")
		if !strings.Contains(found, "(") {
			found = strings.TrimRight(found, ")")
		}
		p := piece{Text: found, URL: found, Outside: true}
		if !strings.HasPrefix(found, "http") || !strings.Contains(found, "://") {
			p.URL, p.Outside = c.composeURL(box, draft{To: found}), false
		}
		out = append(out, piece{Text: text[:at[0]]}, p)
		text = text[at[0]+len(found):]
	}
}
