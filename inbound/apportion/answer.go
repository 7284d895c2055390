package apportion

// state is what a word of the answer turned out to be.
type state uint8

const (
	fresh   state = iota // newly written, as nothing says otherwise
	quoted               // of the digest
	dropped              // of a mail program, or of an older mail
)

// answer is a mail laid along the digest.
type answer struct {
	d     *digest
	lines []line
	words []word
	ids   []int32
	state []state
	at    []int32 // of quoted words, their place in the digest
	own   []bool  // words that are certainly the writer's
	echo  []bool  // words that stand in the digest together, wherever
	base  int     // how deep the digest is quoted in the answer
	score int32   // of the best path
	// told says that what was typed is less deep than what is quoted.
	told bool
	// nested says that the digest is quoted in a mail that is quoted itself.
	nested bool
	end    int // words from here on are of older mails
}

func newAnswer(lines []line, d *digest) *answer {
	a := &answer{d: d, lines: lines}
	var sc scanner
	for i := range lines {
		l := &a.lines[i]
		if l.first = len(sc.words); l.first < MaxWords {
			sc.scan(l.text, i)
		}
		l.last, l.lead = len(sc.words), sc.lead
	}
	a.words = sc.words[:min(len(sc.words), MaxWords)]
	for i := range lines {
		l := &a.lines[i]
		l.first, l.last = min(l.first, len(a.words)), min(l.last, len(a.words))
	}
	n := len(a.words)
	a.ids, a.state, a.at, a.own, a.echo, a.end = make([]int32, n), make([]state, n), make([]int32, n), make([]bool, n), make([]bool, n), n
	for i := range a.words {
		a.ids[i] = unknown
		if item, ok := d.markOf(&a.words[i]); ok {
			a.ids[i] = markID(item)
		} else if id, ok := d.ids[a.words[i].norm]; ok {
			a.ids[i] = id
		}
	}
	a.depths()
	return a
}

// gram returns the places of the digest with the words that begin at i.
func (a *answer) gram(i int) []int32 {
	if i+gram > len(a.ids) || a.ids[i] == unknown || a.ids[i+1] == unknown || a.ids[i+2] == unknown {
		return nil
	}
	return a.d.places[[gram]int32{a.ids[i], a.ids[i+1], a.ids[i+2]}]
}

// depths finds how deep the digest is quoted: where most of its words are. Words
// that are less deep can't be of that quote. What is between is of a mail that
// quoted the digest, and was answered in turn.
func (a *answer) depths() {
	var found [maxDepth + 1]int
	for i := range a.words {
		if a.gram(i) != nil {
			found[a.depth(i)]++
			a.echo[i], a.echo[i+1], a.echo[i+2] = true, true, true
		}
	}
	for depth, n := range found {
		if n > found[a.base] {
			a.base = depth
		}
	}
	for i := range a.words {
		l := &a.lines[a.words[i].line]
		if l.introduces || l.signs || l.depth > 0 && l.depth < a.base {
			a.state[i] = dropped
		}
	}
}

func (a *answer) depth(i int) int { return a.lines[a.words[i].line].depth }

// starts and ends report whether a word is the first or the last of its line.
func (a *answer) starts(i int) bool { return a.lines[a.words[i].line].first == i }
func (a *answer) ends(i int) bool   { return a.lines[a.words[i].line].last == i+1 }

// region is the item that a quoted word is of; -1 for the head.
func (a *answer) region(i int) int { return a.d.words[a.at[i]].region }

// isMark reports whether a word is the mark of an item.
func (a *answer) isMark(i int) bool { return a.ids[i] < unknown }

// bareLinks counts the links of the digest that stand in the answer as in plain
// text, without a label that hides them.
func (a *answer) bareLinks() int32 {
	var n int32
	var ids []int32
	for i := range a.words {
		if !a.words[i].link {
			continue
		}
		ids = append(ids, a.ids[i])
		if next := i + 1; next == len(a.words) || !a.words[next].link || a.words[next].from != a.words[i].from || a.words[next].line != a.words[i].line {
			if a.d.links[key(ids)] {
				n++
			}
			ids = ids[:0]
		}
	}
	return n
}
