"""The prompt of `pysysdig sql`: queries one after the other, with history and completion."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from pysysdig.errors import PysysdigError
from pysysdig.export.schema import leaves
from pysysdig.output.stream import Output
from pysysdig.output.terminal import escaped
from pysysdig.sql.answers import table_text
from pysysdig.sql.catalog import VIEWS

if TYPE_CHECKING:
    from pysysdig.sql.query import Query

_HISTORY = 1000  # lines
_WORDS = (
    "select", "from", "where", "group by", "group by all", "order by", "limit", "count(*)", "events", "alerts", "desc", "and",
    "or", "not", "in", "like", "is null", "sum(", "min(", "max(", "avg(", "quantile_cont(", "distinct", "having", "with",
    "join", "on", "as",
)  # fmt: skip
_ABOUT = (
    "Queries end with ; or an empty line. Tab completes, \\q or Ctrl-D ends. Tables: events, alerts (with --rules), "
    "ecs and ocsf_* (docs/data.md).\n"
)


def prompt(query: Query) -> int:
    """Answer queries from standard input until it ends; the exit status. The history is kept in the user's state folder."""
    shown = sys.stdin.isatty()
    if shown:
        sys.stderr.write(_ABOUT)
        _line_editing()
    status = 0
    for text in _queries(shown):
        out = Output()
        try:
            for statement in query.statements(text):
                answer = query.run(statement)
                for part in table_text(answer):
                    out.write(part)
                for error in answer.damage:
                    sys.stderr.write(escaped(f"{error}\n"))
        except PysysdigError as error:
            sys.stderr.write(escaped(f"{error.render()}\n"))
            status = 1
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
    return 0 if shown else status


def _queries(shown: bool) -> Iterator[str]:
    lines: list[str] = []
    while True:
        try:
            line = input("sql> " if shown and not lines else "...> " if shown else "")
        except EOFError:
            break
        except KeyboardInterrupt:
            lines = []
            sys.stderr.write("\n")
            continue
        if line.strip() in ("\\q", "quit", "exit") and not lines:
            return
        lines.append(line)
        whole = "\n".join(lines).strip()
        if whole.endswith(";") or not line.strip():
            lines = []
            if whole.strip("; \n"):
                yield whole.rstrip("; \n")
    whole = "\n".join(lines).strip()
    if whole:
        yield whole


def _line_editing() -> None:
    """History and completion, where Python has readline."""
    try:
        import readline
    except ImportError:
        return
    import atexit

    words = sorted({*_WORDS, *leaves(), *VIEWS, *(field.path for view in VIEWS.values() for field in view.fields)})

    def complete(text: str, state: int) -> str | None:
        found = [w for w in words if w.startswith(text)]
        return found[state] if state < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t\n,()=<>+-*/;'\"")
    readline.parse_and_bind("tab: complete")
    folder = os.path.join(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"), "pysysdig")
    path = os.path.join(folder, "sql_history")
    readline.set_history_length(_HISTORY)
    with suppress(OSError):
        readline.read_history_file(path)

    def keep() -> None:
        with suppress(OSError):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            readline.write_history_file(path)

    atexit.register(keep)
