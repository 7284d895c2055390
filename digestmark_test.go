package tradepost

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMark(t *testing.T) {
	older := TokenKey{ID: 2, Secret: bytes.Repeat([]byte{9}, 32)}
	newer := TokenKey{ID: 3, Secret: bytes.Repeat([]byte{11}, 32)}
	before, after := newTokens(t, older), newTokens(t, newer, older)
	id := rapid.Int64Range(1, maxID)
	rapid.Check(t, func(t *rapid.T) {
		digest, conversation := id.Draw(t, "digest"), id.Draw(t, "conversation")
		mark := before.Mark(digest, conversation)
		if len(mark) != 6 || strings.Trim(mark, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Fatalf("mark %q", mark)
		}
		if again := before.Mark(digest, conversation); again != mark {
			t.Fatalf("%q, then %q", mark, again)
		}
		marks := after.Marks(digest, conversation)
		if len(marks) != 2 || marks[0] != after.Mark(digest, conversation) || marks[1] != mark {
			t.Fatalf("after the keys changed %q, before %q", marks, mark)
		}
	})
}

// TestMarksDiffer counts how many of many digests have two items with one mark.
// Of 4,000 with 12 items 0.00025 are expected: two would be a fault.
func TestMarksDiffer(t *testing.T) {
	tokens := newTokens(t)
	twice := 0
	neighbours := make(map[string]int64)
	for digest := int64(1); digest <= 4_000; digest++ {
		seen := make(map[string]bool)
		for conversation := int64(1); conversation <= 12; conversation++ {
			mark := tokens.Mark(digest, conversation)
			if seen[mark] {
				twice++
			}
			seen[mark] = true
		}
		mark := tokens.Mark(digest, 1)
		if other, ok := neighbours[mark]; ok {
			t.Logf("digests %d and %d have one mark for a conversation: %s", other, digest, mark)
		}
		neighbours[mark] = digest
	}
	if twice > 1 {
		t.Errorf("%d of 4,000 digests have two items with one mark", twice)
	}
	if len(neighbours) < 3_990 {
		t.Errorf("one conversation has %d marks in 4,000 digests", len(neighbours))
	}
	if tokens.Mark(1, 2) == tokens.Mark(2, 1) {
		t.Error("digest and conversation can be exchanged")
	}
}
