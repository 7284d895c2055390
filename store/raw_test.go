package store_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tradepost-mail/tradepost/store"
)

// TestBlobStoreAway: a mail whose bytes can't be read just now isn't to blame.
func TestBlobStoreAway(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.keep(1, 300<<10, store.InboundStored, 0)
	box, _, err := m.LeaseMailbox(t.Context(), "replies@host/INBOX", m.owner, 0)
	if err != nil {
		t.Fatal(err)
	}
	key := m.value(`select blob_key from inbound`)
	m.exec(`update inbound set blob_key = ''`) // which no blob store takes
	for range 5 {
		in, err := m.NextInbound(t.Context(), box.ID)
		if err == nil || errors.Is(err, store.ErrRawGone) || in.ID == 0 {
			t.Fatalf("mail %d was read, or is gone: %v", in.ID, err)
		}
		if err := m.RetryLater(t.Context(), in.Ref, 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	m.exec(`update inbound set blob_key = $1`, key)
	in, err := m.NextInbound(t.Context(), box.ID)
	if err != nil || in.Attempts != 1 || len(in.Raw) != 300<<10 {
		t.Errorf("attempt %d, %d octets, %v", in.Attempts, len(in.Raw), err)
	}
}

// TestDamagedBlob is read as lost, neither as a mail nor as an oversize one's header.
func TestDamagedBlob(t *testing.T) {
	t.Parallel()
	for name, damaged := range map[string][]byte{
		"cut short": make([]byte, 100<<10), "another": bytes.Repeat([]byte("x"), 300<<10), "empty": {}, "longer": make([]byte, 300<<10+1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			m.keep(1, 300<<10, store.InboundStored, 0)
			box, _, err := m.LeaseMailbox(t.Context(), "replies@host/INBOX", m.owner, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := m.Blobs().Put(t.Context(), m.value(`select blob_key from inbound`), bytes.NewReader(damaged)); err != nil {
				t.Fatal(err)
			}
			in, err := m.NextInbound(t.Context(), box.ID)
			if !errors.Is(err, store.ErrRawGone) || in.ID == 0 || in.Raw != nil {
				t.Fatalf("the poller reads %d octets of mail %d, %v", len(in.Raw), in.ID, err)
			}
			if err := m.Settle(t.Context(), in, store.Reading{}, store.Verdict{State: store.InboundQuarantined, Reason: "raw_gone"}); err != nil {
				t.Fatal(err)
			}
			if got, err := m.Replayable(t.Context(), in.Ref); !errors.Is(err, store.ErrRawGone) || got.Raw != nil || got.ID != in.ID {
				t.Errorf("a replay reads %d octets, %v", len(got.Raw), err)
			}
		})
	}
}
