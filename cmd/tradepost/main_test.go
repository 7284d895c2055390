package main

import (
	"os"
	"testing"

	"github.com/tradepost-mail/tradepost/store/storetest"
)

// runAsProgram makes the test binary be the program itself, so that tests start
// and kill real processes.
const runAsProgram = "TRADEPOST_TEST_RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(runAsProgram) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(storetest.Main(m))
}
