package store

import (
	"fmt"
	"slices"

	"github.com/tradepost-mail/tradepost"
)

// stillAt is tradepost.ErrChanged where only names versions, and the current one
// isn't among them. It is asked in the transaction of the change, once the row is
// locked, so that of two changes of the same version one is refused.
func stillAt(current int64, only []int64) error {
	if len(only) == 0 || slices.Contains(only, current) {
		return nil
	}
	return fmt.Errorf("version %d is the current one: %w", current, tradepost.ErrChanged)
}
