package message

import "strings"

// unflow joins the lines that format=flowed broke (RFC 3676 4): a line that ends
// in a space goes on in the next of the same quote depth. Quoted lines come out
// with their marks and one space before the text.
func unflow(s string, delsp bool) string {
	var out strings.Builder
	out.Grow(len(s))
	open := -1 // quote depth of the paragraph that goes on; -1 if none
	for len(s) > 0 {
		line, rest, found := strings.Cut(s, "\n")
		s = rest
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		text := strings.TrimPrefix(line[depth:], " ") // space-stuffing (4.4)
		signature := text == "-- "                    // never flowed (4.3)
		if open >= 0 && (open != depth || signature) {
			out.WriteByte('\n') // a paragraph cut short by another depth (4.5)
			open = -1
		}
		if open < 0 {
			out.WriteString(line[:depth])
			if depth > 0 && text != "" {
				out.WriteByte(' ')
			}
		}
		if strings.HasSuffix(text, " ") && !signature && found {
			if delsp {
				text = text[:len(text)-1]
			}
			out.WriteString(text)
			open = depth
			continue
		}
		out.WriteString(text)
		if found {
			out.WriteByte('\n')
		}
		open = -1
	}
	return out.String()
}
