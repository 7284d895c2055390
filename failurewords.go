package tradepost

// refusalWord is what a server may say, in several ways.
type refusalWord struct {
	class   FailureClass
	phrases []string
}

// refusalWords are what servers say, and what that means, the more telling ones
// first: "mailbox unavailable: over quota" is about the quota. They are pieces of
// what the servers' sources and the providers' own pages have:
//
//   - Gmail: support.google.com/a/answer/3726730 (SMTP errors and codes)
//   - Outlook.com, Exchange Online: learn.microsoft.com, "Email non-delivery
//     reports and SMTP errors in Exchange Online"; postmaster.live.com
//   - Yahoo, AOL: senders.yahooinc.com/smtp-error-codes; help.yahoo.com SLN3444
//   - iCloud: support.apple.com/102322
//   - GMX, web.de, mail.com: postmaster.gmx.net/en/error-messages (no enhanced codes)
//   - Yandex: yandex.com/support/mail, "Delivery errors"; Mail.ru: help.mail.ru
//   - Postfix (smtpd_check.c, virtual, local), Exim's default configuration,
//     qmail-send, Sendmail's cf, Exchange's transport
//
// A phrase is lower case, with single spaces, and stands somewhere in the text.
var refusalWords = []refusalWord{
	{FailureSoft, []string{ // full
		"over quota", "overquota", "over the quota", "quota exceeded", "exceeded quota", "exceeds quota", "exceeded the quota",
		"exceeded its quota", "quota limit exceeded", "quotaexceeded", "quota has been exceeded", "out of storage", "storage quota",
		"exceeded storage", "exceeded its storage", "over storage", "storage limit", "allowed storage",
		"mailbox full", "mailbox is full", "mail box full", "inbox is full", "mailbox size limit", "mailbox has exceeded", "too many messages on the server",
		"speichervolumen", "postfach voll", "postfach ist voll",
		"boite du destinataire pleine", "boîte pleine", "buzón lleno", "casella piena", "ящик переполнен",
	}},
	{FailureSoft, []string{ // slowed down
		"greylist", "graylist", "grey-list", "gray-list", "grey listed", "receiving mail too quickly", "receiving mail at a rate",
		"recipient thread limit", "exceeded message rate limit", "exceeded the message rate", "mailbox is locked", "mailbox locked",
		"mailbox busy", "mailbox is temporarily", "temporarily disabled", "temporarily suspended", "temporarily locked",
	}},
	{FailurePolicy, []string{ // counts of refusals, which name unknown users
		"too many invalid", "too many unknown", "excessive unknown", "too many bad", "too many errors", "directory harvest", "too many recipients",
	}},
	{FailureOurs, []string{
		"relay access denied", "relaying denied", "relay not permitted", "relaying not permitted", "relaying not allowed", "relaying prohibited",
		"relay denied", "relaying is not", "unable to relay", "cannot relay", "not permitted to relay", "not allowed to relay", "we do not relay", "no relaying",
		"authentication required", "must be authenticated", "not authenticated", "client was not authenticated",
		"sender address rejected", "sender rejected", "sender verify failed", "sender verification", "domain of sender", "sender domain",
		"invalid sender", "unknown sender", "envelope sender", "helo command rejected", "ehlo",
		"cannot find your hostname", "cannot find your reverse hostname", "must issue a starttls",
	}},
	{FailureHard, []string{ // disabled
		"account disabled", "account is disabled", "account has been disabled", "account that you tried to reach is disabled", "disabled or discontinued",
		"mailbox disabled", "mailbox is disabled", "account that you tried to reach is inactive", "account inactive", "account is inactive",
		"mailbox is inactive", "user is inactive", "account closed", "account has been closed", "account expired", "accountdisabledexception", "no longer active",
		"user suspended", "mailbox is frozen",
	}},
	{FailureHard, []string{ // not there
		"user unknown", "unknown user", "user is unknown", "no such user", "user doesn't exist", "user does not exist", "user not found", "usernotfound", "user not known",
		"unknown recipient", "recipient unknown", "no such recipient", "recipient not found", "recipientnotfound", "recipient does not exist",
		"account that you tried to reach does not exist", "account does not exist", "account doesn't exist", "doesn't have a yahoo", "doesn't have an account", "doesn't have a account", "doesn't have an aol", "no such account",
		"mailbox not found", "no such mailbox", "no mailbox", "mailbox does not exist", "unknown mailbox", "invalid mailbox",
		"no such address", "address does not exist", "address not found", "unknown address", "unknown local part", "unknown local-part", "invalid recipient",
		"unrouteable address", "unroutable address", "not listed in domino", "no such person", "not our customer", "user no longer",
		"benutzer nicht bekannt", "empfänger unbekannt", "utilisateur inconnu", "adresse inconnue", "usuario desconocido", "utente sconosciuto", "пользователь не найден",
	}},
	{FailureHard, []string{ // the domain
		"host or domain name not found", "domain not found", "domain does not exist", "domain doesn't exist", "no such domain", "unknown domain", "unrouteable mail domain",
		"dns domain does not exist", "does not accept mail (nullmx", "null mx", "nullmx",
	}},
	{FailurePolicy, []string{
		"spam", "unsolicited", "junk mail", "blacklist", "blocklist", "block list", "blocked", "block listed", "denylist", "dnsbl", "banned",
		"reputation", "dmarc", "dkim", "spf ", "spf:", "unauthenticated", "virus", "malware", "phish", "message refused", "content rejected",
		"policy", "policies", "prohibited", "suspicious", "user complaints", "abuse", "rate limit", "too many connections", "ratelimit", "poor ",
		"message too large", "message too big", "message size exceeds", "size limit", "reverse dns", "ptr record",
	}},
	{FailureSoft, []string{
		"try again later", "try later", "temporarily", "temporary", "resources unavailable", "server busy", "too busy", "timed out", "timeout",
		"connection refused", "connection reset", "no route to host", "expired", "lost connection", "internal server error", "local error in processing",
	}},
	// What RFC 5321 4.2.2 gives as the words of 450 and 550, policy included. Outlook.com
	// and GMX say it of mailboxes that are not there, without a code or with 5.5.0.
	{FailureHard, []string{"mailbox unavailable"}},
}
