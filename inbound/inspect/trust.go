package inspect

// trust writes how far the sender may be believed.
func (p *page) trust(d *Document) {
	t := d.Trust
	if t == nil {
		return
	}
	p.heading("Sender", "")
	from := t.From
	if from == "" {
		from = "none that counts: no address, several, or one that can be read in two ways"
	}
	p.field("From", from)
	by := map[string]string{"authserv": "by the receiving server", "own": "by our own check", "": "nobody was asked"}[t.By]
	p.field("Authentic", t.Authentication+", "+by)
	p.field("", t.Detail)
	p.field("Address", t.Address)
	p.field("If theirs", t.IfOwn)
	p.field("If not", t.IfOther)
}
