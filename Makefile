# `make league` and `make test` work on a fresh clone: both install what they need.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
STAMP := $(VENV)/.installed

.PHONY: install quick league unit test test-slow test-all gpu lint floors bench docs clean

install: $(STAMP)

# The same floor as requires-python in pyproject.toml.
define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    have = ".".join(map(str, sys.version_info[:3]))
    sys.exit(
        f"$(PYTHON) is Python {have}; xlt-search needs 3.11 or later. Name another one: "
        "make install PYTHON=python3.11"
    )
endef
export CHECK_PYTHON

# A new virtual environment needs a pip that knows --group (25.1 and later).
$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) > /dev/null || { echo "$(PYTHON): no such program; xlt-search needs Python 3.11 or later. Name one: make install PYTHON=python3.11" >&2; exit 2; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $@

# The league scaled down, with a protocol of its own: everything once, in at most five minutes.
quick: install
	$(BIN)/xlt-search --study quick

league: install
	$(BIN)/xlt-search --study league --study-name demo --data synthetic --n-trials 40 --time-budget 20m

# Packages whose tests start no worker processes: under a minute on two cores.
UNIT := spaces studies objectives/checkpoints objectives/sources objectives/translation \
	search/budget search/evidence search/scheduling search/suggest

unit: install
	$(BIN)/pytest -m 'not slow' -n 2 --dist worksteal $(addprefix tests/,$(UNIT))

# Two tests at once: most wait for a worker process as long as they compute.
test: lint
	$(BIN)/pytest -m 'not slow' -n 2 --dist worksteal

# Kills, browsers, PostgreSQL, Ray, documented commands, long trainings: one at a time, as they use
# all cores.
test-slow: install
	$(BIN)/pytest -m slow

test-all: test test-slow

# In an environment that has its own PyTorch: make gpu GPU_PYTHON=python3
GPU_PYTHON ?= $(BIN)/python
gpu: export CUDA_VISIBLE_DEVICES ?= 0

# What a GPU must give, then tables for docs/experiments.md. Without one, the CPU's half of each
# comparison runs.
gpu: $(if $(filter $(BIN)/python,$(GPU_PYTHON)),install)
	$(GPU_PYTHON) -m pytest -m gpu -rs
	$(GPU_PYTHON) benchmarks/throughput.py --device auto --repeats 3
	$(GPU_PYTHON) benchmarks/trial_speed.py --device auto --data synthetic

# The fast tests with the oldest versions that pyproject.toml allows. Newer packages that these pull
# in may warn of what they will drop.
floors: install
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-floors
	$(BIN)/uv pip install --quiet --python .venv-floors --resolution lowest-direct \
		--editable . --group dev
	.venv-floors/bin/python -m pytest -m 'not slow' -W default::DeprecationWarning

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(BIN)/python benchmarks/trial_speed.py

# What every module offers, from its docstrings: build/api/index.html.
docs: install
	$(BIN)/pdoc --output-directory build/api xlt.objectives xlt.search xlt.spaces xlt.studies

clean:
	rm -rf $(VENV) .venv-floors build *.egg-info
