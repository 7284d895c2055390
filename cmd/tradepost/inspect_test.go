package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/inbound/inspect"
)

// program runs the program and returns what it wrote and how it ended.
func program(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), runAsProgram+"=1")
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

const (
	aToken = "reply+cccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
	aMail  = "From: Pia Sund <pia@sund.example>\nTo: " + aToken + "@reply.market.example\n" +
		"Subject: Re: Lamps\nDate: Wed, 15 May 2024 09:12:44 +0200\nMessage-ID: <l1@sund.example>\n" +
		"Content-Type: text/plain; charset=utf-8\n\nTen of them, \x1b[31mplease.\n\n" +
		"On Tue, 14 May 2024 at 16:03, Ada <" + aToken + "@reply.market.example> wrote:\n> How many?\n"
)

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInspectShowsFilesAndStandardInput(t *testing.T) {
	named := file(t, "lamps.eml", "From pia@sund.example Wed May 15 09:12:44 2024\n"+aMail)
	missing := t.TempDir() + "/none\x1b[2J.eml"

	for _, args := range [][]string{{"inspect"}, {"inspect", "-"}, {"inspect", named}} {
		stdout, stderr, code := program(t, aMail, args...)
		if code != 0 || stderr != "" {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		for _, want := range []string{"Pia Sund <pia@sund.example>", "Re: Lamps", "by rule default", `│ Ten of them, \x1b[31mplease.`, "[attribution]"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%v: %q is missing in\n%s", args, want, stdout)
			}
		}
		if strings.ContainsAny(stdout, "\x1b\x07") {
			t.Errorf("%v: an escape reaches what isn't a terminal:\n%q", args, stdout)
		}
		if strings.Contains(stdout, "cccccc") || !strings.Contains(stdout, "(reply address)") {
			t.Errorf("%v: a reply address is shown:\n%s", args, stdout)
		}
	}

	stdout, stderr, code := program(t, "", "inspect", named, missing, named)
	if code != exitFailed || !strings.Contains(stderr, `none\x1b[2J.eml": no such file`) || !strings.Contains(stderr, "1 of 3 files") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if strings.Count(stdout, "lamps.eml\n") != 2 {
		t.Errorf("the others are shown, each under its name:\n%s", stdout)
	}
}

func TestInspectJSON(t *testing.T) {
	named := file(t, "lamps.eml", aMail)
	stdout, stderr, code := program(t, "", "inspect", "--json", named, named)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("exit %d, %d lines: %s", code, len(lines), stderr)
	}
	var d inspect.Document
	if err := json.Unmarshal([]byte(lines[1]), &d); err != nil {
		t.Fatal(err)
	}
	if d.File != named || d.Class != "reply" || d.To[0].Address != "(reply address)" || d.Size != int64(len(aMail)) ||
		d.New.Text != "Ten of them, \x1b[31mplease." || strings.Contains(stdout, "cccccc") {
		t.Errorf("%+v", d)
	}
}

func TestInspectBareBodies(t *testing.T) {
	for _, test := range []struct{ name, input, want string }{
		{"text", "Yes.\n\nPia says:\n> Really?\n", "Yes."},
		{"html", "<div>Yes.</div><blockquote type=\"cite\">Really?</blockquote>", "Yes."},
	} {
		stdout, stderr, code := program(t, test.input, "inspect", "--json", "--kind", test.name)
		var d inspect.Document
		if err := json.Unmarshal([]byte(stdout), &d); err != nil || code != 0 {
			t.Fatalf("%s: exit %d: %v %s", test.name, code, err, stderr)
		}
		if string(d.Kind) != test.name || !strings.HasPrefix(d.New.Text, test.want) || d.Class != "" {
			t.Errorf("%s: %+v", test.name, d)
		}
	}
}

func TestInspectRefusesWhatMakesNoSense(t *testing.T) {
	for _, args := range [][]string{
		{"inspect", "--batch", "--json"}, {"inspect", "--batch", "a.eml"}, {"inspect", "--kind", "pdf"},
	} {
		if stdout, stderr, code := program(t, "", args...); code != exitFailed || stdout != "" || stderr == "" {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// TestInspectReadsNoMoreThanItTakes: a file without end is read up to the bound.
func TestInspectReadsNoMoreThanItTakes(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("this system has no endless file")
	}
	stdout, stderr, code := program(t, "", "inspect", "/dev/zero")
	if code != 0 || !strings.Contains(stdout, "[limit_size]") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestRedactKnowsHalfATokenToo(t *testing.T) {
	for in, want := range map[string]string{
		"to " + aToken + "@reply.market.example, thanks": "to (reply address), thanks",
		"to " + aToken[:40]:              "to (reply address)",
		"to Reply%2B" + aToken[6:30]:     "to (reply address)",
		"reply+me@shop.example":          "reply+me@shop.example",
		"In reply to your reply + more.": "In reply to your reply + more.",
	} {
		if got := redact(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestBatch(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(aMail))
	bounce := "Return-Path: <>\nFrom: MAILER-DAEMON@mx.shop.example\nSubject: Undelivered Mail Returned to Sender\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt failed.\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.shop.example\n\n" +
		"Final-Recipient: rfc822; ada@shop.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
	calendar := "From: a@shop.example\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n"
	in := strings.Join([]string{
		`{"id":"mail","kind":"eml","input_b64":"` + encoded + `"}`,
		``,
		`{"id":"broken"`,
		`{"id":"body","kind":"text","input":"Yes.\n> No?"}`,
		`{"id":"odd","kind":"pdf","input":"Yes."}`,
		`{"id":"bounce","kind":"eml","input":` + quote(t, bounce) + `}`,
		`{"id":"calendar","kind":"eml","input":` + quote(t, calendar) + `}`,
		`{"id":7,"kind":"text","input":"Yes."}`,
		`{"id":"last","kind":"html","input":"<p>Yes.</p>"}`, // without a line end
	}, "\n")
	options, err := (&inspectCmd{}).options()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := batch(strings.NewReader(in), &out, options); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]map[string]any)
	var order []string
	for line := range strings.Lines(out.String()) {
		var a map[string]any
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		id, _ := a["id"].(string)
		if a["error"] != nil {
			id += "!"
		} else if _, ok := a["ms"].(float64); !ok {
			t.Errorf("no time in %s", line)
		}
		got[id], order = a, append(order, id)
	}
	if diff := cmp.Diff([]string{"mail", "!", "body", "odd!", "bounce", "calendar", "!", "last"}, order); diff != "" {
		t.Fatal(diff)
	}
	for id, want := range map[string]map[string]any{
		"mail":     {"class": "reply", "output": "Ten of them, \x1b[31mplease."},
		"body":     {"class": nil, "output": "Yes.", "text": "Yes.\n> No?"},
		"bounce":   {"class": "bounce", "recipients": []any{map[string]any{"address": "ada@shop.example", "action": "failed", "status": "5.1.1"}}},
		"calendar": {"class": "other", "recipients": nil},
		"last":     {"class": nil, "output": "Yes.", "text": "<p>Yes.</p>"},
		"odd!":     {"line": 5.0},
	} {
		for field, v := range want {
			if diff := cmp.Diff(v, got[id][field]); diff != "" {
				t.Errorf("%s: %s: %s", id, field, diff)
			}
		}
	}
}

func quote(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestBatchSaysWhatIsWrong in words that need no Go.
func TestBatchSaysWhatIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		`[]`:                                     "the line is a JSON array, not an object",
		`{"id":7,"kind":"text","input":"Yes."}`:  "id is a JSON number, not a string",
		`{"kind":"text","input_b64":"%"}`:        "input_b64 is not base64",
		`{"id":"a","kind":"text"}`:               "there is neither input nor input_b64",
		`{"id":"a","kind":"text","input":null}`:  "there is neither input nor input_b64",
		`nonsense`:                               "the line is not JSON: ",
		`{"id":"a","kind":"pdf","input":"Yes."}`: `kind is "pdf"`,
	} {
		got, ok := answerLine([]byte(line), 3, inspect.Options{}).(batchError)
		if !ok || got.Line != 3 || !strings.HasPrefix(got.Error, want) || strings.Contains(got.Error, "main.") {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if got, ok := answerLine([]byte(`{"kind":"text","input":""}`), 1, inspect.Options{}).(batchAnswer); !ok || got.Text != "" {
		t.Errorf("an empty body is none: %+v", got)
	}
}

// TestBatchGoesOnAfterALineWithoutEnd also holds its memory: what is too long is
// read past, not kept.
func TestBatchGoesOnAfterALineWithoutEnd(t *testing.T) {
	in := io.MultiReader(
		strings.NewReader(`{"id":"long","kind":"text","input":"`),
		io.LimitReader(letterA{}, mostBatchLine),
		strings.NewReader("\"}\n"+`{"id":"next","kind":"text","input":"Yes."}`+"\n"),
	)
	var out bytes.Buffer
	if err := batch(in, &out, inspect.Options{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"line":1,"error"`) || !strings.Contains(lines[1], `"output":"Yes."`) {
		t.Error(lines)
	}
}

// letterA is an endless reader of one letter.
type letterA struct{}

func (letterA) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
