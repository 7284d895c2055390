package main

import "github.com/tradepost-mail/tradepost"

// matchConfig is whom job requests go to. The default is
// tradepost.DefaultMatchCount, which a test compares.
type matchConfig struct {
	MatchCount int `help:"Partners that a job request goes to at most." default:"3" env:"TRADEPOST_MATCH_COUNT"`
}

func (c *matchConfig) check(bad func(string, ...any)) {
	if c.MatchCount < 1 || c.MatchCount > tradepost.MaxMatchCount {
		bad("TRADEPOST_MATCH_COUNT %d is not from 1 to %d", c.MatchCount, tradepost.MaxMatchCount)
	}
}
