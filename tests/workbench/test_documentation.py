"""The examples of docs/workbench.md run."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Call


def test_the_test_file_of_the_documentation_passes(call_cli: Call, root: Path, tmp_path: Path) -> None:
    tests, rules, *_ = re.findall(r"```yaml\n(.*?)```", (root / "docs" / "workbench.md").read_text(), re.DOTALL)
    (tmp_path / "rules.yaml").write_text(rules)
    (tmp_path / "shell_test.yaml").write_text(tests)
    result = call_cli("rules", "test", tmp_path)
    assert result.stdout.decode().splitlines()[-1].startswith("5 passed in"), result
    assert result.returncode == 0
