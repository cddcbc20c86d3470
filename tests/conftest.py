"""What all tests share: where captures are, and running the program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pysysdig.capture.doctor import check_requirements

# the same examples in every run; HYPOTHESIS_PROFILE=default looks for new ones
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A program that ignores a signal (nohup; a shell's background jobs) hands that down to those it runs, and those of the tests
# are to be ended by them. A handler that does nothing keeps the tests alive as well, and is not handed down.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    if signal.getsignal(_number) == signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

ROOT = Path(__file__).resolve().parent.parent
Result = subprocess.CompletedProcess[bytes]
Call = Callable[..., Result]  # call_cli and run_cli


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Tests that capture the running machine come one after the other, in one process, while another one does the rest; those
    of a group of their own (podman) stay together there."""
    if not config.pluginmanager.hasplugin("xdist"):
        yield
        return
    for item in items:
        if item.get_closest_marker("live") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("live"))
    yield  # xdist puts the groups into the names of tests
    for item in items:
        given, named = vars(item).get("_nodeid"), getattr(item, "_id", None)
        if given and named is not None and item.nodeid != given:  # since pytest 9.2 names are kept elsewhere
            setattr(item, "_id", type(named).parse(given))  # noqa: B010  older ones have no such attribute


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked `live` are skipped where the running machine cannot be captured, with the first reason."""
    if item.get_closest_marker("live"):
        for check in check_requirements():
            if not check.ok:
                pytest.skip(f"no live capture here: {check.name}: {check.detail}")


@pytest.fixture(scope="session")
def root() -> Path:
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The collection of reference captures and outputs beside the source tree; skips where it is absent."""
    path = ROOT.parent / "shared"
    if not (path / "captures").is_dir():
        pytest.skip("the reference captures (../shared) are not here")
    return path


def _environment(extra: dict[str, str] | None) -> dict[str, str]:
    env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", COLUMNS="200", **(extra or {}))
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    return env


@pytest.fixture(scope="session")
def run_cli() -> Call:
    """run_cli(*arguments, input=b"", env={}) runs the program in a process of its own."""

    def run(*arguments: object, input: bytes = b"", env: dict[str, str] | None = None) -> Result:
        command = [sys.executable, "-m", "pysysdig", *map(str, arguments)]
        return subprocess.run(command, input=input, capture_output=True, env=_environment(env), timeout=120, check=False)

    return run


@pytest.fixture
def call_cli(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Call:
    """call_cli(*arguments) runs the program within the test's process."""
    from pysysdig.cli.main import main

    monkeypatch.setenv("TZ", "UTC")

    def call(*arguments: object) -> Result:
        status = main([str(a) for a in arguments])
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = capfdbinary.readouterr()
        return subprocess.CompletedProcess(list(map(str, arguments)), status, out, err)

    return call
