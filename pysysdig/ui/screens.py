"""The screens that the program may begin with in the place of a table, by what stands for a view's id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.ui.trail import ALERTS, DIFF, DIG, ECHO, OVERVIEW, RULES, SPECTROGRAM

if TYPE_CHECKING:
    from pysysdig.ui.base import Base
    from pysysdig.ui.link import Talk
    from pysysdig.ui.table_screen import About

_WHAT = "the whole machine"


def first_screen(name: str, talk: Talk, about: About) -> Base | None:
    """The one of a name; None: it is that of a view. What others need is not imported: start-up time."""
    if name == ALERTS:
        from pysysdig.ui.alarms import AlarmScreen

        return AlarmScreen(talk, about)
    if name == RULES:
        from pysysdig.ui.rules import RuleScreen

        return RuleScreen(talk, about)
    if name == OVERVIEW:
        from pysysdig.ui.overview import Overview

        return Overview(talk, about)
    if name == DIFF:
        from pysysdig.ui.difference import DiffScreen

        return DiffScreen(talk, about, "", None)
    if name in (DIG, ECHO):
        from pysysdig.ui.events import Events

        return Events(talk, about, _WHAT, "", echo=name == ECHO, live=about.live)
    return _spectrogram(talk, about) if name == SPECTROGRAM else None


def _spectrogram(talk: Talk, about: About) -> Base:
    from pysysdig.ui.base import Wanted
    from pysysdig.ui.choosing import view_entries
    from pysysdig.ui.spectrogram import Spectrogram, Views

    def show(view: str) -> None:
        screen.post_message(Wanted("", view))

    screen = Spectrogram(talk, about, _WHAT, "", Views(view_entries("", about.containers), show))
    return screen
