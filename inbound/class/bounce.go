package class

import (
	"regexp"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

func hasFailedRecipients(m *message.Message, _ Options) bool {
	return m.Header.Has("X-Failed-Recipients")
}

// isSenderDaemon reports whether the sender's address is one under which mail
// servers write (RFC 5321 4.5.1 names postmaster, use the others).
func isSenderDaemon(m *message.Message) bool {
	if strings.Contains(strings.ToLower(m.Header.Get("From")), "mailer-daemon") {
		return true // QUIRK: "MAILER-DAEMON <>" has no address at all
	}
	for _, a := range m.From {
		local, _, _ := strings.Cut(strings.ToLower(a.Addr), "@")
		switch local {
		case "mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "postmaster", "mdaemon",
			"mail-delivery-subsystem", "bounce-daemon", "mailer_daemon":
			return true
		}
		name := strings.ToLower(a.Name)
		if strings.Contains(name, "mail delivery s") || strings.Contains(name, "mailer-daemon") ||
			strings.Contains(name, "mail administrator") || strings.Contains(name, "postmaster") {
			return true
		}
	}
	return false
}

// failureSubject holds the beginnings of subjects under which mail servers
// return mail, after "Re:" and the like would already make it a person's.
var failureSubject = regexp.MustCompile(`(?i)^\s*(?:\[[^\]]{0,40}\]\s*|\*+\s*)?(?:` + strings.Join([]string{
	`undeliver(?:able|ed)\b`, `undelivered mail returned`, `(?:mail )?delivery (?:status )?(?:notification|failure|failed|report|error|problem|has failed|unsuccessful|delayed)`,
	`mail delivery (?:failed|failure|error|system)`, `mail (?:system )?error`, `mail could not be delivered`, `returned (?:mail|e-?mail|message)`,
	`failure notice`, `failed (?:mail|delivery)`, `message (?:delivery|could not|not delivered|undeliverable|status)`, `non[- ]?(?:delivery|remis)`, `error sending`,
	`unzustellbar`, `nicht zustellbar`, `olevererbart`, `oleverbar`, `olevererat`, `échec de (?:la )?(?:remise|livraison|distribution)`, `non recapitabile`, `mancato recapito`,
	`no se puede entregar`, `onbestelbaar`, `nie można dostarczyć`, `配信不能`, `配信エラー`, `メールの返却`, `退信`, `系统退信`, `недоставленное`, `не доставлено`,
}, "|") + `)`)

func hasFailureSubject(m *message.Message) bool { return failureSubject.MatchString(m.Subject) }

// isDaemonFailure needs two signs: a subject that mail servers use, and a
// sender or an envelope that only they have.
func isDaemonFailure(m *message.Message, o Options) bool {
	return hasFailureSubject(m) && (isSenderDaemon(m) || hasNullSender(m, o) || isMarkedAutomatic(m))
}

func isMarkedAutomatic(m *message.Message) bool {
	v := keyword(m, "Auto-Submitted")
	return v != "" && v != "no"
}

// isFromDaemon takes mail of a mail server's address for a bounce, unless it
// answers somebody: a person may read the postmaster's mail.
func isFromDaemon(m *message.Message, _ Options) bool {
	if !isSenderDaemon(m) {
		return false
	}
	local := ""
	if len(m.From) > 0 {
		local, _, _ = strings.Cut(strings.ToLower(m.From[0].Addr), "@")
	}
	return local != "postmaster" || m.InReplyTo == "" || !strings.HasPrefix(strings.ToLower(m.Subject), "re:")
}

// hasNullSender reports whether the envelope's sender was empty (RFC 5321
// 4.5.5), which the last server writes into Return-Path.
func hasNullSender(m *message.Message, _ Options) bool {
	return strings.ReplaceAll(m.Header.Raw("Return-Path"), " ", "") == "<>"
}
