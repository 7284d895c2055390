package worker

import (
	"sync"
	"time"

	"github.com/tradepost-mail/tradepost/store"
)

// zones remembers the time zones that were asked for: package time reads one from
// its file, and builds its table, each time. There are some six hundred. The nil
// pointer remembers none.
type zones struct{ known sync.Map }

// of is a person's time zone. One that isn't known is better than no letter.
func (z *zones) of(p store.Correspondent) *time.Location {
	if z != nil {
		if zone, ok := z.known.Load(p.Zone); ok {
			if zone, ok := zone.(*time.Location); ok {
				return zone
			}
		}
	}
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	if z != nil {
		z.known.Store(p.Zone, zone)
	}
	return zone
}
