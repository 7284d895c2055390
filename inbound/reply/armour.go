package reply

import "strings"

// longestArmour is how many lines a signature of OpenPGP may have.
const longestArmour = 60

// armour drops what OpenPGP puts around a text that it signs (RFC 9580 7): the
// lines above it up to an empty one, and the signature below it.
func (c *cutter) armour() {
	for i := range c.lines {
		if c.lines[i].kind != written {
			continue
		}
		to := 0
		switch c.lines[i].norm {
		case "-----BEGIN PGP SIGNED MESSAGE-----":
			for to = i + 1; to < len(c.lines) && c.lines[to].kind == written; to++ {
				name, _, ok := strings.Cut(c.lines[to].norm, ":")
				if !ok || !armourHeaders[name] {
					break
				}
			}
		case "-----BEGIN PGP SIGNATURE-----":
			to = c.endOfArmour(i)
		}
		if to == 0 {
			continue
		}
		f := candidate{kind: Structure, from: i, to: to, confidence: 0.98, evidence: "OpenPGP's armour"}
		if c.take(f) {
			c.mark(&f, dropped)
		}
	}
}

// armourHeaders stand under the first line of the armour.
var armourHeaders = set("Hash", "Charset", "Comment", "Version", "NotDashEscaped")

// endOfArmour returns the line after the signature that begins in line i; 0 if
// it has no end.
func (c *cutter) endOfArmour(i int) int {
	for j := i + 1; j < len(c.lines) && j <= i+longestArmour; j++ {
		if c.lines[j].norm == "-----END PGP SIGNATURE-----" {
			return j + 1
		}
	}
	return 0
}
