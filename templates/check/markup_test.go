package check

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// gap is a feature that a letter uses and a mail program lacks, wholly or in part.
type gap struct {
	Feature string `json:"feature"`
	Client  string `json:"client"`
	Support string `json:"support"` // "unsupported" or "partial"
	Letter  string `json:"letter"`  // one that uses it
}

// reviewed is a feature of clients.json: where it is missing, and why the letters
// use it all the same.
type reviewed struct {
	Feature     string   `json:"feature"`
	Reason      string   `json:"reason"`
	Unsupported []string `json:"unsupported,omitempty"`
	Partial     []string `json:"partial,omitempty"`
}

// lock is package-lock.json.
//
//go:embed package-lock.json
var lock string

func checkMarkup(t *testing.T, letters []letter) {
	t.Helper()
	faults, gaps := readMarkup(t, letters)
	tell(t, "html-validate", faults)
	tell(t, "caniemail", compare(t, gaps))
}

// readMarkup runs read.mjs.
func readMarkup(t *testing.T, letters []letter) ([]string, []gap) {
	t.Helper()
	node := tool(t, "node")
	for _, name := range []string{"html-validate", "caniemail"} {
		needModule(t, name)
	}
	in, err := json.Marshal(letters)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "read.mjs")
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("read.mjs: %v\n%s", err, &stderr)
	}
	var report struct {
		Faults []string `json:"faults"`
		Gaps   []gap    `json:"gaps"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("read.mjs wrote %.200q: %v", out, err)
	}
	return report.Faults, report.Gaps
}

// compare returns what is new beside clients.json, and what stands there although
// no letter needs it any more.
func compare(t *testing.T, gaps []gap) []string {
	t.Helper()
	raw, err := os.ReadFile("clients.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []reviewed
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatalf("clients.json: %v", err)
	}
	known := make(map[gap]bool) // whether it was seen
	var faults []string
	for i, r := range list {
		if i > 0 && r.Feature <= list[i-1].Feature {
			faults = append(faults, fmt.Sprintf("clients.json: %s is out of order or there twice", r.Feature))
		}
		if len(strings.Fields(r.Reason)) < 4 {
			faults = append(faults, fmt.Sprintf("clients.json: %s has no reason", r.Feature))
		}
		for _, c := range r.Unsupported {
			known[gap{Feature: r.Feature, Client: c, Support: "unsupported"}] = false
		}
		for _, c := range r.Partial {
			known[gap{Feature: r.Feature, Client: c, Support: "partial"}] = false
		}
	}
	for _, g := range gaps {
		key := gap{Feature: g.Feature, Client: g.Client, Support: g.Support}
		if _, ok := known[key]; !ok {
			faults = append(faults, fmt.Sprintf("%s is %s in %s, used by %s: leave it out, or put it into clients.json with a reason", g.Feature, g.Support, g.Client, g.Letter))
		}
		known[key] = true
	}
	for key, seen := range known {
		if !seen {
			faults = append(faults, fmt.Sprintf("clients.json: %s is no longer %s in %s, or no longer used: remove it", key.Feature, key.Support, key.Client))
		}
	}
	slices.Sort(faults)
	return faults
}

// tell reports faults, not more than can be read.
func tell(t *testing.T, who string, faults []string) {
	t.Helper()
	const shown = 60
	for _, f := range faults[:min(len(faults), shown)] {
		t.Errorf("%s: %s", who, f)
	}
	if more := len(faults) - shown; more > 0 {
		t.Errorf("%s: and %d more", who, more)
	}
}
