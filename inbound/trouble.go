package inbound

import (
	"context"
	"slices"
	"time"
)

// trouble is what is known of a mail that could not be fetched.
type trouble struct {
	failures  int
	notBefore time.Time
}

// blame notes that mails which were asked for did not come, so that the next
// round asks for them last and one by one, and for one that fails again and
// again rarely. A mail that breaks the server's connection can then not keep the
// others from being read. A refusal is no reason to end the session.
func (p *Poller) blame(uids []uint32, err error) error {
	for _, uid := range uids {
		t := p.trouble[uid]
		if t == nil {
			t = &trouble{}
			p.trouble[uid] = t
		}
		t.failures++
		if t.failures >= 3 {
			t.notBefore = time.Now().Add(min(p.box.PollEvery<<min(t.failures-3, 10), time.Hour))
			p.log.Error("mail can't be fetched", "uid", uid, "failures", t.failures, "again_at", t.notBefore, "error", err)
		}
	}
	if refused(err) {
		p.log.Warn("server refused to give mail", "uids", len(uids), "error", err)
		return nil
	}
	return err
}

// retryTrouble asks again for the mails that could not be fetched before, the
// least troublesome first.
func (p *Poller) retryTrouble(ctx context.Context, s *session, l *lease, listed []uint32, r *Round) error {
	if len(p.trouble) == 0 {
		return nil
	}
	var due []uint32
	there := make(map[uint32]bool, len(listed))
	for _, uid := range listed {
		there[uid] = true
	}
	for uid, t := range p.trouble {
		if !there[uid] {
			delete(p.trouble, uid)
		} else if time.Now().After(t.notBefore) {
			due = append(due, uid)
		}
	}
	slices.SortFunc(due, func(a, b uint32) int {
		if d := p.trouble[a].failures - p.trouble[b].failures; d != 0 {
			return d
		}
		return int(int64(a) - int64(b))
	})
	for _, uid := range due {
		if err := p.fetch(ctx, s, l.box.ID, []uint32{uid}, r); err != nil {
			return err
		}
		if err := p.judgeStored(ctx, l.box.ID, r); err != nil {
			return err
		}
		if err := p.file(ctx, s, l, []uint32{uid}, r); err != nil {
			return err
		}
	}
	return nil
}
