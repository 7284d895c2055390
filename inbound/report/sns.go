package report

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// notification is what Amazon SES publishes about a mail ("Amazon SNS
// notification contents for Amazon SES" in its developer guide), as it arrives
// when a topic is delivered by mail.
type notification struct {
	Type   string `json:"notificationType"`
	Event  string `json:"eventType"`
	Inner  string `json:"Message"` // the notification itself, if the topic's form is JSON
	Bounce struct {
		Type       string `json:"bounceType"`
		Recipients []struct {
			Address    string `json:"emailAddress"`
			Action     string `json:"action"`
			Status     string `json:"status"`
			Diagnostic string `json:"diagnosticCode"`
		} `json:"bouncedRecipients"`
		MTA string `json:"reportingMTA"`
	} `json:"bounce"`
	Complaint struct {
		Recipients []struct {
			Address string `json:"emailAddress"`
		} `json:"complainedRecipients"`
		Kind      string `json:"complaintFeedbackType"`
		UserAgent string `json:"userAgent"`
	} `json:"complaint"`
	Delivery struct {
		Recipients []string `json:"recipients"`
		Response   string   `json:"smtpResponse"`
		MTA        string   `json:"reportingMTA"`
	} `json:"delivery"`
	Mail struct {
		Source  string `json:"source"`
		Headers struct {
			MessageID string `json:"messageId"`
		} `json:"commonHeaders"`
		All []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
	} `json:"mail"`
}

// openSNS reads the JSON of a notification at the beginning of the text; what
// follows it is the topic's footer.
func openSNS(m *message.Message) (n notification, kind string, ok bool) {
	s := strings.TrimSpace(m.Text[:min(len(m.Text), 4*maxText)])
	if !strings.HasPrefix(s, "{") || !containsAny(s, `"bounce`, `"complain`, `"smtpResponse`, `\"bounce`, `\"complain`) {
		return n, "", false
	}
	// QUIRK: a mail gateway folds the long line, in the midst of a string.
	s = strings.NewReplacer("\r", "", "\n ", "", "\n", "").Replace(s)
	if err := json.NewDecoder(strings.NewReader(s)).Decode(&n); err != nil && n.Type == "" && n.Event == "" {
		return n, "", false
	}
	if n.Inner != "" && n.Event == "" && strings.HasPrefix(n.Inner, "{") {
		s = n.Inner
		n = notification{}
		if err := json.Unmarshal([]byte(s), &n); err != nil {
			return n, "", false
		}
	}
	kind = first(n.Type, n.Event)
	return n, kind, kind != ""
}

func readSNS(m *message.Message) (Delivery, bool) {
	n, kind, ok := openSNS(m)
	if !ok || kind != "Bounce" && kind != "Delivery" {
		return Delivery{}, false
	}
	d := Delivery{Dialect: "amazon-sns", ReportingMTA: oneLine(typedValue(first(n.Bounce.MTA, n.Delivery.MTA))), OriginalID: n.originalID()}
	var found []Recipient
	for _, b := range n.Bounce.Recipients {
		status, _ := enhancedCode(b.Status)
		r := Recipient{Address: recipientAddress(b.Address), Action: action(b.Action), Status: status, Diagnostic: typedValue(b.Diagnostic)}
		if r.Status == "" && n.Bounce.Type == "Transient" {
			r.Status = "4.0.0" // SES has given up on what might pass
		}
		found = append(found, r)
	}
	for _, a := range n.Delivery.Recipients {
		found = append(found, Recipient{Address: recipientAddress(a), Action: "delivered", Diagnostic: n.Delivery.Response})
	}
	found = slices.DeleteFunc(found, func(r Recipient) bool { return r.Address == "" })
	d.Recipients = settle(m, &text{}, found)
	return d, true
}

func (n notification) originalID() string {
	id := n.Mail.Headers.MessageID
	for _, h := range n.Mail.All {
		if id == "" && strings.EqualFold(h.Name, "Message-ID") {
			id = h.Value
		}
	}
	if id = oneLine(id); id != "" && !strings.HasPrefix(id, "<") {
		id = "<" + id + ">"
	}
	return message.Parse([]byte("Message-ID: "+id+"\n\n"), message.Limits{}).MessageID
}
