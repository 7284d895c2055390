package worker_test

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// bookLetter is a notification, with its attempts, as the database has it.
type bookLetter struct {
	ID       int64
	Period   time.Time
	Kind     tradepost.NotificationKind
	State    tradepost.NotificationState
	Reason   string
	Due      *time.Time
	SentTo   string
	Code     int
	Reply    string
	Messages []int64 // that it tells of
	Verdicts []string
	Codes    []int // of the attempts; 0 = none
}

func (l bookLetter) count(verdicts ...tradepost.Verdict) int {
	n := 0
	for _, v := range l.Verdicts {
		if slices.Contains(verdicts, tradepost.Verdict(v)) {
			n++
		}
	}
	return n
}

// unsure is how many attempts may have handed the letter over or not.
func (l bookLetter) unsure() int { return l.count(tradepost.NoAnswer, tradepost.OwnerVanished) }

// wordless is how many attempts the server refused without a word, or that it said in vain.
func (l bookLetter) wordless() int {
	n := 0
	for i, code := range l.Codes {
		if code == 0 && l.Verdicts[i] != string(tradepost.Delivered) {
			n++
		}
	}
	return n
}

func (l bookLetter) String() string {
	return fmt.Sprintf("%s %d (%s %q, attempts %v %v, %d %q)", l.Kind, l.ID, l.State, l.Reason, l.Verdicts, l.Codes, l.Code, l.Reply)
}

// bookPair is one message and one of those it was written to.
type bookPair struct {
	Message int64
	Body    string
	Address string
	Outcome tradepost.Outcome
	Reason  string
	Letter  int64
}

// rows calls each for every row of a query.
func (f *faultyTown) rows(sql string, each func(scan func(...any) error) error) {
	f.t.Helper()
	rows, err := storetest.Pool(f.t, f.url).Query(f.t.Context(), sql)
	if err != nil {
		f.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
}

// book reads the database.
func (f *faultyTown) book() (map[int64]bookLetter, []bookPair) {
	f.t.Helper()
	letters := map[int64]bookLetter{}
	f.rows(`
		select n.id, n.period, n.kind, n.state, n.reason, n.due_at, coalesce(n.sent_to, ''), coalesce(n.smtp_code, 0), coalesce(n.smtp_reply, ''),
		       case when n.kind = 'digest' then coalesce(n.told_messages, '{}') else array[n.message_id] end,
		       coalesce(array_agg(a.verdict order by a.attempt) filter (where a.attempt > 0), '{}'),
		       coalesce(array_agg(coalesce(a.smtp_code, 0) order by a.attempt) filter (where a.attempt > 0), '{}')
		from notifications n left join attempts a on (a.period, a.notification_id) = (n.period, n.id)
		group by n.period, n.id`, func(scan func(...any) error) error {
		var l bookLetter
		err := scan(&l.ID, &l.Period, &l.Kind, &l.State, &l.Reason, &l.Due, &l.SentTo, &l.Code, &l.Reply, &l.Messages, &l.Verdicts, &l.Codes)
		letters[l.ID] = l
		return err
	})
	var pairs []bookPair
	f.rows(`
		select m.id, m.body, coalesce(a.address, mc.email), coalesce(r.outcome, ''), r.reason, coalesce(r.notification_id, 0)
		from recipients r join messages m on (m.period, m.id) = (r.period, r.message_id)
		left join member_addresses a on a.member_id = r.member_id
		left join merchants mc on mc.id = r.merchant_id`, func(scan func(...any) error) error {
		var p bookPair
		err := scan(&p.Message, &p.Body, &p.Address, &p.Outcome, &p.Reason, &p.Letter)
		pairs = append(pairs, p)
		return err
	})
	return letters, pairs
}

var parcel = regexp.MustCompile(`parcel-\d{5}`)

// parcels are the numbers of the messages that a letter holds, sorted.
func parcels(raw []byte) []string {
	unfolded := string(bytes.ReplaceAll(raw, []byte("=\r\n"), nil)) // quoted-printable's soft breaks
	list := parcel.FindAllString(unfolded, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// audit compares what the server saw with what the database says of it.
func (f *faultyTown) audit() {
	f.t.Helper()
	f.stopClock()
	letters, pairs := f.book()
	body := map[int64]string{} // message -> number
	for _, p := range pairs {
		body[p.Message] = parcel.FindString(p.Body)
	}
	sent := map[int64][]handover{} // by notification
	for _, h := range f.server.handovers() {
		_, id, err := f.tokens.ParseBounce(h.from)
		if err != nil {
			f.t.Fatalf("return path %q: %v", h.from, err)
		}
		if _, ok := letters[id]; !ok {
			f.t.Errorf("the server was handed notification %d, which is not in the database", id)
		}
		sent[id] = append(sent[id], h)
	}
	for _, id := range slices.Sorted(maps.Keys(letters)) {
		f.auditLetter(letters[id], sent[id], body)
	}
	f.auditPairs(letters, pairs, sent)
	f.auditSuppressions()
	f.tally(letters, pairs, sent)
}

// auditLetter asks whether what became of one letter at the server is on record.
func (f *faultyTown) auditLetter(l bookLetter, sent []handover, body map[int64]string) {
	f.t.Helper()
	taken, silent := 0, 0
	ids := map[string]bool{}
	for _, h := range sent {
		if h.silent {
			silent++
		}
		if !h.taken {
			continue
		}
		taken++
		ids[messageID(h.raw)] = true
		var told []string
		for _, m := range l.Messages {
			told = append(told, body[m])
		}
		slices.Sort(told)
		if got := parcels(h.raw); !slices.Equal(got, told) {
			f.t.Errorf("%v told %s of %v; on record are %v", l, h.to, got, told)
		}
	}
	delivered, permanent, unsure := l.count(tradepost.Delivered), l.count(tradepost.Permanent), l.unsure()
	f.server.mu.Lock()
	from, err := f.tokens.BounceAddress(l.Period, l.ID)
	noes := f.server.noes[from]
	f.server.mu.Unlock()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, bad := range []struct {
		is  bool
		why string
	}{
		{len(ids) > 1, "went by several Message-IDs"},
		{delivered > 1, "is on record as delivered more than once"},
		{taken > delivered+unsure, "was taken more often than attempts are on record that could have been"},
		{taken < delivered, "is on record as delivered, and the server knows nothing of it"},
		{silent > unsure, "met silence that is not on record"},
		{taken > 0 && unsure == 0 && l.State != tradepost.Sent, "was taken and is not sent"},
		{(l.State == tradepost.Sent) != (delivered == 1), "is sent or delivered, but not both"},
		{permanent > 1 || permanent == 1 && l.Verdicts[len(l.Verdicts)-1] != string(tradepost.Permanent), "was tried after it was refused for good"},
		{noes < permanent || noes > permanent+l.wordless(), fmt.Sprintf("was refused %d times for good", noes)},
		{permanent == 1 && l.State != tradepost.Failed, "was refused for good and has not failed"},
		{l.State == tradepost.Failed && permanent == 0 && (l.Reason != tradepost.ReasonUnknown || l.count(tradepost.NoAnswer) < 2), "failed without a reason"},
		{l.State == tradepost.Skipped && taken+unsure > 0, "is skipped and was sent"},
		{l.State == tradepost.Unknown && (l.Due != nil || l.Kind != tradepost.Digest || unsure == 0), "is unknown without a reason, or not for good"},
		{l.State == tradepost.Pending || l.State == tradepost.Sending, "is not finished"},
	} {
		if bad.is {
			f.t.Errorf("%v %s; the server has it %d times and was silent %d times", l, bad.why, taken, silent)
		}
	}
	if no, ok := f.server.refuses[l.SentTo]; permanent == 1 && (!ok || no.reply != fmt.Sprintf("%d %s", l.Code, l.Reply)) {
		f.t.Errorf("%v to %s: the server said %q", l, l.SentTo, no.reply)
	}
}

func messageID(raw []byte) string {
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "Message-ID") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// telling is one message told to one address.
type telling struct{ parcel, to string }

// auditPairs asks of every message and recipient whether the one outcome on
// record is what happened.
func (f *faultyTown) auditPairs(letters map[int64]bookLetter, pairs []bookPair, sent map[int64][]handover) {
	f.t.Helper()
	copies := map[telling]int{}
	owner := map[int64]string{} // of letters, from the pairs that they tell
	for _, list := range sent {
		for _, h := range list {
			if h.taken {
				for _, p := range parcels(h.raw) {
					copies[telling{p, h.to}]++
				}
			}
		}
	}
	for id, list := range sent {
		owner[id] = list[0].to
	}
	by := map[telling][]bookLetter{}
	body := map[int64]string{}
	for _, p := range pairs {
		body[p.Message] = parcel.FindString(p.Body)
		if owner[p.Letter] == "" {
			owner[p.Letter] = p.Address
		}
	}
	for _, l := range letters {
		for _, m := range l.Messages {
			t := telling{body[m], owner[l.ID]}
			by[t] = append(by[t], l)
		}
	}
	for _, p := range pairs {
		t := telling{parcel.FindString(p.Body), p.Address}
		n, tellers, unsure := copies[t], 0, 0
		for _, l := range by[t] {
			unsure += l.unsure()
			if l.State == tradepost.Sent {
				tellers++
			}
		}
		no, isRefused := f.server.refuses[p.Address]
		l := letters[p.Letter]
		fits := false
		switch p.Outcome {
		case tradepost.Alerted, tradepost.Relayed, tradepost.Digested:
			fits = l.Kind.Told() == p.Outcome && l.State == tradepost.Sent && tellers == 1 && n >= 1 && n <= 1+unsure && !isRefused
		case tradepost.OutcomeFailed:
			fits = l.State == tradepost.Failed && tellers == 0 && (isRefused && n == 0 || l.Reason == tradepost.ReasonUnknown && n >= 1)
		case tradepost.Suppressed:
			fits = no.unknown && n == 0 && tellers == 0
		case tradepost.OutcomeSkipped:
			fits = p.Reason == tradepost.ReasonOptedOut && p.Address == f.answering.Members[0].Email && n == 0
		case tradepost.ReadFirst, tradepost.Answered: // nobody here reads, nor answers for a colleague
		}
		if !fits {
			f.t.Errorf("%s to %s: outcome %q (%s) by %v; the server took it %d times, refuses %q; letters %v", t.parcel, p.Address, p.Outcome, p.Reason, l, n, no.reply, by[t])
		}
	}
}

// auditSuppressions asks whether exactly those addresses take no mail any more
// that do not exist and were asked.
func (f *faultyTown) auditSuppressions() {
	f.t.Helper()
	list, err := f.Suppressions(f.t.Context(), 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	suppressed := map[string]bool{}
	for _, s := range list {
		suppressed[s.Address] = true
		if no := f.server.refuses[s.Address]; !no.unknown || s.Reason != tradepost.SuppressedBounce || s.Detail != no.reply {
			f.t.Errorf("%s is suppressed as %s %q; the server says %q", s.Address, s.Reason, s.Detail, no.reply)
		}
	}
	for address, no := range f.server.refuses {
		if no.unknown && f.server.asked[address] > 0 && !suppressed[address] {
			f.t.Errorf("%s does not exist and is not suppressed", address)
		}
	}
}

// stillSuppressed fails if during do the server is asked for an address again of
// which it has said that it does not exist.
func (f *faultyTown) stillSuppressed(do func()) {
	f.t.Helper()
	count := func() map[string]int {
		f.server.mu.Lock()
		defer f.server.mu.Unlock()
		asked := map[string]int{}
		for address, no := range f.server.refuses {
			if n := f.server.asked[address]; no.unknown && n > 0 {
				asked[address] = n
			}
		}
		return asked
	}
	before := count()
	do()
	after := count()
	for address, n := range before {
		if after[address] != n {
			f.t.Errorf("%s was asked for %d times more though it does not exist", address, after[address]-n)
		}
	}
}

// tally prints what there was.
func (f *faultyTown) tally(letters map[int64]bookLetter, pairs []bookPair, sent map[int64][]handover) {
	f.t.Helper()
	kinds, verdicts, outcomes, twice := map[string]int{}, map[string]int{}, map[tradepost.Outcome]int{}, 0
	for id, l := range letters {
		kinds[string(l.Kind)+" "+string(l.State)]++
		for _, v := range l.Verdicts {
			verdicts[v]++
		}
		taken := 0
		for _, h := range sent[id] {
			if h.taken {
				taken++
			}
		}
		twice += max(taken-1, 0)
	}
	for _, p := range pairs {
		outcomes[p.Outcome]++
	}
	f.t.Logf("letters %v; attempts %v; outcomes %v", kinds, verdicts, outcomes)
	f.t.Logf("%d copies too many, each after an attempt that was unknown", twice)
}
