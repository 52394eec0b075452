# Everything runs in a virtual environment of its own, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CONSTRAINTS := .ci/constraints.txt

.PHONY: help demo docs catalogue completions report page test test-engine coverage package lint types check bench bench-peers hostile hostile-table verify-projects fuzz constraints clean

help:
	@echo "make demo   install, and run ctxopt on a sample project"
	@echo "make test   install, and run the linter, the type checker and the tests that need no Docker engine"
	@echo "make test-engine  install, and run the tests with a Docker engine (started as root on Debian, see CONTRIBUTING.md)"
	@echo "make coverage  run the tests, and fail where less of the code is run than before"
	@echo "make package  build the package, and try it from outside"
	@echo "make check  install, and check the build context of ctxopt's own image"
	@echo "make docs   install, and make the site of the documentation in build/site; a link that leads nowhere fails"
	@echo "make catalogue  compile what is known of tools (ctxopt/catalogue) after a change of its TOML files"
	@echo "make completions  write the files for the completion of shells again"
	@echo "make report install, and make the report of a sample project, and the pictures in docs/images"
	@echo "make page   bundle the page of the report again (needs npm)"
	@echo "make bench  measure every command beside find (BENCH=\"--against REV\": and beside another revision)"
	@echo "make bench-peers  measure beside find, a bare walk and docker-py, up to 1,000,000 files"
	@echo "make hostile  measure what hostile input costs, at two sizes"
	@echo "make hostile-table  measure every command on every hostile project of 64 kB (HOSTILE=\"--only NAME\")"
	@echo "make fuzz   check random input (SEED=1 INPUTS=10000)"
	@echo "make constraints  take the newest versions of what the tests and the tools need"
	@echo "make clean  remove everything made"

$(READY): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable ".[dev]"
	@# Many tests run the installed command, also where Python is told not to keep what it compiles.
	@$(BIN)/python -m compileall -q ctxopt tests
	@touch $(READY)

# The sample has a directory .git that is no repository: git must not take the one around it instead.
demo: export GIT_CEILING_DIRECTORIES := $(CURDIR)/build
demo: $(READY)
	@rm -rf build/demo && mkdir -p build
	@$(BIN)/python sample_projects/make_junk.py shop build/demo
	$(BIN)/ctxopt analyze build/demo
	$(BIN)/ctxopt generate build/demo --level likely --write
	$(BIN)/ctxopt analyze build/demo

docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# What commands load in place of the TOML files of the catalogue.
catalogue: $(READY)
	$(BIN)/python tools/compile_catalogue.py

completions: $(READY)
	_CTXOPT_COMPLETE=bash_source $(BIN)/ctxopt > completions/ctxopt.bash
	_CTXOPT_COMPLETE=zsh_source $(BIN)/ctxopt > completions/_ctxopt
	_CTXOPT_COMPLETE=fish_source $(BIN)/ctxopt > completions/ctxopt.fish

report: $(READY)
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_recording.py

# npm works on a copy, so that it leaves nothing in the package.
page:
	@rm -rf build/page/src && mkdir -p build/page
	@cp -R ctxopt/render/html/src build/page/src
	cd build/page/src && npm ci --ignore-scripts --no-audit --no-fund && node build.mjs ../../../ctxopt/render/html/assets

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache --no-logo

types: $(READY)
	$(BIN)/mypy -p ctxopt -p tests
	MYPYPATH=benchmarks:benchmarks/maintainers $(BIN)/mypy benchmarks/*.py benchmarks/maintainers/*.py benchmarks/rules/*.py docs/*.py tools/*.py .ci/*.py

# Compiled once, for the tests that start the installed command.
test: lint types
	@$(BIN)/python -m compileall -q ctxopt
	$(BIN)/python -m pytest -m "not engine"

# The second time with Docker 20.10, which has no buildx.
test-engine: $(READY)
	$(BIN)/python -m pytest -m engine
	CTXOPT_TEST_SUITE=bookworm $(BIN)/python -m pytest -m oldest -k "buildkit or classic"

coverage: $(READY)
	$(BIN)/python -m pytest -m "not engine" --cov

package:
	$(PYTHON) .ci/package.py

check: $(READY)
	$(BIN)/ctxopt check . --file Dockerfile --max-size 5MB --max-files 800 --max-unused 0 --fail-on warning
	$(BIN)/ctxopt check . --file Dockerfile --max-size 5MB --view classic --quiet

# BENCH="--against REV" measures another revision in the same run.
BENCH ?=
bench: $(READY)
	$(BIN)/python benchmarks/table.py $(BENCH)

bench-peers: $(READY)
	$(BIN)/python benchmarks/context.py --scale

hostile: $(READY)
	$(BIN)/python benchmarks/hostile.py

hostile-table: $(READY)
	$(BIN)/python benchmarks/matrix.py --limit 10 $(HOSTILE)

verify-projects: $(READY)
	PYTHONPATH=. $(BIN)/python benchmarks/verify_projects.py

# The same SEED draws the same INPUTS.
SEED ?= 1
INPUTS ?= 10000
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --seed $(SEED) --inputs $(INPUTS)

# The newest versions, taken by a fresh environment.
constraints:
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet --disable-pip-version-check ".[dev]" build twine
	@head -n 1 $(CONSTRAINTS) > build/constraints.txt
	build/constraints/bin/python -m pip freeze --exclude docker-ctxopt >> build/constraints.txt
	mv build/constraints.txt $(CONSTRAINTS)
	rm -rf build/constraints

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
