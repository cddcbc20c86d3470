"""Packages that only a part of the program needs: imported when that part is used, with one line that says how to get them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pysysdig.errors import PysysdigError


class MissingExtra(PysysdigError):
    """A package that is not part of a plain installation is needed, and not there."""


def require(package: str, extra: str) -> Any:
    """The module `package`, which the extra `extra` of setup.cfg brings. Raises MissingExtra."""
    try:
        return import_module(package)
    except ImportError as error:
        missing = (error.name or package).partition(".")[0]
        raise MissingExtra(f"this needs the package {missing}: pip install 'pysysdig[{extra}]'") from None
