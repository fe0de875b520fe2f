# Two commands to the worked case: make setup && make demo. Needs only make, git, python3
# (3.11 or newer) and python3-venv; nothing is fetched after setup.
# Requirements come hashed and first, the package itself comes last and without a build
# environment of its own, so that nothing unhashed is installed (docs/decisions/0003).

PYTHON ?= python3
DIST ?= dist
VENV := .venv
PY := $(VENV)/bin/python
BENCH := .venv-bench
ARCHIVER := .venv-auto-archiver
CORE := $(VENV)/.stamp-core
DEV := $(VENV)/.stamp-dev
PIP_INSTALL := -m pip --disable-pip-version-check install --quiet
HASHED := $(PIP_INSTALL) --require-hashes --only-binary :all:
COMPILE := uv pip compile --quiet --generate-hashes --universal --no-header --no-annotate \
	--fork-strategy fewest --python-version 3.11 --exclude-newer "7 days"

.PHONY: help setup setup-dev demo test lint format bench docs wheel requirements \
	campaign-tamper campaign-kill campaign-quarry campaign-rewrite campaign-crash \
	campaign-errors campaign-writers campaign-leak

help: ## Say what can be made
	@sed -n 's|^\([a-z -]*\):.*## |\1: |p' $(MAKEFILE_LIST)

setup: $(CORE) ## Install firsthand into .venv

setup-dev: $(DEV) ## Install what tests and checks need, too

demo: setup ## Build the worked case in demo-tikrit
	$(VENV)/bin/firsthand demo tikrit -o demo-tikrit

test: setup-dev ## Run the tests on two processes (PYTEST_ARGS=… is passed on; -n 0: on one)
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: setup-dev ## Check style, types, layers and docstrings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/interrogate src

format: setup-dev ## Put the source into the house format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: setup-dev $(BENCH)/.stamp $(ARCHIVER)/.stamp ## Measure side by side with named peers
	PEERS_PYTHON=$(BENCH)/bin/python AUTO_ARCHIVER=$(ARCHIVER)/bin/python $(PY) benchmarks/run.py

docs: setup ## Write docs/cli.md and docs/nouns.md from the code
	$(PY) tools/cli_docs.py
	$(PY) tools/noun_docs.py

wheel: setup ## Build the wheel into dist
	$(PY) -m build --wheel --no-isolation --outdir "$(DIST)"

campaign-tamper campaign-kill campaign-quarry campaign-rewrite campaign-crash campaign-errors \
campaign-writers campaign-leak: campaign-%: setup-dev ## Run a long campaign
	$(PY) campaigns/$*.py --full

requirements: ## Pin the newest releases that are at least a week old (needs uv)
	@command -v uv >/dev/null || { echo "error: uv is not installed" >&2; \
		echo "hint: $(PYTHON) -m pip install uv" >&2; exit 1; }
	@for name in core build dev learned bench auto-archiver; do \
		echo "$(COMPILE) --upgrade requirements/$$name.in -o requirements/$$name.txt"; \
		$(COMPILE) --upgrade requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

$(CORE): requirements/core.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: firsthand needs Python 3.11 or newer" >&2; \
		echo "hint: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up $(VENV) (about 330 MB) …"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) $(HASHED) -r requirements/core.txt -r requirements/build.txt
	@$(PY) $(PIP_INSTALL) --no-deps --no-build-isolation --no-index -e .
	@$(PY) -m compileall -q src/firsthand
	@touch $@

$(DEV): $(CORE) requirements/dev.txt
	@echo "adding what tests and checks need (about 280 MB more) …"
	@$(PY) $(HASHED) -r requirements/core.txt -r requirements/build.txt -r requirements/dev.txt
	@touch $@

# Peers are kept apart: GPL packages among them are run, never imported (docs/decisions/0002).
$(BENCH)/.stamp: requirements/bench.txt
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python $(HASHED) -r requirements/bench.txt
	@touch $@

# 139 packages, 410 MB; some come as source only.
$(ARCHIVER)/.stamp: requirements/auto-archiver.txt
	@test -x $(ARCHIVER)/bin/python || $(PYTHON) -m venv $(ARCHIVER)
	@$(ARCHIVER)/bin/python $(PIP_INSTALL) --require-hashes -r requirements/auto-archiver.txt
	@touch $@
