# One place for every command. Everything runs from .venv, which `make setup` makes.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
# a changed dependency, or a checkout that moved, asks for a new installation
STAMP := .venv/.setup-$(shell (pwd; cat pyproject.toml constraints.txt) | cksum | cut -d' ' -f1)

.PHONY: help setup verify test test-all check docs schemas theory bench models encodings proofs cross-check clean
.NOTPARALLEL:

help:
	@echo 'make setup        the environment in .venv (the other targets call it)'
	@echo 'make verify       re-check every certificate in proofs/ with the kernel alone'
	@echo 'make test         the tests (test-all: the slow ones too)'
	@echo 'make check        lint, format and types'
	@echo 'make docs         the pages of docs/, in build/docs;  make schemas: the JSON Schemas anew'
	@echo 'make theory       the theorems of proofs/theory, compiled by Rocq, and their axioms'
	@echo 'make bench        times beside z3, cvc5 and Marabou; table, build/bench.json'
	@echo 'make models       rebuild models/;  make encodings, make proofs: those folders'
	@echo 'make cross-check  z3 and cvc5 on every text in encodings/'
	@echo 'make clean        remove what builds and tests left behind (not .venv)'

setup: $(STAMP)

$(STAMP):
	@$(PY) -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	$(PY) -m pip install --quiet --no-input --disable-pip-version-check -c constraints.txt -e '.[all]'
	@rm -f .venv/.setup-*
	@touch $@

verify: setup
	.venv/bin/certify verify models

test: setup
	$(PY) -m pytest -q -n 2 -m 'not slow'

test-all: setup
	$(PY) -m pytest -q -n 2

check: setup
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

docs: setup
	$(PY) -m sphinx -q -W --keep-going -d build/doctrees docs build/docs

schemas: setup
	$(PY) -m certify.reference.schemas

theory: setup
	@command -v coqc >/dev/null || { echo 'Rocq is not installed: apt-get install coq' >&2; exit 1; }
	$(PY) -m pytest -q tests/theory

bench: setup
	$(PY) -m certify.bench

models encodings proofs cross-check: setup
	$(PY) -m certify.gallery $@

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find certify tests -name __pycache__ -prune -exec rm -rf {} +
