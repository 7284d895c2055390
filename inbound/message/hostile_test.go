package message_test

import (
	"bytes"
	"encoding/base64"
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
		fmt.Fprintf(&b, strings.ReplaceAll(format, "%d", "%[1]d"), i)
	}
	return b.Bytes()
}

func after(head string, body ...[]byte) []byte {
	return append([]byte(head), bytes.Join(body, nil)...)
}

// nestedEncodings puts n multiparts into one another, each encoded as a whole.
func nestedEncodings(n int, inner []byte) []byte {
	for i := range n {
		inner = after(fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\nContent-Transfer-Encoding: quoted-printable\n\n=2D-b%d\n", i, i),
			bytes.ReplaceAll(inner, []byte("="), []byte("=3D")), []byte(fmt.Sprintf("\n=2D-b%d--\n", i)))
	}
	return inner
}

// TestHostile holds every bound against a message made to break it: a typed
// defect comes back wherever something was cut, in time, and without much
// memory.
func TestHostile(t *testing.T) {
	mixed := "Content-Type: multipart/mixed; boundary=b\n\n"
	for _, c := range []struct {
		name string
		make func() []byte
		want message.DefectKind // "" where nothing needs cutting
	}{
		{"long body", func() []byte { return after("\n", repeat("a", 50<<20)) }, message.LimitSize},
		{"long text", func() []byte { return after("\n", repeat("a", 5<<20)) }, message.LimitTextBytes},
		{"long header", func() []byte { return after("X: ", repeat("a", 5<<20)) }, message.LimitHeaderBytes},
		{"many fields", func() []byte { return append(repeat("X: a\n", 1_000_000), "\nhi"...) }, message.LimitHeaderLines},
		{"many folds", func() []byte { return after("X: a\n", repeat(" a\n", 1_000_000)) }, message.LimitHeaderLines},
		{"long fold", func() []byte { return after("X: a\n", repeat(" "+strings.Repeat("b", 200)+"\n", 2000)) }, message.LimitFieldBytes},
		{"lines that are no fields", func() []byte { return after("X: a\n", repeat("b\nc: d\n", 100_000)) }, message.LimitHeaderLines},
		{"white lines", func() []byte { return after("X: a\n", repeat(" \n", 1_000_000)) }, message.LimitHeaderLines},
		{"parameter", func() []byte { return after("Content-Type: text/plain; charset=", repeat("c", 1<<20)) }, message.LimitFieldBytes},
		{"parameters", func() []byte { return after("Content-Type: text/plain; ", repeat("a=b;", 1_000_000)) }, message.LimitFieldBytes},
		{"nameless parameters", func() []byte { return after("Content-Type: text/plain; ", repeat("=;", 50_000)) }, message.LimitParams},
		{"parameters without semicolons", func() []byte { return after("Content-Type: text/plain; ", repeat("charset=a ", 10_000)) }, message.LimitParams},
		{"segments", func() []byte { return after("Content-Type: text/plain", numbered("; n*%d=a%d", 5000)) }, message.LimitParams},
		{"parts", func() []byte { return after(mixed, repeat("--b\n\nx\n", 200_000)) }, message.LimitParts},
		{"multiparts in one another", func() []byte { return numbered("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", 10_000) }, message.LimitDepth},
		{"multiparts with boundaries to guess", func() []byte { return numbered("Content-Type: multipart/mixed; boundary=x\n\n--b%d\n", 10_000) }, message.LimitDepth},
		{"wrong boundaries one after another", func() []byte {
			return after(mixed, repeat("--b\nContent-Type: multipart/mixed; boundary=x\n\n"+strings.Repeat("--y\n", 1000), 1100))
		}, message.LimitParts},
		{"the same boundary throughout", func() []byte { return repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 10_000) }, message.LimitParts},
		{"messages in one another", func() []byte { return repeat("Content-Type: message/rfc822\n\n", 10_000) }, message.LimitDepth},
		{"multiparts and messages", func() []byte {
			return numbered("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: message/rfc822\n\nSubject: y\n", 5000)
		}, message.LimitDepth},
		{"nested encodings", func() []byte { return nestedEncodings(10, repeat("x", 10<<20)) }, message.LimitDecodedBytes},
		{"deep nested encodings", func() []byte { return nestedEncodings(40, []byte("x")) }, message.LimitDepth},
		{"junk base64", func() []byte { return after("Content-Transfer-Encoding: base64\n\n", repeat("A*!%", 3<<20)) }, message.BadEncoding},
		{"padding", func() []byte { return after("Content-Transfer-Encoding: base64\n\n", repeat("QQ=\n=", 3<<20)) }, message.LimitTextBytes},
		{"underscores", func() []byte { return after("Content-Transfer-Encoding: base64\n\n", repeat("_A__", 3<<20)) }, message.LimitTextBytes},
		{"soft breaks", func() []byte { return after("Content-Transfer-Encoding: quoted-printable\n\n", repeat("=\n", 4<<20)) }, ""},
		{"escapes", func() []byte { return after("Content-Transfer-Encoding: quoted-printable\n\n", repeat("=", 8<<20)) }, message.BadEncoding},
		{"white space in quoted-printable", func() []byte { return after("Content-Transfer-Encoding: quoted-printable\n\n", repeat(" ", 10<<20)) }, ""},
		{"near boundaries", func() []byte {
			return after(strings.ReplaceAll(mixed, "=b", "=bound")+"--bound\n\n", repeat("\n--boundX", 500_000))
		}, message.MissingEndBoundary},
		{"near boundaries, deep", func() []byte {
			return append(numbered("Content-Type: multipart/mixed; boundary=bound%d\n\n--bound%d\n", 31), append([]byte("\n"), repeat("\n--boundX", 500_000)...)...)
		}, message.MissingEndBoundary},
		{"boundaries with a tail", func() []byte { return after(mixed+"--b\n\n", repeat("--b-\n", 1_000_000)) }, message.LimitTextBytes},
		{"addresses", func() []byte { return after("To: ", repeat("u@e.example,", 9000)) }, message.LimitAddresses},
		{"comments", func() []byte { return after("To: ", repeat("(", 100_000)) }, message.BadAddress},
		{"comments that end", func() []byte { return after("To: ", repeat("(", 60_000), repeat(")", 60_000), []byte("a@b.example")) }, ""},
		{"colons behind an address", func() []byte { return after("To: ", repeat("a", 60_000), []byte("@"), repeat(":", 60_000)) }, ""},
		{"commas within brackets", func() []byte { return after("To: <", repeat("a", 60_000), repeat(",", 60_000)) }, ""},
		{"quotes", func() []byte { return after("To: ", repeat(`"\"`, 40_000)) }, message.BadAddress},
		{"words without an end", func() []byte { return after("Date: x\nSubject: ", repeat("=?utf-8?q?=", 11_000)) }, message.BadDate},
		{"words without an end, spaced", func() []byte { return after("Date: x\nSubject: ", repeat("=?utf-8?q?a ", 10_000)) }, message.BadDate},
		{"words of one letter", func() []byte { return after("Date: x\nSubject: ", repeat("=?utf-8?q?a?= ", 9000)) }, message.BadDate},
		{"beginnings of words", func() []byte { return after("Date: x\nSubject: ", repeat("=?", 60_000)) }, message.BadDate},
		{"words in many charsets", func() []byte { return after("Date: x\nSubject: ", numbered("=?x%d?b?/w==?=", 6000)) }, message.BadDate},
		{"8-bit subject", func() []byte { return after("Date: x\nSubject: ", repeat("\xe4\xe0", 60_000)) }, message.BadDate},
		{"date", func() []byte { return after("Date: ", repeat("((((", 30_000)) }, message.BadDate},
		{"references", func() []byte { return after("References: ", repeat("<a@b> ", 20_000)) }, message.LimitReferences},
		{"references without brackets", func() []byte { return after("References: ", repeat("a@b ", 30_000)) }, message.LimitReferences},
		{"charsets", func() []byte {
			return after(mixed, numbered("--b\nContent-Type: text/plain; charset=x%d-%d\n\nx\n", 900))
		}, message.DefectsOmitted},
		{"escapes of ISO-2022", func() []byte {
			return after("Content-Type: text/plain; charset=iso-2022-jp\n\n", repeat("\x1b$B\x1b(B", 2<<20))
		}, message.LimitTextBytes},
		{"shifts", func() []byte {
			return after("Content-Type: text/plain; charset=iso-2022-kr\n\n", repeat("\x0e!!\x0f", 3<<20))
		}, message.LimitTextBytes},
		{"UTF-7", func() []byte { return after("Content-Type: text/plain; charset=utf-7\n\n", repeat("+/f/-", 7<<20)) }, message.LimitTextBytes},
		{"text that grows", func() []byte {
			return after("Content-Type: text/plain; charset=windows-1252\n\n", repeat("\x80", 40<<20))
		}, message.LimitTextBytes},
		{"texts that grow", func() []byte {
			return after(mixed, repeat("--b\nContent-Type: text/plain; charset=cp437\n\n"+strings.Repeat("\xb0", 50_000)+"\n", 700))
		}, message.LimitTextBytes},
		{"undeclared text", func() []byte { return after("\n", repeat("\xe4v\xe0", 10<<20)) }, message.LimitTextBytes},
		{"NULs", func() []byte { return after("\n", repeat("\x00", 9<<20)) }, message.LimitTextBytes},
		{"carriage returns", func() []byte { return after("Subject: x\r\r", repeat("\r", 9<<20)) }, message.LimitTextBytes},
		{"flowed text", func() []byte { return after("Content-Type: text/plain; format=flowed\n\n", repeat("> \n>> \n", 4<<20)) }, message.LimitTextBytes},
		{"enriched text", func() []byte { return after("Content-Type: text/enriched\n\n", repeat("<", 20<<20)) }, message.LimitTextBytes},
		{"a page of tables", func() []byte { return after("Content-Type: text/html\n\n", repeat("<table><tr><td>", 2<<20)) }, message.LimitTextBytes},
		{"meta without end", func() []byte { return after("Content-Type: text/html\n\n", repeat("<meta \xff", 2<<20)) }, message.LimitTextBytes},
		{"uuencoded files", func() []byte { return after("\n", repeat("begin 644 a\n#86)C\n`\nend\n", 200_000)) }, message.LimitParts},
		{"uuencode without end", func() []byte { return after("\n", repeat("begin 644 a\n#86)C\n", 1_000_000)) }, message.LimitTextBytes},
		{"winmail.dat of files", func() []byte {
			return winmailLetter(winmail(bytes.Repeat(tnefAttribute(0x00069002, nil), 500_000)))
		}, message.LimitParts},
		{"winmail.dat of properties", func() []byte {
			return winmailLetter(winmail(tnefAttribute(0x00069003, append([]byte("\xff\xff\xff\xff"), repeat("\x1f\x10\x00\x10\xff\xff\xff\xff", 500_000)...))))
		}, ""},
		{"winmail.dat of promises", func() []byte {
			return winmailLetter(winmail(tnefAttribute(0x00069002, nil), []byte("\x01\x0f\x80\x06\x00\xff\xff\xff\x7f")))
		}, message.BadTNEF},
		{"calendar", func() []byte { return after("Content-Type: text/calendar\n\n", repeat("UID;x", 5<<20)) }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := c.make()
			var before, now runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			m := message.Parse(raw, message.Limits{Time: time.Hour})
			m.Calendars()
			took := time.Since(start)
			runtime.ReadMemStats(&now)
			// Each takes well under a second; what isn't linear takes minutes. The
			// rest is room for the race detector on a busy machine.
			if took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			if n := (now.TotalAlloc - before.TotalAlloc) >> 20; n > 128 {
				t.Errorf("allocated %d MiB", n)
			}
			if c.want != "" && !slices.Contains(kinds(m), c.want) {
				t.Errorf("defects %v, want %s", kinds(m), c.want)
			}
			if testing.Verbose() {
				t.Logf("%v, %d KiB, %v", took, (now.TotalAlloc-before.TotalAlloc)>>10, kinds(m))
			}
		})
	}
}

// TestLargeAttachment holds what a large file costs: nothing until it is opened.
func TestLargeAttachment(t *testing.T) {
	raw := largeMail()
	var m *message.Message
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	m = message.Parse(raw, message.Limits{})
	runtime.ReadMemStats(&now)
	if n := now.TotalAlloc - before.TotalAlloc; n > 256<<10 {
		t.Errorf("reading %d MiB allocated %d KiB", len(raw)>>20, n>>10)
	}
	equal(t, "size", m.Attachments[0].Body.Size(), int64(25<<20))
	equal(t, "defects", len(m.Defects), 0)
	if testing.Short() {
		return
	}
	body(t, m.Attachments[0].Body)
}

// TestTime holds what is left when there is no time: the header.
func TestTime(t *testing.T) {
	m := message.Parse(after("Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n", repeat("--b\n\nhi\n", 3)), message.Limits{Time: 1})
	equal(t, "subject", m.Subject, "x")
	equal(t, "text", m.Text, "")
	equal(t, "defects", kinds(m), []message.DefectKind{message.LimitTime})
	if m.Root == nil {
		t.Error("no root")
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
	equal(t, "field bytes", m.Header.Raw("to"), "a@x.example")

	// A body over the bound is cut in each of the encodings.
	for encoding, src := range map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte("hello there")), "quoted-printable": "hel=6Co there", "8bit": "hello there"} {
		m = message.Parse([]byte("Content-Type: a/b; name=x\nContent-Transfer-Encoding: "+encoding+"\n\n"+src), message.Limits{DecodedBytes: 7})
		equal(t, encoding, string(body(t, m.Attachments[0].Body)), "hello t")
		equal(t, encoding, kinds(m), []message.DefectKind{message.LimitDecodedBytes})
	}
}
