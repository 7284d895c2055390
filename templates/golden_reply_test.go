package templates

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
)

const (
	actURL       = "https://market.example/a/mz3kq7v2n5x4h6j8t9c1d0f7g2s5w4r6y8b3p1l0a9e7u5i3o2"
	questionMail = "reply+q7f2m9x4k1c8v5z3b6n0@in.market.example"
)

// replyCases are the letters that answer a mail, in one language.
func replyCases(l *Letters, tag string) map[string]func() (Rendered, error) {
	cases := make(map[string]func() (Rendered, error))
	for reason := range english().answers {
		cases["answer-"+reason] = func() (Rendered, error) {
			a := Answer{Locale: tag, Reason: reason, MerchantOrPartnerName: "Nadia Rahman", Limit: 25_000_000}
			switch reason {
			case "not_a_member":
				a.MerchantOrPartnerName = "Studio Lind"
			case "no_token":
				a.MerchantOrPartnerName = ""
			case "unsupported":
				a.Detail = "text/calendar"
			case "file_refused":
				a.Detail = "price list.exe"
			case "unclear_answer":
				a.Detail = "/approve, /add, /revoke"
			case "unknown_command":
				a.Detail = "/noet Ask for the old prices\n/mark done"
			}
			return l.Answer(a)
		}
	}
	cases["alert-actions"] = func() (Rendered, error) {
		a := firstContact()
		a.Locale = tag
		for _, v := range []tradepost.Verb{tradepost.VerbDone, tradepost.VerbQualify, tradepost.VerbMute, tradepost.VerbDecline} {
			a.Actions = append(a.Actions, ActionLink{v, actURL + string(v)})
		}
		return l.Alert(a)
	}
	cases["answer-blocked-unnamed"] = func() (Rendered, error) { return l.Answer(Answer{Locale: tag, Reason: "blocked"}) }
	question := func(name string, q Question) {
		q.Locale, q.Name, q.Days = tag, "Maja Lind", 14
		cases["question-"+name] = func() (Rendered, error) { return l.Question(q) }
	}
	sender := Question{Kind: tradepost.QuestionSender, Reason: tradepost.ReasonWrongSender, About: "Nadia Rahman", From: "maja@home.example",
		MayAdd: true, Subject: "Re: Store migration", At: clock(13, 12), Zone: stockholm, ReplyAddress: questionMail, ApproveURL: actURL + "1", AddURL: actURL + "2", RevokeURL: actURL + "3"}
	question("sender", sender)
	failed := sender
	failed.Reason, failed.From, failed.MayAdd = tradepost.ReasonAuthentication, "maja.lind@studio-lind.example", false
	question("sender-failed", failed)
	byMail := sender
	byMail.ApproveURL, byMail.AddURL, byMail.RevokeURL = "", "", ""
	question("sender-by-mail", byMail)
	unclear := sender
	unclear.Reason, unclear.From, unclear.About, unclear.Subject, unclear.At = tradepost.ReasonSenderUnclear, "", "", "", time.Time{}
	question("sender-unclear", unclear)
	which := Question{Kind: tradepost.QuestionConversation, Text: "Yes, that can be done before Christmas.\n\nShall I send a proposal?\nMaja",
		Choices: []QuestionChoice{
			{nadia, migration, "reply+k3f9a2c7d1e8b4065kq0000001@in.market.example", "Re: Store migration", actURL + "4"},
			{taro, Matter{Kind: "integration"}, "reply+k3f9a2c7d1e8b4065kq0000002@in.market.example", "Re: Integration", actURL + "5"},
			{layla, Matter{Kind: "opportunity", Service: "Arabic storefront"}, "reply+k3f9a2c7d1e8b4065kq0000003@in.market.example", "Re: Arabic storefront", actURL + "6"},
		}}
	question("conversation", which)
	tooLong := which
	tooLong.Text = strings.Repeat("This goes on for longer than a link can hold. ", 40)
	tooLong.Choices = slices.Clone(which.Choices[:2])
	tooLong.Choices[0].ChooseURL, tooLong.Choices[1].ChooseURL = "", ""
	question("conversation-long", tooLong)
	confirm := Question{Kind: tradepost.QuestionConfirm, About: "Nadia Rahman", Command: tradepost.VerbBlock, ReplyAddress: questionMail, ConfirmURL: actURL + "7"}
	question("confirm-block", confirm)
	confirm.Command, confirm.ConfirmURL = tradepost.VerbDelete, ""
	question("confirm-delete", confirm)
	confirm.Command, confirm.CommandText, confirm.ConfirmURL = tradepost.VerbQualify, "GOLD", actURL+"8"
	question("confirm-qualify", confirm)

	transcript := func(name string, parts ...TranscriptPart) {
		cases["transcript-"+name] = func() (Rendered, error) {
			return l.Transcript(Transcript{Locale: tag, Name: "Maja Lind", Zone: stockholm, Parts: parts})
		}
	}
	part := func(results ...tradepost.CommandResult) TranscriptPart {
		return TranscriptPart{Merchant: nadia, Matter: migration, Results: results,
			ReplyAddress: "reply+k3f9a2c7d1e8b4065kq0000001@in.market.example", ReplySubject: "Re: Store migration", OpenURL: openURL}
	}
	transcript("some", func() TranscriptPart {
		p := part(result(tradepost.VerbTag, tradepost.CommandDone), result(tradepost.VerbMute, tradepost.CommandDone))
		p.Posted = true
		return p
	}())
	for _, state := range []tradepost.CommandState{tradepost.CommandDone, tradepost.CommandUnchanged, tradepost.CommandAsked} {
		var all []tradepost.CommandResult
		for _, c := range commands() {
			if c.verb != tradepost.VerbHelp || state != tradepost.CommandAsked {
				all = append(all, result(c.verb, state))
			}
		}
		transcript("all-"+string(state), part(all...))
	}
	var refused []tradepost.CommandResult
	for i, reason := range []string{tradepost.CommandNothingToUndo, tradepost.CommandTooLate, tradepost.CommandNoMessage, tradepost.CommandNoCode,
		tradepost.CommandNotAllowed, tradepost.CommandTooMany, tradepost.CommandBlocked, "some other reason"} {
		verb := []tradepost.Verb{tradepost.VerbUndo, tradepost.VerbUndo, tradepost.VerbDone, tradepost.VerbQualify, tradepost.VerbDelete,
			tradepost.VerbBlock, tradepost.VerbNote, "dance"}[i]
		r := result(verb, tradepost.CommandRefused)
		r.Reason = reason
		refused = append(refused, r)
	}
	transcript("refused", part(refused...))
	undo := result(tradepost.VerbUndo, tradepost.CommandDone)
	undo.Undone = UndoneReply
	transcript("undo-reply", part(undo))
	undo.Undone = string(tradepost.VerbTag)
	transcript("undo-command", part(undo))
	transcript("help", part(result(tradepost.VerbHelp, tradepost.CommandDone)))
	why := result(tradepost.VerbWhy, tradepost.CommandDone)
	for i, told := range []tradepost.Told{
		{Outcome: tradepost.Alerted, Reason: string(tradepost.AlertFirstContact), SentAt: "2026-11-23T13:12:09Z", Address: "maja@studio-lind.example"},
		{Outcome: tradepost.Digested, SentAt: "2026-11-23T14:47:00Z", Address: "maja@studio-lind.example"},
		{Outcome: tradepost.OutcomeSkipped, Reason: tradepost.ReasonMuted},
		{Outcome: tradepost.OutcomeFailed, Reason: tradepost.ReasonGaveUp, Merchant: "山田 太郎"},
		{Outcome: ""},
	} {
		told.MessageAt = clock(13, 12+i).Format("2006-01-02T15:04:05Z07:00")
		if told.Merchant == "" {
			told.Merchant = nadia.Name
		}
		why.Why = append(why.Why, told)
	}
	transcript("why", part(why))
	posted, gone := part(), part(result(tradepost.VerbDone, tradepost.CommandUnchanged))
	posted.Posted = true
	gone.Merchant, gone.Matter, gone.Refused = taro, Matter{Kind: "integration"}, tradepost.ReasonClosed
	asks := part(result(tradepost.VerbBlock, tradepost.CommandAsked))
	asks.Merchant, asks.OpenURL = layla, ""
	transcript("digest", posted, gone, asks)
	return cases
}

func result(verb tradepost.Verb, state tradepost.CommandState) tradepost.CommandResult {
	r := tradepost.CommandResult{Command: tradepost.Command{Verb: verb}, State: state}
	switch verb {
	case tradepost.VerbMark:
		r.Text = "🎉"
	case tradepost.VerbTag, tradepost.VerbUntag:
		r.Tags = []string{"christmas", "big store", "山"}
	case tradepost.VerbQualify:
		r.Text = "GOLD"
	case tradepost.VerbNote:
		r.Text = "Ask Åsa for the old prices first.\nShe has the list."
	default:
	}
	return r
}

// sameWords holds that the two parts of a letter say the same: every word of
// the text stands in the HTML as well.
func sameWords(t *testing.T, r Rendered) {
	t.Helper()
	html := words(t, r.HTML)
	for word := range strings.FieldsSeq(r.Text) {
		word = strings.TrimRight(strings.Trim(word, "\u2068\u2069"), ":,.\u2069")
		if strings.Contains(word, "@") || strings.Contains(word, "://") || strings.HasPrefix(word, "--") || word == "-" || word == "" {
			continue
		}
		// A reply that is filled in holds its line in the link.
		if !strings.Contains(html, word) && !(word[0] == '/' && strings.Contains(r.HTML, "body="+string(percent(nil, word, unreserved)))) {
			t.Errorf("the text's %q is not in the HTML", word)
		}
	}
}

// TestActionPages looks at the words of every verb in every state and language.
func TestActionPages(t *testing.T) {
	l := letters(t)
	var all strings.Builder
	verbs := []string{tradepost.StopDigests, "approve", "add", "revoke", "choose", "confirm", "dance"}
	for _, c := range commands() {
		verbs = append(verbs, string(c.verb))
	}
	states := []string{ActionAsk, ActionDone, ActionUnchanged, ActionAsked, ActionRefused, ActionExpired, ActionAnswered, ActionInvalid, ActionGone, "no such state"}
	for _, tag := range l.Locales() {
		all.Reset()
		for _, state := range states {
			for _, verb := range verbs {
				p := ActionPage{Locale: tag, Verb: verb, State: state, Name: "Nadia Rahman"}
				switch {
				case state == ActionRefused:
					p.Detail = tradepost.CommandNoCode
				case verb == tradepost.StopDigests:
					p.Name, p.Detail = "Maja Lind", "Studio Lind"
				case verb == "add":
					p.Detail = "maja@home.example"
				case verb == "mark":
					p.Detail = "🎉"
				case verb == "tag" || verb == "untag":
					p.Detail = "christmas"
				}
				w := l.ActionPage(p)
				if w.Title == "" || w.Text == "" || (w.Button != "") != (state == ActionAsk) || w.Lang != tag || w.Dir != "ltr" {
					t.Errorf("%s %s %s: %+v", tag, verb, state, w)
				}
				fmt.Fprintf(&all, "%s %s: %s | %s | %s | %s\n", state, verb, w.Title, w.Text, w.Button, w.Note)
				if strings.ContainsAny(w.Title+w.Text+w.Button+w.Note, "{}") {
					t.Errorf("%s %s %s has a place left: %+v", tag, verb, state, w)
				}
				if n := width(w.Button); n > 30 {
					t.Errorf("%s %s: the button has %d columns, more than one line of a telephone: %q", tag, verb, n, w.Button)
				}
				p.Name = ""
				if got := l.ActionPage(p); got.Title == "" || strings.ContainsAny(got.Title+got.Text, "{}") {
					t.Errorf("%s %s %s without a name: %+v", tag, verb, state, got)
				}
			}
		}
		golden(t, "pages-"+tag+".words", all.String())
	}
}
