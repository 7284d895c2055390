package report

import "strings"

// reason ties a status code without its class to words that say the same.
type reason struct {
	detail string
	words  []string
}

// reasons are asked in turn, the telling ones first: "mailbox unavailable: over
// quota" is about the quota. The details are those of RFC 3463, RFC 7372 and
// IANA's registry of enhanced status codes; the words are those of the mail
// servers' sources and of the large providers' published error lists.
var reasons = [...]reason{
	{"2.2", []string{"mailbox full", "mailbox is full", "mail box full", "mailbox has exceeded", "over quota", "overquota", "over the allowed quota", "quota exceeded", "exceeded quota",
		"exceeds quota", "exceed quota", "exceeded the quota", "quota is exceeded", "disk quota", "exceeded storage", "exceeded his", "storage limit", "storage quota", "mailbox size limit",
		"is over its quota", "not enough storage", "out of storage", "inbox is full", "mailfolder is full", "mailbox too full", "insufficient disk quota", "too much mail data", "maildir over", "exceeding the mailbox", "exceeded the local limit", "exceeds allowed size",
		"boite du destinataire pleine", "boîte pleine", "postfach voll", "postfach ist voll", "speicherplatz", "boîte aux lettres est pleine", "buzón lleno", "casella piena", "переполнен", "превышен", "容量", "邮箱已满", "邮箱空间不足", "メールボックスが一杯"}},
	{"3.4", []string{"message too big", "message too large", "message is too large", "message size exceeds", "exceeds size limit", "size limit exceeded", "exceeds maximum size", "exceeds the size limit", "maximum message size",
		"exceeded maximum", "message file too big", "message length exceeds", "max message size", "larger than the current system limit", "size exceeded", "exceeds fixed maximum", "too large", "zu groß"}},
	{"1.2", []string{"host unknown", "unknown host", "host not found", "domain not found", "domain does not exist", "domain doesn't exist", "no such domain", "nxdomain", "unknown domain", "domain name not found", "name service error",
		"unrouteable mail domain", "unrouteable domain", "couldn't find any host", "could not find a gateway", "host or domain name not found", "host name lookup failed", "no mx record", "domain is invalid", "domain must exist", "invalid domain", "bad destination host", "can't find domain", "no matches to nameserver query", "responded with code noerror", "cannot find your hostname", "missing the proper dns"}},
	{"4.6", []string{"mail loop", "mail is looping", "loops back to myself", "too many hops", "hop count exceeded", "routing loop", "mail forwarding loop", "loop detected", "looping", "excessive hop", "too many received", "loopback"}},
	{"7.26", []string{"spf and dkim", "dmarc", "multiple authentication checks", "unauthenticated email"}},
	{"7.23", []string{"spf check failed", "spf: fail", "spf fail", "spf validation"}},
	{"7.25", []string{"reverse dns", "ptr record", "no ptr", "rdns", "invalid hostname lookup"}},
	{"7.1", []string{"relaying denied", "relay access denied", "relay not permitted", "unable to relay", "not permitted to relay", "relaying not allowed", "relay denied", "we do not relay", "authentication required", "no relaying", "relaying prohibited",
		"blacklist", "blocklist", "blocked", "block list", "dnsbl", "spamhaus", "spamcop", "spam", "junk mail", "virus", "malware", "policy", "access denied", "not authorized", "not authorised", "not allowed", "denied", "banned", "reputation", "prohibited", "content rejected", "poor reputation", "abuse", "infected", "unsolicited"}},
	{"2.1", []string{"account disabled", "account has been disabled", "account is disabled", "mailbox disabled", "disabled or discontinued", "mailbox is inactive", "user is inactive", "account inactive", "account is inactive", "is inactive", "suspended", "account expired",
		"account that you tried to reach is disabled", "not accepting messages", "deactivated", "mailbox is frozen", "account locked", "temporarily disabled", "no longer active", "user suspended"}},
	{"1.6", []string{"has moved", "no longer at", "address changed", "no longer with", "has changed his address", "no forwarding address"}},
	{"1.8", []string{"sender address rejected", "domain of sender", "sender rejected", "sender verify failed", "unroutable sender", "unrouteable sender", "sender domain", "invalid sender", "sender unknown"}},
	{"1.1", []string{"user unknown", "unknown user", "no such user", "unknown recipient", "recipient unknown", "no such recipient", "user not found", "recipient not found", "address not found", "not found", "doesn't exist", "does not exist", "do not exist", "not exist",
		"unknown address", "invalid recipient", "invalid address", "invalid user", "invalid mailbox", "no mailbox", "no such mailbox", "mailbox unavailable", "mailbox not found", "unknown mailbox", "not listed in", "not our customer", "is not recognized", "not a valid", "isn't a valid", "unrouteable address", "unroutable address", "doesn't have a", "no valid recipients", "no such address",
		"undeliverable address", "bad address", "unknown local", "no account", "unknown or illegal", "not known", "user doesn't", "couldn't be found", "could not be found", "wasn't found", "invalid final delivery userid", "address rejected", "recipient rejected", "no such person", "user is unknown", "possibly incorrect", "no longer available", "not a known user", "not in directory", "ambiguous", "no this user",
		"unbekannt", "existiert nicht", "nicht gefunden", "inconnu", "n'existe pas", "no existe", "desconocid", "non esiste", "sconosciut", "не существует", "не найден", "存在しません", "存在しない", "見つかりません", "不存在", "宛先不明"}},
	{"4.7", []string{"retry timeout exceeded", "retry time not reached", "expired", "too long", "has been in the queue", "could not be delivered for", "delivery time", "gave up", "giving up", "aborted after", "not been delivered within", "queue lifetime", "message timed out", "will be retried", "still being retried", "still trying", "has been delayed", "not yet been delivered", "is delayed"}},
	{"4.1", []string{"connection refused", "no answer from host", "connection timed out", "timed out", "timeout", "unable to connect", "couldn't connect", "could not connect", "wasn't able to establish an smtp connection", "did not accept our requests to connect", "no route to host", "network is unreachable", "network error", "not responding", "connection failed", "refused to talk", "connection reset"}},
	{"4.2", []string{"lost connection", "connection dropped", "connection was dropped", "connection closed", "conversation with", "bad connection"}},
	{"4.4", []string{"null mx", "does not accept mail", "doesn't accept mail", "couldn't find a mail exchanger", "no mail exchanger", "unable to route", "cannot route", "no route found", "routing"}},
	{"5.3", []string{"too many recipients"}},
	{"7.0", []string{"too many connections", "rate limit", "frequency limited", "too many messages", "too fast", "sending limit", "throttl"}},
	{"3.2", []string{"service unavailable", "service not available", "not accepting", "temporarily unavailable", "system not accepting"}},
	{"3.0", []string{"mailer error", "command failed", "pipe to", "child process", "procmail", "internal error", "system error", "local error", "insufficient system", "input/output", "i/o error"}},
	{"6.0", []string{"header error", "not rfc", "malformed", "content", "mime"}},
}

var reasonPhrases = func() *phrases {
	var lists [][]string
	for _, r := range reasons {
		lists = append(lists, r.words)
	}
	return newPhrases(lists...)
}()

// detail returns the subject and detail of a status code for a text without
// one: by its words, then by its reply code (RFC 5321 4.2.3), "0.0" for neither.
func detail(text string, reply int) string {
	if i := reasonPhrases.lowest(strings.ToLower(text)); i >= 0 {
		return reasons[i].detail
	}
	switch reply {
	case 552, 452:
		return "2.2"
	case 550, 551, 553:
		return "1.1"
	case 421:
		return "3.2"
	case 554, 571:
		return "7.1"
	}
	return "0.0"
}
