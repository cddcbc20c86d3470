# make run    set up what is needed and show the program at its main job
# make test   lint and all tests
# make lint   ruff and mypy
# make bench  ratios of CPU time to sysdig and to the commit before, on streams that it records (root, a kernel with BPF);
#             what live capture costs, and how rules bear load. docs/performance.md has a table of it
# make wheel  a wheel with the native extension for this machine's architecture, in dist/
# make man    write the manual page anew from the option table

VENV ?= .venv
BIN = $(VENV)/bin
STREAMS = build/streams
SETUP = setup.cfg setup.py pyproject.toml .ci/environment $(wildcard pysysdig/native/*)

.PHONY: run test lint bench wheel man clean

run: $(VENV)/.run
	@$(BIN)/python .ci/demo.py

test: lint
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.run
	$(BIN)/python benchmarks/streams.py $(STREAMS)
	$(BIN)/python benchmarks/replay.py $(STREAMS)
	$(BIN)/python benchmarks/loads.py
	$(BIN)/python benchmarks/live.py

wheel: $(VENV)/.run
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

man: $(VENV)/.run
	$(BIN)/python -m pysysdig.cli.manpage > man/pysysdig.8

clean:
	rm -rf $(VENV) build dist pysysdig/*.so *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.run: $(SETUP)
	.ci/environment $(VENV)
	@touch $@

$(VENV)/.test: $(SETUP)
	.ci/environment $(VENV) test
	@touch $@ $(VENV)/.run
