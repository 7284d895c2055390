package demo

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/templates"
)

//go:embed html/*.html
var htmlFiles embed.FS

//go:embed static/demo.css
var styleSheet string

//go:embed static/news.js
var newsScript string

// pagePolicy lets a page use its own style sheet and script, put letters into
// frames, and nothing else; nobody may put the page into a frame.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; " +
	"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// pages are the parsed templates, and the style sheet with the colours in it.
type pages struct {
	byName map[string]*template.Template
	style  string
	log    *slog.Logger
}

// parsePages parses the named pages, each within the layout.
func parsePages(log *slog.Logger, names ...string) (*pages, error) {
	p := &pages{byName: make(map[string]*template.Template), log: log}
	funcs := template.FuncMap{"clock": clock, "datetime": func(t time.Time) string { return t.Format(time.RFC3339) }, "size": size}
	for _, name := range append(names, "problem") {
		t, err := template.New(name).Funcs(funcs).ParseFS(htmlFiles, "html/layout.html", "html/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse page %q: %w", name, err)
		}
		p.byName[name] = t
	}
	p.style = tokens("light", templates.Light()) + "@media (prefers-color-scheme: dark) {\n" + tokens("dark", templates.Dark()) + "}\n" + styleSheet
	return p, nil
}

// tokens are the colours of letters as custom properties, so that pages and
// letters can't drift apart.
func tokens(scheme string, c templates.Palette) string {
	var b strings.Builder
	fmt.Fprintf(&b, ":root { color-scheme: %s;", scheme)
	for _, t := range []struct{ name, value string }{
		{"ground", c.Ground}, {"paper", c.Paper}, {"sunk", c.Sunk}, {"ink", c.Ink}, {"muted", c.Muted}, {"line", c.Line},
		{"edge", c.Edge}, {"accent", c.Accent}, {"on-accent", c.OnAccent}, {"accent-soft", c.AccentSoft},
		{"good", c.Good}, {"good-soft", c.GoodSoft}, {"bad", c.Bad}, {"bad-soft", c.BadSoft}, {"neutral-soft", c.NeutralSoft},
	} {
		fmt.Fprintf(&b, " --%s: %s;", t.name, t.value)
	}
	b.WriteString(" }\n")
	return b.String()
}

// frame is what every page's data begins with.
type frame struct {
	Title  string
	Assets string // where the style sheet and the script are
	Links  []Link
}

// Link is an entry of the navigation.
type Link struct{ Text, URL string }

// render executes a page wholly before the first byte goes out, so that an
// error still gets its status.
func (p *pages) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.byName[name].ExecuteTemplate(&b, "layout.html", data); err != nil {
		p.log.ErrorContext(r.Context(), "page can't be rendered", "page", name, "error", err)
		http.Error(w, "This page can't be shown; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	b.WriteTo(w) //nolint:errcheck // the client went; there is nobody left to tell
}

// problem is a page that says what went wrong.
type problem struct {
	frame
	Text string
	Back Link
}

// secured sets the headers of all answers, which a handler may tighten, and
// refuses what another site posts.
func secured(next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		// With no-referrer a form posts "Origin: null", which looks like another
		// site where the browser sends no Sec-Fetch-Site.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-DNS-Prefetch-Control", "off")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// static answers with a file that is part of the program.
func static(contentType, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Write([]byte(content))
	}
}

// clock writes a time as short as its distance from now allows.
func clock(now, t time.Time) string {
	t = t.In(now.Location())
	switch y, m, d := t.Date(); {
	case t.IsZero():
		return ""
	case y == now.Year() && m == now.Month() && d == now.Day():
		return t.Format("15:04")
	case y == now.Year():
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2 Jan 2006")
}

// size writes a number of bytes for people.
func size(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
