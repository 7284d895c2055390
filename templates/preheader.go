package templates

import (
	"strings"

	"github.com/rivo/uniseg"
)

// preheaderGraphemes is how much of a message a list of mails shows beside the
// subject.
const preheaderGraphemes = 90

// preheader is the beginning of a message in one line. It ends between words, and
// without dots: a client that shows it in a quote then shows nothing but words
// that stand in the letter, so that a reply can still be compared with it.
func preheader(text string) string {
	const enough = 2 * preheaderGraphemes
	if len(text) > enough && ascii(text[:enough]) {
		// The usual case: the beginning decides, so the rest isn't looked at.
		if line := cleanLine(text[:enough]); len(line) > preheaderGraphemes+1 {
			return beginning(line)
		}
	}
	return beginning(cleanLine(text))
}

// beginning is what a preheader shows of a clean line.
func beginning(line string) string {
	if len(line) <= preheaderGraphemes {
		return line
	}
	end, space, state := 0, 0, -1
	rest := line
	for range preheaderGraphemes {
		if rest == "" {
			return line
		}
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if cluster == " " {
			space = end
		}
		end += len(cluster)
	}
	if space > 0 && !strings.HasPrefix(rest, " ") {
		end = space
	}
	return line[:end]
}

// preheader writes hidden text above everything: what a list of mails shows
// beside the subject. No invisible filler follows it, since filler comes back in
// every quote.
func (m *markup) preheader(text string) {
	if text == "" {
		return
	}
	m.raw(m.s.preheader)
	m.text(text)
	m.raw("</div>\n")
}
