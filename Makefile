# EROS Scheduling. `make help` lists every target.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
HOME_DIR := $(or $(EROS_HOME),.eros)
SHEETS := $(or $(SHEETS),schedules)
export EROS_HOME := $(HOME_DIR)

TARGET ?= $(or $(EROS_ENVIRONMENT),local)
# PR=123 means that pull request's own environment within TARGET, for every command.
ifneq ($(PR),)
export EROS_PULL_REQUEST := $(PR)
endif

.PHONY: help demo test test-duckdb-oldest test-sqlglot-compiled validate synth plan comment deploy releases rollback state-restore forget drill drift adopt retire pull-requests lint bench bench-dialect docs clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-21s %s\n", $$1, $$2}'

demo: $(VENV)/.local ## Plan next week for 39 sample pages, from CSV files to checked sheets
	@test -s "$(HOME_DIR)/sample/messages.csv" || $(BIN)/eros sample-data --out "$(HOME_DIR)/sample"
	$(BIN)/eros import "$(HOME_DIR)/sample"
	$(BIN)/eros run --week next --auto-approve --out "$(SHEETS)"
	$(BIN)/eros verify --week next --out "$(SHEETS)"

test: $(VENV)/.dev ## Run the whole test suite in parallel
	$(BIN)/pytest -n auto --dist loadscope

test-duckdb-oldest: ## Run the local cloud's and the SQL's tests on the oldest supported DuckDB
	$(call test_with,duckdb-oldest,'duckdb==1.5.6')

test-sqlglot-compiled: ## Run the same tests with sqlglot's compiled build
	$(call test_with,sqlglot-compiled,'sqlglot[c]==30.30.0')

# An environment of its own, $(VENV)-<name>, with one requirement pinned.
define test_with
	$(PYTHON) -m venv $(VENV)-$(1)
	$(VENV)-$(1)/bin/python -m pip --disable-pip-version-check --quiet install -e '.[dev]' $(2)
	$(VENV)-$(1)/bin/pytest tests/local tests/sql tests/faults -n auto --dist loadscope
endef

validate: $(VENV)/.dev ## Run the gates in parallel, each on a dataset of its own (EROS_TARGET=bigquery: on a real project)
	$(BIN)/pytest tests/smoke -n auto --dist load -vv

synth: $(VENV)/.dev ## Write the Terraform configuration of TARGET (local, dev, staging, prod)
	@$(call exit_code,$(BIN)/eros-infra synth --target $(TARGET))

plan: $(VENV)/.dev ## Show what a deployment to TARGET would change, and what the gate says
	@$(call exit_code,$(BIN)/eros-infra plan --target $(TARGET))

comment: $(VENV)/.dev ## The plan for TARGET as a pull request's comment, or to OUT=file; FROM=file posts such a file
	@$(call exit_code,$(BIN)/eros-infra comment --target $(TARGET) $(if $(OUT),--out '$(OUT)') $(if $(FROM),--from '$(FROM)'))

deploy: $(VENV)/.dev ## Gates, plans, backup, apply, check: everything, to TARGET
	@$(call exit_code,$(BIN)/eros-infra deploy --target $(TARGET))

drift: $(VENV)/.dev ## Name what was changed outside Terraform on TARGET (exit code 7 if anything was)
	@$(call exit_code,$(BIN)/eros-infra drift --target $(TARGET))

releases: $(VENV)/.dev ## List the releases of TARGET, this machine's and the bucket's
	@$(call exit_code,$(BIN)/eros-infra releases --target $(TARGET))

rollback: $(VENV)/.dev ## Go back to release TO (a number, or previous) of TARGET; RESTORE="TABLE ..." looks for lost rows
	@$(call exit_code,$(BIN)/eros-infra rollback --target $(TARGET) --to $(or $(TO),previous) $(addprefix --restore-data ,$(RESTORE)))

state-restore: $(VENV)/.dev ## Repair the damaged state of STACK from its GENERATION (lists them without)
	@$(call exit_code,$(BIN)/eros-infra state-restore --target $(TARGET) --stack '$(STACK)' --generation '$(GENERATION)')

forget: $(VENV)/.dev ## Take ADDRESS out of Terraform's hands; it stays alive
	@$(call exit_code,$(BIN)/eros-infra forget --target $(TARGET) '$(ADDRESS)')

drill: $(VENV)/.dev ## Rehearse deploy, change, rollback and roll-forward in a throw-away home
	@$(call exit_code,$(BIN)/eros-infra drill --target $(TARGET))

adopt: $(VENV)/.dev ## Write import blocks for an existing dataset (DATASET=) and show the plan; changes nothing
	@$(call exit_code,$(BIN)/eros-infra adopt --target $(TARGET) $(if $(DATASET),--dataset $(DATASET)))

retire: $(VENV)/.dev ## End the environment of a pull request (PR=123): schedules off, tables expire
	@$(call exit_code,$(BIN)/eros-infra retire --target $(TARGET))

pull-requests: $(VENV)/.dev ## List the environments of pull requests in TARGET
	@$(call exit_code,$(BIN)/eros-infra pull-requests --target $(TARGET))

# make's own exit code is 2 for any failure: say the command's.
define exit_code
$(1) || { code=$$?; echo "$(firstword $(notdir $(1))): exit code $$code" >&2; exit $$code; }
endef

lint: $(VENV)/.dev ## Check style, types, who imports whom, and the SQL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/eros-infra lint

bench: $(VENV)/.local ## Time the main job at full size, as ratios to a baseline of the same run
	$(BIN)/python scripts/bench.py

bench-dialect: $(VENV)/.dev ## Judge the local cloud by GoogleSQL's own evaluator, over 5,000 cases
	$(BIN)/python scripts/bench_dialect.py

docs: $(VENV)/.dev ## Write docs/local-cloud.md from the tests
	$(BIN)/python scripts/write_local_cloud_page.py

clean: ## Remove .venv, caches, and the default local warehouse (.eros) and sheets (schedules)
	-@test -x $(BIN)/eros-infra && EROS_HOME=.eros $(BIN)/eros-infra local down
	rm -rf $(VENV) $(VENV)-* .eros cdktf.out schedules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "EROS needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.local: pyproject.toml | $(BIN)/python
	@echo "Installing EROS and its embedded warehouse into $(VENV) ..."
	$(PIP) install -e '.[local]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing the development tools into $(VENV) ..."
	$(PIP) install -e '.[dev]'
	@touch $@ $(VENV)/.local
