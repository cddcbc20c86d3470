"""The module of an output that tests register."""

from tests.alerts.test_dispatch import Keeps as Output

__all__ = ["Output"]
