# Everything a newcomer or a machine does with Sheetreel. `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

mods := bench cmd/sheetreel e2e gen kit services/gateway services/ingest services/ratelimit services/render services/scheduler
buf := $$(GOWORK=off go -C tools/buf tool -n buf)
lint := GOWORK=off go -C tools/lint tool -n
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
ldflags := -X main.version=$(VERSION)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

.PHONY: demo
demo: setup-run build ## render the sample sheet into ./out, everything embedded
	./bin/sheetreel demo --sheet examples/ideas.csv --out out

.PHONY: up
up: setup-run build ## serve everything in one process on http://127.0.0.1:8080
	./bin/sheetreel up

.PHONY: build
build: ## build all programs into ./bin
	@mkdir -p bin
	go build -trimpath -ldflags '$(ldflags)' -o bin/ ./cmd/sheetreel $(patsubst %,./%/...,$(wildcard services/*/cmd))

.PHONY: test
test: setup-test ## run every test of every module
	go test -timeout 15m work

.PHONY: race
race: setup-test ## run every test but those of the whole system and of benchmarks with the race detector
	go test -race -timeout 15m $(addsuffix /...,$(addprefix ./,$(filter-out bench e2e,$(mods))))

.PHONY: setup-run
setup-run: ## install what rendering needs, if missing
	@deploy/setup.sh run

.PHONY: setup-test
setup-test: ## install what the tests need, if missing
	@deploy/setup.sh test

.PHONY: proto
proto: export GOWORK = off
proto: ## check the protos and generate ./gen from them
	go -C tools tool protodeps -src ../proto -out ../.cache/proto
	$(buf) lint
	$(buf) format --diff --exit-code proto
	rm -rf gen/sheetreel .cache/openapi
	$(buf) generate
	$(buf) generate --template buf.gen.hot.yaml
	go -C tools tool openapiv3-merge $$(find $(CURDIR)/.cache/openapi -name '*.json' | sort) | go -C tools tool openapidoc > gen/openapi/sheetreel.openapi.json
	go -C gen mod tidy

BASE ?= HEAD
.PHONY: breaking
breaking: export GOWORK = off
breaking: ## check that the protos still understand those of BASE (a commit, default HEAD)
	go -C tools tool protodeps -src ../proto -out ../.cache/proto
	rm -rf .cache/base && mkdir -p .cache/base/.cache
	git archive $(BASE) proto buf.yaml | tar -x -C .cache/base
	cp -r .cache/proto .cache/base/.cache/proto
	$(buf) breaking --against .cache/base

.PHONY: fmt
fmt: ## format the Go code and the protos
	gofumpt=$$($(lint) gofumpt); git ls-files -co --exclude-standard '*.go' ':!gen' | xargs $$gofumpt -w
	$(buf) format -w proto

.PHONY: lint
lint: ## check format, vet, staticcheck
	gofumpt=$$($(lint) gofumpt); test -z "$$(git ls-files '*.go' ':!gen' | xargs $$gofumpt -l | tee /dev/stderr)"
	go vet work
	staticcheck=$$($(lint) staticcheck); $$staticcheck work

.PHONY: looks
looks: setup-run ## render the sheets of all styles into docs/images, to look at after a change of the look
	go run ./services/render/studio/looks

BENCH ?=
.PHONY: bench-scheduler
bench-scheduler: setup-test ## measure the scheduler beside River and graphile-worker in one run (BENCH=-quick: small sizes)
	go run ./bench/scheduler $(BENCH)

.PHONY: bench-ratelimit
bench-ratelimit: setup-test ## measure the limiter beside envoyproxy/ratelimit and a method that does nothing, in one run (BENCH=-quick)
	go run ./bench/ratelimit $(BENCH)

.PHONY: bench-ingest
bench-ingest: setup-test ## measure a sheet's way into the queue, and reading beside encoding/csv and excelize (BENCH=-quick)
	go run ./bench/ingest $(BENCH)

.PHONY: bench-render
bench-render: setup-test ## measure how the sample video is made, beside the encoder alone and rivals, in one run (BENCH=-quick)
	bench/render/rivals/setup.sh
	go run ./bench/render $(BENCH)

.PHONY: torture-render
torture-render: setup-run ## render 100 small videos while workers are killed and videos cancelled, and check what is left (BENCH='-renders 8 -kills 4')
	go run ./bench/render/kill $(BENCH)

TORTURE ?= --jobs 10000 --kills 40 --stops 8 --terms 6 --db-restarts 1
.PHONY: torture
torture: setup-test build ## kill everything again and again on PostgreSQL and SQLite, and check that nothing is lost or made twice
	./bin/sheetreel torture $(TORTURE)
	./bin/sheetreel torture $(TORTURE) --database sqlite
	./bin/sheetreel torture $(TORTURE) --no-fence

VULNDB ?= https://vuln.go.dev
.PHONY: vuln
vuln: ## look for known vulnerabilities in what the code calls (VULNDB=file://... for a database of tools/vulndb)
	govulncheck=$$($(lint) govulncheck); for m in $(mods); do (cd $$m && GOWORK=off $$govulncheck -db $(VULNDB) ./...); done

.PHONY: alone
alone: ## build each module without the workspace, and check its go.mod
	for m in $(mods); do (cd $$m && GOWORK=off go build -o /dev/null ./... && GOWORK=off go mod tidy -diff); done

.PHONY: tidy
tidy: ## bring all go.mod files in line
	go work sync
	for m in $(mods); do (cd $$m && GOWORK=off go mod tidy); done
