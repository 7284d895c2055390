package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/templates/samples"
)

func TestPreviewListsAndWrites(t *testing.T) {
	stdout, stderr, code := program(t, "", "preview")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "question-sender ") || !strings.Contains(stdout, "was this mail yours?") {
		t.Fatalf("exit %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"alert", "--out", "-"}, `<html lang="en"`},
		{[]string{"alert", "--locale", "sv", "--html", "--out", "-"}, "Öppna konversationen"},
		{[]string{"alert", "--text", "--out", "-"}, "\n-- \n"},
		{[]string{"alert", "--data", "hostile", "--out", "-"}, "&lt;script&gt;"},
		{[]string{"alert", "--data", "rtl", "--text", "--out", "-"}, "ليلى حداد"},
	} {
		stdout, stderr, code := program(t, "", append([]string{"preview"}, tt.args...)...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, tt.want) {
			t.Errorf("%v: exit %d, stderr %q, no %q in\n%.300s", tt.args, code, stderr, tt.want, stdout)
		}
	}

	// A temporary file, a named one, and one in a directory.
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TRADEPOST_MARKET", "Nordmarkt")
	dir := t.TempDir()
	for _, out := range [][]string{nil, {"--out", filepath.Join(dir, "x.html")}, {"--out", dir}} {
		stdout, stderr, code := program(t, "", append([]string{"preview", "sign-in"}, out...)...)
		content, err := os.ReadFile(strings.TrimSpace(stdout))
		if code != 0 || err != nil || !strings.Contains(string(content), "Nordmarkt") {
			t.Errorf("%v: exit %d, stderr %q, stdout %q: %v", out, code, stderr, stdout, err)
		}
	}
}

func TestPreviewWritesAll(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "mails")
	stdout, stderr, code := program(t, "", "preview", "--all", "--eml", "--data", "hostile", "--out", dir)
	if code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, s := range samples.All() {
		f, err := os.Open(filepath.Join(dir, s.Name+"-en.eml"))
		if err != nil {
			t.Error(err)
			continue
		}
		m, err := mail.ReadMessage(f)
		if err != nil || m.Header.Get("Subject") == "" || len(m.Header["Bcc"]) > 0 {
			t.Errorf("%s: %v, header %v", s.Name, err, m)
		}
		f.Close()
	}
}

func TestPreviewSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"alarm"}, `there is no letter "alarm": tradepost preview lists them`},
		{[]string{"alert", "--locale", "tlh"}, `there is no language "tlh": it is one of en, sv, fr, de`},
		{[]string{"alert", "--data", "nice"}, `there is no data "nice": it is one of sample, hostile, long, rtl`},
		{[]string{"--all"}, "name their directory with --out"},
		{[]string{"--out", "x"}, "wants a letter's name, or --all"},
		{[]string{"alert", "--all", "--out", "x"}, "choose one"},
		{[]string{"alert", "--text", "--eml"}, "can't be used together"},
		{[]string{"alert", "--out", "/no/such/directory/x"}, "no such file or directory"},
		{[]string{"--serve", "nowhere"}, `can't listen on "nowhere", which should look like 127.0.0.1:0`},
	} {
		_, stderr, code := program(t, "", append([]string{"preview"}, tt.args...)...)
		if code != 1 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit %d, no %q in %q", tt.args, code, tt.want, stderr)
		}
	}
}

func TestPreviewServes(t *testing.T) {
	letters, err := templates.New(templates.Options{Market: "Tradepost"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(previewHandler(letters))
	defer server.Close()
	get := func(path string) (status int, header http.Header, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header, string(raw)
	}
	_, _, list := get("/")
	for _, s := range samples.All() {
		if !strings.Contains(list, `href="/`+s.Name+`?`) {
			t.Errorf("the list has no link to %s", s.Name)
		}
		if status, _, body := get("/" + s.Name + "?locale=de&data=hostile"); status != http.StatusOK || strings.Count(body, "<iframe") != 6 || strings.Contains(body, "<script") {
			t.Errorf("%s: %d, %d frames, or a script", s.Name, status, strings.Count(body, "<iframe"))
		}
		if _, header, body := get("/" + s.Name + "/html?locale=de"); !strings.Contains(body, `lang="de"`) || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: not in German, or free to run scripts", s.Name)
		}
	}
	for path, want := range map[string]int{"/alarm": 404, "/alert?data=nice": 404, "/alert/pdf": 404, "/alert/eml": 200, "/alert/text": 200} {
		if status, _, _ := get(path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestPreviewStopsServing(t *testing.T) {
	letters, err := templates.New(templates.Options{Market: "Tradepost"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	address, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- servePreview(ctx, "127.0.0.1:0", letters, writerFunc(func(b []byte) (int, error) { address <- string(b); return len(b), nil }))
	}()
	if said := <-address; !strings.HasPrefix(said, "http://127.0.0.1:") {
		t.Errorf("said %q", said)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
