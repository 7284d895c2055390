package tradepost

import (
	"unicode"
	"unicode/utf8"
)

// The characters that emoji sequences are made with (Unicode Technical Standard 51).
const (
	zeroWidthJoiner  = '\u200D'
	asText           = '\uFE0E'
	asEmoji          = '\uFE0F'
	keycap           = '\u20E3'
	blackFlag        = '\U0001F3F4'
	regionFirst      = '\U0001F1E6' // regional indicators; two are a flag
	regionLast       = '\U0001F1FF'
	skinToneFirst    = '\U0001F3FB'
	skinToneLast     = '\U0001F3FF'
	tagFirst         = '\U000E0020' // tags, behind a black flag: England's
	tagLast          = '\U000E007E'
	tagEnd           = '\U000E007F'
	emojiRunes       = 16 // the longest in use have ten: a kiss, each with a skin tone
	emojiOctetsBound = emojiRunes * utf8.UTFMax
)

// pictographs are the characters that are emoji by themselves: the blocks that
// Unicode fills with them, so that next year's are among them, and the scattered
// ones of older blocks. The standard library has no table of the Emoji property.
var pictographs = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00A9, Hi: 0x00A9, Stride: 1}, {Lo: 0x00AE, Hi: 0x00AE, Stride: 1},
		{Lo: 0x203C, Hi: 0x203C, Stride: 1}, {Lo: 0x2049, Hi: 0x2049, Stride: 1},
		{Lo: 0x2122, Hi: 0x2122, Stride: 1}, {Lo: 0x2139, Hi: 0x2139, Stride: 1},
		{Lo: 0x2194, Hi: 0x2199, Stride: 1}, {Lo: 0x21A9, Hi: 0x21AA, Stride: 1},
		{Lo: 0x231A, Hi: 0x231B, Stride: 1}, {Lo: 0x2328, Hi: 0x2328, Stride: 1},
		{Lo: 0x23CF, Hi: 0x23CF, Stride: 1}, {Lo: 0x23E9, Hi: 0x23F3, Stride: 1},
		{Lo: 0x23F8, Hi: 0x23FA, Stride: 1}, {Lo: 0x24C2, Hi: 0x24C2, Stride: 1},
		{Lo: 0x25AA, Hi: 0x25AB, Stride: 1}, {Lo: 0x25B6, Hi: 0x25B6, Stride: 1},
		{Lo: 0x25C0, Hi: 0x25C0, Stride: 1}, {Lo: 0x25FB, Hi: 0x25FE, Stride: 1},
		{Lo: 0x2600, Hi: 0x2767, Stride: 1}, // miscellaneous symbols, and dingbats without brackets and digits
		{Lo: 0x2795, Hi: 0x2797, Stride: 1}, {Lo: 0x27A1, Hi: 0x27A1, Stride: 1},
		{Lo: 0x27B0, Hi: 0x27B0, Stride: 1}, {Lo: 0x27BF, Hi: 0x27BF, Stride: 1},
		{Lo: 0x2934, Hi: 0x2935, Stride: 1}, {Lo: 0x2B05, Hi: 0x2B07, Stride: 1},
		{Lo: 0x2B1B, Hi: 0x2B1C, Stride: 1}, {Lo: 0x2B50, Hi: 0x2B50, Stride: 1},
		{Lo: 0x2B55, Hi: 0x2B55, Stride: 1}, {Lo: 0x3030, Hi: 0x3030, Stride: 1},
		{Lo: 0x303D, Hi: 0x303D, Stride: 1}, {Lo: 0x3297, Hi: 0x3297, Stride: 1},
		{Lo: 0x3299, Hi: 0x3299, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1F004, Hi: 0x1F004, Stride: 1}, {Lo: 0x1F0CF, Hi: 0x1F0CF, Stride: 1},
		{Lo: 0x1F170, Hi: 0x1F171, Stride: 1}, {Lo: 0x1F17E, Hi: 0x1F17F, Stride: 1},
		{Lo: 0x1F18E, Hi: 0x1F18E, Stride: 1}, {Lo: 0x1F191, Hi: 0x1F19A, Stride: 1},
		{Lo: 0x1F201, Hi: 0x1F202, Stride: 1}, {Lo: 0x1F21A, Hi: 0x1F21A, Stride: 1},
		{Lo: 0x1F22F, Hi: 0x1F22F, Stride: 1}, {Lo: 0x1F232, Hi: 0x1F23A, Stride: 1},
		{Lo: 0x1F250, Hi: 0x1F251, Stride: 1},
		{Lo: 0x1F300, Hi: 0x1F3FA, Stride: 1}, {Lo: 0x1F400, Hi: 0x1F64F, Stride: 1}, // between them the skin tones
		{Lo: 0x1F680, Hi: 0x1F6FF, Stride: 1}, {Lo: 0x1F7E0, Hi: 0x1F7F0, Stride: 1},
		{Lo: 0x1F900, Hi: 0x1F9FF, Stride: 1}, {Lo: 0x1FA70, Hi: 0x1FAFF, Stride: 1},
	},
	LatinOffset: 2,
}

// isEmoji reports whether s is one emoji, as a person counts: an emoji sequence
// by the grammar of UTS 51 (ED-9 to ED-17), of any combination of people, skin
// tones and flags, whether or not somebody draws it.
func isEmoji(s string) bool {
	if len(s) > emojiOctetsBound {
		return false
	}
	runes := []rune(s)
	if len(runes) == 0 || len(runes) > emojiRunes {
		return false
	}
	for {
		n := emojiElement(runes)
		if n == 0 {
			return false
		}
		if runes = runes[n:]; len(runes) == 0 {
			return true
		}
		if runes[0] != zeroWidthJoiner {
			return false
		}
		runes = runes[1:]
	}
}

// emojiElement returns how many runes the first element of a joined sequence
// has, 0 where there is none.
func emojiElement(r []rune) int {
	at := func(i int) rune {
		if i < len(r) {
			return r[i]
		}
		return 0
	}
	first := at(0)
	switch {
	case first >= '0' && first <= '9' || first == '#' || first == '*':
		switch {
		case at(1) == keycap:
			return 2
		case at(1) == asEmoji && at(2) == keycap:
			return 3
		}
		return 0
	case first >= regionFirst && first <= regionLast:
		if second := at(1); second >= regionFirst && second <= regionLast {
			return 2
		}
		return 0
	case !unicode.Is(pictographs, first):
		return 0
	}
	n := 1
	if first == blackFlag && at(1) >= tagFirst && at(1) <= tagLast {
		for at(n) >= tagFirst && at(n) <= tagLast {
			n++
		}
		if at(n) != tagEnd {
			return 0
		}
		return n + 1
	}
	if at(n) == asEmoji || at(n) == asText {
		n++
	}
	if at(n) >= skinToneFirst && at(n) <= skinToneLast {
		n++
	}
	return n
}
