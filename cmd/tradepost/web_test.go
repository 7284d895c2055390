package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestWebServesActionLinks: with the keys of reply addresses, and says that it
// doesn't without them.
func TestWebServesActionLinks(t *testing.T) {
	a := newArchive(t)
	for name, keys := range map[string]string{"with keys": "", "without": "TRADEPOST_REPLY_KEYS="} {
		c := exec.CommandContext(t.Context(), os.Args[0], "web", "--http", "127.0.0.1:0", "--market", "Nordmarkt")
		c.Env = append(append(os.Environ(), a.env...), "TRADEPOST_LOG_LEVEL=INFO")
		if keys != "" {
			c.Env = append(c.Env, keys)
		}
		log, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var said, address string
		for lines := bufio.NewScanner(log); address == "" && lines.Scan(); {
			said += lines.Text() + "\n"
			if m := regexp.MustCompile(`msg=listening http=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
				address = m[1]
			}
		}
		if address == "" {
			t.Fatalf("%s: it doesn't listen:\n%s", name, said)
		}
		drained := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, log)
			drained <- err
		}()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/a/nothing", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := <-drained; err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		served, warned := strings.Contains(string(page), "<html"), strings.Contains(said, "TRADEPOST_REPLY_KEYS is missing")
		if res.StatusCode != http.StatusNotFound || served != (keys == "") || warned == served {
			t.Errorf("%s: %d, served %v, warned %v", name, res.StatusCode, served, warned)
		}
	}
}
