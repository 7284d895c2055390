package doctor

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// dmarcPolicy is the record that receivers apply to mail from a domain.
type dmarcPolicy struct {
	owner string // the domain that publishes it, the organisational one or the domain itself
	text  string
	tags  tags
}

// isDMARC reports whether a TXT record is one of DMARC (RFC 7489 6.4: v= first).
func isDMARC(txt string) bool {
	version, _, _ := strings.Cut(txt, ";")
	return strings.Join(strings.Fields(version), "") == "v=DMARC1"
}

// policies looks for records at the domain, else at its organisational domain
// (RFC 7489 6.6.3).
func (m *Mail) policies(ctx context.Context, domain string) (owner string, found []string, err error) {
	owners := []string{domain}
	if org := organisational(domain); org != domain {
		owners = append(owners, org)
	}
	for _, owner = range owners {
		records, err := m.txt(ctx, "_dmarc."+owner)
		if err != nil {
			return owner, nil, err
		}
		for _, txt := range records {
			if isDMARC(txt) {
				found = append(found, txt)
			}
		}
		if len(found) > 0 {
			return owner, found, nil
		}
	}
	return organisational(domain), nil, nil
}

// dmarc judges the policy for From, and by it the alignment of what our mail is
// authenticated by.
func (m *Mail) dmarc(ctx context.Context) []Finding {
	j := judge("DMARC of %s", m.From)
	owner, records, err := m.policies(ctx, m.From)
	if err != nil {
		return j.silent(err)
	}
	var policy dmarcPolicy
	switch len(records) {
	case 0:
		j.notice(Fault, "there is no policy, without which the big providers refuse mail in bulk",
			"publish one that only asks for reports, read them for some weeks, then go on to p=quarantine and p=reject")
		j.record("_dmarc."+owner, "TXT", "v=DMARC1; p=none; rua=mailto:dmarc-reports@"+owner)
	case 1:
		policy = dmarcPolicy{owner: owner, text: records[0]}
		m.judgePolicy(ctx, j, &policy)
	default:
		j.notice(Fault, fmt.Sprintf("%d records at _dmarc.%s, so that receivers use none", len(records), owner), "leave one of them")
	}
	return append(j.findings(), m.alignment(policy)...)
}

// judgePolicy reads p.text into p.tags.
func (m *Mail) judgePolicy(ctx context.Context, j *judgement, p *dmarcPolicy) {
	name := "_dmarc." + p.owner
	j.note("%s at %s", quoted(p.text), name)
	list, err := readTags(p.text)
	for i := range list {
		list[i].name = strings.ToLower(list[i].name)
	}
	p.tags = list
	if err != nil {
		j.notice(Fault, err.Error(), "mend the record: receivers pass over one that they can't read")
		return
	}
	for _, problem := range dmarcProblems(list) {
		j.notice(Fault, problem, "")
	}
	if j.verdict == Fault {
		j.notice(Fault, "", "mend the record at "+name)
		return
	}
	// The policy of a subdomain that has none of its own is sp= (RFC 7489 6.3).
	tagName := "p"
	if p.owner != m.From && list.has("sp") {
		tagName = "sp"
	}
	action := strings.ToLower(list.or(tagName, "none"))
	if action == "none" {
		j.notice(Warning, tagName+"=none: mail that others forge in this domain's name is delivered, too",
			"when the reports show that all your own mail passes, publish quarantine, then reject")
		j.record(name, "TXT", list.with(tagName, "quarantine"))
	} else {
		j.note("receivers %s what fails", action)
	}
	if pct := list.or("pct", "100"); pct != "100" && action != "none" {
		j.notice(Warning, "pct="+pct+": the policy is meant for a part of the mail, and many receivers pass pct over", "take pct out, or set it to 100")
	}
	if !list.has("rua") {
		j.notice(Warning, "without rua= nobody tells you of mail that fails", "add rua=mailto:dmarc-reports@"+p.owner+" and read what comes")
		return
	}
	m.reportsWanted(ctx, j, p)
}

// dmarcProblems are what keeps receivers from using a record.
func dmarcProblems(list tags) (problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !list.has("p") {
		bad("p= is missing")
	}
	for _, name := range []string{"p", "sp", "np"} {
		if v, ok := list.get(name); ok && !oneOf(v, "none", "quarantine", "reject") {
			bad("%s=%s is none of none, quarantine and reject", name, v)
		}
	}
	for _, name := range []string{"adkim", "aspf"} {
		if v, ok := list.get(name); ok && !oneOf(v, "r", "s") {
			bad("%s=%s is neither r (relaxed) nor s (strict)", name, v)
		}
	}
	if v, ok := list.get("pct"); ok && !isNumber(v, 100) {
		bad("pct=%s is not a number from 0 to 100", v)
	}
	if v, ok := list.get("ri"); ok {
		if _, err := strconv.ParseUint(v, 10, 32); err != nil {
			bad("ri=%s is not a number of seconds", v)
		}
	}
	for _, name := range []string{"rua", "ruf"} {
		v, ok := list.get(name)
		if !ok {
			continue
		}
		for address := range strings.SplitSeq(v, ",") {
			if reportDomain(address) == "" {
				bad("%s=%s is not like mailto:reports@market.example", name, strings.TrimSpace(address))
			}
		}
	}
	return problems
}

func oneOf(v string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(v, w) {
			return true
		}
	}
	return false
}

// reportDomain is the domain of a mailto: address of rua= (RFC 7489 6.2: perhaps
// with !10m behind); "" of what isn't one.
func reportDomain(address string) string {
	address, _, _ = strings.Cut(strings.TrimSpace(address), "!")
	u, err := url.Parse(address)
	if err != nil || !strings.EqualFold(u.Scheme, "mailto") {
		return ""
	}
	at := strings.LastIndexByte(u.Opaque, '@')
	if at < 1 {
		return ""
	}
	domain, err := Domain(u.Opaque[at+1:])
	if err != nil {
		return ""
	}
	return domain
}

// maxReportAddresses are asked about.
const maxReportAddresses = 4

// reportsWanted asks whether addresses in other organisations take the reports
// (RFC 7489 7.1): receivers send none to one that hasn't said so.
func (m *Mail) reportsWanted(ctx context.Context, j *judgement, p *dmarcPolicy) {
	asked := 0
	for address := range strings.SplitSeq(p.tags.or("rua", ""), ",") {
		domain := reportDomain(address)
		if aligned(domain, p.owner, false) || asked == maxReportAddresses {
			continue
		}
		asked++
		name := p.owner + "._report._dmarc." + domain
		records, err := m.txt(ctx, name)
		if err != nil {
			j.notice(Warning, err.Error(), "see whether "+domain+" takes reports for "+p.owner)
			continue
		}
		taken := false
		for _, txt := range records {
			taken = taken || isDMARC(txt)
		}
		if !taken {
			j.notice(Warning, domain+" has not said that it takes reports for "+p.owner, "have "+domain+" publish that, or name an address of your own in rua=")
			j.record(name, "TXT", "v=DMARC1")
		}
	}
}

// alignment says whether what our mail is authenticated by is the domain of From
// (RFC 7489 3.1). One of both is enough to pass; p may be empty.
func (m *Mail) alignment(p dmarcPolicy) []Finding {
	if m.Envelope == "" {
		return nil // what is missing was said
	}
	strictSPF := strings.EqualFold(p.tags.or("aspf", "r"), "s")
	strictDKIM := strings.EqualFold(p.tags.or("adkim", "r"), "s")
	spf := aligned(m.Envelope, m.From, strictSPF)
	dkim := ""
	for _, k := range m.Keys {
		if aligned(k.Domain, m.From, strictDKIM) {
			dkim = k.Domain
		}
	}

	j := judge("alignment with %s", m.From)
	if spf {
		j.note("the envelope's domain %s is aligned (SPF, %s)", m.Envelope, mode(strictSPF))
	} else {
		j.note("the envelope's domain %s is not aligned (SPF, %s)", m.Envelope, mode(strictSPF))
	}
	switch {
	case dkim != "":
		j.note("the signature's domain %s is aligned (DKIM, %s)", dkim, mode(strictDKIM))
	case len(m.Keys) == 0:
		j.note("letters aren't signed here")
	default:
		j.note("the signature's domain %s is not aligned (DKIM, %s)", m.Keys[0].Domain, mode(strictDKIM))
	}
	relax := ""
	if !spf && strictSPF && aligned(m.Envelope, m.From, false) {
		relax = ", or take aspf=s out of the policy"
	}
	switch {
	case spf && dkim != "":
	case dkim != "":
		j.notice(Warning, "only the signature carries DMARC", "use a reply domain under "+organisational(m.From)+relax)
	case spf && len(m.Keys) > 0:
		j.notice(Warning, "only SPF carries DMARC, and forwarding breaks SPF", "set TRADEPOST_DKIM_DOMAIN to "+m.From)
	case spf:
		j.notice(Warning, "only SPF carries DMARC, and forwarding breaks SPF", "set TRADEPOST_DKIM_DOMAIN to "+m.From+" and TRADEPOST_DKIM_KEYS, unless your SMTP server signs for that domain")
	default:
		j.notice(Fault, "nothing carries DMARC: receivers apply the policy to all our mail",
			"sign with TRADEPOST_DKIM_DOMAIN set to "+m.From+", and use a reply domain under "+organisational(m.From)+relax)
	}
	return j.findings()
}

func mode(strict bool) string {
	if strict {
		return "strict"
	}
	return "relaxed"
}
