package message_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

func repeat(s string, n int) []byte { return bytes.Repeat([]byte(s), n) }

func numbered(format string, n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, format, i, i)
	}
	return b.Bytes()
}

// TestHostile holds every bound against a message made to break it: a typed
// defect comes back, in time, and without much memory.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		name string
		raw  []byte
		want message.DefectKind
	}{
		{"long body", append([]byte("\n"), repeat("a", 50<<20)...), message.LimitSize},
		{"long text", append([]byte("\n"), repeat("a", 5<<20)...), message.LimitTextBytes},
		{"long header", append([]byte("X: "), repeat("a", 5<<20)...), message.LimitHeaderBytes},
		{"many fields", append(repeat("X: a\n", 1_000_000), "\nhi"...), message.LimitHeaderLines},
		{"long fold", append([]byte("X: a\n"), repeat(" "+strings.Repeat("b", 200)+"\n", 2000)...), message.LimitFieldBytes},
		{"parameter", append([]byte("Content-Type: text/plain; charset="), repeat("c", 1<<20)...), message.LimitFieldBytes},
		{"parameters", append([]byte("Content-Type: text/plain"), numbered("; n*%d=a%d", 5000)...), message.LimitParams},
		{"parts", append([]byte("Content-Type: multipart/mixed; boundary=b\n\n"), repeat("--b\n\nx\n", 200_000)...), message.LimitParts},
		{"multiparts in one another", numbered("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", 10_000), message.LimitDepth},
		{"the same boundary throughout", repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 10_000), message.LimitParts},
		{"messages in one another", repeat("Content-Type: message/rfc822\n\n", 10_000), message.LimitDepth},
		{"junk base64", append([]byte("Content-Transfer-Encoding: base64\n\n"), repeat("A*!%", 5<<20)...), message.BadEncoding},
		{"near boundaries", append([]byte("Content-Type: multipart/mixed; boundary=bound\n\n--bound\n\n"), repeat("\n--boundX", 2_000_000)...), message.MissingEndBoundary},
		{"addresses", append([]byte("To: "), repeat("u@e.example,", 9000)...), message.LimitAddresses},
		{"comments", append([]byte("To: "), repeat("(", 100_000)...), message.BadAddress},
		{"quotes", append([]byte("To: "), repeat(`"\"`, 40_000)...), message.BadAddress},
		{"encoded words", append([]byte("Date: x\nSubject: "), repeat("=?utf-8?q?=", 11_000)...), message.BadDate},
		{"references", append([]byte("References: "), repeat("<a@b> ", 1000)...), message.LimitReferences},
		{"charsets", append([]byte("Content-Type: multipart/mixed; boundary=b\n\n"), numbered("--b\nContent-Type: text/plain; charset=x%d-%d\n\nx\n", 900)...), message.DefectsOmitted},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			m := message.Parse(c.raw, message.Limits{})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			// Each takes well under a second; what isn't linear takes minutes. The
			// rest is room for the race detector on a busy machine.
			if took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 256 {
				t.Errorf("allocated %d MiB", n)
			}
			if !slices.Contains(kinds(m), c.want) {
				t.Errorf("defects %v, want %s", kinds(m), c.want)
			}
		})
	}
}

// TestLimits sets each bound low and finds it kept.
func TestLimits(t *testing.T) {
	raw := []byte("To: a@x.example, b@x.example, c@x.example\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\n\nfirst\n--b\n\nsecond\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nthird\n--c--\n--b--\n")
	m := message.Parse(raw, message.Limits{Addresses: 2})
	equal(t, "addresses", len(m.To), 2)
	m = message.Parse(raw, message.Limits{Parts: 2})
	equal(t, "parts", m.Text, "first")
	m = message.Parse(raw, message.Limits{Depth: 1})
	equal(t, "depth", len(m.Root.Children[2].Children), 0)
	m = message.Parse(raw, message.Limits{DecodedBytes: 7})
	equal(t, "decoded bytes", m.Text, "first\nse")
	m = message.Parse(raw, message.Limits{TextBytes: 3})
	equal(t, "text bytes", m.Text, "fir")
	m = message.Parse(raw, message.Limits{Size: 4})
	equal(t, "size", m.Header.Len(), 1)
	m = message.Parse(raw, message.Limits{FieldBytes: 11})
	equal(t, "field bytes", m.Header.Raw("to"), "a@x.exampl")
}
