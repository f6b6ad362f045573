PYTHON ?= .venv/bin/python

.PHONY: check format test

check:  ## the whole gate: format, lint, types, SQL, tests
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m sqlfluff lint --disable-progress-bar controls
	$(PYTHON) -m pytest -q
	$(PYTHON) -m pytest -q -m slow

test:  ## the tests alone
	$(PYTHON) -m pytest -q

format:  ## rewrite what a machine can
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m sqlfluff fix --disable-progress-bar controls
