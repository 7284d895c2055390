package inbound

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/tradepost-mail/tradepost/inbound/apportion"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/templates"
)

// bareWords are the letters and digits of a text, without what programs exchange.
func bareWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !unicode.Is(unicode.So, r)
	})
}

// frameLine is what we write around messages.
var frameLine = regexp.MustCompile(`^\d\d:\d\d$|^From: |^Sent: |^To: |^In the conversation: |^Read the rest|^And \d+ more`)

// messageWords are the words of messages in a digest that people may take up.
func messageWords(rendered templates.Rendered) []string {
	var words []string
	for _, p := range rendered.Parts {
		_, messages, _ := strings.Cut(p.Text, "\n\n")
		messages = messages[:max(0, strings.LastIndex(strings.TrimSpace(messages), "\n\n"))]
		for line := range strings.SplitSeq(messages, "\n") {
			if !strings.Contains(line, "[") && !strings.HasPrefix(line, "--") && !strings.Contains(line, "@") && !strings.HasPrefix(line, ">") && !strings.Contains(line, "://") && !frameLine.MatchString(line) {
				words = append(words, strings.Fields(line)...)
			}
		}
	}
	return words
}

// takeWords removes one appearance of some words in a row.
func takeWords(from, words []string) ([]string, bool) {
	for i := 0; i+len(words) <= len(from); i++ {
		if slices.Equal(from[i:i+len(words)], words) {
			return slices.Concat(from[:i], []string{"|"}, from[i+len(words):]), true
		}
	}
	return from, false
}

// letters counts words as such, and in scripts without spaces by the letter.
func letters(words []string) int {
	n := len(words)
	for _, w := range words {
		for _, c := range w {
			if unicode.In(c, unicode.Thai, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
				n++
			}
		}
	}
	return n
}

// typed draws an answer that can be told from all others, with words of the digest
// in it.
func (r digestCase) typed(number int, digest []string, oneLine, whole bool) string {
	name := fmt.Sprintf("zq%dx", number)
	phrase := func() string {
		// What was deleted from the quote and typed again as a whole line can't be
		// told from what was left.
		at, n, most := r.IntN(len(digest)), 1+r.IntN(6), 12
		if !whole {
			n, most = 1+r.IntN(3), 8
		}
		for n > 1 && letters(digest[at:min(len(digest), at+n)]) > most {
			n--
		}
		return strings.Join(digest[at:min(len(digest), at+n)], " ")
	}
	own := strings.Fields("yes we can do that next week it takes four days and costs about 900 please send the list first no thanks maybe later Monday works för oss geht klar entendu 了解しました")
	var parts []string
	for range 1 + r.IntN(6) {
		if r.chance(40) {
			parts = append(parts, phrase())
		} else {
			parts = append(parts, r.sentence(own, 1+r.IntN(8)))
		}
	}
	at := r.IntN(len(parts) + 1)
	parts = slices.Insert(parts, at, name)
	if oneLine {
		return name + " " + strings.Join(parts, " ")
	}
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(pick(r, []string{" ", " ", "\n", "\n\n"}))
		}
		b.WriteString(p)
	}
	return b.String()
}

// reply draws an answer to a digest.
type digestReply struct {
	client  client
	mail    *message.Message
	answers []*answerTyped
	around  []string     // greetings and signatures: no answers
	whole   bool         // nothing of the quote was deleted
	twins   map[int]bool // items with the same words, which only marks tell apart
}

func (r digestCase) reply(rendered templates.Rendered, units [2][]unit, digest []string, number *int) digestReply {
	d := digestReply{client: pick(r, clients), whole: true, twins: make(map[int]bool)}
	for i, p := range rendered.Parts {
		for j, q := range rendered.Parts {
			if i != j && p.Text[:80] == q.Text[:80] {
				d.twins[i], d.twins[j] = true, true
			}
		}
	}
	doc := slices.Clone(units[0])
	if d.client.plainOnly {
		doc = slices.Clone(units[1])
	}
	tear := r.IntN(6)
	n := len(rendered.Parts)
	write := func(item int, oneLine bool) *answerTyped {
		*number++
		a := &answerTyped{item: item, also: item, name: fmt.Sprintf("zq%dx", *number), text: r.typed(*number, digest, oneLine, tear > 2)}
		d.answers = append(d.answers, a)
		return a
	}
	// Where something is typed: under a unit, or in its line.
	var out []unit
	share, answering := r.IntN(6), 20+r.IntN(60)
	for i, u := range doc {
		here := u.region >= 0 && u.region < n && r.IntN(len(doc)) < share
		markLine := u.region >= 0 && u.region < n && strings.Contains(u.text+u.html, "["+rendered.Parts[u.region].Mark+"]")
		here = here || markLine && r.chance(answering)
		if !here || u.blank && u.tag == "line" && !r.chance(30) {
			out = append(out, u)
			continue
		}
		heading := u.tag == "h2" || u.tag == "line" && i > 0 && doc[i-1].region != u.region || u.tag == "line" && strings.Trim(u.text, "-") == ""
		long := letters(strings.Fields(u.plain("", ""))) > 12
		switch {
		case r.chance(20) && long && !heading:
			u.after = write(u.region, true)
			out = append(out, u)
		case r.chance(10) && long && !heading:
			u.before = write(u.region, true)
			out = append(out, u)
		default:
			out = append(out, u, unit{region: u.region, typed: true, answer: write(u.region, false)})
		}
	}
	doc = r.trimmed(&d, out, tear)
	d.visible(doc, rendered.Parts)
	top, bottom := "", ""
	switch r.IntN(5) {
	case 0:
		top = write(-1, false).text
	case 1:
		top = pick(r, []string{"Hi,", "Hello Nadia,", "Hi, see my answers below.", "Hej!\n\nSvaren står nedan.\n\nMaja", "Hallo zusammen,\n\nmeine Antworten unten.", "Maja Lind"})
		d.around = append(d.around, top)
	}
	if r.chance(20) {
		sign := pick(r, []string{"-- \nMaja Lind\nStudio Lind", "Sent from my iPhone"})
		d.around = append(d.around, sign)
		if d.client.plainOnly || r.chance(50) {
			bottom = sign
		} else {
			top = strings.TrimSpace(top + "\n\n" + sign)
		}
	}
	if !slices.ContainsFunc(doc, func(u unit) bool { return !u.typed && !u.blank && strings.Trim(u.text, "-")+u.html != "" }) {
		d.client.introText, d.client.introHTML, d.client.closeHTML = "", "", ""
		d.client.marked = false // nothing is quoted any more
	}
	d.mail = r.written(d.client, top, doc, bottom)
	return d
}

// trimmed deletes parts of the quote, but nothing that was typed.
func (r digestCase) trimmed(d *digestReply, doc []unit, tear int) []unit {
	var keep func(unit) bool
	switch tear {
	case 0: // here and there
		share := r.IntN(60)
		keep = func(unit) bool { return !r.chance(share) }
	case 1: // all but what stands near
		var near []bool
		for i := range doc {
			is := false
			for j := max(0, i-3); j < min(len(doc), i+2); j++ {
				is = is || doc[j].typed || doc[j].before != nil || doc[j].after != nil
			}
			near = append(near, is)
		}
		i := -1
		keep = func(unit) bool { i++; return near[i] }
	case 2: // all below or above somewhere
		cut, below := r.IntN(len(doc)), r.chance(60)
		i := -1
		keep = func(unit) bool { i++; return (i < cut) == below }
	default:
		return doc
	}
	d.whole = false
	var out []unit
	for _, u := range doc {
		if k := keep(u); k || u.typed || u.before != nil || u.after != nil {
			out = append(out, u)
		}
	}
	return out
}

// visible corrects what stands under what: where all of an item was deleted, the
// answer to it stands under the one before, for all that anybody can see. If what
// is left of it stands in the one before too, such as "Open", either is right.
func (d *digestReply) visible(doc []unit, parts []templates.Part) {
	under, sure := -1, -1
	for _, u := range doc {
		label := strings.TrimSpace(u.plain("", ""))
		switch {
		case u.typed:
			u.answer.item = min(u.answer.item, under)
			u.answer.also = min(u.answer.item, sure)
			continue
		case u.blank || u.region <= sure || label != "--" && strings.Trim(label, "-") == "":
			continue
		}
		under = max(under, u.region)
		if sure < 0 || sure >= len(parts) || !strings.Contains(parts[sure].Text, "\n"+label) {
			sure = u.region
		}
	}
}

// errElsewhere is what must never happen.
var errElsewhere = errors.New("an answer in the wrong place")

// check holds the rules for one answer.
func (d *digestReply) check(got apportion.Result, items int) error {
	rest := bareWords(got.Unplaced)
	shares := make(map[int][]string)
	for _, s := range got.Shares {
		if s.Item < 0 || s.Item >= items || s.Text == "" || shares[s.Item] != nil {
			return fmt.Errorf("share of item %d: %q", s.Item, s.Text)
		}
		if s.Fold < 0 || s.Fold > len(s.Text) {
			return fmt.Errorf("fold %d of %d bytes", s.Fold, len(s.Text))
		}
		shares[s.Item] = bareWords(s.Text)
	}
	for _, a := range d.answers {
		for item, words := range shares {
			if slices.Contains(words, a.name) && item != a.item && item != a.also && !(d.twins[item] && d.twins[a.item]) {
				return fmt.Errorf("%w: item %d got what stands under item %d: %q", errElsewhere, item, a.item, a.text)
			}
		}
	}
	for _, a := range d.answers {
		words := bareWords(a.text)
		var ok bool
		for item, words2 := range shares {
			if left, found := takeWords(words2, words); found && (item == a.item || item == a.also || !d.whole && a.item >= 0 && d.twins[item] && d.twins[a.item]) {
				shares[item], ok = left, true
				break
			}
		}
		if ok {
			continue
		}
		if rest, ok = takeWords(rest, words); ok && d.whole && a.item >= 0 {
			return fmt.Errorf("the quote is whole, but an answer under item %d was not placed: %q", a.item, a.text)
		}
		if !ok {
			return fmt.Errorf("an answer under item %d is neither there whole nor unplaced: %q", a.item, a.text)
		}
	}
	for _, s := range d.around {
		for line := range strings.SplitSeq(s, "\n") {
			rest, _ = takeWords(rest, bareWords(line))
			for item := range shares {
				shares[item], _ = takeWords(shares[item], bareWords(line))
			}
		}
	}
	for item, words := range shares {
		if left := d.left(words); left != "" {
			return fmt.Errorf("item %d got what nobody wrote there: %q", item, left)
		}
	}
	if left := d.left(rest); left != "" {
		return fmt.Errorf("nobody wrote the unplaced %q", left)
	}
	return nil
}

// left is what remains of a text without the answers. Of a quote that somebody
// tore to pieces, a short one without its surroundings may be taken for theirs.
func (d *digestReply) left(words []string) string {
	var all []string
	for piece := range strings.SplitSeq(strings.Join(words, " "), "|") {
		piece = strings.TrimSpace(piece)
		if n := len(strings.Fields(piece)); n > 9 || d.whole && n > 3 {
			all = append(all, piece)
		}
	}
	return strings.Join(all, " | ")
}

// TestNothingLandsInAnotherItem answers many digests in the ways of many mail
// programs. APPORTION_REPLIES and APPORTION_SEED take it further.
func TestNothingLandsInAnotherItem(t *testing.T) {
	replies, seed := 10_000, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("APPORTION_REPLIES")); err == nil {
		replies = n
	}
	if n, err := strconv.ParseUint(os.Getenv("APPORTION_SEED"), 10, 64); err == nil {
		seed = n
	}
	l, err := templates.New(templates.Options{Market: "Market"})
	if err != nil {
		t.Fatal(err)
	}
	h := reply.Hints{Separators: l.Separators(), Names: []string{"Maja Lind", "Studio Lind", "Nadia Rahman"}, Addresses: []string{"maja@lind.example"}}
	var mu sync.Mutex
	failures := make(map[string]int)
	total, placed, inexact := 0, 0, 0
	try := func(t *testing.T, i, k int, d digestReply, sent apportion.Sent) {
		got := apportion.FromMessage(d.mail, sent, h)
		err := d.check(got, len(sent.Items))
		mu.Lock()
		defer mu.Unlock()
		for _, a := range d.answers {
			total++
			for _, s := range got.Shares {
				if _, ok := takeWords(bareWords(s.Text), bareWords(a.text)); ok && a.item == s.Item {
					placed++
				}
			}
		}
		if err == nil {
			return
		}
		if !errors.Is(err, errElsewhere) {
			if inexact++; os.Getenv("APPORTION_SHOW") != "all" {
				return
			}
		}
		if failures[d.client.name]++; sum(failures) <= 3 || os.Getenv("APPORTION_SHOW") == "all" {
			t.Errorf("seed %d, digest %d, answer %d, %s: %v\n%s", seed, i, k, d.client.name, err, shown(d, sent, got))
		}
	}
	const perDigest, shards = 10, 8
	t.Run("replies", func(t *testing.T) {
		for shard := range shards {
			t.Run(strconv.Itoa(shard), func(t *testing.T) {
				t.Parallel()
				number := 0
				for i := shard * perDigest; i < replies; i += shards * perDigest {
					r := digestCase{rand.New(rand.NewPCG(seed, uint64(i)))}
					rendered, sent := r.digest(l)
					units, words := [2][]unit{htmlUnits(rendered), textUnits(rendered)}, messageWords(rendered)
					for k := range perDigest {
						try(t, i, k, r.reply(rendered, units, words, &number), sent)
					}
				}
			})
		}
	})
	if len(failures) > 0 {
		t.Errorf("%v of %d answers to digests went wrong", failures, replies)
	}
	t.Logf("%d replies with %d answers, %d placed; %d replies with some words of the quote too many or too few", replies, total, placed, inexact)
	// Of a quote that was torn to pieces, or that repeats itself, single lines can't
	// be told from what was typed.
	if 200*inexact > replies {
		t.Errorf("of %d replies %d have words of the quote in them, or lack some of theirs", replies, inexact)
	}
	if 2*placed < total {
		t.Errorf("only %d of %d answers were placed", placed, total)
	}
}

func sum(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

func shown(d digestReply, sent apportion.Sent, got apportion.Result) string {
	if os.Getenv("APPORTION_SHOW") == "" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "--- text\n%s\n--- html\n%s\n--- sent\n%s", d.mail.Text, d.mail.HTML, sent.Head)
	for _, it := range sent.Items {
		b.WriteString(it.Text)
	}
	b.WriteString(sent.Foot)
	for _, s := range got.Shares {
		fmt.Fprintf(&b, "--- share %d, fold %d\n%s\n", s.Item, s.Fold, s.Text)
	}
	fmt.Fprintf(&b, "--- unplaced\n%s\n", got.Unplaced)
	for _, a := range d.answers {
		fmt.Fprintf(&b, "--- typed under %d\n%s\n", a.item, a.text)
	}
	return b.String()
}
