package doctor

import (
	"context"
	"fmt"
	"time"
)

// Groups are the groups of checks, in the order of a report.
func Groups() []string {
	return []string{GroupDNS, GroupPostgres, GroupRedis, GroupSMTP, GroupIMAP, GroupMachine, GroupWeb}
}

// The groups.
const (
	GroupDNS      = "dns"      // what receivers of mail ask for
	GroupPostgres = "postgres" // the database
	GroupRedis    = "redis"    // the queue's bell
	GroupSMTP     = "smtp"     // the server that takes mail
	GroupIMAP     = "imap"     // the reply mailbox
	GroupMachine  = "machine"  // files, folders, time zones
	GroupWeb      = "web"      // the address in letters
)

// Check looks at one thing.
type Check struct {
	Group string
	Name  string // stands in the report where Run gives nothing in time
	// Run ends soon after ctx has.
	Run func(ctx context.Context) []Finding
}

// grace is how long a check may take to say what its context's end has cut
// short, before it is said for it.
const grace = 500 * time.Millisecond

// Run runs checks side by side, each for no longer than timeout, and returns
// what they found in the order of the checks, groups in that of [Groups]. A
// check that doesn't heed its context, as one that waits for a dead network file
// system, is reported as a fault and left behind.
func Run(ctx context.Context, checks []Check, timeout time.Duration) Report {
	answers := make([]chan []Finding, len(checks))
	for i, c := range checks {
		answers[i] = make(chan []Finding, 1)
		go func() { answers[i] <- bounded(ctx, c, timeout) }()
	}
	byGroup := make(map[string][]Finding)
	for i, c := range checks {
		for _, f := range <-answers[i] {
			f.Group = c.Group
			byGroup[c.Group] = append(byGroup[c.Group], f)
		}
	}
	var report Report
	for _, g := range Groups() {
		report = append(report, byGroup[g]...)
	}
	return report
}

// overdue is the cause of a context whose time is over.
type overdue time.Duration

func (o overdue) Error() string { return fmt.Sprintf("no answer within %s", time.Duration(o)) }

// Timeout says that this is what it is, as package net's errors do.
func (overdue) Timeout() bool { return true }

// bounded runs one check.
func bounded(ctx context.Context, c Check, timeout time.Duration) []Finding {
	limited, cancel := context.WithTimeoutCause(ctx, timeout, overdue(timeout))
	defer cancel()
	done := make(chan []Finding, 1)
	go func() { done <- c.Run(limited) }()
	select {
	case findings := <-done:
		return findings
	case <-limited.Done():
	}
	last := time.NewTimer(grace)
	defer last.Stop()
	select {
	case findings := <-done:
		return findings
	case <-last.C:
		j := judge("%s", c.Name)
		j.notice(Fault, context.Cause(limited).Error(), "see what it waits for, or give it more time with --timeout")
		return j.findings()
	}
}
