package htmltext

import "strings"

// quoteClasses are classes of elements that hold the answered mail, by client.
var quoteClasses = map[string]bool{
	"gmail_quote": true, "gmail_quote_container": true, "gmail_attr": true, // Gmail
	"yahoo_quoted": true, "yahoo-quoted": true, // Yahoo
	"moz-cite-prefix": true, "moz-forward-container": true, // Thunderbird
	"protonmail_quote": true, "tutanota_quote": true, "zmail_extra": true,
	"freebirdfieldquote": true, "mailru-blockquote": true, "quoted-plain-text": true,
	"wp-mail-quote": true, "ms-outlook-mobile-reference-message": true,
}

// markIDs are ids of elements with which the answered mail begins.
var markIDs = map[string]bool{
	"divrplyfwdmsg": true, "appendonsend": true, // Outlook on the web and for phones
	"olk_src_body_section": true, "mail-editor-reference-message-container": true, // Outlook for Mac, new Outlook
	"isforwardcontent": true, "replysplit": true, "reply-intro": true, "yahoo_quoted": true,
	"hmquote": true, "originalmessage": true,
}

// signatureNames are classes and ids of signatures.
var signatureNames = map[string]bool{
	"gmail_signature": true, "gmail_signature_prefix": true, "moz-signature": true, "protonmail_signature_block": true,
	"signature": true, "ms-outlook-mobile-signature": true, "applemailsignature": true, "tutanota_signature": true,
}

// structure notes what the attributes of an element say about its content.
func (r *renderer) structure(e *element, attrs map[string]string) {
	style := strings.ToLower(strings.Join(strings.Fields(attrs["style"]), ""))
	_, hiddenAttr := attrs["hidden"]
	e.hidden = unseen[e.name] || hiddenAttr || strings.Contains(style, "display:none")
	e.pre = e.name == "pre" || strings.Contains(style, "white-space:pre-wrap") || strings.Contains(style, "white-space:pre;")
	id := unprefixed(attrs["id"])
	if markIDs[id] || strings.HasPrefix(id, "yahoo_quoted") {
		r.flush()
		r.mark = "element " + id
	}
	e.signature = signatureNames[id]
	for c := range strings.FieldsSeq(attrs["class"]) {
		c = unprefixed(c)
		e.quote = e.quote || quoteClasses[c] || strings.HasPrefix(c, "yahoo_quoted")
		e.signature = e.signature || signatureNames[c] ||
			strings.HasPrefix(c, "ydp") && strings.HasSuffix(c, "signature") // Yahoo puts a random word between
	}
	if e.name == "blockquote" {
		// Gmail and others indent by a blockquote without a border.
		e.quote = e.quote || !strings.Contains(style, "border:none") && !strings.Contains(style, "border:0px")
	}
	if e.quote && e.name != "blockquote" {
		e.block = true
		r.flush()
	}
	// Outlook rules a line in one of two colours above the header it quotes.
	if e.name == "div" && strings.Contains(style, "border-top:solid") &&
		(strings.Contains(style, "#e1e1e1") || strings.Contains(style, "#b5c4df")) {
		r.flush()
		r.mark = "ruled header of Outlook"
	}
	if e.quote || e.signature {
		r.flush()
	}
}

// unprefixed returns a class or id in lower case without the "x_" that Exchange
// puts before names it doesn't know, once per hop.
func unprefixed(name string) string {
	for strings.HasPrefix(name, "x_") {
		name = name[2:]
	}
	return strings.ToLower(name)
}
