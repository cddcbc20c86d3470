"""What is said at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.serving import compiled
from pysysdig.errors import PysysdigError
from pysysdig.rules.config_tree import read
from pysysdig.service import starting
from pysysdig.service.config import ServiceConfig
from pysysdig.service.log import WARNING
from pysysdig.settings import RuleSettings
from tests.service.services import Start, start

__all__ = ["start"]


def test_a_dry_run(start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def check(*options: str) -> None:
        starting.dry_run(f"{tmp_path}/f.yaml", options, (), lambda config: compiled(RuleSettings(), config))

    check("libs_logger.enabled=true")
    said = capfd.readouterr().err
    assert f"   {tmp_path}/r.yaml | schema validation: ok\n" in said and "Keys without effect here: libs_logger\n" in said
    assert not (tmp_path / "alerts").exists()
    with pytest.raises(PysysdigError, match="no url"):
        check("http_output.enabled=true")


def test_where_lines_go(capfd: pytest.CaptureFixture[str]) -> None:
    log = starting.made_log(ServiceConfig(read("", ["log_stderr=true", "log_level=warning", "time_format_iso_8601=true"])))
    log.info("not this")
    log.warning("this")  # also to the system log, if there is one
    said = capfd.readouterr().err
    assert log.level == WARNING and said.endswith(": this\n") and said[10] == "T"
    starting.made_log(ServiceConfig(read("", ["log_syslog=false"]))).error("nowhere")
    assert capfd.readouterr().err == ""
