package tradepost

import (
	"strings"
	"testing"
)

func TestRefusedFile(t *testing.T) {
	for _, tc := range []struct{ name, kind string }{
		{"setup.exe", ""}, {"SETUP.EXE", ""}, {"setup.exe.", ""}, {"setup.exe. . ", ""}, {"setup. exe", ""}, {"offer.pdf.exe", "application/pdf"},
		{"offer\u202efdp.exe", ""}, {"setup.e\u200bxe", ""}, {"setup.exe\u00a0", ""}, {"setup.exe::$DATA", ""}, {"offer.pdf:setup.exe", ""}, {"Re: setup.exe", ""},
		{`setup.exe"`, ""}, {".exe", ""}, {"a.Js", ""}, {"a.lnk", ""}, {"a.ps1", ""}, {"a.iso", ""}, {"a.settingcontent-ms", ""}, {"example.com", "text/plain"},
		{"offer.pdf", "application/x-msdownload"}, {"offer", "Application/X-MSDownload; name=offer"},
	} {
		if !RefusedFile(tc.name, tc.kind) {
			t.Errorf("%q, %q was taken", tc.name, tc.kind)
		}
	}
	for _, tc := range []struct{ name, kind string }{
		{"offer.pdf", "application/pdf"}, {"offer.exe.pdf", ""}, {"exe", ""}, {"", ""}, {"theme.zip", "application/zip"}, {"prices.xlsm", ""}, {"index.html", "text/html"},
		{"data.bin", "application/octet-stream"}, {"package.json", ""}, {"12:30 notes.txt", ""}, {"résumé.docx", "bad type"}, {"a.", ""}, {"...", ""},
	} {
		if RefusedFile(tc.name, tc.kind) {
			t.Errorf("%q, %q was refused", tc.name, tc.kind)
		}
	}
}

func TestMessagesTakeNoPrograms(t *testing.T) {
	err := ValidateMessage("See the file.", []Attachment{NewAttachment("offer.pdf", "application/pdf", nil), NewAttachment("offer.pdf.exe", "", nil)})
	if err == nil || !strings.HasPrefix(err.Error(), "attachments[1].filename: is a program") {
		t.Errorf("got %v", err)
	}
}
