"""What those who help ask for."""

from __future__ import annotations

import json
from pathlib import Path

from pysysdig.service.support import report


def test_falcos_keys(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[]\n")
    (tmp_path / "f.yaml").write_text(f"rules_files: [{tmp_path}/a.yaml, {tmp_path}/missing.yaml]\n")
    found = json.loads(report(["pysysdig", "service"], f"{tmp_path}/f.yaml", (), ()))
    assert found.keys() == {"cmdline", "config", "engine_info", "rules_files", "system_info", "version"}
    assert found["rules_files"] == [{"name": f"{tmp_path}/a.yaml", "variants": [{"content": "[]\n"}]}]
    assert found["system_info"].keys() == {"machine", "nodename", "release", "sysname", "version"}
    assert found["cmdline"] == "pysysdig service" and found["config"].startswith("rules_files")
