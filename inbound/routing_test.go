package inbound

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
)

// TestWhatBecomesOfMail sends one mail of each kind and looks at the ledger.
func TestWhatBecomesOfMail(t *testing.T) {
	t.Parallel()
	const maja = "Maja Lind <maja@lind.example>"
	type mail struct {
		to, raw string
	}
	tests := []struct {
		name   string
		mail   func(m *market) mail
		state  string
		reason string
		answer bool // an answer, or a question to the owner of the address, goes out
	}{
		{"posted from a colleague's token and address", func(m *market) mail {
			to := m.address(m.oskar)
			return mail{to, m.reply("OSKAR@lind.EXAMPLE", to, "Yes")}
		}, "posted", "", false},
		{"posted by the merchant", func(m *market) mail {
			to := m.merchantAddress()
			return mail{to, m.reply("Ada <ada@shop.example>", to, "Thanks")}
		}, "posted", "", false},
		{"address in capitals", func(m *market) mail {
			to := strings.ToUpper(m.address(m.maja))
			return mail{to, m.reply(maja, to, "Yes")}
		}, "posted", "", false},
		{"no token", func(m *market) mail {
			return mail{"reply+nonsense@" + replyDomain, m.reply(maja, "reply+nonsense@"+replyDomain, "Yes")}
		}, "refused", "no_token", false},
		{"forged token", func(m *market) mail {
			other, err := tradepost.NewTokens(replyDomain, tradepost.TokenKey{ID: 1, Secret: []byte("not the secret of this market")})
			if err != nil {
				m.t.Fatal(err)
			}
			to, err := other.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: m.maja.ID,
				Subject: m.conversation, Expires: time.Now().Add(time.Hour * 48)})
			if err != nil {
				m.t.Fatal(err)
			}
			return mail{to, m.reply(maja, to, "Yes")}
		}, "refused", "no_token", false},
		{"expired", func(m *market) mail {
			to := m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: m.maja.ID,
				Subject: m.conversation, Expires: time.Now().Add(-48 * time.Hour)})
			return mail{to, m.reply(maja, to, "Yes")}
		}, "refused", "expired", true},
		{"expired, from a stranger", func(m *market) mail {
			to := m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: m.maja.ID,
				Subject: m.conversation, Expires: time.Now().Add(-48 * time.Hour)})
			return mail{to, m.reply("eve@evil.example", to, "Yes")}
		}, "refused", "expired", false},
		{"wrong sender", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply("eve@evil.example", to, "Yes", "Reply-To: maja@lind.example", "Sender: maja@lind.example")}
		}, "held", "wrong_sender", true},
		{"a colleague with another's token", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply("oskar@lind.example", to, "Yes")}
		}, "held", "wrong_sender", true},
		{"several From", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja+", eve@evil.example", to, "Yes", "Sender: maja@lind.example")}
		}, "held", "several_from", true},
		{"From twice", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "Yes", "From: eve@evil.example")}
		}, "held", "several_from", true},
		{"no From", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, strings.Replace(m.reply(maja, to, "Yes"), "From: ", "X-From: ", 1)}
		}, "held", "unclear_from", true},
		{"DMARC failed", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "Yes", "Authentication-Results: mx.reply.test; dmarc=fail (p=none) header.from=lind.example")}
		}, "held", "authentication_failed", true},
		{"results of a server that isn't ours", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "Yes", "Authentication-Results: mx.evil.example; dmarc=fail")}
		}, "posted", "", false},
		{"DMARC failed on an expired token", func(m *market) mail {
			to := m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: m.maja.ID,
				Subject: m.conversation, Expires: time.Now().Add(-48 * time.Hour)})
			return mail{to, m.reply(maja, to, "Yes", "Authentication-Results: mx.reply.test; dmarc=fail")}
		}, "refused", "expired", false},
		{"a digest that is not known any more", func(m *market) mail {
			to := m.sign(tradepost.Token{Purpose: tradepost.DigestToken, Role: tradepost.AuthorMember, Person: m.maja.ID, Subject: 77})
			return mail{to, m.reply(maja, to, "Yes to both")}
		}, "refused", "ambiguous", true},
		{"such a digest, from a stranger", func(m *market) mail {
			to := m.sign(tradepost.Token{Purpose: tradepost.DigestToken, Role: tradepost.AuthorMember, Person: m.maja.ID, Subject: 77})
			return mail{to, m.reply("eve@evil.example", to, "Yes to both")}
		}, "refused", "ambiguous", false},
		{"a member who left", func(m *market) mail {
			if err := m.store.RemoveMember(m.t.Context(), m.maja.ID); err != nil {
				m.t.Fatal(err)
			}
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "Yes")}
		}, "refused", "not_a_member", true},
		{"a member of another partner", func(m *market) mail {
			p := m.partner
			p.Name, p.Members = "Other", p.Members[:1:1]
			p.Members[0].Email = "lo@other.example"
			other, err := m.store.AddPartner(m.t.Context(), p)
			if err != nil {
				m.t.Fatal(err)
			}
			to := m.address(other.Members[0])
			return mail{to, m.reply("lo@other.example", to, "Yes")}
		}, "refused", "not_a_member", true},
		{"a merchant's conversation that is gone", func(m *market) mail {
			to := m.sign(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMerchant, Person: m.merchant.ID, Subject: 9999})
			return mail{to, m.reply("ada@shop.example", to, "Yes")}
		}, "refused", "closed", true},
		{"a blocked merchant", func(m *market) mail {
			if err := m.store.Block(m.t.Context(), m.partner.ID, m.merchant.ID, m.maja.ID); err != nil {
				m.t.Fatal(err)
			}
			to := m.merchantAddress()
			return mail{to, m.reply("ada@shop.example", to, "Yes")}
		}, "refused", "blocked", true},
		{"to a blocked merchant", func(m *market) mail {
			if err := m.store.Block(m.t.Context(), m.partner.ID, m.merchant.ID, m.oskar.ID); err != nil {
				m.t.Fatal(err)
			}
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "Yes")}
		}, "refused", "blocked", true},
		{"nothing but a quote", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "On Mon, 23 Nov 2026 at 09:12, Ada Berg <x@market.example> wrote:\n> Could you?")}
		}, "refused", "empty", true},
		{"nothing at all", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "")}
		}, "refused", "empty", true},
		{"a file and no text", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "PDF", "Content-Type: application/pdf; name=a.pdf", "Content-Disposition: attachment; filename=a.pdf")}
		}, "posted", "", false},
		{"too many files", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, manyParts(tradepost.MaxAttachments+1), "Content-Type: multipart/mixed; boundary=b")}
		}, "refused", "too_big", true},
		{"ten thousand parts", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, manyParts(10_000), "Content-Type: multipart/mixed; boundary=b")}
		}, "refused", "too_big", true},
		{"bounce", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply("MAILER-DAEMON@mx.example", to, "--b\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n--b--",
				"Content-Type: multipart/report; report-type=delivery-status; boundary=b")}
		}, "ignored", "delivery-status", false},
		{"automatic answer", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "I am away", "Auto-Submitted: auto-replied")}
		}, "ignored", "auto-submitted", false},
		{"list", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "News", "List-Id: <news.example>\r\nList-Post: <mailto:"+to+">")}
		}, "ignored", "list-header", false},
		{"our own mail", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, m.reply(maja, to, "Hello", "X-Tradepost-Hop: 1")}
		}, "ignored", "hop-header", false},
		{"a Message-ID of 10,000 characters, with NUL", func(m *market) mail {
			to := m.address(m.maja)
			return mail{to, strings.Replace(m.reply(maja, to, "Yes\x00"), "<mail-", "<"+strings.Repeat("m\x00", 5000), 1)}
		}, "posted", "", false},
		{"bytes that are no mail", func(m *market) mail {
			return mail{m.address(m.maja), "\xff\xfe\x00 not mail"}
		}, "refused", "empty", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, memoryServer(t))
			mail := tt.mail(m)
			m.server.deliver(t, mail.to, mail.raw)
			r := m.start()
			r.until("it is filed", m.settled(1))
			e := m.only()
			if e.State != tt.state || e.Reason != tt.reason || (e.Answered > 0) != tt.answer {
				t.Errorf("got state %q, reason %q, answered %d; want %q, %q, %v\n%s",
					e.State, e.Reason, e.Answered, tt.state, tt.reason, tt.answer, e.Error)
			}
			if posted := len(m.messages()) == 1; posted != (tt.state == "posted") {
				t.Errorf("messages: %s", show(m.messages()))
			}
		})
	}
}

func manyParts(n int) string {
	var b strings.Builder
	b.WriteString("--b\n\nHere they are.\n")
	for i := range n {
		fmt.Fprintf(&b, "--b\nContent-Type: application/pdf; name=%d.pdf\nContent-Disposition: attachment; filename=%d.pdf\n\nPDF\n", i, i)
	}
	return b.String() + "--b--"
}

// TestTokensDoNotTravel lets a member quote, and attach, the letter that holds
// their reply address.
func TestTokensDoNotTravel(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	body := "--b\n\nWrite to " + to + " then.\n\n> Reply-To: " + to + "\n--b\nContent-Type: message/rfc822\n\n" +
		"Reply-To: " + to + "\nSubject: A letter\n\nHello\n--b--"
	m.server.deliver(t, to, m.reply("maja@lind.example", to, body, "Content-Type: multipart/mixed; boundary=b"))
	r := m.start()
	r.until("it is filed", m.settled(1))
	got := m.messages()
	if len(got) != 1 || len(got[0].Files) != 1 {
		t.Fatalf("messages: %s", show(got))
	}
	letter := m.file(got[0].Files[0])
	for name, text := range map[string]string{"body": got[0].Body, "full text": got[0].FullText, "file": string(letter)} {
		if strings.Contains(text, to[:30]) || text == "" {
			t.Errorf("%s: %q", name, text)
		}
	}
	if d := cmp.Diff("message.eml", got[0].Files[0].Filename); d != "" {
		t.Error(d)
	}
}
