package demo

import (
	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// Sample returns the demo's partners as [store.Store.AddPartner] takes them, in
// their order in the database. The first is published, with three services and
// two members on default settings, and [Seed] opens no conversation with it.
// The last one isn't published. Names stand in several scripts and directions;
// addresses are under .example (RFC 2606 3), so that no mail could ever leave.
func Sample() []store.Partner {
	return []store.Partner{
		{
			Name: "Studio Lind", Published: true,
			Services: []store.Service{{Name: "Store migration"}, {Name: "Theme design"}, {Name: "Search engine optimisation"}},
			Members: []store.Member{
				{Name: "Maja Lind", Email: "maja@studio-lind.example", Role: "owner"},
				{Name: "Oskar Åström", Email: "oskar@studio-lind.example", Role: "member"},
			},
		},
		{
			Name: "株式会社あおば通商", Published: true,
			Services: []store.Service{{Name: "Wholesale of kitchenware"}, {Name: "商品写真の撮影"}},
			Members: []store.Member{
				{Name: "山田 太郎", Email: "yamada@aoba.example", Role: "owner", Zone: "Asia/Tokyo"},
				{Name: "Ελένη Παπαδοπούλου", Email: "eleni@aoba.example", Role: "member", Zone: "Europe/Athens"},
			},
		},
		{
			Name: "دار النور للتجارة", Published: true,
			Services: []store.Service{{Name: "Product integration"}, {Name: "ترجمة المتاجر"}},
			Members: []store.Member{
				{Name: "ليلى الحسن", Email: "layla@dar-alnoor.example", Role: "owner", Zone: "Asia/Amman"},
				{Name: "अदिति शर्मा", Email: "aditi@dar-alnoor.example", Role: "member", Zone: "Asia/Kolkata",
					Alert: tradepost.AlertEveryMessage},
				{Name: "Søren Kjær", Email: "soren@dar-alnoor.example", Role: "member", Zone: "Europe/Copenhagen",
					Alert: tradepost.AlertNever},
			},
		},
		{
			Name:     "Žluťoučký kůň, s. r. o.",
			Services: []store.Service{{Name: "Bookkeeping for shops"}},
			Members: []store.Member{
				{Name: "Jiří Dvořák", Email: "jiri@zlutoucky-kun.example", Role: "owner", Zone: "Europe/Prague"},
			},
		},
	}
}

// Merchants returns the demo's merchants: two owners, one of the staff, one
// without a store. Where there is a public address it differs from the one that
// mail goes to, so that it can be seen which one partners get.
func Merchants() []tradepost.Merchant {
	return []tradepost.Merchant{
		{
			ExternalID: "sample-nadia", Name: "Nadia Rahman", Email: "nadia@atelier-nord.example",
			PublicEmail: "hello@atelier-nord.example", Role: tradepost.MerchantOwner,
			StoreName: "Atelier Nord", StoreURL: "https://atelier-nord.example/",
		},
		{
			ExternalID: "sample-sato", Name: "佐藤 花子", Email: "hanako@utsuwa.example",
			Role: tradepost.MerchantOwner, StoreName: "うつわ屋", StoreURL: "https://utsuwa.example/",
		},
		{
			ExternalID: "sample-rohan", Name: "रोहन मेहता", Email: "rohan@chai-ghar.example",
			PublicEmail: "shop@chai-ghar.example", Role: tradepost.MerchantStaff,
			StoreName: "चाय घर", StoreURL: "https://chai-ghar.example/",
		},
		{
			ExternalID: "sample-yusuf", Name: "يوسف حداد", Email: "yusuf@haddad.example", Role: tradepost.MerchantNoStore,
		},
	}
}
