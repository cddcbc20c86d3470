"""pysysdig: capture and inspect system calls, compatible with sysdig and Falco.

    import pysysdig

    for name, path in pysysdig.open("trace.scap").filter("evt.type=openat").select("proc.name", "fd.name").rows():
        ...

docs/data.md has all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pysysdig.api import (
        Alerts,
        CaptureError,
        FilterError,
        MissingExtra,
        PysysdigError,
        Trace,
        UsageError,
        live,
        open,
        to_sql,
    )

__version__ = "0.1.0"
__all__ = [
    "Alerts",
    "CaptureError",
    "FilterError",
    "MissingExtra",
    "PysysdigError",
    "Trace",
    "UsageError",
    "__version__",
    "live",
    "open",
    "to_sql",
]


def __getattr__(name: str) -> Any:
    """The Python interface is only imported when it is used: a replay on the command line does without."""
    if name in __all__:
        from pysysdig import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
