# `make` lists the targets. Nothing here is needed to build or install the program: `cargo build` does that.

# What the tests of tests/real_tools.rs look for; see scripts/tools and scripts/container-env.
export OVERRIDES_IMAGE ?= localhost/overrides:test
test mesh operator-bench operator-demo: export OVERRIDES_TOOLS_BIN = $(shell scripts/tools path)
test: export OVERRIDES_CONTAINERS_BIN = $(shell scripts/tools containers-path)
test: export KPT_FN_RUNTIME = podman

# kpt and kubectl are taken from PATH: neither can be built from a package registry in a pinned version.
MISSING := $(strip $(foreach tool,kpt kubectl,$(if $(shell command -v $(tool)),,$(tool))))

# The recipes' order is part of their meaning, and cargo uses all cores by itself.
.NOTPARALLEL:
.DEFAULT_GOAL := help
# How long each fuzz target runs, in seconds: in `make fuzz`, and as a part of `make test`.
FUZZ_SECONDS ?= 600
FUZZ_SECONDS_IN_TEST ?= 30

.PHONY: help build test mesh fuzz tools image instructions lint deny audit reproducible profile operator-bench operator-demo bench mesh-bench clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

build: ## Build the program: target/release/overrides
	cargo build --release --locked

test: require-peers tools lint deny image instructions ## Check everything, with the real tools: what CI runs
	cargo test --all-features --locked --no-fail-fast
	scripts/fuzz run $(FUZZ_SECONDS_IN_TEST)
	@echo
	@cat '$(or $(CARGO_TARGET_DIR),target)/tmp/mesh.txt'
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --all-features --locked
	@echo
ifeq ($(MISSING),)
	@echo 'Everything passed, with kpt and kubectl as they are on PATH.'
else
	@echo 'Everything passed that could run.'
endif
ifneq ($(filter kpt,$(MISSING)),)
	@echo 'kpt is not on PATH, so its examples did not run; get it from https://kpt.dev/installation'
endif
ifneq ($(filter kubectl,$(MISSING)),)
	@echo 'kubectl is not on PATH, so its tests did not run; get it from https://kubernetes.io/docs/tasks/tools'
endif

# Before the long part: in CI a missing tool is an error, as nobody reads the summary there.
.PHONY: require-peers
require-peers:
ifeq ($(CI),true)
ifneq ($(MISSING),)
	@echo 'Not on PATH, but needed where CI=true: $(MISSING). See https://kpt.dev/installation and https://kubernetes.io/docs/tasks/tools' >&2; exit 1
endif
endif

mesh: ## Start the example chain on a mesh of real parts, and leave it up until Ctrl-C
	scripts/tools install mesh
	@cargo test --quiet --locked --features mesh --test mesh -- --stay

fuzz: ## Hold the promises against random clusters, then fuzz: FUZZ_SECONDS for each target, 600 if unset
	scripts/tools install cargo-fuzz
	OVERRIDES_OTHER_CLUSTERS=1 cargo test --locked --test promises -- --nocapture
	scripts/fuzz run $(FUZZ_SECONDS)

tools: ## Install the real tools that the tests run against
	scripts/tools install

image: ## Build the container image for the tests
	scripts/tools install containers cargo-cyclonedx
	scripts/image '$(OVERRIDES_IMAGE)'

instructions: image ## Count the instructions of the program that the image has, and compare with the record
	scripts/tools install valgrind
	scripts/instructions check

lint: ## Check formatting and run clippy
	cargo fmt --all --check
	cargo clippy --all-targets --all-features --locked -- -D warnings
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	RUSTFLAGS='--cfg fuzzing' cargo clippy --manifest-path fuzz/Cargo.toml --locked -- -D warnings

deny: ## Check licences, duplicates and origins of the dependencies
	scripts/tools install cargo-deny
	"$$(scripts/tools path)/cargo-deny" --locked check licenses bans sources

# Not part of `test`: the database of advisories is on GitHub, and what it says changes while the source does not.
audit: ## Ask the RustSec database about known vulnerabilities in the dependencies
	scripts/tools install cargo-deny
	scripts/audit

reproducible: ## Build the image's program twice, in different folders, and compare the bytes; minutes
	scripts/reproducible

profile: ## Record what the compiler is to make fast in the image's program; minutes
	scripts/profile

operator-bench: ## Measure the operator on a large cluster; minutes
	scripts/tools install mesh
	cargo test --release --locked --features api-server --test cluster two_thousand -- --ignored --nocapture

operator-demo: ## Start an API server and the operator, apply an example, and show how it heals
	scripts/tools install mesh
	@cargo test --quiet --locked --features api-server --test cluster demonstration -- --ignored --nocapture

bench: image ## Measure the function, what a user of kustomize waits for, and what the rules cost; more than an hour
	scripts/tools install kustomize fortio mesh
	@benches/all

mesh-bench: ## Measure what the rules cost at run time, on a mesh of real parts; minutes
	scripts/tools install fortio mesh
	@benches/mesh

clean: ## Remove what was built here, not the cache of tools
	cargo clean
