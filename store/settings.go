package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// MemberSettings are when a member wants mail, and what this comes to.
type MemberSettings struct {
	tradepost.Settings
	Zone string // IANA name of the time zone that they go by
	// Next is when the next digest is due, if there is anything to tell; the zero
	// time of a member who wants none.
	Next    time.Time
	Version int64 // counts changes of Settings
}

// Settings reads when a member wants mail. The error may be tradepost.ErrNotFound.
func (s *Store) Settings(ctx context.Context, member int64) (MemberSettings, error) {
	var m MemberSettings
	var schedule []byte
	var minute int
	var now time.Time
	err := s.pool.QueryRow(ctx, `select alert, digest, digest_minute, zone, schedule, now(), settings_version from members where id = $1 and removed_at is null`,
		member).Scan(&m.Alert, &m.Digest, &minute, &m.Zone, &schedule, &now, &m.Version)
	if err == nil {
		m.Schedule, err = readSchedule(schedule)
	}
	if err != nil {
		return MemberSettings{}, fmt.Errorf("settings: %w", notFound(err, "member %d", member))
	}
	if m.Digest != tradepost.DigestOff {
		m.Next = tradepost.Timetable{Clock: s.o.Clock, Minute: minute, Settings: m.Settings, Zone: zoneNamed(m.Zone)}.Next(now)
	}
	return m, nil
}

// SetSettings changes when a member wants mail, as a whole. only, if given, are the
// versions that may be changed. The error may be a tradepost.Invalid,
// tradepost.ErrNotFound or tradepost.ErrChanged.
func (s *Store) SetSettings(ctx context.Context, member int64, to tradepost.Settings, only ...int64) error {
	if err := to.Validate(); err != nil {
		return err
	}
	var schedule []byte
	if !reflect.ValueOf(to.Schedule).IsZero() {
		var err error
		if schedule, err = json.Marshal(to.Schedule); err != nil {
			return fmt.Errorf("set settings of member %d: %w", member, err)
		}
	}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var version int64
		err := tx.QueryRow(ctx, `select settings_version from members where id = $1 and removed_at is null for no key update`, member).Scan(&version)
		if err != nil {
			return notFound(err, "member %d", member)
		}
		if err := stillAt(version, only); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update members set alert = $2, digest = $3, schedule = $4, next_window_at = null where id = $1`,
			member, to.Alert, to.Digest, schedule)
		return err
	})
	if err != nil {
		return fmt.Errorf("set settings of member %d: %w", member, err)
	}
	return nil
}

// readSchedule reads members.schedule as it is stored; nil = the default.
func readSchedule(stored []byte) (s tradepost.Schedule, err error) {
	if stored == nil {
		return s, nil
	}
	if err := json.Unmarshal(stored, &s); err != nil {
		return tradepost.Schedule{}, fmt.Errorf("read a schedule: %w", err)
	}
	return s, nil
}

// zoneNamed is a zone by its IANA name, UTC where Go knows none of that name.
func zoneNamed(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
