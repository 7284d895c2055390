package mailer

import (
	"bytes"
	"crypto"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim" //nolint:depguard // what is signed here is checked by the verifier that reads mail
	"github.com/wneessen/go-mail"
	"pgregory.net/rapid"
)

func newKey(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	key, pem, err := NewDKIMKey(kind)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := DKIMKey(pem); err != nil || fmt.Sprint(read.Public()) != fmt.Sprint(key.Public()) {
		t.Fatalf("there and back: %v", err)
	}
	return key
}

// verified has a message's signatures checked by go-msgauth, with the records that
// the keys would be published by.
func verified(t interface{ Fatal(...any) }, d *DKIM, b []byte) int {
	found, err := dkim.VerifyWithOptions(bytes.NewReader(b), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		for _, k := range d.Keys {
			if name == k.Selector+"._domainkey."+d.Domain {
				record, err := DKIMRecord(k.Key.Public())
				return []string{record}, err
			}
		}
		return nil, fmt.Errorf("nothing at %s", name)
	}})
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, v := range found {
		if v.Err == nil {
			good++
		}
	}
	return good
}

func TestTwoSignatures(t *testing.T) {
	d := &DKIM{Domain: "market.example", Keys: []SigningKey{{Selector: "r1", Key: newKey(t, "rsa")}, {Selector: "e1", Key: newKey(t, "ed25519")}}}
	d.check(noon, func(format string, args ...any) { t.Errorf(format, args...) })
	header := "From: a@market.example\r\nTo:  b@x.example \r\nSubject: folded\r\n\tand  spaced \r\nX-Other: y\r\nFeedback-ID: digest:market\r\nList-Unsubscribe: <https://x.example/u>\r\n"
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"\r\n", " ", "\t", "  ", "a", ".", "..", "ö", "=20", "a line of words", " \r\n", "\r\n\r\n"})).Draw(t, "body")
		message := []byte(header + "\r\n" + strings.Join(pieces, ""))
		if !bytes.HasSuffix(message, []byte("\r\n")) {
			message = append(message, "\r\n"...)
		}
		signed, err := d.sign(message, noon)
		if err != nil {
			t.Fatal(err)
		}
		if n := verified(t, d, signed); n != 2 || !bytes.HasSuffix(signed, message) {
			t.Fatalf("%d signatures verify:\n%s", n, signed)
		}
		if again, err := d.sign(message, noon); err != nil || !bytes.Equal(again, signed) {
			t.Fatal("the same letter has other bytes")
		}
	})
	signed, err := d.sign([]byte(header+"\r\nHello\r\n"), noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"Hello", "Hallo"}, {"folded", "faded"}, {"digest:market", "digest:evil"}, {"From: a@", "From: evil@x.example\r\nFrom: a@"},
		{"X-Other", "Reply-To: evil@x.example\r\nX-Other"}, {"<https://x.", "<https://y."},
	} {
		if n := verified(t, d, bytes.Replace(signed, []byte(change[0]), []byte(change[1]), 1)); n != 0 {
			t.Errorf("%q may become %q", change[0], change[1])
		}
	}
	if n := verified(t, d, bytes.Replace(signed, []byte("X-Other: y"), []byte("X-Other: z"), 1)); n != 2 {
		t.Error("a field that isn't signed matters")
	}
	for line := range bytes.SplitSeq(signed, []byte("\r\n")) {
		if len(line) > 100 { // bh= and the tags before it aren't broken
			t.Errorf("a line of %d octets: %s", len(line), line)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	key := newKey(t, "ed25519")
	change := noon.AddDate(0, 0, 7)
	d := &DKIM{Domain: "market.example", Keys: []SigningKey{
		{Selector: "old", Key: key, NotBefore: noon, NotAfter: change}, {Selector: "new", Key: key, NotBefore: change}}}
	for _, c := range []struct {
		at   time.Time
		want string
	}{{noon.Add(-time.Hour), "old"}, {noon, "old"}, {change.Add(-time.Second), "old"}, {change, "new"}, {change.AddDate(9, 0, 0), "new"}} {
		signed, err := d.sign([]byte("From: a@market.example\r\n\r\nx\r\n"), c.at)
		if err != nil || bytes.Count(signed, []byte("DKIM-Signature:")) != 1 || !bytes.Contains(signed, []byte("s="+c.want+";")) {
			t.Errorf("%v: %s, %v", c.at, signed, err)
		}
	}
	for _, c := range []struct {
		keys []SigningKey
		want string
	}{
		{d.Keys, ""},
		{d.Keys[:1], "no key signs from 2026-12-08 12:00 UTC on"},
		{[]SigningKey{d.Keys[0], {Selector: "new", Key: key, NotBefore: change.Add(time.Hour)}}, "no key signs from 2026-12-08"},
		{[]SigningKey{{Selector: "a", Key: key}, {Selector: "a", Key: key}}, "twice"},
		{[]SigningKey{{Selector: "a b", Key: key}}, "dotted labels"},
		{[]SigningKey{{Selector: "a", Key: nil}}, "use RSA or Ed25519"},
		{[]SigningKey{{Selector: "a", Key: key, NotBefore: change, NotAfter: noon}}, "ends before"},
		{nil, "empty"},
	} {
		var faults []string
		(&DKIM{Domain: "market.example", Keys: c.keys}).check(noon, func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...).Error()) })
		if got := strings.Join(faults, "\n"); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("want %q, got %q", c.want, got)
		}
	}
}

// BenchmarkSign compares this package's signing of a digest's 6 kB with the two
// libraries': "both" is by an RSA and an Ed25519 key.
func BenchmarkSign(b *testing.B) {
	header := "From: a@market.example\r\nTo: b@x.example\r\nSubject: Your inbox\r\nDate: Tue, 01 Dec 2026 12:00:00 +0000\r\nMessage-ID: <x@market.example>\r\n"
	body := strings.Repeat("a line of a digest that is seventy octets long, as lines of letters are\r\n", 80)
	message := []byte(header + "\r\n" + body)
	rsa, ed := SigningKey{Selector: "r1", Key: newKey(b, "rsa")}, SigningKey{Selector: "e1", Key: newKey(b, "ed25519")}
	for _, c := range []struct {
		name string
		keys []SigningKey
	}{{"ed25519", []SigningKey{ed}}, {"rsa", []SigningKey{rsa}}, {"both", []SigningKey{rsa, ed}}} {
		d := &DKIM{Domain: "market.example", Keys: c.keys}
		b.Run(c.name+"/own", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.sign(message, noon); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/go-mail", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, k := range c.keys {
					s := mail.NewDKIMSigner(d.Domain, k.Selector, k.Key)
					s.SignHeaders(signedFields...)
					if _, err := s.Sign([]byte(header), []byte(body)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run(c.name+"/go-msgauth", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, k := range c.keys {
					var out bytes.Buffer
					if err := dkim.Sign(&out, bytes.NewReader(message), &dkim.SignOptions{Domain: d.Domain, Selector: k.Selector, Signer: k.Key,
						HeaderKeys: signedFields, HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
