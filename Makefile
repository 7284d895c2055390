# `make help` lists what there is. Everything works on a fresh clone, as root and
# as an ordinary user, with Go and nothing else installed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GOLANGCI_LINT_VERSION := 2.15.0
GOVULNCHECK_VERSION := 1.9.0

# Settings for one run: make test PKGS=./store/... TESTFLAGS='-run Digest -v'
PKGS ?= ./...
TESTFLAGS ?=
TEST_TIMEOUT ?= 8m
FUZZTIME ?= 1m
# How many tests of a package run side by side: most of their time they wait for
# servers of their own.
PARALLEL ?= 6
ARGS ?=

# Go keeps its caches under HOME, which some build machines leave out.
ifeq ($(strip $(HOME)),)
export HOME := $(shell getent passwd "$$(id -u)" | cut -d: -f6)
endif

# A clone that belongs to another user makes git refuse to say its version, and
# the build fail with it.
export GOFLAGS := $(strip $(GOFLAGS) -buildvcs=false)

# A developer's own databases and settings must not reach the tests.
unexport PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE \
	PGSERVICEFILE PGSSLMODE PGSSLCERT PGSSLKEY PGSSLROOTCERT PGOPTIONS PGAPPNAME \
	PGCONNECT_TIMEOUT PGTARGETSESSIONATTRS PGTZ

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: deps
deps: ## Install what tests start (PostgreSQL, Redis, Dovecot, Chromium, Node)
	@scripts/deps postgres redis dovecot chromium node
	@scripts/letter-tools

# Outside CI, tests whose server is missing say so and are skipped.
.PHONY: test
test: ## Vet, then all tests on real servers
	@scripts/deps postgres redis dovecot chromium node || [ -z "$${CI:-}" ]
	@scripts/letter-tools || [ -z "$${CI:-}" ]
	go vet $(PKGS)
	go test -vet=off -parallel $(PARALLEL) -timeout $(TEST_TIMEOUT) $(TESTFLAGS) $(PKGS)

.PHONY: letters
letters: ## Contact sheets of all letters into docs/
	@scripts/deps chromium
	go test -count=1 -timeout $(TEST_TIMEOUT) -run TestSheets ./templates/check -sheets $(CURDIR)/docs

.PHONY: race
race: ## All tests under the race detector, in random order
	@scripts/deps cc postgres redis dovecot || [ -z "$${CI:-}" ]
	CGO_ENABLED=1 go test -race -vet=off -shuffle=on -parallel $(PARALLEL) -timeout $(TEST_TIMEOUT) $(TESTFLAGS) $(PKGS)

GOLANGCI_LINT := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)

# The pinned version; one that is installed already will do.
$(GOLANGCI_LINT):
	@scripts/golangci-lint $(GOLANGCI_LINT_VERSION) $@

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Formatting, go.mod, golangci-lint
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		printf 'not formatted, run gofmt -w:\n%s\n' "$$unformatted" >&2; exit 1; fi
	go mod tidy -diff
	$(GOLANGCI_LINT) run $(PKGS)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (1m)
	@scripts/fuzz $(FUZZTIME) $(PKGS)

.PHONY: vuln
vuln: ## Known vulnerabilities in what the program calls
	@scripts/vuln $(GOVULNCHECK_VERSION) $(PKGS)

.PHONY: check
check: ## What CI runs: test, lint, race
	@.ci/run

.PHONY: demo
demo: ## The whole product on sample data; ARGS='--hour 10s' passes flags
	@scripts/deps postgres
	@go run ./cmd/tradepost demo $(ARGS)
