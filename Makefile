# `make help` lists the targets. Everything is built by cargo; this file names what people do.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help build demo test tools format lint unit-tests shop-tests plugin-tests mistakes licenses tidy test-vps crash-vps bench score install clean-vps

target := $(or $(CARGO_TARGET_DIR),target)
# A snapshot that differs is a failure, not a file for later.
export INSTA_UPDATE ?= no
export PYTHONDONTWRITEBYTECODE := 1

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## build the release binary, target/release/setpoint
	cargo build --release -p setpoint

demo: ## build, start examples/shop and show what setpoint says about it
	@bash examples/demo.sh

test: format lint unit-tests shop-tests plugin-tests mistakes licenses tidy ## everything but the test VPS
	@echo; echo "make test: all passed"

format: # the sources are as rustfmt writes them
	cargo fmt --all --check

lint: # clippy finds nothing, and the fuzz targets, a workspace of their own, still compile
	cargo clippy --workspace --all-targets -- -D warnings
	cargo check --quiet --locked --manifest-path fuzz/Cargo.toml

# nextest where it is installed; it does not run the examples of doc comments, so cargo does.
# A server that speaks S3, which no distribution packages. It is built as it is published, with its own lock file.
tools: # what the tests need and a package manager does not have
	test -x $(target)/tools/bin/s3s-fs || cargo install --quiet --locked --debug --root $(target)/tools --features binary s3s-fs@0.14.1

unit-tests: tools # every test of every crate
	if cargo nextest --version >/dev/null 2>&1; then \
		cargo nextest run --workspace --no-fail-fast && cargo test --workspace --doc; \
	else \
		cargo test --workspace --no-fail-fast; \
	fi

shop_python := examples/shop/.venv/bin/python

shop-tests: # the tests of examples/shop, which the other tests take for a working service
	@python3 -c 'import ensurepip, venv' || { echo 'python3-venv is missing; try: sudo apt-get install python3-venv'; exit 3; }
	test -x $(shop_python) || python3 -m venv examples/shop/.venv
	$(shop_python) -m pip install --quiet --disable-pip-version-check --no-deps -r examples/shop/requirements.txt
	cd examples/shop && PYTHONPATH=src .venv/bin/python -W ignore -m unittest discover -s tests

plugin-tests: # the tests of the plugin for pytest, with pytest and the program that was built
	cargo build --quiet -p setpoint
	test -x python/.venv/bin/python || python3 -m venv python/.venv
	python/.venv/bin/python -m pip install --quiet --disable-pip-version-check pytest==9.2.0 pytest-xdist==3.8.0 ./python
	cd python && SETPOINT_BINARY=$(abspath $(target))/debug/setpoint .venv/bin/python -m pytest --quiet

mistakes: # check finds what the README of examples/shop says it finds
	cargo build --quiet -p setpoint
	tests/mistakes.py $(target)/debug/setpoint

licenses: # what we depend on, under which licence and from where
	cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny@0.20.2
	cargo deny check licenses bans sources

tidy: # the rules of this repository and its generated pages
	cargo run --quiet -p xtask -- check

# The binary of `make test` is the one that the machine gets, so that nothing is built twice.
test-vps: tools ## boot a Debian with systemd and nginx, and test on it (root)
	cargo build -p setpoint
	tests/vps/run $(target)/debug/setpoint $(ONLY)

crash-vps: tools ## kill changes and releases on the test VPS, and it too (root)
	cargo build -p setpoint
	tests/vps/run $(target)/debug/setpoint --crash

bench: build ## speed, beside the tools that it is compared with
	bench/run
	bench/checks
	bench/backup

score: build ## accuracy against truth: make score BENCH=/path/to/bench
	@test -n "$(BENCH)" || { echo 'which bench? make score BENCH=/path/to/bench'; exit 2; }
	$(BENCH)/score capture --binary $(abspath $(target))/release/setpoint $(ARGS)

install: ## install the binary into cargo's folder of programs
	cargo install --locked --path crates/setpoint

clean-vps: ## remove the test VPS's bases and packages
	rm -rf -- "$${XDG_CACHE_HOME:-$$HOME/.cache}/setpoint"/vps-*
