package doctor

import (
	"fmt"
	"strings"
	"time"
)

// minPostgres is the oldest version that the schema is written for.
const minPostgres = 14

// Postgres is what a database has said of itself.
type Postgres struct {
	// Err is why nothing else could be asked; nil once connected.
	Err error
	// Code is the SQLSTATE of Err, where it was the server that said no.
	Code string
	// Version is server_version_num, as 160004.
	Version int
	// ReadOnly says that the server refuses writes: a replica, or set so.
	ReadOnly bool
	// Encoding is server_encoding.
	Encoding string
	// MayCreate says that the role may make tables in its schema.
	MayCreate bool
	// Clock is the server's time, asked for between Before and After.
	Clock, Before, After time.Time
	// Schema is why the schema doesn't fit the program; nil if it does.
	Schema error
	// Listen is why a notification from one connection did not reach another; nil
	// if it did.
	Listen error
}

const postgresURL = "TRADEPOST_DATABASE_URL"

// Findings judges.
func (p Postgres) Findings() []Finding {
	j := judge("connection")
	if p.Err != nil {
		mend := unreachable(p.Err, postgresURL)
		switch {
		case strings.HasPrefix(p.Code, "28"): // invalid authorization
			mend = "correct user and password in " + postgresURL + ", or let the user in (pg_hba.conf)"
		case p.Code == "3D000": // invalid catalog name
			mend = "make the database (createdb), or correct its name in " + postgresURL
		case p.Code == "53300": // too many connections
			mend = "raise max_connections of the server, or lower pool_max_conns in " + postgresURL
		}
		j.notice(Fault, p.Err.Error(), mend)
		return j.findings()
	}
	j.note("PostgreSQL %d.%d", p.Version/10000, p.Version%10000)
	if p.Version/10000 < minPostgres {
		j.notice(Fault, fmt.Sprintf("older than %d", minPostgres), fmt.Sprintf("upgrade it to version %d or newer", minPostgres))
	}
	if p.ReadOnly {
		j.notice(Fault, "it takes no writes (a replica, or default_transaction_read_only)", "name the primary server in "+postgresURL)
	}
	if p.Encoding != "UTF8" {
		j.notice(Fault, "the database's encoding is "+p.Encoding+", which can't hold every letter", "make the database anew with encoding 'UTF8'")
	}
	return append(j.findings(), p.schema(), p.clock(), p.listen())
}

func (p Postgres) schema() Finding {
	j := judge("schema")
	switch {
	case p.Schema == nil:
		j.note("up to date")
	case !p.MayCreate:
		j.notice(Fault, p.Schema.Error()+"; the role may make no tables", "grant the role create on the schema, then run tradepost migrate")
	default:
		j.notice(Fault, p.Schema.Error(), "run tradepost migrate, or the newest program: every role migrates when it starts")
	}
	return j.finding()
}

// Differences of the clocks from which they are told, and from which digests and
// links that end visibly miss their time.
const (
	clockWarning = 2 * time.Second
	clockFault   = time.Minute
)

func (p Postgres) clock() Finding {
	j := judge("clock")
	// What the question took is no difference.
	apart := time.Duration(0)
	switch {
	case p.Clock.Before(p.Before):
		apart = p.Before.Sub(p.Clock)
	case p.Clock.After(p.After):
		apart = p.Clock.Sub(p.After)
	}
	const mend = "let both machines keep time by NTP (timedatectl set-ntp true)"
	switch {
	case apart >= clockFault:
		j.notice(Fault, fmt.Sprintf("the server's clock and ours differ by %s", apart.Round(time.Second)), mend)
	case apart >= clockWarning:
		j.notice(Warning, fmt.Sprintf("the server's clock and ours differ by %s", apart.Round(time.Second)), mend)
	default:
		j.note("the server's and ours agree")
	}
	return j.finding()
}

func (p Postgres) listen() Finding {
	j := judge("LISTEN")
	if p.Listen == nil {
		j.note("notifications arrive")
	} else {
		j.notice(Fault, p.Listen.Error(), "connect directly, or by a pooler in session mode: without notifications alerts wait for the next sweep")
	}
	return j.finding()
}
