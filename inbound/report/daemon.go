package report

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// daemons are the local parts under which mail servers write.
var daemons = map[string]bool{
	"mailer-daemon": true, "mailerdaemon": true, "mail-daemon": true, "maildaemon": true, "mdaemon": true, "mailer_daemon": true,
	"bounce-daemon": true, "mail-delivery-subsystem": true, "mail.delivery.system": true, "mmdf": true, "mailerdemon": true,
	"microsoftexchange329e71ec88ae4615bbc36ab6ce41109e": true, "postmast": true,
}

// IsDaemon reports whether the sender is a mail server by its address or name.
// The postmaster (RFC 5321 4.5.1) doesn't count: a person may write as such, so
// [ReadDelivery] asks for more.
func IsDaemon(m *message.Message) bool {
	for _, a := range m.From {
		local, _, _ := strings.Cut(strings.ToLower(a.Addr), "@")
		if daemons[local] || strings.HasPrefix(local, "mailer-daemon") || strings.HasPrefix(local, "microsoftexchange329e71ec88ae") {
			return true
		}
		if containsAny(strings.ToLower(a.Name), "mail delivery s", "mailer-daemon", "mailer daemon", "mail delivery agent", "maildelivery system") {
			return true
		}
	}
	// QUIRK: "MAILER-DAEMON <>" has no address at all.
	return len(m.From) == 0 && strings.Contains(strings.ToLower(m.Header.Get("From")), "mailer-daemon")
}

func isPostmaster(m *message.Message) bool {
	for _, a := range m.From {
		local, _, _ := strings.Cut(strings.ToLower(a.Addr), "@")
		local = strings.ReplaceAll(strings.ReplaceAll(local, "_", ""), "-", "")
		if strings.HasPrefix(local, "postmaster") || local == "sysadmin" || local == "mailadmin" || containsAny(strings.ToLower(a.Name), "postmaster", "mail administrator", "system administrator", "systemadministrator", "ndr administrator") {
			return true
		}
	}
	return false
}

// HasNullSender reports whether the envelope's sender was empty (RFC 5321
// 4.5.5), which the last server writes into Return-Path. Reports have it, and
// other automatic mail that wants no answer (RFC 3834 3.3).
func HasNullSender(m *message.Message) bool {
	return m.Header.Has("Return-Path") && strings.ReplaceAll(m.Header.Raw("Return-Path"), " ", "") == "<>"
}

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// failureSubjects are the beginnings of subjects under which mail servers
// return mail, in lower case. After "Re:" they would be a person's.
var failureSubjects = [...]string{
	"undeliver", "delivery status notification", "delivery notification", "delivery fail", "delivery has failed", "delivery report", "delivery error", "delivery problem", "delivery unsuccessful", "delivery delayed", "delivery status",
	"mail delivery", "mail error", "mail system error", "mail could not be", "mail undeliverable", "mail failure", "mail status report", "mail not delivered", "mail returned", "returned mail", "returned e-mail", "returned email", "returned message", "returned to sender", "failure notice", "failed mail", "failed delivery", "failure delivery", "failed to deliver",
	"message delivery", "message could not", "message not delivered", "message undeliverable", "message status", "message you sent", "message notification", "non-delivery", "non delivery", "nondeliverable", "notification of undeliverable", "non remis", "error sending", "warning: could not send", "warning: message", "unable to deliver", "could not deliver", "couldn't deliver", "email delivery", "e-mail delivery", "permanent delivery failure", "user unknown", "unknown user",
	"dsn:", "ndn:", "bounce:", "bounced mail", "delayed mail", "deferred mail", "auto: undeliverable", "nicht zugestellt", "rejected mail", "message rejected", "problem delivering", "sent mail problem", "not delivered",
	"unzustellbar", "nicht zustellbar", "olevererbart", "oleverbar", "olevererat", "kan ikke leveres", "kunne ikke leveres", "échec de", "non remis", "non recapitabile", "mancato recapito", "impossibile recapitare", "no se puede entregar", "no se pudo entregar", "no entregado", "não entregue", "não é possível entregar", "onbestelbaar", "niet te bezorgen", "nie można dostarczyć", "niedostarczalne", "toimitus epäonnistui", "ei voida toimittaa", "nedoručitelné", "kézbesíthetetlen", "teslim edilemedi", "ανεπίδοτο", //nolint:misspell // Italian
	"配信不能", "配信エラー", "メールの返却", "送信エラー", "メッセージを配信できません", "メール配信に失敗", "メールを配信できません", "送信できません", "メール配信エラー", "配信できません", "退信", "系统退信", "無法傳遞", "无法投递", "未送达", "недоставлен", "не доставлен", "сообщение не доставлено", "ваше сообщение не доставлено", "배달되지", "반송",
}

// hasFailureSubject reports whether the subject is one of a mail server's. A
// tag in brackets or stars may stand before it.
func hasFailureSubject(m *message.Message) bool {
	s := strings.ToLower(strings.TrimLeft(m.Subject, " *!"))
	if strings.HasPrefix(s, "[") {
		if i := strings.IndexByte(s, ']'); i > 0 && i < 42 {
			s = strings.TrimLeft(s[i+1:], " :")
		}
	}
	s = strings.TrimPrefix(s, "email ")
	for _, w := range failureSubjects {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return strings.Contains(s, "mail failure") || strings.Contains(s, "delivery status notification")
}

// isMarkedAutomatic follows RFC 3834 5: any value but "no".
func isMarkedAutomatic(m *message.Message) bool {
	v := strings.ToLower(m.Header.Get("Auto-Submitted"))
	return v != "" && !strings.HasPrefix(v, "no")
}

// isPersonal reports whether the subject says that a person answers or forwards
// a report.
func isPersonal(m *message.Message) bool {
	s := strings.ToLower(strings.TrimSpace(m.Subject))
	for _, p := range [...]string{"re:", "re :", "aw:", "sv:", "antw:", "fwd:", "fw:", "wg:", "vs:", "tr:", "rv:"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// maybeDelivery reports whether it is worth to read the text: ordinary mail
// ends here after a look at a few fields and the first lines.
func maybeDelivery(m *message.Message) bool {
	if m.Header.Has("X-Failed-Recipients") || isReportType(m) || IsDaemon(m) {
		return true
	}
	if isPersonal(m) {
		return false
	}
	return isPostmaster(m) || HasNullSender(m) || hasFailureSubject(m) || m.InReplyTo == "" && opensLikeReport(m.Text)
}

func isReportType(m *message.Message) bool {
	return strings.EqualFold(m.Root.Params["report-type"], "delivery-status")
}

// isDelivery decides for a mail without a status part. Either the wording is
// known, or two signs meet that persons' mail doesn't have together.
func isDelivery(m *message.Message, t *text, dialect string) bool {
	if m.Header.Has("X-Failed-Recipients") || isReportType(m) {
		return true
	}
	if !isPersonal(m) && len(t.fields(&Delivery{}, t.head)) > 0 {
		return true
	}
	daemon, subject := IsDaemon(m), hasFailureSubject(m)
	if dialect != "unknown" && (daemon || opensLikeReport(t.lower) && strings.Contains(t.lower, "@") && !isPersonal(m)) {
		return true
	}
	switch {
	case isPersonal(m):
		return daemon && t.saysFailure()
	case subject:
		// A parcel service writes of deliveries too, and marks it as automatic.
		return daemon || isPostmaster(m) || HasNullSender(m) || isMarkedAutomatic(m) && t.hasEnhancedCode()
	case daemon:
		return t.saysFailure()
	}
	return (isPostmaster(m) || HasNullSender(m)) && !isMarkedAutomatic(m) && t.saysFailure() && len(t.blocks()) > 0
}
