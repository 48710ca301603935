# `make` alone lists the targets. Each of them sets up what it needs in .venv first (see tools/setup.sh).

VENV := .venv/bin
ALONE := tests/gui/test_responsive.py tests/gui/faults/test_many_runs.py
RULES := tests/test_structure.py tests/test_words.py
export PYTHON SYSTEM
# Tests start many processes: each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test setup lint types manifest site pytest docs bench lowest newest fuzz confidence clean

help: ## list the targets
	@awk -F ' ## ' '/^[a-z]+:.* ## / { split($$1, name, ":"); printf "  make %-10s %s\n", name[1], $$2 }' Makefile

demo: ## open napari with a simulated cell and deconvolve it (without a display: write demo.png)
	@tools/setup.sh gui
	@$(VENV)/napari-deconvolve demo

test: setup ## all checks: lint, types, manifest and site, two at a time, then the tests
	@$(MAKE) --no-print-directory --jobs 2 lint types manifest site
	@$(MAKE) --no-print-directory pytest

setup: ## make .venv with all that development needs
	@tools/setup.sh dev

lint: setup ## ruff check and ruff format; the rules of structure and words
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/python -m pytest --quiet $(RULES)

types: setup ## mypy: --strict for the package, and that scripts call what there is
	$(VENV)/mypy
	$(VENV)/mypy --config-file tools/mypy_scripts.ini

manifest: setup ## npe2 validate
	$(VENV)/npe2 validate napari-deconvolve

pytest: setup ## the tests alone, without those of lint: what looks at a clock or at its own memory first; then two processes share the rest
	$(VENV)/python -m pytest $(ALONE)
	$(VENV)/python -m pytest --numprocesses 2 --dist worksteal $(ALONE:%=--ignore %) $(RULES:%=--ignore %)

site: ## build the documentation in build/site; any warning or broken link is an error
	@SYSTEM=skip tools/setup.sh docs
	$(VENV)/zensical build --strict --clean

docs: setup ## draw the pictures of README and docs, and write the pages of the reference
	$(VENV)/python docs/figures/make_pictures.py
	$(VENV)/python tools/make_reference.py

bench: setup ## measure speed, memory and acceleration
	@for script in benchmarks/*.py; do echo "== $$script"; $(VENV)/python $$script || exit 1; done

lowest: ## run the tests with the lowest versions that pyproject.toml names, in .venv-lowest
	@tools/environment.sh lowest

newest: ## install beside the newest napari, in .venv-newest, and see that no version changes
	@tools/environment.sh newest

fuzz: setup ## feed 5,000 damaged inputs to all that reads, and send 100 signals to all that writes
	$(VENV)/python tools/fuzz.py --inputs 5000 --keep build/findings
	$(VENV)/python tools/signals.py --times 100

confidence: setup ## which branches the tests reach, and how many of 600 changes of core and psf they notice: hours
	$(VENV)/python -m pip install --quiet 'cosmic-ray>=8.4'
	$(VENV)/python tools/confidence.py --mutants 600

clean: ## remove .venv and all that was made
	rm -rf .venv .venv-lowest .venv-newest build dist demo.png .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests docs benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +
