# Targets for a fresh machine with nothing but Python 3.11 or newer, git and make:
#   make demo   sets everything up, indexes the sample catalogue and finds a product by photo
#   make serve  the same, and then serves it with a search page
#   make test   sets everything up and runs every check; make browser before it, and the page
#               is tried in a real browser as well
#   make coverage  runs the tests and tells which lines they miss, in twice the time

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
VENV := .venv
BIN := $(VENV)/bin

PHOTO ?= catalog/queries/electric-guitar-1f3b8.png
DEMO := demo

# As many processes as cores, and a file's tests in one of them. Files in their own order: by
# the number of their tests, one with a single test that takes long would be begun last. The
# plug-in of schemathesis, which is run as a command, would only be loaded.
PYTEST := $(BIN)/python -m pytest -p no:schemathesis -n auto --maxprocesses 4 \
	--dist loadfile --no-loadscope-reorder

.PHONY: help demo serve test lint types imports unit coverage browser clean

help:
	@echo "make demo   index the sample catalogue and find a product by photo"
	@echo "make serve  the same, and a search page at http://127.0.0.1:8000"
	@echo "make test   run every check"

demo: $(VENV)/ready
	$(BIN)/vsearch index catalog/ --collection $(DEMO)/collection
	$(BIN)/vsearch query $(PHOTO) --collection $(DEMO)/collection -k 8 --html $(DEMO)/hits.html
	@echo "Open $(DEMO)/hits.html in a browser to see the pictures."

serve: $(VENV)/ready-to-serve
	$(BIN)/vsearch index catalog/ --collection $(DEMO)/collection
	$(BIN)/vsearch serve --collection $(DEMO)/collection

test: lint types imports unit

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/ready-to-test
	$(BIN)/mypy

imports: $(VENV)/ready-to-test
	$(BIN)/lint-imports --no-logo

# What the page looked like in the tests.
unit coverage: export PAGE_PICTURES ?= $(CURDIR)/artefacts
# The tests start Python again and again, which would compile this package each time.
unit coverage: export PYTHONDONTWRITEBYTECODE :=
unit: $(VENV)/ready-to-test
	$(PYTEST)

coverage: $(VENV)/ready-to-test
	$(PYTEST) --cov --cov-report=term

$(VENV)/ready: pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/ready-to-test: pyproject.toml $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@

$(VENV)/ready-to-serve: pyproject.toml $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[serve]"
	@touch $@

# Debian's, as root; a machine of another kind has a Chromium or Chrome of its own.
browser:
	@for name in chromium chromium-browser google-chrome chrome; do \
		command -v $$name >/dev/null && exit 0; \
	done; \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium

clean:
	rm -rf $(VENV) $(DEMO) artefacts
