package message

import (
	"slices"
	"strconv"
	"strings"
)

// parseValue reads a field such as Content-Type or Content-Disposition: the
// value before the first semicolon in lower case, and the parameters by name in
// lower case, decoded by RFC 2231 and, QUIRK, by RFC 2047 too, which most
// mailers write there though its section 5 forbids it.
func (p *parser) parseValue(raw string) (value string, params map[string]string) {
	value, rest, _ := strings.Cut(raw, ";")
	if i := strings.IndexAny(value, "( \t"); i > 0 {
		// A comment, or a semicolon forgotten: "text/plain charset=utf-8".
		if v := strings.TrimSpace(value[:i]); strings.Contains(value[i:], "=") {
			rest = value[i:] + ";" + rest
			value = v
		} else {
			value = v
		}
	}
	value = strings.ToLower(strings.TrimSpace(value))
	params = make(map[string]string)
	segments := make(map[string][]segment)
	count := 0
	for len(rest) > 0 {
		var name, val string
		name, val, rest = nextParam(rest)
		if name == "" {
			continue
		}
		if count++; count > p.lim.Params {
			p.defects.add(LimitParams, value)
			break
		}
		base, index, encoded, split := splitParamName(name)
		if split {
			segments[base] = append(segments[base], segment{index, encoded, val})
			continue
		}
		if _, dup := params[name]; !dup {
			params[name] = decodeHeader(val)
		}
	}
	for name, list := range segments {
		params[name] = p.joinSegments(list)
	}
	return value, params
}

// segment is one piece of a parameter value continued as RFC 2231 3 has it.
type segment struct {
	index   int
	encoded bool
	text    string
}

// splitParamName reads "name*", "name*0" and "name*0*".
func splitParamName(name string) (base string, index int, encoded, split bool) {
	base, tail, split := strings.Cut(name, "*")
	if !split || base == "" {
		return name, 0, false, false
	}
	if tail == "" {
		return base, 0, true, true
	}
	tail, encoded = strings.CutSuffix(tail, "*")
	n, err := strconv.Atoi(tail)
	if err != nil || n < 0 {
		return name, 0, false, false
	}
	return base, n, encoded, true
}

func (p *parser) joinSegments(list []segment) string {
	slices.SortStableFunc(list, func(a, b segment) int { return a.index - b.index })
	charset := ""
	var b []byte
	anyEncoded := false
	for i, s := range list {
		text := s.text
		if s.encoded {
			anyEncoded = true
			if i == 0 {
				if cs, rest, ok := strings.Cut(text, "'"); ok {
					if _, value, ok := strings.Cut(rest, "'"); ok {
						charset, text = cs, value
					}
				}
			}
			text = unpercent(text)
		}
		b = append(b, text...)
	}
	if !anyEncoded {
		return decodeHeader(string(b))
	}
	text, kind := decodeCharset(b, charset)
	if kind != "" {
		p.defects.add(kind, charset)
	}
	return cleanHeader(text)
}

func unpercent(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// nextParam cuts the first parameter off s. An unquoted value reaches to the
// next semicolon, QUIRK: spaces included, as in "name=price list.pdf".
func nextParam(s string) (name, value, rest string) {
	s = strings.TrimLeft(s, " \t;")
	end := strings.IndexAny(s, "=;")
	if end < 0 {
		return "", "", ""
	}
	if s[end] == ';' {
		return "", "", s[end+1:]
	}
	name = strings.ToLower(strings.TrimSpace(s[:end]))
	s = strings.TrimLeft(s[end+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		if text, next := quotedParam(s); next >= 0 {
			return name, text, s[next:]
		}
		s = s[1:]
	}
	value, rest, _ = strings.Cut(s, ";")
	return name, strings.TrimSpace(value), rest
}

// quotedParam is quoted for parameters. QUIRK: a backslash escapes only a quote
// or a backslash, since Windows paths are written unescaped.
func quotedParam(s string) (text string, next int) {
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
