# What can be done here? `make demo` and `make test` need nothing but Python 3.11 or newer, make and a package index.

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
PIP    := $(RUN) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all:
LOCK   := $(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
TESTS  ?= tests
WORKERS ?= 3

# Every start of a service would compile all its modules again, and tests start hundreds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo test check battery bench wheel lock clean

help:            ## this list
	@sed -n 's/^\([a-z]*:\).*## /  make \1 /p' $(MAKEFILE_LIST)

demo: $(VENV)/run.installed            ## the whole way once, with synthetic facts; Ctrl-C ends it
	$(RUN) -m services demo $(ARGS)

test: $(VENV)/dev.installed            ## every test, with a sample of the fault battery
	$(RUN) -m pytest -m "not battery" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS) $(TESTS)

check: $(VENV)/dev.installed           ## lint, format, types, import rules, generated files
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(RUN) -m shared.contracts.catalogue --check
	$(RUN) -m shared.operations.specs --check
	$(RUN) -m shared.operations.language
	$(RUN) -m shared.operations.readers_compose --check

battery: $(VENV)/dev.installed         ## the full figures of the fault battery; takes hours
	$(RUN) -m pytest -p tests.battery.plugin -m battery --timeout=0 $(ARGS) $(TESTS)

bench: $(VENV)/dev.installed           ## speed, beside its peers, in one run
	$(PIP) -r requirements/bench.txt && $(RUN) -m bench $(ARGS)

wheel: $(VENV)/dev.installed           ## the product as one package, into dist/
	rm -rf build nennep.egg-info && $(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

lock: $(VENV)/dev.installed            ## compile requirements/*.in; ARGS=--upgrade takes newer versions
	$(LOCK) $(ARGS) requirements/run.in -o requirements/run.txt
	$(LOCK) $(ARGS) requirements/dev.in -o requirements/dev.txt
	$(LOCK) $(ARGS) requirements/bench.in -o requirements/bench.txt

clean:           ## remove what was installed, written and cached; the demo's data too
	rm -rf $(VENV) var dist build nennep.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/run.installed: requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Cần Python 3.11 trở lên / needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "Đang cài các gói… / installing packages…"
	@$(PIP) -r requirements/run.txt
	@$(RUN) -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "nennep.pth").write_text(str(pathlib.Path.cwd()))'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m services "$$@"\n' > $(VENV)/bin/nennep && chmod +x $(VENV)/bin/nennep
	@touch $@

$(VENV)/dev.installed: requirements/dev.txt $(VENV)/run.installed
	@echo "Đang cài công cụ kiểm tra… / installing the tools of checks and tests…"
	@$(PIP) -r requirements/dev.txt
	@touch $@
