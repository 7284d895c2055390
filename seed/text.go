package seed

import "strings"

var greetings = []string{"Hello,", "Hi there,", "Good morning,", "Hej,", "Guten Tag,", "Bonjour,", "こんにちは。", "Здравствуйте,", "שלום,", "مرحبا،"}

var sentences = []string{
	"We run a small shop by the canal and have been looking for a partner like you for a while.",
	"Could you tell us what a first order would cost, and how long delivery usually takes?",
	"Our customers ask for this twice a week, so we would begin with about forty pieces a month.",
	"Last year we worked with somebody else, but the parcels came late and half of them were damaged.",
	"If it helps, I can send photographs of the shelves and the figures of the last quarter.",
	"We close on Mondays; any other day I can be reached between nine and five.",
	"The season begins in March, and the first goods should stand in the window by then.",
	"Please let me know whether you also take returns, and who pays for the freight.",
	"The theme looks right on a phone, but on a wide screen the menu covers the search box.",
	"Kan ni skicka en prislista för hösten?",
	"Vi behöver två hundra stycken före midsommar.",
	"Können Sie die Ware auch in kleineren Mengen liefern?",
	"Die Rechnung ist angekommen, vielen Dank.",
	"Pourriez-vous nous envoyer des échantillons avant la fin du mois ?",
	"La livraison est arrivée ce matin, tout est en ordre.",
	"在庫はいつ戻りますか。",
	"Когда вы сможете начать?",
	"متى يمكنكم البدء؟",
	"Thank you, that answers my question.",
	"Yes.",
	"Tuesday would suit us better than Friday.",
	"The sizes in the table and those on the label differ by one; which of them is right?",
}

// text is what message k of a conversation says: mostly a line or two, now and then
// a long letter.
func (m *Market) text(c, k int) string {
	d := m.dice(ofText, c, k)
	n := int(d.heavy(1.1, 25))
	var b strings.Builder
	if k == 0 || d.oneIn(4) {
		b.WriteString(pick(&d, greetings))
		b.WriteString("\n\n")
		n++
	}
	for i := range n {
		switch {
		case i == 0:
		case i%5 == 0:
			b.WriteString("\n\n")
		default:
			b.WriteByte(' ')
		}
		b.WriteString(pick(&d, sentences))
	}
	return b.String()
}
