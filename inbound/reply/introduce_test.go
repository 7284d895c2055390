package reply

import "testing"

func TestClosing(t *testing.T) {
	for line, want := range map[string]string{
		"Kind regards, Maja":             ", Maja",
		"*Mit freundlichen Grüßen* Bo":   " Grüßen Bo",
		"Med vänliga hälsningar":         " hälsningar",
		"-- Thanks, please send it":      " please send it",
		"BEST REGARDS\u00a0İpek":         " İpek",
		"よろしくお願いします":                     "お願いします",
		"Thanks in advance for the list": " for the list",
	} {
		if rest, ok := Closing(line); !ok || rest != want {
			t.Errorf("%q: %q, %v; want %q", line, rest, ok, want)
		}
	}
	for _, line := range []string{"", "Bestellung", "We send our regards"} {
		if rest, ok := Closing(line); ok {
			t.Errorf("%q: %q", line, rest)
		}
	}
}
