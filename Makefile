# All that a machine needs is Python >= 3.11 and make. PYTHON chooses another interpreter.
PYTHON ?= python3
PIP_INSTALL = python -m pip install --disable-pip-version-check --no-deps --require-hashes
UV_COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate setup.cfg
SOURCES := $(shell find alerting benchmarks flaskapp tasks tests -name '*.py') gunicorn.conf.py setup.cfg wsgi.py
CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "piigate needs Python 3.11 or newer as $(PYTHON); name another: make PYTHON=python3.13 run" >&2; \
	exit 1; }

# A folder of labelled data: make bench-detector PII_DATA=…
PII_DATA ?=

# Options of make bench, as in BENCH='--rounds 1 --seconds 2 --users 1,50'.
BENCH ?=

# Whether make test measures what the tests cover.
COVERAGE ?=

# How long make fuzz-coverage takes.
FUZZ_SECONDS ?= 120

.PHONY: help run test fuzz fuzz-coverage check bench bench-detector bench-worker bench-alerts delivery lock clean

help: ## Show what there is to make
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

run: .venv/installed ## Run the whole system on this machine; Ctrl-C stops it
	@.venv/bin/python -m flaskapp.launch

# Several at a time, because they mostly wait for real processes; those of a file share what they start.
# Bytecode is kept, whatever the environment says: hundreds of processes would compile everything anew.
test: .venv/installed-dev ## Run the tests; COVERAGE=on measures what they cover, which takes twice as long
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),--cov --cov-report=)

fuzz: .venv/installed-dev ## Run the detector's property tests on many more payloads, for minutes
	.venv/bin/python -m pytest tests/alerting/test_detector_properties.py --hypothesis-profile=fuzz

# What it found worth keeping, and payloads that break the contract, stay in .fuzz.
fuzz-coverage: .venv-fuzz/installed ## Look for payloads that break the detector, guided by coverage; FUZZ_SECONDS=120
	.venv-fuzz/bin/python -m tests.fuzz.detector .fuzz/payloads -artifact_prefix=.fuzz/ \
		-max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1

# Newer than every source: the tests have run since the last change.
.coverage: $(SOURCES) .venv/installed-dev
	$(MAKE) test COVERAGE=on

check: .coverage ## Check style, types, imports, containers and the tests' coverage
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	.venv/bin/coverage report

bench-detector: .venv-bench/installed ## Measure the detector beside its peers; PII_DATA=folder adds accuracy
	.venv-bench/bin/python -m benchmarks.detector $(if $(PII_DATA),--data "$(PII_DATA)")

bench: .venv-bench/installed ## Measure gateway and worker beside their peers, for ten minutes; needs wrk
	.venv-bench/bin/python -m benchmarks.throughput $(BENCH)

bench-worker: .venv-bench/installed ## Measure the worker beside others
	.venv-bench/bin/python -m benchmarks.worker

bench-alerts: .venv/installed-dev ## Measure alerts: reading a million, what each costs, a flood; needs wrk, PostgreSQL
	.venv/bin/python -m benchmarks.alerts

delivery: .venv/installed-dev ## Kill everything at every step, and write docs/delivery.md; minutes
	.venv/bin/python -m tests.delivery

lock: .venv/installed-dev ## Bring the locked dependencies up to date with setup.cfg
	$(UV_COMPILE) --upgrade --output-file requirements.txt
	$(UV_COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(UV_COMPILE) --extra bench --constraint requirements.txt --output-file requirements-bench.txt
	$(UV_COMPILE) --extra fuzz --constraint requirements.txt --output-file requirements-fuzz.txt

clean: ## Remove the virtual environments and what the tools leave behind; keep all data
	rm -rf .venv .venv-bench .venv-fuzz build dist .coverage .fuzz .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache *.egg-info

# A stamp is made last, so that an installation that was cut off is done again.
.venv/installed: requirements.txt
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv
	.venv/bin/$(PIP_INSTALL) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	.venv/bin/$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

.venv-bench/installed: requirements-bench.txt
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/$(PIP_INSTALL) -r requirements-bench.txt
	@touch $@

.venv-fuzz/installed: requirements-fuzz.txt
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/$(PIP_INSTALL) -r requirements-fuzz.txt
	@touch $@
