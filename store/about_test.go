package store_test

import (
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

func TestFindAbout(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	letters, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(letters) != 2 {
		t.Fatalf("%d alerts, %v", len(letters), err)
	}
	n := letters[0]
	m.record(n.Claimed, tradepost.Temporary) // to a@b.example
	m.exec(`update notifications set sent_to = 'New@b.example' where id = $1`, n.ID)
	other := letters[1] // was never sent
	by := func(b store.AboutBy) store.About { return store.About{Ref: n.Ref, By: b} }
	none := store.About{}
	for _, tt := range []struct {
		name  string
		clues store.Clues
		want  store.About
	}{
		{"Message-ID and the last address", store.Clues{MessageID: n.MailID, Addresses: []string{"x@y.example", "new@b.example"}}, by(store.AboutMessageID)},
		{"Message-ID and an address of before", store.Clues{MessageID: n.MailID, Addresses: []string{"a@b.example"}}, by(store.AboutMessageID)},
		{"return path and address", store.Clues{ReturnPath: n.Ref, Signed: true, Addresses: []string{"a@b.example"}}, by(store.AboutReturnPath)},
		{"unsigned return path", store.Clues{ReturnPath: n.Ref, Addresses: []string{"a@b.example"}}, by(store.AboutUnsignedReturnPath)},
		{"both", store.Clues{MessageID: n.MailID, ReturnPath: n.Ref, Addresses: []string{"a@b.example"}}, by(store.AboutMessageID)},
		{"they differ", store.Clues{MessageID: n.MailID, ReturnPath: other.Ref, Addresses: []string{"a@b.example"}}, by(store.AboutMessageID)},
		{"Message-ID alone", store.Clues{MessageID: n.MailID}, none},
		{"Message-ID of a complaint alone", store.Clues{MessageID: n.MailID, Redacted: true}, by(store.AboutMessageID)},
		{"return path of a complaint alone", store.Clues{ReturnPath: n.Ref, Signed: true, Redacted: true}, by(store.AboutReturnPath)},
		{"unsigned return path of a complaint alone", store.Clues{ReturnPath: n.Ref, Redacted: true}, none},
		{"another's address in a complaint", store.Clues{MessageID: n.MailID, Redacted: true, Addresses: []string{"victim@b.example"}}, none},
		{"return path alone", store.Clues{ReturnPath: n.Ref, Signed: true}, none},
		{"another's address", store.Clues{MessageID: n.MailID, ReturnPath: n.Ref, Addresses: []string{"victim@b.example"}}, none},
		{"a mail of nobody's", store.Clues{MessageID: "<x@reply.test>", Addresses: []string{"a@b.example"}}, none},
		{"a row of nobody's", store.Clues{ReturnPath: store.Ref{Period: n.Period, ID: 1 << 40}, Addresses: []string{"a@b.example"}}, none},
		{"another month's", store.Clues{ReturnPath: store.Ref{Period: n.Period.AddDate(0, -1, 0), ID: n.ID}, Addresses: []string{"a@b.example"}}, none},
		{"never sent", store.Clues{MessageID: other.MailID, Addresses: []string{"a@b.example"}}, none},
		{"nothing", store.Clues{}, none},
		{"an address only", store.Clues{Addresses: []string{"a@b.example"}}, none},
	} {
		got, err := m.FindAbout(t.Context(), tt.clues)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got.ID != tt.want.ID || got.By != tt.want.By || !got.Period.Equal(tt.want.Period) {
			t.Errorf("%s: found %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestReadOnly: what is opened for reading can't write, by word of the server.
func TestReadOnly(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	reader := m.openAgain(func(o *store.Options) { o.ReadOnly = true })
	if err := reader.Migrated(t.Context()); err != nil {
		t.Error(err)
	}
	if list, err := reader.Conversations(t.Context(), store.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("%d conversations are read, %v", len(list), err)
	}
	if _, err := reader.OpenConversation(t.Context(), opening(m.partner.ID, "lena"), store.Request{}); err == nil {
		t.Error("a conversation was opened through it")
	}
	m.exec(`delete from goose_db_version where version_id > 1`)
	if err := reader.Migrated(t.Context()); err == nil {
		t.Error("a schema of an older version is said to be up to date")
	}
}

// openAgain opens a second store on the market's database.
func (m *market) openAgain(change func(*store.Options)) *store.Store {
	m.t.Helper()
	o := storetest.Options(m.t)
	change(&o)
	return storetest.OpenURL(m.t, m.url, o)
}
