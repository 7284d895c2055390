package message

import "encoding/binary"

// readProps reads a list of MAPI properties ([MS-OXTNEF] 2.1.3.4) and calls f
// for the first value of each; wide says that it is a string in UTF-16. It ends
// where the list can't be followed.
func readProps(b []byte, f func(id uint16, value []byte, wide bool)) {
	c := propCursor{b: b}
	// No property takes less than 8 bytes, so that the count needs no trust.
	for n := c.number(); n > 0 && !c.end; n-- {
		kind, id := c.half(), c.half()
		if id >= 0x8000 {
			c.skip(16) // a named property: its GUID
			if c.number() == 0 {
				c.skip(4)
			} else {
				c.skip(padded(c.number()))
			}
		}
		many := kind&0x1000 != 0
		kind &^= 0x1000
		values := uint32(1)
		variable := kind == 0x1e || kind == 0x1f || kind == 0x0d || kind == 0x102
		if many || variable {
			values = c.number()
		}
		for i := uint32(0); i < values && !c.end; i++ {
			var value []byte
			switch kind {
			case 0x1e, 0x1f, 0x0d, 0x102:
				size := c.number()
				value = c.take(size)
				c.skip(padded(size) - size)
			case 0x05, 0x06, 0x07, 0x14, 0x40:
				value = c.take(8)
			case 0x48:
				value = c.take(16)
			default:
				value = c.take(4)
			}
			if i == 0 && !c.end {
				f(id, value, kind == 0x1f)
			}
		}
	}
}

// padded rounds up to the four bytes that values are aligned to.
func padded(n uint32) uint32 { return n + (4-n%4)%4 }

// propCursor reads numbers in little-endian; behind the end all is zero.
type propCursor struct {
	b   []byte
	end bool
}

func (c *propCursor) take(n uint32) []byte {
	if uint64(n) > uint64(len(c.b)) {
		c.end = true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *propCursor) skip(n uint32) { c.take(n) }

func (c *propCursor) number() uint32 {
	if v := c.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (c *propCursor) half() uint16 {
	if v := c.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}
