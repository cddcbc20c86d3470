"""The command line: sysdig's own grammar over one option table, turned into one job description.

The option table (`options.py`) drives parsing, `--help`, completion and the manual page. Nothing here is imported
by the engine, and click and rich are imported only where help, completion or a progress bar is shown.
"""

from __future__ import annotations

import sys
from types import TracebackType


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C while the program is still being imported ends it without a traceback."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _uncaught
