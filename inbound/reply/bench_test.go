package reply_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// benchmarked are mails of sizes that are met: an answer with a quote, a thread
// of years, and a letter without a mark in it.
var benchmarked = map[string]string{
	"answer": fresh + "\n\nBest regards\nMaja\n\nSent from my iPhone\n\nOn Tue, May 3, 2022 at 10:11 AM Nils Berg <nils@berg.example> wrote:\n\n" +
		strings.Repeat("> How many boxes do you need, and which colour would you like them to be?\n", 20),
	"thread": fresh + "\n\n" + strings.Repeat("From: Maja Lind <maja@lind.example>\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk\nSubject: Boxes\n\n"+
		strings.Repeat("How many boxes do you need, and which colour would you like them to be?\n", 20)+"\n", 40),
	"letter": strings.Repeat(strings.Repeat("We shipped the boxes on Monday at 10:15: they should be with you soon.\n", 8)+"\n", 12) + "Best regards\nMaja\n",
}

func BenchmarkText(b *testing.B) {
	for name, mail := range benchmarked {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(mail)))
			b.ReportAllocs()
			for b.Loop() {
				reply.Text(mail, reply.Hints{})
			}
		})
	}
}

// BenchmarkHints is an answer with as much known about it as the product knows.
func BenchmarkHints(b *testing.B) {
	h := reply.Hints{
		Separators: strings.Split(strings.Repeat("Answer this mail: it goes to the desk.|You get this because of your settings.|", 10), "|"),
		Names:      strings.Split(strings.Repeat("Maja Lind|Nils Berg|Lind AB|", 4), "|"),
		Addresses:  []string{"maja@lind.example", "nils@berg.example"},
	}
	b.ReportAllocs()
	for b.Loop() {
		reply.Text(benchmarked["answer"], h)
	}
}

func BenchmarkHTML(b *testing.B) {
	mail := "<div>Two <b>boxes</b>, please.</div><div><br></div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Tue, May 3, 2022 at 10:11 AM Nils &lt;nils@berg.example&gt; wrote:</div><blockquote class=\"gmail_quote\">" +
		strings.Repeat("<p>How many boxes do you need, and which colour would you like them to be?</p>", 20) + "</blockquote></div>"
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	for b.Loop() {
		reply.HTML(mail, reply.Hints{})
	}
}
