"""Rule files as texts, for tests."""

from __future__ import annotations

from typing import Any

from pysysdig.events.text import to_display
from pysysdig.filter import to_text
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.model import RuleSet
from pysysdig.rules.validate import validate

OPEN = "evt.type = open"


def rule(condition: str, name: str = "r", **keys: str) -> str:
    """A rule item; other keys as YAML text (dashes in their names as underscores)."""
    known = {"desc": "d", "output": "o", "priority": "INFO", **keys}
    lines = [f"- rule: {name}", f"  condition: {condition}"]
    lines += [f"  {key.replace('_', '-') if key.startswith('skip') else key}: {value}" for key, value in known.items()]
    return "\n".join(lines) + "\n"


def load(*texts: str, keep_going: bool = False) -> RuleSet:
    """Load texts as files called 1.yaml, 2.yaml ..."""
    return load_rules([RuleText(f"{i}.yaml", t.encode()) for i, t in enumerate(texts, 1)], keep_going=keep_going)


def compiled(*texts: str, name: str = "r") -> str:
    """The compiled condition of a rule; the texts must have no errors."""
    loaded = load(*texts)
    assert loaded.successful, "\n".join(r.as_text() for r in loaded.results)
    return to_display(to_text(next(r for r in loaded.rules if r.name == name).tree))


def errors(*texts: str) -> list[tuple[str, str]]:
    """Codes and messages of the errors, further ones included."""
    return [(p.code, p.message) for r in load(*texts).results for p in (*r.errors, *r.further)]


def warnings(*texts: str) -> list[str]:
    """Codes of the warnings of the last file."""
    return [p.code for p in load(*texts).results[-1].warnings]


def judged(text: str, *, as_json: bool = False) -> Any:
    return validate([RuleText("f.yaml", text.encode())], as_json)
