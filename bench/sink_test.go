package bench

import (
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSink(t *testing.T) {
	var mu sync.Mutex
	var got []Taken
	s, err := StartSink(func(m Taken) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	// A line longer than the sink's buffer, and lines that look like its end.
	body := "Subject: x\r\n\r\n" + strings.Repeat("y", 40_000) + ".\r\n.\r\n..\r\nend\r\n"
	for _, to := range []string{"a@shop.example", "b@shop.example"} {
		if err := smtp.SendMail(s.Addr(), nil, "inbox@market.example", []string{to}, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].To != "a@shop.example" || got[1].To != "b@shop.example" {
		t.Fatalf("took %+v, want one mail to each of a and b", got)
	}
	for _, m := range got {
		if m.Octets != len(body)+2 || time.Since(m.At) > time.Minute { // two lines are stuffed with a dot
			t.Errorf("took %+v, want %d octets", m, len(body)+2)
		}
	}
}

// TestSinkCloses with a session open, and with one that is refused afterwards.
func TestSinkCloses(t *testing.T) {
	s, err := StartSink(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.Dial(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Noop(); err == nil {
		t.Error("the session outlived the sink")
	}
	if _, err := smtp.Dial(s.Addr()); err == nil {
		t.Error("the closed sink still listens")
	}
}
