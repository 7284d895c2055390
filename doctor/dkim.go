package doctor

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// Key is a DKIM key that letters are signed with.
type Key struct {
	Domain   string // d=
	Selector string // s=
	// Public is the public half: *rsa.PublicKey or ed25519.PublicKey.
	Public crypto.PublicKey
}

// name is where the public key is published (RFC 6376 3.6.2.1).
func (k Key) name() string { return k.Selector + "._domainkey." + k.Domain }

// algorithm is the k= tag; "" of a key that signs no mail.
func (k Key) algorithm() string {
	switch k.Public.(type) {
	case *rsa.PublicKey:
		return "rsa"
	case ed25519.PublicKey:
		return "ed25519"
	}
	return ""
}

// published is the p= tag: of RSA the SubjectPublicKeyInfo (RFC 6376 3.6.1), of
// Ed25519 the bare 32 octets (RFC 8463 3).
func (k Key) published() (string, error) {
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return "", fmt.Errorf("write the public key of %s: %w", k.name(), err)
		}
		return base64.StdEncoding.EncodeToString(der), nil
	case ed25519.PublicKey:
		return base64.StdEncoding.EncodeToString(public), nil
	default:
		return "", fmt.Errorf("a key of type %T signs no mail", public)
	}
}

// Record is the record that a key needs in the DNS.
func (k Key) Record() (Record, error) {
	p, err := k.published()
	return Record{Name: k.name(), Type: "TXT", Value: "v=DKIM1; k=" + k.algorithm() + "; p=" + p}, err
}

// keySet judges the keys together; odd is false where there is nothing to say.
func (m *Mail) keySet() (f Finding, odd bool) {
	j := judge("DKIM keys")
	rsaKeys := slices.ContainsFunc(m.Keys, func(k Key) bool { return k.algorithm() == "rsa" })
	if !rsaKeys {
		j.notice(Warning, "all keys are Ed25519, which many receivers don't verify (RFC 8463)", "sign with an RSA key as well: tradepost dkim new")
	}
	if m.From != "" && !slices.ContainsFunc(m.Keys, func(k Key) bool { return aligned(k.Domain, m.From, false) }) {
		j.notice(Warning, "no key signs for "+m.From+" or a domain of the same organisation", "set TRADEPOST_DKIM_DOMAIN to "+m.From)
	}
	return j.finding(), j.verdict != OK
}

// key compares what is published for a key with the key.
func (m *Mail) key(ctx context.Context, k Key) []Finding {
	j := judge("DKIM key %s", k.name())
	want, err := k.Record()
	if err != nil {
		j.notice(Fault, err.Error(), "make one by tradepost dkim new")
		return j.findings()
	}
	if public, ok := k.Public.(*rsa.PublicKey); ok {
		switch bits := public.N.BitLen(); {
		case bits < 1024:
			j.notice(Fault, fmt.Sprintf("RSA of %d bits, which receivers must refuse (RFC 8301)", bits), "make one of 2048 bits: tradepost dkim new")
		case bits < 2048:
			j.notice(Warning, fmt.Sprintf("RSA of %d bits", bits), "make one of 2048 bits under a new selector: tradepost dkim new")
		default:
			j.note("RSA of %d bits", bits)
		}
	} else {
		j.note("Ed25519")
	}
	records, err := m.txt(ctx, k.name())
	if err != nil {
		return j.silent(err)
	}
	switch len(records) {
	case 0:
		j.notice(Fault, "nothing is published, so that no receiver can verify the signature", "publish the key before you sign with it")
		j.publish = append(j.publish, want)
	case 1:
		if m.published(j, k, records[0]) {
			j.publish = append(j.publish, want)
		}
	default:
		j.notice(Fault, fmt.Sprintf("%d TXT records, of which receivers take any (RFC 6376 3.6.2.2)", len(records)), "leave only this one")
		j.publish = append(j.publish, want)
	}
	return j.findings()
}

// published judges a key record and reports whether another has to take its
// place.
func (m *Mail) published(j *judgement, k Key, txt string) (replace bool) {
	const instead = "publish the configured key in its place"
	tags, err := readTags(txt)
	if err != nil {
		j.notice(Fault, quoted(txt)+" can't be read: "+err.Error(), instead)
		return true
	}
	if v, ok := tags.get("v"); ok && (v != "DKIM1" || tags[0].name != "v") {
		j.notice(Fault, "v= is not DKIM1 at the beginning", instead)
		return true
	}
	p, ok := tags.get("p")
	p = strings.Join(strings.Fields(p), "")
	switch want, _ := k.published(); { // Record had no error
	case !ok:
		j.notice(Fault, quoted(txt)+" has no p=", instead)
		return true
	case p == "":
		j.notice(Fault, "the key is revoked (p= is empty)", "sign with another key, or "+instead)
		return true
	case tags.or("k", "rsa") != k.algorithm():
		j.notice(Fault, fmt.Sprintf("published is a key of k=%s", tags.or("k", "rsa")), instead)
		return true
	case !sameKey(p, want):
		j.notice(Fault, "published is another key than the one that signs", instead+", or sign with the key that belongs to it")
		return true
	}
	j.note("what is published is the configured key")
	if h, ok := tags.get("h"); ok && !listed(h, "sha256") {
		j.notice(Fault, "h="+h+" leaves out sha256, which we sign with", instead)
		replace = true
	}
	if s, ok := tags.get("s"); ok && !listed(s, "email") && !listed(s, "*") {
		j.notice(Fault, "s="+s+" keeps the key from signing mail", instead)
		replace = true
	}
	if t, ok := tags.get("t"); ok && listed(t, "y") {
		j.notice(Warning, "t=y says that it is only tried out, so that some receivers pass the signature over", "take t=y out")
		replace = true
	}
	return replace
}

// sameKey compares two values of p=. The first, a stranger's, may lack padding.
func sameKey(a, b string) bool {
	return strings.TrimRight(a, "=") == strings.TrimRight(b, "=")
}

// listed reports whether a list with colons has an item.
func listed(list, item string) bool {
	for field := range strings.SplitSeq(list, ":") {
		if strings.EqualFold(strings.TrimSpace(field), item) {
			return true
		}
	}
	return false
}
