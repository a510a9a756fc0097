# `make demo` and `make test` are all one needs to know; `make help` lists the rest.
# PORT=8001 make demo: another port. PYTHON=/path/to/python: another Python.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell $(name) -c '$(NEW_ENOUGH)' 2>/dev/null && echo $(name))))

VENV := .venv
IN_VENV := $(VENV)/bin/
PACKAGES := socialcare inbox connectors sla
INSTALL := $(IN_VENV)python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help demo dev setup test test-long bench check words fmt clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: $(VENV)/run.stamp ## the inbox over a living sandbox world; Ctrl-C ends it
	@$(IN_VENV)python manage.py demo

dev: $(VENV)/run.stamp ## the inbox on your own data, empty at first; Ctrl-C ends it
	@$(IN_VENV)python manage.py dev

setup: $(VENV)/dev.stamp ## the virtual environment with everything for development

test: $(VENV)/dev.stamp ## all tests but the long ones; what .ci/run calls
	$(IN_VENV)python -m pytest -m "not long"

test-long: $(VENV)/dev.stamp ## the long tests: the kill test at full length, every race 40 times
	$(IN_VENV)python -m pytest -m long

bench: $(VENV)/dev.stamp ## what things cost, as ratios against floors of the same run
	$(IN_VENV)python -m bench

check: $(VENV)/dev.stamp ## format, lint, types, import contracts, migrations, templates, languages
	$(IN_VENV)ruff format --check .
	$(IN_VENV)ruff check .
	$(IN_VENV)mypy $(PACKAGES)
	$(IN_VENV)lint-imports
	$(IN_VENV)python manage.py verify
	$(IN_VENV)python manage.py messages --check

words: $(VENV)/dev.stamp ## new sentences into the catalogues, and what they lack
	$(IN_VENV)python manage.py messages

fmt: $(VENV)/dev.stamp ## put the code in form
	$(IN_VENV)ruff check --fix-only --quiet .
	$(IN_VENV)ruff format .

clean: ## remove what can be made again; the data in .data stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-output staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale connectors -name '*.mo' -delete 2>/dev/null || true

$(VENV)/run.stamp: requirements/run.lock | $(VENV)/bin/python
	@echo "Installing the locked dependencies into $(VENV)."
	@$(INSTALL) -r requirements/run.lock
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock | $(VENV)/bin/python
	@echo "Installing the locked dependencies for development into $(VENV)."
	@$(INSTALL) -r requirements/dev.lock
	@touch $@ $(VENV)/run.stamp

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and none was found: install it, or name it as in 'PYTHON=/path/to/python3.12 make demo'."; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11, which is needed: name a newer one as in 'PYTHON=/path/to/python3.12 make demo'."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) could not make a virtual environment: on Debian and Ubuntu 'apt install python3-venv' brings what is missing."; exit 1; }
