package apportion

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// market is the digest that all fixtures answer.
func market(t testing.TB) (Sent, reply.Hints) {
	t.Helper()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	sent := Sent{Head: read("head.txt"), Foot: read("foot.txt")}
	for i, marks := range [][]string{{"K7QF3M"}, {"ZZZZZZ", "0T9XBW"}, {"PA5HN2"}} {
		sent.Items = append(sent.Items, Item{Marks: marks, Text: read(fmt.Sprintf("item-%d.txt", i+1))})
	}
	return sent, reply.Hints{
		Separators: []string{"Write under each, or reply to one.", "You get this "},
		Names:      []string{"Maja Lind", "Studio Lind", "Nadia Rahman"}, Addresses: []string{"maja@lind.example"},
	}
}

func parse(t testing.TB, name string) *message.Message {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return message.Parse(raw, message.Limits{})
}

const (
	toNadia = "Yes, that works.\n\nIt takes four days and costs about 900. Half of them have variants? Then five."
	toTaro  = "承知しました。来週ご連絡いたします。"
	toAsa   = "Hej Åsa! Vi hör av oss på måndag.\n\n- först sortimentet\n- sedan frakten"
)

// TestClients reads a digest of three conversations answered in the ways of many
// mail programs: what was written to whom, and nothing of the quotes.
func TestClients(t *testing.T) {
	sent, h := market(t)
	all := []string{toNadia, toTaro, toAsa}
	oneLine := []string{strings.ReplaceAll(toNadia, "\n\n", " "), toTaro, toAsa}
	for name, want := range map[string][]string{
		"gmail-inline": all, "gmail-same-line": oneLine, "gmail-text-only": all, "gmail-top": nil,
		"outlook-windows": all, "outlook-text-only": all, "outlook-web": all, "outlook-new": all,
		"apple-mail": all, "iphone": all, "thunderbird-plain": all, "thunderbird-signature": all, "mutt": all, "older-digest-below": all,
	} {
		t.Run(name, func(t *testing.T) {
			r := FromMessage(parse(t, name), sent, h)
			if !r.Quoted {
				t.Error("the digest was not recognised")
			}
			unplaced := ""
			if want == nil {
				unplaced = "Yes to all of you."
			}
			if r.Unplaced != unplaced {
				t.Errorf("unplaced %q, want %q", r.Unplaced, unplaced)
			}
			if len(r.Shares) != len(want) {
				t.Fatalf("%d shares, want %d: %+v", len(r.Shares), len(want), r.Shares)
			}
			for i, s := range r.Shares {
				if s.Item != i || plainest(s.Text) != plainest(want[i]) || s.Fold != 0 {
					t.Errorf("share %d of item %d, fold %d\n got %q\nwant %q", i, s.Item, s.Fold, s.Text, want[i])
				}
			}
		})
	}
}

// plainest leaves out where lines end, as programs wrap them and lose empty ones.
func plainest(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\\-", "-")), " ")
}
