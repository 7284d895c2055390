package message

import "strings"

// plainEnriched renders text/enriched (RFC 1896) and text/richtext (RFC 1341) as
// plain text: commands go, with the parameters that stand in <param>, and "<<"
// is a "<". In enriched text one line end is a space and n stand for n-1; in
// richtext only <nl> and <paragraph> break lines.
func plainEnriched(s string, richtext bool) string {
	var out strings.Builder
	out.Grow(len(s))
	hidden := 0 // depth of <param> and <comment>
	noFill := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '<' && !richtext && strings.HasPrefix(s[i:], "<<"):
			if hidden == 0 {
				out.WriteByte('<')
			}
			i += 2
		case c == '<':
			// No command is longer than 60 characters (RFC 1896).
			end := strings.IndexByte(s[i:min(len(s), i+64)], '>')
			if end < 0 {
				out.WriteByte(c)
				i++
				continue
			}
			command := strings.ToLower(s[i+1 : i+end])
			i += end + 1
			switch command {
			case "param", "comment":
				hidden++
			case "/param", "/comment":
				hidden = max(hidden-1, 0)
			case "nofill":
				noFill++
			case "/nofill":
				noFill = max(noFill-1, 0)
			case "nl", "/paragraph", "np":
				out.WriteByte('\n')
			case "lt":
				out.WriteByte('<')
			}
		case c == '\n':
			n := 1
			for i+n < len(s) && s[i+n] == '\n' {
				n++
			}
			i += n
			switch {
			case hidden > 0:
			case noFill > 0:
				out.WriteString(strings.Repeat("\n", n))
			case richtext || n == 1:
				if i < len(s) {
					out.WriteByte(' ')
				} else {
					out.WriteByte('\n')
				}
			default:
				out.WriteString(strings.Repeat("\n", n-1))
			}
		default:
			if hidden == 0 {
				out.WriteByte(c)
			}
			i++
		}
	}
	return out.String()
}
