# Two commands: `make run` and `make test`. Everything else is for developers.
# HOST=, PORT= choose the address; ARGS= goes to pytest, to the benchmark or to `geo-housing up`.

BIN := .venv/bin
ADDRESS := $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))
.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-bench run test check lint types imports migrations fmt bench locks clean

help: ## show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST)

setup: ## install what the service needs
	@scripts/setup run

setup-test: ## install what the tests need, browser and fonts included
	@scripts/setup test

run: ## the service with a demo county, on http://127.0.0.1:8000
	@scripts/setup start $(ADDRESS) $(ARGS)
	@exec $(BIN)/geo-housing up --demo $(ADDRESS) $(ARGS)

test: setup-test ## the whole test suite
	@$(BIN)/python -m pytest $(ARGS)

check: lint types imports migrations test ## everything that must be green before a change is merged

lint: setup-test
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: setup-test
	@$(BIN)/mypy

imports: setup-test
	@$(BIN)/lint-imports

migrations: setup-test ## are the migrations in step with the models?
	@$(BIN)/python -m pytest -q -n 0 tests/migrations

fmt: setup-test ## put the code into our format
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

setup-bench: setup-test ## install what the benchmark compares with
	@scripts/setup bench

bench: setup-bench ## the benchmark table, peers and limits side by side
	@$(BIN)/python -m bench $(ARGS)

locks: setup-test ## renew the lock files after a change of dependencies
	@scripts/lock

clean: ## remove what set-up and tests made in this folder (not the data of the service)
	rm -rf .venv .tools web/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
