package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// TestReference: the page for people has every operation, and needs no script.
func TestReference(t *testing.T) {
	s := newSite(t, nil)
	a := s.do("GET", "/v1/", nil, "Authorization", "")
	page := string(a.raw)
	if a.status != http.StatusOK || strings.Contains(page, "<script") || strings.Contains(page, "ZgotmplZ") {
		t.Fatalf("%d %s", a.status, page)
	}
	operations, _ := s.operations()
	for _, o := range operations {
		if !strings.Contains(page, `id="`+o.id+`"`) {
			t.Errorf("%s isn't on the page", o.id)
		}
	}
	if !strings.Contains(page, "store_url") || !strings.Contains(page, "Required unless role is no_store") {
		t.Error("fields of bodies aren't on the page")
	}
}

// TestOpenAPI keeps a change of the contract visible in review, and every
// reference in its description pointing somewhere.
func TestOpenAPI(t *testing.T) {
	s := newLiveSite(t)
	a := s.do("GET", "/v1/openapi.json", nil, "Authorization", "")
	var spec struct {
		OpenAPI    string
		Components struct{ Schemas map[string]any }
		Paths      map[string]map[string]struct {
			OperationID string
			Responses   map[string]any
			RequestBody map[string]any
		}
	}
	a.into(t, http.StatusOK, &spec)
	if !strings.HasPrefix(spec.OpenAPI, "3.1") {
		t.Errorf("OpenAPI %q", spec.OpenAPI)
	}
	for _, m := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(a.raw), -1) {
		if spec.Components.Schemas[m[1]] == nil {
			t.Errorf("%s is nowhere", m[0])
		}
	}
	seen := make(map[string]bool)
	for path, operations := range spec.Paths {
		for method, op := range operations {
			if op.OperationID == "" || seen[op.OperationID] {
				t.Errorf("%s %s: operation id %q is empty or not unique", method, path, op.OperationID)
			}
			seen[op.OperationID] = true
			if op.Responses["401"] == nil {
				t.Errorf("%s %s: no answer 401", method, path)
			}
			if (method == "post" || method == "put") && op.RequestBody == nil {
				t.Errorf("%s %s: no body", method, path)
			}
		}
	}
	if len(seen) != 62 {
		t.Errorf("%d operations", len(seen))
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, a.raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	const golden = "testdata/openapi.json"
	if *update {
		if err := os.WriteFile(golden, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, pretty.Bytes()) {
		t.Errorf("the description changed; run go test ./web -run TestOpenAPI -update and review %s", golden)
	}
}
