# Executable documentation: each target does all its own set-up and says what it does.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup demo test check evaluate bench docs lock clean

setup: .venv/ready            ## a virtual environment in .venv with the locked dependencies

.venv/ready: requirements-dev.lock pyproject.toml
	@echo "setup: making .venv and installing the locked dependencies (once; about a minute)"
	@command -v $(PYTHON) >/dev/null || { echo "setup: $(PYTHON) is not here; name yours: make setup PYTHON=python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setup: Python 3.11 or newer is needed" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup                   ## the two-week story on bundled outlets: two digests in watercooler-demo/
	@$(BIN)/watercooler demo

scaled: setup                 ## the same story by PostgreSQL, Redis and 2+2+2 workers, held against the embedded run
	@$(BIN)/python -m scaled demo

chaos: setup                  ## ten minutes of killed workers and restarted servers, and the account (200 outlets)
	@$(BIN)/python -m scaled chaos

test: setup check             ## everything that must be green: style, types, imports, tests
	@echo "test: running the tests"
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: setup                  ## style, strict types, direction of imports, the compose file's schema, the Dockerfile
	@echo "check: style, types, imports, compose file, Dockerfile"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml compose.override.example.yml
	@$(BIN)/hadolint Dockerfile

evaluate: setup               ## scores on the labelled corpora beside the checkout (minutes; not part of test)
	@$(BIN)/python -m evaluation

bench: setup                  ## CPU time against anchors that run beside us (some minutes; docs/benchmarks.md)
	@$(BIN)/python -m bench

docs: setup                   ## the documentation as a site in docs/_site/; a broken link fails
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_site
	@echo "docs: open docs/_site/index.html"

lock: setup                   ## makes the lock files anew (needs uv: pip install uv)
	uv pip compile pyproject.toml --extra postgres --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock
	echo 'hatchling>=1.27' | uv pip compile - --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements-build.lock

clean:                        ## removes what the other targets made
	rm -rf .venv watercooler-demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
