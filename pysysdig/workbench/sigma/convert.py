"""Files of Sigma's rules to rules of Falco, each graded: exact, approximate, or refused with the reason."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pysysdig.errors import PysysdigError
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.rules.yamldoc import Document, YamlError
from pysysdig.workbench.sigma.fields import CATEGORIES, LEVELS, REFUSED

EXACT, APPROXIMATE, REFUSED_GRADE = "exact", "approximate", "refused"
GRADES = (EXACT, APPROXIMATE, REFUSED_GRADE)
_MOST_BYTES = 1 << 20
_MOST_FILES = 20_000
_ENDINGS = (".yml", ".yaml")
_TAG = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)|attack\.([a-z_-]+)")


class Converted(NamedTuple):
    """A rule. why: of a refusal, or in what it is approximate; text: of the rule file, "" if refused."""

    file: str
    title: str
    grade: str
    why: tuple[str, ...]
    text: str


def sigma_files(paths: Iterable[str]) -> list[str]:
    """Files, and those in directories and below. Raises PysysdigError."""
    out: dict[str, None] = {}
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                out.update((os.path.join(folder, name), None) for name in sorted(names) if name.endswith(_ENDINGS))
        elif os.path.exists(path):
            out[path] = None
        else:
            raise PysysdigError(f"{path}: there is no such file or directory")
        if len(out) > _MOST_FILES:
            raise PysysdigError(f"more than {_MOST_FILES} files")
    if not out:
        raise PysysdigError("there are no Sigma rules (.yml)")
    return list(out)


def convert(files: Sequence[str]) -> list[Converted]:
    """Convert all rules of files. Raises PysysdigError if pySigma is not there, and for files that cannot be read."""
    try:
        from sigma.exceptions import SigmaError  # noqa: F401
    except ImportError:
        raise PysysdigError("Sigma's rules are read by pySigma, which is not installed: pip install 'pysysdig[sigma]'") from None
    names: set[str] = set()
    out: list[Converted] = []
    for path in files:
        try:
            with open(path, "rb") as file:
                raw = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise PysysdigError(f"{path}: {error.strerror or error}") from None
        out += _file(path, raw, names)
    return out


def _file(path: str, raw: bytes, names: set[str]) -> list[Converted]:
    if len(raw) > _MOST_BYTES:
        return [Converted(path, "", REFUSED_GRADE, (f"a file of more than {_MOST_BYTES >> 20} MiB",), "")]
    try:
        Document(raw).read()  # depth, size and aliases are limited here
    except YamlError as error:
        return [Converted(path, "", REFUSED_GRADE, (f"not YAML: {error.message}",), "")]
    from sigma.collection import SigmaCollection
    from sigma.rule import SigmaRule

    try:
        with _silence():
            rules = list(SigmaCollection.from_yaml(raw.decode("utf-8", "replace"), collect_errors=True).rules)
    except Exception as error:  # noqa: BLE001 - pySigma's own, and whatever it stumbles on
        return [Converted(path, "", REFUSED_GRADE, (f"not a Sigma rule: {_line(error)}",), "")]
    out = []
    for rule in rules:
        if isinstance(rule, SigmaRule):
            out.append(_rule(path, rule, names))
        else:
            out.append(Converted(path, _line(rule.title), REFUSED_GRADE, ("correlations of several rules",), ""))
    return out


@contextmanager
def _silence() -> Iterator[None]:
    """What libraries write to standard error by themselves (that for regular expressions does, with the expression) is lost."""
    known, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(known, 2)
        os.close(known)
        os.close(nothing)


def _rule(path: str, rule: Any, names: set[str]) -> Converted:
    from pysysdig.workbench.sigma.backend import FalcoBackend, NotHere, SigmaError

    title = _line(rule.title)
    refused = _refused(rule)
    if not refused:
        backend = FalcoBackend()
        try:
            condition = backend.condition(rule)
        except NotHere as error:
            refused = str(error)
        except SigmaError as error:
            refused = f"pySigma: {_line(error)}"
        except RecursionError:
            refused = "nested too deeply"
    if refused:
        return Converted(path, title, REFUSED_GRADE, (_line(refused),), "")
    name = title if title not in names else f"{title} ({rule.id})"
    names.add(name)
    text = _text(name, rule, condition, tuple(backend.notes))
    loaded = load_rules([RuleText("converted", text.encode("utf-8", "replace"))])
    if not loaded.successful:
        why = loaded.results[0].errors[0].message
        return Converted(path, title, REFUSED_GRADE, (f"the condition does not compile: {_line(why)}",), "")
    grade = APPROXIMATE if backend.notes else EXACT
    return Converted(path, title, grade, tuple(backend.notes), text)


def _refused(rule: Any) -> str:
    """Why a rule is not looked at, "" if it is."""
    if rule.errors:
        return f"not a valid Sigma rule: {_line(rule.errors[0])}"
    source = rule.logsource
    for what in (source.service, source.category):
        if what in REFUSED:
            return REFUSED[what]
    if source.product not in (None, "linux"):
        return f"it is for {source.product}"
    if source.category not in CATEGORIES:
        return f"there are no events like the logs of {source.category or source.service or 'anything'}"
    return ""


def _text(name: str, rule: Any, condition: str, notes: Sequence[str]) -> str:
    """A rule of Falco. Texts are JSON, which is YAML that nothing in them can leave."""
    import json

    level = str(rule.level).rpartition(".")[2].lower() if rule.level is not None else "medium"
    parts = (_line(rule.description or name), f"(Sigma {rule.id})" if rule.id else "", *notes)
    about = " ".join(part for part in parts if part)
    output = f"{_line(name).replace('%', '')} ({CATEGORIES[str(rule.logsource.category)].output})"
    tags = sorted({_tag(str(tag)) for tag in rule.tags} - {""} | {"sigma"})
    fields = {
        "desc": about, "condition": condition, "output": output,
    }  # fmt: skip
    lines = [f"- rule: {json.dumps(name, ensure_ascii=False)}"]
    lines += [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    lines += [f"  priority: {LEVELS.get(level, 'WARNING')}", f"  tags: [{', '.join(tags)}]"]
    return "\n".join(lines) + "\n"


def _tag(tag: str) -> str:
    found = _TAG.fullmatch(tag.lower())
    if found is None:
        return ""
    return found[1].upper() if found[1] else "mitre_" + found[2].replace("-", "_")


def _line(text: object) -> str:
    """One line without control characters."""
    return "".join(c if c.isprintable() else " " for c in " ".join(str(text).split()))[:2000]
