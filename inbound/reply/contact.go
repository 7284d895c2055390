package reply

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// contactType is a sort of data that stands in signatures.
type contactType int

const (
	phoneType contactType = iota
	faxType
	mailType
	webType
	registerType // tax, bank and company numbers
	pictureType  // what is left of a logo
	barType      // "Maja Lind | Sales"
	contactTypes
)

// What the data look like. Labels count, not bare numbers: those people write.
var (
	webLine     = regexp.MustCompile(`(?i)(?:^|[\s<(:|*\[])(?:https?://|www\.)[^\s<>]{3,}`)
	bareWeb     = regexp.MustCompile(`(?i)^(?:\pL{1,9}:? )?[\w-]+\.(?:com|net|org|io|nl|de|se|fr|es|it|co\.uk|eu|dk|no|fi|pl|be|at|ch|example)/?$`)
	pictureLine = regexp.MustCompile(`(?i)^\W*(?:\[image: ?[^\]]*\]|\[cid:[^\]]*\]|!\[[^\]]*\]\([^)]*\)|\[(?:logo|photo|facebook|twitter|linkedin|instagram)[^\]]*\])`)
)

// registers are the words before tax, bank and company numbers.
var registers = set("kvk", "btw", "iban", "bic", "swift", "vat", "ustid", "steuernummer", "hrb", "amtsgericht", "handelsregister", "siret", "siren", "rcs", "tva", "nif", "cif", "piva", "cnpj", "cpf", "orgnr", "cvr", "nip", "regon", "krs", "inn", "инн", "огрн", "geschäftsführer", "organisationsnummer", "ust")

// anyRegister finds what may be one of them.
var anyRegister = newPhrases(slices.Collect(maps.Keys(registers)))

func hasRegister(s string) bool {
	if !anyRegister.inAnyCase(s) {
		return false
	}
	for w := range wordsOf(strings.ToLower(s)) {
		if registers[w] {
			return true
		}
	}
	return false
}

// contactTypes says which sorts of contact data stand in lines.
func (c *cutter) contactTypes(from, to int) [contactTypes]bool {
	var has [contactTypes]bool
	for i := from; i < to && i < from+30; i++ {
		t := c.contactsIn(i)
		for k := range has {
			has[k] = has[k] || t[k]
		}
	}
	return has
}

// contactsIn is contactsOf line i, read once.
func (c *cutter) contactsIn(i int) [contactTypes]bool {
	l := &c.lines[i]
	if !l.contactsRead {
		l.contacts, l.contactsRead = contactsOf(l.norm), true
	}
	return l.contacts
}

// contactsOf says which sorts of contact data stand in a line. Sentences don't
// count: "You can reach me at +46 70 …, or at …" is what a person wrote.
func contactsOf(s string) (has [contactTypes]bool) {
	if s == "" || len(s) > 160 {
		return has
	}
	has[pictureType] = strings.Contains(s, "[") && pictureLine.MatchString(s)
	s = plainMarks(strings.ReplaceAll(s, "|", " · "))
	data, _ := address(s)
	has[phoneType], has[faxType] = numbersOf(s)
	has[webType] = (strings.Contains(s, "://") || strings.Contains(s, "ww.") || strings.Contains(s, "WW.")) && webLine.MatchString(s) ||
		strings.Contains(s, ".") && !strings.HasSuffix(s, ".") && strings.Count(s, " ") <= 1 && bareWeb.MatchString(s)
	has[registerType] = hasRegister(s)
	has[barType] = strings.Contains(s, " · ") && len(strings.Fields(s)) <= 12
	has[mailType] = data && len(strings.Fields(s)) <= 6
	if words(s) > 8 {
		return [contactTypes]bool{pictureType: has[pictureType], registerType: has[registerType]}
	}
	return has
}

// words counts the words of letters in lower case: a sentence has many.
func words(s string) int {
	n := 0
	for w := range strings.FieldsSeq(s) {
		if w[0] >= 'a' && w[0] <= 'z' && !strings.ContainsAny(w, "@./:") {
			n++
		}
	}
	return n
}

// addContacts weighs contact data.
func (w *weighed) addContacts(has [contactTypes]bool) {
	w.add(has[phoneType], 0.35, "a phone number")
	w.add(has[faxType], 0.35, "a fax number")
	w.add(has[mailType], 0.25, "an address")
	w.add(has[webType], 0.25, "a web address")
	w.add(has[registerType], 0.4, "a register number")
	w.add(has[pictureType], 0.4, "a picture")
	w.add(has[barType], 0.15, "bars")
}

// contacts looks for a signature that nothing delimits: at the end of the mail,
// lines of contact data of several sorts. A name and a phone number alone may be
// the answer to a question, and so may be what a colon introduces.
func (c *cutter) contacts(end int) *candidate {
	from, lines := end, 0
	// Paragraph by paragraph upwards, as long as each has contact data.
	for from > 0 && lines <= 25 {
		i := from - 1
		for i >= 0 && c.lines[i].kind == blank {
			i--
		}
		stop := i + 1
		for i >= 0 && c.lines[i].kind == written && lines <= 25 && len(c.lines[i].norm) <= 160 && c.lines[i].norm != "" {
			i--
			lines++
		}
		start := i + 1
		if start >= stop || lines > 25 {
			break
		}
		has := c.contactTypes(start, stop)
		if has == [contactTypes]bool{} && !isAddressLine(c, start, stop) {
			break
		}
		from = start
	}
	if from >= end || from == 0 {
		return nil
	}
	from, signed := c.belowSignOff(from, end)
	above := from - 1
	for above >= 0 && c.lines[above].kind == blank {
		above--
	}
	if from >= end || above < 0 || c.lines[above].kind == quote || c.lines[above].colon || c.lines[from].colon {
		return nil
	}
	top := c.lines[from].norm
	if !signed && announced.in(strings.ToLower(c.lines[above].norm)) {
		return nil
	}
	if !signed && !isName(top) && c.contactsIn(from) == [contactTypes]bool{} {
		return nil // it begins as a sentence
	}
	var w weighed
	w.addContacts(c.contactTypes(from, end))
	w.add(signed, 0.4, "a sign-off above")
	w.add(c.cutBelow(end), 0.3, "what was cut below")
	return &candidate{kind: Signature, from: from, confidence: w.confidence(), evidence: w.of(top)}
}

// announced are words after which contact data are what the letter is about.
var announced = newPhrases([]string{"address", "number", "details", "contact", "phone", "call ", "reach", "deliver", "invoice", "adresse", "nummer", "anschrift", "kontakt", "daten", "anruf", "rechnung", "coordonnées", "numéro", "téléphone", "livr", "facture", "dirección", "número", "teléfono", "datos", "factura", "indirizzo", "numero", "telefono", "dati", "fattura", "adres", "gegevens", "factuur", "adress", "uppgifter", "faktura", "leverans", "levering", "oplysninger", "osoite", "yhteystie", "numer", "dane", "faktur", "endereço", "telefone", "dados", "адрес", "номер", "телефон", "данные", "住所", "電話", "地址", "电话", "주소", "전화"}) //nolint:misspell // Dutch

// belowSignOff returns where, from a line on, contact data begin: below sign-off
// and name, which stay; and whether there is a sign-off.
func (c *cutter) belowSignOff(from, end int) (int, bool) {
	signed := c.signedOff(from)
	above := from - 1
	for above >= 0 && c.lines[above].kind == blank {
		above--
	}
	name := above >= 0 && isSignOff(c.lines[above].norm) // and a name is next
	for i := from; i < end; i++ {
		if isSignOff(c.lines[i].norm) {
			from, signed, name = i+1, true, true
			break
		}
	}
	if !name {
		return from, signed
	}
	for from < end && c.lines[from].kind == blank {
		from++
	}
	if from < end && isName(c.lines[from].norm) {
		from++
	}
	for from < end && c.lines[from].kind == blank {
		from++
	}
	return from, signed
}

// isAddressLine reports whether a paragraph is one short line with a number, as
// the street in a signature.
func isAddressLine(c *cutter, from, to int) bool {
	s := c.lines[from].norm
	return to-from == 1 && len(s) <= 60 && words(s) <= 1 && strings.ContainsAny(s, "0123456789") && !strings.HasSuffix(s, ".")
}

// cutBelow reports whether a disclaimer or a footer was cut at line end: they
// stand under signatures.
func (c *cutter) cutBelow(end int) bool {
	for _, f := range c.found {
		if !f.folded && f.from >= end && f.from <= end+3 && (f.kind == Disclaimer || f.kind == Footer || f.kind == Signature) {
			return true
		}
	}
	return false
}
