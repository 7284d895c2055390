package report

import (
	"slices"
	"strings"
	"testing"
)

func TestReadCodes(t *testing.T) {
	for _, c := range []struct {
		text     string
		reply    int
		enhanced string
	}{
		{"550 5.1.1 <a@x.example>... User unknown", 550, "5.1.1"},
		{"550-5.7.26 This mail is unauthenticated", 550, "5.7.26"},
		{"450 450 4.2.2 mailbox full", 450, "4.2.2"},
		{"5.1.0 - unknown address 550-'5.7.1 denied'", 550, "5.7.1"},
		{"552 mailbox is over quota (#5.2.2)", 552, "5.2.2"},
		{"554 5.0.0 failed, 5.2.1 closed", 554, "5.0.0"},
		{"failed: 5.0.0, then 5.2.1", 0, "5.2.1"},
		{"said: 421 try later", 421, ""},
		{"host [192.0.2.550] at 10.5.1.1 said no", 0, ""},
		{"4.5.6.7 and 203.0.113.4", 0, ""},
		{"Exim 4.9.1b, version v5.5.2", 0, ""},
		{"after 500000 bytes", 0, ""},
		{"2001:db8:550::1", 0, ""},
		{"id 4XyZ.5.1.1", 0, ""},
		{"250 2.0.0 ok", 0, ""},
		{"5.9.1 isn't a subject", 0, ""},
		{"", 0, ""},
		{"5", 0, ""},
		{"5.1", 0, ""},
	} {
		got := readCodes(c.text)
		if got.reply != c.reply || got.enhanced != c.enhanced {
			t.Errorf("%q: %d %q, want %d %q", c.text, got.reply, got.enhanced, c.reply, c.enhanced)
		}
	}
}

func TestDetail(t *testing.T) {
	for text, want := range map[string]string{
		"no such user here":                       "1.1",
		"Mailbox unavailable: user is over quota": "2.2",
		"Host or domain name not found":           "1.2",
		"Message size exceeds fixed maximum":      "3.4",
		"mail loop: too many hops":                "4.6",
		"Relaying denied":                         "7.1",
		"this account has been disabled":          "2.1",
		"retry timeout exceeded":                  "4.7",
		"Connection refused":                      "4.1",
		"blocked by Spamhaus":                     "7.1",
		"Empfänger unbekannt":                     "1.1",
		"アカウントが存在しません":                            "1.1",
		"the moon is in the wrong house":          "0.0",
		"DMARC check failed, denied":              "7.26",
	} {
		if got := detail(text, 0); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for reply, want := range map[int]string{550: "1.1", 552: "2.2", 452: "2.2", 554: "7.1", 421: "3.2", 451: "0.0"} {
		if got := detail("no", reply); got != want {
			t.Errorf("%d: %s, want %s", reply, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"to <maja@ferry.example>, please":             "maja@ferry.example",
		"'maja@ferry.example' and a.b+c@x.y.example.": "maja@ferry.example a.b+c@x.y.example",
		`"maja lind"@ferry.example`:                   `"maja lind"@ferry.example`,
		"maja@[192.0.2.7] literal":                    "maja@[192.0.2.7]",
		"无法发送到maja@ferry.example。":                    "maja@ferry.example",
		"<maja@ferry> but not olle@boat":              "maja@ferry",
		"maja@ ferry.example @x.example a@@b.c":       "",
		"a@x..example":                                "",
	} {
		var got []string
		for _, a := range addresses(text, 10) {
			if text[a.start:a.end] != a.text {
				t.Errorf("%q: %q isn't at %d", text, a.text, a.start)
			}
			got = append(got, a.text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestRecipientAddress(t *testing.T) {
	for value, want := range map[string]string{
		"rfc822; maja@ferry.example":             "maja@ferry.example",
		"RFC822;<maja@ferry.example>":            "maja@ferry.example",
		"<maja@ferry.example>":                   "maja@ferry.example",
		"maja@ferry.example (Maja)":              "maja@ferry.example",
		"rfc822; Maja Lind <maja@ferry.example>": "maja@ferry.example",
		`rfc822; "maja lind"@ferry.example`:      `"maja lind"@ferry.example`,
		`utf-8; m\x{E5}ns@f\x{E4}rja.example`:    "måns@färja.example",
		`utf-8; m\x{D800}\x{0A}\x{zz}@x.example`: "m\uFFFD\\x{0A}\\x{zz}@x.example",
		"rfc822;/var/mail/maja@host":             "",
		"rfc822;|/bin/sort maja@ferry.example":   "",
		"x-local; maja":                          "",
		"rfc822;@ferry.example":                  "",
		"rfc822;maja@":                           "",
		"":                                       "",
	} {
		if got := recipientAddress(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestHeading(t *testing.T) {
	for line, want := range map[string]string{
		"<maja@ferry.example>:":                         "maja@ferry.example|",
		"maja@ferry.example: 550 no":                    "maja@ferry.example|550 no",
		"maja@ferry.example<mailto:maja@ferry.example>": "maja@ferry.example|",
		">>> maja@ferry.example <maja@ferry.example>":   "maja@ferry.example|",
		"* maja@ferry.example":                          "maja@ferry.example|",
		"1. maja@ferry.example":                         "maja@ferry.example|",
		"Recipient: <maja@ferry.example>":               "maja@ferry.example|",
		"maja@ferry.example on Tue, 4 Mar 2025 09:15":   "maja@ferry.example|",
		"<maja@ferry.example>... User unknown":          "maja@ferry.example|User unknown",
		"maja@ferry.example wrote to us yesterday":      "",
		"(expanded from: <maja@ferry.example>)":         "",
		">>> RCPT To:<maja@ferry.example>":              "",
		"<<< 550 <maja@ferry.example> no":               "",
		"550 <maja@ferry.example>... no":                "",
		"no address here":                               "",
	} {
		addr, rest, ok := heading(line)
		got := ""
		if ok {
			got = addr + "|" + rest
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestDialectsAreInReach holds two rules of the table: words are as they are
// looked for, and no dialect hides behind an earlier one.
func TestDialectsAreInReach(t *testing.T) {
	var names []string
	for _, d := range dialects {
		if slices.Contains(names, d.name) {
			t.Errorf("%s is there twice", d.name)
		}
		names = append(names, d.name)
		reached := false
		for _, w := range slices.Concat(d.opens, d.words) {
			if w != strings.ToLower(strings.Join(strings.Fields(w), " ")) && strings.TrimRight(w, " ") != strings.ToLower(strings.Join(strings.Fields(w), " ")) {
				t.Errorf("%s: %q can't be found", d.name, w)
			}
			reached = reached || (&text{lower: w}).dialect() == d.name
		}
		if !reached {
			t.Errorf("%s is never reached", d.name)
		}
	}
}

// FuzzCodes holds that a code found is one that stands in the text.
func FuzzCodes(f *testing.F) {
	for _, s := range []string{"550 5.1.1 no", "5.1.0 - x 550-'5.7.1", "4.4.4.4 421", "(#5.2.2)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := readCodes(s)
		if c.enhanced != "" && (!strings.Contains(s, c.enhanced) || c.enhanced[0] != '4' && c.enhanced[0] != '5') {
			t.Errorf("%q: %q", s, c.enhanced)
		}
		if c.reply != 0 && (c.reply < 400 || c.reply > 571) {
			t.Errorf("%q: %d", s, c.reply)
		}
		if code, ok := enhancedCode(s); ok && !strings.Contains(s, code) {
			t.Errorf("%q: %q", s, code)
		}
	})
}

// FuzzAddresses holds that addresses are found in order, apart from one another
// and with both halves.
func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"<maja@ferry.example>:", `"a b"@x.example`, "a@b@c.example", "a@[192.0.2.1]", "1. a@x.example<mailto:a@x.example>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, a := range addresses(s, 100) {
			local, domain, ok := strings.Cut(a.text[strings.LastIndexByte(a.text, '"')+1:], "@")
			if a.start < end || a.text != s[a.start:a.end] || !ok || local == "" && a.text[0] != '"' || domain == "" {
				t.Errorf("%q: %+v after %d", s, a, end)
			}
			end = a.end
		}
		if addr, _, ok := heading(s); ok && !strings.Contains(s, addr) {
			t.Errorf("%q: heading %q", s, addr)
		}
		if a := recipientAddress(s); a != "" && !strings.Contains(a, "@") {
			t.Errorf("%q: recipient %q", s, a)
		}
	})
}
