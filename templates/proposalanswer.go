package templates

import "fmt"

// ProposalState is what became of a proposal.
type ProposalState string

// What a letter tells of a proposal, and to whom.
const (
	ProposalAccepted  ProposalState = "accepted"  // by the merchant: to a member
	ProposalDeclined  ProposalState = "declined"  // by the merchant: to a member
	ProposalWithdrawn ProposalState = "withdrawn" // by the partner: to the merchant
)

// ProposalAnswer tells what became of a proposal: the member what the merchant
// did, the merchant that it was withdrawn.
type ProposalAnswer struct {
	Links           // of a member
	Locale   string // BCP 47, of the recipient
	State    ProposalState
	Member   string // the recipient's name, of a member; of a withdrawn one who withdrew it
	Partner  string // the team that made the proposal
	Role     string // of a member: "owner" or "member"; empty is a member
	Merchant Merchant
	Matter   Matter
	Price    Price  // of the proposal; without a currency it is left out
	Note     string // what the other side wrote about it, as stored; may be empty
	OpenURL  string // the conversation's page; empty for no button
}

type proposalNews struct {
	subject string // {name} {matter}
	what    string // {name}
	follows string
}

// ProposalAnswer renders the letter. Reply-To must lead to the conversation. An
// unknown state is an error.
func (l *Letters) ProposalAnswer(a ProposalAnswer) (Rendered, error) {
	lang := l.language(a.Locale)
	w := &lang.proposal
	news, ok := w.answers[a.State]
	if !ok {
		return Rendered{}, fmt.Errorf("proposal answer: state %q has no letter", a.State)
	}
	partner := l.safeName(a.Partner, lang.aPartner)
	from := l.market
	name, inside := l.safeName(a.Merchant.Name, lang.aMerchant), l.safeName(a.Merchant.Name, lang.theMerchant)
	f := l.facts(lang, a.Merchant, a.Matter)
	why := say(w.why).as(l.as(lang, a.Member, a.Partner, a.Role))
	if a.State == ProposalWithdrawn {
		name, inside, from = partner, partner, partner
		f = facts{Store: partner, Matter: lang.matterLine(a.Matter)}
		if author := l.safeName(a.Member, ""); author != "" {
			name, inside, from = author, author, say(lang.signed, "name", author, "partner", partner).String()
		}
		why = say(lang.whyRelay, "partner", partner, "market", l.market)
	}
	matter := lang.matterName(a.Matter)
	subject := fitSubject(func(names []string) string {
		return say(news.subject, "name", names[0], "matter", names[1]).String()
	}, name, matter)
	v := noteView{
		page:    lang.page(subject, why),
		Heading: say(news.what, "name", inside).capital(),
		Facts:   &f,
		Says:    []sentence{say(news.follows)},
		Hint:    say(lang.replyHint, "name", inside),
		Button:  link{Label: say(lang.open), URL: ownURL(a.OpenURL)},
	}
	if price := lang.numbers.price(a.Price); price != "" {
		v.Lines = []sentence{say(w.price, "price", price)}
	}
	if a.State != ProposalWithdrawn {
		v.offer(lang, a.Links, lang.footer.stopThese)
	}
	r := Rendered{FromName: from, Subject: subject}
	if visible(cleanLine(a.Note)) == "" {
		r.HTML = l.html(&v)
	} else {
		v.Preheader = preheader(a.Note)
		r.HTML = l.fitBody(lang, a.Note, v.Button.URL, &v.Quote, &v)
	}
	r.Text = v.text()
	return r, nil
}
