package doctor

import (
	"fmt"
	"strings"
)

// tags are those of a DKIM key (RFC 6376 3.2) or a DMARC policy (RFC 7489 6.4), in
// their order.
type tags []tag

type tag struct{ name, value string }

// readTags reads "a=b; c=d". It errs at what isn't a list of tags, names the
// trouble and what was read stays usable.
func readTags(txt string) (list tags, err error) {
	fields := strings.Split(txt, ";")
	if last := len(fields) - 1; strings.TrimSpace(fields[last]) == "" {
		fields = fields[:last]
	}
	for _, field := range fields {
		name, value, ok := strings.Cut(field, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case strings.Contains(field, `\`) || strings.HasSuffix(value, `"`) || strings.HasPrefix(name, `"`):
			err = fmt.Errorf("%s has quotes or backslashes in it, which belong to a zone file and not to the text", quoted(field))
		case !ok || name == "":
			err = fmt.Errorf("%s is not of the form name=value", quoted(field))
		case list.has(name):
			err = fmt.Errorf("%s= stands twice", quoted(name))
		default:
			list = append(list, tag{name, value})
		}
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

func (l tags) get(name string) (value string, ok bool) {
	for _, t := range l {
		if t.name == name {
			return t.value, true
		}
	}
	return "", false
}

func (l tags) has(name string) bool { _, ok := l.get(name); return ok }

// or is the value of a tag, or what stands for its absence.
func (l tags) or(name, absent string) string {
	if v, ok := l.get(name); ok {
		return v
	}
	return absent
}

// with returns the list as text, with a tag set; a new one stands at the end.
func (l tags) with(name, value string) string {
	var parts []string
	for _, t := range l {
		if t.name == name {
			t.value = value
		}
		parts = append(parts, t.name+"="+t.value)
	}
	if !l.has(name) {
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, "; ")
}
