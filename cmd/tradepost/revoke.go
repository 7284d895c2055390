package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type revokeCmd struct {
	bookConfig
	operatorConfig

	Conversation conversationArg `arg:"" help:"Conversation, as con_12."`
}

// Run makes the reply addresses of a conversation that are out useless.
func (c *revokeCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	by, err := c.name()
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		err := st.Revoke(ctx, int64(c.Conversation), by)
		if errors.Is(err, tradepost.ErrNotFound) {
			return fmt.Errorf("there is no conversation %s", c.Conversation)
		}
		if err != nil {
			return err
		}
		fmt.Printf("the reply addresses of %s that are out are revoked: mail to them is refused, and its author told\n", c.Conversation)
		fmt.Println("letters written from now on carry new ones")
		return nil
	})
}
