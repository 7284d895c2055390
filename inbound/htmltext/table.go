package htmltext

import (
	"bytes"
	"math/bits"
	"strings"
)

// row is a row of a table.
type row struct {
	first   int    // line
	cells   int    // begun
	filled  uint64 // which of them have one line
	several bool   // one of them has more
	from    int    // the first line of the cell
	gap     bool   // an empty line was due before the cell
}

// longestRow is the number of bytes up to which the cells of a row become one
// line. Tables that stand in each other join theirs again.
const longestRow = 1000

// tabular reports whether a table shows its cells as such: Excel, Google Sheets
// and Word write it so. Most tables in mails only arrange things.
func tabular(a *attributes) bool {
	if a.border != "" && a.border != "0" {
		return true
	}
	return strings.Contains(a.class, "MsoTableGrid")
}

// innermostRow returns the row that a cell just begun or ended stands in.
func (r *renderer) innermostRow() *row {
	if at := r.last[tagTr]; at > r.last[tagTable] || at >= 0 && r.last[tagTable] < 0 {
		return &r.rows[len(r.rows)-1]
	}
	return nil
}

func (r *renderer) beginCell(t tag) {
	if at := r.last[tagTable]; t == tagTh && at >= 0 {
		r.open[at].tabular = true
	}
	w := r.innermostRow()
	if w == nil {
		return
	}
	if w.cells > 0 {
		r.gap = false // cells stand beside each other
	}
	w.cells++
	w.from, w.gap = len(r.out), r.gap
}

// atCellStart reports whether nothing has been written in the innermost cell.
func (r *renderer) atCellStart() bool {
	w := r.innermostRow()
	return w != nil && w.cells > 0 && w.from == len(r.out) && r.outer > r.last[tagTr]
}

func (r *renderer) endCell() {
	w := r.innermostRow()
	if w == nil {
		return
	}
	if w.cells == 1 && w.from < len(r.out) && r.ends[w.from] == r.begins(w.from) {
		w.first++ // the empty line above the row
		w.from++
	}
	n := len(r.out) - w.from
	switch {
	case n > 1, n == 1 && w.cells > 64:
		w.several = true
		return
	case n == 1:
		w.filled |= 1 << (w.cells - 1)
	}
	r.gap = n == 0 && w.gap
}

// endRow makes one line of the cells, if each has one.
func (r *renderer) endRow(w *row) {
	between := " "
	if at := r.last[tagTable]; at >= 0 && r.open[at].tabular {
		between = " | "
	}
	n := len(r.out) - w.first
	switch {
	case w.several || bits.OnesCount64(w.filled) != n: // or text stands outside of cells
		return
	case n == 0, n == 1 && (between == " " || w.filled == 1):
		return
	}
	from := r.begins(w.first)
	if len(r.text)-from > longestRow {
		return
	}
	for i := w.first + 1; i < len(r.out); i++ {
		if r.out[i].Mark != "" || r.out[i].Depth != r.out[w.first].Depth {
			return
		}
	}
	var buf [longestRow]byte
	cells := append(buf[:0], r.text[from:]...)
	r.text = r.text[:from]
	i, begin := w.first, 0
	for cell := 0; i < len(r.out); cell++ {
		if cell > 0 {
			r.separate(from, between)
		}
		if w.filled>>cell&1 == 0 {
			continue
		}
		end := r.ends[i] - from
		r.text = append(r.text, cells[begin:end]...)
		begin = end
		r.out[w.first].Attribution = r.out[w.first].Attribution || r.out[i].Attribution
		r.out[w.first].Signature = r.out[w.first].Signature && r.out[i].Signature
		i++
	}
	r.out, r.ends = r.out[:w.first+1], r.ends[:w.first+1]
	r.ends[w.first] = len(r.text)
	r.line.reset(len(r.text))
}

// separate writes what stands between two cells: a space behind a label, such as
// those of header fields, and where one is empty.
func (r *renderer) separate(from int, between string) {
	text := r.text[from:]
	empty := len(text) == 0 || text[len(text)-1] == ' '
	switch {
	case between == " " && empty:
		between = ""
	case empty:
		between = "| "
	case bytes.HasSuffix(text, []byte(":")), bytes.HasSuffix(text, []byte(":**")):
		between = " "
	}
	r.text = append(r.text, between...)
}
