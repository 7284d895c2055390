package doctor

import (
	"fmt"
	"strconv"
	"strings"
)

// minRedis is the oldest version that the queue works with.
const minRedis = 4

// Redis is what a Redis has said of itself.
type Redis struct {
	Err error // why it could not be asked; nil once it has answered
	// Info is the answer to INFO, by field; empty where the server has none.
	Info map[string]string
}

// ParseInfo reads the answer to INFO: lines of name:value.
func ParseInfo(text string) map[string]string {
	info := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(name, "#") {
			info[name] = value
		}
	}
	return info
}

const redisURL = "TRADEPOST_REDIS_URL"

// Findings judges.
func (r Redis) Findings() []Finding {
	j := judge("connection")
	if r.Err != nil {
		mend := unreachable(r.Err, redisURL)
		if said := r.Err.Error(); strings.Contains(said, "WRONGPASS") || strings.Contains(said, "NOAUTH") || strings.Contains(said, "invalid password") {
			mend = "put user and password into " + redisURL + ": redis://USER:PASSWORD@HOST:6379"
		}
		j.notice(Fault, r.Err.Error(), mend)
		return j.findings()
	}
	version := r.Info["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	switch n, err := strconv.Atoi(major); {
	case version == "":
		j.notice(Warning, "it answers, and doesn't say its version", "")
	case err == nil && n < minRedis:
		j.notice(Fault, "Redis "+version+" is too old", fmt.Sprintf("upgrade it to version %d or newer", minRedis))
	default:
		j.note("Redis %s", version)
	}
	if r.Info["role"] == "slave" {
		j.notice(Fault, "it is a replica, which takes no writes", "name the primary in "+redisURL+", or the sentinels: redis-sentinel://")
	}
	if r.Info["redis_mode"] == "cluster" {
		j.notice(Fault, "it is a cluster, whose parts the queue's scripts can't span", "use a single Redis, or sentinels")
	}
	return append(j.findings(), r.memory(), r.persistence())
}

func (r Redis) memory() Finding {
	j := judge("memory")
	policy, limit := r.Info["maxmemory_policy"], r.Info["maxmemory_human"]
	switch {
	case policy == "":
		j.notice(Warning, "it doesn't say its maxmemory-policy", "see that it is noeviction")
	case policy != "noeviction":
		j.notice(Warning, "maxmemory-policy "+policy+" lets it drop tasks when it is full", "set maxmemory-policy noeviction in redis.conf, or at your provider")
	case r.Info["maxmemory"] == "0" || r.Info["maxmemory"] == "":
		j.note("maxmemory-policy noeviction, no limit")
	default:
		j.note("maxmemory-policy noeviction, limit %s", limit)
	}
	return j.finding()
}

func (r Redis) persistence() Finding {
	j := judge("persistence")
	switch {
	case r.Info["rdb_last_bgsave_status"] == "err" || r.Info["aof_last_write_status"] == "err":
		j.notice(Fault, "it could not write to its disk, and refuses tasks until it can", "see to the disk and the permissions of its folder")
	case r.Info["aof_enabled"] == "1":
		j.note("append-only file")
	default:
		// The outbox is in PostgreSQL; a sweep rings again for what is there.
		j.note("no append-only file: after a crash mail waits for the next sweep, none is lost")
	}
	return j.finding()
}
