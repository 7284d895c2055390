package samples

import (
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
)

// transcripts say what became of commands.
func transcripts() []Sample {
	transcript := func(name, shows string, sheet bool, parts func(cast) []templates.TranscriptPart) Sample {
		return Sample{Name: name, Shows: shows, Letter: "Transcript", Sheet: sheet,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				return l.Transcript(templates.Transcript{Locale: c.locale, Name: c.member, Zone: stockholm(), Parts: parts(c)})
			}}
	}
	one := func(results func(cast) []tradepost.CommandResult) func(cast) []templates.TranscriptPart {
		return func(c cast) []templates.TranscriptPart { return []templates.TranscriptPart{part(c, 0, results(c)...)} }
	}
	every := func(state tradepost.CommandState) func(cast) []tradepost.CommandResult {
		return func(c cast) []tradepost.CommandResult {
			var results []tradepost.CommandResult
			for _, v := range verbs() {
				results = append(results, result(c, v, state))
			}
			return results
		}
	}
	return []Sample{
		transcript("transcript", "a text posted and two commands done", true, func(c cast) []templates.TranscriptPart {
			p := part(c, 0, result(c, tradepost.VerbTag, tradepost.CommandDone), result(c, tradepost.VerbMute, tradepost.CommandDone))
			p.Posted = true
			return []templates.TranscriptPart{p}
		}),
		transcript("transcript-done", "every command, done", false, one(every(tradepost.CommandDone))),
		transcript("transcript-unchanged", "every command, done before", false, one(every(tradepost.CommandUnchanged))),
		transcript("transcript-refused", "commands that were refused, for every reason", true, one(refused)),
		transcript("transcript-help", "the list of commands", true, one(func(c cast) []tradepost.CommandResult {
			return []tradepost.CommandResult{result(c, tradepost.VerbHelp, tradepost.CommandDone)}
		})),
		transcript("transcript-why", "who was told of which message, when and why", true, one(func(c cast) []tradepost.CommandResult {
			return []tradepost.CommandResult{why(c)}
		})),
		transcript("transcript-undo", "an answer taken back in time", false, one(func(c cast) []tradepost.CommandResult {
			r := result(c, tradepost.VerbUndo, tradepost.CommandDone)
			r.Undone = templates.UndoneReply
			return []tradepost.CommandResult{r}
		})),
		transcript("transcript-digest", "an answer to a digest: one part posted, one refused, one waiting", true, func(c cast) []templates.TranscriptPart {
			posted, gone, asks := part(c, 0), part(c, 1, result(c, tradepost.VerbDone, tradepost.CommandUnchanged)), part(c, 2, result(c, tradepost.VerbBlock, tradepost.CommandAsked))
			posted.Posted, gone.Refused, asks.OpenURL = true, tradepost.ReasonClosed, ""
			return []templates.TranscriptPart{posted, gone, asks}
		}),
	}
}

// verbs are those of commands that leave something behind; /help, /why and /undo
// have samples of their own.
func verbs() []tradepost.Verb {
	return []tradepost.Verb{tradepost.VerbDone, tradepost.VerbMark, tradepost.VerbUnmark, tradepost.VerbTag, tradepost.VerbUntag, tradepost.VerbNote,
		tradepost.VerbQualify, tradepost.VerbUnqualify, tradepost.VerbMute, tradepost.VerbDecline, tradepost.VerbBlock, tradepost.VerbDelete}
}

func part(c cast, i int, results ...tradepost.CommandResult) templates.TranscriptPart {
	return templates.TranscriptPart{Merchant: c.merchants[i], Matter: c.matters[i], Results: results,
		ReplyAddress: replyTo(i), ReplySubject: c.subject, OpenURL: page}
}

func result(c cast, verb tradepost.Verb, state tradepost.CommandState) tradepost.CommandResult {
	r := tradepost.CommandResult{Command: tradepost.Command{Verb: verb}, State: state}
	switch verb {
	case tradepost.VerbMark:
		r.Text = "🎉"
	case tradepost.VerbTag, tradepost.VerbUntag:
		r.Tags = []string{c.tag, "big store", "山"}
	case tradepost.VerbQualify:
		r.Text = c.code
	case tradepost.VerbNote:
		r.Text = c.note
	default:
	}
	return r
}

func refused(c cast) []tradepost.CommandResult {
	var results []tradepost.CommandResult
	for _, r := range []struct {
		verb   tradepost.Verb
		reason string
	}{
		{tradepost.VerbUndo, tradepost.CommandNothingToUndo}, {tradepost.VerbUndo, tradepost.CommandTooLate}, {tradepost.VerbDone, tradepost.CommandNoMessage},
		{tradepost.VerbQualify, tradepost.CommandNoCode}, {tradepost.VerbDelete, tradepost.CommandNotAllowed}, {tradepost.VerbBlock, tradepost.CommandTooMany},
		{tradepost.VerbNote, tradepost.CommandBlocked},
	} {
		got := result(c, r.verb, tradepost.CommandRefused)
		got.Reason = r.reason
		if r.reason == tradepost.CommandNoCode {
			got.Text = ""
		}
		results = append(results, got)
	}
	return results
}

func why(c cast) tradepost.CommandResult {
	r := result(c, tradepost.VerbWhy, tradepost.CommandDone)
	for i, told := range []tradepost.Told{
		{Outcome: tradepost.Alerted, Reason: string(tradepost.AlertFirstContact), SentAt: "2026-11-23T13:12:09Z", Address: "maja@studio-lind.example"},
		{Outcome: tradepost.Digested, SentAt: "2026-11-23T14:47:00Z", Address: "maja@studio-lind.example"},
		{Outcome: tradepost.OutcomeSkipped, Reason: tradepost.ReasonMuted},
		{Outcome: tradepost.OutcomeFailed, Reason: tradepost.ReasonGaveUp},
		{Outcome: ""},
	} {
		told.MessageAt = at(13, 12).Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
		told.Merchant = c.merchants[i%2].Name
		r.Why = append(r.Why, told)
	}
	return r
}
