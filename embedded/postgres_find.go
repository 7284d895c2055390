package embedded

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// postgresInstallation is a folder with the programs of one version.
type postgresInstallation struct {
	bin     string // folder that holds postgres and initdb
	version string // as PG_VERSION has it: "15", or "9.6" before 10
}

// postgresPlaces are the folders, as glob patterns, in which distributions and
// package managers install PostgreSQL without putting it into PATH.
func postgresPlaces() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // packages of postgresql.org for RHEL, Fedora
		"/usr/lib/postgresql*/bin",          // SUSE
		"/usr/libexec/postgresql*",          // Alpine
		"/usr/local/pgsql/bin",              // built from source
		"/usr/local/bin",                    // FreeBSD
		"/usr/bin",                          // Fedora, Arch
		"/opt/homebrew/opt/postgresql*/bin", // brew on Apple silicon
		"/usr/local/opt/postgresql*/bin",    // brew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	}
}

var postgresVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

// postgresInstallations returns what is installed, newest first, PATH before
// other places. The error is ErrNoPostgres if there is nothing.
func postgresInstallations(ctx context.Context) ([]postgresInstallation, error) {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range postgresPlaces() {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, found...)
	}
	var installed []postgresInstallation
	seen := make(map[string]bool)
	for _, dir := range dirs {
		// PATH often has only links; initdb looks for postgres beside itself.
		postgres, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err != nil || !filepath.IsAbs(postgres) {
			continue
		}
		bin := filepath.Dir(postgres)
		if seen[bin] || !isExecutable(postgres) || !isExecutable(filepath.Join(bin, "initdb")) {
			continue
		}
		seen[bin] = true
		out, err := exec.CommandContext(ctx, postgres, "--version").Output()
		if err != nil {
			continue // a broken installation is none
		}
		m := postgresVersion.FindStringSubmatch(string(out))
		if m == nil {
			continue
		}
		version := m[1]
		if major, _ := strconv.Atoi(version); major < 10 {
			version += "." + m[2]
		}
		installed = append(installed, postgresInstallation{bin: bin, version: version})
	}
	if len(installed) == 0 {
		return nil, ErrNoPostgres
	}
	slices.SortStableFunc(installed, func(a, b postgresInstallation) int {
		va, _ := strconv.ParseFloat(a.version, 64)
		vb, _ := strconv.ParseFloat(b.version, 64)
		switch {
		case va > vb:
			return -1
		case va < vb:
			return 1
		}
		return 0
	})
	return installed, nil
}
