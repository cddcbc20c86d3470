"""A run of test files: which tests, in how many processes, and what became of them, in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pysysdig.workbench.coverage import Coverage
from pysysdig.workbench.files import read_suite, test_files
from pysysdig.workbench.model import Case, Suite
from pysysdig.workbench.reading import TestFileError
from pysysdig.workbench.verdict import FAILED, PASSED, SKIPPED, Outcome, run

_MOST_CASES = 200_000  # of all files


class Chosen(NamedTuple):
    """Which tests are run.

    paths   files and directories; rules: rule files instead of those that the tests name
    keyword in the name; named: some rule that they expect alerts of; tags: all that they have to have
    """

    paths: tuple[str, ...] = (".",)
    rules: tuple[str, ...] = ()
    keyword: str = ""
    named: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def suites(self) -> list[Suite]:
        """The files, with all their tests. Raises TestFileError."""
        suites = [read_suite(path, self.rules) for path in test_files(self.paths)]
        if sum(len(suite.cases) for suite in suites) > _MOST_CASES:
            raise TestFileError(f"these are more than {_MOST_CASES} tests")
        return suites

    def cases(self, suites: Iterable[Suite]) -> list[Case]:
        """The tests that are to be run."""
        return [case for suite in suites for case in suite.cases if self._fits(case)]

    def _fits(self, case: Case) -> bool:
        if self.keyword not in case.name or not set(self.tags) <= set(case.tags):
            return False
        return not self.named or bool({want.rule for want in case.wants} & set(self.named))


def outcomes(cases: Sequence[Case], chosen: Chosen, jobs: int = 1, coverage: Coverage | None = None) -> Iterator[Outcome]:
    """Run tests, with `jobs` processes; the outcomes come in the order of the tests. coverage: counts what they try."""
    if jobs < 2 or len(cases) < 2:
        for case in cases:
            yield run(case, coverage.observe if coverage is not None else None)
        return
    yield from _in_processes(cases, chosen, jobs, coverage)


def _in_processes(cases: Sequence[Case], chosen: Chosen, jobs: int, coverage: Coverage | None) -> Iterator[Outcome]:
    """Each process reads the files itself: what they are made of does not travel."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    size = max(1, min(100, len(cases) // (4 * jobs) + 1))
    parts = [list(range(start, min(start + size, len(cases)))) for start in range(0, len(cases), size)]
    with ProcessPoolExecutor(min(jobs, len(parts)), get_context("fork")) as pool:
        futures = [pool.submit(_run_some, chosen, part, coverage is not None) for part in parts]
        try:
            for part, future in zip(parts, futures):
                each, counted = future.result()
                if coverage is not None and counted is not None:
                    coverage.add(counted)
                for number, found in zip(part, each):
                    yield Outcome(cases[number], *found)
        finally:
            for future in futures:
                future.cancel()


_read: dict[Chosen, list[Case]] = {}


def _run_some(chosen: Chosen, numbers: list[int], counted: bool) -> tuple[list[tuple[Any, ...]], tuple[Any, ...] | None]:
    """In a process of its own: the outcomes without the tests, and what Coverage.data says."""
    cases = _read.get(chosen)
    if cases is None:
        _read.clear()
        cases = _read[chosen] = chosen.cases(chosen.suites())
    coverage = Coverage() if counted else None
    found = [tuple(run(cases[number], coverage.observe if coverage is not None else None))[1:] for number in numbers]
    return found, coverage.data() if coverage is not None else None


def status(found: Iterable[Outcome]) -> int:
    """The exit status: 2 if a test could not be run, 1 if one failed."""
    statuses = {outcome.status for outcome in found}
    return 1 if statuses <= {PASSED, SKIPPED, FAILED} and FAILED in statuses else 0 if statuses <= {PASSED, SKIPPED} else 2
