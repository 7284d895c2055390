package demo

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// The policy and the sandbox keep a letter from doing anything; what is removed
// here would only fill the console with refusals, or, like a base, mislead the
// reader about where a link leads.
var activeElements = []string{"script", "base", "meta", "link", "iframe", "frame", "frameset", "object", "embed", "applet", "portal",
	"audio", "video", "template", "svg", "math"}

// viewable is a letter's HTML for the frame: links open in a new tab, mailto
// links lead to the form that compose names, pictures sent within the letter
// stand in it.
func viewable(m *message.Message, compose func(draft) string) []byte {
	doc, ok := parseHTML(m.HTML)
	if !ok {
		return []byte("<!DOCTYPE html><title>Letter</title><pre>" + html.EscapeString(m.HTML) + "</pre>")
	}
	scheme := declaredScheme(doc)
	disarm(doc, func(n *html.Node) {
		if ref := attr(n, "href"); ref != "" {
			if d, ok := parseMailto(ref); ok {
				setAttr(n, "href", compose(d))
				setAttr(n, "target", "_top")
			} else if isWebLink(ref) {
				setAttr(n, "target", "_blank")
				setAttr(n, "rel", "noopener noreferrer")
			}
		}
		if id, ok := strings.CutPrefix(attr(n, "src"), "cid:"); ok {
			if data := inlineImage(m, id); data != "" {
				setAttr(n, "src", data)
			}
		}
	})
	var b bytes.Buffer
	// Without a doctype a page is laid out in quirks mode, where a letter may
	// look different from what its sender saw.
	if doc.FirstChild == nil || doc.FirstChild.Type != html.DoctypeNode {
		b.WriteString("<!DOCTYPE html>")
	}
	if scheme != "" {
		if head := findElement(doc, atom.Head); head != nil {
			head.AppendChild(&html.Node{Type: html.ElementNode, DataAtom: atom.Meta, Data: "meta",
				Attr: []html.Attribute{{Key: "name", Val: "color-scheme"}, {Key: "content", Val: scheme}}})
		}
	}
	html.Render(&b, doc) //nolint:errcheck // a bytes.Buffer takes all; what can't be rendered was not parsed
	return b.Bytes()
}

// quotable is what a reply quotes of a letter's HTML: the inside of its body,
// without styles that would reach the reply.
func quotable(source string) string {
	doc, ok := parseHTML(source)
	if !ok {
		return "<pre>" + html.EscapeString(source) + "</pre>"
	}
	disarm(doc, func(*html.Node) {})
	body := findElement(doc, atom.Body)
	if body == nil {
		return ""
	}
	var b bytes.Buffer
	for n := range body.ChildNodes() {
		if n.DataAtom != atom.Style {
			html.Render(&b, n) //nolint:errcheck // see viewable
		}
	}
	return b.String()
}

// parseHTML reads a document. It fails where elements stand too deep in one
// another. Without scripting, as the frame shows it, what noscript holds are
// elements.
func parseHTML(s string) (*html.Node, bool) {
	doc, err := html.ParseWithOptions(strings.NewReader(s), html.ParseOptionEnableScripting(false))
	return doc, err == nil
}

// disarm takes out what acts by itself, every handler, and every address of a
// link that isn't one for people; each visits the elements that stay.
func disarm(doc *html.Node, each func(*html.Node)) {
	nodes := slices.Collect(doc.Descendants()) // the tree changes below
	for _, n := range nodes {
		switch {
		case n.Type == html.CommentNode, n.Type == html.ElementNode && slices.Contains(activeElements, n.Data):
			if n.Parent != nil {
				n.Parent.RemoveChild(n)
			}
		case n.DataAtom == atom.Noscript && n.Parent != nil:
			// What it holds is for us; as an element it would be read one way
			// with scripting and another without.
			for child := n.FirstChild; child != nil; child = n.FirstChild {
				n.RemoveChild(child)
				n.Parent.InsertBefore(child, n)
			}
			n.Parent.RemoveChild(n)
		case n.Type == html.ElementNode:
			n.Attr = slices.DeleteFunc(n.Attr, unwanted)
			each(n)
		}
	}
}

func unwanted(a html.Attribute) bool {
	switch key := strings.ToLower(a.Key); key {
	case "target", "ping", "srcdoc", "srcset", "background", "action", "formaction", "poster", "autofocus", "http-equiv", "download", "data":
		return true
	case "href":
		_, mailto := parseMailto(a.Val)
		return !mailto && !isWebLink(a.Val) && !strings.HasPrefix(a.Val, "#")
	case "src":
		return !strings.HasPrefix(a.Val, "cid:") && !strings.HasPrefix(a.Val, "data:image/")
	default:
		return strings.HasPrefix(key, "on")
	}
}

// declaredScheme is what the letter says in a color-scheme meta, which goes
// with the other metas.
func declaredScheme(doc *html.Node) string {
	for n := range doc.Descendants() {
		if n.DataAtom == atom.Meta && strings.EqualFold(attr(n, "name"), "color-scheme") {
			return attr(n, "content")
		}
	}
	return ""
}

func isWebLink(ref string) bool {
	u, err := url.Parse(strings.TrimSpace(ref))
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// inlineMax bounds a picture that is put into the page.
const inlineMax = 4 << 20

// inlineImage is the part that a cid: address names (RFC 2392), as a data: one.
func inlineImage(m *message.Message, id string) string {
	if unescaped, err := url.PathUnescape(id); err == nil {
		id = unescaped
	}
	for _, a := range m.Attachments {
		if a.ContentID == id && a.Body.Size() <= inlineMax && strings.HasPrefix(a.ContentType, "image/") {
			return "data:" + a.ContentType + ";base64," + base64.StdEncoding.EncodeToString(a.Body.Bytes())
		}
	}
	return ""
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func setAttr(n *html.Node, key, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func findElement(doc *html.Node, a atom.Atom) *html.Node {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == a {
			return n
		}
	}
	return nil
}

// plainText is what can be read of an HTML letter, blocks on lines of their own.
func plainText(source string) string {
	var b strings.Builder
	skip := 0
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return tidyLines(b.String())
		case html.TextToken:
			if skip == 0 {
				// The text's own line breaks are spaces (HTML, white space).
				b.WriteString(strings.NewReplacer("\n", " ", "\r", " ").Replace(string(z.Text())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Style, atom.Script, atom.Title:
				skip++
			case atom.Br, atom.P, atom.Div, atom.Tr, atom.Li, atom.H1, atom.H2, atom.H3, atom.Blockquote, atom.Hr:
				b.WriteByte('\n')
			default: // stays on its line
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Style, atom.Script, atom.Title:
				skip = max(0, skip-1)
			case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.Table, atom.Blockquote:
				b.WriteByte('\n')
			default:
			}
		}
	}
}

// tidyLines trims every line and leaves no two empty ones in a row.
func tidyLines(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
