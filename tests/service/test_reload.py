"""Configuration and rules that change."""

from __future__ import annotations

from pathlib import Path

from pysysdig.cli.serving import compiled
from pysysdig.errors import PysysdigError
from pysysdig.service import loaded
from pysysdig.service.config import ServiceConfig
from pysysdig.service.loaded import Loaded
from pysysdig.service.reload import Reloader
from pysysdig.settings import RuleSettings
from tests.service.peers import until
from tests.service.services import RULE, Start, rewrite, start

__all__ = ["start"]


def test_what_is_written_anew_as_it_was_is_no_change(start: Start, tmp_path: Path) -> None:
    service = start()
    seen = service._reloader._print
    rewrite(tmp_path / "r.yaml", RULE.format("A"))
    until(lambda: service.look() or service._reloader._print != seen)
    rewrite(tmp_path / "r.yaml", RULE.format("B"))
    assert until(service.look).rules.rules[0].name == "B"
    assert service.look() is None


def test_sighup_reads_again_also_what_is_not_watched(start: Start) -> None:
    service = start("watch_config_files=false")
    service.ask_reload()
    assert until(service.look) is service.state


def test_what_is_read_and_what_cannot_be(tmp_path: Path) -> None:
    rewrite(tmp_path / "r.yaml", RULE.format("A"))
    rewrite(tmp_path / "f.yaml", "")
    given = [f"{tmp_path}/r.yaml"]

    def make(config: ServiceConfig) -> object:
        return compiled(RuleSettings(files=tuple(given)), config)

    arguments = f"{tmp_path}/f.yaml", (), given, make
    reloader = Reloader(*arguments, loaded.load(*arguments), watch=False)  # type: ignore[arg-type]
    assert not reloader.look() and reloader.take() is None
    rewrite(tmp_path / "r.yaml", RULE.format("A") + "  nonsense: [")
    reloader.ask()
    assert reloader.look()
    assert isinstance(until(reloader.take), PysysdigError)
    rewrite(tmp_path / "r.yaml", RULE.format("B"))
    reloader.ask()
    reloader.look()
    found = until(reloader.take)
    assert isinstance(found, Loaded) and [rule.name for rule in found.rules.rules] == ["B"]
    assert reloader.take() is None
    reloader.close()
