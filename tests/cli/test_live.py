"""The running machine as a run has it: where container engines are looked for."""

from __future__ import annotations

import pytest

from pysysdig.capture.engines.engine import EngineSettings
from pysysdig.cli.job import build
from pysysdig.cli.live import _engines
from pysysdig.settings import EngineChoice, LiveSettings


def test_options_and_the_environment_say_where_engines_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOST_ROOT", raising=False)
    assert _engines(build([]).live) == EngineSettings()
    monkeypatch.setenv("HOST_ROOT", "/host/")
    job = build(["--cri", "/a.sock", "--cri=/b.sock", "--cri-timeout", "50", "--disable-cri-async"])
    both = ("/a.sock", "/b.sock")
    want = EngineSettings({"cri": both, "containerd": both}, timeout=0.05, wait=True, root="/host")
    assert _engines(job.live) == want


def test_so_does_a_configuration_and_options_count_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOST_ROOT", raising=False)
    choice = EngineChoice((("cri", ("/c.sock",)), ("docker", ("/d.sock",))), ("lxc",), 7, ("ff", "all", "r/a"))
    got = _engines(LiveSettings(engines=choice))
    assert got.sockets == {"cri": ("/c.sock",), "docker": ("/d.sock",)}
    assert (got.disabled, got.max_label, got.static) == (frozenset({"lxc"}), 7, ("ff", "all", "r/a"))
    assert not got.wait and _engines(LiveSettings(engines=choice._replace(wait=True))).wait
    assert _engines(LiveSettings(engines=choice, cri=("/x.sock",))).sockets["cri"] == ("/x.sock",)
