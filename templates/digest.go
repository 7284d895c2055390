package templates

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Digest is all that is unread for one member, grouped by conversation.
type Digest struct {
	Links
	Locale  string         // BCP 47, of the member
	Member  string         // the recipient's name
	Partner string         // the recipient's team
	Role    string         // "owner" or "member"; empty is a member
	Zone    *time.Location // the member's; nil is UTC
	// From and Until bound the window, as instants. A zero From is "since
	// ever".
	From, Until time.Time
	Items       []DigestItem // every conversation with something unread; the letter cuts
	More        int          // conversations that are not in Items at all
	MoreURL     string       // where to read what isn't shown; may be empty
	Unread      int          // messages in all; 0 counts those of Items
	// ReplyGoesToItem says that Reply-To leads to the only item, so that the
	// letter may say "reply to this mail". Without it, or with more than one
	// conversation, each item's own link is the way to answer.
	ReplyGoesToItem bool
}

// DigestItem is one conversation of a digest.
type DigestItem struct {
	Merchant Merchant
	Matter   Matter
	Messages []DigestMessage // unread ones, in any order
	// Lead says that it is a first contact that waited through quiet hours: it
	// stands before the others.
	Lead bool
	More int // unread ones that are not in Messages
	// ReplyAddress is the conversation's own address for this member, and
	// ReplySubject what its link fills in ("Re: Store migration"). No address,
	// no link.
	ReplyAddress, ReplySubject string
	OpenURL                    string // the conversation's page; may be empty
	// Mark says where an answer to this item begins when somebody writes into
	// the quoted digest: six characters of Crockford's base 32, upper case, such
	// as "K7QF3M". Anything else, and a digest with ReplyGoesToItem, has none.
	Mark string
}

// DigestMessage is one unread message.
type DigestMessage struct {
	At    time.Time // when it came
	Body  string    // the newly written text, as stored
	Files []File
}

// digestFiles is how many file names stand under one message of a digest.
const digestFiles = 5

type digestView struct {
	page
	Heading string
	Intro   sentence
	Items   []digestItemView
	More    string
	MoreURL href
}

type digestItemView struct {
	Name         string
	inSentence   string // Name, or what stands for it within a sentence
	Facts        facts
	Messages     []digestMessageView
	More         string
	hidden       int // messages behind More
	Hint         sentence
	Reply        sentence
	ReplyURL     href
	replyAddress string
	Button       link   // to OpenURL, of the only item
	Open         string // in place of a button
	OpenURL      href
	AnswerHere   sentence // stands before Mark
	Mark         string
	unread       int
}

type digestMessageView struct {
	At    string
	Body  body
	Files []sentence
}

func (v *digestView) html(m *markup) {
	// Of one conversation alone everything is an answer to it, wherever it is typed.
	alone := len(v.Items) == 1 && v.More == ""
	m.begin(&v.page, v.Items[0].Button.URL != "")
	m.section(!alone)
	m.heading(say(v.Heading))
	m.p(m.s.under, v.Intro)
	if alone {
		m.row()
		v.Items[0].html(m)
		m.finish(&v.page)
		return
	}
	m.end()
	for i := range v.Items {
		last := i == len(v.Items)-1 && v.More == ""
		m.ruled(last)
		v.Items[i].html(m)
		if !last {
			m.end()
		}
	}
	if v.More != "" {
		m.ruled(true)
		m.linked(m.s.text, v.MoreURL, say(v.More))
	}
	m.finish(&v.page)
}

func (it *digestItemView) html(m *markup) {
	m.second(it.Name, false)
	m.facts(it.Facts)
	for _, message := range it.Messages {
		m.words(m.s.time, message.At)
		m.body(message.Body, false)
		m.files(message.Files)
	}
	if it.More != "" {
		m.linked(m.s.detail, it.OpenURL, say(it.More))
	}
	if it.Hint != nil {
		m.p(m.s.after, it.Hint)
	}
	if it.ReplyURL != "" {
		m.linked(m.s.after, it.ReplyURL, it.Reply)
	}
	m.button(it.Button)
	if it.Open != "" {
		m.linked(m.s.detail, it.OpenURL, say(it.Open))
	}
	if it.Mark != "" {
		m.raw(m.s.detail)
		m.sentence(it.AnswerHere)
		m.text(" [" + it.Mark + "]")
		m.raw("</p>\n")
	}
}

// Digest renders the digest, newest conversation first after those that lead,
// each one's messages oldest first. It shows at most [MaxConversations], of each at most
// [MaxMessages], of each at most [MaxMessageChars], and moves conversations
// into "and 4 more" until the HTML is at most [MaxHTML] bytes; Rendered says
// how many it left out. All of them are told: they don't come back in the
// next digest. A digest without any message is an error, not a letter.
func (l *Letters) Digest(d Digest) (Rendered, error) {
	lang := l.language(d.Locale)
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	items := newestFirst(d.Items)
	if len(items) == 0 {
		return Rendered{}, errors.New("digest: no item has a message: nothing to tell, so send nothing")
	}
	talks := len(items) + max(d.More, 0)
	unread := 0
	for _, it := range items {
		unread += len(it.Messages) + max(it.More, 0)
	}
	unread = max(unread, d.Unread)
	subject := l.digestSubject(lang, items, unread, talks)
	until := local(d.Until, zone)

	v := digestView{
		Heading: lang.digestHeading(unread, talks),
		MoreURL: ownURL(d.MoreURL),
		page:    lang.page(subject, say(lang.whyDigest).as(l.as(lang, d.Member, d.Partner, d.Role))),
	}
	v.Preheader = preheader(items[0].Messages[0].Body)
	if talks == 1 && d.ReplyGoesToItem {
		v.told(lang, d.Links, lang.footer.stop)
	} else { // a reply with /why could not say which conversation it means
		v.offer(lang, d.Links, lang.footer.stop)
	}
	intro, linked, marked := lang.digestIntro, false, false
	for _, it := range items[:min(len(items), MaxConversations)] {
		v.Items = append(v.Items, l.digestItem(lang, it, zone, until))
		linked = linked || v.Items[len(v.Items)-1].ReplyURL != ""
		marked = marked || v.Items[len(v.Items)-1].Mark != ""
	}
	if only := &v.Items[0]; talks == 1 {
		only.Button, only.Open = link{Label: say(lang.open), URL: only.OpenURL}, ""
	}
	switch {
	case talks == 1 && d.ReplyGoesToItem:
		v.Items[0].Hint = say(lang.replyHint, "name", v.Items[0].inSentence)
		v.Items[0].ReplyURL, v.Items[0].Mark = "", ""
	case talks == 1:
	case linked && marked:
		intro += " " + lang.digestMarks
	case linked:
		intro += " " + lang.digestReplies
	}
	v.Intro = say(intro, "partner", l.safeName(d.Partner, lang.aPartner),
		"window", lang.window(local(d.From, zone), until))

	r := Rendered{FromName: l.market, Subject: subject}
	for all := v.Items; ; {
		r.MoreConversations = talks - len(v.Items)
		v.More = ""
		if r.MoreConversations > 0 {
			v.More = lang.moreTalks(r.MoreConversations)
			if v.MoreURL == "" {
				v.More = lang.moreTalksNoLink(r.MoreConversations)
			}
		}
		r.HTML = l.html(&v)
		n := len(v.Items)
		if len(r.HTML) <= MaxHTML || n == 1 {
			break
		}
		v.Items = all[:max(1, min(n-1, n*MaxHTML/len(r.HTML)))]
	}
	shown := 0
	for _, it := range v.Items {
		shown += it.unread - it.hidden
	}
	r.MoreMessages = unread - shown
	v.text(&r)
	return r, nil
}

// isMark reports whether a mark can be told from the words around it.
func isMark(s string) bool {
	const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	return len(s) == 6 && strings.Trim(s, crockford) == ""
}

// newestFirst copies the items that hold a message: those that lead before the
// others, then by their newest one, their messages oldest first.
func newestFirst(items []DigestItem) []DigestItem {
	out := make([]DigestItem, 0, len(items))
	for _, it := range items {
		if len(it.Messages) == 0 {
			continue
		}
		it.Messages = slices.Clone(it.Messages)
		slices.SortStableFunc(it.Messages, func(a, b DigestMessage) int { return a.At.Compare(b.At) })
		out = append(out, it)
	}
	slices.SortStableFunc(out, func(a, b DigestItem) int {
		switch {
		case a.Lead && !b.Lead:
			return -1
		case b.Lead && !a.Lead:
			return 1
		}
		return b.Messages[len(b.Messages)-1].At.Compare(a.Messages[len(a.Messages)-1].At)
	})
	return out
}

// digestSubject names the first two merchants and counts the conversations
// of the others.
func (l *Letters) digestSubject(lang *language, items []DigestItem, unread, talks int) string {
	var names []string
	named := 0
	for _, it := range items {
		name := l.safeName(it.Merchant.Name, lang.aMerchant)
		switch {
		case slices.Contains(names, name):
			named++
		case len(names) < 2:
			names = append(names, name)
			named++
		}
	}
	return fitSubject(func(names []string) string { return lang.digestSubject(unread, names, talks-named) }, names...)
}

func (l *Letters) digestItem(lang *language, it DigestItem, zone *time.Location, until time.Time) digestItemView {
	v := digestItemView{
		Name:    l.safeName(it.Merchant.Name, lang.aMerchant),
		Facts:   l.facts(lang, it.Merchant, it.Matter),
		OpenURL: ownURL(it.OpenURL),
		unread:  len(it.Messages) + max(it.More, 0),

		inSentence: l.safeName(it.Merchant.Name, lang.theMerchant),
	}
	for _, m := range it.Messages[:min(len(it.Messages), MaxMessages)] {
		v.Messages = append(v.Messages, digestMessageView{
			At:    lang.at(local(m.At, zone), until),
			Body:  lang.newBody(oneBlank(cleanText(m.Body)), MaxMessageChars, v.OpenURL),
			Files: lang.fileLines(m.Files, digestFiles, false),
		})
	}
	if v.hidden = v.unread - len(v.Messages); v.hidden > 0 {
		v.More = lang.moreMessages(v.hidden)
	}
	v.ReplyURL = mailto(it.ReplyAddress, cut(cleanLine(it.ReplySubject), MaxSubject))
	v.replyAddress = it.ReplyAddress
	if v.OpenURL != "" {
		v.Open = lang.openShort
	}
	v.Reply = say(lang.replyTo, "name", v.inSentence)
	if isMark(it.Mark) {
		v.AnswerHere, v.Mark = say(lang.answerHere, "name", v.inSentence), it.Mark
	}
	return v
}

// text writes the text part, and cuts it where an item begins and where the last
// one ends.
func (v *digestView) text(r *Rendered) {
	p := v.plain()
	ends := make([]int, 0, len(v.Items)+1) // of the head and of each item
	p.line(v.Heading)
	p.line(v.Intro.text())
	ends = append(ends, len(p.b))
	for _, it := range v.Items {
		p.rule()
		p.line(it.Name)
		it.Facts.write(&p)
		for _, m := range it.Messages {
			p.gap()
			p.line(m.At)
			m.Body.write(&p)
			writeFiles(&p, m.Files)
		}
		if it.More != "" {
			p.gap()
			if it.OpenURL != "" {
				p.link(it.More, string(it.OpenURL))
			} else {
				p.line(it.More)
			}
		}
		p.gap()
		if it.Hint != nil {
			p.line(it.Hint.text())
		}
		if it.ReplyURL != "" {
			p.link(it.Reply.text(), it.replyAddress)
		}
		p.offers(it.Button)
		if it.Open != "" {
			p.link(it.Open, string(it.OpenURL))
		}
		if it.Mark != "" {
			p.line(it.AnswerHere.text() + " [" + it.Mark + "]")
		}
		p.gap()
		ends = append(ends, len(p.b))
	}
	if v.More != "" {
		p.rule()
		if v.MoreURL != "" {
			p.link(v.More, string(v.MoreURL))
		} else {
			p.line(v.More)
		}
		p.gap()
	}
	p.footer(&v.page)
	r.Text = p.text()
	r.Head, r.Foot = r.Text[:ends[0]], r.Text[ends[len(v.Items)]:]
	r.Parts = make([]Part, len(v.Items))
	for i := range v.Items {
		r.Parts[i] = Part{Mark: v.Items[i].Mark, Text: r.Text[ends[i]:ends[i+1]]}
	}
}

// local keeps a zero time zero, which an offset would not.
func local(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
