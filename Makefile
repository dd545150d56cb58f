# Bare `make` lists what can be made. Continuous integration runs these recipes and nothing else.
BIN := .venv/bin
WORKERS ?= 3
export ETASU_NO_SKIPS ?= 1
# Tests start hundreds of processes: each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv browser demo run test cover test-long check fix cases journeys bench docs seed \
	migrate lock vendor shots new-adr new-program wheel clean

help:  ## list the recipes
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: .venv/installed  ## .venv with the locked packages and Etasu itself
.venv/installed: requirements/dev.txt pyproject.toml tools/environment.sh
	@tools/environment.sh

browser:
	@tools/browser.sh

demo: venv  ## database, invented cast, server; prints its address
	@$(BIN)/etasu demo

run: venv  ## the server on your own data
	@$(BIN)/etasu serve

test:  ## every check and every test but the long ones
	@$(MAKE) --no-print-directory --jobs=2 venv browser
	@$(MAKE) --no-print-directory --jobs=2 check cover
	$(BIN)/pytest -n $(WORKERS) --dist=worksteal --ignore-glob='tests/safe_use/test_*.py'

cover: venv  ## the tests of the decision, which take every branch of it
	@mkdir -p build; rm -f build/coverage build/coverage.*
	$(BIN)/coverage run --source=src/etasu/safe_use --data-file=build/coverage -m pytest \
		-q -n 2 tests/safe_use --ignore=tests/safe_use/decision_table
	$(BIN)/coverage combine --quiet --data-file=build/coverage
	$(BIN)/coverage report --data-file=build/coverage --fail-under=100 --skip-covered

test-long: venv browser  ## the tests too long for every change
	$(BIN)/python tools/mutation.py
	$(BIN)/pytest -m long -n $(WORKERS) -o faulthandler_timeout=7200

check: venv  ## style, types, imports, spelling, templates, lock file, migrations, programs
	$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --check --lint --quiet src/etasu
	$(BIN)/codespell
	$(BIN)/python tools/lock.py --check
	$(BIN)/python tools/write_docs.py --check
	$(BIN)/python -m django makemigrations --check --settings=tests.settings --pythonpath=.
	$(BIN)/etasu check

fix: venv  ## put right what can be put right by itself
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .
	$(BIN)/djlint --reformat --quiet src/etasu || true
	$(BIN)/codespell --write-changes

cases: venv  ## the worked examples of every program
	$(BIN)/pytest tests/cases

journeys: venv browser  ## whole tasks in a real browser
	$(BIN)/pytest -m journey

bench: venv  ## measurements, with the machine and the database's settings beside them
	$(BIN)/python -m bench

docs: venv  ## the reference pages that are made from the software
	$(BIN)/python tools/write_docs.py

seed: venv  ## fill the database with invented people: SIZE=s, m or l
	@$(BIN)/etasu seed --size $(or $(SIZE),s)

migrate: venv  ## bring the database up to date; with APP=name, write a new migration
	@$(if $(APP),$(BIN)/python -m django makemigrations $(APP) --settings=etasu.site.settings,$(BIN)/etasu migrate)

lock: venv  ## write requirements/*.txt from pyproject.toml; UPGRADE=1 takes new versions
	$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

vendor: venv  ## fetch the design system again and write down what was taken
	$(BIN)/python tools/vendor_uswds.py

shots: venv browser  ## the manual's pictures
	ETASU_SHOTS=1 $(BIN)/pytest -m journey

new-adr: venv  ## a decision record: TITLE="one database"
	$(BIN)/python tools/new_adr.py "$(TITLE)"

new-program: venv  ## a program folder to start from: NAME=my-program
	$(BIN)/python tools/new_program.py "$(NAME)"

wheel: venv  ## the package to install elsewhere, in dist/
	$(BIN)/python -m build --wheel --no-isolation

clean:  ## everything made here, the database of this checkout included
	-@$(BIN)/python -c "from etasu.site import database; database.stop()"
	rm -rf "$$(readlink -f .etasu/postgres)" .venv .etasu build dist mutants .mypy_cache .ruff_cache .pytest_cache
