"""Without the extra `ui` what draws on a screen is not tested; the run says so."""

from __future__ import annotations

from pathlib import Path

try:
    import textual  # noqa: F401
except ImportError:
    MISSING = True
else:
    MISSING = False

# those that stand on stage.py need Textual to be imported
collect_ignore = [p.name for p in Path(__file__).parent.glob("test_*.py") if "tests.ui.stage" in p.read_text()] if MISSING else []


def pytest_report_header() -> str | None:
    """Why tests are missing."""
    return f"tests/ui: {len(collect_ignore)} files are left out: the extra `ui` is not installed" if MISSING else None
