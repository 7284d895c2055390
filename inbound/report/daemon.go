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
		// Couriers are named much alike.
		switch name := strings.ToLower(strings.Trim(a.Name, `"' `)); {
		case strings.HasPrefix(name, "mail delivery system"), strings.HasPrefix(name, "mail delivery subsystem"), name == "mail delivery service",
			strings.HasPrefix(name, "mail delivery agent"), strings.HasPrefix(name, "maildelivery system"), containsAny(name, "mailer-daemon", "mailer daemon"):
			return !IsPersonal(m)
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

// personalPrefixes begin the subjects of answers and forwarded mail in the mail
// programs' languages, in lower case and without the colon.
var personalPrefixes = map[string]bool{
	"re": true, "aw": true, "antw": true, "antwort": true, "sv": true, "vs": true, "odp": true, "ynt": true, "yan": true, "cevap": true, "απ": true, "σχετ": true, "res": true, "r": true, "rif": true, "ref": true,
	"vá": true, "bls": true, "ats": true, "atb": true, "отв": true, "ответ": true, "回复": true, "回覆": true, "答复": true, "答覆": true, "返信": true, "답장": true, "회신": true, "رد": true, "השב": true, "תשובה": true, "trả lời": true,
	"fwd": true, "fw": true, "wg": true, "tr": true, "rv": true, "vb": true, "vl": true, "enc": true, "i": true, "pd": true, "doorst": true, "ilt": true, "πρθ": true, "转发": true, "轉寄": true, "転送": true, "전달": true,
}

// IsPersonal reports whether the subject says that somebody answers or forwards
// a mail ("Re:", "[External] AW:"): whatever it is that is spoken of behind it.
// Absence notes may begin so too.
func IsPersonal(m *message.Message) bool {
	s := strings.TrimSpace(m.Subject)
	for range 2 {
		// A tag of a list or of a gateway.
		if i := strings.IndexByte(s, ']'); strings.HasPrefix(s, "[") && i > 0 && i < 42 {
			s = strings.TrimSpace(s[i+1:])
		}
	}
	i := strings.IndexAny(s, ":：[")
	return i > 0 && i < 24 && personalPrefixes[strings.ToLower(strings.TrimRight(s[:i], " \u00a0"))]
}

// maybeDelivery reports whether it is worth to read the text: ordinary mail
// ends here after a look at a few fields and the first lines.
func maybeDelivery(m *message.Message) bool {
	if m.Header.Has("X-Failed-Recipients") || isReportType(m) || IsDaemon(m) {
		return true
	}
	if IsPersonal(m) {
		return false
	}
	return isPostmaster(m) || HasNullSender(m) || hasFailureSubject(m) || m.InReplyTo == "" && opensLikeReport(m.Text)
}

func isReportType(m *message.Message) bool {
	return strings.EqualFold(m.Root.Params["report-type"], "delivery-status")
}

// isSystem reports whether anything says that a mail system sent the mail; no
// author at all does, too.
func isSystem(m *message.Message) bool {
	return IsDaemon(m) || isPostmaster(m) || HasNullSender(m) || isMarkedAutomatic(m) || len(m.From) == 0
}

// isPassedOn reports whether a person answers with the parts of a report or
// forwards them, as Apple Mail and Outlook do when they take a report apart.
func isPassedOn(m *message.Message) bool {
	return m.Root.MediaType == "multipart/mixed" && IsPersonal(m) && !isSystem(m)
}

// isEnclosed reports whether nothing but an attached status part, which may be
// all a person found to show, says that a mail is a report.
func isEnclosed(m *message.Message) bool {
	return m.Root.MediaType == "multipart/mixed" && !isSystem(m) && !hasFailureSubject(m)
}

// isDelivery decides for a mail without a status part. Either the wording is
// known, or two signs meet that persons' mail doesn't have together.
func isDelivery(m *message.Message, p parts, t *text, dialect string) bool {
	if m.Header.Has("X-Failed-Recipients") || isReportType(m) {
		return true
	}
	daemon, subject := IsDaemon(m), hasFailureSubject(m)
	if IsPersonal(m) {
		return daemon && t.saysFailure()
	}
	// Below a person's question a report proves nothing.
	opens := opensLikeReport(strings.Join(t.head[:min(len(t.head), 12)], "\n"))
	system := daemon || isPostmaster(m) || HasNullSender(m)
	switch {
	case (system || opens || isMarkedAutomatic(m)) && len(t.fields(&Delivery{}, t.head)) > 0:
		return true
	case dialect != "unknown" && (daemon || opens && strings.Contains(t.lower, "@")):
		return true
	case daemon:
		return subject || t.saysFailure()
	case subject && isMarkedAutomatic(m) && t.hasEnhancedCode():
		return true // a parcel service writes of deliveries too, and marks it as automatic
	case !system, !subject && (isMarkedAutomatic(m) || !t.saysFailure()):
		return false
	}
	// Postmasters are persons as well, and some servers deliver persons' mail with
	// a null sender.
	if subject && isPostmaster(m) && HasNullSender(m) {
		return true
	}
	return dialect != "unknown" || p.nested != nil || p.header != nil || t.returned != "" || t.blames() || subject && t.hasEnhancedCode()
}
