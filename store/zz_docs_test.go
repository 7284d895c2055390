package store_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

func TestZZDocs(t *testing.T) {
	ctx := t.Context()
	m := newMarket(t)
	m.open("nadia")
	ls, _ := m.ClaimAlerts(ctx, m.lease(), m.offered()[tradepost.Alert])
	m.record(ls[0].Claimed, tradepost.Permanent)
	m.record(ls[1].Claimed, tradepost.Permanent)
	doc, _ := os.ReadFile("../docs/operations.md")
	text := strings.ReplaceAll(string(doc), "(date '2026-03-01', 7)", fmt.Sprintf("(date '%s', %d)", ls[1].Period.Format("2006-01-02"), ls[1].ID))
	c, _ := storetest.Pool(t, m.url).Acquire(ctx)
	defer c.Release()
	for _, b := range strings.Split(text, "```sql\n")[1:] {
		b, _, _ = strings.Cut(b, "```")
		if strings.HasPrefix(b, "begin;\nupdate recipients") {
			if _, err := c.Conn().PgConn().Exec(ctx, b).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := m.outcomes()
	n := m.alertAll()
	t.Log(before, n, m.outcomes())
}
