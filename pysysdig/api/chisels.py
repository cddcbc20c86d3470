"""Chisels from Python: what one prints, as text."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pysysdig.chisel import RunInfo
from pysysdig.chiselkit import arguments, loader
from pysysdig.chiselkit.chisels import Chisels
from pysysdig.chiselkit.runner import Chosen
from pysysdig.errors import ChiselError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.events.text import to_display
from pysysdig.output.stream import Output
from pysysdig.render.options import RenderOptions

if TYPE_CHECKING:
    from pysysdig.export.feed import Feed


def output(feed: Feed, name: str, given: Sequence[str], *, json: bool) -> str:
    """What `-c NAME GIVEN ...` prints for these events. Raises ChiselError, UsageError, CaptureError."""
    chisel = loader.find(name)
    values = arguments.parse(chisel.name, chisel.args, " ".join(given))
    info = RunInfo()
    info.filter = to_display(feed.filter)
    info.json = json
    with tempfile.TemporaryFile() as file:
        chisels = Chisels([Chosen(chisel.name, chisel, values)], info, Output(file.fileno()), RenderOptions(max_len=0))
        level = max(chisels.needs(OLD), chisels.needs(CURRENT))
        for path in feed.files():
            if not chisels.start(path):
                break
            one = feed._replace(paths=(path,), hidden=True, all_threads=True)
            for view, sel in one.views(level):
                if chisels.deliver(view, sel, False):
                    break
            chisels.finish()
        if chisels.failed:
            raise ChiselError(f"the chisel {name} failed; standard error has the reason")
        file.seek(0)
        return to_display(file.read().decode("latin-1"))
