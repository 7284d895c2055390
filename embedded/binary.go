package embedded

import (
	"os"
	"path/filepath"
	"strings"
)

// findBinary returns the absolute path of an executable: the first of PATH,
// then of dirs. Services started by cron or systemd often have a PATH without
// the sbin folders, where distributions keep servers.
func findBinary(name string, dirs ...string) (string, bool) {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), dirs...) {
		if path := filepath.Join(dir, name); filepath.IsAbs(path) && isExecutable(path) {
			return path, true
		}
	}
	return "", false
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// childEnv is this process's environment without the variables whose names
// begin with one of the prefixes, and with messages in English: settings of
// the surroundings (PGPORT, LC_MESSAGES) must not leak into our servers.
func childEnv(prefixes ...string) []string {
	var env []string
next:
	for _, kv := range os.Environ() {
		for _, prefix := range append(prefixes, "LC_", "LANG", "NOTIFY_SOCKET") {
			if strings.HasPrefix(kv, prefix) {
				continue next
			}
		}
		env = append(env, kv)
	}
	return append(env, "LC_ALL=C")
}
