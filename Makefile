# make help lists the targets.
PYTHON ?= python3.11
# Where the CPU build of torch comes from, if neither pip's own settings nor PyTorch's public CPU index will do.
TORCH_INDEX ?=
export TORCH_INDEX

LOCKS := requirements/cpu.lock requirements/dev.lock
RUN := .venv/bin/python
# Ray puts sockets below TMPDIR, whose paths must stay short; a fresh HOME has no token that a later `ray start` demands.
export RAY_AUTH_MODE := disabled
# Runs and tests start hundreds of processes, which import torch in a fifth of the time where bytecode is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo demo-data test check lint soak peers bench docs audit locks clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: .venv/.installed ## .venv from the pinned locks

.venv/.installed: requirements/install $(LOCKS) pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 with venv, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv from $(LOCKS): about 900 MB to fetch, two minutes on a fast line"
	@$(PYTHON) -m venv .venv
	@requirements/install .venv $(LOCKS)
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## the embedded sample, from dump to trained and evaluated model and report: seven minutes
	$(RUN) -m jobs.demo

demo-data: setup ## the same without models, as far as verified shards: a minute
	$(RUN) -m jobs.demo --data

test: setup ## all tests that run on a laptop: half an hour on two cores
	$(RUN) -m pytest -q -n 2 --dist loadgroup

check: lint ## lint, types, and the tests that need neither Ray nor a server: a few minutes
	$(RUN) -m pytest -q -n 2 -m "not ray and not s3 and not slow and not soak and not gpu"

lint: setup ## format, lint and types
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

soak: setup ## long fault runs
	$(RUN) -m pytest -q -m soak --timeout 3600

peers: setup ## separate pinned environments of the systems that benchmarks compare with
	benchmarks/peers/install

bench: setup ## every benchmark, quickly
	@missed=; for script in $$(grep -l '^if __name__' $$(grep -l 'benchmarks.claims import' benchmarks/*.py)); do echo "== $$script"; $(RUN) $$script --quick || missed="$$missed $$script"; done; \
	[ -z "$$missed" ] || { echo "bars not reached, or not run:$$missed" >&2; exit 1; }

# Tools that nothing of the project imports: apart, so that they and what they need never decide a version of the rest.
.tools/.installed: requirements/install requirements/tools.lock
	@$(PYTHON) -m venv .tools
	@requirements/install .tools requirements/tools.lock
	@touch $@

docs: .tools/.installed ## the documentation as a site in build/site; a broken link fails
	.tools/bin/properdocs build --strict --config-file deploy/site/properdocs.yml

audit: .tools/.installed ## known vulnerabilities of what the locks pin; says so where no service can be asked
	.tools/bin/python requirements/audit.py requirements/*.lock

locks: .tools/.installed ## hashes beside the pins of all locks, after a pin was changed
	PATH=$(CURDIR)/.tools/bin:$$PATH requirements/lock requirements/*.lock

clean: ## remove .venv, results and caches
	rm -rf .venv .tools .peers runs work build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
