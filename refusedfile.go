package tradepost

import (
	"slices"
	"strings"
	"unicode"
)

// refusedExtensions are those of files that the large mail systems refuse, and
// the whole letter with them: the list that Gmail publishes, which holds
// programs, installers, scripts that a double click runs, shortcuts, and disk
// images, whose content loses the mark that it came from outside; and what
// Outlook blocks of the same sorts. A message with such a file could not be
// relayed. Documents with macros, web pages and archives are not among them:
// people exchange them, and both systems take them.
var refusedExtensions = strings.Fields(`
	ade adp apk app application appref-ms appx appxbundle bat cab chm cmd com cpl
	diagcab diagcfg diagpkg dll dmg ex ex_ exe gadget hlp hta img inf ins iso isp
	jar jnlp js jse lib lnk mde mjs msc msh msh1 msh2 mshxml msh1xml msh2xml
	msi msix msixbundle msp mst nsh ocx pif ps1 ps1xml ps2 ps2xml psc1 psc2 psd1
	psm1 reg scf scr sct settingcontent-ms shb shs sys url vb vbe vbp vbs vhd
	vhdx vxd website ws wsc wsf wsh xbap xll xnk`)

// refusedTypes are the media types of the same, for files whose name hides it.
var refusedTypes = strings.Fields(`
	application/hta application/java-archive application/vnd.android.package-archive
	application/vnd.microsoft.portable-executable application/x-apple-diskimage
	application/x-dosexec application/x-iso9660-image application/x-java-archive
	application/x-java-jnlp-file application/x-ms-installer application/x-ms-shortcut
	application/x-msdos-program application/x-msdownload application/x-msi`)

// RefusedFile reports a kind of file that is not taken, by its name or its media
// type, with parameters or without. It looks at the last extension, as systems
// do, past what disguises it: "offer.pdf.EXE", "a.exe. ", a name with directional
// formatting or other invisible characters in it, a stream of it ("a.exe::$DATA").
// What is inside is not looked at; see Attachment.Refused.
func RefusedFile(filename, contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	if slices.Contains(refusedTypes, strings.ToLower(strings.TrimSpace(kind))) {
		return true
	}
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, filename)
	// On Windows a colon begins the name of a stream, and dots and spaces at the
	// end of a name go.
	for part := range strings.SplitSeq(name, ":") {
		part = strings.TrimRightFunc(part, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`."'`, r) })
		dot := strings.LastIndexByte(part, '.')
		if dot >= 0 && slices.Contains(refusedExtensions, strings.ToLower(strings.TrimSpace(part[dot+1:]))) {
			return true
		}
	}
	return false
}
