package web

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
)

// TestDecodeReadsWhatWasWritten: any request that encoding/json writes is read
// back without a fault.
func TestDecodeReadsWhatWasWritten(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		in := openBody{
			Partner: text.Draw(t, "partner"), Kind: text.Draw(t, "kind"), Body: text.Draw(t, "body"),
			Merchant: merchantBody{Name: text.Draw(t, "name"), Email: text.Draw(t, "email"), StoreURL: text.Draw(t, "url")},
		}
		for range rapid.IntRange(0, 3).Draw(t, "files") {
			content := text.Draw(t, "content")
			in.Attachments = append(in.Attachments, attachmentBody{Filename: text.Draw(t, "filename"), ContentBase64: &content})
		}
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out openBody
		faults, err := decodeJSON(raw, &out)
		if err != nil || faults != nil || !reflect.DeepEqual(in, out) {
			t.Fatalf("%v %v\n%+v\n%+v", err, faults, in, out)
		}
	})
}

// FuzzDecode: whatever arrives, each text that comes out is UTF-8 without the
// replacement of what was no character, and no input makes the faults many or long.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"partner":"par_1","kind":"service","merchant":{"name":"x"},"attachments":[{"filename":"a","content_base64":"YQ=="}]}`,
		`{"partner":null,"merchant":[],"attachments":{"x":1}}`, `{"body":"\ud800"}`, `{"body":"\ud83d\ude00\\ud800"}`, `[[[[`, `null`, `{"a":1,"a":2}`, `{"attachments":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b openBody
		faults, err := decodeJSON(raw, &b)
		if (err == nil) != json.Valid(raw) && utf8.Valid(raw) {
			t.Fatalf("err = %v, encoding/json says valid = %t", err, json.Valid(raw))
		}
		if err != nil {
			return
		}
		if len(faults) > maxFaults {
			t.Fatalf("%d faults", len(faults))
		}
		for _, f := range faults {
			if len(f.Field) > 500 || len(f.Problem) > 200 || f.Problem == "" {
				t.Fatalf("fault %.600q: %.600q", f.Field, f.Problem)
			}
		}
		if len(faults) == 0 {
			var lax openBody
			if err := json.Unmarshal(raw, &lax); err != nil || !reflect.DeepEqual(lax, b) {
				t.Fatalf("encoding/json reads %+v (%v), this %+v", lax, err, b)
			}
		}
		for _, s := range []string{b.Partner, b.Body, b.Merchant.Name} {
			if !utf8.ValidString(s) {
				t.Fatalf("%q is not UTF-8", s)
			}
			if strings.ContainsRune(s, utf8.RuneError) && !strings.Contains(string(raw), "\uFFFD") && !strings.Contains(strings.ToLower(string(raw)), `\ufffd`) {
				t.Fatalf("%q holds a replacement that was not sent", s)
			}
		}
	})
}

func TestEmoji(t *testing.T) {
	for _, ok := range []string{"✅", "👍🏽", "❤️", "1️⃣", "🇸🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏽‍💻", "©️", "‼️", "↔️"} {
		if p := emojiProblem(ok); p != "" {
			t.Errorf("%s %s", ok, p)
		}
	}
	for _, bad := range []string{"", "a", "1", "<b>", "✅ done", "\u200d", "✅\n", "\x00", "\u202e", strings.Repeat("✅", 17), "\xff"} {
		if emojiProblem(bad) == "" {
			t.Errorf("%q passed", bad)
		}
	}
}

// TestDisposition: any stored name makes one header line whose both forms are
// within their grammars.
func TestDisposition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := disposition(rapid.String().Draw(t, "name"))
		for i := range len(v) {
			if v[i] < ' ' || v[i] > '~' {
				t.Fatalf("%q at %d of %q", v[i], i, v)
			}
		}
		if strings.Count(v, `"`) != 2 {
			t.Fatalf("quotes in %q", v)
		}
	})
}

func TestReasonOf(t *testing.T) {
	if got := reasonOf(tradepost.ErrRefused); got != "This is not possible." {
		t.Errorf("%q", got)
	}
}
