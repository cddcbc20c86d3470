"""Finding test files, and reading them into suites."""

from __future__ import annotations

import ipaddress
import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pysysdig.rules.yamldoc import Document, Node, YamlError
from pysysdig.workbench.expectations import others, reasons, wants
from pysysdig.workbench.model import CURRENT_EVENTS, ENTER_EVENTS, ENTER_EXIT, EVENT_KEYS, Case, Suite
from pysysdig.workbench.reading import Place, TestFileError, copied

ENDINGS = ("_test.yaml", "_test.yml")
_MOST_CASES = 10_000  # of one test
_MOST_BYTES = 4 << 20
TOP_KEYS = ("version", "rules", "config", "machine", "tests")
TEST_KEYS = (
    "name", "trace", "sha256", "filter", "machine", "events", "expect", "others", "rules", "append_rules", "config", "only",
    "enable", "disable", "cases", "matrix", "tags", "skip", "xfail", "mode", "generation",
)  # fmt: skip
_CONFIG = ("rule_matching", "priority")


def test_files(paths: Iterable[str]) -> list[str]:
    """The files that paths stand for: themselves, or those in directories whose names end like those of test files. Raises
    TestFileError for what is not there."""
    out: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                out += [os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDINGS)]
        elif os.path.isfile(path):
            out.append(path)
        else:
            raise TestFileError(f"{path}: there is no such file or directory")
    return list(dict.fromkeys(out))


test_files.__test__ = False  # type: ignore[attr-defined]  # for pytest


def read_suite(path: str, rules: Sequence[str] = ()) -> Suite:
    """The tests of a file; `rules`: rule files instead of those it names. Raises TestFileError."""
    try:
        with open(path, "rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise TestFileError(f"{path}: {error.strerror or error}") from None
    if len(raw) > _MOST_BYTES:
        raise TestFileError(f"{path}: a test file has at most {_MOST_BYTES >> 20} MiB")
    document = Document(raw)
    place = Place(path, document)
    try:
        roots = document.read()
    except YamlError as error:
        raise TestFileError(document.told(path, error)) from None
    if len(roots) != 1:
        raise TestFileError(f"{path}: a test file is one YAML document")
    top = place.mapping(roots[0], "a test file", TOP_KEYS)
    if "version" not in top or place.text(top["version"], "version") != "1":
        raise place.error(top.get("version", roots[0]), "this program reads test files of `version: 1`")
    if "tests" not in top:
        raise place.error(roots[0], "there are no tests")
    cases = [case for node in place.items(top["tests"], "tests") for case in _cases(place, top, node, rules)]
    return Suite(path, tuple(cases))


def _cases(place: Place, top: dict[str, Node], node: Node, given: Sequence[str]) -> Iterator[Case]:
    test = place.mapping(node, "a test", TEST_KEYS)
    if "name" not in test:
        raise place.error(node, "a test has a name")
    for values in _rows(place, test):
        whole = copied(node, values)
        case = _case(place, top, whole, given)
        if values and case.name == test["name"].text:
            case = case._replace(name=f"{case.name}[{','.join(f'{k}={v}' for k, v in values.items())}]")
        yield case


def _rows(place: Place, test: dict[str, Node]) -> Iterable[dict[str, str]]:
    """The values of each row of `cases`, or of the product of `matrix`."""
    if "cases" in test and "matrix" in test:
        raise place.error(test["matrix"], "a test has cases or a matrix")
    if "cases" in test:
        rows = place.items(test["cases"], "cases")
        if len(rows) > _MOST_CASES:
            raise place.error(test["cases"], f"a test has at most {_MOST_CASES} cases")
        return [{k: place.text(v, k) for k, v in place.entries(row, "a case").items()} for row in rows]
    if "matrix" in test:
        sides = {k: place.texts(v, k) for k, v in place.entries(test["matrix"], "matrix").items()}
        total = 1
        for side in sides.values():
            total *= len(side)
        if total > _MOST_CASES:
            raise place.error(test["matrix"], f"a test has at most {_MOST_CASES} cases, this matrix makes {total}")
        return [dict(zip(sides, row)) for row in itertools.product(*sides.values())]
    return [{}]


def _case(place: Place, top: dict[str, Node], node: Node, given: Sequence[str]) -> Case:
    test = node.entries

    def text(key: str) -> str:
        return place.text(test[key], key) if key in test else ""

    def choice(key: str, *values: str) -> str:
        if key not in test:
            return values[0]
        if text(key) not in values:
            raise place.unknown(test[key], key, text(key), values)
        return text(key)

    def texts(key: str) -> tuple[str, ...]:
        return place.texts(test[key], key) if key in test else ()

    if ("trace" in test) == ("events" in test):
        raise place.error(node, "a test has a trace or events")
    if "generation" in test and "trace" in test:
        raise place.error(test["generation"], "a trace is of the generation that it is; `mode:` says how rules see it")
    if "expect" not in test:
        raise place.error(node, "a test expects something", "expect: [] means no alert at all")
    folder = os.path.dirname(place.name)
    rules_node = test.get("rules", top.get("rules"))
    named = place.texts(rules_node, "rules") if rules_node is not None else ()
    rules = tuple(given) or tuple(os.path.normpath(os.path.join(folder, path)) for path in named)
    if not rules and not text("append_rules"):
        raise place.error(node, "there are no rules: `rules:` names rule files")
    asked = wants(place, test["expect"])
    if "events" in test:
        _known_events(place, test)
    config = {**_config(place, top.get("config")), **_config(place, test.get("config"))}
    return Case(
        name=text("name"),
        line=place.line(node),
        place=place,
        node=node,
        machine=test.get("machine", top.get("machine")),
        trace=os.path.join(folder, text("trace")) if "trace" in test else "",
        sha256=text("sha256"),
        filter=text("filter"),
        mode=choice("mode", CURRENT_EVENTS, ENTER_EVENTS),
        generation=choice("generation", CURRENT_EVENTS, ENTER_EXIT),
        dns=_dns(place, test.get("machine", top.get("machine"))),
        reasons=reasons(place, test["expect"]),
        wants=asked,
        others=others(place, test.get("others")),
        rules=rules,
        appended=text("append_rules"),
        config=config,
        only=texts("only"),
        enabled=texts("enable"),
        disabled=texts("disable"),
        tags=texts("tags"),
        skip=text("skip"),
        xfail=text("xfail"),
    )


def _dns(place: Place, machine: Node | None) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
    """`dns: {example.com: [192.0.2.1]}` of a machine."""
    node = machine.get("dns") if machine is not None else None
    out = []
    for name, value in place.entries(node, "dns").items() if node is not None else ():
        addresses = []
        for item in place.items(value, f"the addresses of {name}"):
            try:
                addresses.append(ipaddress.ip_address(place.text(item, "an address")).packed)
            except ValueError as error:
                raise place.error(item, str(error)) from None
        out.append((name, tuple(addresses)))
    return tuple(out)


def _known_events(place: Place, test: dict[str, Node]) -> None:
    """Raises TestFileError for ids in expectations that no event has."""
    ids: list[str] = []
    kinds: list[str] = []
    for event in place.items(test["events"], "events"):
        entries = place.entries(event, "an event")
        ids += [entries["id"].text] if "id" in entries else []
        kinds += [key for key in entries if key not in EVENT_KEYS]
    expect = test["expect"]
    for key, _ in expect.pairs:
        if key.text not in ids:
            raise place.unknown(key, "event with the id", key.text, ids)
    for item in expect.items:
        at = item.get("at")
        for node in place.items(at, "at") if at is not None else ():
            if not any(fnmatchcase(name, node.text) for name in (*ids, *kinds)):
                raise place.unknown(node, "event", node.text, [*ids, *kinds])


def _config(place: Place, node: Node | None) -> dict[str, Any]:
    if node is None:
        return {}
    return {key: place.text(value, key) for key, value in place.mapping(node, "config", _CONFIG).items()}


def tested_rules(paths: Iterable[str]) -> set[str]:
    """Names of the rules of which some test expects an alert. Raises TestFileError."""
    cases = [case for path in test_files(paths) for case in read_suite(path).cases]
    return {want.rule for case in cases for want in case.wants if want.most is None or want.most > 0}
