# Everything a fresh machine needs is Python >= 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run test check lock clean
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-8s %s\n", $$1, $$2}' Makefile

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "piigate needs Python 3.11 or newer; set PYTHON=/path/to/it" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --require-hashes -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/pip install --require-hashes -r requirements-dev.txt
	touch $@

run: .venv/installed ## Run the whole system
	@$(BIN)/python -m flaskapp.launch

test: .venv/installed-dev ## Run the tests
	$(BIN)/pytest

check: .venv/installed-dev ## Run the static checks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/installed-dev ## Compile the lock files from setup.cfg
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate setup.cfg -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --extra dev setup.cfg -o requirements-dev.txt

clean: ## Remove the virtual environment and caches
	rm -rf .venv .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
