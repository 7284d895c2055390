package inbound

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/store"
)

// What the ledger keeps of a report. One of ours is about one recipient; more
// are only seen where somebody passed our mail on to a list.
const (
	reportedMax   = 20
	diagnosticMax = 500 // octets
)

// reportOf returns what a bounce or a complaint says, bounded for the ledger, and
// what its notification may be found by. The report is nil where nothing was
// read in it.
func reportOf(r class.Reading) (*store.Report, store.Clues) {
	var out store.Report
	var clues store.Clues
	name := func(addresses ...string) {
		for _, a := range addresses {
			if a = line(a, 320); a != "" && len(clues.Addresses) < 2*reportedMax {
				clues.Addresses = append(clues.Addresses, tradepost.FoldAddress(a))
			}
		}
	}
	d, f := r.Delivery, r.Feedback
	switch {
	case d.Dialect != "":
		out.Dialect, clues.MessageID = d.Dialect, d.OriginalID
		for _, to := range d.Recipients {
			name(to.Address, to.Original)
			out.Recipients = append(out.Recipients, store.Reported{Address: line(to.Address, 320), Original: line(to.Original, 320),
				Action: line(to.Action, 20), Status: line(to.Status, 20), Code: to.Code, Diagnostic: line(to.Diagnostic, diagnosticMax), Permanent: to.Permanent()})
		}
	case f.Dialect != "":
		out.Dialect, out.Feedback, clues.MessageID = f.Dialect, line(f.Type, 40), f.OriginalID
		clues.Redacted = true
		name(f.Recipients...)
		for _, a := range f.Recipients {
			out.Recipients = append(out.Recipients, store.Reported{Address: line(a, 320)})
		}
	default:
		return nil, clues
	}
	if n := len(out.Recipients); n > reportedMax {
		out.Recipients, out.Omitted = out.Recipients[:reportedMax], n-reportedMax
	}
	clues.MessageID = line(clues.MessageID, 998)
	out.OriginalID = clues.MessageID
	return &out, clues
}

// returnPath is the row of a notification that a bounce address names.
type returnPath struct {
	store.Ref
	signed bool
}

// findReturnPath looks for the bounce address that a report was sent to (VERP).
// One that is signed counts, wherever it stands.
func findReturnPath(m *message.Message, tokens *tradepost.Tokens, deliveryHeaders []string) (found returnPath) {
	lists := [][]message.Address{m.To, m.Cc}
	for name, value := range m.Header.All() {
		if slices.ContainsFunc(deliveryHeaders, func(h string) bool { return strings.EqualFold(h, name) }) {
			list, _ := message.ParseAddresses(value, 10)
			lists = append(lists, list)
		}
	}
	for _, list := range lists {
		for _, a := range list {
			if period, id, err := tokens.ParseBounce(a.Addr); err == nil {
				return returnPath{store.Ref{Period: period, ID: id}, true}
			}
			if ref, ok := parseUnsignedReturnPath(a.Addr, tokens.Domain()); ok && found.ID == 0 {
				found.Ref = ref
			}
		}
	}
	return found
}

// parseUnsignedReturnPath reads "bounce+YYYYMM-ID@domain", as letters had it
// before bounce addresses were signed. Anybody can make one up.
func parseUnsignedReturnPath(address, domain string) (store.Ref, bool) {
	local, at, _ := strings.Cut(strings.ToLower(address), "@")
	month, id, ok := strings.Cut(strings.TrimPrefix(local, tradepost.BouncePrefix), "-")
	if !ok || at != domain || !strings.HasPrefix(local, tradepost.BouncePrefix) {
		return store.Ref{}, false
	}
	period, err := time.Parse("200601", month)
	if err != nil {
		return store.Ref{}, false
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return store.Ref{}, false
	}
	return store.Ref{Period: period, ID: n}, true
}
