package doctor

import (
	"fmt"
	"strings"
	"time"
)

// IMAP is what came of a session with the server of the reply mailbox, in which
// nothing was changed.
type IMAP struct {
	Server string // host:port
	// Stage is how far the session came when Err ended it: "dial" (connection,
	// TLS and greeting), "auth", "folder" or "list".
	Stage    string
	Err      error
	TLS      string    // as of [SMTP]
	NotAfter time.Time // of the server's certificate; zero in plain text
	// Folder is polled, Mails are in it, UIDs says that it has UIDVALIDITY.
	Folder string
	Mails  uint32
	UIDs   bool
	// Missing are the folders for what was dealt with that don't exist yet.
	Missing []string
	// Idle, Move and UIDPlus are capabilities (RFC 2177, 6851, 4315).
	Idle, Move, UIDPlus bool
}

// Findings judges; now is the time that certificates are held against.
func (m IMAP) Findings(now time.Time) []Finding {
	j := judge("server %s", m.Server)
	if m.Err != nil {
		mend := unreachable(m.Err, "TRADEPOST_IMAP_ADDR and TRADEPOST_IMAP_TLS")
		switch m.Stage {
		case "auth":
			mend = "correct TRADEPOST_IMAP_USERNAME, TRADEPOST_IMAP_PASSWORD (or its file) and TRADEPOST_IMAP_AUTH"
		case "folder":
			mend = "name a folder that is there in TRADEPOST_IMAP_FOLDER"
		case "list":
			mend = "see what the server says"
		}
		j.notice(Fault, m.Err.Error(), mend)
		return j.findings()
	}
	if m.TLS != "" {
		j.note("%s", m.TLS)
	} else {
		j.note("plain text, to this machine")
	}
	j.certificate(m.NotAfter, now)
	j.note("signed in")
	return append(j.findings(), m.folders(), m.capabilities())
}

func (m IMAP) folders() Finding {
	j := judge("folder %s", m.Folder)
	j.note("mails in it: %d", m.Mails)
	if !m.UIDs {
		j.notice(Fault, "the server gives it no UIDVALIDITY, so that its mail can't be told apart", "use another IMAP server")
	}
	if len(m.Missing) > 0 {
		j.note("%s: not there yet, made when the poller starts", strings.Join(m.Missing, ", "))
	}
	return j.finding()
}

func (m IMAP) capabilities() Finding {
	j := judge("capabilities")
	for _, c := range []struct {
		name    string
		has     bool
		without string
	}{
		{"IDLE", m.Idle, "new mail is seen at the next look (TRADEPOST_POLL_EVERY)"},
		{"MOVE", m.Move, "mail is copied and deleted instead, more slowly"},
		{"UIDPLUS", m.UIDPlus, "mail that others have marked as deleted holds ours up"},
	} {
		if c.has {
			j.note("%s", c.name)
		} else {
			j.notice(Warning, fmt.Sprintf("no %s: %s", c.name, c.without), "")
		}
	}
	if j.verdict != OK {
		j.notice(Warning, "", "it works so; an IMAP server that has them works better")
	}
	return j.finding()
}
