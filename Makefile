# make run       set up what is needed and show the program at its main job
# make fast      the tests that take no machine to capture and little time: under a minute
# make test      lint and all tests
# make test-all  what is left: without the native extension, and with sanitizers in it; the oldest supported packages, the newest
#                ones on another Python; the source distribution; container engines; tables of events with Arrow, DuckDB, Spark ...;
#                the service with gRPC, Kafka and Apprise; reports in Chromium; the wheel for aarch64
# make lint      ruff and mypy
# make tables    the event, flag and field tables anew, from tables/*.json
# make man       the manual page anew, from the option table
# make mutants   small faults put into state/, filter/ and rules/: does a test notice? A sample; ONLY=PACKAGE picks
# make bench     the tables of docs/performance.md: CPU time next to sysdig's and to that of the commit before on streams that it
#                records (root, a kernel with BPF), what live capture costs, how rules and the service bear load, ... Half an hour on
#                two cores that do nothing else, 3 GB of disk in build/streams
# make soak      an hour of the service under kill -9, reloads and receivers that come and go: is every alert delivered? SECONDS=N: so long
# make wheel     a wheel with the native extension for this machine's architecture, in dist/
# make wheel-aarch64   that for aarch64, by a cross compiler, and its tests in an emulator; skipped, with the reason, where it cannot be
# make deb       a Debian package with everything it needs, for the system's Python, in dist/; tried in a copy of this system if root
#                makes it
# make sdist     a source distribution, the same bytes every time, in dist/
# make lock      constraints/newest.txt anew, from whatever is newest now

VENV ?= .venv
BIN = $(VENV)/bin
STREAMS = build/streams
BENCHMARKS = replay conversion backtest tables workbench ui report
LIVE_BENCHMARKS = audit loads live containers service serving
SETUP = setup.cfg setup.py pyproject.toml .ci/environment constraints/newest.txt $(wildcard pysysdig/native/*)
PYTEST = $(BIN)/python -m pytest -n auto --dist loadgroup
PYTHONS = 3.11 3.12 3.13

.PHONY: run fast test test-all test-pure test-sanitized test-oldest test-newest test-data test-service test-browser test-engines test-sdist
.PHONY: lint tables man mutants bench soak wheel wheel-aarch64 deb sdist lock clean

run: $(VENV)/.run
	@$(BIN)/python .ci/demo.py

fast: $(VENV)/.test
	$(PYTEST) -q -m "not live and not slow"

test: lint
	$(PYTEST) -m "not engines"

test-all: test-pure test-sanitized test-sdist test-oldest test-newest test-data test-service test-browser test-engines wheel-aarch64

test-pure: $(VENV)/.test
	PYSYSDIG_NATIVE=0 $(PYTEST) -q -m "not live"

test-sanitized: $(VENV)/.test
	.ci/sanitize $(BIN)/python

test-oldest:
	.ci/with oldest 3.11 constraints/oldest.txt

test-newest:
	.ci/with newest 3.13 newest

test-data:
	.ci/data

test-service:
	.ci/service

test-browser: $(VENV)/.test
	.ci/browser $(BIN)/python

test-engines:
	.ci/engines

test-sdist: sdist
	.ci/sdist dist/pysysdig-*.tar.gz

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

tables: $(VENV)/.run
	$(BIN)/python tools/tables.py

man: $(VENV)/.run
	$(BIN)/python -m pysysdig.cli.manpage > man/pysysdig.8
	$(BIN)/python -m pysysdig.cli.manpage pcsysdig > man/pcsysdig.8

mutants: $(VENV)/.test
	.ci/mutants $(VENV) "$(ONLY)"

bench: .venv-bench/.ready
	.venv-bench/bin/python benchmarks/streams.py $(STREAMS)
	@failed=; for words in $(BENCHMARKS:%='%.py $(STREAMS)') $(LIVE_BENCHMARKS:%=%.py); do \
	    .venv-bench/bin/python benchmarks/$$words || failed="$$failed $$words"; done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

soak: $(VENV)/.run
	$(BIN)/python -m tests.service.soak $(SECONDS)

wheel: $(VENV)/.run
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

wheel-aarch64: $(VENV)/.run
	.ci/aarch64 $(BIN)/python

deb: $(VENV)/.run
	@package=$$(.ci/deb $(BIN)/python) && echo $$package && if [ "$$(id -u)" = 0 ]; then .ci/deb-try $$package; fi

sdist: $(VENV)/.test
	rm -f dist/pysysdig-*.tar.gz
	$(BIN)/python -m build --sdist --outdir dist . >/dev/null

lock:
	$(BIN)/python tools/lock.py $(foreach version,$(PYTHONS),$(shell .ci/python $(version) .venv-uv))

clean:
	rm -rf $(VENV) .venv-* build dist mutants pysysdig/*.so *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/.run: $(SETUP)
	@echo "setting up $(VENV) (some 150 MB; once)"
	@.ci/environment $(VENV)
	@touch $@

$(VENV)/.test: $(SETUP)
	@echo "setting up $(VENV) (some 250 MB; once)"
	@.ci/environment $(VENV) test,ui
	@touch $@ $(VENV)/.run

.venv-bench/.ready: $(SETUP)
	@echo "setting up .venv-bench (some 350 MB; once)"
	@.ci/environment .venv-bench ui,sql,fast-json
	@! command -v chromium >/dev/null || .venv-bench/bin/python -m pip install --quiet playwright || true
	@touch $@
