package embedded

import "syscall"

// childAttr makes the child die with this process, live in its own process
// group (Ctrl-C in a terminal is for us: we stop the child in order), and run
// as owner if that isn't nil.
func childAttr(owner *owner, onDeath syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath}
	if owner != nil {
		attr.Credential = &syscall.Credential{Uid: owner.uid, Gid: owner.gid}
	}
	return attr
}
