// Package embedded starts the servers which Tradepost needs but does not
// bring: PostgreSQL, Redis, and a small mail server (SMTP in, IMAP out). The
// demo runs on them, and so do the tests of every other package.
//
// PostgreSQL, redis-server and Dovecot are the real programs, found among the
// installed ones and run as child processes; nothing is ever downloaded. Where
// redis-server is missing, miniredis stands in, which forgets everything at
// exit. The mail server lives in this process.
//
// What it will not do: listen on anything but unix sockets and the addresses
// it was given, use a server that somebody else started, upgrade or wipe data
// of another version, or serve as a mail server for the internet: its SMTP port takes any
// sender, its IMAP port has one password for everybody.
//
// # Processes
//
// A child is told to stop by Close. If this process is killed before, Linux
// sends the child its stop signal (PR_SET_PDEATHSIG), so nothing is left
// running; other systems have no such signal and may leave a server behind. As
// root, PostgreSQL and Dovecot, which refuse root or deserve less, run as
// another user.
//
// # Goroutines
//
//   - one per child process: locked to its OS thread, starts the child and
//     waits for its end; os/exec adds one that copies the child's output
//   - [Redis] on miniredis: one ticker that lets keys age, and miniredis's own
//   - [Mail]: one accept loop each for SMTP and IMAP, and one per connection
//     (two while a client idles); Close waits for them
package embedded
