"""A filtered trace shows what filtering the original shows: any filter, any field, any filter on top of it.

FILTERED_RUNS=300 (an environment variable) tries so many filters and formats; the default is for every day.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pysysdig.fields.lookup import load_fields, lookup
from pysysdig.fields.registry import REGISTRY
from pysysdig.replay import replay
from pysysdig.sources.opening import open_any
from pysysdig.state.levels import ORDERS
from tests.conftest import Call

RUNS = int(os.environ.get("FILTERED_RUNS", "12"))
CAPTURES = ("demo", "syscalls", "udp", "exit_only_udp")
MORE = (
    "sample", "fatfile", "netcat_unix", "pipelines", "502Error", "exit_only_pipelines", "exit_only_syscalls", "cat_write",
    "connect_localhost", "curl_google", "single_ipv6_conn",
)  # fmt: skip
# what these show depends on the events before, which a filtered file does not have
OF_ALL_EVENTS = frozenset({"evt.deltatime", "evt.deltatime.s", "evt.deltatime.ns", "evt.around"})
ARGUMENTS = {
    "evt.arg": (".fd", ".name", ".pid", ".path", "[0]", "[1]"),
    "evt.rawarg": (".fd", ".res", ".pid", ".name"),
    "proc.env": ("", "[HOME]"),
    "proc.aenv": ("", "[2]", "[HOME]"),
    "proc.args": ("", "[1]"),
    "thread.cgroup": (".cpu",),
    "fd.types": ("", "[1]"),
    "evt.is_open_read": ("",),
}
for _name in ("aname", "apid", "aexe", "aexepath", "acmdline", "aargs"):
    ARGUMENTS["proc." + _name] = ("", "[0]", "[1]", "[2]", "[3]", "[4]", "[7]")


def _uses() -> list[str]:
    """Uses of every field that can have a value, with arguments where it takes some."""
    load_fields()
    out = []
    for name, field in sorted(REGISTRY.items()):
        if field.get is None or name in OF_ALL_EVENTS:
            continue
        required = "ARG_REQUIRED" in field.flags
        out += [name + argument for argument in ARGUMENTS.get(name, () if required else ("",))]
    return out


def _sources(root: Path) -> list[Path]:
    found = [root / "captures" / f"{name}.scap" for name in CAPTURES]
    found += [root.parent / "shared" / "captures" / f"{name}.scap" for name in MORE]
    return [path for path in found if path.exists()]


def _values(path: Path, text: str, uses: list[str]) -> list[tuple[object, ...]]:
    """(number, value and shown value of each use) of all events that pass a filter."""
    out: list[tuple[object, ...]] = []
    with open_any(str(path)) as capture:
        for section in capture.sections():
            refs = [lookup(use, section.generation) for use in uses]
            for view, sel in replay([section], text, level=ORDERS):
                if len(sel):
                    columns = [f(view, sel).tolist() for ref in refs for f in (ref.column, ref.shown)]
                    out += zip(view.batch.num[sel].tolist(), *columns)
    return out


def _plain(value: str) -> bool:
    return value.isprintable() and "'" not in value and len(value) < 100  # longer ones are no constants for a filter


class _Filters:
    """Random filters that some events of a capture pass."""

    FIELDS = (
        "evt.type", "proc.name", "proc.pid", "thread.tid", "fd.name", "fd.num", "fd.type", "evt.dir", "proc.pname", "evt.cpu",
        "proc.aname[2]", "proc.apid[3]", "proc.loginshellid", "proc.sid", "proc.cmdline", "user.name", "proc.pgid.name",
    )  # fmt: skip

    def __init__(self, path: Path, rng: random.Random) -> None:
        self._rng = rng
        rows = _values(path, "", list(self.FIELDS))
        self._last = max(int(str(row[0])) for row in rows)
        self._known: dict[str, list[str]] = {}
        for i, field in enumerate(self.FIELDS):
            values = {row[1 + 2 * i] for row in rows} - {None, ""}
            fit = sorted(str(v) for v in values if isinstance(v, str | int) and _plain(str(v)))
            if fit:
                self._known[field] = fit

    def _check(self) -> str:
        rng = self._rng
        kind = rng.randrange(6)
        if kind == 0:
            low = rng.randrange(self._last)
            return f"(evt.num>{low} and evt.num<={low + rng.choice((5, 50, 500, 5000))})"
        if kind == 1:
            return "evt.num in (" + ",".join(str(rng.randrange(self._last + 1)) for _ in range(30)) + ")"
        if kind == 2:
            return f"evt.num>{rng.randrange(self._last) // 4}"
        field = rng.choice(sorted(self._known))
        return f"{field}='{rng.choice(self._known[field])}'"

    def make(self) -> str:
        """One of them."""
        first, second, third = self._check(), self._check(), self._check()
        forms = (first, f"not {first}", f"{first} or {second}", f"{first} or ({second} and not {third})", f"{first} and {second}")
        return self._rng.choice(forms)


@pytest.mark.parametrize("seed", range(RUNS))
def test_filtered_copies_show_what_the_original_shows(seed: int, root: Path, tmp_path: Path, call_cli: Call) -> None:
    rng = random.Random(seed)
    source, kept = _sources(root)[seed % len(_sources(root))], tmp_path / "f.pscap"
    filters = _Filters(source, rng)
    text, second = filters.make(), filters.make()
    got = call_cli("-r", source, "-w", kept, text)
    assert (got.returncode, got.stdout) == (0, b""), text
    uses = _uses()
    uses = rng.sample(uses, max(40, len(uses) // 4)) if RUNS > 20 else uses
    want = _values(source, text, uses)
    have = _values(kept, "", uses)
    assert [row[0] for row in have] == [row[0] for row in want], text
    wrong = {
        (uses[i // 2], w[0], w[1 + i], h[1 + i])
        for w, h in zip(want, have)
        for i in range(2 * len(uses))
        if w[1 + i] != h[1 + i] and not (w[1 + i] != w[1 + i] and h[1 + i] != h[1 + i])  # NaN
    }
    assert not wrong, (source.name, text, sorted(wrong, key=str)[:5])
    form = "*%evt.num " + " ".join("%" + use for use in rng.sample(uses, 20) if "FILTER_ONLY" not in lookup(use).field.flags)
    assert (
        call_cli("-r", kept, "-p", form, second).stdout == call_cli("-r", source, "-p", form, f"({text}) and ({second})").stdout
    )
