package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type attachmentInput struct {
	ID string `path:"id" example:"att_1"`
}

type attachmentOutput struct {
	ContentType   string `header:"Content-Type"`
	ContentLength string `header:"Content-Length"`
	Disposition   string `header:"Content-Disposition"`
	Policy        string `header:"Content-Security-Policy"`
	Body          func(huma.Context)
}

func (s *server) getAttachment(ctx context.Context, in *attachmentInput) (*attachmentOutput, error) {
	id, err := tradepost.ParseID(tradepost.AttachmentPrefix, in.ID)
	if err != nil {
		return nil, noSuch("attachment")
	}
	f, content, err := s.store.Attachment(ctx, id)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("attachment")
	}
	if err != nil {
		return nil, err
	}
	h := downloadHeader(f)
	return &attachmentOutput{
		ContentType: h.Get("Content-Type"), ContentLength: h.Get("Content-Length"),
		Disposition: h.Get("Content-Disposition"), Policy: h.Get("Content-Security-Policy"),
		Body: func(hc huma.Context) { s.send(ctx, hc.BodyWriter(), content) },
	}, nil
}

// describeAttachment says of the answer what huma can't know of a stream: it is
// the file itself, in its own type.
func describeAttachment(path *huma.PathItem) {
	path.Get.Responses["200"].Content = map[string]*huma.MediaType{"*/*": {}}
}

// send copies a file to the client. One that breaks off is shorter than its
// Content-Length, which makes net/http close the connection: the client knows.
func (s *server) send(ctx context.Context, w io.Writer, content io.ReadCloser) {
	_, err := io.Copy(w, content)
	if err := errors.Join(err, content.Close()); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "download broke off", "request_id", exchangeOf(ctx).id, "error", err)
	}
}

// downloadHeader has a stranger's file saved, not shown: a browser that opens
// it all the same runs nothing in it, and nothing as this site.
func downloadHeader(f store.File) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/octet-stream")
	if tradepost.MediaTypeProblem(f.ContentType) == "" {
		h.Set("Content-Type", f.ContentType)
	}
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
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
