"""Documentation as Markdown and as HTML. Texts of rules may hold anything: they are shown as text, control characters escaped."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from pysysdig.output.terminal import escaped
from pysysdig.workbench.backtest.formats import code_cell, text_cell
from pysysdig.workbench.doc.model import Documented, Technique, techniques

_HEADS = ("tactic", "technique", "rules", "tested", "fired")


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _title(tactic: str) -> str:
    return tactic.replace("-", " ").capitalize()


def _facts(rule: Documented) -> list[tuple[str, str]]:
    """What is told in a line each."""
    out = [("priority", rule.priority + ("" if rule.enabled else ", switched off"))]
    out += [("source", rule.source)] if rule.source != "syscall" else []
    out += [("tags", ", ".join(rule.tags))] if rule.tags else []
    out += [("exceptions", ", ".join(rule.exceptions))] if rule.exceptions else []
    out += [("tested", _yes(rule.tested))] if rule.tested is not None else []
    out += [("fired", _number(rule.fired))] if rule.fired is not None else []
    return out


def markdown(rules: Sequence[Documented]) -> str:
    """Markdown with a table of ATT&CK."""
    out = ["# Rules", "", f"{len(rules)} rules.", ""]
    table = techniques(rules)
    if table:
        out += ["## ATT&CK", "", f"| {' | '.join(_HEADS)} |", f"|{' --- |' * len(_HEADS)}"]
        for t in table:
            names = ", ".join(text_cell(rule.name) for rule in t.rules)
            cells = (_title(t.tactic), f"{t.id} {text_cell(t.name)}".strip(), names, _yes(t.tested), _number(t.fired))
            out.append(f"| {' | '.join(cells)} |")
        out.append("")
    for rule in rules:
        out += [f"## {text_cell(rule.name)}", "", text_cell(rule.description), ""]
        out += [f"- {what}: {text_cell(value)}" for what, value in _facts(rule)]
        out += [f"- output: {code_cell(rule.output)}", "", *_fenced(rule.condition), ""]
    return "\n".join(out).rstrip("\n") + "\n"


def _fenced(text: str) -> list[str]:
    """A block that the text cannot end."""
    text = escaped(text.strip())
    fence = "```"
    while fence in text:
        fence += "`"
    return [fence, text, fence]


def as_html(rules: Sequence[Documented]) -> str:
    """One page without anything from elsewhere."""

    def text(value: str) -> str:
        return html.escape(escaped(value))

    out = [
        "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8"><title>Rules</title><style>',
        "body{font-family:sans-serif;max-width:70em;margin:auto;padding:1em}table{border-collapse:collapse}",
        "td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}pre{background:#f4f4f4;padding:.6em;white-space:pre-wrap}",
        "</style></head><body>", f"<h1>Rules</h1><p>{len(rules)} rules.</p>",
    ]  # fmt: skip
    places = {id(rule): f"r{number}" for number, rule in enumerate(rules)}
    table = techniques(rules)
    if table:
        out.append("<h2>ATT&amp;CK</h2><table><tr>" + "".join(f"<th>{head}</th>" for head in _HEADS) + "</tr>")
        for t in table:
            out.append(_html_row(t, places, text))
        out.append("</table>")
    for rule in rules:
        out.append(f'<h2 id="{places[id(rule)]}">{text(rule.name)}</h2><p>{text(rule.description)}</p><ul>')
        out += [f"<li>{what}: {text(value)}</li>" for what, value in _facts(rule)]
        out.append(f"<li>output: <code>{text(rule.output)}</code></li></ul><pre>{text(rule.condition.strip())}</pre>")
    return "\n".join([*out, "</body></html>"]) + "\n"


def _html_row(t: Technique, places: dict[int, str], text: Callable[[str], str]) -> str:
    rules = ", ".join(f'<a href="#{places[id(rule)]}">{text(rule.name)}</a>' for rule in t.rules)
    cells = (text(_title(t.tactic)), text(f"{t.id} {t.name}".strip()), rules, _yes(t.tested), _number(t.fired))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


FORMATS: dict[str, Callable[[Sequence[Documented]], str]] = {"markdown": markdown, "html": as_html}
