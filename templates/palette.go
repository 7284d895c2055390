package templates

// Palette is one set of colour tokens, each "#RRGGBB". The pages use the same
// ones, so a letter and the page behind its button look alike.
type Palette struct {
	Ground, Paper, Sunk string // behind everything; panels; wells
	Ink, Muted          string // text; details
	Line, Edge          string // rules; control borders
	Accent, OnAccent    string // links and the one button; text on it
	AccentSoft          string
	Good, GoodSoft      string
	Warn, WarnSoft      string
	Bad, BadSoft        string
	NeutralSoft         string
}

// Light is the palette of a light letter or page. Letters stand on Paper.
func Light() Palette {
	return Palette{
		Ground: "#F4F5F7", Paper: "#FFFFFF", Sunk: "#F0F2F5",
		Ink: "#1C2330", Muted: "#566173",
		Line: "#D8DDE4", Edge: "#7A8594",
		Accent: "#1D5FBF", OnAccent: "#FFFFFF", AccentSoft: "#E8F0FC",
		Good: "#1A6B3C", GoodSoft: "#E5F4EA",
		Warn: "#8A4B00", WarnSoft: "#FDF1DC",
		Bad: "#B3261E", BadSoft: "#FCEBEA",
		NeutralSoft: "#EBEEF2",
	}
}

// Dark is the palette of a dark letter or page. Letters stand on Ground.
func Dark() Palette {
	return Palette{
		Ground: "#12161C", Paper: "#1B2129", Sunk: "#232A34",
		Ink: "#E6EAF0", Muted: "#A3AEBD",
		Line: "#343D4A", Edge: "#7D8999",
		Accent: "#8AB8FF", OnAccent: "#0B1526", AccentSoft: "#1D2F4C",
		Good: "#7FD49B", GoodSoft: "#17331F",
		Warn: "#F2BF6B", WarnSoft: "#3A2A0E",
		Bad: "#FF9F97", BadSoft: "#451C19",
		NeutralSoft: "#2A323D",
	}
}
