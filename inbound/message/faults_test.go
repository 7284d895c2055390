package message_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

const attached = "text/plain\nContent-Disposition: attachment; "

// faults has one mail for each fault that is tolerated, and what is read of it.
var faults = []struct {
	fault, raw string
	text, html string
	files      string // names and bytes
	defects    string
}{
	// Structure
	{"a boundary line with text behind it", "Content-Type: multipart/mixed; boundary=b\n\n--b \t part one\n\nhi\n--b--  the end\n", "hi", "", "", ""},
	{"an end boundary with junk", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b--junk\nepilogue\n", "hi", "", "", ""},
	{"a boundary that begins like another", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\n\nin\n--b1--\n--b\n\nout\n--b--\n", "in\nout", "", "", ""},
	{"the same boundary twice", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b--\n--b--\n", "hi", "", "", ""},
	{"a boundary with spaces, unquoted", "Content-Type: multipart/mixed; boundary=a b c; charset=x\n\n--a b c\n\nhi\n--a b c--\n", "hi", "", "", ""},
	{"a boundary with one quote", "Content-Type: multipart/mixed; boundary=\"abc\n\n--abc\n\nhi\n--abc--\n", "hi", "", "", ""},
	{"a boundary that ends in spaces", "Content-Type: multipart/mixed; boundary=\"b  \"\n\n--b  \n\nhi\n--b  --\nepilogue\n", "hi", "", "", ""},
	{"a boundary in apostrophes", "Content-Type: multipart/mixed; boundary='abc'\n\n--abc\n\nhi\n--abc--\n", "hi", "", "", ""},
	{"a boundary that is another", "Content-Type: multipart/mixed; boundary=x\n\n--y\nContent-Type: text/plain\n\nhi\n--y--\n", "hi", "", "", "missing_boundary"},
	{"a boundary of dashes, and a longer line", "Content-Type: multipart/mixed; boundary=\"------\"\n\n" + strings.Repeat("-", 100) + "\nhello words\n", strings.Repeat("-", 100) + "\nhello words\n", "", "", "missing_boundary"},
	{"a boundary of dashes that ends it", "Content-Type: multipart/mixed; boundary=\"------\"\n\nhello\n----------\nwords\n", "hello\n----------\nwords\n", "", "", "missing_boundary"},
	{"a boundary of dashes that divides", "Content-Type: multipart/mixed; boundary=\"------\"\n\n--------\n\nhi\n------------------\nyou\n----------\n", "hi\n------------------\nyou", "", "", ""},
	{"all above an empty part", "Content-Type: multipart/mixed; boundary=b\n\nhello\n--b\n\n\n--b--\n", "hello\n--b\n\n\n--b--\n", "", "", "missing_boundary"},
	{"an end boundary above all", "Content-Type: multipart/mixed; boundary=\"------\"\n\n----------\nhello words\n", "----------\nhello words\n", "", "", "missing_boundary"},
	{"an empty part above an epilogue", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b--\nepilogue\n", "", "", "", ""},
	{"an empty part under a note", "Content-Type: multipart/mixed; boundary=b\n\nThis is a multi-part message in MIME format.\n--b\n\n\n--b--\n", "", "", "", ""},
	{"a multipart in base64", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iCgpoaQotLWItLQo=\n", "hi", "", "", "bad_encoding"},
	{"a type without its subtype", "Content-Type: multipart; boundary=y\n\n--y\nContent-Type: text/plain\n\nhi\n--y--\n", "hi", "", "", "bad_content_type"},
	{"no blank line before the part's body", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n<html>\n<p>hi\n--b--\n", "", "<html>\n<p>hi", "", "missing_blank_line"},
	{"a part without header and blank line", "Content-Type: multipart/mixed; boundary=b\n\n--b\nhi there\nyou\n--b--\n", "hi there\nyou", "", "", "missing_blank_line"},
	{"an empty line within the header", "Subject: x\n\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>hi", "", "<p>hi", "", "split_header"},
	{"an mbox line", "From maja@lind.example Mon Jan  1 10:00:00 2024\nSubject: x\n\nhi", "hi", "", "", ""},
	{"a quoted mbox line", ">From maja@lind.example Mon Jan  1 10:00:00 2024\nSubject: x\n\nhi", "hi", "", "", ""},
	{"a mark at the start", "\xef\xbb\xbfSubject: x\n\nhi", "hi", "", "", ""},
	{"empty lines at the start", "\r\n\r\nSubject: x\r\n\r\nhi", "hi", "", "", ""},
	{"carriage returns in the header alone", "Subject: x\rFrom: a@b.example\r\rhi\r\nyou", "hi\nyou", "", "", ""},
	{"NULs", "Subject: a\x00b\n\nh\x00i", "hi", "", "", ""},
	{"a page without a type", "Subject: x\n\n<!DOCTYPE html><p>hi", "", "<!DOCTYPE html><p>hi", "", ""},
	{"a page under text", "Content-Type: text\n\n<p>hi", "<p>hi", "", "", "bad_content_type"},
	{"html alone as the type", "Content-Type: html\n\n<p>hi", "", "<p>hi", "", "bad_content_type"},
	{"two types, one of them good", "Content-Type: text\nContent-Type: text/html\n\n<p>hi", "", "<p>hi", "", ""},
	{"a comment in the type", "Content-Type: text/html (a page); charset=utf-8 (so they say)\n\n<p>å", "", "<p>å", "", ""},
	{"no semicolon before charset", "Content-Type: text/plain charset=koi8-r\n\n\xc4\xc1", "да", "", "", ""},
	{"semicolons for nothing", "Content-Type: text/plain;; charset=\"koi8-r\";;\n\n\xc4\xc1", "да", "", "", ""},
	{"no semicolon between parameters", "Content-Type: text/plain; charset=koi8-r format=flowed\n\n\xc4\xc1 \n\xc4\xc1", "да да", "", "", ""},
	{"a message in base64", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKaGk=\n", "hi", "", ": Subject: x\n\nhi", ""},
	{"base64 claimed of a message", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSubject: x\n\nhi", "hi", "", ": Subject: x\n\nhi", ""},
	{"a digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\none\n--b\n\nSubject: y\n\ntwo\n--b--\n", "one\ntwo", "", ": Subject: x\n\none, : Subject: y\n\ntwo", ""},
	{"a message in parts", "Content-Type: message/partial; id=a; number=1; total=2\n\nSubject: x\n\nhi", "", "", ": Subject: x\n\nhi", ""},
	{"a Mac's two halves", "Content-Type: multipart/appledouble; boundary=b\n\n--b\nContent-Type: application/applefile; name=a.jpg\n\nxx\n--b\nContent-Type: image/jpeg; name=a.jpg\n\nyy\n--b--\n", "", "", "a.jpg: yy", ""},
	{"S/MIME", "Content-Type: application/pkcs7-mime; name=smime.p7m\n\nxx", "", "", "smime.p7m: xx", "opaque_body"},

	// Transfer encodings
	{"quoted/printable", "Content-Transfer-Encoding: quoted/printable\n\n=68i", "hi", "", "", ""},
	{"8 bit", "Content-Transfer-Encoding: 8 bit\n\nhi", "hi", "", "", ""},
	{"8bits", "Content-Transfer-Encoding: 8bits\n\nhi", "hi", "", "", ""},
	{"a charset for an encoding", "Content-Transfer-Encoding: utf-8\n\nhi", "hi", "", "", "unknown_encoding"},
	{"a comment after the encoding", "Content-Transfer-Encoding: \"base64\" (of course)\n\naGk=", "hi", "", "", ""},
	{"base64 without its end", "Content-Transfer-Encoding: base64\n\naGkgdGhlcmU", "hi there", "", "", ""},
	{"base64 cut within a group", "Content-Transfer-Encoding: base64\n\naGkgdGhlcmUhI", "hi there!", "", "", "bad_encoding"},
	{"base64 after base64", "Content-Transfer-Encoding: base64\n\naGk=\naGk=\n", "hihi", "", "", ""},
	{"a footer under base64", "Content-Transfer-Encoding: base64\n\naGk=\n\nYou are on the list.\n", "hi", "", "", "bad_encoding"},
	{"Mailman's footer under base64", "Content-Transfer-Encoding: base64\n\naGkh\n_______________________________________________\nlist\n", "hi!", "", "", "bad_encoding"},
	{"words called base64", "Content-Transfer-Encoding: base64\n\nBroken but written.\n", "Broken but written.\n", "", "", "bad_encoding"},
	{"one word called base64", "Content-Transfer-Encoding: base64\n\nThanks\n", "Thanks\n", "", "", "bad_encoding"},
	{"two letters called base64", "Content-Transfer-Encoding: base64\n\nOK", "OK", "", "", "bad_encoding"},
	{"a smile called base64", "Content-Transfer-Encoding: base64\n\n:)", ":)", "", "", "bad_encoding"},
	{"words of another script called base64", "Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n\xc4\xc1", "да", "", "", "bad_encoding"},
	{"a page called base64", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n<p class=\"x\">See you at <b>10:30</b></p>\n", "", "<p class=\"x\">See you at <b>10:30</b></p>\n", "", "bad_encoding"},
	{"words over a drawn line called base64", "Content-Transfer-Encoding: base64\n\nPrices\n======\n\nTwo for one.\n", "Prices\n======\n\nTwo for one.\n", "", "", "bad_encoding"},
	{"a list of prices called base64", "Content-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: base64\n\nlamp,10.50\nchair,99\n", "", "", "a.csv: lamp,10.50\nchair,99\n", "bad_encoding"},
	{"base64 that looks like a word", "Content-Transfer-Encoding: base64\n\nZmlu\n", "fin", "", "", ""},
	{"base64 strewn with spaces", "Content-Transfer-Encoding: base64\n\nV2Ug bWVl dCBh dCB0 ZW4u\n", "We meet at ten.", "", "", ""},
	{"base64 strewn with junk", "Content-Transfer-Encoding: base64\n\n> V2UgbWVldC!\n> BhdCB0ZW4u.\n", "We meet at ten.", "", "", "bad_encoding"},
	{"base64 of another script", "Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\nxMEsIMTBIQ==\n", "да, да!", "", "", ""},
	{"a list's words under base64 without padding", "Content-Transfer-Encoding: base64\n\nV2UgbWVldCBhdCB0ZW4u\n____________________________\nYou are on the list of all who want to meet.\n", "We meet at ten.", "", "", "bad_encoding"},
	{"bytes under text in base64", "Content-Type: text/plain; name=a.bin\nContent-Transfer-Encoding: base64\n\nAAECAwQFBgcICQ==\n", "\x01\x02\x03\x04\x05\x06\a\b\t", "", "a.bin: \x00\x01\x02\x03\x04\x05\x06\a\b\t", ""},
	{"uuencode", "Content-Type: application/x-a; name=a.txt\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a.txt\n%:&5L;&\\\n`\nend\n", "", "", "a.txt: hello", ""},
	{"a file within a text", "Subject: x\n\nsee below\n\nbegin 644 hi there.txt\n%:&5L;&\\\n`\nend\n\nMaja\n", "see below\n\n\nMaja\n", "", "hi there.txt: hello", ""},
	{"a sentence that begins so", "Subject: x\n\nbegin 644 things\nand finish none\nof them\n", "begin 644 things\nand finish none\nof them\n", "", "", ""},
	{"yEnc", "Content-Type: application/x-a; name=a\nContent-Transfer-Encoding: x-yenc\n\n=ybegin line=128 size=3 name=a\n\x92\x93=}\n=yend size=3\n", "", "", "a: hi\x13", ""},

	// File names
	{"segments out of order", "Content-Type: " + attached + "filename*1=b.txt; filename*0=a\n\nx", "", "", "ab.txt: x", ""},
	{"the first segment missing", "Content-Type: " + attached + "filename*1=a; filename*2*=%C3%A5.txt\n\nx", "", "", "aå.txt: x", ""},
	{"a charset in the first segment alone", "Content-Type: " + attached + "filename*0*=iso-8859-1''%E5; filename*1*=%E4.txt\n\nx", "", "", "åä.txt: x", ""},
	{"segments encoded and plain", "Content-Type: " + attached + "filename*0*=utf-8''%C3%A5%20; filename*1=\"%41.txt\"\n\nx", "", "", "å %41.txt: x", ""},
	{"a percent-encoded plain name", "Content-Type: " + attached + "filename=\"pris%20lista%20v%C3%A5r.txt\"\n\nx", "", "", "pris lista vår.txt: x", ""},
	{"the star forgotten", "Content-Type: " + attached + "filename=\"utf-8''v%C3%A5r.txt\"\n\nx", "", "", "vår.txt: x", ""},
	{"a percent sign in a name", "Content-Type: " + attached + "filename=\"100%25off.txt\"\n\nx", "", "", "100%25off.txt: x", ""},
	{"an encoded word for a name", "Content-Type: " + attached + "filename=\"=?utf-8?Q?v=C3=A5r.txt?=\"\n\nx", "", "", "vår.txt: x", ""},
	{"a name in 8 bits", "Content-Type: " + attached + "filename=\"v\xe5r.txt\"\n\nx", "", "", "vår.txt: x", ""},
	{"a path for a name", "Content-Type: " + attached + "filename=\"C:\\Users\\maja\\..\\a.txt\"\n\nx", "", "", "a.txt: x", ""},

	// Choice of the text
	{"AMP for Email", "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: text/x-amp-html\n\n<html amp4email>\n--b\nContent-Type: text/html\n\n<p>hi\n--b--\n", "hi", "<p>hi", "", ""},
	{"an invitation", "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n--b--\n", "hi", "", ": BEGIN:VCALENDAR", ""},
	{"a file between two texts", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: image/png; name=a.png\n\nx\n--b\n\ntwo\n--b--\n", "one\ntwo", "", "a.png: x", ""},
	{"enriched text", "Content-Type: text/enriched\n\n<bold>Now</bold> is <color><param>red</param>the\ntime</color>\n\n1 << 2", "Now is the time\n1 < 2", "", "", ""},
	{"richtext", "Content-Type: text/richtext\n\n<bold>Now</bold> is<nl>the time<lt>\n", "Now is\nthe time<\n", "", "", ""},
	{"a text with a name and nothing else", "Content-Type: text/plain; name=a.txt\n\nhi", "hi", "", "a.txt: hi", ""},
	{"a notice with a name beside what came back", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=notice.txt\n\nIt came back.\n--b\nContent-Type: message/rfc822\n\nSubject: y\n\nhi\n--b--\n", "It came back.", "", "notice.txt: It came back., : Subject: y\n\nhi", ""},
	{"two charsets in one text", "Subject: x\n\nr\xc3\xa4v \xc3\xa5 \xc3\xb6, r\xe4v \xe5 \xf6", "räv å ö, räv å ö", "", "", ""},
	{"only a delivery status", "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.lind.example\n--b--\n", "Reporting-MTA: dns; mx.lind.example", "", "", ""},
}

func TestFaults(t *testing.T) {
	for _, c := range faults {
		t.Run(c.fault, func(t *testing.T) {
			m := message.Parse([]byte(c.raw), message.Limits{})
			equal(t, "text", m.Text, c.text)
			equal(t, "html", m.HTML, c.html)
			var got []string
			for _, f := range files(m) {
				got = append(got, f.Filename+": "+f.Data)
			}
			equal(t, "files", strings.Join(got, ", "), c.files)
			var ks []string
			for _, k := range kinds(m) {
				ks = append(ks, string(k))
			}
			equal(t, "defects", strings.Join(ks, " "), c.defects)
		})
	}
}

func TestAccessors(t *testing.T) {
	m := message.Parse([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\nContent-ID: <a%b@lind.example>\n\nx\n"+
		"--b\nContent-Type: message/rfc822\n\nSubject: in\nContent-Type: text/calendar; method=reply\n\nBEGIN:VCALENDAR\n"+
		"--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:a-long-\n uid@lind.example\n--b--\n"), message.Limits{})
	for _, id := range []string{"a%b@lind.example", "<a%b@lind.example>", "cid:a%25b@lind.example", "CID:A%25B@lind.example"} {
		if a, ok := m.ByContentID(id); !ok || string(a.Body.Bytes()) != "x" {
			t.Errorf("%s: %v", id, ok)
		}
	}
	if _, ok := m.ByContentID("cid:"); ok {
		t.Error("an empty id names something")
	}
	var walked []string
	m.Walk(func(in *message.Message, p *message.Part) bool {
		walked = append(walked, in.Subject+":"+p.MediaType)
		return true
	})
	equal(t, "walk", walked, []string{":multipart/mixed", ":image/png", ":message/rfc822", "in:text/calendar", ":text/calendar"})
	cs := m.Calendars()
	if len(cs) != 1 || cs[0].Method != "CANCEL" || cs[0].UID != "a-long-uid@lind.example" || cs[0].Part != m.Root.Children[2] {
		t.Errorf("calendars %+v", cs)
	}
	if m.Part("image/png") != m.Root.Children[0] || m.Part("text/html") != nil {
		t.Error("the part of a media type")
	}
	if !slices.Contains(walked, "in:"+m.Root.Children[1].Nested.Root.MediaType) {
		t.Error("the nested message")
	}
}

// TestLookalikes holds that no field that another reader may read as another
// address comes back as one address and nothing wrong (VU#517845).
func TestLookalikes(t *testing.T) {
	for _, s := range []string{
		"a@bank.example <b@evil.example>",
		"a@bank.example (<b@evil.example>)",
		"<b@evil.example> (a@bank.example)",
		"(a@bank.example) b@evil.example",
		"<a@bank.example>, b@evil.example",
		"a@bank.example,<b@evil.example>",
		"<a@bank.example>:<b@evil.example>",
		"\"a <b@evil.example>",
		"(a <b@evil.example>",
		"a@bank.example\x00<b@evil.example>",
		"=?utf-8?Q?x<a@bank.example>,?= <b@evil.example>",
		"=?utf-8?Q?a@bank.example,?= <b@evil.example>",
		"a@bank.example;b@evil.example",
		"<@a@bank.example,b@evil.example>",
	} {
		list, bad := message.ParseAddresses(s, 3)
		if len(list) == 1 && len(bad) == 0 {
			t.Errorf("%q: %v and nothing wrong", s, list)
		}
	}
	for _, s := range []string{
		"b@evil.example", "Bo <b@evil.example>", "b@evil.example <b@evil.example>", `"a@bank.example" <b@evil.example>`,
		"=?utf-8?Q?a=40bank.example?= <b@evil.example>", "b@evil.example (Bo)", "Bo (here) <b@evil.example>",
	} {
		list, bad := message.ParseAddresses(s, 3)
		if len(list) != 1 || len(bad) != 0 || list[0].Addr != "b@evil.example" {
			t.Errorf("%q: %v, %q", s, list, bad)
		}
	}
}

// TestLongFileWithinText finds a file that is longer than a text may be.
func TestLongFileWithinText(t *testing.T) {
	raw := "Subject: x\n\nbelow\nbegin 644 long.bin\n" + strings.Repeat("M"+strings.Repeat("86)C", 15)+"\n", 200_000) + "`\nend\nMaja\n"
	m := message.Parse([]byte(raw), message.Limits{})
	equal(t, "text", m.Text, "below\nMaja\n")
	equal(t, "size", m.Attachments[0].Body.Size(), int64(45*200_000))
	equal(t, "defects", len(m.Defects), 0)
}
