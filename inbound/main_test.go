package inbound

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/tradepost-mail/tradepost/store/storetest"
)

func TestMain(m *testing.M) {
	code := storetest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "goroutines are left behind:", err)
		code = 1
	}
	os.Exit(code)
}
