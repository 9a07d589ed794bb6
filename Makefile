# Every command there is. `make help` lists them; each sets itself up first.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup system check fix test test-long test-all demo bench docs new bless pins clean

# The first Python of 3.11 or later on this machine; PYTHON=... overrides it.
PYTHON ?= $(firstword $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p"; done))

VENV ?= .venv
BIN := $(VENV)/bin
PINNED := $(VENV)/.pinned
READY := $(VENV)/.ready
SYSTEM := $(VENV)/.system

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# --- setting up ---------------------------------------------------------------------------

setup: $(READY) ## make the virtual environment from hash-pinned requirements

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "attending needs Python 3.11 or later; none was found." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "this Python cannot make virtual environments: Debian and Ubuntu keep that in python3-venv."; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && apt-get install -y -q python3-venv; \
	  else echo "install it (sudo apt-get install python3-venv) and run make again." >&2; exit 1; fi; }
	"$(PYTHON)" -m venv $(VENV)

$(PINNED): requirements/dev.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(READY): pyproject.toml $(PINNED)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# PostgreSQL and a browser are wanted by some tests, which skip with a reason without them.
system: $(SYSTEM)

$(SYSTEM): | $(READY)
	@want=(); \
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || want+=(postgresql); \
	if find tests/console -name 'test_*.py' 2>/dev/null | grep -q .; then \
	  command -v chromium >/dev/null || command -v google-chrome >/dev/null || want+=(chromium); fi; \
	if [ $${#want[@]} = 0 ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing for the tests: $${want[*]}"; \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$${want[@]}"; } \
	    >/dev/null 2>&1 || echo "could not install $${want[*]}: the tests that need them will skip."; \
	else echo "without $${want[*]} the tests that need them will skip (run as root to have them installed)."; fi
	@touch $@

# --- every day ----------------------------------------------------------------------------

check: $(READY) ## lint, format, types, imports, house rules; changes nothing
	@failed=0; most=0; slowest=; \
	now() { $(BIN)/python -c 'import time; print(int(time.time() * 1000))'; }; \
	part() { local name=$$1 from out word=ok; shift; from=$$(now); \
	  out=$$("$$@" 2>&1) || { word=FAILED; failed=1; printf '%s\n' "$$out"; }; \
	  local ms=$$(($$(now) - from)); \
	  printf '%-8s %-7s %3d.%d s   %s\n' "$$name" "$$word" $$((ms / 1000)) $$((ms % 1000 / 100)) "$$(tail -n 1 <<<"$$out")"; \
	  if [ $$ms -gt $$most ]; then most=$$ms; slowest=$$name; fi; }; \
	part lint $(BIN)/ruff check --quiet .; \
	part format $(BIN)/ruff format --check .; \
	part types $(BIN)/mypy; \
	part imports $(BIN)/lint-imports --no-logo; \
	part house $(BIN)/python -m pytest tests/house -q -n logical; \
	echo "slowest: $$slowest"; exit $$failed

fix: $(READY) ## put right what a machine can put right
	-$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

test: $(READY) $(SYSTEM) ## the suite, but for the long simulations, on every core
	$(BIN)/python -m pytest -q -n logical --dist worksteal --durations 25 --durations-min 10

test-long: $(READY) $(SYSTEM) ## the long simulations and state machines alone
	$(BIN)/python -m pytest -q -m long --timeout 3600

test-all: test test-long ## everything

demo: $(READY) ## Tern Valley Health, in the middle of its story
	$(BIN)/attending demo $(ARGS)

bench: $(READY) ## every figure beside its peer: make bench, or make bench BENCH=ingest
	@test -f bench/run.py || { echo "no benchmark stands yet." >&2; exit 1; }
	$(BIN)/python bench/run.py $(BENCH)

docs: $(READY) ## make the generated pages again
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_mission.py

new: $(READY) ## copy a neighbor: make new ROOM=measure.adoption NAME=override_rate
	@test -n "$(ROOM)" -a -n "$(NAME)" || { echo "say ROOM=... and NAME=...; rooms are listed in docs/reference." >&2; exit 1; }
	$(BIN)/python tools/new.py $(ROOM) $(NAME)

bless: docs ## accept the expected outputs as they are now; read the diff first
	$(BIN)/python -m pytest -q --bless
	git diff --stat

pins: $(READY) ## choose the newest versions again and pin them by hash
	$(BIN)/python -m pip install -q --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml $(PINS) -o requirements/runtime.txt
	$(BIN)/uv pip compile pyproject.toml $(PINS) --extra dev --extra postgres -c requirements/runtime.txt -o requirements/dev.txt

# No address of an index or a file: whoever installs uses their own index.
PINS := --quiet --upgrade --universal --fork-strategy fewest --python-version 3.11 --exclude-newer "7 days" \
  --generate-hashes --no-emit-index-url --no-header --no-annotate

clean: ## remove what can be made again, but for the virtual environment
	rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find src tests docs tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
