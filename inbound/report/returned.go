package report

import "strings"

// returnedMarks are what mail servers write above the mail they return, in
// lower case and without the dashes around it. A mark ends the report.
var returnedMarks = newPhrases([]string{
	"copy of the message", "copy of your message", "copy of the original", "copy of the first part of the message", "copy of the mail",
	"original message follows", "original message headers", "original message header", "message headers follow", "message header follows", "headers of the message",
	"header of the original message", "headers of the original message", "header of original message", "original message text", "original mail info", "original message is following",
	"returned message follows", "returned mail follows", "unsent message follows", "unsent message below", "undelivered message follows", "unmodified message header",
	"message text follows", "the following is a copy", "text of your message", "text of the message follows", "text of message follows", "contents of the original message", "your message reads", "your message follows",
	"original message excerpt", "rejected message follows", "start of returned message", "beginning of original message", "the message that caused this notification",
	"kopie der nachricht", "kopie ihrer nachricht", "originalnachricht", "ursprüngliche nachricht", "kopfzeilen der ursprünglichen", "message d'origine", "mensaje original", "messaggio originale",
	"mensagem original", "ursprungligt meddelande", "oorspronkelijk bericht", "исходное сообщение", "копия сообщения", "元のメッセージ", "原始邮件", "原邮件", "原始郵件", "送信されたメール",
})

// returnedExact are marks that begin other sentences too ("The original message
// was received at"), so the line must hold nothing else.
var returnedExact = map[string]bool{
	"original message": true, "original mail": true, "original message:": true, "message header": true, "message headers": true,
	"original headers": true, "original header": true, "returned mail": true, "returned message": true, "message contents": true, "forwarded message": true,
	"original message info": true, "original text": true, "your original message": true, "message content": true, "the original message": true,
}

// isReturnedMark reports whether a line says that the returned mail follows.
// Words within a sentence count only after an address was named: some servers
// begin by announcing that a copy is attached.
func isReturnedMark(line string, named bool) bool {
	if line = strings.TrimLeft(line, " \t>"); len(line) < 8 || len(line) > 160 {
		return false
	}
	named = named || strings.ContainsAny(line[:1], "-=*_#|+")
	line = strings.ToLower(strings.Trim(line, "-=*_#>|+~.: \t"))
	if len(line) < 8 || len(line) > 100 {
		return false
	}
	if returnedExact[line] {
		return true
	}
	return named && returnedMarks.occur(line)
}

// mailField reports whether a line looks like a header field of a mail, and
// whether one of those that only mail systems write.
func mailField(line string) (field, telling bool) {
	i := strings.IndexByte(line, ':')
	if i <= 0 || i > 40 {
		return false, false
	}
	switch strings.ToLower(strings.TrimRight(line[:i], " ")) {
	case "message-id", "received", "return-path", "mime-version", "x-mailer", "dkim-signature":
		return true, true
	case "from", "to", "cc", "date", "subject", "reply-to", "sender", "content-type", "content-transfer-encoding",
		"in-reply-to", "references", "user-agent", "importance", "precedence":
		return true, false
	}
	return len(line) > 2 && (line[0] == 'X' || line[0] == 'x') && line[1] == '-', false
}

// beginsHeader reports whether the header of a mail begins at the first of
// lines: three fields within eight lines, one of them telling.
func beginsHeader(lines []string) bool {
	if len(lines) == 0 || lines[0] == "" {
		return false
	}
	if f, _ := mailField(lines[0]); !f {
		return false
	}
	fields, telling := 0, false
	for _, l := range lines[:min(len(lines), 8)] {
		if l == "" {
			break
		}
		f, t := mailField(l)
		if f {
			fields++
		}
		telling = telling || t
	}
	return fields >= 3 && telling
}

// splitReturned divides the lines of a report into what the server says and the
// mail it returns: at the first mark, or where a mail's header begins after an
// address was named.
func splitReturned(lines []string) (head, returned []string) {
	named := false
	for i, l := range lines {
		if isReturnedMark(l, named) {
			return lines[:i], lines[i+1:]
		}
		if named && beginsHeader(lines[i:]) {
			return lines[:i], lines[i:]
		}
		named = named || strings.Contains(l, "@")
	}
	return lines, nil
}

// attachedMail returns the index of the line at which a returned mail begins in
// a text that has a MIME structure of its own, because the header that announced
// it was lost; 0 if there is none.
func attachedMail(lines []string) int {
	inHeader := false
	for i, l := range lines {
		switch {
		case l == "" && inHeader:
			return i + 1
		case inHeader || len(l) < 20 || l[0] != 'C' && l[0] != 'c':
		default:
			l = strings.ToLower(l)
			inHeader = strings.HasPrefix(l, "content-type: message/rfc822") || strings.HasPrefix(l, "content-type: text/rfc822-headers")
		}
	}
	return 0
}
