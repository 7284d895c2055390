package tradepost

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// drawQuoting draws text in which addresses, whole and broken, stand at the
// places where a window ends.
func drawQuoting(t *rapid.T) string {
	const token = "reply+abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx"
	pieces := rapid.SampledFrom([]string{
		token, token + "@reply.example", token + "%40reply.example", token + "@" + strings.Repeat("long.", 300) + "example",
		strings.ToUpper(token), strings.ReplaceAll(token, "k", "\u212a"), strings.ReplaceAll(token, "+", "=2b"), token[:40], token[6:],
		"reply+", "@", "%4", "0x.example", "\xff\xe2\x84", "å", " and\r\n> ", strings.Repeat("x", 900),
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
