package message_test

import (
	"fmt"
	"io"
	"os"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

func ExampleParse() {
	raw := "From: =?utf-8?q?Maja_Lind?= <maja@lind.example>\nSubject: Hello\nContent-Type: text/plain; charset=x-odd\n\nHi there\n"
	m := message.Parse([]byte(raw), message.Limits{})
	fmt.Println(m.From[0].Name, m.From[0].Addr)
	fmt.Print(m.Text)
	fmt.Println(m.Defects)
	// Output:
	// Maja Lind maja@lind.example
	// Hi there
	// [unknown_charset: "x-odd"]
}

// A mail that was cut short on its way, with a file in it.
const cutShort = `Content-Type: multipart/mixed; boundary=b

--b

The list is attached.
--b
Content-Type: text/csv; name="prices.csv"
Content-Transfer-Encoding: base64

bGFtcCwxMgo=
`

func ExampleBody_Open() {
	m := message.Parse([]byte(cutShort), message.Limits{})
	a := m.Attachments[0]
	fmt.Println(a.Filename, a.Body.Size(), "bytes")
	if _, err := io.Copy(os.Stdout, a.Body.Open()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(m.Defects)
	// Output:
	// prices.csv 8 bytes
	// lamp,12
	// [missing_end_boundary: "b"]
}

func ExampleLimits() {
	m := message.Parse([]byte(cutShort), message.Limits{Parts: 2})
	fmt.Println(m.Text, len(m.Attachments), m.Defects)
	// Output: The list is attached. 0 [limit_parts]
}

func ExampleMessage_Walk() {
	raw := "Subject: Fwd\nContent-Type: message/rfc822\n\nSubject: Invoice\nContent-Type: text/html\n\n<p>12\n"
	message.Parse([]byte(raw), message.Limits{}).Walk(func(in *message.Message, p *message.Part) bool {
		fmt.Println(in.Subject, p.MediaType)
		return true
	})
	// Output:
	// Fwd message/rfc822
	// Invoice text/html
}

func ExampleMessage_Part() {
	raw := "Content-Type: multipart/report; boundary=b\n\n--b\n\nIt came back.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.lind.example\n--b--\n"
	status := message.Parse([]byte(raw), message.Limits{}).Part("message/delivery-status")
	fmt.Println(status.Text(1 << 16))
	// Output: Reporting-MTA: dns; mx.lind.example
}

func ExampleMessage_ByContentID() {
	raw := "Content-Type: image/png\nContent-ID: <logo@lind.example>\n\nPNG"
	a, ok := message.Parse([]byte(raw), message.Limits{}).ByContentID("cid:logo@lind.example")
	fmt.Println(a.ContentType, a.Body.Size(), ok)
	// Output: image/png 3 true
}

func ExampleMessage_Calendars() {
	raw := "Content-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nUID:7@lind.example\n"
	c := message.Parse([]byte(raw), message.Limits{}).Calendars()[0]
	fmt.Println(c.Method, c.UID)
	// Output: REPLY 7@lind.example
}

func ExampleParseAddresses() {
	list, bad := message.ParseAddresses(`Lind, Maja <maja@lind.example>; eve@evil.example <maja@lind.example>`, 10)
	fmt.Printf("%q %q\n", list, bad)
	// Output: [{"Lind, Maja" "maja@lind.example"} {"eve@evil.example" "maja@lind.example"}] ["eve@evil.example"]
}
