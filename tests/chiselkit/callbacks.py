"""Chisels that several tests run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pysysdig.chisel import Chisel, Event

Run = Callable[..., Any]  # the fixture `run_chisels`


class Opens(Chisel):
    filter = "evt.type=openat and evt.dir=<"
    fields = ("evt.num", "fd.name")

    def on_event(self, event: Event) -> None:
        self.print(event["evt.num"], event.get("fd.name", "-"))


class Fails(Chisel):
    fields = ("evt.num",)

    def on_event(self, event: Event) -> None:
        if event.num > 100:
            raise ValueError("on purpose")
