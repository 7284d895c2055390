package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// secret stands in all content of the conversation that a test deletes, and
// public in that of another, which it must not touch.
const (
	secret = "zirkelkasten"
	public = "nebelkerzen"
)

// notContent are columns that hold no content: keys, and words that the code chose.
var notContent = strings.Fields(`author via state class rule reason authserv_id about_by blob_key sha256 kind dedupe_key
	address sent_to verdict verb answer answered_via content_type emoji lease_owner folded role`)

// sow puts a word into every column that can hold content, of the rows of a
// table that a condition selects. A column that a later migration brings is in it.
func (m *market) sow(table, where, word string) {
	m.t.Helper()
	rows, err := m.pool.Query(m.t.Context(), `select column_name, data_type from information_schema.columns
		where table_name = $1 and table_schema = 'public' and data_type in ('text', 'jsonb', 'bytea') and is_generated = 'NEVER'`, table)
	if err != nil {
		m.t.Fatal(err)
	}
	var sets []string
	for rows.Next() {
		var column, kind string
		if err := rows.Scan(&column, &kind); err != nil {
			m.t.Fatal(err)
		}
		switch {
		case slices.Contains(notContent, column):
		case table == "notifications" && column == "mail_id": // ours
		case table == "notifications" && column == "detail":
			sets = append(sets, fmt.Sprintf(`detail = coalesce(detail, jsonb_build_object('parts', jsonb_build_array(jsonb_build_object('conversation_id', conversation_id, 'text', '%s'))))`, word))
		case kind == "jsonb":
			sets = append(sets, fmt.Sprintf(`%s = coalesce(%[1]s, '{}') || '{"text": %q}'`, column, word))
		case kind == "bytea":
			sets = append(sets, fmt.Sprintf(`%s = case when %[1]s is not null then '%s'::bytea end`, column, word))
		default:
			sets = append(sets, fmt.Sprintf(`%s = '%s'`, column, word))
		}
	}
	if len(sets) == 0 {
		m.t.Fatalf("no content in %s", table)
	}
	if n := m.value(fmt.Sprintf(`with changed as (update %s set %s where %s returning 1) select count(*)::text from changed`, table, strings.Join(sets, ", "), where)); n == "0" {
		m.t.Errorf("nothing in %s where %s", table, where)
	}
}

// found lists where a word stands: tables as text, and files.
func (m *market) found(word, blobs string) (places []string) {
	m.t.Helper()
	rows, err := m.pool.Query(m.t.Context(), `select table_name from information_schema.tables where table_schema = 'public' order by 1`)
	if err != nil {
		m.t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			m.t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if len(tables) < 25 {
		m.t.Fatalf("tables: %q", tables)
	}
	for _, name := range tables {
		if n := m.value(fmt.Sprintf(`select count(*)::text from %s x where x::text ilike '%%' || $1 || '%%' or x::text like '%%' || $2 || '%%'`, name),
			word, hex.EncodeToString([]byte(word))); n != "0" {
			places = append(places, name+" "+n)
		}
	}
	err = filepath.WalkDir(blobs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(word)) {
			places = append(places, strings.TrimPrefix(path, blobs))
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return places
}

// deletable is a market with a conversation of everything, and another beside it.
type deletable struct {
	*market
	blobs       string
	conv, other int64
	box         int64
	uid         uint32
}

func newDeletable(t *testing.T) *deletable {
	t.Helper()
	d := &deletable{blobs: t.TempDir()}
	d.market = newMarket(t, func(o *store.Options) {
		var err error
		if o.Blobs, err = store.OpenBlobs(t.Context(), "file://"+filepath.ToSlash(d.blobs)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { o.Blobs.Close() })
		o.RelayDelay = time.Minute
	})
	box, _, err := d.LeaseMailbox(t.Context(), "replies", d.owner, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	d.box = box.ID
	d.hook(0) // is told of everything
	d.conv, d.other = d.open("nadia"), d.open("taro")
	return d
}

// arrive puts a mail of words into the ledger, large if it says so.
func (d *deletable) arrive(words string, large bool) store.Inbound {
	d.t.Helper()
	raw := []byte(words)
	if large {
		raw = append(raw, make([]byte, 300<<10)...)
	}
	d.uid++
	err := d.StoreRaw(d.t.Context(), store.Raw{MailboxID: d.box, UIDValidity: 7, UID: d.uid, ReceivedAt: time.Now(),
		Size: int64(len(raw)), Content: bytes.NewReader(raw), Length: int64(len(raw))})
	if err != nil {
		d.t.Fatal(err)
	}
	in, err := d.NextInbound(d.t.Context(), d.box)
	if err != nil {
		d.t.Fatal(err)
	}
	return in
}

// reply is a member's mail to a conversation, with a file.
func (d *deletable) reply(conversation int64, words string, commands ...string) store.Reply {
	r := store.Reply{ConversationID: conversation, Role: tradepost.AuthorMember, Person: d.partner.Members[0].ID, Through: 1 << 40,
		Body: words, FullText: words + " quoted", Fold: 1,
		Files: []tradepost.Attachment{tradepost.NewAttachment(words+".txt", "text/plain", []byte(words))}}
	for _, c := range commands {
		r.Commands = append(r.Commands, command(c))
	}
	return r
}

func (d *deletable) post(in store.Inbound, r store.Reading, replies ...store.Reply) {
	d.t.Helper()
	posted, err := d.PostReply(d.t.Context(), in, r, store.Posting{Replies: replies, Fingerprint: sha256.Sum256(fmt.Append(nil, replies)),
		Sender: "maja@studio.example"})
	if err != nil {
		d.t.Fatal(err)
	}
	if posted.State != store.InboundPosted && posted.State != store.InboundDuplicate {
		d.t.Fatalf("posted: %+v", posted)
	}
}

func (d *deletable) settle(in store.Inbound, r store.Reading, state store.InboundState, conversation int64) {
	d.t.Helper()
	err := d.Settle(d.t.Context(), in, r, store.Verdict{State: state, Reason: "test", ConversationID: conversation})
	if err != nil {
		d.t.Fatal(err)
	}
}

// fill lives through all there is, and sows the words.
func (d *deletable) fill() (digest store.Ref) {
	d.t.Helper()
	maja, oskar := d.partner.Members[0].ID, d.partner.Members[1].ID
	for conv, word := range map[int64]string{d.conv: secret, d.other: public} {
		_, err := d.AddMessage(d.t.Context(), conv, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, word,
			[]tradepost.Attachment{tradepost.NewAttachment(word+".txt", "text/plain", []byte(word))}, store.Request{})
		if err != nil {
			d.t.Fatal(err)
		}
	}
	d.alertAll()
	for _, l := range d.digests(time.Now().Add(time.Hour)) {
		d.record(l.Claimed, tradepost.Delivered)
		digest = l.Ref
	}
	in := d.arrive(secret, true)
	d.post(in, store.Reading{MailID: "<" + secret + "@x>", From: secret + "@x"}, d.reply(d.conv, secret, "note "+secret, "tag rush", "done", "delete"))
	second := d.arrive(secret, false) // a copy, whose files were kept before it was known to be one
	if _, _, err := d.Blobs().Put(d.t.Context(), fmt.Sprintf("attachments/inbound/%s-%d/0/0", second.Period.Format("200601"), second.ID), strings.NewReader(secret)); err != nil {
		d.t.Fatal(err)
	}
	d.settle(second, store.Reading{}, store.InboundDuplicate, d.conv)
	d.post(d.arrive(public, true), store.Reading{}, d.reply(d.other, public, "note "+public, "tag rush", "done", "delete"))
	both := d.arrive(secret+public, false) // an answer to a digest
	d.post(both, store.Reading{Digest: digest}, d.reply(d.conv, secret, "note "+secret), d.reply(d.other, public, "note "+public))
	quoting := d.arrive(secret+public, false)
	d.post(quoting, store.Reading{Digest: digest}, d.reply(d.other, public+" again"))
	d.settle(d.arrive(secret, true), store.Reading{}, store.InboundHeld, d.conv)
	d.settle(d.arrive(secret, false), store.Reading{}, store.InboundRefused, d.conv)
	d.settle(d.arrive(public, true), store.Reading{}, store.InboundHeld, d.other)
	alert := d.ref(`select period, id from notifications where kind = 'alert' and conversation_id = $1 limit 1`, d.conv)
	d.settle(d.arrive(secret, false), store.Reading{About: store.About{Ref: alert, By: store.AboutMessageID}, Report: &store.Report{}}, store.InboundIgnored, 0)
	d.settle(d.arrive(secret+public, false), store.Reading{About: store.About{Ref: digest, By: store.AboutMessageID}}, store.InboundIgnored, 0)
	ambiguous := d.arrive(secret+public, false)
	d.settle(ambiguous, store.Reading{}, store.InboundHeld, 0)
	d.exec(`insert into questions (kind, member_id, inbound_period, inbound_id, expires_at, detail)
		values ('conversation', $1, $2, $3, now() + interval '1 day', jsonb_build_object('text', $4::text, 'choices', jsonb_build_array(
			jsonb_build_object('conversation_id', $5::bigint, 'through', 1), jsonb_build_object('conversation_id', $6::bigint, 'through', 1))))`,
		maja, ambiguous.Period, ambiguous.ID, secret, d.other, d.conv)
	d.act(d.conv, oskar, "mute")
	d.act(d.conv, oskar, "qualify GOLD")
	d.arriveRepeat(d.conv)
	d.write(d.conv, secret) // with alerts that wait
	d.write(d.other, public)

	for conv, word := range map[int64]string{d.conv: secret, d.other: public} {
		where := fmt.Sprintf("conversation_id = %d", conv)
		d.sow("messages", where, word)
		d.exec(`update messages set full_text = $2 || ' quoted' where conversation_id = $1`, conv, word)
		d.sow("notes", where, word)
		d.sow("actions", where, word)
		d.sow("questions", "id in (select id from questions where "+where+fmt.Sprintf(") or %d = %d and conversation_id is null", conv, d.conv), word)
		d.sow("notifications", where, word)
		d.sow("attempts", "notification_id in (select id from notifications where "+where+")", word)
		d.sow("inbound", where, word)
		d.sow("attachments", "message_id in (select id from messages where "+where+")", word)
	}
	d.sow("inbound", `conversation_id is null`, secret)
	d.exec(`update messages set full_text = full_text || $2 where conversation_id = $1 and id in (select p.message_id from posted_messages p
		join inbound i on (i.period, i.id) = (p.inbound_period, p.inbound_id) where i.digest_id is not null)`, d.other, secret)
	return digest
}

func (d *deletable) arriveRepeat(conversation int64) {
	d.exec(`insert into repeats (conversation_id, author, text_key, day, seen) values ($1, 'member', $2, now(), 1)`,
		conversation, []byte((secret + strings.Repeat("x", 32))[:32]))
}

func (d *deletable) ref(sql string, args ...any) (r store.Ref) {
	d.t.Helper()
	if err := d.pool.QueryRow(context.Background(), sql, args...).Scan(&r.Period, &r.ID); err != nil {
		d.t.Fatal(err)
	}
	return r
}

func (d *deletable) delete() {
	d.t.Helper()
	if got := d.act(d.conv, d.partner.Members[0].ID, "delete"); got != "asked" {
		d.t.Fatal(got)
	}
	if got := d.confirm(d.partner.Members[0].ID); got != "done" {
		d.t.Fatal(got)
	}
}

func TestDeletionLeavesNothing(t *testing.T) {
	t.Parallel()
	d := newDeletable(t)
	d.fill()
	before := d.found(public, d.blobs)
	if n := len(d.found(secret, d.blobs)); n < 12 {
		t.Fatalf("the word is in %d places only", n)
	}
	d.delete()
	if n, err := d.DeleteBlobs(t.Context(), 3); err != nil || n == 0 {
		t.Errorf("%d blobs deleted, %v", n, err)
	}
	if n, err := d.DeleteBlobs(t.Context(), 3); err != nil || n != 0 {
		t.Errorf("%d blobs deleted once more, %v", n, err)
	}
	if got := d.found(secret, d.blobs); got != nil {
		t.Errorf("still there: %q", got)
	}
	// Of the other conversation goes only what quoted this one.
	after := d.found(public, d.blobs)
	for _, p := range before {
		if !slices.Contains(after, p) && !strings.HasPrefix(p, "inbound ") {
			t.Errorf("the other conversation has lost %s; now %q", p, after)
		}
	}
	if got := d.value(`select count(*)::text from messages where conversation_id = $1 and body = $2 and deleted_at is null`, d.other, public); got != "6" {
		t.Errorf("%s messages of the other conversation are whole", got)
	}
	if got := d.value(`select string_agg(state || ' ' || jsonb_array_length(detail -> 'parts'), ', ') from notifications
		where reason = 'transcript' and conversation_id = $1`, d.conv); got != "pending 1" {
		t.Errorf("of the transcripts is left: %s", got)
	}
	if got := d.value(`select concat_ws(' ', count(*) filter (where full_text is null), count(*)) from messages where conversation_id = $1`, d.other); got != "2 6" {
		t.Errorf("of its full texts are gone, of all: %s", got)
	}
}

func TestDeletedIsGone(t *testing.T) {
	t.Parallel()
	d := newDeletable(t)
	d.fill()
	maja := d.partner.Members[0].ID
	_, messages, err := d.Conversation(t.Context(), d.conv)
	if err != nil {
		t.Fatal(err)
	}
	relays, alerts := d.offered()[tradepost.Relay], d.offered()[tradepost.Alert]
	d.delete()
	for what, f := range map[string]func() error{
		"Conversation": func() error { _, _, err := d.Conversation(t.Context(), d.conv); return err },
		"Opened":       func() error { _, _, err := d.Opened(t.Context(), d.conv); return err },
		"Attachment": func() error {
			_, _, err := d.Attachment(t.Context(), messages[1].Files[0].ID)
			return err
		},
		"Read": func() error { return d.Read(t.Context(), d.conv, maja, messages[0].ID) },
		"Mark": func() error { return d.Mark(t.Context(), d.conv, messages[0].ID, maja, "✅") },
		"merchant writes": func() error {
			_, err := d.AddMessage(t.Context(), d.conv, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, "x", nil, store.Request{})
			return err
		},
		"member writes": func() error {
			_, err := d.AddMessage(t.Context(), d.conv, store.Author{Role: tradepost.AuthorMember, MemberID: maja}, tradepost.ViaAPI, "x", nil, store.Request{})
			return err
		},
		"Act": func() error {
			_, err := d.Act(t.Context(), d.conv, maja, command("undo"), 0, tradepost.ViaWeb)
			return err
		},
		"UndoMessage": func() error { _, err := d.UndoMessage(t.Context(), d.conv, messages[0].ID, maja); return err },
		"Why":         func() error { _, err := d.Why(t.Context(), d.conv, maja, 0); return err },
	} {
		if err := f(); !errors.Is(err, tradepost.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	list, err := d.Conversations(t.Context(), store.Filter{})
	if err != nil || len(list) != 1 || list[0].ID != d.other {
		t.Errorf("listed: %+v, %v", list, err)
	}
	if err := d.Mute(t.Context(), maja, d.conv); err != nil {
		t.Error(err)
	}
	if got := d.shown(d.conv); strings.Contains(got, "mutes") || strings.Contains(got, "tags") {
		t.Errorf("shown: %s", got)
	}
	if actions, err := d.Actions(t.Context(), d.conv); err != nil || len(actions) != 0 {
		t.Errorf("record: %+v, %v", actions, err)
	}
	// Nothing of it is sent, and every pair has its outcome.
	d.passTime(time.Hour)
	r, err := d.ClaimRelays(t.Context(), d.lease(), relays)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.ClaimAlerts(t.Context(), d.lease(), alerts)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range append(r, a...) {
		if l.ConversationID == d.conv {
			t.Errorf("a letter of it: %+v", l)
		}
	}
	for _, l := range d.digests(time.Now().Add(2 * time.Hour)) {
		for _, item := range l.Items {
			if item.ConversationID == d.conv {
				t.Errorf("a digest of it: %+v", item)
			}
		}
	}
	if got := d.value(`select count(*)::text from recipients where outcome is null and conversation_id = $1`, d.conv); got != "0" {
		t.Errorf("%s pairs without an outcome", got)
	}
	if got := d.value(`select string_agg(distinct verb, ' ' order by verb) from actions where conversation_id = $1 and detail = '{}'`, d.conv); got != "delete done mute note qualify tag" {
		t.Errorf("who did what, without content: %s", got)
	}
}

// TestDeletedMailLeavesTheMailbox lists what is to be expunged, by what the ledger keeps.
func TestDeletedMailLeavesTheMailbox(t *testing.T) {
	t.Parallel()
	d := newDeletable(t)
	d.fill()
	want := d.value(`select string_agg(uid::text, ' ' order by id) from inbound where raw = $1 or raw = $2 or conversation_id = $3 or digest_id is not null or about_id is not null`,
		[]byte(secret), []byte(secret+public), d.conv)
	d.delete()
	var got []string
	for {
		page, err := d.ToExpunge(t.Context(), d.box, 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		var refs []store.Ref
		for _, e := range page {
			refs, got = append(refs, e.Ref), append(got, fmt.Sprint(e.UID))
			if e.UIDValidity != 7 || e.Size == 0 || e.ReceivedAt.IsZero() || e.Filed || e.SHA256 == [32]byte{} {
				t.Errorf("%+v", e)
			}
		}
		if err := d.Expunged(t.Context(), refs); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(got, " ") != want {
		t.Errorf("to expunge: %s, want %s", got, want)
	}
	known, err := d.KnownUIDs(t.Context(), d.box, 7, []uint32{1, 2, 3, d.uid})
	if err != nil || len(known) != 4 {
		t.Errorf("the ledger knows %v, %v", known, err)
	}
}

// TestDeletionAgainstEverything lets messages be written, letters be claimed and
// commands be carried out while a conversation is deleted: nothing of it is left.
func TestDeletionAgainstEverything(t *testing.T) {
	t.Parallel()
	d := newDeletable(t)
	maja, oskar := d.partner.Members[0].ID, d.partner.Members[1].ID
	for i := range 10 {
		d.conv = d.open(fmt.Sprint("nadia", i))
		if got := d.act(d.conv, maja, "delete"); got != "asked" {
			t.Fatal(got)
		}
		question := d.number(`select max(id) from questions`)
		d.write(d.conv, secret)
		d.exec(`update notifications set due_at = now() where state = 'pending'`)
		alerts := d.offered()[tradepost.Alert]
		begin := make(chan struct{})
		var all []<-chan struct{}
		do := func(what string, f func() error) {
			all = append(all, start(func() {
				<-begin
				if err := f(); err != nil && !errors.Is(err, tradepost.ErrNotFound) {
					t.Errorf("%s: %v", what, err)
				}
			}))
		}
		do("delete", func() error {
			_, err := d.AnswerQuestion(t.Context(), question, store.Answering{Role: tradepost.AuthorMember, Person: maja, Answer: tradepost.AnswerConfirm, Via: tradepost.ViaWeb})
			return err
		})
		for _, by := range []store.Author{{Role: tradepost.AuthorMerchant}, {Role: tradepost.AuthorMember, MemberID: oskar}} {
			do("write", func() error {
				_, err := d.AddMessage(t.Context(), d.conv, by, tradepost.ViaAPI, secret, nil, store.Request{})
				return err
			})
		}
		do("claim", func() error {
			letters, err := d.ClaimAlerts(t.Context(), d.lease(), alerts)
			for _, l := range letters {
				if l.Merchant.ID == 0 || !strings.Contains(l.Message.Body, "Hello") && l.Message.Body != secret {
					t.Errorf("half a letter: %+v", l)
				}
				d.record(l.Claimed, tradepost.Delivered)
			}
			return err
		})
		do("note", func() error {
			_, err := d.Act(t.Context(), d.conv, oskar, command("note "+secret), 0, tradepost.ViaWeb)
			return err
		})
		close(begin)
		for _, done := range all {
			<-done
		}
	}
	if got := d.found(secret, d.blobs); got != nil {
		t.Errorf("still there: %q", got)
	}
	if got := d.value(`select count(*)::text from recipients r join conversations c on c.id = r.conversation_id
		where r.outcome is null and c.deleted_at is not null`); got != "0" {
		t.Errorf("%s pairs without an outcome", got)
	}
}

// TestDeleteBlobs stops after the row, after the blob, and where a file is shared.
func TestDeleteBlobs(t *testing.T) {
	t.Parallel()
	d := newDeletable(t)
	put := func(key string) {
		t.Helper()
		if _, _, err := d.Blobs().Put(t.Context(), key, strings.NewReader(secret)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"a/1", "a/shared", "attachments/inbound/202601-5/0/0", "attachments/inbound/202601-5/1/0", "attachments/inbound/202601-50/0/0"} {
		put(key)
	}
	d.exec(`insert into attachments (period, message_id, filename, content_type, size, sha256, blob_key)
		select period, id, 'f', 'text/plain', 1, decode(repeat('00', 32), 'hex'), k from messages, unnest('{a/shared,attachments/inbound/202601-5/1/0}'::text[]) k
		where conversation_id = $1 limit 2`, d.other)
	d.exec(`insert into blobs_to_delete values ('a/1'), ('a/gone'), ('a/shared'), ('attachments/inbound/202601-5/')`)
	n, err := d.DeleteBlobs(t.Context(), 2)
	if err != nil || n != 4 {
		t.Errorf("%d, %v", n, err)
	}
	want := []string{"/a/shared", "/attachments/inbound/202601-5/1/0", "/attachments/inbound/202601-50/0/0"}
	if got := d.found(secret, d.blobs); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("left: %q, want %q", got, want)
	}
	if got := d.value(`select count(*)::text from blobs_to_delete`); got != "0" {
		t.Errorf("%s are still to be deleted", got)
	}
}
