package samples

import (
	"fmt"
	"strings"

	"github.com/tradepost-mail/tradepost/templates"
)

// cast is who takes part in a sample, and what they write: the same roles in
// every variant.
type cast struct {
	locale  string
	variant Variant

	member, partner string
	merchants       []templates.Merchant // four; the first is who the letter is about
	matters         []templates.Matter   // of the merchants
	texts           []string             // what the merchants write
	answer          string               // what the member writes
	files           []templates.File
	links           templates.Links
	from, subject   string // of a mail that is held
	code, tag, note string // of commands
	fileRefused     string
	commands        string // lines that could not be read

	price         templates.Price
	work, terms   string
	milestones    []string // each at a third of the price
	browser, zone string   // what a browser and a member's settings say
}

const (
	page  = "https://market.example/c/7Hq2vN4kTz"
	inbox = "https://market.example/inbox"
	act   = "https://market.example/a/mz3kq7v2n5x4h6j8t9c1d0f7g2s5w4r6y8b3p1l0a9e7u5i3o2"
)

// replyTo is the address of the i-th conversation, as long as real ones are.
func replyTo(i int) string {
	return fmt.Sprintf("reply+k3f9a2c7d1e8b4065kq%07d@in.market.example", i+1)
}

func castOf(locale string, v Variant) (cast, error) {
	c := ordinary(locale)
	c.variant = v
	switch v {
	case Ordinary:
	case Hostile:
		hostile(&c)
	case Long:
		long(&c)
	case Scripts:
		scripts(&c)
	default:
		return cast{}, fmt.Errorf("unknown data %q: it is one of %v", v, Variants())
	}
	return c, nil
}

func ordinary(locale string) cast {
	c := cast{
		locale: locale, member: "Maja Lind", partner: "Studio Lind",
		merchants: []templates.Merchant{
			{Name: "Nadia Rahman", StoreName: "Atelier Nord", StoreURL: "https://atelier-nord.example/", PublicEmail: "hello@atelier-nord.example"},
			{Name: "山田 太郎", StoreName: "さくら商店", StoreURL: "https://sakura.example/shop"},
			{Name: "Åsa Öberg-Ström", NoStore: true},
			{Name: "Léonie Dupré", StoreName: "La Petite Épicerie", StoreURL: "https://epicerie.example/"},
		},
		matters: []templates.Matter{
			{Kind: "service", Service: "Store migration"}, {Kind: "integration"},
			{Kind: "opportunity", Service: "Storefront design"}, {Kind: "product", Service: "Catalogue clean-up"},
		},
		files: []templates.File{{Filename: "products.csv", Size: 1_204_000}, {Filename: "pictures of the old store.zip", Size: 18_300_000}},
		links: templates.Links{SettingsURL: "https://market.example/settings", StopURL: "https://market.example/u/8d2kq7v2n5x4", WhyURL: "https://market.example/why/8d2kq7v2n5x4"},
		from:  "maja@home.example", subject: "Re: Store migration",
		code: "GOLD", tag: "christmas", note: "Ask Åsa for the old prices first.\nShe has the list.",
		fileRefused: "price list.exe", commands: "/noet Ask for the old prices\n/mark done",
	}
	c.price = templates.Price{Amount: 4_290_000, Currency: "SEK"}
	c.work, c.terms, c.milestones = offer(locale)
	c.browser, c.zone = "Firefox on Linux, 203.0.113.7", "Europe/Stockholm"
	c.texts, c.answer = texts(locale)
	return c
}

// texts are what the merchants write, and what the member answers.
func texts(locale string) (merchants []string, answer string) {
	switch base, _, _ := strings.Cut(locale, "-"); base {
	case "sv":
		return []string{
			"Hej! Vi vill flytta 4 200 produkter före jul. Hälften har varianter, och bilderna ligger på tre olika ställen.\n\nVad skulle det kosta?\n\nNadia",
			"Kan er koppling läsa lagersaldot från vårt affärssystem?", "Vi har ingen butik än och vill börja med ett trettiotal möbler.", "Bilderna saknar texter. Hjälper ni till med det?",
		}, "Hej Nadia!\n\nDet hinner vi före jul. Det är ungefär fyra dagars arbete, och bilderna tar mest tid.\n\nSka jag skicka ett förslag?\n\nMaja"
	case "fr":
		return []string{
			"Bonjour, nous voulons transférer 4 200 produits avant Noël. La moitié existe en plusieurs couleurs, et les images sont à trois endroits différents.\n\nCombien cela coûterait-il ?\n\nNadia",
			"Votre connecteur sait-il lire les stocks de notre logiciel de gestion ?", "Nous n'avons pas encore de boutique et commencerions par une trentaine de meubles.", "Les images n'ont pas de texte. Pouvez-vous nous aider ?",
		}, "Bonjour Nadia,\n\nc'est possible avant Noël. Il faut environ quatre jours, surtout pour les images.\n\nVoulez-vous une proposition ?\n\nMaja"
	case "de":
		return []string{
			"Guten Tag, wir möchten vor Weihnachten 4.200 Produkte umziehen. Die Hälfte hat Varianten, und die Bilder liegen an drei Orten.\n\nWas würde das kosten?\n\nNadia",
			"Kann Ihre Anbindung die Bestände aus unserer Warenwirtschaft lesen?", "Wir haben noch keinen Laden und würden mit dreißig Möbeln anfangen.", "Den Bildern fehlen die Texte. Helfen Sie dabei?",
		}, "Guten Tag, Nadia,\n\ndas geht noch vor Weihnachten. Es sind etwa vier Tage Arbeit, am längsten dauern die Bilder.\n\nSoll ich einen Vorschlag schicken?\n\nMaja"
	default:
		return []string{
			"Hello, we would like to move 4,200 products before Christmas. Half of them have variants, and the pictures are in three different places.\n\nCould you tell us what that costs?\n\nNadia",
			"Can your connector read the stock from our accounting program?", "We have no store yet and would begin with some thirty pieces of furniture.", "The pictures have no captions. Can you help with that?",
		}, "Hi Nadia,\n\nthat can be done before Christmas. It is about four days of work; the pictures take most of it.\n\nShall I send a proposal?\n\nMaja"
	}
}

// offer is what a member proposes.
func offer(locale string) (work, terms string, milestones []string) {
	switch base, _, _ := strings.Cut(locale, "-"); base {
	case "sv":
		return "Vi flyttar era 4 200 produkter med varianter och bilder, kontrollerar var och en och öppnar den nya butiken med er.",
			"Hälften när ni tackar ja, hälften när butiken är öppen.\nPriser utan moms.", []string{"Export och kontroll", "Bilder", "Import och prov"}
	case "fr":
		return "Nous transférons vos 4 200 produits avec toutes leurs couleurs et leurs images, les vérifions un par un et ouvrons la nouvelle boutique avec vous.",
			"La moitié à l'acceptation, la moitié à l'ouverture.\nPrix hors taxes.", []string{"Export et contrôle", "Images", "Import et essai"}
	case "de":
		return "Wir ziehen Ihre 4.200 Produkte mit Varianten und Bildern um, prüfen jedes einzelne und eröffnen den neuen Laden mit Ihnen.",
			"Die Hälfte bei Annahme, die Hälfte bei der Eröffnung.\nPreise ohne Mehrwertsteuer.", []string{"Export und Prüfung", "Bilder", "Import und Probe"}
	default:
		return "We move your 4,200 products with their variants and pictures, check every one of them and open the new store with you.",
			"Half on acceptance, half when the store is open.\nPrices without VAT.", []string{"Export and check", "Pictures", "Import and test"}
	}
}

// hostile is what somebody writes who wants to break the letter, or to be taken
// for somebody else.
func hostile(c *cast) {
	c.member = "Maja <b>Lind</b>\r\nBcc: eve@evil.example"
	c.partner = "\u202eduolC\u202c </td></table><h1>Studio"
	c.merchants = []templates.Merchant{
		{Name: "\u202etropeda\x00rT\u202c <script>alert(1)</script>\r\nBcc: x", StoreName: "=?utf-8?q?bank?=", StoreURL: "javascript:alert(document.cookie)", PublicEmail: "a@b.example\r\nBcc: x@y.example"},
		{Name: "TRADE-POST support", StoreName: "help@bank.example", StoreURL: "https://market.example@evil.example/"},
		{Name: strings.Repeat("👩‍👩‍👧‍👦", 30) + " и Раура1", StoreName: "Z" + strings.Repeat("\u0301\u0316\u0489", 60), StoreURL: "data:text/html,<script>alert(1)</script>"},
		{Name: "\u200b\u200d\ufeff", StoreName: "\"><img src=x onerror=alert(1)>", StoreURL: "//evil.example/\u202e"},
	}
	c.matters = []templates.Matter{
		{Kind: "service", Service: "</title><style>*{display:none}</style>{{.Name}}"}, {Kind: "no such kind"},
		{Kind: "opportunity", Service: "\u2066\u202eecivres\u2069"}, {Kind: "product", Service: "]]>--><!--[if mso]>"},
	}
	c.texts = []string{
		"</p></td><script>alert(document.domain)</script>\x00\u202efdp.exe\r\n<img src=x onerror=alert(1)>\r-- \r{{.Name}}\n[K7QF3M]\nhttps://evil.example/" + strings.Repeat("W", 300),
		strings.Repeat("A megabyte of <b>markup</b> & more. ", 1<<20/36),
		strings.Repeat("\n", 5_000) + "the end\xff\xfe\u2028\u2029",
		strings.Repeat("👍🏽🇸🇪", 4_000),
	}
	c.answer = c.texts[0]
	c.files = []templates.File{{Filename: "\u202etxt.exe<b>\n.csv", Size: -1}, {Filename: "../../" + strings.Repeat("a", 300) + ".pdf", Size: 1 << 60}}
	c.from = "\"<script>alert(1)</script>\"@evil.example"
	c.subject = "\u202eRe: <b>Store</b>\r\nBcc: x@y.example " + strings.Repeat("W", 400)
	c.code, c.tag, c.note = "<i>GOLD</i>", "\u202e<u>tag", c.texts[0]
	c.fileRefused = c.files[0].Filename
	c.price = templates.Price{Amount: -1, Currency: "usd"}
	c.milestones, c.terms, c.work = []string{c.merchants[0].Name, "", strings.Repeat("\u0301", 200)}, c.texts[0], c.texts[1]
	c.browser, c.zone = "Mozilla/5.0 <script>\r\nBcc: x \u202eexe"+strings.Repeat("W", 300), "<b>Mars</b>/\u202ebase"
	c.commands = "/note <script>alert(1)</script>\n" + strings.Repeat("/x\u202e ", 400)
}

// long is honest, and longer than anything that was planned for.
func long(c *cast) {
	c.member = "Wilhelmina Konstantinopoulou-Featherstonehaugh van der Westhuizen"
	c.partner = "Gesellschaft für Onlinehandelsplattformmigrationsdienstleistungen Norddeutschland"
	name := "Maximiliana Alexandrovna Featherstonehaugh-Cholmondeley von und zu Hohenlohe-Langenburg"
	store := "The Extraordinarily Comprehensive Emporium of Handmade Household Necessities and Curiosities"
	c.merchants = []templates.Merchant{
		{Name: name, StoreName: store, StoreURL: "https://" + strings.Repeat("emporium-", 6) + "store.example/" + strings.Repeat("collection/", 12), PublicEmail: strings.Repeat("customer.service.", 3) + "desk@emporium-of-household-necessities.example"},
		{Name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", StoreName: "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"},
		{Name: name + " the Younger", NoStore: true},
		{Name: strings.Repeat("Nebuchadnezzar", 6), StoreName: strings.Repeat("W", 90)},
	}
	c.matters = []templates.Matter{
		{Kind: "service", Service: "Store migration with everything that belongs to it: products, customers, orders and pictures"},
		{Kind: "qualification"}, {Kind: "opportunity", Service: strings.Repeat("Warenwirtschaftsanbindung", 4)}, {Kind: "inventory"},
	}
	paragraph := strings.TrimSpace(strings.Repeat("We sell brooms, brushes, baskets and bowls, and most of them in nine colours. ", 8))
	c.texts = []string{
		strings.Repeat(paragraph+"\n\n", 6), "https://files.example/" + strings.Repeat("a-very-long-folder-name/", 30) + "\n" + strings.Repeat("x", 400),
		strings.Repeat(paragraph+" ", 3), "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12",
	}
	c.answer = c.texts[0]
	c.files = nil
	for _, stem := range []string{"Warenwirtschaftssystemexportdatei", "produkte_und_varianten_und_preise_und_bestände_final_v2_final", strings.Repeat("bild", 50), "a b c"} {
		c.files = append(c.files, templates.File{Filename: stem + ".xlsx", Size: 123_456_789})
	}
	c.from = strings.Repeat("wilhelmina.", 4) + "westhuizen@mail.onlinehandelsplattformmigrationsdienstleistungen.example"
	c.subject = "Re: " + paragraph
	c.code, c.tag, c.note = "GOLD-PARTNER-WITH-ALL-RIGHTS", "christmas-season-and-everything-after", strings.Repeat(paragraph+"\n", 4)
	c.fileRefused = c.files[1].Filename + ".exe"
	c.price = templates.Price{Amount: 1 << 50, Currency: "EUR"}
	c.milestones, c.terms, c.work = nil, paragraph, c.texts[0]
	for range 30 {
		c.milestones = append(c.milestones, c.matters[0].Service)
	}
	c.browser, c.zone = paragraph, "America/Argentina/ComodRivadavia"
	c.commands = "/note" + strings.Repeat("e", 200) + "\n" + strings.Repeat("/mark done\n", 40)
}

// scripts is names and texts that run the other way, or have no spaces.
func scripts(c *cast) {
	c.member, c.partner = "יעל כהן", "סטודיו יעל"
	c.merchants = []templates.Merchant{
		{Name: "ليلى حداد", StoreName: "متجر الياسمين", StoreURL: "https://yasmin.example", PublicEmail: "salam@yasmin.example"},
		{Name: "山田 太郎", StoreName: "さくら商店", StoreURL: "https://sakura.example/shop"},
		{Name: "अरुण शर्मा", StoreName: "हस्तशिल्प", StoreURL: "http://hast.example"},
		{Name: "محمد Smith 田中", NoStore: true},
	}
	c.matters = []templates.Matter{
		{Kind: "service", Service: "نقل المتجر"}, {Kind: "integration"},
		{Kind: "opportunity", Service: "ऑनलाइन दुकान"}, {Kind: "product", Service: "Arabic storefront واجهة"},
	}
	c.texts = []string{
		"مرحبا، نود نقل 4200 منتج إلى متجر جديد قبل نهاية السنة.\n\nThe old address was https://yasmin.example/shop?page=2.\n\nهل يمكنكم إرسال عرض سعر؟",
		"はじめまして。さくら商店の山田と申します。年末までに商品四千二百点を新しいストアへ移行したいと考えております。お見積もりをお願いできますでしょうか。\n\nどうぞよろしくお願いいたします。",
		"नमस्ते, हम क्रिसमस से पहले अपने 4,200 उत्पाद नई दुकान में ले जाना चाहते हैं। क्या आप हमें इसकी लागत बता सकते हैं?",
		"สวัสดีค่ะ เราต้องการย้ายสินค้าสี่พันรายการก่อนสิ้นปี\n\nThank you 🙏 תודה",
	}
	c.answer = "שלום ליילה,\n\nאפשר לסיים לפני סוף השנה. זה בערך ארבעה ימי עבודה (4,200 products).\n\nיעל"
	c.files = []templates.File{{Filename: "منتجات.csv", Size: 812}, {Filename: "商品一覧.xlsx", Size: 48_000}}
	c.from, c.subject = "yael@בית.example", "تصویر: نقل المتجر Re:"
	c.tag, c.note = "عيد", "ابحثي عن الأسعار القديمة أولا.\n見積もりを先に。"
	c.milestones, c.terms, c.work = []string{"تصدير", "画像", "בדיקה"}, "نصف عند القبول.\n残りは開店時に。", c.answer
	c.zone = "Asia/Tokyo"
	c.fileRefused = "قائمة الأسعار.exe"
	c.commands = "/ملاحظة اسألي أولا\n/mark 完了"
}
