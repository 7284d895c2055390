package bench

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

var (
	givenNames  = []string{"Amina", "Bo", "Clara", "Daniel", "Élodie", "Farid", "Greta", "Håkan", "Ines", "Jonas", "Karin", "Luis", "Maja", "Nils", "Oona", "Pia"}
	familyNames = []string{"Almqvist", "Brandt", "Carrel", "Dupont", "Ek", "Fontaine", "Gruber", "Holm", "Iversen", "Jansen", "Keller", "Lindgren"}
	shops       = []string{"Linen & Oak", "Copper Kettle", "Blue Barn", "Juniper Row", "The Paper Press", "Salt Meadow", "North Loom", "Old Harbour Glass"}
	// sentences of merchants' messages, in plain English as most are.
	sentences = []string{
		"We run a small shop by the canal and have been looking for a partner like you for a while.",
		"Could you tell us what a first order would cost, and how long delivery usually takes?",
		"Our customers ask for this twice a week, so we would begin with about forty pieces a month.",
		"Last year we worked with somebody else, but the parcels came late and half of them were damaged.",
		"If it helps, I can send photographs of the shelves and the figures of the last quarter.",
		"We close on Mondays; any other day I can be reached between nine and five.",
		"The season begins in March, and the first goods should stand in the window by then.",
		"Please let me know whether you also take returns, and who pays for the freight.",
	}
)

// lengths are how many characters the messages of a digest have: of the one that
// stands alone, or of each of two.
type lengths struct{ one, two int }

// person is the name of the i-th member or merchant.
func person(i int) string {
	return givenNames[i%len(givenNames)] + " " + familyNames[i/len(givenNames)%len(familyNames)]
}

// text makes the i-th message, n characters long.
func text(i, n int) string {
	var b strings.Builder
	for k := i; b.Len() < n; k++ {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(sentences[k%len(sentences)])
	}
	return strings.TrimSpace(b.String()[:n])
}

// seedAtOnce is how many members are being made at a time.
const seedAtOnce = 8

// seed makes members from to to, each of a partner of their own, who have one
// unread message, or, every other one, two. It goes by the store's own steps, so
// that all rows are as in earnest.
func (r *rig) seed(ctx context.Context, from, to int, l lengths) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(seedAtOnce)
	for i := from; i < to; i++ {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := r.seedMember(ctx, i, l); err != nil {
				return fmt.Errorf("seed member %d: %w", i, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// address of the i-th member. Its number can be read back from it.
func address(i int) string { return fmt.Sprintf("member-%d@partner.example", i) }

func (r *rig) seedMember(ctx context.Context, i int, l lengths) error {
	partner, err := r.addMember(ctx, i, tradepost.AlertNever)
	if err != nil {
		return err
	}
	if i%2 == 0 {
		_, err = r.open(ctx, partner, i, text(i, l.one))
		return err
	}
	conversation, err := r.open(ctx, partner, i, text(i, l.two))
	if err != nil {
		return err
	}
	_, err = r.store.AddMessage(ctx, conversation, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, text(i+1, l.two), nil, store.Request{})
	return err
}

// addMember makes a partner with one member.
func (r *rig) addMember(ctx context.Context, i int, alert tradepost.AlertSetting) (partner int64, err error) {
	p, err := r.store.AddPartner(ctx, store.Partner{
		Name: shops[i%len(shops)] + " Services", Published: true, Services: []store.Service{{Name: "Wholesale"}},
		Members: []store.Member{{Name: person(i), Email: address(i), Role: "owner", Locale: "en", Zone: "Europe/Stockholm", Alert: alert, Digest: tradepost.DigestHourly}},
	})
	if err != nil {
		return 0, err
	}
	return p.ID, nil
}

// open has the i-th merchant write to a partner.
func (r *rig) open(ctx context.Context, partner int64, i int, body string) (conversation int64, err error) {
	shop := shops[(i+3)%len(shops)]
	return r.store.OpenConversation(ctx, tradepost.Opening{
		PartnerID: partner, Kind: tradepost.KindService, Service: "Wholesale", Body: body,
		Merchant: tradepost.Merchant{
			ExternalID: fmt.Sprintf("merchant-%d", i), Name: person(i + 5), Email: fmt.Sprintf("merchant-%d@shop.example", i),
			Role: tradepost.MerchantOwner, StoreName: shop, StoreURL: fmt.Sprintf("https://shop-%d.example", i), Locale: "en",
		},
	}, store.Request{})
}
