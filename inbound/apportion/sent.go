package apportion

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentWord is one word of the digest with its place.
type sentWord struct {
	id     int32
	region int // -1 in the head, else the item; len(items) in the foot
	// starts and ends say that the word is the first or last of its line.
	starts, ends bool
	// frame is what is ours and not a message: facts, links, the line to write
	// under.
	frame  bool
	mark   bool // an item's mark
	link   bool
	single bool // one character of a script without spaces
	number bool // begins with a digit
	// before and after count the marks of punctuation that touch the word.
	before, after int
}

const gram = 3 // words that are looked up together

// maxPlaces is at how many places of the digest the same words are sought. What
// is more frequent is found beside what isn't.
const maxPlaces = 16

// digest is what was sent, indexed.
type digest struct {
	words  []sentWord
	labels bool
	items  int
	ids    map[string]int32
	marks  map[string]int // by spelling, the item
	places map[[gram]int32][]int32
	spots  map[int32][]int32 // of single words
	// frames are the short lines that are ours, by their words: where they begin.
	frames map[string][]span
	links  map[string]bool   // by their words
	lines  map[string][]span // all short lines
	// faceless are the items whose first line, the name, has no words: what stands
	// above and below it can't be told apart.
	faceless []bool
	first    []int // of each item, the place of its first word
	markAt   []int // of each item, the place of its mark; -1 if it has none
}

type span struct{ from, to int }

// newDigest indexes a digest; labels says that it shows links as labels do, with
// their target hidden, as in HTML.
func newDigest(sent Sent, labels bool) *digest {
	d := &digest{
		labels: labels, items: len(sent.Items), ids: make(map[string]int32), marks: make(map[string]int),
		places: make(map[[gram]int32][]int32), frames: make(map[string][]span), links: make(map[string]bool), spots: make(map[int32][]int32), lines: make(map[string][]span),
	}
	for i, it := range sent.Items {
		for _, m := range it.Marks {
			m = foldMark(m)
			if other, ok := d.marks[m]; m == "" || ok && other != i {
				d.marks[m] = -1 // of two items: of none
				continue
			}
			d.marks[m] = i
		}
		d.markAt = append(d.markAt, -1)
	}
	d.read(sent.Head, -1)
	for i, it := range sent.Items {
		d.first = append(d.first, len(d.words))
		d.read(it.Text, i)
		d.faceless = append(d.faceless, isFaceless(it.Text))
	}
	d.read(sent.Foot, d.items)
	for i := range d.words {
		if at := d.spots[d.words[i].id]; len(at) <= maxPlaces {
			d.spots[d.words[i].id] = append(at, int32(i))
		}
		if i+gram > len(d.words) {
			continue
		}
		k := [gram]int32{d.words[i].id, d.words[i+1].id, d.words[i+2].id}
		if at := d.places[k]; len(at) <= maxPlaces {
			d.places[k] = append(at, int32(i))
		}
	}
	return d
}

// isFaceless reports whether more than a ruler stands above the first words of an
// item.
func isFaceless(text string) bool {
	wordless := 0
	for row := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(row) == "" {
			continue
		}
		var sc scanner
		if sc.scan(row, 0); len(sc.words) > 0 {
			break
		}
		wordless++
	}
	return wordless > 1
}

// maxSent is how many words of a digest are indexed.
const maxSent = 100_000

// read adds one piece of the digest, paragraph by paragraph. The first of an item
// is its heading; the last has the links and the line to write under.
func (d *digest) read(text string, region int) {
	var paragraphs [][]string
	gap := true
	for row := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(row) == "" {
			gap = true
			continue
		}
		if gap {
			paragraphs = append(paragraphs, nil)
		}
		n := len(paragraphs) - 1
		paragraphs[n] = append(paragraphs[n], row)
		gap = false
	}
	for n, rows := range paragraphs {
		first, last := n == 0, n == len(paragraphs)-1
		frame := region < 0 || region == d.items || first || last
		from := len(d.words)
		d.rows(rows, region, frame)
		to := len(d.words)
		for j := from; j < to; j++ {
			d.words[j].frame = frame
		}
		if !frame {
			d.stamp(from, to)
		}
		d.frameLines(from, to)
	}
}

// rows adds the lines of one paragraph.
func (d *digest) rows(rows []string, region int, frame bool) {
	colon := false
	for n, row := range rows {
		var sc scanner
		sc.scan(row, n)
		d.linkOf(sc.words)
		after := colon
		colon = strings.HasSuffix(row, ":")
		if at := labelled(sc.words); d.labels && frame && (at > 0 || after) {
			sc.words = sc.words[:at]
		}
		from := len(d.words)
		if len(sc.words) == 0 || from+len(sc.words) > maxSent {
			continue
		}
		for i := range sc.words {
			d.add(&sc.words[i], row, region)
		}
		d.words[from].starts, d.words[len(d.words)-1].ends = true, true
	}
}

// stamp notes that the first line of a paragraph is the time above a message: a
// short one with a number.
func (d *digest) stamp(from, to int) {
	const longest = 6 // words: "Sat 21 Nov 2026 14:30"
	number := false
	for j := from; j < min(to, from+longest); j++ {
		number = number || d.words[j].number
		if !d.words[j].ends {
			continue
		}
		for k := from; number && k <= j; k++ {
			d.words[k].frame = true
		}
		return
	}
}

// labelled is the number of words before the first link of a line.
func labelled(words []word) int {
	for i := range words {
		if words[i].link {
			return i
		}
	}
	return len(words)
}

// linkOf notes the link of a line.
func (d *digest) linkOf(words []word) {
	var ids []int32
	for i := range words {
		if words[i].link {
			ids = append(ids, d.intern(words[i].norm))
		}
	}
	if len(ids) > 0 {
		d.links[key(ids)] = true
	}
}

// frameLines notes where each short line stands, and each that is ours, with and
// without the link at its end, so that it is found alone.
func (d *digest) frameLines(from, to int) {
	const longest = 12 // words
	for start := from; start < to; {
		end, label := start, -1
		for {
			if d.words[end].link && label < 0 {
				label = end
			}
			end++
			if d.words[end-1].ends {
				break
			}
		}
		if end-start <= longest {
			d.line(d.lines, start, end)
			if d.words[start].frame {
				d.line(d.frames, start, end)
			}
			if d.words[start].frame && label > start {
				d.line(d.frames, start, label)
			}
		}
		start = end
	}
}

func (d *digest) line(in map[string][]span, from, to int) {
	ids := make([]int32, 0, to-from)
	for _, w := range d.words[from:to] {
		ids = append(ids, w.id)
	}
	k := key(ids)
	if len(in[k]) < 2*maxPlaces {
		in[k] = append(in[k], span{from, to})
	}
}

// key makes words comparable.
func key(ids []int32) string {
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = append(b, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
	}
	return string(b)
}

func (d *digest) add(w *word, row string, region int) {
	s := sentWord{region: region, id: d.intern(w.norm), link: w.link, single: w.single, number: w.norm[0] >= '0' && w.norm[0] <= '9'}
	if item, ok := d.markOf(w); ok {
		s.id, s.mark = markID(item), true
		if item == region {
			d.markAt[item] = len(d.words)
		}
	}
	s.before, s.after = touching(row, w.from, w.to)
	d.words = append(d.words, s)
}

// intern gives each word of the digest a number.
func (d *digest) intern(norm string) int32 {
	id, ok := d.ids[norm]
	if !ok {
		id = int32(len(d.ids))
		d.ids[norm] = id
	}
	return id
}

// unknown is the number of a word that the digest doesn't have.
const unknown int32 = -1

// markID is the number of an item's mark, however it is spelled.
func markID(item int) int32 { return -2 - int32(item) }

// markOf says whose mark a word is.
func (d *digest) markOf(w *word) (item int, ok bool) {
	if len(w.norm) != markLen || w.link {
		return 0, false
	}
	item, ok = d.marks[foldMark(w.norm)]
	return item, ok && item >= 0
}

const markLen = 6

// foldMark brings a mark into its one spelling: upper case, I and L as 1, O as 0
// (Crockford's base 32). It is "" if it isn't one.
func foldMark(s string) string {
	if len(s) != markLen {
		return ""
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		switch {
		case c == 'I' || c == 'L':
			c = '1'
		case c == 'O':
			c = '0'
		case c == 'U' || !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z'):
			return ""
		}
		b[i] = c
	}
	return string(b)
}

// touching counts the marks of punctuation directly before and after a word.
func touching(row string, from, to int) (before, after int) {
	for from > 0 {
		r, size := utf8.DecodeLastRuneInString(row[:from])
		if !isPunctuation(r) {
			break
		}
		from -= size
		before++
	}
	for to < len(row) {
		r, size := utf8.DecodeRuneInString(row[to:])
		if !isPunctuation(r) {
			break
		}
		to += size
		after++
	}
	return before, after
}

func isPunctuation(r rune) bool {
	return r != utf8.RuneError && !unicode.IsSpace(r) && !isWordRune(r) && !isSymbol(r)
}
