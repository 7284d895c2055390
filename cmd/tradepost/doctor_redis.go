package main

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/tradepost-mail/tradepost/doctor"
)

func (c *doctorCmd) checkRedis(ctx context.Context) []doctor.Finding {
	return c.askRedis(ctx).Findings()
}

// askRedis asks a Redis about itself. It writes nothing.
func (c *doctorCmd) askRedis(ctx context.Context) doctor.Redis {
	options, err := c.redisConfig.options()
	if err != nil {
		return doctor.Redis{Err: err}
	}
	client, ok := options.MakeRedisClient().(redis.UniversalClient)
	if !ok {
		return doctor.Redis{Err: fmt.Errorf("%T is no client of Redis", options)}
	}
	defer func() { _ = client.Close() }() // what was to be asked has been
	if err := client.Ping(ctx).Err(); err != nil {
		return doctor.Redis{Err: err}
	}
	// A user without the right to INFO, as at some providers, may still use it.
	info, err := client.Info(ctx).Result()
	if err != nil {
		return doctor.Redis{}
	}
	return doctor.Redis{Info: doctor.ParseInfo(info)}
}
