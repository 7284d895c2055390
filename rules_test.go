package tradepost

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWindowsFollowEachOtherByTheHour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Clock{Hour: time.Duration(rapid.Int64Range(1, 3600).Draw(t, "hour")) * time.Second, Align: rapid.Bool().Draw(t, "align")}
		minute := rapid.IntRange(0, 59).Draw(t, "minute")
		now := time.Unix(0, rapid.Int64Range(0, 4e18).Draw(t, "now"))
		w := c.Window(now, minute)
		if w.After(now) || !w.Add(c.Hour).After(now) {
			t.Fatalf("window %s is not the latest before %s", w, now)
		}
		if got := c.Window(w, minute); !got.Equal(w) {
			t.Fatalf("the window of its own start %s is %s", w, got)
		}
		if got := c.Window(w.Add(-1), minute); !got.Equal(w.Add(-c.Hour)) {
			t.Fatalf("before %s comes %s", w, got)
		}
	})
}

func TestDigestMinutesAreSpread(t *testing.T) {
	const members = 60_000
	var at [60]int
	for id := range int64(members) {
		at[DigestMinute(id)]++
	}
	for minute, n := range at {
		if n < members/60*8/10 || n > members/60*12/10 {
			t.Errorf("minute %d has %d members of %d", minute, n, members)
		}
	}
}

func TestAlertReasons(t *testing.T) {
	first := Occasion{FirstContact: true, NewConversation: true}
	opened := Occasion{NewConversation: true}
	further := Occasion{}
	for _, tc := range []struct {
		setting AlertSetting
		o       Occasion
		want    string
	}{
		{AlertFirstContact, first, "first_contact"}, {AlertFirstContact, opened, ""}, {AlertFirstContact, further, ""},
		{AlertNewConversation, first, "first_contact"}, {AlertNewConversation, opened, "new_conversation"}, {AlertNewConversation, further, ""},
		{AlertEveryMessage, first, "first_contact"}, {AlertEveryMessage, opened, "every_message"}, {AlertEveryMessage, further, "every_message"},
		{AlertNever, first, ""}, {AlertNever, opened, ""}, {AlertNever, further, ""},
	} {
		if got := tc.setting.Reason(tc.o); got != tc.want {
			t.Errorf("%s at %+v: %q, want %q", tc.setting, tc.o, got, tc.want)
		}
	}
}

func TestAfterAnAttempt(t *testing.T) {
	for _, tc := range []struct {
		a    Attempted
		want Next
	}{
		{Attempted{Kind: Alert, Verdict: Delivered, Attempts: 1}, Next{State: Sent}},
		{Attempted{Kind: Alert, Verdict: Permanent, Attempts: 1}, Next{State: Failed}},
		{Attempted{Kind: Alert, Verdict: Temporary, Attempts: 1}, Next{State: Pending, Again: true, Wait: 5 * time.Second}},
		{Attempted{Kind: Digest, Verdict: Temporary, Attempts: 3}, Next{State: Pending, Again: true, Wait: time.Minute}},
		{Attempted{Kind: Digest, Verdict: Temporary, Attempts: 3, Age: 59 * time.Minute}, Next{State: Skipped, Reason: ReasonSuperseded}},
		{Attempted{Kind: Digest, Verdict: Temporary, Attempts: 3, Age: 30 * time.Second, Hour: time.Minute}, Next{State: Skipped, Reason: ReasonSuperseded}},
		{Attempted{Kind: Digest, Verdict: Temporary, Attempts: 1, Hint: time.Hour}, Next{State: Skipped, Reason: ReasonSuperseded}},
		{Attempted{Kind: Alert, Verdict: Temporary, Attempts: 1, Code: 450}, Next{State: Pending, Again: true, Wait: time.Minute}},
		{Attempted{Kind: Alert, Verdict: Temporary, Attempts: 1, Code: 451, Enhanced: "4.7.1"}, Next{State: Pending, Again: true, Wait: time.Minute}},
		{Attempted{Kind: Alert, Verdict: Temporary, Attempts: 1, Code: 451, Enhanced: "4.3.0"}, Next{State: Pending, Again: true, Wait: 5 * time.Second}},
		{Attempted{Kind: Alert, Verdict: Temporary, Attempts: 2, Code: 451}, Next{State: Pending, Again: true, Wait: 4 * time.Minute}},
		{Attempted{Kind: Alert, Verdict: Temporary, Attempts: 2, Code: 421, Hint: 7 * time.Minute}, Next{State: Pending, Again: true, Wait: 7 * time.Minute}},
		{Attempted{Kind: Relay, Verdict: Temporary, Attempts: 500}, Next{State: Pending, Again: true, Wait: time.Hour}},
		{Attempted{Kind: Relay, Verdict: Temporary, Attempts: 99, Age: GiveUpAfter}, Next{State: Failed, Reason: ReasonGaveUp}},
		{Attempted{Kind: Alert, Verdict: NoAnswer, Attempts: 1, Silences: 1}, Next{State: Unknown, Again: true, Wait: UnknownDelay}},
		{Attempted{Kind: Alert, Verdict: NoAnswer, Attempts: 2, Silences: 2}, Next{State: Failed, Reason: ReasonUnknown}},
		{Attempted{Kind: Alert, Verdict: NoAnswer, Attempts: 3, Silences: 1, Lapses: 2}, Next{State: Unknown, Again: true, Wait: UnknownDelay}},
		{Attempted{Kind: Digest, Verdict: NoAnswer, Attempts: 1, Silences: 1}, Next{State: Unknown}},
		{Attempted{Kind: Relay, Verdict: OwnerVanished, Attempts: 1, Lapses: 1}, Next{State: Unknown, Again: true}},
		{Attempted{Kind: Relay, Verdict: OwnerVanished, Attempts: 9, Lapses: 9}, Next{State: Failed, Reason: ReasonLapsed}},
		{Attempted{Kind: Digest, Verdict: OwnerVanished, Attempts: 1, Lapses: 1}, Next{State: Unknown}},
	} {
		if got := tc.a.After(); got != tc.want {
			t.Errorf("%+v: %+v, want %+v", tc.a, got, tc.want)
		}
	}
}

func TestOpeningNamesEveryFault(t *testing.T) {
	bad := Opening{
		Kind: "party", Service: "a\nb", Body: "a\x00b",
		Merchant:    Merchant{Name: "a\rb", Email: "not an address", Role: "king", StoreURL: "javascript:alert(1)", PublicEmail: "x@y z"},
		Attachments: []Attachment{NewAttachment("../etc/passwd", "text/html; charset=x", nil)},
	}
	err := bad.Validate()
	var fields []string
	for _, f := range err.(Invalid) {
		fields = append(fields, f.Field)
	}
	want := []string{"kind", "service", "body", "attachments[0].filename", "attachments[0].content_type", "merchant.name", "merchant.email",
		"merchant.public_email", "merchant.store_url", "merchant.role"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}
	good := Opening{PartnerID: 1, Kind: KindService, Service: "Store migration", Body: "Hello",
		Merchant: Merchant{Name: "山田 太郎", Email: "taro@shop.example", Role: MerchantNoStore}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	good.Merchant.Role = MerchantStaff
	if err := good.Validate(); err == nil || !strings.Contains(err.Error(), "store_name") || !strings.Contains(err.Error(), "store_url") {
		t.Errorf("staff without a store: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, good := range []string{"a@b.example", "first.last+tag@sub.b.example", "O'Neil@b.example", "jörg@bücher.example"} {
		if p := AddressProblem(good); p != "" {
			t.Errorf("%s %s", good, p)
		}
	}
	for _, bad := range []string{"", "a", "@b.example", "a@", "a b@c.example", `"a b"@c.example`, "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example",
		"Name <a@b.example>", "<a@b.example>", "a@b@c.example", "a@[127.0.0.1]", "a@b..example", "a@-b.example", "a@b.example.",
		"a\x00@b.example", "a@b.example> SIZE=1", "a\u202e@b.example", "a\u200b@b.example", "a\ufeff@b.example", strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b.", 130) + "example"} {
		if p := AddressProblem(bad); p == "" {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\r\nb\rc\n\n", "a\x00b", "\xff\xfe", "..", `C:\x\y.pdf`, "photo\u202egpj.exe", strings.Repeat("é", 300) + ".pdf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p := FilenameProblem(SafeFilename(s)); p != "" {
			t.Errorf("safe file name of %q %s", s, p)
		}
		b := NormalBody(s)
		if utf8.RuneCountInString(b) <= MaxBody && BodyProblem(b) != "" {
			t.Errorf("normal body of %q %s", s, BodyProblem(b))
		}
		if again := NormalBody(b); again != b {
			t.Errorf("normal body of %q changes from %q to %q", s, b, again)
		}
		if AddressProblem(s) == "" && strings.ContainsAny(s, "\r\n\x00 <>,\"") {
			t.Errorf("address %q was accepted", s)
		}
		if stripped := StripTokens(s); StripTokens(stripped) != stripped {
			t.Errorf("%q keeps a token: %q", s, stripped)
		}
	})
}

func TestIDs(t *testing.T) {
	if id, err := ParseID(MessagePrefix, FormatID(MessagePrefix, 17)); id != 17 || err != nil {
		t.Error(id, err)
	}
	for _, bad := range []string{"", "17", "msg_", "msg_0", "msg_-1", "msg_017", "mbr_17", "msg_99999999999999999999", "msg_1 "} {
		if _, err := ParseID(MessagePrefix, bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
