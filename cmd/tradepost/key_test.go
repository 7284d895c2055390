package main

import "testing"

func TestKeysOfAnOperator(t *testing.T) {
	a := newArchive(t)
	a.succeed([]string{"key"}, "there are no keys")
	a.succeed([]string{"key", "add", "shop", "--read-only", "--rate", "5"}, "key_1 was made", "\ntp_")
	a.succeed([]string{"key"}, "key_1", "shop", "tp_", "everything", "read, 5/s", "-")
	a.succeed([]string{"key", "revoke", "key_1"}, "key_1 is revoked")
	a.fail([]string{"key", "revoke", "key_7"}, "there is no key key_7")
	a.fail([]string{"key", "revoke", "7"}, "key_12")
	a.fail([]string{"key", "add", "x", "--partner", "lind"}, "--partner", "par_12")
	a.fail([]string{"key", "add", "x", "--partner", "par_99"}, "there is no such partner")
	a.fail([]string{"key", "add", "x", "--rate", "-1"}, "rate")
}
