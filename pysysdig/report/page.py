"""One HTML file of the plain data of a report: no request to anywhere, scripts and styles allowed by their hashes alone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from html import escape
from importlib.resources import files
from typing import Any

MOST = 5_000_000  # bytes of a page
_LONG = 300  # characters of a text that are kept where the page would be too large
_ASSETS = "pysysdig.report"
_EVENTS = """<h2>Events</h2><div class="tools"><button id="show">Events of the filter</button>
<button id="narrow">This table for the filter</button><span id="told" class="soft" role="status"></span></div>
<pre id="events" class="events" tabindex="0" hidden></pre><button id="more" hidden>More events</button>
"""


def asset(name: str) -> str:
    """The text of a file of assets/."""
    return files(_ASSETS).joinpath("assets", *name.split("/")).read_text("utf-8")


def page(document: dict[str, Any], *, served: bool = False) -> bytes:
    """The page, the same bytes for the same data. What is beyond MOST is left out, and the notes say so.

    served: it may ask where it comes from for more (viewer/); otherwise it asks nobody for anything."""
    document = document | {"served": served}
    made = _page(document)
    for what, less in _LESS:
        if len(made) <= MOST:
            break
        smaller = document | less(document)
        if smaller == document:
            continue
        note = f"{what} are left out: the page would be larger than {MOST // 1_000_000} MB."
        document = smaller | {"notes": [*document["notes"], note]}
        made = _page(document)
    return made


def _less_tables(document: dict[str, Any], **less: Any) -> dict[str, Any]:
    return {"tables": [table | less for table in document["tables"]]}


def _shorter(document: dict[str, Any]) -> dict[str, Any]:
    """Long texts without their ends; filters that are that long are none, as they would be of something else."""

    def cut(value: Any) -> Any:
        return value[:_LONG] + "…" if isinstance(value, str) and len(value) > _LONG else value

    def rows(part: dict[str, Any]) -> dict[str, Any]:
        return part | {"rows": [list(map(cut, row)) for row in part["rows"]]}

    tables = [rows(table) | {"keys": [key if len(key) <= _LONG else "" for key in table["keys"]]} for table in document["tables"]]
    alerts = [alert | {"text": cut(alert["text"])} for alert in document["alerts"]["items"]]
    return {
        "tables": tables,
        "processes": rows(document["processes"]),
        "alerts": document["alerts"] | {"items": alerts},
    }


# what is left out, one after the other, until the page is small enough
_LESS: tuple[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]], ...] = (
    (f"The ends of texts of more than {_LONG} characters", _shorter),
    ("Sums of tables over time", lambda d: _less_tables(d, cube=None)),
    ("Processes over time", lambda d: {"processes": d["processes"] | {"rows": []}}),
    ("Single alerts", lambda d: {"alerts": d["alerts"] | {"items": []}}),
    ("Rows of tables", lambda d: _less_tables(d, cube=None, rows=[], keys=[])),
)


def packed(document: dict[str, Any]) -> str:
    """The data as the page holds it: JSON, gzip, base64."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(text, 9, mtime=0)).decode()


def _page(document: dict[str, Any]) -> bytes:
    styles = [asset("uplot/uPlot.min.css"), asset("page.css")]
    scripts = [asset("uplot/uPlot.iife.min.js"), f'"use strict";(() => {{\n{asset("page.js")}\n}})();']
    asks = "connect-src 'self'; " if document["served"] else ""
    policy = (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; {asks}"
        f"script-src {' '.join(map(_hash, scripts))}; style-src {' '.join(map(_hash, styles))}"
    )
    about = document["about"]
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(about["title"])}</title>
{"".join(f"<style>{s}</style>" for s in styles)}
</head>
<body>
<header><h1>{escape(about["title"])}</h1><p>{escape(about["line"])}</p><button id="theme">Light / dark</button></header>
<p class="soft">{escape(about["command"])}</p>
<p id="fault" role="alert" hidden></p>
<main>
<noscript>{_plainly(document)}</noscript>
<h2>At a glance</h2><div class="tiles" id="tiles"></div><p class="soft" id="empty"></p>
<div id="bar"><button id="copy">Copy filter</button><code id="filter"></code><span id="range" class="soft"></span>
<button id="clear" hidden>Clear</button></div>
<div id="charts"></div>
<section id="alerts" hidden><h2>Alerts</h2><div id="rules"></div></section>
<h2>Tables</h2><div role="tablist" id="tabs" aria-label="Tables"></div>
<div class="tools"><input id="find" type="search" placeholder="Rows with ..." aria-label="Rows with">
<span id="count" class="soft"></span></div>
<div class="grid" id="grid" role="tabpanel" tabindex="-1"></div>
{_EVENTS if document["served"] else ""}
<section id="tree" hidden><h2>Processes over time</h2><div class="grid"><table id="processes" role="grid"
aria-label="Processes over time"></table></div></section>
<section id="latency"><h2>How long calls took</h2>
<div class="levels" id="levels"><canvas class="heat" id="heat" role="img" aria-label="Latency of calls over time"></canvas></div>
<div class="axis"><span>0 s</span>
<span>from 1 ns at the bottom to 100 s; more calls are lighter</span>
<span id="until"></span></div></section>
<section id="compared" hidden><h2></h2><p class="soft"></p><div class="grid"><table></table></div></section>
<section id="missing" hidden><h2>What is not in here</h2><ul id="notes"></ul></section>
</main>
<footer><details><summary>Made by pysysdig {escape(about["version"])}. Charts by uPlot, MIT licence</summary>
<pre>{escape(asset("uplot/LICENSE"))}</pre></details></footer>
<script type="application/octet-stream" id="data">{packed(document)}</script>
{"".join(f"<script>{s}</script>" for s in scripts)}
</body>
</html>
""".encode()


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _plainly(document: dict[str, Any]) -> str:
    """Tiles and alerts for browsers without scripts."""
    tiles = [(t["name"], f"{t['total']:,}") for t in document["tiles"] if t["total"]]
    alerts = [(r["name"], f"{r['count']:,}") for r in document["alerts"]["rules"]]
    return "".join(
        f"<h2>{title}</h2><table>" + "".join(f"<tr><td>{escape(n)}</td><td class='n'>{v}</td></tr>" for n, v in rows) + "</table>"
        for title, rows in (("Numbers", tiles), ("Alerts", alerts))
        if rows
    )
