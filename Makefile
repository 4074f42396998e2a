# What people and CI call. `make help` lists it.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
SITE := $(TARGET)/site
WASM := $(TARGET)/wasm32-unknown-unknown
DATA ?= data
# The page asks for desk_bg.wasm, which is right only while this is unset as the server compiles.
unexport LEPTOS_OUTPUT_NAME

SITE_SOURCES := $(shell find style public frontend/modules -type f 2>/dev/null) frontend/package-lock.json
BUNDLER_SOURCES := $(wildcard frontend/bundler/src/*.rs) frontend/bundler/Cargo.toml
BUNDLER := $(TARGET)/debug/bundler
# For the pages where people work, for those that are looked at, for those held in a hand, for those opened beside the map.
SCRIPTS := desk board field office

.PHONY: help deps deps-test run dev build site wasm test check bench e2e soak screenshots clean

help: ## list these targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1#\2/p' $(MAKEFILE_LIST) | column -t -s '#'

deps: ## install what building needs and is missing
	@.ci/deps build

deps-test: ## install what testing needs and is missing
	@.ci/deps test

run: build ## build, then serve the demo city; prints its addresses and accounts
	$(TARGET)/release/gulou serve --demo --data $(DATA)

build: site ## build target/release/gulou, web pages inside
	GULOU_SITE=$(SITE) cargo build --release -p program

site: $(TARGET)/site.stamp ## build the browser part into target/site

wasm: deps
	$(LINTED) .ci/wasm build --profile wasm-release

# cargo decides whether the wasm is new; only a new one is bundled again.
$(SCRIPTS:%=$(WASM)/wasm-release/%.wasm): wasm ;

$(BUNDLER): $(BUNDLER_SOURCES) | deps
	cargo build -p bundler
	@touch $@

$(TARGET)/site.stamp: $(SCRIPTS:%=$(WASM)/wasm-release/%.wasm) $(BUNDLER) $(SITE_SOURCES)
	$(BUNDLER) $(SCRIPTS:%=--wasm $(WASM)/wasm-release/%.wasm) --out $(SITE)
	@touch $@

dev: deps $(BUNDLER) ## quick unoptimised build of pages and server, then serve the demo city
	.ci/wasm build
	$(BUNDLER) --dev $(SCRIPTS:%=--wasm $(WASM)/debug/%.wasm) --out $(TARGET)/site-dev
	GULOU_SITE=$(TARGET)/site-dev cargo run -p program -- serve --demo --data $(DATA)

test: deps-test ## everything: style, lints, docs, unit, real program, browsers
	@node end2end/everything.mjs all

check: deps-test ## the quick part of test: style, lints, docs, types, sizes and Lighthouse
	@node end2end/everything.mjs check

e2e: deps-test ## only the tests of the real program, in real browsers too
	@node end2end/everything.mjs e2e

bench: build ## our figures beside their peers, quick or BENCH=full, into BENCHMARKS.md
	@.ci/deps bench
	cargo run --release -p benches -- $(or $(BENCH),quick)

soak: deps-test ## an hour: fifty kills, hostile input, 100,000 incidents, 100,000 histories against a model, a wall through the storm (SOAK_MINUTES)
	@node end2end/everything.mjs soak

screenshots: deps-test ## pictures of the pages, quiet and in a storm, at three sizes, into end2end/screenshots
	@node end2end/everything.mjs screenshots

clean: ## remove everything that was built; keeps the data folder
	rm -rf $(TARGET) frontend/node_modules
