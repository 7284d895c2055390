package main

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/templates/samples"
)

// servePreview shows letters on an address of this machine until ctx ends. Each
// page renders anew, so that it costs nothing to keep open.
func servePreview(ctx context.Context, address string, letters *templates.Letters, out io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("can't listen on %q, which should look like 127.0.0.1:0: %w", address, err)
	}
	server := &http.Server{Handler: previewHandler(letters), ReadHeaderTimeout: 10 * time.Second}
	if _, err := fmt.Fprintf(out, "http://%s/ shows all letters; Ctrl-C ends it\n", listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody waits for a preview
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// previewView is what the page of one letter shows; Name is "" on the list.
type previewView struct {
	Name, Locale, Data, Subject, From string
	Samples                           []samples.Sample
	Locales                           []string
	Variants                          []samples.Variant
	Frames                            []previewFrame
}

type previewFrame struct {
	Width  int
	Scheme string
}

// previewPage is for whoever works on letters, in English. A frame takes
// prefers-color-scheme from its own color-scheme.
const previewPage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Letters{{with .Name}}: {{.}}{{end}}</title>
<style>
body{margin:0;font:14px/20px system-ui,sans-serif;background:#F4F5F7;color:#1C2330;display:flex}
nav{flex:0 0 260px;padding:16px;height:100vh;box-sizing:border-box;overflow:auto;position:sticky;top:0;background:#FFFFFF}
nav a{display:block;padding:4px 0;color:#1D5FBF}
main{padding:16px;min-width:0}
.frames{display:flex;gap:16px;align-items:flex-start;overflow-x:auto}
figure{margin:0}
iframe{border:1px solid #D8DDE4;height:85vh;display:block}
.here{font-weight:600}
</style></head><body>
<nav aria-label="Letters">{{range .Samples}}<a {{if eq .Name $.Name}}class="here" aria-current="page" {{end}}title="{{.Shows}}" href="/{{.Name}}?locale={{$.Locale}}&amp;data={{$.Data}}">{{.Name}}</a>{{end}}</nav>
<main>
{{if .Name}}<h1>{{.Subject}}</h1>
<p>From: {{.From}}</p>
<p>{{range .Locales}}<a {{if eq . $.Locale}}class="here" {{end}}href="/{{$.Name}}?locale={{.}}&amp;data={{$.Data}}">{{.}}</a> {{end}}
| {{range .Variants}}<a {{if eq (print .) $.Data}}class="here" {{end}}href="/{{$.Name}}?locale={{$.Locale}}&amp;data={{.}}">{{.}}</a> {{end}}
| <a href="/{{.Name}}/html?locale={{.Locale}}&amp;data={{.Data}}">HTML</a> <a href="/{{.Name}}/text?locale={{.Locale}}&amp;data={{.Data}}">text</a> <a href="/{{.Name}}/eml?locale={{.Locale}}&amp;data={{.Data}}">mail</a></p>
<div class="frames">{{range .Frames}}<figure><figcaption>{{.Width}} px, {{.Scheme}}</figcaption>
<iframe title="{{.Width}} px, {{.Scheme}}" width="{{.Width}}" style="color-scheme:{{.Scheme}}" sandbox="" src="/{{$.Name}}/html?locale={{$.Locale}}&amp;data={{$.Data}}"></iframe></figure>{{end}}</div>
{{else}}<h1>Letters</h1><p>{{len .Samples}} letters with invented data. Choose one.</p>{{end}}
</main></body></html>
`

func previewHandler(letters *templates.Letters) http.Handler {
	page := template.Must(template.New("preview").Parse(previewPage))
	mux := http.NewServeMux()
	show := func(w http.ResponseWriter, v previewView) {
		v.Samples, v.Locales, v.Variants = samples.All(), letters.Locales(), samples.Variants()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// Who has closed the page is told nothing.
		_ = page.Execute(w, v)
	}
	// asked renders the letter of a request, or answers why not.
	asked := func(w http.ResponseWriter, r *http.Request) (v previewView, rendered templates.Rendered, ok bool) {
		v = previewView{Name: r.PathValue("name"), Locale: r.FormValue("locale"), Data: r.FormValue("data")}
		if !slices.Contains(letters.Locales(), v.Locale) {
			v.Locale = letters.Locales()[0]
		}
		if v.Data == "" {
			v.Data = string(samples.Ordinary)
		}
		s, err := samples.Find(v.Name)
		if err == nil {
			rendered, err = s.Render(letters, v.Locale, samples.Variant(v.Data))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return v, rendered, false
		}
		v.Subject, v.From = rendered.Subject, rendered.FromName
		return v, rendered, true
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		show(w, previewView{Locale: letters.Locales()[0], Data: string(samples.Ordinary)})
	})
	mux.HandleFunc("GET /{name}", func(w http.ResponseWriter, r *http.Request) {
		v, _, ok := asked(w, r)
		if !ok {
			return
		}
		for _, width := range []int{360, 600, 1200} {
			v.Frames = append(v.Frames, previewFrame{width, "light"}, previewFrame{width, "dark"})
		}
		show(w, v)
	})
	mux.HandleFunc("GET /{name}/{part}", func(w http.ResponseWriter, r *http.Request) {
		v, rendered, ok := asked(w, r)
		if !ok {
			return
		}
		switch part := r.PathValue("part"); part {
		case "html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			// What strangers wrote is hostile on purpose here: nothing is loaded or run.
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
			_, _ = io.WriteString(w, rendered.HTML)
		case "text":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, rendered.Text)
		case "eml":
			raw, err := previewMail(rendered, v.Name)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "message/rfc822")
			_, _ = w.Write(raw)
		default:
			http.Error(w, "a letter has the parts html, text and eml", http.StatusNotFound)
		}
	})
	return mux
}
