package templates

import (
	"strings"
	"testing"
)

// TestDigestParts holds what a reply is compared with to what was sent.
func TestDigestParts(t *testing.T) {
	l := letters(t)
	for _, n := range []int{1, 3, 12, 30} {
		d := digestOf(n)
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		all := r.Head
		for _, p := range r.Parts {
			all += p.Text
			last := strings.TrimRight(p.Text, "\n")
			if !strings.HasSuffix(last, "["+p.Mark+"]") {
				t.Errorf("%d items: the last paragraph of an item isn't its mark: %q", n, p.Text)
			}
			if got := strings.Count(r.HTML, "write under this line. ["+p.Mark+"]</p>\n</td></tr>"); got == 0 {
				t.Errorf("%d items: the HTML doesn't end an item with its mark %s", n, p.Mark)
			}
		}
		if all+r.Foot != r.Text {
			t.Errorf("%d items: head, parts and foot aren't the text", n)
		}
		if len(r.Parts)+r.MoreConversations != n {
			t.Errorf("%d items: %d parts and %d more", n, len(r.Parts), r.MoreConversations)
		}
	}
}

func TestDigestWithoutMarks(t *testing.T) {
	l := letters(t)
	only := digestOf(1)
	only.ReplyGoesToItem = true
	malformed := digestOf(2)
	for i, mark := range []string{"k7qf3m", "K7QF3MX"} {
		malformed.Items[i].Mark = mark
	}
	for _, d := range []Digest{only, malformed} {
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(r.Text, "write under this line") || strings.Contains(r.HTML, "write under this line") || strings.Contains(r.Text, "Write under each") {
			t.Errorf("a digest without marks says where to write:\n%s", r.Text)
		}
		for _, p := range r.Parts {
			if p.Mark != "" {
				t.Errorf("a part has the mark %q", p.Mark)
			}
		}
	}
}
