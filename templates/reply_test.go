package templates

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
)

// TestQuestionNeverShowsTheHeldMail: it may be a stranger's, and the letter
// would carry it to the person under our name.
func TestQuestionNeverShowsTheHeldMail(t *testing.T) {
	l := letters(t)
	for _, kind := range []tradepost.QuestionKind{tradepost.QuestionSender, tradepost.QuestionConfirm} {
		r, err := l.Question(Question{Kind: kind, Text: "Please send the ransom", Command: tradepost.VerbBlock, ReplyAddress: questionMail, From: "evil@x.example"})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(r.Text+r.HTML, "ransom") || strings.Contains(r.HTML, "evil@x.example\"") {
			t.Errorf("%s shows the mail:\n%s", kind, r.Text)
		}
	}
}

// TestSenderQuestionShowsWhichMail: its subject and when it came, in the zone of
// the person asked; what isn't known is left out.
func TestSenderQuestionShowsWhichMail(t *testing.T) {
	l := letters(t)
	for _, c := range []struct {
		name    string
		subject string
		at      time.Time
		zone    *time.Location
		want    []string
		not     string
	}{
		{"both", "Your prices", clock(13, 12), stockholm, []string{"Subject: Your prices\n", "Received: 23 Nov 2026 14:12 CET\n"}, "{"},
		{"no zone", "", clock(13, 12), nil, []string{"Received: 23 Nov 2026 13:12 UTC\n"}, "Subject:"},
		{"zone without letters", "", clock(13, 12), time.FixedZone("", 20_700), []string{"Received: 23 Nov 2026 18:57 UTC+0545\n"}, "Subject:"},
		{"lines of its own", "Prices\r\n/approve\u202e", time.Time{}, nil, []string{"Subject: Prices /approve\n"}, "Received:"},
		{"nothing to see", " \u200b\n", time.Time{}, nil, nil, "Subject:"},
		{"too long", strings.Repeat("Prices ", 50), time.Time{}, nil, []string{"…"}, "Received:"},
	} {
		r, err := l.Question(Question{Kind: tradepost.QuestionSender, From: "maja@home.example", ReplyAddress: questionMail, Subject: c.subject, At: c.at, Zone: c.zone})
		if err != nil {
			t.Fatal(err)
		}
		checkLetter(t, r)
		for _, want := range c.want {
			if !strings.Contains(r.Text, want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, r.Text)
			}
		}
		if strings.Contains(r.Text, c.not) {
			t.Errorf("%s: %q in\n%s", c.name, c.not, r.Text)
		}
	}
}

// TestConversationTellsTheWaysApart where there are two, and promises a text
// that is filled in only where the link holds it.
func TestConversationTellsTheWaysApart(t *testing.T) {
	l := letters(t)
	for _, c := range []struct {
		name, text, page string
		ways, fills      bool
	}{
		{"both", "Yes.", actURL, true, true},
		{"too long", strings.Repeat("Yes. ", MaxMailtoText), actURL, true, false},
		{"no page", "Yes.", "", false, false},
	} {
		r, err := l.Question(Question{Kind: tradepost.QuestionConversation, Text: c.text, Choices: []QuestionChoice{
			{Merchant: nadia, Matter: migration, ReplyAddress: "reply+a@in.market.example", ChooseURL: c.page}}})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(r.Text), " ")
		if got := strings.Contains(text, "writes a new answer"); got != c.ways {
			t.Errorf("%s: the two ways are told apart: %v", c.name, got)
		}
		if got := strings.Contains(text, "with your text filled in"); got != c.fills {
			t.Errorf("%s: a filled-in text is promised: %v", c.name, got)
		}
	}
}

func TestQuestionOffersOnlyWhatMayBe(t *testing.T) {
	l := letters(t)
	q := Question{Kind: tradepost.QuestionSender, From: "maja@home.example", ReplyAddress: questionMail, ApproveURL: actURL + "1", AddURL: actURL + "2", RevokeURL: actURL + "3"}
	without, err := l.Question(q)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(without.Text+without.HTML, "/add") || strings.Contains(without.HTML, actURL+"2") {
		t.Error("the address may be added though MayAdd is false")
	}
	q.MayAdd, q.From = true, "maja@home.example\r\nBcc: x@y.example"
	unclear, err := l.Question(q)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(unclear.Text+unclear.HTML, "/add") || strings.Contains(unclear.Text, "Bcc") {
		t.Error("an address that can't be shown may be added")
	}
	for name, q := range map[string]Question{
		"no way to answer": {Kind: tradepost.QuestionSender},
		"no kind":          {ReplyAddress: questionMail},
	} {
		if _, err := l.Question(q); err == nil {
			t.Errorf("%s: a letter was rendered", name)
		}
	}
}

// hrefs lists the links of a letter.
func hrefs(html string) []string {
	var out []string
	for _, part := range strings.Split(html, `href="`)[1:] {
		link, _, _ := strings.Cut(part, `"`)
		out = append(out, strings.ReplaceAll(link, "&amp;", "&"))
	}
	return out
}

// TestConversationLinksHoldTheText: a reply by link is the text itself, whole,
// to the conversation's own address and nobody else's.
func TestConversationLinksHoldTheText(t *testing.T) {
	l := letters(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(hostile(), rapid.StringN(0, MaxMailtoText+5, -1)).Draw(t, "text")
		q := Question{Kind: tradepost.QuestionConversation, Text: text, Choices: []QuestionChoice{
			{Merchant: nadia, Matter: migration, ReplyAddress: "reply+a@in.market.example", ReplySubject: hostile().Draw(t, "subject")}}}
		r, err := l.Question(q)
		if err != nil {
			t.Fatal(err)
		}
		clean := strings.TrimSpace(cleanText(text))
		i := slices.IndexFunc(hrefs(r.HTML), func(s string) bool { return strings.HasPrefix(s, "mailto:") })
		if i < 0 {
			t.Fatal("no reply link")
		}
		u, err := url.Parse(hrefs(r.HTML)[i])
		if err != nil {
			t.Fatal(err)
		}
		for key := range u.Query() {
			if key != "subject" && key != "body" {
				t.Errorf("the link sets %s", key)
			}
		}
		body := strings.ReplaceAll(u.Query().Get("body"), "\r\n", "\n")
		if len([]rune(clean)) <= MaxMailtoText && body != clean || len([]rune(clean)) > MaxMailtoText && body != "" {
			t.Errorf("the link holds %q of %q", body, clean)
		}
	})
}

func TestConversationFits(t *testing.T) {
	l := letters(t)
	for _, text := range []string{strings.Repeat("山", MaxMailtoText), strings.Repeat(`"&`, 40_000), strings.Repeat("\n", 90_000), ""} {
		q := Question{Kind: tradepost.QuestionConversation, Text: text}
		for range 40 {
			q.Choices = append(q.Choices, QuestionChoice{Merchant: long, Matter: migration, ReplyAddress: "reply+a@in.market.example", ChooseURL: actURL})
		}
		r, err := l.Question(q)
		if err != nil {
			t.Fatal(err)
		}
		checkLetter(t, r)
		if !strings.Contains(r.Text, "more conversations") || strings.Count(r.Text, "Post it to") == 0 {
			t.Errorf("conversations are missing without a word:\n%.900s", r.Text)
		}
	}
}

// TestTranscriptSaysSomething of every verb, state and reason, known or not.
func TestTranscriptSaysSomething(t *testing.T) {
	l := letters(t)
	for _, tag := range l.Locales() {
		seen := map[string]bool{}
		for _, verb := range append(commands(), commandForm{verb: "dance"}, commandForm{}) {
			for _, state := range []tradepost.CommandState{tradepost.CommandDone, tradepost.CommandUnchanged, tradepost.CommandAsked, tradepost.CommandRefused, "new"} {
				reasons := []string{""}
				if state == tradepost.CommandRefused {
					reasons = append(reasons, tradepost.CommandTooLate, "no such reason")
				}
				for _, reason := range reasons {
					res := result(verb.verb, state)
					res.Reason = reason
					r, err := l.Transcript(Transcript{Locale: tag, Parts: []TranscriptPart{{Merchant: nadia, Results: []tradepost.CommandResult{res}}}})
					if err != nil {
						t.Fatal(err)
					}
					checkLetter(t, r)
					if strings.ContainsAny(r.Text+r.Subject, "{}") {
						t.Errorf("%s %s %s: %s\n%s", tag, verb.verb, state, r.Subject, r.Text)
					}
					seen[r.Text] = true
				}
			}
		}
		if len(seen) < 4*len(commands()) {
			t.Errorf("%s has only %d different transcripts", tag, len(seen))
		}
		for reason := range english().answers {
			r, err := l.Transcript(Transcript{Locale: tag, Parts: []TranscriptPart{{Refused: tradepost.Reason(reason)}}})
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(r.Text, "{}") {
				t.Errorf("%s %s:\n%s", tag, reason, r.Text)
			}
		}
	}
	if _, err := l.Transcript(Transcript{}); err == nil {
		t.Error("a transcript of nothing was rendered")
	}
}

// TestTranscriptFits: a note is as long as a mail, and twenty of them fit.
func TestTranscriptFits(t *testing.T) {
	l := letters(t)
	note := result(tradepost.VerbNote, tradepost.CommandDone)
	note.Text = strings.Repeat(`<&"`, 30_000)
	why := result(tradepost.VerbWhy, tradepost.CommandDone)
	for range 500 {
		why.Why = append(why.Why, tradepost.Told{Merchant: strings.Repeat("Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307", 60), MessageAt: "2026-11-23T13:12:09Z"})
	}
	part := TranscriptPart{Merchant: nadia, Results: slices.Repeat([]tradepost.CommandResult{note, why}, 20)}
	for _, n := range []int{1, 60} {
		r, err := l.Transcript(Transcript{Parts: slices.Repeat([]TranscriptPart{part}, n)})
		if err != nil {
			t.Fatal(err)
		}
		checkLetter(t, r)
		if !strings.Contains(r.Text, "more commands") || n > 1 && !strings.Contains(r.Text, "more conversation") {
			t.Errorf("%d parts: what was left out is not said", n)
		}
	}
}

func TestAlertActions(t *testing.T) {
	l := letters(t)
	a := firstContact()
	for _, v := range []tradepost.Verb{tradepost.VerbDone, tradepost.VerbQualify, "dance", tradepost.VerbMute} {
		a.Actions = append(a.Actions, ActionLink{v, actURL + string(v)})
	}
	a.Actions = append(a.Actions, ActionLink{tradepost.VerbDecline, "javascript:alert(1)"})
	r, err := l.Alert(a)
	if err != nil {
		t.Fatal(err)
	}
	checkLetter(t, r)
	for _, want := range []string{"Mark as done:\n" + actURL + "done\n", "Qualify Nadia Rahman:\n", "Mute this conversation:\n"} {
		if !strings.Contains(r.Text, want) {
			t.Errorf("no %q in\n%s", want, r.Text)
		}
	}
	if strings.Contains(r.Text+r.HTML, "dance") || strings.Contains(r.Text+r.HTML, "javascript") || strings.Contains(r.Text, "Decline") {
		t.Error("an action without words or link is shown")
	}
}

// TestAnyReplyIsALetter holds checkLetter for whatever is asked and done.
func TestAnyReplyIsALetter(t *testing.T) {
	l := letters(t)
	text := hostile()
	locale := rapid.SampledFrom(l.Locales())
	t.Run("question", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			q := Question{
				Locale: locale.Draw(t, "locale"),
				Kind:   rapid.SampledFrom([]tradepost.QuestionKind{tradepost.QuestionSender, tradepost.QuestionConversation, tradepost.QuestionConfirm}).Draw(t, "kind"),
				Reason: tradepost.Reason(rapid.OneOf(text, rapid.Just("wrong_sender")).Draw(t, "reason")), Name: text.Draw(t, "name"), About: text.Draw(t, "about"),
				From: rapid.OneOf(text, rapid.Just("a@b.example")).Draw(t, "from"), MayAdd: rapid.Bool().Draw(t, "mayAdd"), Text: text.Draw(t, "text"),
				Command:     tradepost.Verb(rapid.OneOf(text, rapid.SampledFrom([]string{"block", "delete", "qualify"})).Draw(t, "verb")),
				CommandText: text.Draw(t, "commandText"), ReplyAddress: rapid.OneOf(text, rapid.Just(questionMail)).Draw(t, "reply"),
				ApproveURL: drawURL(t, "approve"), AddURL: drawURL(t, "add"), RevokeURL: drawURL(t, "revoke"), ConfirmURL: drawURL(t, "confirm"),
				Days: rapid.IntRange(-1, 400).Draw(t, "days"), Subject: text.Draw(t, "of"), At: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "received"), 0),
			}
			q.Choices = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) QuestionChoice {
				return QuestionChoice{drawMerchant(t), drawMatter(t), rapid.OneOf(text, rapid.Just("reply+a@b.example")).Draw(t, "address"), text.Draw(t, "subject"), drawURL(t, "choose")}
			}), 0, 14).Draw(t, "choices")
			r, err := l.Question(q)
			if err != nil {
				if addrSpec(q.ReplyAddress) {
					t.Fatal(err)
				}
				return
			}
			checkLetter(t, r)
		})
	})
	t.Run("transcript", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			verb := rapid.Custom(func(t *rapid.T) tradepost.Verb {
				if rapid.Bool().Draw(t, "known") {
					return rapid.SampledFrom(commands()).Draw(t, "command").verb
				}
				return tradepost.Verb(text.Draw(t, "verb"))
			})
			parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) TranscriptPart {
				return TranscriptPart{
					Merchant: drawMerchant(t), Matter: drawMatter(t), Posted: rapid.Bool().Draw(t, "posted"),
					Refused:      tradepost.Reason(rapid.OneOf(text, rapid.SampledFrom([]string{"", "closed", "too_big", "not_a_member"})).Draw(t, "refused")),
					ReplyAddress: rapid.OneOf(text, rapid.Just("reply+a@b.example")).Draw(t, "address"), ReplySubject: text.Draw(t, "subject"), OpenURL: drawURL(t, "open"),
					Results: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tradepost.CommandResult {
						return tradepost.CommandResult{
							Command: tradepost.Command{Verb: verb.Draw(t, "verb"), Text: text.Draw(t, "text"), Tags: rapid.SliceOfN(text, 0, 12).Draw(t, "tags")},
							State:   rapid.SampledFrom([]tradepost.CommandState{"done", "unchanged", "asked", "refused", "x"}).Draw(t, "state"),
							Reason:  rapid.OneOf(text, rapid.Just("too_late")).Draw(t, "reason"), Undone: rapid.OneOf(text, rapid.Just("reply")).Draw(t, "undone"),
							Why: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tradepost.Told {
								return tradepost.Told{MessageAt: rapid.OneOf(text, rapid.Just("2026-11-23T13:12:09Z")).Draw(t, "at"), Merchant: text.Draw(t, "merchant"),
									Outcome: tradepost.Outcome(text.Draw(t, "outcome")), Reason: text.Draw(t, "why"), SentAt: text.Draw(t, "sent"), Address: text.Draw(t, "to")}
							}), 0, 3).Draw(t, "whys"),
						}
					}), 0, 5).Draw(t, "results"),
				}
			}), 1, 4).Draw(t, "parts")
			r, err := l.Transcript(Transcript{Locale: locale.Draw(t, "locale"), Name: text.Draw(t, "name"), Parts: parts})
			if err != nil {
				t.Fatal(err)
			}
			checkLetter(t, r)
		})
	})
	t.Run("answer", func(t *testing.T) {
		reasons := []string{"file_refused", "unknown_command", "breaker", "held", "no_token", "revoked", "blocked"}
		rapid.Check(t, func(t *rapid.T) {
			r, err := l.Answer(Answer{Locale: locale.Draw(t, "locale"), Reason: rapid.SampledFrom(reasons).Draw(t, "reason"),
				MerchantOrPartnerName: text.Draw(t, "name"), Detail: text.Draw(t, "detail")})
			if err != nil {
				t.Fatal(err)
			}
			checkLetter(t, r)
		})
	})
	t.Run("page", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			w := l.ActionPage(ActionPage{Locale: locale.Draw(t, "locale"), Verb: rapid.OneOf(text, rapid.SampledFrom([]string{"done", "qualify", "add"})).Draw(t, "verb"),
				State: rapid.OneOf(text, rapid.SampledFrom([]string{"ask", "done", "refused"})).Draw(t, "state"), Name: text.Draw(t, "name"), Detail: text.Draw(t, "detail")})
			if w.Title == "" || w.Text == "" || strings.ContainsAny(w.Title+w.Text, "\x00\n\u202e") {
				t.Errorf("%+v", w)
			}
		})
	})
}
