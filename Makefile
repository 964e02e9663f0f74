# The two commands a newcomer needs are `make run` and `make test`. Arguments go in ARGS:
#
#     make run ARGS="--data DIR"
#     make test ARGS="metrics"
#
# Everything is built with --release: the dependencies (Burn, HDF5) take minutes to compile, training
# is far too slow without optimisation, and one profile means that `run`, `test` and `lint` share one
# set of them.
#
# After `make libtorch` they all build with libtorch. LIBTORCH=off leaves it out:
#
#     make test LIBTORCH=off

CARGO := scripts/cargo.sh
ARGS  :=

.DEFAULT_GOAL := help
.PHONY: help setup libtorch run test build bench lint clean

help: ## List these commands
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## Check what the build needs and fetch a CMake into .tools/ if there is none
	@scripts/setup.sh

libtorch: ## Get libtorch for training on a GPU, or link to the one that LIBTORCH names
	@scripts/libtorch.sh

run: setup ## Build and open the dashboard on the demo data
	@$(CARGO) run --release -- $(ARGS)

test: setup ## Run the whole test suite
	@$(CARGO) test --release $(ARGS)

build: setup ## Build target/release/avsc-tui
	@$(CARGO) build --release $(ARGS)

bench: setup ## Run the benchmarks
	@$(CARGO) bench $(ARGS)

lint: setup ## Check format, clippy and documentation, warnings denied
	@$(CARGO) fmt --check
	@$(CARGO) clippy --release --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --no-deps --document-private-items

clean: ## Remove what was built and what was fetched; runs are kept
	@rm -rf target .tools
