# Everything that a clone needs is one of these commands; `make` alone lists them.

# Which Python makes .venv: 3.10 to 3.13. Unless one is named, the first of these that will do.
ifeq ($(origin PYTHON),undefined)
PYTHONS := python3 python3.13 python3.12 python3.11 python3.10
else
PYTHONS := $(PYTHON)
endif

UV := .venv/bin/uv
UV_VERSION := 0.13.9
# uv waits 30 s by default, which is short for a large wheel on a slow line.
UV_HTTP_TIMEOUT ?= 180
export UV_HTTP_TIMEOUT
# A .venv is complete in itself, whatever the shell is set up for.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help demo up test compose-test check ui ui-check chaos compare bench lock clean again

help:
	@echo "make demo    a week of word counts, backfilled by Airflow and done by Luigi; takes two minutes"
	@echo "make up      Airflow and its UI until Ctrl-C    [PORT=8080] [STATE=.local/up]"
	@echo "make test    the tests                          [PYTEST_ARGS='-k marker']"
	@echo "make check   ruff and mypy"
	@echo "make ui      builds the pages in Airflow's UI from ui/ into the package; make ui-check tests both"
	@echo "make compose-test"
	@echo "             builds the image, starts docker-compose.yml and tests it; needs Docker, takes minutes"
	@echo "make chaos   kills hundreds of builds at random moments; five minutes  [KILLS=300] [SEED=1]"
	@echo "make compare the same pipeline with Luigi, with Airflow, and with both, side by side; twenty minutes"
	@echo "             [COMPARE_ARGS='--only first-run,again --ways luigi,bridge']"
	@echo "make bench   measures what the bridge costs; eight minutes          [ONLY=overhead,status] [ROUNDS=5]"
	@echo "make lock    new versions for requirements.txt, requirements-celery.txt and requirements-dev.txt"
	@echo "make clean   deletes .venv, .local and all caches"

# exec: so that make's own signals reach Python, and not a shell around it.
demo: .venv/.ready
	@exec .venv/bin/python -m local_airflow demo $(if $(STATE),--state '$(STATE)')

up: .venv/.ready
	@exec .venv/bin/python -m local_airflow up $(if $(STATE),--state '$(STATE)') $(if $(PORT),--port '$(PORT)')

test: .venv/.ready-dev
	@exec .venv/bin/python -m pytest $(PYTEST_ARGS)

compose-test: .venv/.ready-dev
	@COMPOSE_TEST=1 exec .venv/bin/python -m pytest tests/compose $(PYTEST_ARGS)

check: .venv/.ready-dev
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/python -m mypy docker/*.py

# Node comes from a wheel, as all else that the checks need.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix ui --no-fund --no-audit
BUNDLE := plugins/airflow_luigi/web/bundle

ui: .venv/.ready-ui
	@$(NPM) run build

ui-check: .venv/.ready-ui
	@$(NPM) run lint
	@$(NPM) test
	@built=$$(mktemp -d) && trap 'rm -rf "$$built"' EXIT && $(NPM) run build -- --outDir "$$built" && \
	diff -r "$$built" $(BUNDLE) || { echo "$(BUNDLE) is not what ui/ builds: run 'make ui' and commit it" >&2; exit 1; }

chaos: .venv/.ready-dev
	@PYTHONPATH=plugins exec .venv/bin/python -m tests.chaos $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

compare: .venv/.ready-dev
	@PYTHONPATH=plugins exec .venv/bin/python -m benchmarks.compare $(COMPARE_ARGS)

bench: .venv/.ready-dev
	@PYTHONPATH=plugins exec .venv/bin/python -m benchmarks $(if $(ONLY),--only '$(ONLY)') $(if $(ROUNDS),--rounds $(ROUNDS))

lock: .venv/.python
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.10 --group demo -o requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.10 --group celery -c requirements.txt \
		-o requirements-celery.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.10 --group dev -c requirements.txt \
		-c requirements-celery.txt -o requirements-dev.txt

clean:
	rm -rf .venv .local ui/node_modules .mypy_cache .pytest_cache .ruff_cache dist

# Prints a Python's version; fails if that, or what it can do, is not enough.
define CHECK
import sys
print("%d.%d" % sys.version_info[:2])
sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else 3)
endef
export CHECK

# An installation that was interrupted leaves packages that look whole: begin again from nothing.
.venv/.python: $(if $(wildcard .venv/.installing),again)
	@problem=; chosen=; \
	for python in $(PYTHONS); do \
		version=$$("$$python" -c "$$CHECK" 2>/dev/null); code=$$?; \
		if [ -z "$$version" ]; then found="there is no $$python here, or it does not run"; \
		elif [ $$code -ne 0 ]; then found="$$python is Python $$version, which is not supported (3.10 to 3.13 are)"; \
		elif ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
			found="$$python cannot make virtual environments (on Debian and Ubuntu: apt install python$$version-venv)"; \
		else chosen=$$python; break; fi; \
		problem=$${problem:-$$found}; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo "$$problem; name another Python: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; exit 1; \
	fi; \
	echo "Making .venv with $$chosen (Python $$version)"; \
	rm -rf .venv && "$$chosen" -m venv .venv && \
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) && touch $@

.venv/.ready: requirements.txt .venv/.python
	@echo "Installing Airflow, Luigi and what they need into .venv (once; a minute or two)"
	@touch .venv/.installing
	@$(UV) pip install --quiet --python .venv/bin/python -r requirements.txt
	@rm .venv/.installing && touch $@

.venv/.ready-dev: requirements-dev.txt .venv/.ready
	@echo "Installing what the tests need into .venv"
	@touch .venv/.installing
	@$(UV) pip install --quiet --python .venv/bin/python -r requirements.txt -r requirements-dev.txt
	@rm .venv/.installing && touch $@

.venv/.ready-ui: ui/package-lock.json .venv/.ready-dev
	@echo "Installing what builds the pages into ui/node_modules"
	@$(NPM) ci --loglevel=error && touch $@
