package htmltext

// tag is the name of an element, as far as anything depends on it.
type tag uint8

const (
	tagOther tag = iota
	tagA
	tagB
	tagBlockquote
	tagBody
	tagBr
	tagCode
	tagDd
	tagDel
	tagDiv
	tagDt
	tagH1
	tagH2
	tagH3
	tagH4
	tagH5
	tagH6
	tagHr
	tagHTML
	tagI
	tagImg
	tagIncludetail
	tagLi
	tagOl
	tagP
	tagPre
	tagQ
	tagRows    // thead, tbody, tfoot
	tagSection // any other block
	tagSignature
	tagSpan
	tagStyle
	tagSup
	tagTable
	tagTd
	tagTh
	tagTitle
	tagScript
	tagIframe
	tagTr
	tagUl
	tagUnseen  // an element whose content isn't shown
	tagNothing // an element without content or effect
	numTags
)

// trait is what an element is by its name.
type trait uint8

const (
	block  trait = 1 << iota
	void         // without an end tag
	spaced       // with an empty line above and below
	scope        // end tags within it don't reach beyond
	raw          // its content holds no tags and isn't shown
)

// traits are those of each tag; the rest are inline elements.
var traits = [numTags]trait{
	tagBlockquote: block | spaced, tagBody: void, tagBr: void, tagDd: block, tagDiv: block, tagDt: block,
	tagH1: block | spaced, tagH2: block | spaced, tagH3: block | spaced, tagH4: block | spaced, tagH5: block | spaced, tagH6: block | spaced,
	tagHr: void, tagHTML: void, tagImg: void, tagIncludetail: block, tagLi: block, tagOl: block | spaced, tagP: block | spaced, tagPre: block | spaced, tagRows: block,
	tagSection: block, tagSignature: block, tagStyle: raw, tagTable: block | scope, tagTd: block | scope, tagTh: block | scope,
	tagTitle: raw, tagScript: raw, tagIframe: raw, tagTr: block, tagUl: block | spaced, tagNothing: void,
}

func (t tag) is(what trait) bool { return traits[t]&what != 0 }

// tagOf returns the tag of a name in any case.
func tagOf(name string) tag {
	var lower [12]byte
	if len(name) > len(lower) {
		return tagOther
	}
	switch string(lower[:copyLower(lower[:], name)]) {
	case "a":
		return tagA
	case "b", "strong":
		return tagB
	case "blockquote":
		return tagBlockquote
	case "body":
		return tagBody
	case "br":
		return tagBr
	case "code", "tt", "kbd", "samp":
		return tagCode
	case "dd":
		return tagDd
	case "del", "s", "strike":
		return tagDel
	case "div":
		return tagDiv
	case "dt":
		return tagDt
	case "h1":
		return tagH1
	case "h2":
		return tagH2
	case "h3":
		return tagH3
	case "h4":
		return tagH4
	case "h5":
		return tagH5
	case "h6":
		return tagH6
	case "hr":
		return tagHr
	case "html":
		return tagHTML
	case "i", "em":
		return tagI
	case "img":
		return tagImg
	case "includetail":
		return tagIncludetail
	case "li":
		return tagLi
	case "ol":
		return tagOl
	case "p":
		return tagP
	case "pre", "listing", "xmp", "plaintext":
		return tagPre
	case "q":
		return tagQ
	case "address", "article", "aside", "caption", "center", "details", "dialog", "dl", "fieldset", "figcaption", "figure", "footer", "form",
		"header", "hgroup", "legend", "main", "nav", "search", "section", "summary":
		return tagSection
	case "signature":
		return tagSignature
	case "span", "font":
		return tagSpan
	case "style":
		return tagStyle
	case "sup":
		return tagSup
	case "table":
		return tagTable
	case "td":
		return tagTd
	case "th":
		return tagTh
	case "tbody", "tfoot", "thead":
		return tagRows
	case "title":
		return tagTitle
	case "script":
		return tagScript
	case "iframe", "noembed", "noframes":
		return tagIframe
	case "tr":
		return tagTr
	case "ul", "menu", "dir":
		return tagUl
	case "audio", "canvas", "datalist", "math", "object", "select", "svg", "template", "video", "xml":
		return tagUnseen
	case "area", "base", "basefont", "bgsound", "col", "colgroup", "embed", "frame", "head", "input", "link", "meta", "param", "source", "track", "wbr":
		return tagNothing
	}
	return tagOther
}
