"""The options of views (csysdig's tables)."""

from __future__ import annotations

from pysysdig.cli import values
from pysysdig.cli.meanings import Act, Put
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option

VIEWS = "Views"
VIEW_OPTIONS = (
    Option(
        "screen",
        "",
        "ui",
        OPTIONAL,
        "VIEW",
        VIEWS,
        "Show the views of the running machine, or of a capture (-r), on the terminal, with csysdig's keys; begin with VIEW "
        "(processes). With --rules there are the alerts that they raise, too; --ui=alerts FILE shows those of a "
        "file (JSON, ours or Falco's), --ui=rules FILE... the rules of files. overview, diff (with --against), dig, echo and "
        "spectrogram begin with these screens. Needs the extra `ui`.",
        Put("views.screen", parse=str),
    ),
    Option(
        "no_mouse",
        "",
        "no-mouse",
        NONE,
        "",
        VIEWS,
        "With --ui: leave the mouse to the terminal, to mark and copy text with.",
        Put("views.mouse", value=False),
    ),
    Option(
        "view",
        "",
        "view",
        REQUIRED,
        "NAME",
        VIEWS,
        "Show the events as the table NAME of csysdig's: of a capture once, at its end, live anew every two seconds. -pc shows "
        "the columns for containers; -j prints csysdig's JSON.",
        Put("views.name", parse=str),
    ),
    Option("list_views", "", "list-views", NONE, "", VIEWS, "List the views; with -j as JSON.", Act("list_views")),
    Option("raw", "", "raw", NONE, "", VIEWS, "With --view: print what csysdig --raw prints.", Put("views.raw")),
    Option(
        "refresh",
        "",
        "refresh",
        REQUIRED,
        "MS",
        VIEWS,
        "With --view and --ui, live: milliseconds between two tables.",
        Put("views.refresh", parse=values.positive("refresh interval", 1_000_000)),
    ),
    Option(
        "sorting_column",
        "",
        "sortingcol",
        REQUIRED,
        "N",
        VIEWS,
        "With --view: sort by the column number N, the first is 1.",
        Put("views.sort", parse=values.positive("column")),
    ),
    Option(
        "from_row",
        "",
        "from",
        REQUIRED,
        "N",
        VIEWS,
        "With --view and -j: print rows from number N on, the first is 0.",
        Put("views.first", parse=values.position),
    ),
    Option(
        "to_row", "", "to", REQUIRED, "N", VIEWS, "With --view and -j: ... to number N.", Put("views.last", parse=values.position)
    ),
)
