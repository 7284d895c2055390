package web

import (
	"strconv"
	"strings"

	"github.com/tradepost-mail/tradepost"
)

// ifMatch is the header of an operation that changes what several people edit, in a
// field IfMatch of its input. Whether the version is still the one named is asked by
// the store, in the transaction of the change.
type ifMatch string

// etag names a version of what PUT changes of a thing. What an answer shows beside,
// such as the services of a partner, has versions of its own.
func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// noVersion is one that nothing has.
const noVersion = -1

// versions are those that may be changed, none = whatever is there. An entity tag that
// no answer of ours had is one that nothing has: so are weak ones, since If-Match
// compares strongly.
func (m ifMatch) versions(faults *tradepost.Invalid) (only []int64) {
	if m == "" || strings.TrimSpace(string(m)) == "*" {
		return nil
	}
	for tag := range strings.SplitSeq(string(m), ",") {
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
