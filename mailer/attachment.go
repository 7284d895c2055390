package mailer

import (
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wneessen/go-mail"
)

// Attachment is one file of a [Letter], sent in base64 as an attachment.
//
// Filename may come from a stranger: controls, path separators, quotes
// and semicolons become underscores, more than 120 octets are cut before the ending, "" becomes
// "attachment". ContentType is type/subtype with at most a charset; what is
// empty, malformed, or may not be base64 (message/*, multipart/*, RFC 2046
// 5.2.1 and 5.1) becomes application/octet-stream.
type Attachment struct {
	Filename    string
	ContentType string
	Data        []byte
}

const longestFilename = 120

func (a Attachment) name() string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || strings.ContainsRune(`/\:;"`, r) {
			return '_'
		}
		return r
	}, a.Filename)
	// Readers decode encoded words in a parameter, though RFC 2047 5 forbids
	// them there: the name seen would not be the one that was checked.
	name = strings.ReplaceAll(name, "=?", "=_")
	if len(name) > longestFilename {
		ext := path.Ext(name)
		if len(ext) > 16 {
			ext = ""
		}
		cut := longestFilename - len(ext)
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + ext
	}
	if strings.Trim(name, " .") == "" {
		return "attachment"
	}
	return name
}

func (a Attachment) mediaType() (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(a.ContentType)
	family, _, ok := strings.Cut(kind, "/")
	if err != nil || !ok || len(kind) > 120 || family == "message" || family == "multipart" {
		return "application/octet-stream", map[string]string{}
	}
	if charset := params["charset"]; charset != "" && len(charset) <= 40 && isASCII(charset) {
		return kind, map[string]string{"charset": charset}
	}
	return kind, map[string]string{}
}

// fields sets the part's fields. go-mail would write a name outside ASCII as an
// encoded word within quotes, which RFC 2047 5 forbids; RFC 2231 is the way.
func (a Attachment) fields(f *mail.File) {
	name := a.name()
	kind, params := a.mediaType()
	params["name"] = name // older readers look only here
	// A long value continues on a line of its own; name() leaves no semicolon
	// that could be mistaken for the separator.
	lines := func(s string) string { return strings.ReplaceAll(s, "; ", ";\r\n ") }
	f.Header.Set("Content-Type", lines(mime.FormatMediaType(kind, params)))
	f.Header.Set("Content-Disposition", lines(mime.FormatMediaType("attachment", map[string]string{"filename": name})))
	f.Header.Set("Content-Transfer-Encoding", string(mail.EncodingB64))
}
