package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/tradepost-mail/tradepost"
)

//go:embed html/*.html static
var files embed.FS

// pages are the parsed templates and the files they name.
type pages struct {
	list, conversation, failure *template.Template
	action, signIn              *template.Template
	assets                      map[string]asset // by file name
}

type asset struct {
	data []byte
	etag string
}

func parsePages() (*pages, error) {
	p := &pages{assets: make(map[string]asset)}
	funcs := template.FuncMap{"when": when, "iso": iso, "size": size, "id": tradepost.FormatID, "suppressed": suppressed}
	for _, t := range []struct {
		dst  **template.Template
		file string
	}{{&p.list, "list.html"}, {&p.conversation, "conversation.html"}, {&p.failure, "failure.html"}} {
		var err error
		*t.dst, err = template.New("").Funcs(funcs).ParseFS(files, "html/frame.html", "html/rows.html", "html/"+t.file)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", t.file, err)
		}
	}
	var err error
	if p.action, err = template.ParseFS(files, "html/action.html"); err != nil {
		return nil, fmt.Errorf("parse action.html: %w", err)
	}
	if p.signIn, err = template.ParseFS(files, "html/signin.html"); err != nil {
		return nil, fmt.Errorf("parse signin.html: %w", err)
	}
	if err := p.readAssets(); err != nil {
		return nil, err
	}
	return p, nil
}

// readAssets reads the files that pages name.
func (p *pages) readAssets() error {
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			return err
		}
		hash := sha256.Sum256(data)
		p.assets[e.Name()] = asset{data, `"` + hex.EncodeToString(hash[:8]) + `"`}
	}
	return nil
}

// static serves the style sheet and the script, to be asked for again each time
// and sent once.
func (p *pages) static(w http.ResponseWriter, r *http.Request) {
	a, ok := p.assets[r.PathValue("file")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", a.etag)
	http.ServeContent(w, r, path.Base(r.URL.Path), time.Time{}, bytes.NewReader(a.data))
}

// pageError is an answer to a page request that is not the page.
type pageError struct {
	status int
	title  string
	detail string
}

func (e pageError) Error() string { return e.title }

var errNoPage = pageError{http.StatusNotFound, "Not found", "There is nothing under this address. It may have been mistyped."}

// page wraps the handler of a page: nobody from another site gets in, the page
// may load its own style and script only, and an error becomes a page that says
// what to do.
func (s *server) page(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.localName(r) {
			http.Error(w, "These pages are served under this machine's own name only.", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		err := h(w, r)
		if err == nil {
			return
		}
		var e pageError
		if !errors.As(err, &e) {
			e = s.pageErrorOf(r, err)
		}
		s.render(w, r, s.pages.failure, e.status, failurePage{Title: e.title, Detail: e.detail, Back: r.URL.Path})
	})
	return http.NewCrossOriginProtection().Handler(inner)
}

type failurePage struct {
	Title, Detail, Back string
	Version             string
}

func (s *server) pageErrorOf(r *http.Request, err error) pageError {
	switch {
	case errors.Is(err, tradepost.ErrNotFound):
		return errNoPage
	case errors.Is(err, tradepost.ErrRefused):
		return pageError{http.StatusConflict, "Not done", reasonOf(err)}
	}
	x := exchangeOf(r.Context())
	if r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "page failed", "request_id", x.id, "error", err)
	}
	return pageError{http.StatusInternalServerError, "Something failed here", "Nothing was kept. Go back and try again; if it stays, name request " + x.id + "."}
}

// render writes a page, or nothing of it: a template that fails halfway must
// not have sent half a page.
func (s *server) render(w http.ResponseWriter, r *http.Request, t *template.Template, status int, data any) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", data); err != nil {
		s.log.ErrorContext(r.Context(), "page failed", "request_id", exchangeOf(r.Context()).id, "error", err)
		http.Error(w, "Something failed here.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // an error is a client that is gone
}

// when writes a time for a person: without the year while it is this one.
func when(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	if t.Year() == time.Now().In(zone).Year() {
		return t.Format("2 Jan, 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

// suppressed says why an address takes no mail.
func suppressed(reason tradepost.SuppressionReason) string {
	switch reason {
	case tradepost.SuppressedBounce:
		return "its server says that there is no such mailbox"
	case tradepost.SuppressedSoft:
		return "its mailbox could not be reached for days"
	case tradepost.SuppressedComplaint:
		return "a letter to it was reported as spam"
	default:
		return "an operator stopped it"
	}
}

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// size writes octets as people count them.
func size(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000_000:
		return fmt.Sprintf("%d KB", (n+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
