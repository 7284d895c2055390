package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThreatModelNamesItsTests holds docs/threat-model.md and the tests together:
// each test that it names exists, and each attack test is named.
func TestThreatModelNamesItsTests(t *testing.T) {
	t.Parallel()
	const root = "../.."
	doc, err := os.ReadFile(filepath.Join(root, "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources := make(map[string]string) // of the files that define a test, by its name
	defined := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range defined.FindAllSubmatch(source, -1) {
			sources[string(m[1])] += string(source)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string]bool)
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)(?:/([^`]+))?`").FindAllStringSubmatch(string(doc), -1) {
		test, sub := m[1], m[2]
		named[test] = true
		source, ok := sources[test]
		if !ok {
			t.Errorf("docs/threat-model.md names %s, which is no test", test)
		}
		if sub != "" && !strings.Contains(source, `"`+sub+`"`) && !strings.Contains(source, `"/`+sub+`"`) {
			t.Errorf("docs/threat-model.md names %s/%s, which the file of that test doesn't have", test, sub)
		}
	}
	for test := range sources {
		if strings.HasPrefix(test, "TestAttack") && !named[test] {
			t.Errorf("docs/threat-model.md doesn't name %s", test)
		}
	}
	for row := range strings.SplitSeq(string(doc), "\n") {
		if cells := strings.Split(row, "|"); len(cells) > 3 && strings.Contains(row, "`Test") && strings.TrimSpace(cells[2]) == "" {
			t.Errorf("a row has no outcome: %s", row)
		}
	}
}
