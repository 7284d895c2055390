package inspect

import (
	"go/ast"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// section returns what stands under a heading of docs/reading.md, up to the next
// heading of any level.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, after, ok := strings.Cut(readDoc(t), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/reading.md has no heading %q", heading)
	}
	if i := strings.Index(after, "\n#"); i >= 0 {
		after = after[:i]
	}
	return after
}

// tableRow is a row of a table whose first cell is in backticks.
var tableRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]*) \\|")

// rows returns the first two cells of each row of the tables in s.
func rows(s string) (cells [][2]string) {
	for _, m := range tableRow.FindAllStringSubmatch(s, -1) {
		cells = append(cells, [2]string{m[1], strings.Trim(m[2], "` ")})
	}
	return cells
}

// TestDocNamesTheRules: the table has the rules of package class, in their order.
func TestDocNamesTheRules(t *testing.T) {
	var want [][2]string
	for _, r := range classRules(t) {
		want = append(want, [2]string{r.rule, string(r.class)})
	}
	if diff := cmp.Diff(want, rows(section(t, "## Class"))); diff != "" {
		t.Error(diff)
	}
}

// TestDocNamesTheCuts: the table has the kinds of package reply, in their order.
func TestDocNamesTheCuts(t *testing.T) {
	var got []string
	for _, r := range rows(section(t, "## What is newly written")) {
		got = append(got, r[0])
	}
	if diff := cmp.Diff(constants(t, "../reply", "CutKind"), got); diff != "" {
		t.Error(diff)
	}
}

var defaultValue = regexp.MustCompile(`Default (\d[\d,]*(?: [KM]iB| s)?)`)

// TestDocNamesTheLimits: the table has the fields of message.Limits with the
// defaults that their comments name.
func TestDocNamesTheLimits(t *testing.T) {
	var want [][2]string
	for _, f := range source(t, "../message") {
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.TypeSpec)
			if !ok || s.Name.Name != "Limits" {
				return true
			}
			for _, field := range s.Type.(*ast.StructType).Fields.List {
				m := defaultValue.FindStringSubmatch(field.Doc.Text())
				if m == nil {
					t.Errorf("the comment on Limits.%s names no default", field.Names[0].Name)
					continue
				}
				want = append(want, [2]string{field.Names[0].Name, m[1]})
			}
			return false
		})
	}
	if diff := cmp.Diff(want, rows(section(t, "## Defects and bounds"))); diff != "" {
		t.Error(diff)
	}
}

// TestDocNamesTheFields: each type of the JSON document has its table, with its
// fields in order.
func TestDocNamesTheFields(t *testing.T) {
	for _, v := range []any{
		Document{}, Trust{}, Address{}, Part{}, Attachment{}, Calendar{}, Defect{}, Delivery{}, Recipient{}, Feedback{}, Disposition{}, New{}, Cut{},
	} {
		typ := reflect.TypeOf(v)
		var want, got []string
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			want = append(want, name)
		}
		for _, r := range rows(section(t, "### "+typ.Name())) {
			got = append(got, r[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", typ.Name(), diff)
		}
	}
}
