package htmltext

import "strings"

// hidden is what the declarations read so far say of being seen.
type hidden struct {
	none, shown, inline, insists              bool // display
	clear                                     bool // opacity: 0
	noHeight, noMaxHeight, minHeight, clipped bool
}

// read reads a declaration that bears on being seen; other properties are nothing
// to it.
func (h *hidden) read(name, v []byte, important bool, c *change) {
	switch string(name) {
	case "display":
		h.display(v, important)
	case "visibility":
		if w := string(v); w == "visible" {
			c.off(invisible)
		} else if w == "hidden" || w == "collapse" {
			c.on(invisible)
		}
	case "opacity":
		if n, ok := number(v); ok {
			h.clear = n == 0
		}
	case "max-height":
		n, ok := number(v)
		h.noMaxHeight = ok && n == 0
	case "height":
		n, ok := number(v)
		h.noHeight = ok && n == 0
	case "min-height":
		n, ok := number(v)
		h.minHeight = ok && n > 0
	case "overflow", "overflow-y":
		h.clipped = string(v) == "hidden" || string(v) == "clip"
	}
}

// apply says what the declarations come to.
func (h *hidden) apply(c *change, d *declarations) {
	if h.none || h.clear {
		c.on(unseen)
	}
	d.shown, d.boxed = h.shown, h.shown && !h.inline
	d.collapsed = (h.noHeight || h.noMaxHeight) && h.clipped && !h.minHeight
}

// display reads a value of display; one that isn't known counts as not written.
func (h *hidden) display(v []byte, important bool) {
	if h.insists && !important {
		return
	}
	switch {
	case string(v) == "none":
		h.none, h.shown = true, false
	case hasPrefix(v, "block"), hasPrefix(v, "inline"), hasPrefix(v, "table"), hasPrefix(v, "flex"), hasPrefix(v, "grid"), hasPrefix(v, "flow"), hasPrefix(v, "list-item"), string(v) == "contents", string(v) == "initial":
		h.none, h.shown, h.inline = false, true, string(v) == "inline" || hasPrefix(v, "table") || string(v) == "contents" || string(v) == "initial"
	default:
		return
	}
	h.insists = important
}

// font reads the size in the shorthand, which is the first length in it; without
// one it names a font of the system, of a size that can be read.
func font(value string, c *change) {
	var buf [32]byte
	for part := range strings.FieldsSeq(value[:min(len(value), 200)]) {
		size, _, _ := strings.Cut(part, "/")
		v := compact(buf[:0], size)
		n, ok := number(v)
		switch w := string(v); {
		case ok && (n == 0 || v[len(v)-1] == '%' || isLetter(v[len(v)-1])): // 700 is a weight
			fontSize(v, c)
			return
		case w == "inherit", w == "unset", w == "larger", w == "smaller":
			return
		}
	}
	c.off(tiny)
}

// fontSize knows text that can't be read: a size of at most one pixel, as
// preheaders have. Sizes relative to such a size leave it at that.
func fontSize(v []byte, c *change) {
	n, ok := number(v)
	switch {
	case ok && n == 0:
		c.on(tiny)
	case ok && n <= 1 && (contains(v, "px") || contains(v, "pt")):
		c.on(tiny)
	case ok && (contains(v, "%") || contains(v, "em") && !contains(v, "rem")):
	case string(v) == "inherit", string(v) == "larger", string(v) == "smaller":
	default:
		c.off(tiny)
	}
}

// hasHeight reports whether a height bounds what an element shows: not in a line,
// nor in a table, which grows with what is in it.
func hasHeight(t tag) bool {
	return t.is(block) && !t.is(scope) && t != tagTr && t != tagRows
}
