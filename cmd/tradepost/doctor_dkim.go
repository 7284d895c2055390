package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/doctor"
)

// dkimKeys are the public halves of the keys that sign, or will. A key whose time
// is over may have left the DNS. What can't be read is told by checkDKIMFiles.
func (c *doctorCmd) dkimKeys(now time.Time) []doctor.Key {
	domain, err := doctor.Domain(c.DKIMDomain)
	if err != nil {
		return nil
	}
	var keys []doctor.Key
	for _, s := range c.DKIMKeys {
		k, err := parseSigningKey(s)
		if err == nil && (k.NotAfter.IsZero() || now.Before(k.NotAfter)) {
			keys = append(keys, doctor.Key{Domain: domain, Selector: k.Selector, Public: k.Key.Public()})
		}
	}
	return keys
}

// checkDKIMFiles looks at the files of the keys and who may read them.
func (c *doctorCmd) checkDKIMFiles(context.Context) []doctor.Finding {
	var findings []doctor.Finding
	if _, err := c.dkim(); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			findings = append(findings, doctor.Finding{Check: "DKIM keys", Verdict: doctor.Fault, Found: line,
				Mend: "correct it; tradepost dkim new makes a key and the record to publish"})
		}
	}
	for _, s := range c.DKIMKeys {
		selector, file, ok := strings.Cut(s, ":")
		if at := strings.LastIndexByte(file, '@'); at >= 0 && strings.Contains(file[at:], "..") {
			file = file[:at]
		}
		if _, err := os.Stat(file); ok && err == nil {
			findings = append(findings, secretFile("DKIM key "+selector, file))
		}
	}
	return findings
}
