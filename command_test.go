package tradepost

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseCommands(t *testing.T) {
	do := func(c ...Command) []Command { return c }
	done := Command{Verb: VerbDone}
	note := func(s string) Command { return Command{Verb: VerbNote, Text: s} }
	for _, tc := range []struct {
		text string
		want []Command
		rest string
	}{
		{"", nil, ""},
		{"\n\n", nil, "\n\n"},
		{"Hello", nil, "Hello"},
		{"\nHello\n/done", nil, "\nHello\n/done"},
		{"/done", do(done), ""},
		{"/done\nHello", do(done), "Hello"},
		{"\n \n/Done \n\n\nHello\n/block\n", do(done), "Hello\n/block\n"},
		{"\u00a0\u200b/DONE\u00a0\u200b\u00a0\r\n\r\nHello\r\n", do(done), "Hello\r\n"},
		{"\\/done\rHello", do(done), "Hello"},
		{"/done.\nThanks", do(done), "Thanks"},
		{"/done…\n", do(done), ""},
		{"/done\n\n/unmark\n/unqualify\n/mute\n/decline\n/block\n/delete\n/undo\n/why\n/help", do(done, Command{Verb: VerbUnmark}, Command{Verb: VerbUnqualify},
			Command{Verb: VerbMute}, Command{Verb: VerbDecline}, Command{Verb: VerbBlock}, Command{Verb: VerbDelete}, Command{Verb: VerbUndo}, Command{Verb: VerbWhy}, Command{Verb: VerbHelp}), ""},
		{"/done\n/done\nyes", do(done, done), "yes"},
		{"/mark 😀", do(Command{Verb: VerbMark, Text: "😀"}), ""},
		{"/Mark✅\nGood", do(Command{Verb: VerbMark, Text: "✅"}), "Good"},
		{"/mark \\#\ufe0f\u20e3", do(Command{Verb: VerbMark, Text: "#\ufe0f\u20e3"}), ""},
		{"/tag a, big  order , A,Ärende", do(Command{Verb: VerbTag, Tags: []string{"a", "big order", "Ärende"}}), ""},
		{"/tag 急ぎ、見積，x", do(Command{Verb: VerbTag, Tags: []string{"急ぎ", "見積", "x"}}), ""},
		{"/untag a\\*b", do(Command{Verb: VerbUntag, Tags: []string{"a*b"}}), ""},
		{"/qualify", do(Command{Verb: VerbQualify}), ""},
		{"/qualify: GOLD\\_2\nWelcome!", do(Command{Verb: VerbQualify, Text: "GOLD_2"}), "Welcome!"},
		{"/note call them back\n\nHello", do(note("call them back")), "Hello"},
		{"/note call them back, since they asked for it on the phone and were\nquite angry…\nindeed\n\nHello", do(note("call them back, since they asked for it on the phone and were\nquite angry…\nindeed")), "Hello"},
		{"/note foo\\_bar\n/done\nHello", do(note("foo\\_bar"), done), "Hello"},
		{"/note\nbelow\r\n  it\r\n\r\nHello", do(note("below\n  it")), "Hello"},
		{"/note: secret", do(note("secret")), ""},
		{"/note(secret)\n", do(note("(secret)")), ""},
		{"/note – secret", do(note("– secret")), ""},
		{"/note see /usr/bin\n/usr/lib too\n\nHello", do(note("see /usr/bin\n/usr/lib too")), "Hello"},
		{"/usr/bin is where it is", nil, "/usr/bin is where it is"},
		{"// a comment", nil, "// a comment"},
		{"/ 5", nil, "/ 5"},
		{"/", nil, "/"},
		{"\\/", nil, "\\/"},
		{"1/2 of it", nil, "1/2 of it"},
		{"/done\n/usr/bin", do(done), "/usr/bin"},
		{"/mark-up is fine", nil, "/mark-up is fine"},
		{"/done/", nil, "/done/"}, {"/done2 it", nil, "/done2 it"}, {"/doné", nil, "/doné"}, {"/done.html", nil, "/done.html"}, {"/note_x", nil, "/note_x"}, {"/note/x", nil, "/note/x"},
		{"\u200e/done\u200f", do(done), ""},
		{"> /done", nil, "> /done"},
	} {
		got := ParseCommands(tc.text)
		if diff := cmp.Diff(tc.want, got.Commands); diff != "" || len(got.Faults) > 0 || tc.text[got.Rest:] != tc.rest {
			t.Errorf("%q: faults %+v, rest %q, want %q\n%s", tc.text, got.Faults, tc.text[got.Rest:], tc.rest, diff)
		}
	}
}

func TestCommandFaults(t *testing.T) {
	long := strings.Repeat("ä", MaxTag+1)
	for _, tc := range []struct {
		text string
		want []CommandFault
	}{
		{"/dnoe", []CommandFault{{Line: "/dnoe", Unknown: true}}},
		{"/nota: he is a fool\nHello", []CommandFault{{Line: "/nota: he is a fool", Unknown: true}}},
		{"/Dear all,", []CommandFault{{Line: "/Dear all,", Unknown: true}}},
		{"/done thanks\n/nothing\n/mute", []CommandFault{{Line: "/done thanks"}, {Line: "/nothing", Unknown: true}}},
		{"/note a\n/dnoe\nb", []CommandFault{{Line: "/dnoe", Unknown: true}}},
		{"/mark", []CommandFault{{Line: "/mark"}}}, {"/mark done", []CommandFault{{Line: "/mark done"}}}, {"/mark ✅ ✅", []CommandFault{{Line: "/mark ✅ ✅"}}},
		{"/mark 5", []CommandFault{{Line: "/mark 5"}}},
		{"/tag", []CommandFault{{Line: "/tag"}}}, {"/tag a,,b", []CommandFault{{Line: "/tag a,,b"}}}, {"/tag a,\nb", []CommandFault{{Line: "/tag a,"}}},
		{"/tag " + long, []CommandFault{{Line: "/tag " + long}}}, {"/untag a\x00b", []CommandFault{{Line: "/untag ab"}}},
		{"/tag 1,2,3,4,5,6,7,8,9,10,11", []CommandFault{{Line: "/tag 1,2,3,4,5,6,7,8,9,10,11"}}},
		{"/qualify GOLD please", []CommandFault{{Line: "/qualify GOLD please"}}}, {"/qualify " + long, []CommandFault{{Line: "/qualify " + long}}},
		{"/note", []CommandFault{{Line: "/note"}}}, {"/note\n\nHello", []CommandFault{{Line: "/note"}}}, {"/note\n/done", []CommandFault{{Line: "/note"}}},
		{"/note " + strings.Repeat("é", MaxBody+1), []CommandFault{{Line: "/note " + strings.Repeat("é", 94)}}},
		{"/" + strings.Repeat("x", 500), []CommandFault{{Line: "/" + strings.Repeat("x", 99), Unknown: true}}},
		{strings.Repeat("/done\n", MaxCommands+5) + "Hello", []CommandFault{{Line: "/done"}}},
	} {
		if diff := cmp.Diff(tc.want, ParseCommands(tc.text).Faults); diff != "" {
			t.Errorf("%.80q: %s", tc.text, diff)
		}
	}
	if s := ParseCommands(strings.Repeat("/done\n", MaxCommands)); len(s.Commands) != MaxCommands || len(s.Faults) != 0 {
		t.Errorf("%d commands, %d faults", len(s.Commands), len(s.Faults))
	}
	if s := ParseCommands("/tag 1,2,3,4,5,6,7,8,9,10\n/tag " + long[:2*MaxTag] + "\n/note " + strings.Repeat("é", MaxBody)); len(s.Commands) != 3 || len(s.Faults) != 0 {
		t.Errorf("at the bounds: %d commands, %d faults", len(s.Commands), len(s.Faults))
	}
}

func TestEmoji(t *testing.T) {
	for _, good := range []string{
		"✅", "😀", "👍🏽", "☝🏿", "☝️🏽", "❤️", "❤", "☺︎", "👨‍👩‍👧‍👦", "👩🏻‍❤️‍💋‍👩🏾", "🏳️‍🌈", "🇸🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴‍☠️", "1️⃣", "#⃣", "*️⃣", "🐈‍⬛", "🤷‍♂️", "🅿️", "㊗️", "ℹ️", "🫡", "➡️", "✔", "⭐",
	} {
		if !isEmoji(good) {
			t.Errorf("%q (%+q) was refused", good, good)
		}
	}
	for _, bad := range []string{
		"", "a", "1", "#", "done", "✅✅", "✅ ", "a✅", "✅a", "🇸", "🇸🇪🇸", "🇸a", "\u200d", "✅\u200d", "\u200d✅", "\ufe0f", "🏽", "🏴\U000E0067", "1\ufe0f", "é", "漢", "½", "→→",
		"\xff", "\u202e✅", "✅\n", strings.Repeat("👩\u200d", 30) + "👩", strings.Repeat("©\u200d", 10) + "©", strings.Repeat("✅", 10_000), "[", "Ⓐ", "❶",
	} {
		if isEmoji(bad) {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestNotesStayInside: a mail is made of commands, notes whose lines a mailer
// broke, and a message; of the former nothing is in what is posted.
func TestNotesStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eol := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "eol")
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"secret", "secret/", "/secret/x", "1/2", "secret,", "hemlig", "//", "> secret"}), 1, 30)
		var b strings.Builder
		var want []Verb
		for range rapid.IntRange(1, 5).Draw(t, "commands") {
			verb := rapid.SampledFrom([]string{"done", "note", "Note", "NOTE:", "mark ✅", "tag secret"}).Draw(t, "verb")
			b.WriteString(rapid.SampledFrom([]string{"", " ", "\u00a0", "\\"}).Draw(t, "lead") + "/" + verb)
			name, _, _ := strings.Cut(strings.ToLower(strings.TrimSuffix(verb, ":")), " ")
			want = append(want, Verb(name))
			if name == "note" {
				for _, w := range words.Draw(t, "words") {
					b.WriteString(rapid.SampledFrom([]string{" ", eol, eol + "  "}).Draw(t, "break") + w)
				}
			}
			b.WriteString(eol + rapid.SampledFrom([]string{"", eol, " " + eol}).Draw(t, "gap"))
			if name == "note" && rapid.Bool().Draw(t, "apart") {
				b.WriteString(eol)
			}
		}
		message := rapid.SampledFrom([]string{"", "Hello" + eol + "/done", "1/2"}).Draw(t, "message")
		s := ParseCommands(b.String() + eol + message)
		var got []Verb
		for _, c := range s.Commands {
			got = append(got, c.Verb)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(s.Faults) > 0 {
			t.Fatalf("%q: %+v\n%s", b.String(), s.Faults, diff)
		}
		if rest := (b.String() + eol + message)[s.Rest:]; rest != message {
			t.Fatalf("%q: %q is posted, want %q", b.String(), rest, message)
		}
	})
}

func checkScript(t fataler, text string) {
	t.Helper()
	s := ParseCommands(text)
	if s.Rest < 0 || s.Rest > len(text) || s.Rest > 0 && s.Rest < len(text) && text[s.Rest-1] != '\n' && text[s.Rest-1] != '\r' {
		t.Fatal(fmt.Sprintf("the rest of %q begins at %d", text, s.Rest))
	}
	found := len(s.Commands) + len(s.Faults)
	if found == 0 && s.Rest != 0 || found > MaxCommands+1 {
		t.Fatal(fmt.Sprintf("%q: %d found, rest at %d", text, found, s.Rest))
	}
	// What is posted begins with no command, or nothing is.
	if again := ParseCommands(text[s.Rest:]); len(again.Commands)+len(again.Faults) > 0 && s.Rest > 0 {
		t.Fatal(fmt.Sprintf("%q: the rest %q holds commands", text, text[s.Rest:]))
	}
	for _, c := range s.Commands {
		if _, known := verbs[string(c.Verb)]; !known || BodyProblem(c.Text) != "" || c.Verb != VerbNote && LineProblem(c.Text, 100) != "" || len(c.Tags) > MaxTags {
			t.Fatal(fmt.Sprintf("%q: %+v", text, c))
		}
		for _, tag := range c.Tags {
			if tag == "" || LineProblem(tag, MaxTag) != "" {
				t.Fatal(fmt.Sprintf("%q: tag %q", text, tag))
			}
		}
	}
	for _, f := range s.Faults {
		if !utf8.ValidString(f.Line) || LineProblem(f.Line, 100) != "" {
			t.Fatal(fmt.Sprintf("%q: fault %q", text, f.Line))
		}
	}
	if !strings.HasPrefix(strings.TrimLeftFunc(text, passedOver), "/") && !strings.HasPrefix(strings.TrimLeftFunc(text, passedOver), `\/`) && (found > 0 || s.Rest != 0) {
		t.Fatal(fmt.Sprintf("%q has no slash: %+v", text, s))
	}
}

func TestScriptsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SampledFrom([]string{"/done", "/note ", "/tag a, b", "/mark ✅", "/Qualify", "/nothing", "/", "\\", "\n", "\r\n", "\r", " ", "\u00a0", "text", ",", ".", "…", "\x00", "\xff", "\u202e", "✅", "\\*"})
		checkScript(t, strings.Join(rapid.SliceOfN(pieces, 0, 40).Draw(t, "pieces"), ""))
	})
}

func FuzzParseCommands(f *testing.F) {
	for _, s := range []string{"/done\nHello", "/note a\nb\n\nc", "/tag a, b\n/mark 👍🏽", "\\/qualify GOLD\\_2", "/nothing\r\n/usr/bin", "/note: \xff\x00", "/done\u00a0\n\n/block", "/mark 1️⃣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkScript(t, s) })
}

// TestParseCommandsIsLinear takes a second; were it quadratic, no test would wait
// for its end.
func TestParseCommandsIsLinear(t *testing.T) {
	const size = 1 << 18
	for _, line := range []string{"/done\n", "/note\n", "/note a\n", "/x\n", "\n", "\r", "a\n", "/note", "\\", ",", "a,", "\u200b"} {
		for _, first := range []string{"", "/note ", "/tag ", "/mark "} {
			checkScript(t, first+strings.Repeat(line, size/len(line)))
		}
	}
}

func ExampleParseCommands() {
	text := "/done\n/note Ask Maja before we send\nthe offer.\n\nHello, we can start on Monday."
	s := ParseCommands(text)
	for _, c := range s.Commands {
		fmt.Printf("%s %q\n", c.Verb, c.Text)
	}
	fmt.Println(text[s.Rest:])
	// Output:
	// done ""
	// note "Ask Maja before we send\nthe offer."
	// Hello, we can start on Monday.
}
