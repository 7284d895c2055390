// Package demo is what `tradepost demo` shows besides the product: sample data,
// a small mail client that reads and writes the mailboxes of package embedded,
// and a start page from which the whole road can be walked in a browser, from a
// merchant's first message to the answer in the merchant's mailbox.
//
// The mail client takes every letter for hostile: its HTML is shown in a
// sandboxed frame under a policy that runs and loads nothing. The pages load
// nothing from other hosts and work without JavaScript; one small script says
// when new mail came.
//
// What it will not do: ask anybody who they are (it belongs on a loopback
// address and shows sample data), keep what was sent or delete mail, or be a
// second way into the product: what it sends is a mail like any other, what it
// opens is a conversation like any other.
//
// The package starts no goroutine. A request for news of the mail client lasts
// until its client goes, its context ends or the mail server is closed: end one
// of these before http.Server.Shutdown, which waits for it.
package demo
