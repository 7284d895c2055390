package demo_test

import (
	"os"
	"testing"

	"github.com/tradepost-mail/tradepost/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
