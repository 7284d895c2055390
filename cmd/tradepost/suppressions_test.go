package main

import "testing"

func TestSuppressionsOfAnOperator(t *testing.T) {
	a := newArchive(t)
	a.succeed([]string{"suppressions"}, "mail goes to all addresses\n")
	a.succeed([]string{"suppressions", "add", "Maja@lind.example", "--because", "asked by phone", "--by", "anna"}, "no mail goes to Maja@lind.example any more")
	a.succeed([]string{"suppressions"}, "ADDRESS", "maja@lind.example", "operator", "anna", "asked by phone")
	a.succeed([]string{"suppressions", "list", "--json"}, `"address":"maja@lind.example","reason":"operator","detail":"asked by phone","by":"anna"`)
	a.succeed([]string{"suppressions", "show", "maja@LIND.example"}, "no mail goes to maja@lind.example since ", "soft failures weigh 0.0 of 5\n")
	a.succeed([]string{"suppressions", "lift", "maja@lind.example", "--by", "bo"}, "mail goes to maja@lind.example again")
	a.succeed([]string{"suppressions", "show", "maja@lind.example"}, "mail goes to maja@lind.example\n", "LIFTED (UTC)", "bo", "asked by phone")
	a.succeed([]string{"suppressions"}, "mail goes to all addresses\n")

	a.fail([]string{"suppressions", "lift", "maja@lind.example", "--by", "bo"}, "mail goes to maja@lind.example as it is")
	a.fail([]string{"suppressions", "lift", "maja@lind.example", "--by", "verified"}, "name yourself otherwise")
	a.fail([]string{"suppressions", "add", "maja"}, `the address "maja"`)
	a.fail([]string{"suppressions", "add", "maja@lind.example", "--because", "two\nlines"}, "--because")
}
