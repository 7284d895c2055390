package message_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// sentences are short texts of a kind that people mail, with the charsets that
// they are mailed in.
var sentences = []struct {
	text     string
	charsets []encoding.Encoding
}{
	{"Hej, kan ni skicka tolv lampor till på måndag? Hälsningar Åsa", []encoding.Encoding{charmap.Windows1252}},
	{"Schöne Grüße aus Zürich, wir zahlen gern 20 € mehr für die große Größe.", []encoding.Encoding{charmap.Windows1252}},
	{"L’été dernier nous étions très contents de la qualité, ça va être dur à égaler", []encoding.Encoding{charmap.Windows1252}},
	{"¿Mañana por la tarde estará usted en la oficina, señor Ibáñez?", []encoding.Encoding{charmap.Windows1252}},
	{"As amostras não estão prontas, a produção começa amanhã", []encoding.Encoding{charmap.Windows1252}},
	{"Kan De sende regningen på de små kjøleskapene før påske?", []encoding.Encoding{charmap.Windows1252}},
	{"Perché la qualità è così bassa? Più avanti si vedrà", []encoding.Encoding{charmap.Windows1252}},
	{"Добрый день, пришлите, пожалуйста, прайс-лист на лампы.", []encoding.Encoding{charmap.Windows1251, charmap.KOI8R, charmap.ISO8859_5, charmap.CodePage866}},
	{"Добрий день, надішліть, будь ласка, ціни на світильники", []encoding.Encoding{charmap.Windows1251, charmap.KOI8U}},
	{"Здравейте, моля изпратете ни цените на лампите", []encoding.Encoding{charmap.Windows1251}},
	{"Dzień dobry, proszę przysłać cennik, dziękuję i życzę miłego dnia", []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2}},
	{"Dobrý den, prosím pošlete nám ceník příštích světel", []encoding.Encoding{charmap.Windows1250, charmap.ISO8859_2}},
	{"Jó napot, kérem küldjék el az árlistát jövő hétfőn, köszönettel", []encoding.Encoding{charmap.Windows1250}},
	{"Merhaba, lütfen yarınki ışıkların fiyatını gönderir misiniz? Teşekkürler", []encoding.Encoding{charmap.Windows1254}},
	{"Labdien, lūdzu, atsūtiet mums gaismekļu cenas", []encoding.Encoding{charmap.Windows1257}},
	{"Καλημέρα, στείλτε μας τον τιμοκατάλογο παρακαλώ", []encoding.Encoding{charmap.Windows1253}},
	{"שלום, אנא שלחו לנו את המחירון", []encoding.Encoding{charmap.Windows1255}},
	{"مرحبا، أرجو إرسال قائمة الأسعار", []encoding.Encoding{charmap.Windows1256}},
	{"สวัสดีครับ กรุณาส่งราคาโคมไฟให้เราด้วย", []encoding.Encoding{charmap.Windows874}},
	{"明日の午後に見積もりをお送りします。よろしくお願いします。", []encoding.Encoding{japanese.ShiftJIS, japanese.EUCJP, japanese.ISO2022JP}},
	{"您好，请把灯具的价格表发给我们，谢谢。", []encoding.Encoding{simplifiedchinese.GB18030, simplifiedchinese.HZGB2312}},
	{"您好，請把燈具的價格表寄給我們，謝謝。", []encoding.Encoding{traditionalchinese.Big5}},
	{"안녕하세요, 조명 가격표를 보내 주세요. 감사합니다.", []encoding.Encoding{korean.EUCKR}},
	{"hello there", []encoding.Encoding{
		unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
		unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	}},
}

// TestDetection reads each sentence without a charset declared, under a label
// that nobody knows, in a page, and in a header.
func TestDetection(t *testing.T) {
	for _, s := range sentences {
		for _, enc := range s.charsets {
			raw, err := enc.NewEncoder().String(s.text)
			if err != nil {
				t.Fatal(err)
			}
			for _, head := range []string{"Subject: x", "Content-Type: text/plain; charset=x-none", "Content-Type: text/plain; charset=us-ascii"} {
				if m := message.Parse([]byte(head+"\n\n"+raw), message.Limits{}); m.Text != s.text {
					t.Errorf("%v, %s:\n got %q\nwant %q", enc, head, m.Text, s.text)
				}
			}
			if strings.ContainsAny(raw, "\x00\x1b~") {
				continue
			}
			if m := message.Parse([]byte("Subject: "+raw+"\n\n"), message.Limits{}); m.Subject != s.text {
				t.Errorf("%v in a header: %q", enc, m.Subject)
			}
		}
	}
}

// TestDeclared reads texts whose charset is declared, rightly or not.
func TestDeclared(t *testing.T) {
	for _, c := range []struct{ label, raw, want, defect string }{
		{"utf-7", "+AOUA5ADr- 1+-1 +2D3cqQ-", "åäë 1+1 💩", ""},
		{"unicode-1-1-utf-7", "a+AOU.b + c", "aå.b + c", ""},
		{"iso-2022-kr", "\x1b$)C\x0e0!\x0f a\n\x0e0!\n", "가 a\n가\n", ""},
		{"hz-gb-2312", "~{<:Ky2;~} a", "己所不 a", ""},
		{"x-mac-cyrillic", "\xe4\xe0", "да", ""},
		{"macintosh", "\x8c", "å", ""},
		{"cp850", "\x86", "å", ""},
		{"IBM437", "\x86", "å", ""},
		{"ibm-866", "\xa4\xa0", "да", ""},
		{"UTF-32", "\x00\x00\x00a", "a", ""},
		{"x-user-defined", "r\xe4v", "räv", ""},
		{"\"'utf-8'\"", "å", "å", ""},
		{"3Dutf-8", "å", "å", ""},
		{"charset=utf-8", "å", "å", ""},
		{"UTF8", "å", "å", ""},
		{"utf-8*sv", "å", "å", ""},
		{"iso8859_1", "\xe5", "å", ""},
		{"iso-8859-1http-equiv", "\xe5", "å", ""},
		{"iso-8859-9", "\xfd", "ı", ""},
		{"windows1251", "\xe4\xe0", "да", ""},
		{"win-1251", "\xe4\xe0", "да", ""},
		{"ks_c_5601-1987", "\xb0\xa1", "가", ""},
		{"cp-932", "\x93\xfa", "日", ""},
		{"iso-8859-1", "å och ä", "å och ä", "bad_charset"},           // it is UTF-8
		{"koi8-r", "пришлите прайс", "пришлите прайс", "bad_charset"}, // so is this
		{"iso-8859-2", "\x8apatn\xfd", "Špatný", "bad_charset"},       // it is windows-1250
		{"iso-8859-1", "\xcf\xf0\xe8\xf8\xeb\xe8\xf2\xe5 \xef\xf0\xe0\xe9\xf1", "Пришлите прайс", "bad_charset"},
		{"iso-8859-1", "\x93so\x94", "“so”", ""}, // windows-1252 by another name
		{"iso-2022-jp", "r\xe4v", "räv", "bad_charset"},
		{"gbk", "你好，世界", "你好，世界", "bad_charset"},
		{"utf-8", "r\xe4v", "räv", "bad_charset"},
		{"utf-8", "\xff\xfea\x00", "a", ""},
		{"utf-16", "plain", "plain", "bad_charset"},
	} {
		m := message.Parse([]byte("Content-Type: text/plain; charset=\""+strings.ReplaceAll(c.label, `"`, `\"`)+"\"\n\n"+c.raw), message.Limits{})
		got := ""
		if len(m.Defects) > 0 {
			got = string(m.Defects[0].Kind)
		}
		if m.Text != c.want || got != c.defect {
			t.Errorf("%s: %q %v, want %q %s", c.label, m.Text, m.Defects, c.want, c.defect)
		}
	}
	page := "Content-Type: text/html\n\n<html><head><META http-equiv=Content-Type content=\"text/html; charset=koi8-r\"></head>\xc4\xc1"
	if m := message.Parse([]byte(page), message.Limits{}); !strings.HasSuffix(m.HTML, "да") {
		t.Errorf("a page that names its charset: %q", m.HTML)
	}
	header := "Subject: \xc4\xc1\nContent-Type: text/plain; charset=koi8-r\n\n\xc4\xc1"
	if m := message.Parse([]byte(header), message.Limits{}); m.Subject != "да" {
		t.Errorf("a header in the charset of the body: %q", m.Subject)
	}
}

func TestEncodedWordFaults(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	whole := b64("en längre rubrik")
	for in, want := range map[string]string{
		"=?utf-8?B?" + whole[:10] + "?= =?utf-8?B?" + whole[10:] + "?=":   "en längre rubrik", // a group of base64 split
		"=?utf-8?B?" + whole[:10] + "?=\n =?UTF-8?b?" + whole[10:] + "?=": "en längre rubrik",
		"=?utf-8?B?p=C3=A5_m=C3=A5ndag?=":                                 "på måndag", // the wrong letter
		"=?utf-8?X?p=C3=A5?=":                                             "på",
		"=?utf-8?X?" + b64("på") + "?=":                                   "på",
		"=?utf-8?Q?vad?=3F?=":                                             "vad??",
		"=?utf-8?Q?one =?utf-8?Q?_two?=":                                  "one two", // no end before the next
		"=?utf-8?Q?one?":                                                  "one",
		"\"=?utf-8?Q?p=C3=A5?=\"":                                         "\"på\"",
		"(=?utf-8?Q?p=C3=A5?=)":                                           "(på)",
		"Re:=?utf-8?Q?p=C3=A5?=x":                                         "Re:påx",
		"=?UTF-8*sv?q?p=c3=a5?=":                                          "på",
		"=?utf-7?Q?+AOU-?=":                                               "å",
		"=?utf-8?Q?p=C3=A5?= v\xc3\xa5r":                                  "på vår",
		"=?utf-8?Q?p\xc3\xa5?=":                                           "på",
		"=?iso-8859-1?Q?=E5?= =?utf-8?Q?=C3=A5?=":                         "åå",
		"=?utf-8?Q??= x":                                                  "x",
		"=?us-ascii?Q?a=0D=0ABcc:_b?=":                                    "a  Bcc: b",
		"=?iso-2022-jp?B?GyRCOCtAUSRiGyhC?= =?iso-2022-jp?B?GyRCJGokTjdvGyhC?=": "見積もりの件",
		"=?gb2312?B?" + "xOM=?= =?gb2312?B?usM=" + "?=":                         "你好",
		"=?utf-8?Q?":  "",
		"1 =? 2 ?= 3": "1 =? 2 ?= 3",
	} {
		m := message.Parse([]byte("Subject: "+in+"\n\n"), message.Limits{})
		equal(t, in, m.Subject, want)
	}
	m := message.Parse([]byte("From: =?utf-8?Q?Lind,_Maja?= <m@lind.example>, \"=?utf-8?Q?=C3=85sa?=\" <a@lind.example>\n\n"), message.Limits{})
	equal(t, "addresses", m.From, []message.Address{{Name: "Lind, Maja", Addr: "m@lind.example"}, {Name: "Åsa", Addr: "a@lind.example"}})
}
