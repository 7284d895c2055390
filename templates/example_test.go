package templates_test

import (
	"fmt"
	"time"

	"github.com/tradepost-mail/tradepost/templates"
)

func ExampleLetters_Reminder() {
	l, err := templates.New(templates.Options{Market: "Nordmarkt"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := l.Reminder(templates.Reminder{Locale: "de-AT", Member: "Maja Lind", Partner: "Studio Lind",
		Merchant: templates.Merchant{Name: "Nadia Rahman"}, Body: "Hello", Waiting: 25 * time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.FromName)
	fmt.Println(r.Subject)
	// Output:
	// Nordmarkt
	// Seit 25 Stunden unbeantwortet: Nadia Rahman
}

func ExampleLetters_Proposal() {
	l, err := templates.New(templates.Options{Market: "Nordmarkt"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := l.Proposal(templates.Proposal{Locale: "en", Author: "Maja Lind", Partner: "Studio Lind", Work: "We move your products.",
		Matter: templates.Matter{Kind: "service", Service: "Store migration"}, Price: templates.Price{Amount: 4_280_000, Currency: "SEK"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.FromName)
	fmt.Println(r.Subject)
	// Output:
	// Maja Lind, Studio Lind
	// Proposal: Store migration
}

func ExampleLetters_SignIn() {
	l, err := templates.New(templates.Options{Market: "Nordmarkt"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := l.SignIn(templates.SignIn{Locale: "fr", URL: "https://market.example/sign-in/1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Subject)
	// Output: Connexion à Nordmarkt
}
