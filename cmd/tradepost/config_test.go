package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tradepost-mail/tradepost"
)

// TestBudgetDefaults: what the flags say is what the rules say.
func TestBudgetDefaults(t *testing.T) {
	var c budgetConfig
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	if got := c.budgets(); got != tradepost.DefaultBudgets {
		t.Errorf("flags %+v, rules %+v", got, tradepost.DefaultBudgets)
	}
	if got := budgetsOf(tradepost.DefaultBudgets); got != c {
		t.Errorf("there and back: %+v", got)
	}
}

// problems runs a check and joins what it finds.
func problems(check func(bad func(string, ...any))) string {
	var f faults
	check(f.bad)
	return strings.Join(f, "\n")
}

func TestBaseURLIsChecked(t *testing.T) {
	for base, want := range map[string]string{
		"":                                   "",
		"https://tradepost.example":          "",
		"https://tradepost.example/":         "",
		"https://tradepost.example:8443":     "",
		"http://127.0.0.1:8080":              "",
		"http://[::1]:8080":                  "",
		"http://localhost:8080/":             "",
		"http://a.localhost":                 "",
		"http://tradepost.example":           "in the clear",
		"http://192.0.2.1":                   "in the clear",
		"https://tradepost.example/sub":      "is not like",
		"https://tradepost.example?x=1":      "is not like",
		"https://tradepost.example/?":        "is not like",
		"https://tradepost.example#top":      "is not like",
		"https://u:secret@tradepost.example": "is not like",
		"tradepost.example":                  "is not like",
		"ftp://tradepost.example":            "is not like",
		"https://":                           "is not like",
		"https:///a":                         "is not like",
		"://":                                "is not like",
	} {
		got := problems((&baseConfig{BaseURL: base}).check)
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%q: %q, want %q", base, got, want)
		}
	}
}

func TestSenderSettingsAreChecked(t *testing.T) {
	for _, c := range []struct {
		config senderConfig
		want   string
	}{
		{senderConfig{}, ""},
		{senderConfig{ReceivingHost: "mx.market.example", DNS: "off"}, ""},
		{senderConfig{DNS: "127.0.0.1:53"}, ""},
		{senderConfig{DNS: "[::1]:53"}, ""},
		{senderConfig{ReceivingHost: "mx market"}, "TRADEPOST_RECEIVING_HOST"},
		{senderConfig{DNS: "127.0.0.1"}, "TRADEPOST_DNS"},
		{senderConfig{DNS: ":53"}, "TRADEPOST_DNS"},
		{senderConfig{DNS: "OFF"}, "TRADEPOST_DNS"},
	} {
		got := problems(c.config.check)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q", c.config, got)
		}
	}
	if got := problems((&budgetConfig{BudgetDomain: -1}).check); !strings.Contains(got, "TRADEPOST_BUDGET_DOMAIN -1 is negative") {
		t.Error(got)
	}
}

func TestWebhookSettingsAreChecked(t *testing.T) {
	c := webhookConfig{WebhookAllowNetworks: []string{"10.20.0.0/16", "fd00:1::/64", "127.0.0.1/32"}, WebhookAllowHTTP: true}
	if got := problems(c.check); got != "" {
		t.Error(got)
	}
	if p := c.policy(); len(p.AllowNetworks) != 3 || !p.AllowHTTP {
		t.Errorf("%+v", p)
	}
	c = webhookConfig{WebhookAllowNetworks: []string{"10.20.0.1", "10.20.0.1/16", "::ffff:10.0.0.0/104", "0.0.0.0/0"}}
	if got := problems(c.check); strings.Count(got, "TRADEPOST_WEBHOOK_ALLOW_NETWORKS") != 3 || strings.Contains(got, "0.0.0.0/0") {
		t.Error(got)
	}
}

// TestFaultsAreToldOnce: several roles find the same one.
func TestFaultsAreToldOnce(t *testing.T) {
	var f faults
	for range 3 {
		f.add(fmt.Errorf("TRADEPOST_A is missing\nTRADEPOST_B is missing"))
	}
	f.add(nil)
	if len(f) != 2 || f[1] != "TRADEPOST_B is missing" {
		t.Errorf("%q", f)
	}
}

func TestTheDefaultReminder(t *testing.T) {
	var c remindConfig
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	if c.RemindAfter != tradepost.DefaultRemindAfter {
		t.Errorf("flag %s, rule %s", c.RemindAfter, tradepost.DefaultRemindAfter)
	}
	bad := 0
	for _, after := range []time.Duration{-1, 0, time.Hour} {
		(&remindConfig{RemindAfter: after}).check(func(string, ...any) { bad++ })
	}
	if bad != 1 {
		t.Errorf("%d faults, want one of the negative", bad)
	}
}

func TestMatchCount(t *testing.T) {
	var c matchConfig
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil || c.MatchCount != tradepost.DefaultMatchCount {
		t.Errorf("flag %d, rule %d, %v", c.MatchCount, tradepost.DefaultMatchCount, err)
	}
	for n, good := range map[int]bool{-1: false, 0: false, 1: true, tradepost.DefaultMatchCount: true, tradepost.MaxMatchCount: true, tradepost.MaxMatchCount + 1: false} {
		faults := 0
		(&matchConfig{MatchCount: n}).check(func(string, ...any) { faults++ })
		if (faults == 0) != good {
			t.Errorf("%d: %d faults", n, faults)
		}
	}
}
