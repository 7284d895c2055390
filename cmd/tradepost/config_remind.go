package main

import "time"

// remindConfig is when a team is reminded of a first contact that nobody has
// answered. The default is tradepost.DefaultRemindAfter, which a test compares.
type remindConfig struct {
	RemindAfter time.Duration `help:"How long a first contact waits for an answer before its team is reminded, once. 0: nobody is." default:"24h" env:"TRADEPOST_REMIND_AFTER"`
}

func (c *remindConfig) check(bad func(string, ...any)) {
	if c.RemindAfter < 0 {
		bad("TRADEPOST_REMIND_AFTER %s is negative; 0 reminds nobody", c.RemindAfter)
	}
}
