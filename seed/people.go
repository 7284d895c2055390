package seed

import (
	"fmt"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// Partner is an organisation with its team. Ids count from 1, as all ids of a market.
type Partner struct {
	ID        int64
	Name      string
	Code      string // by which it qualifies merchants; "" = none
	CreatedAt time.Time
	Services  []Named
	Members   []Member
	Tags      []Named
}

// Named is a service or a tag of a partner.
type Named struct {
	ID   int64
	Name string
}

// Member is a person of a team.
type Member struct {
	ID        int64
	Name      string
	Address   string
	Role      string // owner or member
	Locale    string
	Zone      string
	Alert     tradepost.AlertSetting
	Digest    tradepost.DigestSetting
	CreatedAt time.Time
	RemovedAt time.Time // zero = they are there
}

// Merchant is the other side.
type Merchant struct {
	ID        int64
	CreatedAt time.Time
	tradepost.Merchant
}

// Partner makes the i-th partner, counted from 0.
func (m *Market) Partner(i int) Partner {
	d := m.dice(ofPartner, i)
	p := Partner{ID: int64(i) + 1, Name: pick(&d, partnerNames) + " " + pick(&d, partnerTrades), Code: pick(&d, codes)}
	if m.o.Partners > len(partnerNames) {
		p.Name = fmt.Sprintf("%s %d", p.Name, i+1)
	}
	p.CreatedAt = m.begun.Add(-time.Duration(d.part() * float64(365*24*time.Hour))).Truncate(time.Microsecond)
	from := d.below(len(serviceNames))
	for k := m.service[i]; k < m.service[i+1]; k++ {
		p.Services = append(p.Services, Named{int64(k) + 1, serviceNames[(from+k)%len(serviceNames)]})
	}
	for k := m.member[i]; k < m.member[i+1]; k++ {
		p.Members = append(p.Members, m.memberAt(i, k, p.CreatedAt))
	}
	for k := m.tag[i]; k < m.tag[i+1]; k++ {
		p.Tags = append(p.Tags, Named{int64(k) + 1, tagNames[k-m.tag[i]]})
	}
	return p
}

// memberAt makes member k of a partner. The first of a team owns it and stays.
func (m *Market) memberAt(partner, k int, since time.Time) Member {
	d := m.dice(ofMember, k)
	tongue := pick(&d, tongues)
	mb := Member{ID: int64(k) + 1, Name: tongue.name(&d), Address: fmt.Sprintf("member-%d@partner-%d.example", k+1, partner+1), Role: "owner",
		Locale: pick(&d, []string{"en", "en", "sv", "de", "fr"}), Zone: pick(&d, zones),
		Alert:     pick(&d, []tradepost.AlertSetting{tradepost.AlertFirstContact, tradepost.AlertFirstContact, tradepost.AlertEveryMessage, tradepost.AlertNever}),
		Digest:    pick(&d, []tradepost.DigestSetting{tradepost.DigestHourly, tradepost.DigestHourly, tradepost.DigestOff}),
		CreatedAt: since}
	if k > m.member[partner] {
		mb.Role = "member"
		mb.RemovedAt = m.removedAt(k)
	}
	return mb
}

// removedAt is when a member left, zero for most.
func (m *Market) removedAt(k int) time.Time {
	d := m.dice(ofMember, k, 1)
	if !d.oneIn(20) {
		return time.Time{}
	}
	return m.begun.Add(time.Duration(d.part() * float64(m.o.Now.Sub(m.begun)))).Truncate(time.Microsecond)
}

// Merchant makes the i-th merchant, counted from 0.
func (m *Market) Merchant(i int) Merchant {
	d := m.dice(ofMerchant, i)
	tongue := pick(&d, tongues)
	merchant := Merchant{ID: int64(i) + 1, CreatedAt: m.openedAt(i/newcomer*openings + i%newcomer), Merchant: tradepost.Merchant{
		ExternalID: fmt.Sprintf("merchant-%d", i+1), Name: tongue.name(&d), Email: fmt.Sprintf("owner-%d@shop.example", i+1),
		Role: tradepost.MerchantOwner, Locale: tongue.locale,
	}}
	if d.oneIn(3) {
		merchant.PublicEmail = fmt.Sprintf("hello-%d@shop.example", i+1)
	}
	switch {
	case d.oneIn(12):
		merchant.Role = tradepost.MerchantNoStore
		return merchant
	case d.oneIn(6):
		merchant.Role = tradepost.MerchantStaff
	}
	first, second := pick(&d, shopFirst), pick(&d, shopSecond)
	merchant.StoreName = first + " " + second
	if d.oneIn(3) {
		merchant.StoreName = pick(&d, tongue.family) + " " + second
	}
	merchant.StoreURL = fmt.Sprintf("https://%s-%s-%d.example", ascii(first), ascii(second), i+1)
	return merchant
}

// ascii is a word as hosts are named.
func ascii(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			b = append(b, byte(r)+'a'-'A')
		case r >= 'a' && r <= 'z':
			b = append(b, byte(r))
		}
	}
	return string(b)
}
