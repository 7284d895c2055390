package worker_test

import (
	"io"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/worker"
)

// TestSignInLetter carries a link that is good, to whom it was asked for.
func TestSignInLetter(t *testing.T) {
	p := newPost(t)
	browser := [32]byte{1}
	if err := p.AskSignIn(t.Context(), "Maja@lind.example", browser, "Firefox on Linux"); err != nil {
		t.Fatal(err)
	}
	p.start(func(o *worker.Options) { o.BaseURL = "https://inbox.example/" })
	l := p.wait(1)[0]
	body, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(l.body)))
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`https://inbox\.example/sign-in/(act-[a-z2-7]+)`).FindSubmatch(body)
	if l.to != "maja@lind.example" || link == nil || l.header.Get("Reply-To") != "" || !strings.Contains(string(body), "Firefox on Linux") {
		t.Fatalf("to %s: %v\n%s", l.to, l.header, body)
	}
	a, err := p.tokens.ParseAction(string(link[1]), time.Now())
	if err != nil || a.Verb != tradepost.SignIn {
		t.Fatalf("%+v, %v", a, err)
	}
	if in, err := p.SignIn(t.Context(), a.Subject, browser); err != nil || len(in.Members) != 1 || in.Members[0].ID != p.maja.ID {
		t.Errorf("%+v, %v", in, err)
	}
}
