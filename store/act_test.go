package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// command reads "tag a, b" as a command.
func command(line string) tradepost.Command {
	verb, text, _ := strings.Cut(line, " ")
	c := tradepost.Command{Verb: tradepost.Verb(verb), Text: text}
	if c.Verb == tradepost.VerbTag || c.Verb == tradepost.VerbUntag {
		c.Text, c.Tags = "", strings.Split(text, ",")
	}
	return c
}

// act carries out a command and returns its state, with its reason or what was undone.
func (m *market) act(conversation, member int64, line string) string {
	m.t.Helper()
	r, err := m.Act(m.t.Context(), conversation, member, command(line), 0, tradepost.ViaWeb)
	if err != nil {
		m.t.Fatalf("%s: %v", line, err)
	}
	return said(r)
}

func said(r tradepost.CommandResult) string {
	return strings.TrimRight(string(r.State)+" "+r.Reason+r.Undone, " ")
}

// confirm says yes to the question that was asked last.
func (m *market) confirm(member int64) string {
	m.t.Helper()
	id := m.number(`select max(id) from questions`)
	r, err := m.AnswerQuestion(m.t.Context(), id, store.Answering{Role: tradepost.AuthorMember, Person: member,
		Answer: tradepost.AnswerConfirm, Via: tradepost.ViaWeb})
	if err != nil {
		m.t.Fatal(err)
	}
	return said(r)
}

func (m *market) number(sql string, args ...any) int64 {
	m.t.Helper()
	var n int64
	for _, c := range m.value(`select (`+sql+`)::text`, args...) {
		n = n*10 + int64(c-'0')
	}
	return n
}

// shown is all that pages show of a conversation besides its messages' texts.
func (m *market) shown(conversation int64) string {
	m.t.Helper()
	return m.value(`select concat_ws(' ',
		(select string_agg(coalesce(k.emoji || (select name from members where id = k.member_id), '-') || case when m.deleted_at is null then '' else 'x' end, '' order by m.id)
		 from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id) where m.conversation_id = c.id and m.author = 'merchant'),
		'tags ' || (select string_agg(t.name, ',' order by t.folded) from conversation_tags ct join tags t on t.id = ct.tag_id where ct.conversation_id = c.id),
		'all ' || (select string_agg(t.name, ',' order by t.folded) from tags t where t.partner_id = c.partner_id),
		'code ' || (select code || mb.name from qualifications q join members mb on mb.id = q.member_id where (q.partner_id, q.merchant_id) = (c.partner_id, c.merchant_id)),
		'notes ' || (select string_agg(body, ',' order by id) from notes n where n.conversation_id = c.id and n.deleted_at is null),
		'mutes ' || (select string_agg(mb.name, ',' order by mb.id) from mutes mu join members mb on mb.id = mu.member_id where mu.conversation_id = c.id),
		'declined ' || (select name from members where id = declined_by),
		'wrote ' || (select string_agg(body, ',' order by id) from messages where conversation_id = c.id and author = 'member' and deleted_at is null),
		'told ' || (select string_agg(coalesce(r.outcome || r.reason, '-'), ',' order by r.message_id, r.member_id) from recipients r
			where r.conversation_id = c.id and r.member_id is not null))
		from conversations c where id = $1`, conversation)
}

func TestCommands(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Minute })
	for name, steps := range map[string][]string{ // what is written; what it comes to; what is seen then
		"done":            {"done", "done", "✅maja", "done", "unchanged", "✅maja", "unmark", "done", "-", "unmark", "unchanged", "-"},
		"another mark":    {"mark 😀", "done", "😀maja", "done", "done", "✅maja", "undo", "done done", "😀maja", "undo", "done mark", "-", "undo", "refused nothing_to_undo", "-"},
		"unmark":          {"done", "done", "✅maja", "unmark", "done", "-", "undo", "done unmark", "✅maja"},
		"tags":            {"tag Rush,big deal", "done", "- tags big deal,Rush all big deal,Rush", "tag RUSH", "unchanged", "- tags big deal,Rush all big deal,Rush"},
		"untag":           {"tag a,b", "done", "- tags a,b all a,b", "untag B,c", "done", "- tags a all a,b", "untag b", "unchanged", "- tags a all a,b", "undo", "done untag", "- tags a,b all a,b"},
		"tags undone":     {"tag a", "done", "- tags a all a", "untag a", "done", "- all a", "tag a,b", "done", "- tags a,b all a,b", "undo", "done tag", "- all a"},
		"tags in Swedish": {"tag Återköp", "done", "- tags Återköp all Återköp", "tag a\u030aterköp", "unchanged", "- tags Återköp all Återköp"},
		"no code":         {"qualify", "refused no_default_code", "-", "unqualify", "unchanged", "-"},
		"qualify":         {"qualify GOLD", "done", "- code GOLDmaja", "qualify GOLD", "unchanged", "- code GOLDmaja", "qualify SILVER", "done", "- code SILVERmaja", "undo", "done qualify", "- code GOLDmaja", "undo", "done qualify", "-"},
		"unqualify":       {"qualify GOLD", "done", "- code GOLDmaja", "unqualify", "done", "-", "undo", "done unqualify", "- code GOLDmaja"},
		"note":            {"note call her", "done", "- notes call her", "note call her", "done", "- notes call her,call her", "undo", "done note", "- notes call her"},
		"mute":            {"mute", "done", "- mutes maja", "mute", "unchanged", "- mutes maja", "undo", "done mute", "-"},
		"decline":         {"decline", "done", "- declined maja", "decline", "unchanged", "- declined maja", "undo", "done decline", "-"},
		"nothing":         {"undo", "refused nothing_to_undo", "-", "help", "done", "-", "undo", "refused nothing_to_undo", "-"},
		"the last first":  {"tag a", "done", "- tags a all a", "mark 😀", "done", "😀maja tags a all a", "undo", "done mark", "- tags a all a", "undo", "done tag", "-"},
	} {
		partner := m.addPartner("Studio "+name, "maja")
		conv, err := m.OpenConversation(t.Context(), opening(partner.ID, "nadia"), store.Request{})
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(steps); i += 3 {
			got := m.act(conv, partner.Members[0].ID, steps[i])
			seen, _, _ := strings.Cut(m.shown(conv), " told ")
			if got != steps[i+1] || seen != steps[i+2] {
				t.Errorf("%s, step %d, %s: %q, %q; want %q, %q", name, i/3, steps[i], got, seen, steps[i+1], steps[i+2])
			}
		}
	}
}

func TestDefaultCode(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv, other := m.open("nadia"), m.open("taro")
	maja := m.partner.Members[0]
	m.exec(`update partners set default_code = 'STANDARD'`)
	m.act(conv, maja.ID, "qualify")
	c, _, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	q, err := m.Qualification(t.Context(), m.partner.ID, c.Merchant.ID)
	if err != nil || q.Code != "STANDARD" || q.Member != maja.Name {
		t.Errorf("%+v, %v", q, err)
	}
	if c, _, err = m.Conversation(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Qualification(t.Context(), m.partner.ID, c.Merchant.ID); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("a merchant whom nobody qualified: %v", err)
	}
}

// TestMarksGoOnTheNewestOfTheLetter: not on a reply, nor on what came later.
func TestMarksGoOnTheNewestOfTheLetter(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	maja := m.partner.Members[0].ID
	conv := m.open("nadia")
	second := m.write(conv, "and more")
	m.write(conv, "and later")
	m.answer(conv, maja, "we can do that")
	for _, tt := range []struct {
		through int64
		want    string
	}{{second, "-😀maja-"}, {0, "-😀maja😀maja"}} {
		r, err := m.Act(t.Context(), conv, maja, command("mark 😀"), tt.through, tradepost.ViaEmail)
		if err != nil || r.State != tradepost.CommandDone {
			t.Fatal(r, err)
		}
		if got, _, _ := strings.Cut(m.shown(conv), " "); got != tt.want {
			t.Errorf("marks %s through %d, want %s", got, tt.through, tt.want)
		}
	}
	m.exec(`update messages set deleted_at = now() where author = 'merchant'`)
	for _, c := range []string{"done", "unmark"} {
		if got := m.act(conv, maja, c); got != "refused no_message" {
			t.Errorf("%s without a message: %s", c, got)
		}
	}
}

// TestWhoMayAct lets others than present members try, and commands that are none.
func TestWhoMayAct(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	gone, other := m.partner.Members[1].ID, m.addPartner("Others", "ida").Members[0].ID
	if err := m.RemoveMember(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		conversation, member int64
		command              string
		want                 error
	}{
		{conv, gone, "done", tradepost.ErrRefused},
		{conv, other, "done", tradepost.ErrNotFound},
		{conv + 1, m.partner.Members[0].ID, "done", tradepost.ErrNotFound},
		{conv, m.partner.Members[0].ID, "mark ", tradepost.Invalid{}},
		{conv, m.partner.Members[0].ID, "tag a,", tradepost.Invalid{}},
		{conv, m.partner.Members[0].ID, "note \x00", tradepost.Invalid{}},
		{conv, m.partner.Members[0].ID, "note \n", tradepost.Invalid{}},
		{conv, m.partner.Members[0].ID, "qualify " + strings.Repeat("G", 201), tradepost.Invalid{}},
	} {
		_, err := m.Act(t.Context(), tt.conversation, tt.member, command(tt.command), 0, tradepost.ViaWeb)
		var invalid tradepost.Invalid
		if !errors.Is(err, tt.want) && (!errors.As(err, &invalid) || !errors.As(tt.want, &invalid)) {
			t.Errorf("%s by %d: %v, want %v", tt.command, tt.member, err, tt.want)
		}
	}
	if got := m.shown(conv); !strings.HasPrefix(got, "- told") {
		t.Errorf("something was done: %s", got)
	}
}

func TestBlock(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Minute })
	conv := m.open("nadia")
	maja := m.partner.Members[0].ID
	m.answer(conv, maja, "we can do that")
	if got := m.act(conv, maja, "block"); got != "asked" {
		t.Fatal(got)
	}
	if n := m.value(`select count(*)::text from blocks`); n != "0" {
		t.Fatal("blocked before it was confirmed")
	}
	if got := m.confirm(maja); got != "done" {
		t.Fatal(got)
	}
	for _, tt := range [][2]string{
		{"undo", "refused too_late"}, // and not the reply, which is older
		{"block", "unchanged"}, {"qualify GOLD", "refused blocked"},
		{"done", "done"}, {"note never again", "done"}, {"tag no", "done"}, {"decline", "done"}, {"mute", "done"}, {"why", "done"},
	} {
		if got := m.act(conv, maja, tt[0]); got != tt[1] {
			t.Errorf("%s of a blocked merchant: %s, want %s", tt[0], got, tt[1])
		}
	}
	m.passTime(2 * time.Minute)
	if n := len(m.relays()); n != 0 {
		t.Errorf("%d relays to a blocked merchant", n)
	}
}

// TestConfirmations: /qualify asks where its author isn't known for sure, and
// nobody is asked without end.
func TestConfirmations(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.Budgets.Questions = 2 })
	conv := m.open("nadia")
	maja := m.partner.Members[0].ID
	for _, want := range []string{"asked", "asked", "refused too_many"} {
		if got := m.act(conv, maja, "delete"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if n := m.value(`select count(*)::text from actions`); n != "0" {
		t.Errorf("%s actions on record for what wasn't done", n)
	}
}

// TestDeclineAnswersForColleagues: they need no mail any more, and get it after all
// when it is undone.
func TestDeclineAnswersForColleagues(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Minute })
	conv := m.open("nadia")
	maja, oskar := m.partner.Members[0].ID, m.partner.Members[1].ID
	refs := m.offered()[tradepost.Alert]
	claim := func() (names []string) {
		t.Helper()
		letters, err := m.ClaimAlerts(t.Context(), m.lease(), refs)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range letters {
			names = append(names, l.To.Name)
			m.record(l.Claimed, tradepost.Delivered)
		}
		return names
	}
	m.act(conv, maja, "decline")
	if d := cmp.Diff([]string{"-", "answered"}, m.outcomes()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"maja"}, claim()); d != "" {
		t.Error(d)
	}
	if got := m.act(conv, maja, "undo"); got != "done decline" {
		t.Fatal(got)
	}
	// The alert was dropped, so the digest tells.
	letters := m.digests(time.Now().Add(time.Hour))
	if len(letters) != 1 || letters[0].To.ID != oskar {
		t.Fatalf("digests %+v, want one to oskar; outcomes %v", letters, m.outcomes())
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	if d := cmp.Diff([]string{"alerted", "digested"}, m.outcomes()); d != "" {
		t.Error(d)
	}
}

// TestTwoMembersAtOnce: what both do is done once, and nothing is lost.
func TestTwoMembersAtOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Minute })
	conversations := []int64{m.open("nadia"), m.open("nadia")}
	var members sync.WaitGroup
	states := make(chan string, 1000)
	for i, member := range []int64{m.partner.Members[0].ID, m.partner.Members[1].ID} {
		members.Go(func() {
			for range 5 {
				for _, c := range []string{"tag rush", "qualify GOLD", "decline", "done", "note seen", "undo", "undo", "undo", "undo", "undo"} {
					r, err := m.Act(t.Context(), conversations[i], member, command(c), 0, tradepost.ViaWeb)
					if err != nil {
						t.Errorf("%s: %v", c, err)
					}
					states <- said(r)
				}
			}
		})
	}
	members.Wait()
	close(states)
	n := 0
	for s := range states {
		if s == "done" {
			n++
		}
	}
	if recorded := m.number(`select count(*) from actions where verb <> 'undo'`); recorded != int64(n) {
		t.Errorf("%d done, %d on record", n, recorded)
	}
	if open := m.value(`select coalesce(string_agg(verb, ' '), '') from actions where verb <> 'undo' and undone_at is null`); open != "" {
		t.Errorf("not taken back: %s", open)
	}
	for _, conv := range conversations {
		// A tag that the other conversation had meanwhile is the team's.
		if got := strings.Replace(m.shown(conv), " all rush", "", 1); got != "- told -,-" {
			t.Errorf("left: %s", got)
		}
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Minute })
	conv := m.open("nadia")
	maja, oskar := m.partner.Members[0].ID, m.partner.Members[1].ID
	for _, c := range []string{"tag a,b", "qualify GOLD", "mark 😀", "note call her", "why", "help", "unmark", "undo"} {
		m.act(conv, oskar, c)
	}
	message := m.answer(conv, maja, "we can do that")
	if r, err := m.UndoMessage(t.Context(), conv, message, maja); err != nil || said(r) != "done reply" {
		t.Fatal(r, err)
	}
	list, err := m.Actions(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range list {
		line := strings.Join(append([]string{a.Member, string(a.Verb), a.Text, a.Undone}, a.Tags...), " ")
		if !a.UndoneAt.IsZero() {
			line += " (undone)"
		}
		if a.At.IsZero() || a.Via != tradepost.ViaWeb {
			t.Errorf("%+v", a)
		}
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{"oskar tag a b", "oskar qualify GOLD", "oskar mark 😀", "oskar note", "oskar unmark 😀 (undone)", "oskar undo unmark", "maja undo reply"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	notes, err := m.Notes(t.Context(), conv)
	if err != nil || len(notes) != 1 || notes[0].Body != "call her" || notes[0].Member != "oskar" {
		t.Errorf("%+v, %v", notes, err)
	}
	if tags, err := m.Tags(t.Context(), conv); err != nil || strings.Join(tags, " ") != "a b" {
		t.Errorf("%q, %v", tags, err)
	}
	_, messages, err := m.Conversation(t.Context(), conv)
	if err != nil || len(messages) != 1 {
		t.Errorf("%d messages are shown of one, %v", len(messages), err)
	}
}
