package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// settingsBody is all settings of a member; what is left out is as for somebody
// who has chosen nothing.
type settingsBody struct {
	Alert         string          `json:"alert,omitempty" enum:"first_contact,new_conversation,every_message,never" default:"first_contact" doc:"Which messages are worth a mail at once"`
	Digest        string          `json:"digest,omitempty" enum:"hourly,every_2_hours,every_3_hours,every_4_hours,every_6_hours,every_8_hours,every_12_hours,daily,off" default:"hourly"`
	DailyAt       string          `json:"daily_at,omitempty" example:"08:30" doc:"When a daily digest comes, by the member's clock; required with daily"`
	Quiet         []quietBody     `json:"quiet,omitempty" doc:"When no mail comes; messages wait for the first digest after"`
	AlertsByKind  []kindAlertBody `json:"alerts_by_kind,omitempty" doc:"Choices for single kinds, in place of alert"`
	BreaksQuiet   bool            `json:"first_contact_breaks_quiet,omitempty" doc:"Alert at a first contact in quiet hours, too"`
	WantReminders *bool           `json:"reminders,omitempty" default:"true" doc:"Remind of first contacts that nobody has answered"`
}

type quietBody struct {
	Days  []string `json:"days,omitempty" example:"[\"sat\",\"sun\"]" doc:"Days on which it begins: mon to sun; none is every day"`
	From  string   `json:"from" example:"22:00"`
	To    string   `json:"to" example:"07:00" doc:"Not after from: on the next day. 24:00 is the end of the day"`
	Kinds []string `json:"kinds,omitempty" doc:"Kinds of conversation that it keeps back; none is all"`
}

type kindAlertBody struct {
	Kind  string `json:"kind" example:"inventory"`
	Alert string `json:"alert" example:"never"`
}

type settingsView struct {
	Alert         string          `json:"alert"`
	Digest        string          `json:"digest"`
	DailyAt       string          `json:"daily_at,omitempty" doc:"Of a daily digest"`
	Quiet         []quietBody     `json:"quiet" nullable:"false"`
	AlertsByKind  []kindAlertBody `json:"alerts_by_kind" nullable:"false"`
	BreaksQuiet   bool            `json:"first_contact_breaks_quiet"`
	WantReminders bool            `json:"reminders"`
}

type settingsOutput struct {
	ETag string `header:"ETag" doc:"Of the settings alone"`
	Body struct {
		Settings settingsView `json:"settings" doc:"As PUT takes them"`
		Zone     string       `json:"zone" example:"Europe/Stockholm" doc:"The time zone that they go by"`
		Next     *time.Time   `json:"next_digest_at" doc:"When the next digest is due, if there is anything to tell; null without digests"`
	}
}

type settingsInput struct {
	ID string `path:"id" example:"mbr_1"`
}

type putSettingsInput struct {
	payload
	ID      string  `path:"id" example:"mbr_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

func (s *server) getSettings(ctx context.Context, in *settingsInput) (*settingsOutput, error) {
	member, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	return s.settingsOf(ctx, member)
}

func (s *server) putSettings(ctx context.Context, in *putSettingsInput) (*settingsOutput, error) {
	member, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	var b settingsBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	only := in.IfMatch.versions(&faults)
	settings := b.settings(&faults)
	if faults = merge(faults, b.place(settings.Validate())); faults != nil {
		return nil, faults
	}
	if err := s.store.SetSettings(ctx, member, settings, only...); errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("member")
	} else if err != nil {
		return nil, err
	}
	return s.settingsOf(ctx, member)
}

func (s *server) settingsOf(ctx context.Context, member int64) (*settingsOutput, error) {
	m, err := s.store.Settings(ctx, member)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("member")
	}
	if err != nil {
		return nil, err
	}
	out := &settingsOutput{ETag: etag(m.Version)}
	out.Body.Zone = m.Zone
	if !m.Next.IsZero() {
		out.Body.Next = &m.Next
	}
	v := settingsView{Alert: string(m.Alert), Digest: string(m.Digest), Quiet: []quietBody{}, AlertsByKind: []kindAlertBody{},
		BreaksQuiet: m.Schedule.BreakQuiet, WantReminders: !m.Schedule.NoReminders}
	if m.Digest == tradepost.DigestDaily {
		v.DailyAt = m.Schedule.DailyAt.String()
	}
	for _, q := range m.Schedule.QuietSpans {
		v.Quiet = append(v.Quiet, quietBody{Days: texts(q.Days), From: q.From.String(), To: q.To.String(), Kinds: texts(q.Kinds)})
	}
	for kind, alert := range m.Schedule.Alerts {
		v.AlertsByKind = append(v.AlertsByKind, kindAlertBody{string(kind), string(alert)})
	}
	slices.SortFunc(v.AlertsByKind, func(a, b kindAlertBody) int { return strings.Compare(a.Kind, b.Kind) })
	out.Body.Settings = v
	return out, nil
}

// settings reads what a body says. What only it can say wrong goes to faults, the
// rest is for Validate.
func (b settingsBody) settings(faults *tradepost.Invalid) tradepost.Settings {
	s := tradepost.DefaultSettings()
	if b.Alert != "" {
		s.Alert = tradepost.AlertSetting(b.Alert)
	}
	if b.Digest != "" {
		s.Digest = tradepost.DigestSetting(b.Digest)
	}
	if s.Digest == tradepost.DigestDaily || b.DailyAt != "" {
		s.Schedule.DailyAt = parseTime(faults, "daily_at", b.DailyAt)
	}
	for i, q := range b.Quiet {
		field := fmt.Sprintf("quiet[%d].", i)
		s.Schedule.QuietSpans = append(s.Schedule.QuietSpans, tradepost.QuietSpan{
			Days: named[tradepost.Day](q.Days), Kinds: named[tradepost.Kind](q.Kinds),
			From: parseTime(faults, field+"from", q.From), To: parseTime(faults, field+"to", q.To),
		})
	}
	for i, a := range b.AlertsByKind {
		kind := tradepost.Kind(a.Kind)
		if _, twice := s.Schedule.Alerts[kind]; twice {
			*faults = merge(*faults, tradepost.Invalid{{Field: fmt.Sprintf("alerts_by_kind[%d].kind", i), Problem: "was given before"}})
		}
		if s.Schedule.Alerts == nil {
			s.Schedule.Alerts = make(map[tradepost.Kind]tradepost.AlertSetting)
		}
		s.Schedule.Alerts[kind] = tradepost.AlertSetting(a.Alert)
	}
	s.Schedule.BreakQuiet = b.BreaksQuiet
	s.Schedule.NoReminders = b.WantReminders != nil && !*b.WantReminders
	return s
}

// place turns the field names of Settings.Validate into those of the body, which
// differ for the choices by kind.
func (b settingsBody) place(err error) error {
	var faults tradepost.Invalid
	if !errors.As(err, &faults) {
		return err
	}
	for i, f := range faults {
		kind, ok := strings.CutPrefix(f.Field, "alerts.")
		if !ok {
			continue
		}
		at := slices.IndexFunc(b.AlertsByKind, func(a kindAlertBody) bool { return a.Kind == kind })
		faults[i].Field = fmt.Sprintf("alerts_by_kind[%d]", at)
	}
	return faults
}

func parseTime(faults *tradepost.Invalid, field, s string) tradepost.TimeOfDay {
	t, err := tradepost.ParseTimeOfDay(s)
	switch {
	case s == "":
		*faults = merge(*faults, tradepost.Invalid{{Field: field, Problem: "is missing: write a time like 08:30"}})
	case err != nil:
		*faults = merge(*faults, tradepost.Invalid{{Field: field, Problem: "must be a time of day like 08:30"}})
	}
	return t
}

func named[T ~string](list []string) []T {
	var out []T
	for _, s := range list {
		out = append(out, T(s))
	}
	return out
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
