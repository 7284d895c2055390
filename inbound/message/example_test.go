package message_test

import (
	"fmt"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

func ExampleParse() {
	raw := "From: =?utf-8?q?Maja_Lind?= <maja@lind.example>\nSubject: Hello\nContent-Type: text/plain; charset=x-odd\n\nHi there\n"
	m := message.Parse([]byte(raw), message.Limits{})
	fmt.Println(m.From[0].Name, m.From[0].Addr)
	fmt.Print(m.Text)
	fmt.Println(m.Defects)
	// Output:
	// Maja Lind maja@lind.example
	// Hi there
	// [unknown_charset: "x-odd"]
}
