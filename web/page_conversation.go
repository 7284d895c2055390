package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// conversationPage is one conversation beside the list it is from.
type conversationPage struct {
	Title    string
	Viewer   viewer
	Rows     []row
	C        store.Conversation
	Messages []store.Message
	Members  []store.Member // of the partner: as whom the page can be looked at
	Last     int64          // id of the newest message; 0 = none
	Unread   bool           // for the member who looks
	Draft    string         // what was typed and not taken
	Problems []string       // why not
	Version  string
	Team     *team // what the partner's own side sees; nil for everybody else
}

// team is what a partner's members see of a conversation, and its merchant never.
type team struct {
	Waiting       map[int64]time.Time // their messages that the merchant hasn't yet, with the time at which they go
	Notes         []store.Note
	Tags          []string
	Qualification string // code; "" = the merchant is not qualified
}

// Seconds is how long the message waits until it goes to the merchant, as far as
// it is for the viewer to take back; -1 = it doesn't, or isn't.
func (p conversationPage) Seconds(m store.Message) int {
	if p.Team == nil || m.MemberID == 0 || m.MemberID != p.Viewer.MemberID || p.Team.Waiting[m.ID].IsZero() {
		return -1
	}
	return max(0, int(math.Ceil(time.Until(p.Team.Waiting[m.ID]).Seconds())))
}

// loadConversation is what all handlers of one conversation begin with. A member
// of another partner sees nothing.
func (s *server) loadConversation(r *http.Request, as string) (conversationPage, error) {
	id, err := tradepost.ParseID(tradepost.ConversationPrefix, r.PathValue("id"))
	if err != nil {
		return conversationPage{}, errNoPage
	}
	partners, err := s.store.Partners(r.Context())
	if err != nil {
		return conversationPage{}, err
	}
	v, err := viewerOf(partners, as)
	if err != nil {
		return conversationPage{}, err
	}
	c, messages, err := s.store.Conversation(r.Context(), id)
	if err != nil {
		return conversationPage{}, err
	}
	if v.MemberID != 0 && v.PartnerID != c.PartnerID {
		return conversationPage{}, errNoPage
	}
	p := conversationPage{Title: c.Merchant.Name, Viewer: v, C: c, Messages: messages}
	waiting, err := s.store.RelaysWaiting(r.Context(), id)
	if err != nil {
		return conversationPage{}, err
	}
	if v.MemberID != 0 {
		if p.Team, err = s.team(r.Context(), c, waiting); err != nil {
			return conversationPage{}, err
		}
	}
	if v.Merchant {
		p.Title = c.Partner
		// What can still be taken back was never there.
		p.Messages = slices.DeleteFunc(p.Messages, func(m store.Message) bool {
			_, waits := waiting[m.ID]
			return waits
		})
	}
	if i := slices.IndexFunc(partners, func(p store.Partner) bool { return p.ID == c.PartnerID }); i >= 0 {
		p.Members = partners[i].Members
	}
	if n := len(p.Messages); n > 0 {
		p.Last = p.Messages[n-1].ID
	}
	return p, nil
}

// shownNote is a note as the page shows it.
type shownNote struct {
	store.Note
	Zone *time.Location
}

// NotesBefore lists the notes that were written between the message before the
// one at an index and that one; behind the last message with their number.
func (p conversationPage) NotesBefore(i int) []shownNote {
	if p.Team == nil {
		return nil
	}
	var shown []shownNote
	for _, n := range p.Team.Notes {
		after := i == 0 || !n.At.Before(p.Messages[i-1].CreatedAt)
		before := i == len(p.Messages) || n.At.Before(p.Messages[i].CreatedAt)
		if after && before {
			shown = append(shown, shownNote{n, p.Viewer.Zone})
		}
	}
	return shown
}

func (s *server) team(ctx context.Context, c store.Conversation, waiting map[int64]time.Time) (*team, error) {
	t := &team{Waiting: waiting}
	var err error
	if t.Notes, err = s.store.Notes(ctx, c.ID); err != nil {
		return nil, err
	}
	if t.Tags, err = s.store.Tags(ctx, c.ID); err != nil {
		return nil, err
	}
	q, err := s.store.Qualification(ctx, c.PartnerID, c.Merchant.ID)
	if err != nil && !errors.Is(err, tradepost.ErrNotFound) {
		return nil, err
	}
	t.Qualification = q.Code
	return t, nil
}

func (s *server) showConversation(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadConversation(r, r.URL.Query().Get("as"))
	if err != nil {
		return err
	}
	return s.renderConversation(w, r, http.StatusOK, p)
}

func (s *server) renderConversation(w http.ResponseWriter, r *http.Request, status int, p conversationPage) error {
	var err error
	if p.Rows, err = s.rows(r.Context(), p.Viewer, p.C); err != nil {
		return err
	}
	for _, row := range p.Rows {
		p.Unread = p.Unread || row.Current && row.Unread
	}
	var marks strings.Builder
	for _, m := range p.Messages {
		marks.WriteString(m.Mark)
	}
	p.Version = fmt.Sprint(len(p.Messages), p.Last, p.Unread, marks.String())
	if p.Team != nil {
		p.Version += fmt.Sprint(len(p.Team.Notes), p.Team.Tags, p.Team.Qualification)
	}
	s.render(w, r, s.pages.conversation, status, p)
	return nil
}

// Bounds on a form: its files and its text, and what of it is held in memory.
const (
	maxForm       = tradepost.MaxAttachmentBytes + 2<<20
	maxFormMemory = 4 << 20
)

var errFormTooLarge = pageError{http.StatusRequestEntityTooLarge, "Too large", "The files of one message may be 25 MiB together. Go back: your text is still there."}

// postMessage takes the answer box. What it refuses, it shows again as typed.
func (s *server) postMessage(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseMultipartForm(maxFormMemory) //nolint:gosec // G120: bounded by the line above
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errFormTooLarge
	case err != nil && !errors.Is(err, http.ErrNotMultipart):
		return pageError{http.StatusBadRequest, "Not understood", "The form arrived broken. Go back and send it again."}
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	p, err := s.loadConversation(r, r.PostFormValue("as"))
	if err != nil {
		return err
	}
	by := store.Author{Role: tradepost.AuthorMerchant}
	if !p.Viewer.Merchant {
		by = store.Author{Role: tradepost.AuthorMember, MemberID: p.Viewer.MemberID}
		// What came while they wrote was not before them. Without it: all.
		by.Through, _ = tradepost.ParseID(tradepost.MessagePrefix, r.PostFormValue("through"))
	}
	p.Draft = r.PostFormValue("body")
	if !p.Viewer.Writes() {
		p.Problems = []string{"Choose first as whom you write."}
		return s.renderConversation(w, r, http.StatusUnprocessableEntity, p)
	}
	files := formFiles(r.MultipartForm)
	var faults tradepost.Invalid
	if err := tradepost.ValidateMessage(p.Draft, files); errors.As(err, &faults) {
		for _, f := range faults {
			p.Problems = append(p.Problems, sentenceOf(f, files))
		}
		return s.renderConversation(w, r, http.StatusUnprocessableEntity, p)
	}
	_, err = s.store.AddMessage(r.Context(), p.C.ID, by, tradepost.ViaWeb, tradepost.NormalBody(p.Draft), files, store.Request{})
	if errors.Is(err, tradepost.ErrRefused) {
		p.Problems = []string{"Not sent. " + reasonOf(err)}
		return s.renderConversation(w, r, http.StatusConflict, p)
	}
	if err != nil {
		return err
	}
	s.backTo(w, r, p, "#answer")
	return nil
}

// sentenceOf says a fault of a message in words for the person who typed it.
func sentenceOf(f tradepost.Fault, files []tradepost.Attachment) string {
	if f.Field == "body" {
		return "Your message " + f.Problem + "."
	}
	for i, file := range files {
		if f.Field == indexed("attachments", i)+".filename" {
			return file.Filename + ": this name " + f.Problem + "."
		}
	}
	return "The files " + f.Problem + "."
}

// formFiles lists the uploads; the large ones are on disk, and stay there until
// they are stored. Browsers send an empty one where none was chosen.
func formFiles(form *multipart.Form) []tradepost.Attachment {
	if form == nil {
		return nil
	}
	var files []tradepost.Attachment
	for _, fh := range form.File["files"] {
		if fh.Filename == "" && fh.Size == 0 {
			continue
		}
		// Browsers guess the type from the extension; what they can't say is
		// stored as octets.
		kind, _, err := mime.ParseMediaType(fh.Header.Get("Content-Type"))
		if err != nil || tradepost.MediaTypeProblem(kind) != "" {
			kind = ""
		}
		files = append(files, tradepost.Attachment{
			Filename: tradepost.SafeFilename(fh.Filename), ContentType: kind, Size: fh.Size,
			Open: func() (io.ReadCloser, error) { return fh.Open() },
		})
	}
	return files
}

// smallForm is a form of buttons and hidden fields.
func (s *server) smallForm(w http.ResponseWriter, r *http.Request) (conversationPage, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return conversationPage{}, pageError{http.StatusBadRequest, "Not understood", "The form arrived broken. Go back and send it again."}
	}
	p, err := s.loadConversation(r, r.PostFormValue("as"))
	if err != nil {
		return conversationPage{}, err
	}
	if p.Viewer.MemberID == 0 {
		return conversationPage{}, pageError{http.StatusForbidden, "Not done", "Only a member of the partner can do this. Choose one under View as."}
	}
	return p, nil
}

func (s *server) postRead(w http.ResponseWriter, r *http.Request) error {
	p, err := s.smallForm(w, r)
	if err != nil {
		return err
	}
	through, err := tradepost.ParseID(tradepost.MessagePrefix, r.PostFormValue("through"))
	if err != nil {
		return errNoPage
	}
	if err := s.store.Read(r.Context(), p.C.ID, p.Viewer.MemberID, through); err != nil {
		return err
	}
	s.backTo(w, r, p, "")
	return nil
}

// postMark marks a message with the emoji given, or takes its mark off where
// none is.
func (s *server) postMark(w http.ResponseWriter, r *http.Request) error {
	p, err := s.smallForm(w, r)
	if err != nil {
		return err
	}
	message, err := tradepost.ParseID(tradepost.MessagePrefix, r.PostFormValue("message"))
	if err != nil || !has(p.Messages, message) {
		return errNoPage
	}
	switch emoji := r.PostFormValue("emoji"); {
	case emoji == "":
		err = s.store.Unmark(r.Context(), p.C.ID, message, p.Viewer.MemberID)
	case emojiProblem(emoji) != "":
		return pageError{http.StatusUnprocessableEntity, "Not marked", "The mark " + emojiProblem(emoji) + "."}
	default:
		err = s.store.Mark(r.Context(), p.C.ID, message, p.Viewer.MemberID, emoji)
	}
	if err != nil {
		return err
	}
	s.backTo(w, r, p, "#"+tradepost.FormatID(tradepost.MessagePrefix, message))
	return nil
}

// backTo shows the conversation again, by GET: reloading it sends nothing twice.
func (s *server) backTo(w http.ResponseWriter, r *http.Request, p conversationPage, fragment string) {
	to := "/conversations/" + tradepost.FormatID(tradepost.ConversationPrefix, p.C.ID) + p.Viewer.Query() + fragment
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // G710: a path of this site, with ids and an escaped query
}

// downloadAttachment serves a file to whom the conversation is shown.
func (s *server) downloadAttachment(w http.ResponseWriter, r *http.Request) error {
	p, err := s.loadConversation(r, r.URL.Query().Get("as"))
	if err != nil {
		return err
	}
	id, err := tradepost.ParseID(tradepost.AttachmentPrefix, r.PathValue("attachment"))
	if err != nil {
		return errNoPage
	}
	mine := slices.ContainsFunc(p.Messages, func(m store.Message) bool {
		return slices.ContainsFunc(m.Files, func(f store.File) bool { return f.ID == id })
	})
	if !mine {
		return errNoPage
	}
	f, content, err := s.store.Attachment(r.Context(), id)
	if err != nil {
		return err
	}
	maps.Copy(w.Header(), downloadHeader(f))
	s.send(r.Context(), w, content)
	return nil
}
