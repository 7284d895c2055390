package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

func parse(raw string) *message.Message {
	return message.Parse([]byte(raw), message.Limits{})
}

// TestNoDelivery holds what looks like a report and is none.
func TestNoDelivery(t *testing.T) {
	bounce := "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n\n<maja@ferry.example>:\nNo such person.\n"
	for name, raw := range map[string]string{
		"an answer":                            "From: maja@ferry.example\nSubject: Re: boxes\n\nYes, two.\n",
		"a question about a bounce":            "From: maja@ferry.example\nSubject: Undelivered mail returned\n\nWhat does this mean? olle@ferry.example\n",
		"a bounce in an answer":                "From: maja@ferry.example\nSubject: Re: failure notice\nIn-Reply-To: <1@mx.example>\n\n" + bounce,
		"a bounce passed on":                   "From: maja@ferry.example\nSubject: Fwd: failure notice\n\n" + bounce,
		"a bounce below a person's words":      "From: maja@ferry.example\nSubject: what is this\n\n" + strings.Repeat("I wrote to you last week about the boat, and today I found this in my inbox.\n", 8) + bounce,
		"a postmaster who is a person":         "From: Bob <postmaster@ferry.example>\nSubject: Your question\n\nCall me: bob@ferry.example\n",
		"an absence note with a null sender":   "Return-Path: <>\nFrom: maja@ferry.example\nSubject: Away\nAuto-Submitted: auto-replied\n\nI am away. If it fails to wait, write to\n\nolle@ferry.example\n",
		"a parcel service":                     "From: parcels@carrier.example\nSubject: Delivery notification\nAuto-Submitted: auto-generated\n\nYour parcel 550 could not be delivered.\n\nmaja@ferry.example\n",
		"a customer of a delivery":             "From: maja@ferry.example\nSubject: Delivery problem\n\nMy order could not be delivered to: Ferry Street 5. The error_code : 550 5.1.1, says your site.\n",
		"an empty mail":                        "",
		"numbers":                              "From: maja@ferry.example\nSubject: order 550\n\n550 5.1.1 pieces, please\n",
		"JSON that isn't Amazon's":             "From: a@x.example\nSubject: data\n\n{\"bounce\": 1}\n",
		"a mail with a text file attached":     "From: a@x.example\nSubject: list\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n--b\nContent-Type: text/plain; name=list.txt\n\nFinal-Recipient: rfc822; maja@ferry.example\n--b--\n",
		"a status report attached as a mail":   "From: a@x.example\nSubject: see\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n--b\nContent-Type: message/rfc822\n\nFrom: mailer-daemon@mx.example\nSubject: failure notice\n\n" + bounce + "\n--b--\n",
		"a person whose address looks like it": "From: Mail <mailer@ferry.example>\nSubject: Re: delivery\n\nWhen do you deliver?\n",
	} {
		if d, ok := report.ReadDelivery(parse(raw)); ok {
			t.Errorf("%s: taken for a report: %+v", name, d)
		}
	}
}

func TestUndelivered(t *testing.T) {
	d := report.Delivery{Recipients: []report.Recipient{
		{Address: "a@x.example", Action: "delivered", Status: "2.0.0"},
		{Address: "b@x.example", Action: "failed", Status: "5.1.1"},
		{Address: "c@x.example", Action: "failed", Status: "4.4.7"},
		{Address: "d@x.example", Action: "delayed", Status: "4.2.2"},
	}}
	var got []string
	for _, r := range d.Undelivered() {
		got = append(got, fmt.Sprintf("%s %v", r.Address, r.Permanent()))
	}
	if want := []string{"b@x.example true", "c@x.example false", "d@x.example false"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if d.IsSuccess() {
		t.Error("a failure is a success")
	}
	if !(report.Delivery{Recipients: d.Recipients[:1]}).IsSuccess() || (report.Delivery{}).IsSuccess() {
		t.Error("success needs a recipient, and only those that were reached")
	}
}

func TestReadFeedback(t *testing.T) {
	arf := func(contentType string) string {
		return "From: fbl@provider.example\nSubject: FW: Your question\nContent-Type: " + contentType + "; boundary=b\n\n--b\n\nThis is an email abuse report.\n--b\nContent-Type: message/feedback-report\n\n" +
			"Feedback-Type: Abuse\nUser-Agent: Loop/1.0\nVersion: 1\nOriginal-Mail-From: <bounce@market.example>\nArrival-Date: Tue, 4 Mar 2025 09:15:00 +0100\nSource-IP: 192.0.2.4\nOriginal-Rcpt-To: <maja@ferry.example>\nOriginal-Rcpt-To: olle@ferry.example\n" +
			"--b\nContent-Type: message/rfc822\n\nMessage-ID: <n-100@market.example>\nSubject: Your question\n\nHello\n--b--\n"
	}
	want := report.Feedback{
		Type: "abuse", Dialect: "arf", UserAgent: "Loop/1.0", Recipients: []string{"maja@ferry.example", "olle@ferry.example"}, Sender: "bounce@market.example",
		SourceIP: "192.0.2.4", Arrival: time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC), OriginalID: "<n-100@market.example>",
	}
	for _, contentType := range []string{"multipart/report; report-type=feedback-report", "multipart/report", "multipart/mixed"} {
		check(t, contentType, arf(contentType), want)
	}
	check(t, "typed as text", strings.Replace(arf("multipart/report; report-type=feedback-report"), "message/feedback-report", "text/plain", 1), want)
	check(t, "Microsoft", "From: staff@provider.example\nSubject: complaint about message from 192.0.2.4\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"+
		"X-HmXmrOriginalRecipient: maja@ferry.example\nMessage-ID: <n-100@market.example>\n\nHello\n--b--\n",
		report.Feedback{Type: "abuse", Dialect: "microsoft-jmrp", Recipients: []string{"maja@ferry.example"}, SourceIP: "192.0.2.4", OriginalID: "<n-100@market.example>"})
	check(t, "Amazon", "From: no-reply@sns.example\nSubject: AWS Notification Message\n\n"+
		`{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"maja@ferry.example"}],"complaintFeedbackType":"abuse"},"mail":{"source":"shop@market.example","headers":[{"name":"Message-ID","value":"<n-100@market.example>"}]}}`+"\n",
		report.Feedback{Type: "abuse", Dialect: "amazon-sns", Recipients: []string{"maja@ferry.example"}, Sender: "shop@market.example", OriginalID: "<n-100@market.example>"})
	for name, raw := range map[string]string{
		"an answer":        "From: a@x.example\nSubject: complaint about message from you\n\nI am not amused.\n",
		"a mail passed on": "From: a@x.example\nSubject: Fwd: boat\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nSubject: boat\n\nHello\n--b--\n",
	} {
		if f, ok := report.ReadFeedback(parse(raw)); ok {
			t.Errorf("%s: taken for a complaint: %+v", name, f)
		}
	}
}

func check(t *testing.T, name, raw string, want report.Feedback) {
	t.Helper()
	got, ok := report.ReadFeedback(parse(raw))
	got.Original = message.Header{}
	got.Arrival = got.Arrival.UTC()
	want.Arrival = want.Arrival.UTC()
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); !ok || g != w {
		t.Errorf("%s: %v %s\nwant %s", name, ok, g, w)
	}
}

func TestReadDisposition(t *testing.T) {
	raw := "From: maja@ferry.example\nSubject: Read: Your question\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nYour mail was shown.\n--b\nContent-Type: message/disposition-notification\n\n" +
		"Reporting-UA: ferry.example; Mail 1.0\nOriginal-Recipient: rfc822;crew@boat.example\nFinal-Recipient: rfc822;maja@ferry.example\nOriginal-Message-ID: <n-100@market.example>\nDisposition: manual-action/MDN-sent-automatically; Displayed/error\n--b--\n"
	got, ok := report.ReadDisposition(parse(raw))
	want := report.Disposition{Recipient: "maja@ferry.example", Original: "crew@boat.example", Mode: "manual", Kind: "displayed", OriginalID: "<n-100@market.example>"}
	if !ok || got != want {
		t.Errorf("%v %+v, want %+v", ok, got, want)
	}
	if d, ok := report.ReadDisposition(parse("From: maja@ferry.example\nSubject: Read: Your question\n\nI read it.\n")); ok {
		t.Errorf("an answer is taken for a receipt: %+v", d)
	}
}

func ExampleReadDelivery() {
	m := message.Parse([]byte(`From: MAILER-DAEMON@mx.example
Subject: failure notice

Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<maja@ferry.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 no such person aboard

--- Below this line is a copy of the message.

Message-ID: <n-100@market.example>
Subject: Your question
`), message.Limits{})
	d, ok := report.ReadDelivery(m)
	fmt.Println(ok, d.Dialect, d.OriginalID)
	for _, r := range d.Undelivered() {
		fmt.Println(r.Address, r.Action, r.Status, r.Permanent())
	}
	// Output:
	// true qmail <n-100@market.example>
	// maja@ferry.example failed 5.1.1 true
}

func ExampleReadFeedback() {
	m := message.Parse([]byte(`From: fbl@provider.example
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

Somebody called this spam.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Rcpt-To: maja@ferry.example
--b
Content-Type: text/rfc822-headers

Message-ID: <n-100@market.example>
--b--
`), message.Limits{})
	f, ok := report.ReadFeedback(m)
	fmt.Println(ok, f.Type, f.Recipients, f.OriginalID)
	// Output: true abuse [maja@ferry.example] <n-100@market.example>
}

func ExampleReadDisposition() {
	m := message.Parse([]byte(`From: maja@ferry.example
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

Your mail was shown.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; maja@ferry.example
Original-Message-ID: <n-100@market.example>
Disposition: automatic-action/MDN-sent-automatically; displayed
--b--
`), message.Limits{})
	d, ok := report.ReadDisposition(m)
	fmt.Println(ok, d.Recipient, d.Kind, d.OriginalID)
	// Output: true maja@ferry.example displayed <n-100@market.example>
}
