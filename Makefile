# Needs Python 3.11 or newer, git and make; everything else is installed into .venv from the lock files.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PACKAGES := bot adapters storage schedules

.DEFAULT_GOAL := help
.PHONY: help run test check check-all coverage browser-test screenshots bench bench-relevance bench-semantic bench-month bench-busy bench-recurring bench-digests bench-scale bench-schedules bench-fuzz bench-broadcast bench-hour mutants lock format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# An extra's lock file holds everything that the run-time lock holds, at the same versions.
RUN := run$(if $(EXTRAS),-$(EXTRAS))

run: $(VENV)/$(RUN).stamp ## Start Rounds (ARGS="..." is passed on to `rounds run`; EXTRAS=semantic installs that, too)
	$(PY) -m bot run $(ARGS)

test: $(VENV)/dev.stamp ## Run the tests (PYTEST_ARGS="-k name" to choose some)
	$(PY) -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

check: $(VENV)/dev.stamp ## Everything a change must pass: format, lint, types, imports, tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy --strict
	$(VENV)/bin/lint-imports --no-logo
	$(PY) -m pytest -n auto --dist worksteal $(PYTEST_ARGS)

check-all: $(VENV)/dev.stamp ## The tests in every mode: each database, each way of running
	$(PY) -m pytest -n auto --dist worksteal --all-modes $(PYTEST_ARGS)

coverage: $(VENV)/dev.stamp ## The tests once more, to see which lines none of them reaches; takes a good deal longer
	$(PY) -m pytest -n auto --dist worksteal --cov --cov-report=term --cov-fail-under=85 $(PYTEST_ARGS)

browser-test: $(VENV)/dev.stamp ## The tests in a real browser (needs Chromium)
	$(PY) -m pytest tests/browser $(PYTEST_ARGS)

screenshots: $(VENV)/dev.stamp ## Photograph the running program for docs/screenshots
	$(PY) -m tests.browser.screenshots

bench: $(VENV)/dev.stamp ## Measure speed (ARGS="..." is passed on)
	$(PY) -m bench $(ARGS)

bench-relevance: $(VENV)/dev.stamp ## Measure finding and routing on real histories (DATA="folder …")
	$(PY) -m bench.relevance $(DATA) $(ARGS)

bench-semantic: $(VENV)/dev.stamp $(VENV)/run-semantic.stamp ## Measure finding with the extra `semantic` (DATA="folder …")
	$(PY) -m bench.semantic $(DATA) $(ARGS)

bench-month: $(VENV)/dev.stamp ## Live through a made-up month of questions (ARGS="--days 3" and so on)
	$(PY) -m bench.month $(ARGS)

bench-busy: $(VENV)/dev.stamp ## Live through a month in which too much comes up for everybody (ARGS="--days 8" and so on)
	$(PY) -m bench.busy $(ARGS)

bench-recurring: $(VENV)/dev.stamp ## Ten minutes of trouble for what recurs (ARGS="--rhythms 1000" and so on)
	$(PY) -m bench.recurring $(ARGS)

bench-digests: $(VENV)/dev.stamp ## All the weekly digests of ten thousand members in one hour (ARGS="--hundreds 9" and so on)
	$(PY) -m bench.digests $(ARGS)

bench-schedules: $(VENV)/dev.stamp ## What recurs, a hundred thousand times beside a thousand (ARGS="--hundreds 10" and so on)
	$(PY) -m bench.schedules $(ARGS)

bench-fuzz: $(VENV)/dev.stamp ## A hundred thousand hostile requests to everything that can be reached (ARGS="--requests 5000" and so on)
	$(PY) -m bench.fuzz $(ARGS)

bench-scale: $(VENV)/dev.stamp ## Finding among a million items (ARGS="--items 10000" and so on; half an hour)
	$(PY) -m bench.scale $(ARGS)

bench-broadcast: $(VENV)/dev.stamp ## One message to 500 places and 5,000 people, beside what the platforms allow (ARGS="--only slack" and so on)
	$(PY) -m bench.broadcast $(ARGS)

bench-hour: $(VENV)/dev.stamp ## An hour on Slack and Discord in which everything goes wrong (ARGS="--minutes 5" and so on)
	$(PY) -m bench.hour $(ARGS)

# mutmut is no part of the lock file: it has an environment of its own.
MUTANTS := .venv-mutants
mutants: ## Mutation testing of the pure modules (ARGS="'bot.routing.gate*'" for some of it; an hour or two for all)
	@test -x $(MUTANTS)/bin/mutmut || { $(PYTHON) -m venv $(MUTANTS) \
		&& $(MUTANTS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt \
		&& $(MUTANTS)/bin/pip install --quiet --disable-pip-version-check mutmut==3.8.1; }
	$(MUTANTS)/bin/mutmut run --max-children 2 $(ARGS)
	@$(MUTANTS)/bin/mutmut results | grep -v 'not checked' || true

# Pins stay as they are unless pyproject.toml rules them out; LOCK_ARGS=--upgrade takes the newest.
COMPILE = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(LOCK_ARGS)
lock: $(VENV)/dev.stamp ## Write the lock files anew from pyproject.toml
	$(COMPILE) pyproject.toml --output-file requirements.txt
	$(COMPILE) pyproject.toml --extra semantic --constraint requirements.txt --output-file requirements-semantic.txt
	$(COMPILE) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) --group build --output-file requirements-build.txt

format: $(VENV)/dev.stamp ## Format the code and mend what ruff can mend
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

clean: ## Remove what these commands made, except data/
	rm -rf $(VENV) $(MUTANTS) mutants .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dist
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# A line in a .pth file puts the checkout on the path; there is nothing to build, so no build tool is needed.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Rounds needs Python 3.11 or newer. Name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3'; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@$(PY) -c 'import os, pathlib, site; pathlib.Path(site.getsitepackages()[0], "rounds.pth").write_text(os.getcwd())'
endef

$(VENV)/run.stamp: requirements.txt
	$(install)
	@touch $@

$(VENV)/run-%.stamp: requirements-%.txt
	$(install)
	@touch $@ $(VENV)/run.stamp

# The development lock holds everything that the run-time lock holds, at the same versions.
$(VENV)/dev.stamp: requirements-dev.txt
	$(install)
	@touch $@ $(VENV)/run.stamp
