# Two commands set everything up by themselves: `make audit` and `make test`.

SPEC   ?= specs/v2_coord.yaml
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
SPECS  := specs
DOCUMENTS ?=

.PHONY: audit test reports check bench lint clean help

audit: $(READY)  ## audit one spec: make audit SPEC=specs/v1.yaml
	@$(BIN)/python audit.py $(SPEC)

test: $(READY)  ## the whole test suite
	@$(BIN)/python -m pytest -n auto --dist loadfile

reports: $(READY)  ## regenerate reports, pictures, schema and list of blocks (DOCUMENTS=DIR: their coverage too)
	@$(BIN)/python audit.py schema > specs/schema.json.new && mv specs/schema.json.new specs/schema.json
	@$(BIN)/python audit.py blocks > docs/blocks.md.new && mv docs/blocks.md.new docs/blocks.md
	@$(BIN)/python -m benchmarks.counters
	@$(BIN)/python audit.py $(SPECS) $(if $(DOCUMENTS),--documents $(DOCUMENTS))
	@echo "reports/, diagrams/, specs/schema.json, docs/blocks.md and docs/counters.md are up to date"

check: $(READY)  ## fail if a spec does not pass or a generated file is stale
	@$(BIN)/python audit.py --check $(SPECS)

bench: $(READY)  ## measure how fast all this is, and write docs/speed.md
	@$(BIN)/python -m benchmarks.speed

lint: $(READY)  ## style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

clean:  ## remove the environment and all caches
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): setup.cfg pyproject.toml constraints.txt
	@command -v $(PYTHON) > /dev/null || { echo "missing: $(PYTHON) (Python 3.10 or newer)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo "missing: Python 3.10 or newer; $(PYTHON) is $$($(PYTHON) -V)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	    { echo "missing: the module venv of $(PYTHON) (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "setting up $(VENV) (once; some minutes)"
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]' || \
	    { echo "missing: packages that pip could not install; see above" >&2; exit 1; }
	@touch $@
