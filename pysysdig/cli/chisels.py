"""Chisels on the command line: what -c takes with it, -cl and -i, and the consumer that runs chisels."""

from __future__ import annotations

import sys
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pysysdig.chiselkit import arguments, loader
from pysysdig.chiselkit.chisels import Chisels
from pysysdig.chiselkit.runner import Chosen
from pysysdig.cli.consumer import Consumer, Start
from pysysdig.cli.printing import NOTHING, for_people
from pysysdig.errors import FilterError, UsageError
from pysysdig.events.text import from_user

if TYPE_CHECKING:
    from pysysdig.chisel import Chisel
    from pysysdig.cli.getopt import Arguments
    from pysysdig.cli.meanings import Draft
    from pysysdig.settings import Job
    from pysysdig.state.view import EventView

Ints = npt.NDArray[np.int64]
_HELP = ("-h", "--help")


def choose(draft: Draft, name: str, line: Arguments) -> bool:
    """Add the chisel `name` to the settings, with its arguments from the command line; True: its description was asked for.

    Required arguments are always the next word. Optional ones are, unless it begins with a dash or the rest of the line, or
    what comes before the next option, is a filter. Raises UsageError, ChiselError.
    """
    chisel = loader.find(name, draft.values.get("chisels.directories", ()))
    following = line.following
    if following[:1] and following[0] in _HELP:
        draft.action, draft.argument = "chisel_info", name
        return True
    word = ""
    if chisel.args and not chisel.args[0].optional:
        if not following:
            usage = arguments.usage(chisel.name, chisel.args)
            raise UsageError(f"missing arguments for chisel {name}\nusage: {usage}")
        word = line.take()
    elif chisel.args and following and not following[0].startswith("-") and (_takes_filter(chisel) or not _is_filter(following)):
        word = line.take()
    draft.add("chisels.chosen", Chosen(chisel.name, chisel, arguments.parse(chisel.name, chisel.args, word)))
    return False


def _takes_filter(chisel: type[Chisel]) -> bool:
    return len(chisel.args) == 1 and chisel.args[0].type == arguments.FILTER


def _is_filter(words: list[str]) -> bool:
    from pysysdig.filter import compile_filter

    for some in (words, list(takewhile(lambda word: not word.startswith("-"), words))):
        try:
            compile_filter(from_user(" ".join(some)))
        except FilterError:
            continue
        return True
    return False


def information(job: Job) -> str:
    """The text of -cl or -i, with -j JSON."""
    from pysysdig.chiselkit import listing
    from pysysdig.cli.listing import document

    folders = job.chisels.directories
    if job.action == "list_chisels":
        return document(listing.overview_json(folders)) if job.show.json else listing.overview(folders)
    if job.show.json:
        return document(listing.description_json(listing.known(job.argument, folders)))
    return listing.information(job.argument, folders)


class ChiselsAtWork(Consumer):
    """Runs chisels. `filtered`: a filter of the command line chooses what comes here."""

    pulse = 0.1  # they show what they have at regular intervals even if nothing happens

    def __init__(self, chisels: Chisels, *, filtered: bool) -> None:
        self.chisels = chisels
        self.from_first = chisels.state  # the state of the system is known from the first event on, also if none passes
        self._filtered = filtered
        self._start: Start | None = None
        self._read = False  # a capture to its end

    @property
    def _chosen(self) -> bool:
        """Whether a filter decided what comes here. On the running machine chisels show what their own filters never let pass,
        too: CPU use, which captures have events for."""
        live = self._start is not None and self._start.live is not None
        return self._filtered or bool(self.chisels.filter_text and not live)

    def wants(self) -> frozenset[int] | None:
        if not self.chisels.filter_text:
            return None
        from pysysdig.filter import compile_filter

        return compile_filter(self.chisels.filter_text).event_types()

    def needs(self, generation: str) -> int:
        return self.chisels.needs(generation)

    def begin(self, start: Start) -> bool:
        self._start = start
        return self.chisels.start(start.name)

    def deliver(self, view: EventView, sel: Ints) -> bool:
        assert self._start is not None
        return self.chisels.deliver(view, sel, self._start.limits.done)

    def end(self) -> None:
        self._read = True
        self.chisels.finish()

    def conclude(self) -> None:
        if self._read and not self.chisels.fed and self._chosen and for_people():
            sys.stderr.write(NOTHING)
