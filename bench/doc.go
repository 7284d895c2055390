// Package bench measures the sender as a whole, with its own PostgreSQL and Redis
// beside it: what a digest costs ([Send]) and how long an alert takes ([Alert]).
//
// Figures of one machine say little, so each comes with its yardstick of the same
// run: for digests Postfix's smtp-source, for alerts the least that a queue on
// Redis can do. The package doesn't judge: what is good enough is the reader's
// to say, and docs/benchmarks.md's.
//
// Goroutines: those of the worker and the pool measured, one for each connection
// of the [Sink], and those that seed, which end before measuring begins.
package bench
