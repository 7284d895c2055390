//go:build linux || darwin || freebsd

package main

import "syscall"

// writable asks whether we may make files in a folder, without making one: of
// permissions, and of a file system that is mounted to read only.
func writable(folder string) error {
	const write, search = 2, 1 // W_OK and X_OK of access(2)
	return syscall.Access(folder, write|search)
}
