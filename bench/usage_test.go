package bench

import (
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	rest := " S 7 7 7 0 -1 4194560 100 200 0 0 150 25 30 5 20 0 1 0 12345 1000 200 18446744073709551615"
	for _, tt := range []struct {
		name, line string
		want       process
		fails      bool
	}{
		{"plain", "42 (postgres)" + rest, process{42, 7, "postgres", 2100 * time.Millisecond}, false},
		{"parentheses and spaces", "42 (a) S 9 (b c))" + rest, process{42, 7, "a) S 9 (b c)", 2100 * time.Millisecond}, false},
		{"short", "42 (postgres) S 7 7 7 0", process{}, true},
		{"no name", "42 postgres" + rest, process{}, true},
		{"reversed", "42 )postgres(" + rest, process{}, true},
		{"no number", "x (postgres)" + rest, process{}, true},
		{"times that are none", strings.Replace("42 (postgres)"+rest, " 150 ", " many ", 1), process{}, true},
		{"negative", strings.Replace("42 (postgres)"+rest, " 150 ", " -1 ", 1), process{}, true},
		{"empty", "", process{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseStat([]byte(tt.line))
			if (err != nil) != tt.fails || got != tt.want && !tt.fails {
				t.Errorf("parseStat: %+v, %v; want %+v, failing %v", got, err, tt.want, tt.fails)
			}
		})
	}
}

func TestBeneath(t *testing.T) {
	all := []process{
		{1, 0, "init", time.Hour},
		{10, 1, "bench", time.Hour},
		{11, 10, "postgres", 1 * time.Second},
		{12, 11, "postgres", 2 * time.Second},
		{13, 10, "redis-server", 4 * time.Second},
		{20, 1, "postgres", 8 * time.Second},       // somebody else's
		{30, 31, "postgres", 16 * time.Second},     // a list that isn't of one instant
		{31, 30, "redis-server", 32 * time.Second}, // may hold a ring
		{40, 99, "postgres", 64 * time.Second},     // and orphans
	}
	if got := beneath(all, 10, "postgres"); got != 3*time.Second {
		t.Errorf("postgres beneath 10: %v, want 3s", got)
	}
	if got := beneath(all, 10, "redis-server"); got != 4*time.Second {
		t.Errorf("redis-server beneath 10: %v, want 4s", got)
	}
}

func TestParseHWM(t *testing.T) {
	for _, tt := range []struct {
		status string
		want   int64
		fails  bool
	}{
		{"Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t 1024 kB\n", 2 << 20, false},
		{"Name:\tx\nVmRSS:\t 1024 kB\n", 0, true},
		{"VmHWM:\t 2048 MB\n", 0, true},
		{"VmHWM:\t much kB\n", 0, true},
		{"", 0, true},
	} {
		got, err := parseHWM([]byte(tt.status))
		if (err != nil) != tt.fails || got != tt.want {
			t.Errorf("parseHWM(%q): %d, %v; want %d, failing %v", tt.status, got, err, tt.want, tt.fails)
		}
	}
}

func TestMeasure(t *testing.T) {
	before, err := Measure()
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Millisecond); time.Now().Before(until); {
		continue // to use the processor is what it is for
	}
	after, err := Measure()
	if err != nil {
		t.Fatal(err)
	}
	if used := after.Sub(before); used.Own <= 0 || used.Postgres != 0 || used.Redis != 0 || used.Total() != used.Own {
		t.Errorf("used: %+v, want some of our own only", used)
	}
	if rss, err := peakRSS(); err != nil || rss <= 1<<20 {
		t.Errorf("peak of memory: %d, %v; want over a MiB", rss, err)
	}
}
