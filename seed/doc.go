// Package seed invents a marketplace of any size: partners with their teams,
// merchants in several scripts, conversations and what was said in them. The same
// options always give the same market.
//
// Everything is computed when it is asked for, from the seed and a number, so that
// a market of millions of messages takes little memory: ten octets a message and a
// few a conversation, which say who wrote when. The package writes nothing; package
// store puts a market into the database. It starts no goroutine.
//
// Sizes follow power laws, as real ones do: a seventh of all conversations are with
// the largest partner, and most partners have none; a few conversations have
// thousands of messages, and most have fewer than ten.
package seed
