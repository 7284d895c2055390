package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Options describe a [Pool]. The fields from Host to Password are those of its
// first [Relay]. Zero durations and counts stand for the defaults named beside
// them.
type Options struct {
	Host      string
	Port      int
	TLS       TLSMode
	TLSConfig *tls.Config
	Auth      string
	Username  string
	Password  func(context.Context) (string, error)

	// Relays are further servers, in the order in which they are tried while
	// those before them are set aside.
	Relays []Relay

	HELO string // name given in EHLO; default the machine's host name

	DKIM *DKIM // nil: letters aren't signed here

	// Limits bound what goes to a recipient domain (in lower case, in ASCII);
	// that of "*" counts for all that aren't named. [ParseLimits] reads them.
	Limits map[string]Limit
	// Warmup bounds the letters of a day while the world gets to know a new
	// sender; nil: no bound. It needs Reserve.
	Warmup *Warmup
	// Reserve takes up to n letters of a day for this process, but no more than
	// are left until all processes together have taken limit, and returns how
	// many it took. day is midnight UTC.
	Reserve func(ctx context.Context, day time.Time, limit, n int) (int, error)

	Connections    int           // most at one time to a relay; default 8
	DialTimeout    time.Duration // connect, TLS and AUTH together; default 30s
	CommandTimeout time.Duration // each command and its answer; default 30s
	// DataTimeout bounds the wait for the answer to the final dot, and for the
	// server to take each 16 KiB of the body; default 2m. RFC 5321 4.5.3.2
	// would wait 10 minutes for the former; a timeout there is Unknown.
	DataTimeout time.Duration
	IdleTimeout time.Duration // an unused connection is ended after this; default 60s
	// SetAside is how long a relay that failed is left alone at first; each
	// further failure doubles it, up to 5 minutes. Default 2s.
	SetAside time.Duration

	Log *slog.Logger // one line a letter; nil: none
	// Events gets a line when a relay is set aside and when it works again; nil: Log.
	Events *slog.Logger
}

// Check is nil, or an error naming every bad option.
func (o Options) Check() error {
	if _, _, err := o.withDefaults(); err != nil {
		return fmt.Errorf("mailer options: %w", err)
	}
	return nil
}

// withDefaults returns a filled copy and all relays, or an error naming every
// bad option.
func (o Options) withDefaults() (Options, []Relay, error) {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if o.HELO == "" {
		// "localhost" is what go-mail falls back to as well; servers that
		// insist on a real name say so, and doctor shows it.
		o.HELO = "localhost"
		if name, err := os.Hostname(); err == nil && checkHELO(name) == nil {
			o.HELO = name
		}
	} else if err := checkHELO(o.HELO); err != nil {
		bad("HELO %q %w", o.HELO, err)
	}
	if o.DKIM != nil {
		o.DKIM = o.DKIM.whole()
		o.DKIM.check(time.Now(), bad)
	}
	for domain, l := range o.Limits {
		l.check(domain, bad)
	}
	if o.Warmup != nil {
		o.Warmup.check(bad)
		if o.Reserve == nil {
			bad("Reserve is missing though Warmup is set")
		}
	}
	if o.Connections == 0 {
		o.Connections = 8
	}
	for _, d := range []struct {
		name     string
		value    *time.Duration
		standard time.Duration
	}{
		{"DialTimeout", &o.DialTimeout, 30 * time.Second},
		{"CommandTimeout", &o.CommandTimeout, 30 * time.Second},
		{"DataTimeout", &o.DataTimeout, 2 * time.Minute},
		{"IdleTimeout", &o.IdleTimeout, time.Minute},
		{"SetAside", &o.SetAside, 2 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
		if *d.value < 0 {
			bad("%s %v is negative", d.name, *d.value)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Events == nil {
		o.Events = o.Log
	}
	first := Relay{Host: o.Host, Port: o.Port, TLS: o.TLS, TLSConfig: o.TLSConfig, Auth: o.Auth, Username: o.Username,
		Password: o.Password, Connections: o.Connections}
	relays := []Relay{first.withDefaults(bad)}
	for i, r := range o.Relays {
		if r.Connections == 0 {
			r.Connections = max(o.Connections, 0)
		}
		relays = append(relays, r.withDefaults(func(format string, args ...any) {
			bad("Relays[%d]: %w", i, fmt.Errorf(format, args...))
		}))
	}
	return o, relays, errors.Join(errs...)
}

func checkHELO(name string) error {
	_, err := asciiDomain(name)
	if err == nil && !isASCII(name) {
		err = errors.New("isn't ASCII")
	}
	return err
}
