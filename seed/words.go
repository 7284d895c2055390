package seed

// tongue is how people of a script are called.
type tongue struct {
	locale        string
	given, family []string
	familyFirst   bool
	together      bool // without a space
}

func (t *tongue) name(d *dice) string {
	given, family := pick(d, t.given), pick(d, t.family)
	space := " "
	if t.together {
		space = ""
	}
	if t.familyFirst {
		return family + space + given
	}
	return given + space + family
}

var tongues = []*tongue{
	{locale: "en", given: []string{"Amina", "Clara", "Daniel", "Grace", "Hugo", "Ines", "Jonas", "Leo", "Maya", "Noah", "Olive", "Priya", "Ruth", "Samuel", "Tessa", "Victor"},
		family: []string{"Adeyemi", "Baker", "Carter", "Dalton", "Ellis", "Fletcher", "Grant", "Hughes", "Irving", "Jensen", "Kerr", "Lambert", "Moreno", "Norton", "Okafor", "Price"}},
	{locale: "sv", given: []string{"Åsa", "Björn", "Elin", "Göran", "Håkan", "Karin", "Märta", "Nils", "Örjan", "Sofia"},
		family: []string{"Åkesson", "Björklund", "Ekström", "Forsgren", "Hällström", "Lindqvist", "Nordström", "Öberg", "Sjögren", "Wikström"}},
	{locale: "de", given: []string{"Anke", "Björn", "Dörte", "Günter", "Heike", "Jürgen", "Käthe", "Lutz", "Sören", "Uwe"},
		family: []string{"Bäcker", "Dürr", "Großmann", "Hübner", "Jäger", "Köhler", "Müller", "Schäfer", "Strauß", "Weiß"}},
	{locale: "fr", given: []string{"Aurélie", "Benoît", "Chloé", "Étienne", "François", "Hélène", "Jérôme", "Loïc", "Noémie", "Zoë"},
		family: []string{"Bérard", "Château", "Dufrêne", "Éluard", "Gaël", "Lefèvre", "Maçon", "Noël", "Perrault", "Rivière"}},
	{locale: "en", given: []string{"Agnieszka", "Bożena", "Łukasz", "Małgorzata", "Paweł", "Stanisław", "Wojciech", "Żaneta"},
		family: []string{"Błaszczyk", "Dąbrowska", "Jabłoński", "Kołodziej", "Łapiński", "Śliwa", "Wójcik", "Żuraw"}},
	{locale: "en", given: []string{"Çağla", "Gülşen", "İbrahim", "Işıl", "Oğuz", "Şebnem", "Tuğba", "Ümit"},
		family: []string{"Aydın", "Çelik", "Doğan", "Güneş", "Kılıç", "Öztürk", "Şahin", "Yıldız"}},
	{locale: "en", given: []string{"Анна", "Борис", "Вера", "Дмитро", "Ирина", "Любовь", "Олександр", "Юлия"},
		family: []string{"Бондар", "Волкова", "Гнатюк", "Ковальчук", "Лебедева", "Морозов", "Соколова", "Шевчук"}},
	{locale: "en", given: []string{"Αθηνά", "Γιώργος", "Ελένη", "Κώστας", "Νίκος", "Σοφία"},
		family: []string{"Αντωνίου", "Γεωργίου", "Δημητρίου", "Ιωάννου", "Παππάς", "Χατζής"}},
	{locale: "en", given: []string{"أمينة", "حسن", "خالد", "ليلى", "مريم", "نادية", "يوسف"},
		family: []string{"البنا", "الحداد", "الخطيب", "السيد", "المصري", "النجار"}},
	{locale: "en", given: []string{"אורי", "דנה", "יעל", "מיכל", "נועם", "רות"},
		family: []string{"בן דוד", "גולן", "כהן", "לוי", "מזרחי", "פרץ"}},
	{locale: "en", given: []string{"太郎", "花子", "健一", "美咲", "直樹", "裕子"}, family: []string{"山田", "佐藤", "鈴木", "高橋", "田中", "渡辺"}, familyFirst: true},
	{locale: "en", given: []string{"伟", "芳", "秀英", "强", "丽", "建国"}, family: []string{"王", "李", "张", "刘", "陈", "杨"}, familyFirst: true, together: true},
	{locale: "en", given: []string{"민준", "서연", "지훈", "수빈", "하늘", "은지"}, family: []string{"김", "이", "박", "최", "정", "한"}, familyFirst: true, together: true},
	{locale: "en", given: []string{"अनीता", "दीपक", "कविता", "मोहन", "सुनीता", "विजय"}, family: []string{"अग्रवाल", "गुप्ता", "मेहता", "पटेल", "शर्मा", "वर्मा"}},
	{locale: "en", given: []string{"กมล", "จินดา", "นิดา", "ปรีชา", "มาลี", "สมชาย"}, family: []string{"แก้วใส", "ทองดี", "บุญมา", "ศรีสุข", "สุวรรณ"}},
}

var (
	partnerNames  = []string{"Atelier Nord", "Blue Lantern", "Copperfield", "Drift & Dune", "Eastgate", "Fjordlys", "Granite", "Halcyon", "Ironbridge", "Juniper", "Kestrel", "Lumen", "Meridian", "Northlight", "Oak & Ash", "Pilot House", "Quayside", "Rosewood", "Stellar", "Tidewater", "Umbra", "Vantage", "Westerly", "Yarrow", "Zephyr"}
	partnerTrades = []string{"Studio", "Agency", "Works", "Manufaktur", "Logistics", "Consulting", "Design", "Digital", "Textiles", "Ceramics"}
	serviceNames  = []string{"Store migration", "Theme design", "Wholesale", "Photography", "Search ranking", "Custom apps", "Translation", "Fulfilment"}
	shopFirst     = []string{"Linen", "Copper", "Blue", "Juniper", "Paper", "Salt", "North", "Old", "Velvet", "Amber", "Cedar", "Coral", "Dapple", "Ember", "Fern", "Golden", "Hazel", "Indigo", "Jasper", "Kindle", "Lark", "Marble", "Nettle", "Olive", "Pebble", "Quartz", "Robin", "Saffron", "Thistle", "Willow"}
	shopSecond    = []string{"Kettle", "Barn", "Row", "Press", "Meadow", "Loom", "Harbour", "Glass", "Boutique", "Café", "Cellar", "Corner", "Forge", "Garden", "House", "Lane", "Market", "Mill", "Pantry", "Quilt", "Shed", "Supply", "Trading", "Workshop"}
	tagNames      = []string{"follow up", "Großkunde", "à rappeler", "spring", "VIP", "kund 2025", "waiting", "заказ", "sample sent", "価格", "price list", "returns"}
	codes         = []string{"", "", "PARTNER", "RESELLER-10", "TRADE"}
	zones         = []string{"UTC", "Europe/Stockholm", "Europe/Berlin", "Europe/Paris", "America/New_York", "America/Sao_Paulo", "Asia/Tokyo", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Lagos"}
	emoji         = []string{"👍", "⭐", "😊", "📦", "❗"}
)
