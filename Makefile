# Two targets for a fresh machine with nothing but Python 3.11 or newer, git and make:
#   make demo   sets everything up, indexes the sample catalogue and finds a product by photo
#   make test   sets everything up and runs every check

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
VENV := .venv
BIN := $(VENV)/bin

PHOTO ?= catalog/queries/electric-guitar-1f3b8.png
DEMO := demo

.PHONY: help demo test lint types imports unit clean

help:
	@echo "make demo   index the sample catalogue and find a product by photo"
	@echo "make test   run every check"

demo: $(VENV)/ready
	$(BIN)/vsearch index catalog/ --collection $(DEMO)/collection
	$(BIN)/vsearch query $(PHOTO) --collection $(DEMO)/collection -k 8 --html $(DEMO)/hits.html
	@echo "Open $(DEMO)/hits.html in a browser to see the pictures."

test: lint types imports unit

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready-to-test
	$(BIN)/mypy

imports: $(VENV)/ready-to-test
	$(BIN)/lint-imports --no-logo

unit: $(VENV)/ready-to-test
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --cov --cov-report=term

$(VENV)/ready: pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/ready-to-test: pyproject.toml $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO)
