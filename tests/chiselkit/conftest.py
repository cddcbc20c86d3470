"""Running chisels that tests define, as in tests/chisels."""

from tests.chisels.conftest import demo, run_chisels

__all__ = ["demo", "run_chisels"]
