package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type attachmentInput struct {
	ID string `path:"id" example:"att_1"`
}

type attachmentOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

func (s *server) getAttachment(ctx context.Context, in *attachmentInput) (*attachmentOutput, error) {
	id, err := tradepost.ParseID(tradepost.AttachmentPrefix, in.ID)
	if err != nil {
		return nil, noSuch("attachment")
	}
	f, data, err := s.store.Attachment(ctx, id)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("attachment")
	}
	if err != nil {
		return nil, err
	}
	h := downloadHeader(f)
	return &attachmentOutput{
		ContentType: h.Get("Content-Type"), Disposition: h.Get("Content-Disposition"), Policy: h.Get("Content-Security-Policy"), Body: data,
	}, nil
}

// downloadHeader has a stranger's file saved, not shown: a browser that opens
// it all the same runs nothing in it, and nothing as this site.
func downloadHeader(f store.File) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/octet-stream")
	if tradepost.MediaTypeProblem(f.ContentType) == "" {
		h.Set("Content-Type", f.ContentType)
	}
	h.Set("Content-Disposition", disposition(f.Filename))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	return h
}

// disposition writes a name twice, as RFC 6266 appendix D advises: in ASCII for
// old clients, and in UTF-8 (RFC 8187) for all others. The name is made safe
// again, since the one stored is of a stranger.
func disposition(filename string) string {
	filename = tradepost.SafeFilename(filename)
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) {
			return '_'
		}
		return r
	}, filename)
	v := `attachment; filename="` + ascii + `"`
	if ascii != filename {
		v += `; filename*=UTF-8''` + extValue(filename)
	}
	return v
}

// extValue is value-chars of RFC 8187 3.2.1.
func extValue(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}
