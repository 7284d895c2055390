package inspect_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/inspect"
)

const answer = "From: Maja Lind <maja@lind.example>\nSubject: Re: Lamps\n\n" +
	"Ten of them, please.\n\nOn Tue, 14 May 2024 at 16:03, Ada <ada@shop.example> wrote:\n> How many?\n"

func ExampleRead() {
	r := inspect.Read([]byte(answer), inspect.Options{})
	fmt.Println(r.Class, r.Rule)
	fmt.Println(r.Reply.Text)
	fmt.Println(r.Reply.Cuts[0].Kind)
	// Output:
	// reply default
	// Ten of them, please.
	// attribution
}

func ExampleDocument_WriteText() {
	r := inspect.ReadPlain("Yes, \x1b[5mgladly\x1b[0m.", inspect.Options{})
	r.Took = 0
	if err := r.Document(nil).WriteText(os.Stdout, inspect.Style{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	//   Size        20 bytes
	//
	// Newly written  1 line from text/plain
	//   │ Yes, \x1b[5mgladly\x1b[0m.
	//
	// Time  0.0 ms
}

func ExampleEncodeJSON() {
	if err := inspect.EncodeJSON(os.Stdout, map[string]string{"subject": "Pay \u202emoc.elpmaxe"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"subject":"Pay \u202emoc.elpmaxe"}
}

// A secret in the mail, such as an address that posts for somebody, is taken out
// before anything is shown.
func ExampleReading_Document() {
	r := inspect.ReadPlain("Write to secret-17@market.example.", inspect.Options{})
	d := r.Document(func(s string) string { return strings.ReplaceAll(s, "secret-17", "…") })
	fmt.Println(d.New.Text)
	// Output:
	// Write to …@market.example.
}
