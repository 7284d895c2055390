package authenticate

import "strings"

// policy is what the domain of From says about mail that isn't authenticated
// (DMARC, RFC 7489 6.3).
type policy struct {
	// known says that the DNS answered: with a record, or that there is none.
	known bool
	// unsure says that there is a record, but not which of its policies is meant.
	unsure bool
	// action is "none", "quarantine" or "reject"; "" without a record.
	action string
	// strictDKIM and strictSPF say that aligned means equal (adkim=s, aspf=s).
	strictDKIM, strictSPF bool
}

// strict reports whether an identifier must be the domain itself.
func (p policy) strict(method string) bool {
	if method == "spf" {
		return p.strictSPF
	}
	return p.strictDKIM
}

func (p policy) String() string {
	switch {
	case !p.known:
		return "p=temperror"
	case p.action == "":
		return "no policy"
	default:
		return "p=" + p.action
	}
}

// policy looks for the record of the domain, else for that of its organisational
// domain (RFC 7489 6.6.3).
func (c *check) policy() policy {
	record, ok, err := c.record(c.domain)
	if err != nil {
		return policy{}
	}
	if ok {
		return record.policy(record["p"])
	}
	org := organisational(c.domain)
	if org == c.domain {
		return policy{known: true}
	}
	record, ok, err = c.record(org)
	if err != nil {
		return policy{}
	}
	if !ok {
		return policy{known: true}
	}
	action := record["p"]
	if sp := record["sp"]; sp != "" {
		action = sp
	}
	p := record.policy(action)
	// np= is for subdomains that don't exist (RFC 9091 3.2): asked only where it
	// changes something.
	if nonexistent := record.policy(record["np"]); record["np"] != "" && nonexistent.action != p.action {
		switch exists, err := c.dns.exists(c.domain); {
		case err != nil:
			p.unsure = true
		case !exists:
			return nonexistent
		}
	}
	return p
}

// record returns the one DMARC record of a domain. Several are none (RFC 7489
// 6.6.3 step 5). It errs if it can't know.
func (c *check) record(domain string) (record, bool, error) {
	txts, err := c.dns.text("_dmarc." + domain)
	if err != nil && !isNotFound(err) {
		return nil, false, err
	}
	var found []record
	for _, txt := range txts {
		if version, _, _ := strings.Cut(txt, ";"); strings.Join(strings.Fields(version), "") == "v=DMARC1" {
			found = append(found, readRecord(txt))
		}
	}
	switch len(found) {
	case 0:
		return nil, false, nil
	case 1:
		return found[0], true, nil
	default:
		return record{}, true, nil
	}
}

// record holds the tags of a policy record, in lower case, as domain owners write
// them in either.
type record map[string]string

func readRecord(txt string) record {
	r := make(record)
	for name, value := range tags(txt) {
		r[strings.ToLower(name)] = strings.ToLower(value)
	}
	return r
}

// policy applies an action of the record. One that can't be read is "none", as
// for a domain that only wants reports.
func (r record) policy(action string) policy {
	if action != "quarantine" && action != "reject" {
		action = "none"
	}
	if len(r) == 0 {
		action = ""
	}
	return policy{known: true, action: action, strictDKIM: r["adkim"] == "s", strictSPF: r["aspf"] == "s"}
}
