"""What is said at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from pysysdig.cli.serving import compiled, recorded
from pysysdig.errors import PysysdigError
from pysysdig.rules.config_tree import read
from pysysdig.service import starting
from pysysdig.service.config import ServiceConfig
from pysysdig.service.log import WARNING
from pysysdig.settings import RuleSettings
from tests.service.services import RULE, Start, start
from tests.service.test_fetch import Site, packed, site
from tests.service.test_minisign import Signer

__all__ = ["site", "start"]


def test_a_dry_run(start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def check(*options: str) -> None:
        starting.dry_run(f"{tmp_path}/f.yaml", options, (), lambda config: compiled(RuleSettings(), config), recorded)

    check("libs_logger.enabled=true")
    said = capfd.readouterr().err
    assert f"   {tmp_path}/r.yaml | schema validation: ok\n" in said and "Keys without effect here: libs_logger\n" in said
    assert not (tmp_path / "alerts").exists()
    with pytest.raises(PysysdigError, match="no url"):
        check("http_output.enabled=true")


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ("", "k8s_audit: open_params says from where events come"),
        ("http://127.0.0.1/k8s-audit", "k8s_audit: http://127.0.0.1/k8s-audit: it has no port"),
        ("https://127.0.0.1:1/k8s-audit", "nowhere.pem: No such file or directory"),
        ("file:audit.log", "k8s_audit: file:audit.log: it is written as file:///PATH"),
        ("/nowhere/audit.log", "k8s_audit: /nowhere/audit.log: can't open file: No such file or directory"),
    ],
)
def test_a_dry_run_looks_at_inputs(params: str, says: str, start: Start, tmp_path: Path) -> None:
    """With a word like that of the start, which would end with it."""
    config = tmp_path / "f.yaml"
    settings = "init_config: {sslCertificate: /nowhere.pem}"
    config.write_text(f"{config.read_text()}\nplugins: [{{name: k8saudit, {settings}, open_params: '{params}'}}]\n")
    with pytest.raises(PysysdigError, match=says):
        starting.dry_run(f"{tmp_path}/f.yaml", (), (), lambda config: compiled(RuleSettings(), config), recorded)


def test_a_dry_run_looks_at_certificates(start: Start, tmp_path: Path) -> None:
    options = ["webserver.enabled=true", "webserver.ssl_enabled=true", f"webserver.ssl_certificate={tmp_path}/none.pem"]
    with pytest.raises(PysysdigError, match="none.pem: No such file"):
        starting.dry_run(f"{tmp_path}/f.yaml", options, (), lambda config: compiled(RuleSettings(), config), recorded)


def test_a_dry_run_fetches_rules(start: Start, site: Site, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """They are verified and tried, and nothing is kept."""
    signer = Signer()
    site.put(signer, packed({"fetched.yaml": RULE.format("F1")}))
    options = [
        f"pysysdig.rules.url=http://127.0.0.1:{site.port}/rules.tar.gz", f"pysysdig.rules.public_key={signer.public}",
        f"pysysdig.rules.folder={tmp_path}/store",
    ]  # fmt: skip

    def check() -> None:
        starting.dry_run(f"{tmp_path}/f.yaml", options, (), lambda config: compiled(RuleSettings(), config), recorded)

    check()
    assert "fetched.yaml | schema validation: ok" in capfd.readouterr().err and not (tmp_path / "store").exists()
    site.put(signer, packed({"fetched.yaml": RULE.format("F1").replace("openat", "nosuch")}))
    with pytest.raises(PysysdigError, match="nosuch"):
        check()
    site.put(Signer(), packed({"fetched.yaml": RULE.format("F1")}))
    with pytest.raises(PysysdigError, match="does not fit"):
        check()
    site.files = {}
    with pytest.raises(PysysdigError, match="answered 404"):
        check()


def test_what_is_recorded_is_said(tmp_path: Path, start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    """As Falco's dry run does for those who look for faults."""

    def said(*options: str) -> str:
        given = ["log_level=debug", *options]
        starting.dry_run(f"{tmp_path}/f.yaml", given, (), lambda config: compiled(RuleSettings(), config), recorded)
        return capfd.readouterr().err

    everything = said()
    assert "syscalls selected in total (final set): " in everything and "fcntl" in everything and "openat" in everything
    repaired = said("base_syscalls.repair=true")
    assert "fcntl" not in repaired and "openat" in repaired and "execve" in repaired
    chosen = said("base_syscalls.custom_set[]=getpid", "base_syscalls.custom_set[]=!openat", "base_syscalls.custom_set[]=nosuch")
    (line,) = [line for line in chosen.splitlines() if "final set" in line]
    assert line.endswith("(1) syscalls selected in total (final set): getpid")
    assert "Invalid syscall names: warning (base_syscalls override): nosuch" in chosen


def test_where_lines_go(capfd: pytest.CaptureFixture[str]) -> None:
    log = starting.made_log(ServiceConfig(read("", ["log_stderr=true", "log_level=warning", "time_format_iso_8601=true"])))
    log.info("not this")
    log.warning("this")  # also to the system log, if there is one
    said = capfd.readouterr().err
    assert log.level == WARNING and said.endswith(": this\n") and said[10] == "T"
    starting.made_log(ServiceConfig(read("", ["log_syslog=false"]))).error("nowhere")
    assert capfd.readouterr().err == ""
