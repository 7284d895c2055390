package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTicks is USER_HZ, the unit of CPU times in /proc, which the kernel fixes
// at a hundredth of a second for every architecture that Go runs on.
const clockTicks = 100

// Usage is processor time, user's and system's together.
type Usage struct {
	Own      time.Duration // this process
	Postgres time.Duration // every PostgreSQL process beneath this one
	Redis    time.Duration // likewise redis-server
}

// Sub returns what was used between before and u.
func (u Usage) Sub(before Usage) Usage {
	return Usage{u.Own - before.Own, u.Postgres - before.Postgres, u.Redis - before.Redis}
}

// Total is all of it.
func (u Usage) Total() time.Duration { return u.Own + u.Postgres + u.Redis }

// Measure reads the processor time that this process and the servers that it
// started have used so far. Servers are known by the names of their programs,
// postgres and redis-server; what their children had used when they ended is
// included. It needs /proc, so Linux. The servers' times come in steps of 10 ms
// a process.
func Measure() (Usage, error) {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		return Usage{}, fmt.Errorf("measure processor time: %w", err)
	}
	all, err := processes()
	if err != nil {
		return Usage{}, fmt.Errorf("measure processor time: %w", err)
	}
	u := Usage{Own: time.Duration(self.Utime.Nano() + self.Stime.Nano())}
	u.Postgres = beneath(all, os.Getpid(), "postgres")
	u.Redis = beneath(all, os.Getpid(), "redis-server")
	return u, nil
}

// process is what a line of /proc/PID/stat says (proc_pid_stat(5)).
type process struct {
	pid, parent int
	name        string
	used        time.Duration // by it, and by its children that ended and were waited for
}

var errStat = errors.New("isn't a line of /proc/PID/stat")

// parseStat reads such a line. The name stands in parentheses and may hold some
// itself, and spaces.
func parseStat(line []byte) (p process, err error) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return process{}, errStat
	}
	if p.pid, err = strconv.Atoi(string(bytes.TrimSpace(line[:open]))); err != nil {
		return process{}, errStat
	}
	p.name = string(line[open+1 : end])
	// From the third field on: state, ppid, ..., utime (14), stime, cutime, cstime.
	fields := strings.Fields(string(line[end+1:]))
	if len(fields) < 15 {
		return process{}, errStat
	}
	if p.parent, err = strconv.Atoi(fields[1]); err != nil {
		return process{}, errStat
	}
	for _, f := range fields[11:15] {
		ticks, err := strconv.ParseInt(f, 10, 64)
		if err != nil || ticks < 0 || ticks > 1<<40 {
			return process{}, errStat
		}
		p.used += time.Duration(ticks) * (time.Second / clockTicks)
	}
	return p, nil
}

// processes reads all there are. One that ends while it is read isn't among them.
func processes() ([]process, error) {
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("there is no /proc")
	}
	var all []process
	for _, name := range names {
		line, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		p, err := parseStat(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// beneath sums over the processes of a name that descend from root.
func beneath(all []process, root int, name string) time.Duration {
	parents := make(map[int]int, len(all))
	for _, p := range all {
		parents[p.pid] = p.parent
	}
	var sum time.Duration
	for _, p := range all {
		if p.name != name {
			continue
		}
		at := p.pid
		for range len(all) { // the list isn't of one instant: no loop through it is for ever
			if at = parents[at]; at == root || at == 0 {
				break
			}
		}
		if at == root {
			sum += p.used
		}
	}
	return sum
}

// peakRSS is the most memory that this process has had resident, in octets.
func peakRSS() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read the peak of memory: %w", err)
	}
	return parseHWM(status)
}

// parseHWM finds the line "VmHWM: N kB" of /proc/PID/status.
func parseHWM(status []byte) (int64, error) {
	for line := range bytes.Lines(status) {
		rest, ok := bytes.CutPrefix(line, []byte("VmHWM:"))
		if !ok {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			break
		}
		kb, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err != nil || kb < 0 || kb > 1<<40 {
			break
		}
		return kb << 10, nil
	}
	return 0, errors.New("/proc/self/status has no line VmHWM in kB")
}
