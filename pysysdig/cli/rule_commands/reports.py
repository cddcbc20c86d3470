"""What verbs that report in several formats have in common: `--format`, `--output`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pysysdig.cli.meanings import Add, Put
from pysysdig.cli.option import REQUIRED, Option
from pysysdig.errors import UsageError


def report_options(verb: str, formats: Iterable[str]) -> tuple[Option, Option]:
    """`-f FORMAT`, the first one if it is not given, and `--output FORMAT:FILE`; settings `report.format` and `report.output`."""
    names = tuple(formats)

    def known(text: str) -> str:
        if text not in names:
            raise UsageError(f"{verb}: there is no format {text}; there are {', '.join(names)}")
        return text

    def output(text: str) -> tuple[str, str]:
        name, colon, path = text.partition(":")
        return (name, path) if colon and path and name in names else ("", text)

    return (
        Option("format", "f", "format", REQUIRED, "FORMAT", "", f"{', '.join(names)}.", Put("report.format", parse=known)),
        Option(
            "output", "", "output", REQUIRED, "[FORMAT:]FILE", "",
            "Write the report to a file instead; with another FORMAT, too. May be repeated.", Add("report.output", output),
        ),
    )  # fmt: skip


def deliver(settings: Mapping[str, Any], default: str, render: Callable[[str], str], read: Iterable[str] = ()) -> None:
    """Write a report in all formats that are wanted: `render(format)` makes it. `read`: files that no report may replace.
    Raises PysysdigError, UsageError, BrokenPipeError."""
    from pysysdig.output.stream import say
    from pysysdig.workbench.writing import rewrite, spare

    chosen = settings.get("format", default)
    outputs = [(name or chosen, path) for name, path in settings.get("output", ())]
    for name, path in outputs:
        if path == "-":
            say(render(name))
            continue
        spare(path, read)
        rewrite(path, render(name).encode("utf-8", "backslashreplace"))
    if all(name != chosen for name, _ in outputs):
        say(render(chosen))
