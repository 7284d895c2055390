package mailer

import "time"

const (
	strikesMost  = 3 // broken sessions in a row that set a relay aside
	longestAside = 5 * time.Minute
)

// standing is whether a relay is trusted with letters. Time is passed in; its
// owner holds the lock.
type standing struct {
	first   time.Duration // how long it is set aside at first
	alone   bool          // there is no other relay
	failing int           // failures to get a session, in a row
	strikes int           // sessions that broke, in a row
	until   time.Time     // set aside; zero: trusted
	failed  time.Time     // when the last failure was counted
	probing bool          // somebody is finding out
	reason  error         // why it is set aside
}

// trusted says that letters may go to it.
func (s *standing) trusted() bool { return s.until.IsZero() }

// due says that it is time to try it again, and that nobody does so yet.
func (s *standing) due(now time.Time) bool {
	return !s.trusted() && !s.probing && !now.Before(s.until)
}

// worked is a session that was had, or a dialogue that came to its end.
func (s *standing) worked() { *s = standing{first: s.first, alone: s.alone} }

// unreachable is a session that couldn't be had. A relay that is alone isn't set
// aside by one failure: no other could take the letter, and servers restart.
// Attempts that were under way at the last failure say nothing new.
func (s *standing) unreachable(began, now time.Time, err error) {
	s.probing = false
	if began.Before(s.failed) {
		return
	}
	s.failed, s.reason = now, err
	s.failing++
	if !s.alone || s.failing > 1 {
		s.setAside(now)
	}
}

// broke is a session that ended before its letter's time, or a server that says it
// is ill.
func (s *standing) broke(began, now time.Time, err error) {
	s.probing = false
	if began.Before(s.failed) {
		return
	}
	s.failed, s.reason = now, err
	s.strikes++
	if s.strikes >= strikesMost || !s.trusted() {
		s.failing++
		s.setAside(now)
	}
}

func (s *standing) setAside(now time.Time) {
	n := s.failing - 1
	if s.alone && s.strikes < strikesMost {
		n--
	}
	s.until = now.Add(min(s.first<<min(max(n, 0), 16), longestAside))
}
