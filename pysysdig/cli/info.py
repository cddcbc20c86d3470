"""--info: what a capture holds, as tables or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pysysdig.events.text import to_display
from pysysdig.facts import RECORDED, gather
from pysysdig.output.stream import say, standard_output
from pysysdig.output.terminal import escaped
from pysysdig.render.times import full_local

if TYPE_CHECKING:
    from pysysdig.settings import Job


def run(job: Job) -> int:
    """Print it; returns the exit status. Raises CaptureError."""
    facts = gather(job.argument)
    if job.show.json:
        import json

        say(json.dumps({k: _shown(v) for k, v in facts.items()}) + "\n")
        return 0
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(
        title=_plain(facts["file"]) if facts["file"] != "-" else "standard input", show_header=False, title_justify="left"
    )
    table.add_column(style="bold")
    table.add_column()
    for name, value in _lines(facts):
        table.add_row(name, value)
    tables = [table]
    for title, counts in (("Processes", facts["processes"]), ("Events", facts["event_types"])):
        table = Table(title=title, title_justify="left")
        table.add_column("name")
        table.add_column("events", justify="right")
        for name, count in counts.items():
            table.add_row(_plain(name), f"{count:,}")
        tables.append(table)
    with standard_output() as out:  # the end of a capture writes, too, if nothing: that fails where the device is full
        with console.capture() as captured:
            for table in tables:
                console.print(table)
        out.write(captured.get())
    return 0


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    span = (facts["last_time"] - facts["first_time"]) / 1e9
    host = f"{_plain(facts['host'])}, {facts['cpus']} CPUs, {facts['memory'] >> 20:,} MB"
    batches = "batch" if facts["frames"] == 1 else "batches"
    lines = [
        ("format", f"{facts['format']}, {facts['events_are']} events"),
        ("size", f"{facts['size']:,} bytes, {facts['bytes_per_event']} for each event" if facts["size"] else "unknown"),
        ("host", host if facts["cpus"] else "not recorded"),
        ("time", f"{full_local(facts['first_time'])} to {full_local(facts['last_time'])} ({span:.3f} s)"),
        ("events", f"{facts['events']:,} ({facts['hidden_events']:,} hidden) in {facts['frames']:,} {batches}"),
        ("lost", f"{facts['drops']:,}" if facts["parts"] else "not recorded"),
    ]
    if facts["format"] == "pscap":
        slow = (
            ""
            if facts["state"] == RECORDED
            else f"; -r {_plain(facts['file'])} -w OTHER.pscap makes a file that is quick to read"
        )
        lines.append(("state", facts["state"] + slow))
    return lines + [(f"bytes of {part}", f"{size:,}") for part, size in facts["parts"].items()]


def _plain(text: str) -> str:
    """Byte text for a terminal, without control characters and markup."""
    from rich.markup import escape

    return escape(escaped(_shown(text).replace("\n", "?").replace("\t", "?")))


def _shown(value: Any) -> Any:
    """Byte text as Unicode."""
    if isinstance(value, str):
        try:
            return to_display(value)
        except UnicodeEncodeError:
            return value
    if isinstance(value, dict):
        return {_shown(k): v for k, v in value.items()}
    return value
