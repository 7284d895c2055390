package reply

import (
	"math"
	"strings"
)

// candidate is a stretch of lines that may not be newly written.
type candidate struct {
	kind CutKind
	// from and to are the lines of the mark itself: [from, to).
	from, to   int
	confidence float64
	evidence   string
	folded     bool
	// forwarded says that the mark announces a forwarded mail.
	forwarded bool
}

// maybe is the confidence below which a candidate isn't even folded.
const maybe = 0.55

// combine is the probability that at least one of several pieces of evidence is
// right, taken as independent. They aren't quite; but it is monotonic, and easy
// to follow. It is never certain.
func combine(weights ...float64) float64 {
	wrong := 1.0
	for _, w := range weights {
		wrong *= 1 - w
	}
	return min(0.99, math.Round((1-wrong)*1000)/1000)
}

// weighed gathers pieces of evidence with their names.
type weighed struct {
	weights []float64
	names   []string
}

// add notes one piece of evidence if it is there.
func (w *weighed) add(there bool, weight float64, name string) {
	if there {
		w.weights = append(w.weights, weight)
		w.names = append(w.names, name)
	}
}

func (w *weighed) confidence() float64 { return combine(w.weights...) }

// of says what spoke for a line.
func (w *weighed) of(s string) string { return shorten(s) + ": " + strings.Join(w.names, ", ") }
