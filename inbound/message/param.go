package message

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseValue reads a field such as Content-Type or Content-Disposition: the
// value before the first semicolon in lower case, and the parameters by name in
// lower case, decoded by RFC 2231 and, QUIRK, by RFC 2047 too, which most
// mailers write there though its section 5 forbids it.
func (p *parser) parseValue(raw, charset string) (value string, params map[string]string) {
	value, rest, _ := strings.Cut(raw, ";")
	if i := strings.IndexAny(value, "( \t,"); i >= 0 {
		tail := withoutComments(value[i:])
		if i == 0 {
			// A comment before the value.
			tail = strings.TrimLeft(tail, " \t")
			if i = strings.IndexAny(tail, " \t,"); i < 0 {
				i = len(tail)
			}
			value, tail = tail[:i], tail[i:]
		} else {
			value = value[:i]
		}
		if strings.Contains(tail, "=") {
			// QUIRK: a semicolon forgotten: "text/plain charset=utf-8".
			rest = strings.TrimLeft(tail, " \t,") + ";" + rest
		}
	}
	value = strings.ToLower(strings.Trim(value, " \t\"'"))
	var segments []segment
	count := 0
	for len(rest) > 0 {
		var name, val string
		name, val, rest = nextParam(rest)
		if count++; count > p.lim.Params {
			p.defects.add(LimitParams, value)
			break
		}
		if name == "" {
			continue
		}
		if strings.IndexByte(name, '*') > 0 {
			if s, ok := splitParamName(name); ok {
				s.text = val
				segments = append(segments, s)
				continue
			}
		}
		if params == nil {
			params = make(map[string]string)
		}
		if _, dup := params[name]; !dup {
			val = decodeHeader(val, charset)
			if name == "filename" || name == "name" {
				val = percentName(val)
			}
			params[name] = val
		}
	}
	if len(segments) > 0 {
		if params == nil {
			params = make(map[string]string)
		}
		p.join(params, segments)
	}
	return value, params
}

// segment is one piece of a parameter value continued as RFC 2231 3 has it.
type segment struct {
	name    string
	index   int
	encoded bool
	text    string
}

// splitParamName reads "name*", "name*0" and "name*0*".
func splitParamName(name string) (s segment, ok bool) {
	base, tail, _ := strings.Cut(name, "*")
	if tail == "" {
		return segment{name: base, encoded: true}, true
	}
	tail, encoded := strings.CutSuffix(tail, "*")
	n, err := strconv.Atoi(tail)
	if err != nil || n < 0 {
		return segment{}, false
	}
	return segment{name: base, index: n, encoded: encoded}, true
}

// join puts continued values into params, where they stand before a plain
// parameter of the same name: that is written for readers of old. QUIRK:
// segments may come in any order, the first of a number counts, and whichever
// comes first names the charset, as the one numbered 0 may be missing.
func (p *parser) join(params map[string]string, all []segment) {
	slices.SortStableFunc(all, func(a, b segment) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return a.index - b.index
	})
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].name == all[0].name {
			n++
		}
		params[all[0].name] = p.joined(all[:n])
		all = all[n:]
	}
}

func (p *parser) joined(list []segment) string {
	charset := ""
	var b []byte
	anyEncoded := false
	for i, s := range list {
		if i > 0 && s.index == list[i-1].index {
			continue
		}
		text := s.text
		if s.encoded {
			if !anyEncoded {
				if cs, value, ok := extended(text); ok {
					charset, text = cs, value
				}
			}
			anyEncoded = true
			text = unpercent(text)
		}
		b = append(b, text...)
	}
	if !anyEncoded {
		return decodeHeader(string(b), "")
	}
	text, kind := decodeCharset(b, charset)
	if kind != "" {
		p.defects.add(kind, charset)
	}
	if strings.Contains(text, "=?") {
		return decodeHeader(text, "") // QUIRK: both at once
	}
	return cleanHeader(text)
}

// extended cuts "charset'language'" off a value (RFC 2231 4).
func extended(s string) (charset, value string, ok bool) {
	charset, rest, ok := strings.Cut(s, "'")
	if !ok || len(charset) > 64 {
		return "", s, false
	}
	_, value, ok = strings.Cut(rest, "'")
	return charset, value, ok
}

func unpercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c, ok := escape(s[i:]); ok && s[i] == '%' {
			b = append(b, c)
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// percentName undoes percent-encoding in a plain file name. QUIRK: web mailers
// write filename="p%C3%A5.pdf", and some forget the star of RFC 2231. A name
// that merely has a percent sign stays as it is.
func percentName(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	rest := s
	if cs, value, ok := extended(s); ok && known(cs) {
		rest = value
	}
	out := unpercent(rest)
	if !utf8.ValidString(out) || strings.Contains(out, "%") {
		return s
	}
	if ascii(out) && rest == s && (strings.Contains(rest, " ") || !strings.Contains(out, " ")) {
		return s
	}
	return cleanHeader(out)
}

// nextParam cuts the first parameter off s. An unquoted value reaches to the
// next semicolon, QUIRK: spaces included, as in "name=price list.pdf", unless
// what follows is another parameter.
func nextParam(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, " \t;")
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return "", "", ""
	}
	if s[end] == ';' {
		return "", "", s[end+1:]
	}
	name = strings.ToLower(strings.Trim(s[:end], " \t\"',"))
	if i := strings.LastIndexAny(name, " \t)"); i >= 0 {
		name = name[i+1:] // a comment before the name, or stray words
	}
	s = strings.TrimLeft(s[end+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		if text, next := quotedParam(s); next >= 0 {
			return name, text, s[next:]
		}
		s = s[1:]
	}
	value, rest, _ = strings.Cut(s, ";")
	value = strings.TrimSpace(value)
	if len(value) > 1 && value[0] == '\'' && value[len(value)-1] == '\'' {
		value = value[1 : len(value)-1]
	}
	if i := strings.IndexAny(value, " \t"); i > 0 && nextIsParam(value[i:]) {
		rest = value[i:] + ";" + rest
		value = strings.TrimRight(value[:i], ",")
	}
	if name != "filename" && name != "name" && strings.Contains(value, "(") {
		value = strings.TrimSpace(withoutComments(value))
	}
	return name, value, rest
}

// nextIsParam reports whether a known parameter stands in s, which no semicolon
// parts from the one before.
func nextIsParam(s string) bool {
	s = strings.TrimLeft(s, " \t")
	for _, name := range [...]string{"boundary", "charset", "name", "filename", "format", "type", "delsp"} {
		if len(s) > len(name) && strings.EqualFold(s[:len(name)], name) && strings.HasPrefix(strings.TrimLeft(s[len(name):], " *0"), "=") {
			return true
		}
	}
	return false
}

// quotedParam is quoted for parameters. QUIRK: a backslash escapes only a quote
// or a backslash, since Windows paths are written unescaped.
func quotedParam(s string) (text string, next int) {
	if i := strings.IndexAny(s[1:], `"\`); i >= 0 && s[1+i] == '"' {
		return s[1 : 1+i], i + 2
	}
	var b strings.Builder
	for j := 1; j < len(s); j++ {
		switch {
		case s[j] == '"':
			return b.String(), j + 1
		case s[j] == '\\' && j+1 < len(s) && (s[j+1] == '"' || s[j+1] == '\\'):
			j++
			b.WriteByte(s[j])
		default:
			b.WriteByte(s[j])
		}
	}
	return "", -1
}

// baseName returns the last element of a file name that a stranger chose, with
// no path, no leading dots and at most 200 bytes of it; "" if nothing is left.
func baseName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimLeft(strings.TrimSpace(s), ".")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}
