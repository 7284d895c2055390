package worker

import (
	"context"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// attachBelow is how large the files of a message may be together, in octets, to
// go with the letter; larger ones are listed only. 10 MB are 14 in base64, which
// nearly every mailbox takes.
const attachBelow = 10 << 20

// files lists a message's files for its letter, and says whether they go with it.
func files(m store.Message) (list []templates.File, attach bool) {
	var total int64
	for _, f := range m.Files {
		list = append(list, templates.File{Filename: f.Filename, Size: f.Size})
		total += f.Size
	}
	return list, total > 0 && total <= attachBelow
}

func (w *Worker) attachments(ctx context.Context, m store.Message) ([]mailer.Attachment, error) {
	var out []mailer.Attachment
	for _, f := range m.Files {
		data, err := w.o.Store.Blobs().Get(ctx, f.BlobKey)
		if err != nil {
			return nil, err
		}
		out = append(out, mailer.Attachment{Filename: f.Filename, ContentType: f.ContentType, Data: data})
	}
	return out, nil
}

func merchant(m store.Merchant) templates.Merchant {
	return templates.Merchant{Name: m.Name, StoreName: m.StoreName, StoreURL: m.StoreURL, PublicEmail: m.PublicEmail,
		NoStore: m.Role == tradepost.MerchantNoStore}
}

func matter(m store.Matter) templates.Matter {
	return templates.Matter{Kind: string(m.Kind), Service: m.Service}
}

func role(c store.Correspondent) string {
	if c.Owner {
		return "owner"
	}
	return "member"
}

// messageLetter is what alert and relay have in common: one message to one
// person, whose answer goes into the conversation.
func (w *Worker) messageLetter(ctx context.Context, kind tradepost.NotificationKind, l store.MessageLetter, r templates.Rendered, attach bool) (*mailer.Letter, error) {
	reply, err := w.o.conversationAddress(l.To, l.Matter, l.Message.ID)
	if err != nil {
		return nil, err
	}
	letter := &mailer.Letter{
		From: mailer.Address{Name: r.FromName, Addr: w.o.From}, To: mailer.Address{Name: templates.CleanName(l.To.Name), Addr: l.To.Address},
		ReplyTo: mailer.Address{Name: r.FromName, Addr: reply},
		Subject: r.Subject, MessageID: l.MailID, Date: l.Message.CreatedAt,
		Text: r.Text, HTML: r.HTML,
	}
	if err := w.dress(letter, kind, l.Claimed, l.To, l.Partner); err != nil {
		return nil, err
	}
	for _, id := range l.References {
		if mailer.ValidMessageID(id) { // mailers write what they like there
			letter.References = append(letter.References, id)
			letter.InReplyTo = id
		}
	}
	if attach {
		if letter.Attachments, err = w.attachments(ctx, l.Message); err != nil {
			return nil, err
		}
	}
	return letter, nil
}
