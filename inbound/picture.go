package inbound

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// logoMax is the size in octets from which a picture is never taken for an
// ornament.
const logoMax = 10 << 10

// longestTag bounds how far the ends of a tag are looked for, in bytes.
const longestTag = 2000

// ornaments tells which attachments, by their index, only adorn a mail: small
// pictures that its HTML shows in what was cut, signatures and quotes, and nowhere
// else. To find where a picture stands, each is given a description, which the
// text of the HTML then holds. A picture that the HTML doesn't show is a file
// like others.
func ornaments(m *message.Message, h reply.Hints) map[int]bool {
	small := make(map[string]int) // by Content-ID
	for i, a := range m.Attachments {
		if a.Inline && a.ContentID != "" && strings.HasPrefix(a.ContentType, "image/") && a.Body.Size() < logoMax {
			small[a.ContentID] = i
		}
	}
	if len(small) == 0 || m.HTML == "" {
		return nil
	}
	r := reply.HTML(describe(m.HTML, small), h)
	only := make(map[int]bool)
	for _, i := range small {
		d := description(i)
		if strings.Contains(r.Quoted, d) && !strings.Contains(r.Text, d) {
			only[i] = true
		}
	}
	return only
}

// description is letters and digits, as anything else might be escaped.
func description(i int) string { return fmt.Sprintf("inlinepicture%dend", i) }

// describe puts a picture with nothing but a description in the place of each
// tag that links to one of the pictures (RFC 2392).
func describe(html string, pictures map[string]int) string {
	var b strings.Builder
	done := 0
	for at := 0; ; {
		next := strings.Index(html[at:], "cid:")
		if next < 0 {
			break
		}
		at += next + len("cid:")
		id, _, _ := strings.Cut(html[at:min(len(html), at+longestTag)], ">")
		if end := strings.IndexAny(id, "\"' \t\n"); end >= 0 {
			id = id[:end]
		}
		i, ok := pictures[id]
		if plain, err := url.PathUnescape(id); !ok && err == nil {
			i, ok = pictures[plain]
		}
		from := max(done, at-longestTag)
		open := strings.LastIndexByte(html[from:at], '<')
		end := strings.IndexByte(html[at:min(len(html), at+longestTag)], '>')
		if !ok || open < 0 || end < 0 {
			continue
		}
		b.WriteString(html[done : from+open])
		fmt.Fprintf(&b, `<img alt="%s">`, description(i))
		at += end + 1
		done = at
	}
	b.WriteString(html[done:])
	return b.String()
}
