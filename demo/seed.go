package demo

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// greeting is the first contact that a newcomer finds in a mailbox.
const greeting = `こんにちは。小さな器の店を営んでおります。

We would like to sell your rice bowls (ø 12 cm) and tea cups in our shop, about 40 of each a month to begin with. Could you send us a price list, and tell us how long delivery takes?

よろしくお願いいたします。
佐藤 花子`

// Seed stores the partners of [Sample] in a database that has none, and opens
// one conversation: the second merchant writes to the second partner, so that
// an alert waits in its members' mailboxes while the first partner is left
// without any mail. Called again it changes nothing; after a crash it adds what
// is missing. A database with partners of another origin is left alone.
func Seed(ctx context.Context, st *store.Store) error {
	existing, err := st.Partners(ctx)
	if err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	byName := make(map[string]store.Partner, len(existing))
	for _, p := range existing {
		byName[p.Name] = p
	}
	sample := Sample()
	if _, ours := byName[sample[0].Name]; len(existing) > 0 && !ours {
		return nil
	}
	for i, p := range sample {
		stored, ok := byName[p.Name]
		if !ok {
			if stored, err = st.AddPartner(ctx, p); err != nil {
				return fmt.Errorf("seed the demo: %w", err)
			}
		}
		sample[i] = stored
	}
	contacted := sample[1]
	before, err := st.Conversations(ctx, store.Filter{PartnerID: contacted.ID, Limit: 1})
	if err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	if len(before) > 0 {
		return nil
	}
	o := tradepost.Opening{
		PartnerID: contacted.ID, Kind: tradepost.KindService, Service: tradepost.FormatID(tradepost.ServicePrefix, contacted.Services[0].ID),
		Body: greeting, Merchant: Merchants()[1],
	}
	if err := o.Validate(); err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	if _, err := st.OpenConversation(ctx, o, store.Request{}); err != nil {
		return fmt.Errorf("seed the demo: %w", err)
	}
	return nil
}

// Mailboxes returns what [MailClientOptions].Mailboxes wants: the present members of all
// partners in st, then the sample merchants. If st can't be read the merchants
// alone are listed, and the log says why.
func Mailboxes(st *store.Store, log *slog.Logger) func(context.Context) []Box {
	return func(ctx context.Context) []Box {
		var boxes []Box
		partners, err := st.Partners(ctx)
		if err != nil {
			log.ErrorContext(ctx, "mailboxes of members are not listed", "error", err)
		}
		for _, p := range partners {
			role := "member of " + p.Name
			if !p.Published {
				role += ", not published"
			}
			for _, m := range p.Members {
				boxes = append(boxes, Box{Address: strings.ToLower(m.Email), Name: m.Name, Role: role})
			}
		}
		for _, m := range Merchants() {
			role := "merchant"
			if m.StoreName != "" {
				role += ", " + m.StoreName
			}
			boxes = append(boxes, Box{Address: strings.ToLower(m.Email), Name: m.Name, Role: role})
		}
		return boxes
	}
}
