package authenticate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

const ours = "mx.tradepost.example"

// field folds nothing: the reader has unfolded it before.
func field(value string) string { return "Authentication-Results: " + value + "\r\n" }

func TestAuthenticationResults(t *testing.T) {
	t.Parallel()
	const forged = "mx.tradepost.example; dmarc=pass header.from=studio.example"
	cases := []struct {
		name   string
		fields string
		want   tradepost.AuthenticationResult // "" for: says nothing
	}{
		{"dmarc pass", field("mx.tradepost.example; dmarc=pass header.from=studio.example"), pass},
		{"dmarc pass without a From", field("mx.tradepost.example; dmarc=pass action=none"), pass},
		{"dmarc pass of another From", field("mx.tradepost.example; dmarc=pass header.from=market.example"), ""},
		{"dmarc pass of two Froms", field("mx.tradepost.example; dmarc=pass header.from=studio.example header.from=market.example"), ""},
		{"dmarc pass of a subdomain", field("mx.tradepost.example; dmarc=pass header.from=news.studio.example"), ""},
		{"dmarc fail", field("mx.tradepost.example; dkim=pass header.d=studio.example; dmarc=fail (p=NONE) header.from=studio.example"), fail},
		{"dmarc fail of another From", field("mx.tradepost.example; dmarc=fail header.from=market.example"), fail},
		{"dmarc pass and fail", field("mx.tradepost.example; dmarc=pass; dmarc=fail"), fail},
		{"dmarc temperror", field("mx.tradepost.example; dmarc=temperror header.from=studio.example"), temporary},
		{"dmarc pass and temperror", field("mx.tradepost.example; dmarc=pass; dmarc=temperror"), temporary},
		{"dmarc permerror", field("mx.tradepost.example; dmarc=permerror header.from=studio.example"), fail},
		{"dmarc permerror, signed", field("mx.tradepost.example; dmarc=permerror; dkim=pass header.d=studio.example"), pass},
		{"dmarc none", field("mx.tradepost.example; dmarc=none header.from=studio.example"), none},
		{"dmarc none, signed", field("mx.tradepost.example; dkim=pass header.i=@studio.example; dmarc=none"), pass},
		{"dmarc bestguesspass", field("mx.tradepost.example; dmarc=bestguesspass header.from=studio.example"), none},

		{"dkim pass", field("mx.tradepost.example; dkim=pass header.d=studio.example"), pass},
		{"dkim pass by identity", field("mx.tradepost.example; dkim=pass header.i=mia@news.studio.example header.s=k1 header.b=\"abc=\""), pass},
		{"dkim pass of a parent", field("mx.tradepost.example; dkim=pass header.d=STUDIO.example"), pass},
		{"dkim pass of somebody else", field("mx.tradepost.example; dkim=pass header.d=market.example"), ""},
		{"dkim pass of a lookalike", field("mx.tradepost.example; dkim=pass header.d=notstudio.example"), ""},
		{"dkim pass of the suffix", field("mx.tradepost.example; dkim=pass header.d=example"), ""},
		{"dkim pass of nobody", field("mx.tradepost.example; dkim=pass"), ""},
		{"dkim pass of two", field("mx.tradepost.example; dkim=pass header.d=market.example header.d=studio.example"), ""},
		{"dkim pass of two, ours first", field("mx.tradepost.example; dkim=pass header.d=studio.example header.d=market.example"), ""},
		{"d= before i=", field("mx.tradepost.example; dkim=pass header.i=@studio.example header.d=market.example"), ""},
		{"dkim fail and pass", field("mx.tradepost.example; dkim=fail header.d=studio.example; dkim=pass header.d=studio.example"), pass},
		{"dkim fail", field("mx.tradepost.example; dkim=fail header.d=studio.example"), fail},
		{"dkim fail, spf fail", field("mx.tradepost.example; dkim=fail header.d=studio.example; spf=fail smtp.mailfrom=studio.example"), fail},
		{"dkim fail, spf pass of a list", field("mx.tradepost.example; dkim=fail header.d=studio.example; spf=pass smtp.mailfrom=list.example"), ""},
		{"dkim fail, spf pass", field("mx.tradepost.example; dkim=fail header.d=studio.example; spf=pass smtp.mailfrom=mia@studio.example"), pass},
		{"dkim fail of somebody else", field("mx.tradepost.example; dkim=fail header.d=market.example"), ""},
		{"dkim temperror", field("mx.tradepost.example; dkim=temperror header.d=studio.example; spf=fail smtp.mailfrom=studio.example"), temporary},
		{"dkim temperror of somebody else", field("mx.tradepost.example; dkim=temperror header.d=market.example"), ""},
		{"dkim neutral", field("mx.tradepost.example; dkim=neutral header.d=studio.example; spf=softfail smtp.mailfrom=studio.example"), ""},

		{"spf pass", field("mx.tradepost.example; spf=pass (has 192.0.2.1) smtp.mailfrom=studio.example"), pass},
		{"spf pass of an address", field("mx.tradepost.example; spf=pass smtp.mailfrom=<bounce@news.studio.example>"), pass},
		{"spf pass of a quoted address", field(`mx.tradepost.example; spf=pass smtp.mailfrom="mia; dmarc=fail"@studio.example`), pass},
		{"spf pass of somebody else", field("mx.tradepost.example; spf=pass smtp.mailfrom=market.example"), ""},
		{"spf pass of a HELO", field("mx.tradepost.example; spf=pass smtp.helo=studio.example"), ""},
		{"spf fail", field("mx.tradepost.example; spf=fail smtp.mailfrom=studio.example"), ""},
		{"spf temperror", field("mx.tradepost.example; spf=temperror"), temporary},
		{"spf temperror of somebody else", field("mx.tradepost.example; spf=temperror smtp.mailfrom=market.example"), ""},

		{"none", field("mx.tradepost.example; none"), ""},
		{"nothing", field("mx.tradepost.example"), ""},
		{"empty", field(""), ""},
		{"another method", field("mx.tradepost.example; auth=pass smtp.auth=mia; iprev=pass policy.iprev=192.0.2.1"), ""},
		{"a version", field("mx.tradepost.example 1; dmarc=pass"), pass},
		{"a version nobody knows", field("mx.tradepost.example 2; dmarc=pass"), ""},
		{"a version of the method", field("mx.tradepost.example; dkim/1=pass header.d=studio.example"), pass},
		{"space wherever it may stand", field("mx.tradepost.example (us) 1 ; dkim / 1 = (yes) pass (really) header (h) . d = studio.example"), pass},
		{"capitals", field("MX.Tradepost.EXAMPLE; DMARC=Pass Header.From=Studio.Example"), pass},
		{"a quoted id", field(`"mx.tradepost.example"; dmarc=pass`), pass},

		{"a comment for a result", field("mx.tradepost.example; dkim=(pass) fail header.d=studio.example"), fail},
		{"a result in a comment", field("mx.tradepost.example; spf=fail (sender is a; dmarc=pass header.from=studio.example) smtp.mailfrom=studio.example"), ""},
		{"a result in a nested comment", field("mx.tradepost.example; spf=none (a (b) ; dmarc=pass \\) dmarc=pass; (c)) ; dmarc=fail"), fail},
		{"a property in a comment", field("mx.tradepost.example; dkim=pass (header.d=studio.example) header.d=market.example"), ""},
		{"a comment without end", field("mx.tradepost.example; dmarc=fail (; dmarc=pass"), fail},
		{"a result in a string", field(`mx.tradepost.example; dkim=fail reason="no; dmarc=pass" header.d=studio.example`), fail},
		{"a string without end", field(`mx.tradepost.example; dkim=fail header.d=studio.example reason="no; dmarc=pass`), fail},
		{"an escaped quote", field(`mx.tradepost.example; dkim=fail header.d=studio.example reason="no\"; dmarc=pass`), fail},
		{"a result in the id", field(`mx.tradepost.example dmarc=pass; dmarc=fail`), ""},

		{"forged below", field("mx.tradepost.example; dmarc=fail") + field(forged), fail},
		{"forged below, and nothing above", field("mx.tradepost.example; none") + field(forged), ""},
		{"forged with another id", field("mx.evil.example; dmarc=pass header.from=studio.example"), ""},
		{"forged with a longer id", field("mx.tradepost.example.evil.example; dmarc=pass"), ""},
		{"forged with a letter that folds", field("mx.tradepo\u017ft.example; dmarc=pass"), ""},
		{"forged with a field name that folds", "Authentication-Re\u017fults: mx.tradepost.example; dmarc=pass\r\n", ""},
		{"forged with the id in a comment", field("mx.evil.example (mx.tradepost.example); dmarc=pass"), ""},
		{"another's above ours", field("relay.example; dmarc=fail") + field("mx.tradepost.example; dmarc=pass"), pass},
		{"without an id", field("spf=pass smtp.mailfrom=studio.example; dmarc=pass header.from=studio.example"), ""},
		{"without an id, with ours as a value", field("spf=pass mx.tradepost.example; dmarc=pass"), ""},
		{"without an id, with ours as a method", field("mx.tradepost.example=pass; dmarc=pass"), ""},
		{"ARC's", "ARC-Authentication-Results: i=1; mx.tradepost.example; dmarc=pass\r\n", ""},
		{"no such field", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, err := authenticate.New(authenticate.Options{AuthservID: ours, DNS: "off"})
			if err != nil {
				t.Fatal(err)
			}
			got := checked(t, a, []byte(c.fields+plain), "mia@studio.example")
			by := "authserv"
			if c.want == "" {
				c.want, by = none, ""
			}
			if got.Result != c.want || got.By != by || got.Domain != "studio.example" {
				t.Errorf("got %+v, want %s by %q", got, c.want, by)
			}
		})
	}
}

func TestNobodysWordIsTaken(t *testing.T) {
	t.Parallel()
	a, err := authenticate.New(authenticate.Options{DNS: "off"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{field("; dmarc=pass"), field(`""; dmarc=pass`), field("dmarc=pass"), field("mx.tradepost.example; dmarc=fail")} {
		if got := checked(t, a, []byte(f+plain), "mia@studio.example"); got.Result != none || got.By != "" {
			t.Errorf("%s: %+v", f, got)
		}
	}
}

// The server's word goes before ours, and ours where it has none.
func TestServerBeforeOurCheck(t *testing.T) {
	t.Parallel()
	key := dnstest.NewKey(t)
	dns := dnstest.Start(t, zone{"k1._domainkey.studio.example": {dnstest.KeyRecord(t, key)}, "_dmarc.studio.example": {"v=DMARC1; p=reject"}})
	a := asking(t, dns, authenticate.Options{AuthservID: ours, Timeout: 20 * time.Second})
	signed := string(dnstest.Sign(t, "studio.example", "k1", key, []byte(plain)))
	const says = "mx.tradepost.example; dmarc="
	for _, c := range []struct {
		name, raw string
		want      tradepost.AuthenticationResult
		by        string
	}{
		{"it says pass", field(says+"pass") + plain, pass, "authserv"},
		{"it says fail", field(says+"fail") + signed, fail, "authserv"},
		{"it says none", field(says+"none") + plain, none, "authserv"},
		{"it could not tell, signed", field(says+"temperror") + signed, pass, "own"},
		{"it could not tell, forged", field(says+"temperror") + plain, fail, "own"},
		{"it says nothing", field("mx.tradepost.example; none") + plain, fail, "own"},
		{"another says pass", field("mx.evil.example; dmarc=pass") + plain, fail, "own"},
		{"it isn't there", signed, pass, "own"},
	} {
		if got := checked(t, a, []byte(c.raw), "mia@studio.example"); got.Result != c.want || got.By != c.by {
			t.Errorf("%s: %+v, want %s by %s", c.name, got, c.want, c.by)
		}
	}
	dns.Break()
	if got := checked(t, a, []byte(field(says+"temperror")+signed), "mia@studio.example"); got.Result != temporary || got.By != "authserv" {
		t.Errorf("neither can tell: %+v", got)
	}
}

// The detail goes into logs and pages, and strangers write some of it.
func TestDetailIsPrintable(t *testing.T) {
	t.Parallel()
	a, err := authenticate.New(authenticate.Options{AuthservID: ours, DNS: "off"})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("dkim=fail header.d=\"\x1b[31m\u202e\x00ü\xff"+strings.Repeat("ä", 200)+"\"; ", 20)
	got := checked(t, a, []byte(field(ours+"; dmarc=fail; "+long)+plain), "mia@studio.example")
	if got.Result != fail || len(got.Detail) > 300 || len(got.Detail) < 200 {
		t.Errorf("%d octets: %+v", len(got.Detail), got)
	}
	for _, r := range got.Detail {
		if r < ' ' || r == 0x7f || r == 0x202e || r == 0xfffd {
			t.Errorf("%U in %q", r, got.Detail)
		}
	}
}

func ExampleAuthenticator_Check() {
	a, err := authenticate.New(authenticate.Options{AuthservID: "mx.tradepost.example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	raw := []byte("Authentication-Results: mx.tradepost.example;\r\n" +
		" dkim=pass (1024-bit key; unprotected) header.d=studio.example header.s=k1;\r\n" +
		" dmarc=pass (p=reject) header.from=studio.example\r\n" +
		"From: Mia Holm <mia@studio.example>\r\n\r\nTuesday works for us.\r\n")
	m := message.Parse(raw, message.Limits{})
	found := a.Check(context.Background(), raw, m, m.From[0].Addr)
	fmt.Println(found.Result, "by", found.By)
	fmt.Println(found.Detail)
	// Output:
	// pass by authserv
	// dkim=pass header.d=studio.example; dmarc=pass header.from=studio.example
}
