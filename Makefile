SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Cargo's options: with CI set, Cargo.lock must be up to date.
locked := $(if $(CI),--locked)
tidegate := $(or $(CARGO_TARGET_DIR),target)/tool/tidegate
stage := scripts/stage.sh

##@ Use it
.PHONY: run wasm build up down

run: wasm build ## Start a gateway and a simulated provider in a real Envoy (ARGS=… go to `tidegate run`)
	envoy=$$(scripts/envoy.sh) && exec $(tidegate) run --demo --envoy "$$envoy" --wasm dist/tidegate.wasm $(ARGS)

wasm: ## Build the filter: dist/tidegate.wasm
	scripts/build-wasm.sh

build: ## Build the `tidegate` command and the sidecar
	cargo build $(locked) --profile tool --package tidegate-cli --package tidegate-sidecar

up: ## Start docker-compose.yml: Envoy, sidecar, Redis, PostgreSQL (ARGS=… go to `docker compose up`)
	@scripts/compose.sh up $(ARGS)

down: ## End it, and keep its data (ARGS=--volumes deletes that too)
	@scripts/compose.sh down $(ARGS)

##@ Check it
.PHONY: test lint unit test-wasm e2e

test: ## All that must pass before a commit: lint, unit, test-wasm, e2e
	@$(stage) 1/4 "lint" $(MAKE) lint
	@$(stage) 2/4 "unit, property and documentation tests" $(MAKE) unit
	@$(stage) 3/4 "golden tests as wasm in Node" $(MAKE) test-wasm
	@$(stage) 4/4 "end to end in a real Envoy" $(MAKE) e2e

lint: ## Format, clippy (native and wasm), documentation, dependencies, shell scripts
	@scripts/lint.sh

unit: wasm ## Native tests of the workspace; Envoy judges what is rendered
	envoy=$$(scripts/envoy.sh) && ENVOY="$$envoy" cargo test $(locked) --workspace

test-wasm: ## The golden tests as wasm32 in Node
	scripts/test-wasm.sh

e2e: wasm build ## Tests with official SDKs against a real Envoy (ARGS=… go to pytest)
	scripts/with-gateway.sh -m pytest tests/e2e $(ARGS)

##@ Measure and maintain it
.PHONY: bench bench-providers docs fuzz bless fmt clean help

bench: wasm build ## What the filter costs in Envoy, and translation by provider (ARGS=--quick, …; ARGS=--help says all)
	cargo build $(locked) --profile tool --package tidegate-load
	scripts/with-gateway.sh tests/bench/bench.py $(ARGS)
	scripts/bench-providers.sh

bench-providers: ## What translation costs for each provider, natively and as wasm, beside Anthropic
	scripts/bench-providers.sh

fuzz: ## Run each fuzz target for 30 s (SECONDS_EACH=…, TARGETS=…)
	scripts/fuzz.sh $(or $(SECONDS_EACH),30) $(TARGETS)

bless: ## Write the golden files anew; review the difference before committing it
	BLESS=1 cargo test --workspace
	git status --short tests cli/tests

docs: ## Write docs/compatibility.md anew, from what the providers do when asked
	BLESS=1 cargo test $(locked) --test compatibility

fmt: ## Format all Rust code
	cargo fmt --all
	cargo fmt --manifest-path fuzz/Cargo.toml

clean: ## Remove what was built; .tools/, where tools were downloaded to, stays
	cargo clean
	rm -rf dist

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
