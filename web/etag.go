package web

import (
	"strconv"
	"strings"

	"github.com/tradepost-mail/tradepost"
)

// conditional is embedded in the input of an operation that changes what several
// people edit. Whether the version is still the one named is asked by the store, in
// the transaction of the change.
type conditional struct {
	IfMatch string `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): the change is refused with 412 if somebody else has made one since. Without it the last one wins"`
}

// etag names a version of what PUT changes of a thing. What an answer shows beside,
// such as the services of a partner, has versions of its own.
func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// noVersion is one that nothing has.
const noVersion = -1

// versions are those that may be changed, none = whatever is there. An entity tag that
// no answer of ours had is one that nothing has: so are weak ones, since If-Match
// compares strongly.
func (c conditional) versions(faults *tradepost.Invalid) (only []int64) {
	if c.IfMatch == "" || strings.TrimSpace(c.IfMatch) == "*" {
		return nil
	}
	for tag := range strings.SplitSeq(c.IfMatch, ",") {
		tag = strings.TrimSpace(tag)
		opaque, quoted := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
		opaque, closed := strings.CutSuffix(opaque, `"`)
		if !quoted || !closed || strings.Contains(opaque, `"`) {
			*faults = merge(*faults, tradepost.Invalid{{Field: "header.If-Match", Problem: `must be an ETag as it came, with its quotes, like "v3"`}})
			return nil
		}
		version := int64(noVersion)
		if n, err := strconv.ParseInt(strings.TrimPrefix(opaque, "v"), 10, 64); err == nil && tag == etag(n) {
			version = n
		}
		only = append(only, version)
	}
	return only
}
