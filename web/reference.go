package web

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// reference is the description of the API as a page for people: no script, nothing
// loaded but the style sheet.
type reference struct {
	Title, Description string
	Groups             []referenceGroup
}

// referenceGroup is what is under one collection of the path.
type referenceGroup struct {
	Name       string
	Operations []referenceOperation
}

type referenceOperation struct {
	ID, Method, Path, Summary string
	Platform                  bool // only the platform's keys may
	Parameters, Body, Answer  []referenceField
	Statuses                  []string
}

// referenceField is a field of a body or an answer, at its depth in it.
type referenceField struct {
	Name, Type, Doc string
	Required        bool
	Depth           int
}

// deepest bounds how far a schema is unfolded; none goes in circles today.
const deepest = 6

func newReference(api *huma.OpenAPI) ([]byte, error) {
	ref := reference{Title: api.Info.Title + " API", Description: api.Info.Description}
	groups := make(map[string]*referenceGroup)
	for path, item := range api.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete} {
			if op == nil {
				continue
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
			g := groups[name]
			if g == nil {
				g = &referenceGroup{Name: name}
				groups[name] = g
			}
			g.Operations = append(g.Operations, newReferenceOperation(api, method, path, op))
		}
	}
	order := []string{"GET", "POST", "PUT", "DELETE"}
	for _, g := range groups {
		slices.SortFunc(g.Operations, func(a, b referenceOperation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(slices.Index(order, a.Method), slices.Index(order, b.Method)))
		})
		ref.Groups = append(ref.Groups, *g)
	}
	slices.SortFunc(ref.Groups, func(a, b referenceGroup) int { return strings.Compare(a.Name, b.Name) })
	t, err := template.New("").Funcs(template.FuncMap{"indent": func(depth int) string { return strings.Repeat("\u2003", depth) }}).
		ParseFS(files, "html/reference.html")
	if err != nil {
		return nil, fmt.Errorf("parse reference.html: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", ref); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func newReferenceOperation(api *huma.OpenAPI, method, path string, op *huma.Operation) referenceOperation {
	o := referenceOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Platform: op.Metadata[platformOnly] == true}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, referenceField{Name: p.Name, Type: p.In + ", " + typeOf(api, p.Schema), Doc: cmp.Or(p.Description, p.Schema.Description), Required: p.Required})
	}
	if op.RequestBody != nil {
		if media := op.RequestBody.Content["application/json"]; media != nil {
			o.Body = fieldsOf(api, media.Schema, 0)
		}
	}
	for status, answer := range op.Responses {
		o.Statuses = append(o.Statuses, status)
		if media := answer.Content["application/json"]; media != nil && strings.HasPrefix(status, "2") {
			o.Answer = fieldsOf(api, media.Schema, 0)
		}
	}
	slices.Sort(o.Statuses)
	return o
}

// fieldsOf lists the fields of an object, each followed by its own.
func fieldsOf(api *huma.OpenAPI, s *huma.Schema, depth int) []referenceField {
	if s = resolved(api, s); s == nil || depth > deepest {
		return nil
	}
	if s.Items != nil {
		return fieldsOf(api, s.Items, depth)
	}
	var list []referenceField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		f := referenceField{Name: name, Type: typeOf(api, p), Doc: p.Description, Required: slices.Contains(s.Required, name), Depth: depth}
		list = append(append(list, f), fieldsOf(api, p, depth+1)...)
	}
	return list
}

func resolved(api *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return api.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// typeOf says in a word or two what a value is.
func typeOf(api *huma.OpenAPI, s *huma.Schema) string {
	if s = resolved(api, s); s == nil {
		return ""
	}
	switch {
	case s.Items != nil:
		return "list of " + typeOf(api, s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprint(e)
		}
		return strings.Join(words, " | ")
	case s.Format == "date-time":
		return "time (RFC 3339)"
	case len(s.Examples) > 0 && s.Type == huma.TypeString:
		return fmt.Sprintf("%s, as %v", s.Type, s.Examples[0])
	}
	return s.Type
}

// serveReference serves the page under its own style alone.
func serveReference(page []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page) // an error is a client that is gone
	}
}
