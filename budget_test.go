package tradepost

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const outOfOffice = "Thank you for writing. I am away until Monday and will answer then."

func TestTheSameTextIsHeldTheThirdTime(t *testing.T) {
	for _, tc := range []struct {
		text string
		want int
	}{
		{outOfOffice, 2}, {"Thanks!", 10}, {"", 10}, {"👍", 10}, {"1234567890 1234567890 1234567890", 10},
		{strings.Repeat("a", 19), 10}, {strings.Repeat("å", 20), 2},
	} {
		if got := DefaultBudgets.RepeatLimit(tc.text); got != tc.want {
			t.Errorf("%q may come %d times, want %d", tc.text, got, tc.want)
		}
	}
	if got := (Budgets{}).RepeatLimit(outOfOffice); got != 0 {
		t.Errorf("without a budget: %d", got)
	}
	if got := (Budgets{Repeat: 50}).RepeatLimit("Thanks!"); got != 50 {
		t.Errorf("a short text has less than a long one: %d", got)
	}
}

func TestAutorespondersHaveOneKey(t *testing.T) {
	key := TextKey(outOfOffice)
	for _, same := range []string{
		outOfOffice + " [#4711]", "(2) " + outOfOffice, strings.ToUpper(outOfOffice), strings.ReplaceAll(outOfOffice, " ", "\r\n> "), outOfOffice + " 2026-03-01 12:00!",
	} {
		if TextKey(same) != key {
			t.Errorf("%q has another key", same)
		}
	}
	if TextKey("ΟΔΟΣ") != TextKey("οδος") || TextKey("ΟΔΟΣ") != TextKey("οδοσ") {
		t.Error("case is not folded in Greek")
	}
	for _, pair := range [][2]string{{"yes", "no"}, {"कि", "की"}, {"Zoë", "Zoe"}, {"a" + strings.Repeat("x", 2000), "b" + strings.Repeat("x", 2000)}} {
		if TextKey(pair[0]) == TextKey(pair[1]) {
			t.Errorf("%q and %q have one key", pair[0], pair[1])
		}
	}
}

func TestTextKeyGoesByLetters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[\p{Latin}\p{Han}\p{Cyrillic}]{1,300}`)).Draw(t, "words")
		noise := rapid.SliceOfN(rapid.StringMatching(`[\d\s[:punct:]]{0,9}`), len(words)+1, len(words)+1).Draw(t, "noise")
		var noisy strings.Builder
		for i, w := range words {
			noisy.WriteString(noise[i] + w)
		}
		noisy.WriteString(noise[len(words)])
		plain := strings.Join(words, "")
		if TextKey(noisy.String()) != TextKey(plain) || DefaultBudgets.RepeatLimit(noisy.String()) != DefaultBudgets.RepeatLimit(plain) {
			t.Fatalf("%q and %q differ", noisy.String(), plain)
		}
		if TextKey(plain+"x") == TextKey(plain) {
			t.Fatal("a letter more has the same key")
		}
	})
}

func ExampleTextKey() {
	fmt.Println(TextKey("Ticket 17: I am away.") == TextKey("Ticket 18: I am away."))
	fmt.Println(TextKey("I am away.") == TextKey("I am back."))
	// Output:
	// true
	// false
}
