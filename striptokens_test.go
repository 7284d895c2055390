package tradepost

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

const (
	someToken   = "reply+abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx"
	someAction  = "act-abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz234567"
	someLink    = "https://mail.market.example/a/" + someAction
	anEncoded   = "https%3A%2F%2Fmail.market.example%2Fa%2F" + someAction
	someAddress = someToken + "@reply.example"
)

// drawQuoting draws text in which addresses and links, whole and broken, stand at
// the places where a window ends.
func drawQuoting(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{
		someToken, someAddress, someToken + "%40reply.example", someToken + "@" + strings.Repeat("long.", 300) + "example",
		strings.ToUpper(someToken), strings.ReplaceAll(someToken, "k", "\u212a"), strings.ReplaceAll(someToken, "+", "=2b"), someToken[:40], someToken[6:],
		"reply+", "@", "%4", "0x.example", "\xff\xe2\x84", "å", " and\r\n> ", strings.Repeat("x", 900),
		someAction, someLink, anEncoded, "http://" + strings.Repeat("path/", 40) + "a/" + someAction, "https://", "http", someAction[:30], someAction[30:],
		"=\r\n", "=  \n", "\n", "\r\n> > ", ">", " ", strings.Join(strings.Split(someAddress, ""), "=\n"), strings.Join(strings.Split(someLink, ""), "= \r\n"),
	})
	var b strings.Builder
	for range rapid.IntRange(1, 4).Draw(t, "windows") {
		// Nothing of one shape would be drawn so long.
		pad := rapid.IntRange(0, 66_000).Draw(t, "pad")
		b.WriteString(strings.Repeat(".", pad))
		for _, p := range rapid.SliceOfN(pieces, 0, 6).Draw(t, "pieces") {
			b.WriteString(p)
		}
	}
	return b.String()
}

func TestStripTokens(t *testing.T) {
	half, rest := someAddress[:30], someAddress[30:]
	for _, tc := range []struct{ text, want string }{
		{"Write to <" + someAddress + ">, please", "Write to <(reply address)>, please"},
		{"Write to " + someAddress + ". Thanks", "Write to (reply address). Thanks"},
		{strings.ToUpper(someAddress), "(reply address)"},
		{"mailto:" + someAddress + "?subject=Re", "mailto:(reply address)?subject=Re"},
		{strings.Replace(someAddress, "+", "%2b", 1) + "%26", "(reply address)%26"},
		{strings.Replace(strings.Replace(someAddress, "+", "=2B", 1), "@", "=40", 1), "(reply address)"},
		{someToken + " @reply.example", "(reply address) @reply.example"},
		{someToken + "\n@anna: yes", "(reply address)\n@anna: yes"},
		{someAddress + "\nHello", "(reply address)\nHello"},
		{someAddress + someAddress, "(reply address)+" + strings.TrimPrefix(someAddress, "reply+")}, // the second one's prefix looks like the end of the first one's domain

		// Broken by quoted-printable, anywhere.
		{half + "=\r\n" + rest, "(reply address)"},
		{"rep=\nly=  \n" + someAddress[5:20] + "=\r\n" + someAddress[20:len(someAddress)-3] + "=\n" + someAddress[len(someAddress)-3:] + "\n", "(reply address)\n"},
		// Broken by a mailer, within the token.
		{half + "\r\n" + rest, "(reply address)"},
		{"> > " + half + "\n> > " + rest + " wrote", "> > (reply address) wrote"},
		{"reply+\n  " + someAddress[6:], "(reply address)"},
		// The next line is somebody's text, not the rest of a token.
		{half + "\n" + "hello there", half + "\n" + "hello there"},
		{someToken[:len(someToken)-5] + "\nyesterday", someToken[:len(someToken)-5] + "\nyesterday"},
		{someToken[:len(someToken)-5] + "\n\nhello", someToken[:len(someToken)-5] + "\n\nhello"},

		{"Done: " + someLink, "Done: (link)"},
		{"[Mark as done](" + someLink + ")", "[Mark as done]((link))"},
		{"<" + strings.ToUpper(someLink) + "?x=1>", "<(link)?x=1>"},
		{"http://localhost:8080/inbox/a/" + someAction + "/", "(link)/"},
		{"https://gateway.example/?url=" + anEncoded + "&data=1", "https://gateway.example/?url=(link)&data=1"},
		{"https://gateway.example/?url=" + strings.ReplaceAll(anEncoded, "%", "%25"), "https://gateway.example/?url=https%253A%252F%252Fmail.market.example%252Fa%252F(link)"},
		{"https://gateway.example/click/" + anEncoded + "/x", "https://gateway.example/click/(link)/x"},
		{"market.example/a/" + someAction, "market.example(link)"},
		{"GET /a/" + someAction + " 200", "GET (link) 200"},
		{"token " + someAction, "token (link)"},
		{someLink[:20] + "=\r\n" + someLink[20:60] + "=\r\n" + someLink[60:], "(link)"},
		{"> " + someLink[:60] + "\n> " + someLink[60:] + "\n> yes", "> (link)\n> yes"},
		{someLink + someLink, "(link)(link)"},

		{"reply to me", "reply to me"}, {"act-now", "act-now"}, {"https://market.example/a/b", "https://market.example/a/b"},
		{someToken[:len(someToken)-1] + "!", someToken[:len(someToken)-1] + "!"}, {someAction[:len(someAction)-1] + "1", someAction[:len(someAction)-1] + "1"},
	} {
		if got := StripTokens(tc.text); got != tc.want {
			t.Errorf("%q:\ngot  %q\nwant %q", tc.text, got, tc.want)
		}
	}
}

// TestStripTokensAltersNothingElse: between what is replaced, text stays as it is.
func TestStripTokensAltersNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// No piece goes on where a domain ended, and none begins with the end of a token.
		text := rapid.OneOf(
			rapid.StringMatching(`(\s|[!-,;<>?åß漢"])?(.|\s){0,60}[ \n>"(]`),
			rapid.SampledFrom([]string{" reply+abc ", "\nact-on it ", "=\r\n", "> > ", "\r\n> hello there ", " https://shop.example/a/b?c=%2fa%2f ", " reply@shop.example ", "= \n"}),
		)
		var in, want strings.Builder
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			s := " " + text.Draw(t, "text")
			in.WriteString(s)
			want.WriteString(s)
			if rapid.Bool().Draw(t, "secret") {
				secret := rapid.SampledFrom([]string{someAddress, someLink, someToken, anEncoded}).Draw(t, "what")
				in.WriteString(secret)
				if strings.Contains(secret, "reply+") {
					want.WriteString("(reply address)")
				} else {
					want.WriteString("(link)")
				}
				in.WriteString(" ;")
				want.WriteString(" ;")
			}
		}
		if got := StripTokens(in.String()); got != want.String() {
			t.Fatalf("%q\nbecame %q\nwant   %q", in.String(), got, want.String())
		}
	})
}

// TestStripTokensFindsWhatIsSigned: whatever a mailer does to it on the way.
func TestStripTokensFindsWhatIsSigned(t *testing.T) {
	tokens := newTokens(t)
	rapid.Check(t, func(t *rapid.T) {
		address, err := tokens.Address(drawToken(t))
		if err != nil {
			t.Fatal(err)
		}
		secret := rapid.SampledFrom([]string{address, "https://mail.market.example" + ActionPath + actionText(t, tokens, drawAction(t))}).Draw(t, "secret")
		if rapid.Bool().Draw(t, "upper") {
			secret = strings.ToUpper(secret)
		}
		soft := rapid.SampledFrom([]string{"", "=\r\n", "=\n", "= \t\r\n"}).Draw(t, "soft")
		at := rapid.IntRange(1, len(secret)-1).Draw(t, "at")
		// A gateway's hard break falls within the token.
		token := strings.LastIndexAny(secret, "+-") + 1
		hard := rapid.SampledFrom([]string{"", "\n", "\r\n> > ", "\n \t"}).Draw(t, "hard")
		end := token + tokenLen
		if secret[token-1] == '-' {
			end = len(secret)
		}
		cut := rapid.IntRange(token, end-1).Draw(t, "cut")
		broken := secret[:at] + soft + secret[at:]
		if cut > at {
			cut += len(soft)
		}
		if cut <= at || cut > at+len(soft) {
			broken = broken[:cut] + hard + broken[cut:]
		}
		want := "(reply address)"
		if end == len(secret) {
			want = "(link)"
		}
		if got := StripTokens("[" + broken + "]"); got != "["+want+"]" {
			t.Fatalf("%q became %q", broken, got)
		}
	})
}

// TestStripTokensLooksNoFurther: what StripTokensFrom holds back is enough for
// the longest things that tokenIn finds.
func TestStripTokensLooksNoFurther(t *testing.T) {
	space := strings.Repeat(" ", softMax)
	soft, hard := "="+space+"\r\n", "\r\n"+strings.Repeat(">", quotesMax)
	spread := func(s, gap string) string {
		out := ""
		for i := range s {
			if i > 0 && i <= breaksMax {
				out += gap
			}
			out += s[i : i+1]
		}
		return out
	}
	many := strings.Join(strings.Split(someToken[6:], ""), "\n")
	for _, s := range []string{"reply+" + many, "reply+" + strings.ReplaceAll(many, "\n", "=\n")} {
		if _, _, with := tokenIn([]byte(s), 0); with != "" {
			t.Errorf("%.30q was found, broken 55 times", s)
		}
	}
	for _, s := range []string{
		spread("reply=2b", soft) + spread(someToken[6:], hard) + "%40" + strings.Repeat("d", domainMax),
		spread("https%3a%2f%2f", soft) + strings.Repeat("d", linkMax-1) + spread("%2fa%2f", soft) + ActionPrefix + spread(someAction[4:], hard),
	} {
		from, to, with := tokenIn([]byte(s), 0)
		if from != 0 || to != len(s) || with == "" {
			t.Errorf("found %d to %d of %d", from, to, len(s))
		}
		if len(s) >= tokenMatchMax || len(s) < tokenMatchMax/3 {
			t.Errorf("%d octets, and the bound is %d", len(s), tokenMatchMax)
		}
	}
}

func TestStripTokensFromIsStripTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawQuoting(t)
		var r io.Reader = strings.NewReader(text)
		switch rapid.IntRange(0, 2).Draw(t, "reader") {
		case 1:
			r = iotest.HalfReader(r)
		case 2:
			r = iotest.DataErrReader(r)
		}
		got, err := io.ReadAll(StripTokensFrom(r))
		if want := StripTokens(text); err != nil || string(got) != want {
			t.Fatalf("%d octets, want %d, %v", len(got), len(want), err)
		}
		if len(got) > len(text) {
			t.Fatalf("%d octets became %d", len(text), len(got))
		}
	})
}

func TestStripTokensFromPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	got, err := io.ReadAll(StripTokensFrom(io.MultiReader(strings.NewReader("some"), iotest.ErrReader(broken))))
	if string(got) != "some" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestStripTokensIsLinear takes a second; were it quadratic, no test would wait
// for its end.
func TestStripTokensIsLinear(t *testing.T) {
	for _, s := range []string{
		"r", "reply+", someToken[:50], someToken[:50] + "\n", "h", "http://", "https%3a%2f%2f", "http://a/", "/a/", "/a/act-", someAction[:60], "act-", "=\r\n", "a=\n", "reply+\n>", "%", "%2fa", someLink[:40],
	} {
		text := strings.Repeat(s, 1<<19/len(s))
		if StripTokens(text) != text {
			t.Errorf("%q: changed", s)
		}
	}
}

// BenchmarkStripTokensFrom reads a megabyte of quoted text.
func BenchmarkStripTokensFrom(b *testing.B) {
	text := bytes.Repeat([]byte("> We could start on Monday; write to reply@shop.example or call.\r\n"), 1<<14)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := io.Copy(io.Discard, StripTokensFrom(bytes.NewReader(text))); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleStripTokens() {
	fmt.Println(StripTokens("On Monday we wrote:\n> Answer to reply+aaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkkkkllllmmmmnnnn@reply.example."))
	// Output:
	// On Monday we wrote:
	// > Answer to (reply address).
}
