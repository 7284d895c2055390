package inspect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// constants returns the values of all string constants of a type in a package,
// in the order in which its source declares them.
func constants(t *testing.T, dir, typeName string) []string {
	t.Helper()
	_, values := declared(t, dir, typeName)
	return values
}

// constantsByName returns the same by the names of the constants.
func constantsByName(t *testing.T, dir, typeName string) map[string]string {
	t.Helper()
	byName := make(map[string]string)
	names, values := declared(t, dir, typeName)
	for i, name := range names {
		byName[name] = values[i]
	}
	return byName
}

func declared(t *testing.T, dir, typeName string) (names, values []string) {
	t.Helper()
	for _, f := range source(t, dir) {
		for _, decl := range f.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				if id, ok := v.Type.(*ast.Ident); !ok || id.Name != typeName {
					continue
				}
				for i, x := range v.Values {
					names, values = append(names, v.Names[i].Name), append(values, unquote(t, x))
				}
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("no constants of type %s in %s", typeName, dir)
	}
	return names, values
}

// classRules returns, in the order in which they are asked, the rules that Read
// of package class names: those in its own lines and, where its loop stands,
// those of the table.
func classRules(t *testing.T) []decision {
	t.Helper()
	texts := constantsByName(t, "../class", "Class")
	var table, list []decision
	loop := -1
	for _, f := range source(t, "../class") {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if n.Names[0].Name != "rules" || len(n.Values) != 1 {
					return true
				}
				for _, row := range n.Values[0].(*ast.CompositeLit).Elts {
					r := row.(*ast.CompositeLit)
					table = append(table, decision{class.Class(texts[r.Elts[0].(*ast.Ident).Name]), unquote(t, r.Elts[1])})
				}
				return false
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); !ok || id.Name != "Reading" {
					return true
				}
				var d decision
				for _, e := range n.Elts {
					kv := e.(*ast.KeyValueExpr)
					switch v := kv.Value.(type) {
					case *ast.Ident:
						if kv.Key.(*ast.Ident).Name == "Class" {
							d.class = class.Class(texts[v.Name])
						}
					case *ast.BasicLit:
						d.rule = unquote(t, v)
					}
				}
				if d.rule == "" {
					loop = len(list)
					return false
				}
				list = append(list, d)
			}
			return true
		})
	}
	if len(table) == 0 || loop < 0 {
		t.Fatal("package class has no table named rules, or Read doesn't ask it")
	}
	return slices.Insert(list, loop, table...)
}

func unquote(t *testing.T, x ast.Expr) string {
	t.Helper()
	s, err := strconv.Unquote(x.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// source parses the package in a folder, without its tests.
func source(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if ok, _ := filepath.Match("*_test.go", filepath.Base(name)); ok {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// TestEverythingHasWords: whatever the readers can say is explained here.
func TestEverythingHasWords(t *testing.T) {
	for _, k := range constants(t, "../message", "DefectKind") {
		if defects[message.DefectKind(k)] == "" {
			t.Errorf("defect %s has no sentence", k)
		}
	}
	for _, c := range constants(t, "../class", "Class") {
		if classes[class.Class(c)] == "" {
			t.Errorf("class %s has no sentence", c)
		}
	}
	for _, k := range constants(t, "../reply", "CutKind") {
		if cutNames[reply.CutKind(k)] == "" {
			t.Errorf("cut %s has no name", k)
		}
	}
	known := make(map[decision]bool)
	for _, r := range classRules(t) {
		known[r] = true
		if rules[r] == "" {
			t.Errorf("rule %s for %s has no sentence", r.rule, r.class)
		}
	}
	for r := range rules {
		if !known[r] {
			t.Errorf("there is a sentence for rule %s and class %s, which are gone", r.rule, r.class)
		}
	}
}

func readDoc(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/reading.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
