// Package doctor judges whether a configured Tradepost can do its work, and says
// of each fault how to mend it: the DNS records that mail is judged by where it
// arrives (SPF, DKIM, DMARC, MX, PTR), and what the servers have said about
// themselves.
//
//	report := doctor.Run(ctx, mail.Checks(), 10*time.Second)
//	err := report.WriteText(os.Stdout)
//
// The DNS is asked through a [net.Resolver] that is passed in; the judgements on
// servers ([Postgres], [Redis], [SMTP], [IMAP]) are functions of what a caller
// has found out, and of a time that is passed in.
//
// What it doesn't do: it dials no server but name servers, sends no mail, writes
// nothing and keeps nothing. It asks no blocklists, and can't see how the big
// providers rate a domain; both are for the postmaster pages of those providers.
// The DNS is asked at one resolver, so that a record published a moment ago may
// be missing until the answer kept there has expired.
//
// [Run] starts a goroutine for each check and waits for it, or for the check's
// time to be over.
package doctor
