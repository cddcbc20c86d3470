"""The example notebook, executed as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pysysdig

nbclient: Any = pytest.importorskip("nbclient", reason="the extra notebook is not installed")
nbformat: Any = pytest.importorskip("nbformat", reason="the extra notebook is not installed")
for package in ("ipykernel", "duckdb", "pandas", "pyarrow"):
    pytest.importorskip(package, reason=f"{package} is not installed")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def outputs(root: Path) -> dict[str, Any]:
    """What each cell shows last, by its first line."""
    notebook = nbformat.read(root / "examples" / "trace.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "the file is kept without outputs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))
        resources = {"metadata": {"path": str(root / "examples")}}
        nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    shown: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not [out for out in cell.outputs if out.output_type == "stream"], cell.source
            shown[cell.source] = cell.outputs[-1].data
    return shown


def one(outputs: dict[str, Any], part: str) -> Any:
    (found,) = (data for source, data in outputs.items() if part in source)
    return found


def test_every_cell_shows_something(outputs: dict[str, Any]) -> None:
    assert len(outputs) >= 8 and all(data["text/plain"].strip() for data in outputs.values())


def test_tables(outputs: dict[str, Any], root: Path) -> None:
    """What is shown is what the engine says."""
    trace = pysysdig.open(root / "captures" / "demo.scap")
    assert "<table>" in one(outputs, "trace = pysysdig.open")["text/html"]
    opened = trace.filter("evt.type=openat and evt.dir=<")
    assert one(outputs, "opened.count()")["text/plain"] == str(opened.count())
    missing = {name for name, res in opened.select("proc.name", "evt.res").rows() if res == "ENOENT"}
    assert missing and all(name in one(outputs, "ENOENT")["text/plain"] for name in missing)
    assert "a1_pipelines.sh" in one(outputs, "from ecs")["text/plain"]
    assert "Library cache opened" in one(outputs, "trace.rules")["text/html"]
    assert "Shadow file opened" in one(outputs, "trace.explain")["text/html"]
    assert one(outputs, "trace.redact")["text/plain"] == f"'{trace.count()} rows'"
