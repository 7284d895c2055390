package check

import (
	"os"
	"os/exec"
	"testing"
)

// missing ends a test whose tool isn't there: in CI as a failure.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("SKIPPED: %s is missing; make deps installs it", what)
}

// tool returns the path of the first program there is.
func tool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, names[0])
	return ""
}

// needModule makes sure that a package of package.json is installed.
func needModule(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat("node_modules/" + name); err != nil {
		missing(t, "npm's "+name)
	}
}
