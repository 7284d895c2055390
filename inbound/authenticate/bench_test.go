package authenticate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// BenchmarkCheck is our own check of a signed mail with a policy, two questions to
// a name server on the same machine included.
func BenchmarkCheck(b *testing.B) {
	key := dnstest.NewKey(b)
	dns := dnstest.Start(b, zone{"k1._domainkey.studio.example": {dnstest.KeyRecord(b, key)}, "_dmarc.studio.example": {"v=DMARC1; p=reject"}})
	a, err := authenticate.New(authenticate.Options{DNS: dns.Addr()})
	if err != nil {
		b.Fatal(err)
	}
	for _, lines := range []int{1, 300_000} {
		raw := dnstest.Sign(b, "studio.example", "k1", key, []byte(plain+strings.Repeat("And a line of some seventy octets, as a long file in base64 has them.\r\n", lines)))
		m := message.Parse(raw, message.Limits{})
		b.Run(fmt.Sprintf("%dKB", len(raw)>>10), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if got := a.Check(b.Context(), raw, m, "mia@studio.example"); got.Result != pass {
					b.Fatalf("%+v", got)
				}
			}
		})
	}
}
