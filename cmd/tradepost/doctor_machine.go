package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/doctor"
)

// checkSettings tells of values that no role starts with. What is missing is told
// by the check that needs it.
func (c *doctorCmd) checkSettings(context.Context) []doctor.Finding {
	var f faults
	c.bookConfig.check(f.bad)
	c.letterConfig.check(f.bad)
	c.senderConfig.check(f.bad)
	c.baseConfig.check(f.bad)
	if len(c.ReplyKeys) > 0 && c.ReplyDomain != "" {
		_, err := c.tokens(c.ReplyDomain)
		f.add(err)
	}
	var findings []doctor.Finding
	for _, fault := range f {
		if strings.Contains(fault, " is missing") || strings.Contains(fault, ` "" `) {
			continue
		}
		findings = append(findings, doctor.Finding{Check: "settings", Verdict: doctor.Fault, Found: fault, Mend: "correct it: no role starts with it"})
	}
	if len(c.ReplyKeys) == 0 {
		findings = append(findings, doctor.Missing("reply keys", "set TRADEPOST_REPLY_KEYS to 0: and what openssl rand -hex 32 prints, the same for every role, and keep it secret"))
	}
	if len(findings) == 0 {
		findings = append(findings, doctor.Finding{Check: "settings", Verdict: doctor.OK, Found: "each can be used"})
	}
	return findings
}

// checkBlobs asks whether files could be made, and makes none.
func (c *doctorCmd) checkBlobs(context.Context) []doctor.Finding {
	f := doctor.Finding{Check: "blob folder", Verdict: doctor.OK}
	if c.BlobURL == "" {
		return []doctor.Finding{doctor.Missing(f.Check, "set TRADEPOST_BLOB_URL to a folder, as file:///var/lib/tradepost/blobs")}
	}
	bad := func(found, mend string) []doctor.Finding {
		f.Verdict, f.Found, f.Mend = doctor.Fault, found, mend
		return []doctor.Finding{f}
	}
	u, err := url.Parse(c.BlobURL)
	if err != nil || u.Scheme != "file" || u.Host != "" || !filepath.IsAbs(u.Path) || filepath.Clean(u.Path) == string(filepath.Separator) {
		return bad("TRADEPOST_BLOB_URL is not file:// and an absolute path", "name a folder, as file:///var/lib/tradepost/blobs")
	}
	folder := filepath.Clean(filepath.FromSlash(u.Path))
	there := folder
	info, err := os.Stat(there)
	for errors.Is(err, fs.ErrNotExist) && there != filepath.Dir(there) {
		there = filepath.Dir(there)
		info, err = os.Stat(there)
	}
	switch {
	case err != nil:
		return bad(err.Error(), "let the user that runs tradepost into the folders above it")
	case !info.IsDir():
		return bad(there+" is not a folder", "name another in TRADEPOST_BLOB_URL")
	}
	if err := writable(there); err != nil {
		return bad(fmt.Sprintf("%s can't be written to: %v", there, err), "make "+folder+" a folder of the user that runs tradepost")
	}
	f.Found = folder + " can be written to"
	if there != folder {
		f.Found = folder + " is made at the first start"
	}
	return []doctor.Finding{f}
}

// checkFiles looks at the permissions of files that hold secrets.
func (c *doctorCmd) checkFiles(context.Context) []doctor.Finding {
	var findings []doctor.Finding
	for _, s := range []struct{ name, path string }{
		{"TRADEPOST_SMTP_PASSWORD_FILE", c.SMTPPasswordFile},
		{"TRADEPOST_IMAP_PASSWORD_FILE", c.IMAPPasswordFile},
	} {
		if s.path != "" {
			findings = append(findings, secretFile(s.name, s.path))
		}
	}
	return findings
}

// secretFile judges a file that only the program should read.
func secretFile(setting, path string) doctor.Finding {
	f := doctor.Finding{Check: setting, Verdict: doctor.OK, Found: path + " is readable to us alone"}
	file, err := os.Open(path)
	if err != nil {
		f.Verdict, f.Found, f.Mend = doctor.Fault, err.Error(), "name a file that the user which runs tradepost can read"
		return f
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		f.Verdict, f.Found = doctor.Fault, err.Error()
	case !info.Mode().IsRegular():
		f.Verdict, f.Found, f.Mend = doctor.Fault, path+" is not a file", "name a file that holds the secret"
	case info.Mode().Perm()&0o007 != 0:
		f.Verdict, f.Found, f.Mend = doctor.Fault, fmt.Sprintf("%s is open to every user of this machine (%s)", path, info.Mode().Perm()), "chmod 600 "+path
	case info.Mode().Perm()&0o070 != 0: // how secrets are mounted into containers
		f.Found = fmt.Sprintf("%s is readable to its group (%s)", path, info.Mode().Perm())
	}
	return f
}

// checkZones asks for zones that people live in; a small container has none.
func checkZones(context.Context) []doctor.Finding {
	f := doctor.Finding{Check: "time zones", Verdict: doctor.OK, Found: "tzdata is there"}
	for _, zone := range []string{"Europe/Stockholm", "Asia/Tokyo", "America/New_York"} {
		if _, err := time.LoadLocation(zone); err != nil {
			f.Verdict, f.Found, f.Mend = doctor.Fault, err.Error(), "install the package tzdata: quiet hours and digests go by people's zones"
			break
		}
	}
	return []doctor.Finding{f}
}

// checkBase judges the address that letters link to and that one-click
// unsubscribing (RFC 8058) is posted to.
func (c *doctorCmd) checkBase(ctx context.Context) []doctor.Finding {
	f := doctor.Finding{Check: "base URL", Verdict: doctor.OK, Found: c.origin()}
	if c.BaseURL == "" {
		return []doctor.Finding{doctor.Missing(f.Check, "set TRADEPOST_BASE_URL to where readers reach the web role: without it letters have no links, and no one-click unsubscribing (RFC 8058), which the big providers want of digests")}
	}
	var bad faults
	c.baseConfig.check(bad.bad)
	u, err := url.Parse(c.BaseURL)
	switch {
	case len(bad) > 0 || err != nil:
		f.Verdict, f.Found, f.Mend = doctor.Fault, strings.Join(bad, "; "), "correct TRADEPOST_BASE_URL"
		return []doctor.Finding{f}
	case u.Scheme != "https":
		f.Verdict, f.Mend = doctor.Warning, "set TRADEPOST_BASE_URL to an https:// address that readers reach: one-click unsubscribing needs it (RFC 8058 3)"
		f.Found += " is for this machine only"
	}
	if !c.Net {
		if f.Verdict == doctor.OK {
			f.Found += " (--net asks whether it answers)"
		}
		return []doctor.Finding{f}
	}
	if err := alive(ctx, c.origin()+"/livez"); err != nil {
		f.Verdict, f.Found, f.Mend = doctor.Fault, err.Error(), "start the web role, and have your web server pass requests for this address on to it unchanged"
	} else {
		f.Found += " answers"
	}
	return []doctor.Finding{f}
}

// alive asks a page that a running web role answers. A redirect is another's
// answer: mail clients that post to it don't follow.
func alive(ctx context.Context, page string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", page, resp.Status)
	}
	return nil
}
