package inbound

import (
	"fmt"
	"html"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/apportion"
	"github.com/tradepost-mail/tradepost/templates"
)

// What merchants write, in several scripts, and what some write to deceive.
var (
	digestNames = []string{
		"Nadia Rahman", "Åsa Öberg-Ström", "山田 太郎", "ليلى حداد", "अरुण शर्मा", "김민수", "สมชาย ใจดี", "Bo", "Maja Lind",
		"To answer Bo here, write under this line. [K7QF3M]", "> quoted", "-- ", "<b>Bob</b>", "Open", "[AB12CD]", "Nadia Rahman",
	}
	digestStores   = []string{"Atelier Nord", "さくら商店", "متجر الياسمين", "", "Bob & Daughters", "Reply to Nadia", "Glasbruket i Åkersberga AB"}
	digestServices = []string{"Store migration", "Arabic storefront", "", "Catalogue clean-up", "From: me To: you"}
	digestWords    = [][]string{
		strings.Fields("hello we would like to move our lamps before the winter and half of them have variants pictures are in three places what would that cost could you tell us how long it takes thank you best regards the old store is slow orders boxes Monday 4,200 17 green wax candles (about forty) price-list well-known e-mail don't"),
		strings.Fields("hej vi vill öppna en butik för möbler och behöver hjälp med allt från början sortiment frakt betalning utseende vår budget är ungefär 40 000 kr vänliga hälsningar före jul åtta lådor"),
		strings.Fields("مرحبا نود نقل منتج إلى متجر جديد قبل نهاية السنة هل يمكنكم إرسال عرض سعر شكرا مع التحية"),
		strings.Fields("はじめまして 年末までに 商品四千二百点を 新しいストアへ 移行したい お見積もりを お願いします よろしくお願いいたします 写真は 三か所に あります"),
		strings.Fields("안녕하세요 새로운 상점으로 옮기고 싶습니다 견적을 부탁드립니다 감사합니다 사진은 세 곳에 있습니다"),
		strings.Fields("สวัสดี เราต้องการ ย้ายสินค้า ก่อนสิ้นปี ราคา เท่าไหร่ ขอบคุณ"),
		strings.Fields("नमस्ते हम क्रिसमस से पहले अपने उत्पाद नई दुकान में ले जाना चाहते हैं लागत और समय बता सकते हैं"),
		strings.Fields("👍 🎄 ok sure 12 13 14 15 :-) → ✓ €40 🎁 fine super 99 great nice"),
	}
	digestTricks = []string{
		"To answer Nadia Rahman here, write under this line. [ZZ99ZZ]", "----------------------------------------------------------------",
		"> quoted by the merchant", "-- ", "Nadia Rahman\nAtelier Nord - Service: Store migration", "Open: https://market.example/c/1",
		"From: somebody\nSent: Monday\nTo: you", "[K7QF3M]", "https://lamps.example/list?page=2", "write to me@lamps.example", "*bold* _and_ <tags> & more",
		"Best regards,", "1. one\n2. two", "ok ok ok",
	}
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// digestCase draws digests and answers to them.
type digestCase struct{ *rand.Rand }

func pick[T any](r digestCase, from []T) T { return from[r.IntN(len(from))] }

func (r digestCase) chance(percent int) bool { return r.IntN(100) < percent }

func (r digestCase) mark() string {
	b := make([]byte, 6)
	for i := range b {
		b[i] = crockford[r.IntN(len(crockford))]
	}
	return string(b)
}

func (r digestCase) sentence(words []string, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = pick(r, words)
	}
	return strings.Join(out, " ") + pick(r, []string{".", "?", "", "!"})
}

func (r digestCase) body() string {
	words := pick(r, digestWords)
	var b strings.Builder
	for i := range 1 + r.IntN(5) {
		if i > 0 {
			b.WriteString(pick(r, []string{"\n", "\n\n", " "}))
		}
		if r.chance(8) {
			b.WriteString(pick(r, digestTricks))
			continue
		}
		b.WriteString(r.sentence(words, 1+r.IntN(14)))
	}
	if r.chance(3) {
		return strings.Repeat(b.String()+"\n", 10)
	}
	return b.String()
}

// digest draws a digest as it is sent.
func (r digestCase) digest(l *templates.Letters) (templates.Rendered, apportion.Sent) {
	at := time.Date(2026, time.November, 23, 13, 0, 0, 0, time.UTC)
	d := templates.Digest{Member: "Maja Lind", Partner: "Studio Lind", From: at, Until: at.Add(time.Hour)}
	if r.chance(20) {
		d.More, d.MoreURL = r.IntN(5), "https://market.example/inbox"
	}
	n := 2 + r.IntN(3)
	if r.chance(20) {
		n = 2 + r.IntN(11)
	}
	for i := range n {
		it := templates.DigestItem{
			Merchant: templates.Merchant{Name: pick(r, digestNames), StoreName: pick(r, digestStores)},
			Matter:   templates.Matter{Kind: pick(r, []string{"service", "opportunity", "product"}), Service: pick(r, digestServices)},
			Mark:     r.mark(),
		}
		if r.chance(60) {
			it.Merchant.StoreURL = fmt.Sprintf("https://store%d.example/", r.IntN(4))
		}
		if r.chance(80) {
			it.OpenURL = fmt.Sprintf("https://market.example/c/%d", i+1)
			it.ReplyAddress, it.ReplySubject = fmt.Sprintf("reply+k3f9a2c7d1e8b4065kq%07d@in.market.example", i), "Re: Store migration"
		}
		for range 1 + r.IntN(3) {
			m := templates.DigestMessage{At: at.Add(time.Duration(r.IntN(60)) * time.Minute), Body: r.body()}
			if r.chance(10) {
				m.Files = []templates.File{{Filename: "lamps.csv", Size: 1200}}
			}
			it.Messages = append(it.Messages, m)
		}
		if i > 0 && r.chance(10) { // the same merchant with the same words
			it.Merchant, it.Matter = d.Items[0].Merchant, d.Items[0].Matter
			if r.chance(50) {
				it.Messages = d.Items[0].Messages
			}
		}
		d.Items = append(d.Items, it)
	}
	rendered, err := l.Digest(d)
	if err != nil {
		panic(err)
	}
	return rendered, sentOf(r, rendered)
}

// sentOf is the digest as the reader gets it: an item's mark by each key.
func sentOf(r digestCase, rendered templates.Rendered) apportion.Sent {
	sent := apportion.Sent{Head: rendered.Head, Foot: rendered.Foot}
	for _, p := range rendered.Parts {
		sent.Items = append(sent.Items, apportion.Item{Marks: []string{r.mark(), p.Mark}, Text: p.Text})
	}
	return sent
}

// unit is a paragraph of a letter, or a line of its text, or something that was
// typed into it.
type unit struct {
	region int // of the digest: -1 above the items, their number below
	tag    string
	html   string // inner markup
	text   string // plain, lines
	typed  bool
	blank  bool
	answer *answerTyped
	// before and after are typed into the same line.
	before, after *answerTyped
}

// answerTyped is one answer with the item that it stands under.
type answerTyped struct {
	item int
	also int    // the item that it could stand under as well, or the same
	name string // a word that no other answer has
	text string
}

var (
	paragraph = regexp.MustCompile(`(?s)<(h1|h2|p) ([^>]*)>(.*?)</(?:h1|h2|p)>`)
	anchor    = regexp.MustCompile(`(?s)<a href="([^"]*)"[^>]*>(.*?)</a>`)
	anyTag    = regexp.MustCompile(`<[^>]*>`)
)

// htmlUnits cuts the HTML of a digest into its paragraphs.
func htmlUnits(r templates.Rendered) []unit {
	var all []unit
	region := -1
	_, body, _ := strings.Cut(r.HTML, "<body")
	foot := len(body)
	if at := strings.LastIndex(body, "["+r.Parts[len(r.Parts)-1].Mark+"]"); at >= 0 {
		foot = at
	}
	for _, at := range paragraph.FindAllStringSubmatchIndex(body, -1) {
		u := unit{tag: body[at[2]:at[3]], html: body[at[6]:at[7]]}
		if u.tag == "h2" {
			region++
		}
		u.region = region
		if at[0] > foot {
			u.region = len(r.Parts)
		}
		u.blank, u.text = u.html == "&nbsp;", linked(u.html)
		all = append(all, u)
	}
	return all
}

// linked is the text of markup with marks around the targets of links.
func linked(markup string) string {
	if !strings.ContainsAny(markup, "<&") {
		return markup
	}
	s := anchor.ReplaceAllString(markup, "$2\x01$1\x02")
	return html.UnescapeString(anyTag.ReplaceAllString(strings.ReplaceAll(s, "<br>\n", "\n"), ""))
}

// plain is the text of a paragraph as programs make it, with what they put around
// the target of a link behind its label; nothing if that is nothing.
func (u unit) plain(before, after string) string {
	from := strings.IndexByte(u.text, 1)
	if from < 0 {
		return u.text
	}
	to := strings.IndexByte(u.text, 2)
	if before == "" {
		return u.text[:from] + u.text[to+1:]
	}
	return u.text[:from] + before + u.text[from+1:to] + after + u.text[to+1:]
}

// textUnits cuts the text of a digest into its lines.
func textUnits(r templates.Rendered) []unit {
	var all []unit
	add := func(s string, region int) {
		for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
			region := region
			if region >= 0 && len(all) > 0 && all[len(all)-1].blank == (region > 0) && strings.HasPrefix(line, "-----") && all[len(all)-1].region != region {
				region-- // the rule stands above the heading
			}
			all = append(all, unit{region: region, tag: "line", text: line, html: html.EscapeString(line), blank: strings.TrimSpace(line) == ""})
		}
	}
	add(r.Head, -1)
	for i, p := range r.Parts {
		add(p.Text, i)
	}
	add(r.Foot, len(r.Parts))
	return all
}
