package htmltext

import "strings"

// role is what an element is to the mail, by what its program calls it.
type role uint8

const (
	noRole role = iota
	// mark: from here on all is the answered mail.
	mark
	// quote: its content is quoted; what follows it may be new.
	quote
	// container: like quote, unless a blockquote of the same program stands in
	// it. Then what follows that blockquote, in the container, may be new:
	// people answer between the blockquotes that they split.
	container
	// introduction: the line above a quote.
	introduction
	// signed: a signature.
	signed
	// headed: a mark if a header field in bold follows.
	headed
)

// meaning is a role with the program that gives it, for the reader of a result.
// Containers and their blockquotes have the same one.
type meaning struct {
	role role
	by   string
}

// spark writes blockquotes with and without a class of its own.
const spark = "messageReplySection of Spark"

// named returns what a class or an id in lower case means. Prefixes that other
// programs put before it must be gone, see [unprefixed].
func named(name string) meaning {
	switch name {
	case "gmail_quote", "gmail_quote_container": // and all that write it for Gmail's sake: K-9, BlueMail, Superhuman, Mailspring
		return meaning{container, "gmail_quote of Gmail"}
	case "gmail_attr":
		return meaning{introduction, "gmail_attr of Gmail"}
	case "gmail_signature", "gmail_signature_prefix":
		return meaning{signed, "gmail_signature of Gmail"}

	case "divrplyfwdmsg": // above the header fields
		return meaning{mark, "divRplyFwdMsg of Outlook on the web"}
	case "appendonsend": // empty, between the reply and what it answers
		return meaning{mark, "appendonsend of Outlook on the web"}
	case "ms-outlook-mobile-reference-message":
		return meaning{quote, "ms-outlook-mobile-reference-message of Outlook for iOS and Android"}
	case "mail-editor-reference-message-container":
		return meaning{quote, "mail-editor-reference-message-container of the new Outlook"}
	case "olk_src_body_section", "mac_outlook_attribution_blockquote":
		return meaning{quote, "OLK_SRC_BODY_SECTION of Outlook for Mac"}
	case "outlookmessageheader": // Outlook 2000 to 2003
		return meaning{mark, "OutlookMessageHeader of Outlook"}
	case "originalmessage":
		return meaning{mark, "OriginalMessage of Outlook Express"}
	case "hmquote": // Hotmail's older editor
		return meaning{mark, "hmquote of Hotmail"}
	case "ms-outlook-mobile-signature", "acompli_signature":
		return meaning{signed, "signature of Outlook for iOS and Android"}
	case "signature": // Outlook on the web, Fastmail, GMX
		return meaning{signed, "signature element"}

	case "applemailsignature": // Apple Mail, iOS
		return meaning{signed, "AppleMailSignature of Apple Mail"}

	case "yahoo_quoted", "yahoo-quoted":
		return meaning{quote, "yahoo_quoted of Yahoo"}
	case "qtdseparatebr": // the empty lines above yahoo_quoted
		return meaning{mark, "qtdSeparateBR of Yahoo"}
	case "ymail_android_signature":
		return meaning{signed, "signature of Yahoo for Android"}

	case "moz-cite-prefix":
		return meaning{introduction, "moz-cite-prefix of Thunderbird"}
	case "moz-forward-container":
		return meaning{quote, "moz-forward-container of Thunderbird"}
	case "moz-signature":
		return meaning{signed, "moz-signature of Thunderbird"}
	case "reply-intro":
		return meaning{introduction, "reply-intro of Roundcube"}
	case "-x-evo-signature", "-x-evo-signature-wrapper":
		return meaning{signed, "signature of Evolution"}

	case "protonmail_quote":
		return meaning{container, "protonmail_quote of Proton Mail"}
	case "protonmail_signature_block", "protonmail_signature_block-user", "protonmail_signature_block-proton":
		return meaning{signed, "protonmail_signature_block of Proton Mail"}
	case "tutanota_quote":
		return meaning{container, "tutanota_quote of Tutanota"}
	case "tutanota_signature":
		return meaning{signed, "signature of Tutanota"}

	case "zmail_extra", "blockquote_zmail":
		return meaning{container, "zmail_extra of Zoho Mail"}
	case "zm-_id_-sgn":
		return meaning{signed, "signature of Zoho Mail"}
	case "zwchr":
		return meaning{mark, "zwchr of Zimbra"}
	case "stopspelling":
		return meaning{mark, "stopSpelling of Hotmail"}

	case "composer_signature":
		return meaning{signed, "composer_signature of Samsung Email"}
	case "k9mail-signature":
		return meaning{signed, "signature of K-9 Mail"}
	case "spark_quote", "messagereplysection":
		return meaning{container, spark}
	case "messagesignaturesection":
		return meaning{signed, "messageSignatureSection of Spark"}
	case "airmail_on":
		return meaning{introduction, "airmail_on of Airmail"}
	case "bloop_sign":
		return meaning{signed, "bloop_sign of Airmail"}
	case "history_container":
		return meaning{quote, "history_container of Mailbird"}
	case "mb_sig":
		return meaning{signed, "mb_sig of Mailbird"}
	case "cm_quote":
		return meaning{introduction, "cm_quote of Newton"}
	case "cm_signature", "cm_footer":
		return meaning{signed, "cm_signature of Newton"}
	case "front-blockquote":
		return meaning{quote, "front-blockquote of Front"}
	case "front-signature":
		return meaning{signed, "front-signature of Front"}
	case "hs_reply":
		return meaning{quote, "hs_reply of HubSpot"}
	case "freshdesk_quote":
		return meaning{container, "freshdesk_quote of Freshdesk"}
	case "quotedreply":
		return meaning{quote, "quotedReply of Zendesk"}
	case "groupwisereplyheader":
		return meaning{mark, "GroupwiseReplyHeader of GroupWise"}
	case "inoteshistory":
		return meaning{quote, "iNotesHistory of Lotus Notes"}

	case "isreplycontent", "isforwardcontent":
		return meaning{quote, "isReplyContent of NetEase Mail"}
	case "ntes-mailmaster-quote":
		return meaning{quote, "ntes-mailmaster-quote of NetEase Mail Master"}
	case "original-content":
		return meaning{quote, "original-content of QQ Mail"}
	case "__aliyun_signature_wrap":
		return meaning{signed, "signature of Alibaba Mail"}
	case "mailru-blockquote":
		return meaning{quote, "mailru-blockquote of Mail.ru"}
	case "quoted-plain-text":
		return meaning{quote, "quoted-plain-text of Horde"}
	}
	switch {
	case strings.HasPrefix(name, "yahoo_quoted"): // yahoo_quoted_1234567890
		return meaning{quote, "yahoo_quoted of Yahoo"}
	case strings.HasPrefix(name, "foxdiv2"): // FoxDiv20240503101100123456
		return meaning{quote, "FoxDiv of Foxmail"}
	case strings.HasPrefix(name, "groupwisesection_"):
		return meaning{quote, "GroupWiseSection of GroupWise"}
	case strings.HasPrefix(name, "bloop_sign_"):
		return meaning{signed, "bloop_sign of Airmail"}
	}
	return meaning{}
}

// meaningOf looks up one class, id or name, in any case and with prefixes.
func meaningOf(name string) meaning {
	var lower [48]byte
	if len(name) > 2*len(lower) {
		return meaning{}
	}
	name, foreign := unprefixed(name)
	if len(name) > len(lower) {
		return meaning{}
	}
	n := copyLower(lower[:], name)
	if foreign && string(lower[:n]) == "divtagdefaultwrapper" {
		// Outlook on the web writes all text into this element: where another
		// one of them has put "x_" before the name, it shows the answered mail.
		return meaning{quote, "x_divtagdefaultwrapper of Outlook on the web"}
	}
	return named(string(lower[:n]))
}

// unprefixed takes off what programs put before the names in a mail that they
// show, and so quote: "x_" once per hop (Exchange, Outlook on the web),
// "m_-123456789" (Gmail), "ydp1a2b3c4d" and "yiv123456789" (Yahoo), "aolmail_"
// (AOL), "ecx" and "EC_" (Hotmail). Mail.ru puts "_mr_css_attr" behind them.
func unprefixed(name string) (bare string, foreign bool) {
	bare = name
	for len(bare) > 2 && bare[1] == '_' && (bare[0] == 'x' || bare[0] == 'X') {
		bare = bare[2:]
	}
	switch {
	case bare == "":
	case bare[0] == 'm' && strings.HasPrefix(bare, "m_"):
		rest := strings.TrimLeft(strings.TrimPrefix(bare[2:], "-"), "0123456789")
		if len(rest) < len(bare)-2 {
			bare = rest
		}
	case bare[0] == 'y' && strings.HasPrefix(bare, "yiv"):
		bare = strings.TrimLeft(bare[3:], "0123456789")
	case bare[0] == 'y' && strings.HasPrefix(bare, "ydp"):
		bare = yahoo(bare)
	case bare[0] == 'a':
		bare = strings.TrimPrefix(bare, "aolmail_")
	case bare[0] == 'e':
		bare = strings.TrimPrefix(bare, "ecx")
	case bare[0] == 'E':
		bare = strings.TrimPrefix(bare, "EC_")
	}
	bare = strings.TrimSuffix(bare, "_mr_css_attr")
	return bare, len(bare) != len(name)
}

// yahoo takes off "ydp" and the up to ten hexadecimal digits behind it. Where
// they end can't be seen if the name goes on with such a digit; none known does.
func yahoo(name string) string {
	rest := name[3:]
	i := 0
	for i < len(rest) && i < 10 && (rest[i] >= '0' && rest[i] <= '9' || rest[i] >= 'a' && rest[i] <= 'f') {
		i++
	}
	return rest[i:]
}

// meaningOfElement is what all that an element is called means. Of several the
// first counts that means anything.
func meaningOfElement(t tag, a *attributes, d *declarations) meaning {
	if a.id != "" {
		if m := meaningOf(a.id); m.role != noRole {
			return m
		}
	}
	for rest := a.class; rest != ""; {
		var one string
		one, rest = field(rest)
		// Gmail and others indent by a blockquote without a border.
		if m := meaningOf(one); m.role != noRole && !(m.role == container && t == tagBlockquote && d.plain) {
			return m
		}
	}
	switch a.name {
	case "":
	case "quote": // <div name="quote">
		return meaning{quote, "quote of GMX and web.de"}
	case "messageReplySection", "messageSignatureSection":
		return meaningOf(a.name)
	}
	switch a.marker {
	case "":
	case "__DIVIDER__":
		return meaning{mark, "zwchr of Zimbra"}
	case "__HEADERS__", "__QUOTED_TEXT__":
		return meaning{quote, "__QUOTED_TEXT__ of Zimbra"}
	case "__SIG_PRE__", "__SIG_POST__":
		return meaning{signed, "signature of Zimbra"}
	}
	if a.signature {
		return meaning{signed, "signature of Mail.ru"}
	}
	switch {
	case a.class == "quote" && (t == tagDiv || t == tagBlockquote): // the mail program of Android
		return meaning{container, "quote of Android Email"}
	case t == tagBlockquote && !d.plain:
		if strings.EqualFold(a.kind, "cite") {
			return meaning{quote, "blockquote type=cite"}
		}
		return meaning{quote, "blockquote"}
	case t == tagBlockquote && strings.EqualFold(a.kind, "cite"): // Apple Mail quotes without a border too
		return meaning{quote, "blockquote type=cite"}
	case t == tagIncludetail:
		return meaning{quote, "includetail of QQ Mail"}
	case t == tagSignature:
		return meaning{signed, "signature of Mailspring"}
	case t == tagDiv && d.ruled == surelyRule:
		return meaning{mark, "ruled header of Outlook"}
	case t == tagDiv && d.ruled == maybeRule:
		return meaning{headed, "ruled header of Outlook"}
	}
	return meaning{}
}

// field cuts the first word off a list of them.
func field(s string) (first, rest string) {
	from := 0
	for from < len(s) && isSpace(s[from]) {
		from++
	}
	to := from
	for to < len(s) && !isSpace(s[to]) {
		to++
	}
	return s[from:to], s[to:]
}
