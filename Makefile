# Buddy. Every target sets up what it needs by itself and skips what is already done (stamps in .make/).

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV := $(or $(shell command -v uv),.tools/bin/uv)
NPM := $(or $(shell command -v npm),.venv/bin/npm)
PYTHON := .venv/bin/python
BIN := .venv/bin
HOST := 127.0.0.1
PORT := 8000

STATIC := $(shell find buddy -path '*/static/*' -not -path '*/vendor/*' -type f)
TEMPLATES := $(shell find buddy -name '*.html')

# For commands that read the settings but serve nobody.
NOWHERE := BUDDY_DATA=.make/data BUDDY_SECRET_KEYS=these-commands-need-a-key-but-keep-no-secret DATABASE_URL=
PRODUCTION := $(NOWHERE) BUDDY_URL=https://buddy.example.com EMAIL_URL=smtp+tls://mail.example.com:587

.PHONY: help demo run test check check-coverage format bench chaos docs setup lock clean

help:
	@echo "make demo    Buddy with a small QuickBooks beside it, on this machine (RESET=1 starts over)"
	@echo "make test    every test, in a real browser and on both databases"
	@echo "make check   lint, types, import contracts, templates, migrations, deployment settings"
	@echo "make check-coverage  take away what each promise rests on, and see its tests fail (OF=R12 for one)"
	@echo "make run     Buddy itself: web and worker, set up by the environment (docs/operations.md)"
	@echo "make bench   the figures, each beside what one would use instead"
	@echo "make chaos   workers die a thousand times on each database; nothing may be lost or doubled (45 minutes)"
	@echo "make bench-matching DATA=folder  how well customers are matched, on labelled lists"
	@echo "make docs    the generated pages of docs/"

# --- What each target needs -------------------------------------------------------------------------------------------

setup: .make/python .make/frontend .make/static

.tools/bin/uv:
	@python3 -m pip --version >/dev/null 2>&1 || { echo "Install uv, or Python 3.8 or later with pip, and try again."; exit 1; }
	python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools 'uv>=0.9' \
	  || python3 -m pip install --quiet --target .tools 'uv>=0.9'

.make/python: requirements-dev.lock .python-version | $(UV)
	@test -x $(PYTHON) || $(UV) venv --quiet --python 3.13 .venv || $(UV) venv --quiet --python '>=3.12' .venv \
	  || { echo "Install Python 3.13: uv neither found nor could download it."; exit 1; }
	$(UV) pip sync --quiet --python $(PYTHON) --require-hashes requirements-dev.lock
	@mkdir -p $(@D) && touch $@

.make/npm: package-lock.json | .make/python
	PATH="$$PWD/$(BIN):$$PATH" $(NPM) ci --silent --omit=dev
	@touch $@

# Another client of QuickBooks, which the tests run against the simulator.
.make/clients: package-lock.json | .make/frontend
	PATH="$$PWD/$(BIN):$$PATH" $(NPM) ci --silent
	@touch $@

.make/frontend: .make/npm frontend/vendor.py frontend/icons.txt buddy/web/static/buddy.css
	$(PYTHON) frontend/vendor.py
	@touch $@

.make/static: .make/frontend $(STATIC)
	$(NOWHERE) $(PYTHON) manage.py collectstatic --clear --no-input --verbosity 0
	@touch $@

# What `make bench-matching` compares with, apart from Buddy's own environment.
.make/matching-bench/stamp: requirements-matching-bench.lock .python-version | .make/python
	$(UV) venv --quiet --clear --python $(PYTHON) $(@D)
	$(UV) pip sync --quiet --python $(@D)/bin/python --require-hashes requirements-matching-bench.lock
	@touch $@

.make/browser: | .make/python
	@echo "Looking for Chromium, which the tests drive, and installing it where it is missing"
	@test -x "$${CHROMIUM:-/usr/bin/chromium}" \
	  || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	       && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null; } \
	  || $(BIN)/playwright install chromium
	@touch $@

# Only when asked: a fresh clone's files have no telling ages. `make lock UPGRADE=--upgrade` takes newer versions.
lock: | $(UV)
	$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header $(UPGRADE) pyproject.toml \
	  -o requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header $(UPGRADE) pyproject.toml --group dev \
	  -c requirements.lock -o requirements-dev.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header $(UPGRADE) pyproject.toml \
	  --group matching-bench -c requirements.lock -o requirements-matching-bench.lock

# --- What one asks for ------------------------------------------------------------------------------------------------

demo: setup
	@$(PYTHON) demo.py $(if $(RESET),--reset)

run: setup
	$(PYTHON) manage.py migrate --no-input --verbosity 0
	@$(PYTHON) manage.py worker & worker=$$!; trap 'kill $$worker; wait $$worker' EXIT; \
	$(BIN)/granian --interface wsgi --host $(HOST) --port $(PORT) --blocking-threads 4 --no-ws buddy.wsgi:application

test: setup .make/browser .make/clients
	$(BIN)/pytest -q -n 2
	BUDDY_TEST_DATABASE=postgres $(BIN)/pytest -q -n 2 -m stores

check: .make/python .make/frontend
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djade --check $(TEMPLATES)
	$(NOWHERE) $(PYTHON) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

format: .make/python
	$(BIN)/ruff check --quiet --fix --exit-zero
	$(BIN)/ruff format --quiet
	-@$(BIN)/djade $(TEMPLATES)

check-coverage: setup
	@$(PYTHON) -m tests.coverage.check $(OF)

bench: setup
	@for script in bench/[!_]*.py; do echo "== $$script"; $(PYTHON) -m bench.$$(basename $$script .py) || exit 1; done

chaos: setup
	$(PYTHON) -m bench.chaos --store sqlite
	$(PYTHON) -m bench.chaos --store postgres
	$(PYTHON) -m bench.chaos --store postgres --rotation strict --kills 200 --minutes 4

DATA ?= data/matching
bench-matching: .make/matching-bench/stamp
	@test -d "$(DATA)" || { echo "make bench-matching DATA=folder: docs/matching.md says what it holds"; exit 1; }
	@.make/matching-bench/bin/python -m bench.matching "$(DATA)"

docs: setup
	$(NOWHERE) $(PYTHON) -m docs.field_mapping
	$(PYTHON) -m tests.coverage.page
	$(PYTHON) -m tests.simulator.rules

clean:
	rm -rf .make .tools .venv node_modules static-root buddy/web/static/vendor simulator/static/vendor
