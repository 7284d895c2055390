//go:build !linux

package embedded

import "syscall"

// childAttr puts the child into its own process group (Ctrl-C in a terminal is
// for us: we stop the child in order) and runs it as owner if that isn't nil.
// Only Linux can tie the child's life to ours, so onDeath is not used here.
func childAttr(owner *owner, _ syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if owner != nil {
		attr.Credential = &syscall.Credential{Uid: owner.uid, Gid: owner.gid}
	}
	return attr
}
