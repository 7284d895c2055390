package apportion

import (
	"html"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// TestFarewells: what ends a letter whose answers stand under items is no answer,
// and what says anything is one, above the digest and below it.
func TestFarewells(t *testing.T) {
	sent, h := market(t)
	h.Names = append(h.Names, "Eleni Papadaki")
	answered := sent.quoted("[K7QF3M]", "[K7QF3M]\nYes.")
	for _, c := range []struct {
		text string
		goes bool // nowhere
	}{
		{"-- \nEleni P\nAoba", true},
		{"--\nZoe\n+46 8 123", true},
		{"—\nZoe\nShop", true},
		{"Kind regards,\nMaja\n-- \nZoe and company, at the harbour", true},
		{"Eleni P", true},
		{"Eleni P\nAoba", true},
		{"Maja Lind\nHead of Sales\n11122 Stockholm\nmaja@lind.example", true},
		{"Mit freundlichen Grüßen\nEleni P", true},
		{"Viele Grüße, Eleni", true},
		{"Med vänliga hälsningar\nZoe Ek", true},
		{"Hälsningar, Maja", true},
		{"Bien cordialement,\nZoé Martin", true},
		{"Merci, Maja", true},
		{"Best regards,\nMaja", true},
		{"Best regards, Zoe", true},
		{"Thanks, Maja", true},
		{"よろしくお願いいたします", true},

		{"Thanks, but send the list first.", false},
		{"Thanks,\nMonday Works", false},
		{"Vielen Dank, Montag Passt", false},
		{"Mit freundlichen Grüßen sende ich die Liste.", false},
		{"Tack, vi hörs på måndag", false},
		{"Hälsningar till Bo, och skicka listan", false},
		{"Merci, envoyez la liste", false},
		{"Cordialement, appelez demain", false},
		{"Best regards,\nMaja\nPlease call tomorrow", false},
		{"Best regards,\nPlease call tomorrow", false},
		{"谢谢，请发清单", false},
		{"LG Monitor", false},
		{"Eleni P\nYes", false},
		{"Eleni P\n900 Euro", false},
		{"Eleni P\nWhen?", false},
		{"Zoe", false},
		{"Maja Lind\nOne\nTwo\nThree\nFour\nFive", false},
		{"-- \nA\nB\nC\nD\nE\nF\nplease call tomorrow", false},
	} {
		for place, text := range map[string]string{"below": answered + "\n" + c.text + "\n", "above": c.text + "\n\n" + answered} {
			lines := strings.ReplaceAll(html.EscapeString(text), "\n", "<br>\n")
			for form, m := range map[string]*message.Message{"plain": {Text: text}, "html": {HTML: "<div>" + lines + "</div>"}} {
				r := FromMessage(m, sent, h)
				if len(r.Shares) != 1 || plainest(r.Shares[0].Text) != "Yes." {
					t.Errorf("%q %s, %s: shares %+v", c.text, place, form, r.Shares)
				}
				// Above, package reply leaves out a signature of any length.
				if goes := r.Unplaced == ""; goes != c.goes && !(place == "above" && strings.HasPrefix(c.text, "-- ")) {
					t.Errorf("%q %s, %s: unplaced %q", c.text, place, form, r.Unplaced)
				}
			}
		}
	}
	// Without answers under items nothing is left out.
	if r := FromMessage(&message.Message{Text: sent.quoted() + "\n-- \nZoe\nShop\n"}, sent, h); r.Unplaced == "" {
		t.Error("a text below the digest, and no other, was left out")
	}
}
