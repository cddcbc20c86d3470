"""What commands return that could not do what they were asked to: 2, where 1 says that they found something."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence

from pysysdig.errors import PysysdigError
from pysysdig.output.terminal import escaped

COULD_NOT = 2


def two_on_error(run: Callable[[Sequence[str]], int]) -> Callable[[Sequence[str]], int]:
    """A command that says what went wrong and returns 2."""

    @functools.wraps(run)
    def wrapped(argv: Sequence[str]) -> int:
        try:
            return run(argv)
        except PysysdigError as error:
            sys.stderr.write(escaped(error.render()) + "\n")
            return COULD_NOT

    return wrapped
