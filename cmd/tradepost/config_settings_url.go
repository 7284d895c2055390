package main

import (
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// settingsURLConfig is where members choose when they get mail.
type settingsURLConfig struct {
	SettingsURL string `help:"Page of a member's settings, with {member} for their id; empty: letters link none." env:"TRADEPOST_SETTINGS_URL"`
}

func (c *settingsURLConfig) check(bad func(string, ...any)) {
	if c.SettingsURL == "" {
		return
	}
	if p := tradepost.URLProblem(c.SettingsURL); p != "" {
		bad("TRADEPOST_SETTINGS_URL %s", p)
	}
}

// settingsURL returns the page of a member's settings.
func (c *settingsURLConfig) settingsURL() func(store.Correspondent) string {
	if c.SettingsURL == "" {
		return nil
	}
	return func(member store.Correspondent) string {
		return strings.ReplaceAll(c.SettingsURL, "{member}", tradepost.FormatID(tradepost.MemberPrefix, member.ID))
	}
}
