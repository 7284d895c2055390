package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
)

// Bounds on what a body can make the server remember.
const (
	maxFaults   = 50
	maxElements = tradepost.MaxAttachments + 1 // of a list; the validator refuses that many
)

// malformed is a body that is not JSON (RFC 8259), of which no field can be blamed.
type malformed struct{ reason string }

func (m malformed) Error() string { return m.reason }

// decodeJSON reads raw into the struct that dst points to, whose fields may be
// string, bool, int64, struct, and pointers to and slices of these.
// encoding/json alone forgives too much for a contract: it ignores unknown and
// repeated names, matches names without regard to case, takes null for anything,
// and puts U+FFFD in place of what is no text. Here each of these is a fault with its place. err is a
// malformed for what is not JSON at all.
func decodeJSON(raw []byte, dst any) (faults tradepost.Invalid, err error) {
	if !utf8.Valid(raw) {
		return nil, malformed{"is not UTF-8, which RFC 8259 section 8.1 asks for"}
	}
	// One pass over the syntax first; the walk below then meets well-formed
	// tokens only.
	if !json.Valid(raw) {
		var whole json.RawMessage
		var syntax *json.SyntaxError
		if err := json.Unmarshal(raw, &whole); errors.As(err, &syntax) {
			return nil, malformed{fmt.Sprintf("is not JSON: %v (at byte %d)", syntax, syntax.Offset)}
		}
		return nil, malformed{"is not JSON"}
	}
	d := &decoder{raw: raw, json: json.NewDecoder(bytes.NewReader(raw))}
	d.json.UseNumber()
	if err := d.value(reflect.ValueOf(dst).Elem(), ""); err != nil {
		return nil, malformed{"is not JSON"}
	}
	return d.faults, nil
}

type decoder struct {
	raw    []byte
	json   *json.Decoder
	faults tradepost.Invalid
}

func (d *decoder) fault(path, problem string) {
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, tradepost.Fault{Field: path, Problem: problem})
	}
}

// value reads one value into dst. It recurses as deep as the types of dst go,
// never as deep as the input does.
func (d *decoder) value(dst reflect.Value, path string) error {
	before := d.json.InputOffset()
	token, err := d.json.Token()
	if err != nil {
		return err
	}
	if dst.Kind() == reflect.Pointer {
		dst.Set(reflect.New(dst.Type().Elem()))
		dst = dst.Elem()
	}
	switch dst.Kind() {
	case reflect.Struct:
		if token == json.Delim('{') {
			return d.object(dst, path)
		}
		d.fault(path, "must be an object, not "+nameOf(token))
	case reflect.Slice:
		if token == json.Delim('[') {
			return d.list(dst, path)
		}
		d.fault(path, "must be a list, not "+nameOf(token))
	case reflect.Int64:
		if n, ok := token.(json.Number); ok {
			whole, err := strconv.ParseInt(n.String(), 10, 64)
			if err != nil {
				d.fault(path, "must be a whole number without a fraction or an exponent, of 64 bits at most")
			}
			dst.SetInt(whole)
			return nil
		}
		d.fault(path, "must be a number, not "+nameOf(token))
	case reflect.Bool:
		if b, ok := token.(bool); ok {
			dst.SetBool(b)
			return nil
		}
		d.fault(path, "must be true or false, not "+nameOf(token))
	default:
		s, ok := token.(string)
		switch {
		case !ok:
			d.fault(path, "must be text, not "+nameOf(token))
		case loneSurrogate(d.raw[before:d.json.InputOffset()]):
			d.fault(path, `holds half of a surrogate pair, which is no character (a \uD800 to \uDFFF on its own)`)
		default:
			dst.SetString(s)
		}
	}
	return d.skipRest(token)
}

func (d *decoder) object(dst reflect.Value, path string) error {
	seen := make([]bool, dst.NumField())
	for d.json.More() {
		token, err := d.json.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		i := fieldNamed(dst.Type(), name)
		if i < 0 {
			d.fault(join(path, shortName(name)), "is not a field of this request")
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		if seen[i] {
			d.fault(join(path, name), "is given twice")
		}
		seen[i] = true
		if err := d.value(dst.Field(i), join(path, name)); err != nil {
			return err
		}
	}
	_, err := d.json.Token() // the closing brace
	return err
}

func (d *decoder) list(dst reflect.Value, path string) error {
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 0)) // empty, as distinct from not given
	for i := 0; d.json.More(); i++ {
		if i >= maxElements {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		dst.Set(reflect.Append(dst, reflect.Zero(dst.Type().Elem())))
		if err := d.value(dst.Index(i), path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	_, err := d.json.Token() // the closing bracket
	return err
}

// skip reads one value and forgets it.
func (d *decoder) skip() error {
	token, err := d.json.Token()
	if err != nil {
		return err
	}
	return d.skipRest(token)
}

// skipRest reads on to the end of the value that begins with token.
func (d *decoder) skipRest(token json.Token) error {
	depth := 0
	for {
		if delim, ok := token.(json.Delim); ok {
			if delim == '{' || delim == '[' {
				depth++
			} else {
				depth--
			}
		}
		if depth <= 0 {
			return nil
		}
		var err error
		if token, err = d.json.Token(); err != nil {
			return err
		}
	}
}

func fieldNamed(t reflect.Type, name string) int {
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if tag == name && name != "" {
			return i
		}
	}
	return -1
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// shortName makes a stranger's field name fit for an error.
func shortName(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return strings.Trim(strconv.Quote(s), `"`)
}

func nameOf(t json.Token) string {
	switch t := t.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case json.Delim:
		if t == '{' {
			return "an object"
		}
		return "a list"
	}
	return "text"
}

// loneSurrogate looks for a \u escape that is one half of a pair without the
// other (RFC 8259 8.2). raw is a JSON string with whatever stands before it.
func loneSurrogate(raw []byte) bool {
	if !bytes.Contains(raw, []byte(`\u`)) {
		return false // as in megabytes of base64
	}
	high := false // the escape just read was a first half
	for i := 0; i < len(raw); {
		low := false
		step := 1
		isHigh := false
		if raw[i] == '\\' && i+1 < len(raw) {
			step = 2
			if raw[i+1] == 'u' && i+6 <= len(raw) {
				step = 6
				code, _ := strconv.ParseUint(string(raw[i+2:i+6]), 16, 32)
				isHigh = code >= 0xD800 && code <= 0xDBFF
				low = code >= 0xDC00 && code <= 0xDFFF
			}
		}
		if high != low {
			return true
		}
		high = isHigh
		i += step
	}
	return high
}

// decodeBase64 reads RFC 4648 section 4, the alphabet with + and /; line breaks
// are allowed, as in MIME.
func decodeBase64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(s)
}
