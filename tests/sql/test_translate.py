"""SQL and engine accept the same events: a fixed set of filters, random ones, and the conditions of Falco's rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pysysdig
from pysysdig.errors import FilterError, UsageError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user
from pysysdig.export.feed import Feed
from pysysdig.export.schema import leaves
from pysysdig.filter import compile_filter
from pysysdig.filter.compiler import compile_ast
from pysysdig.filter.parser import parse
from pysysdig.filter.tokens import quote
from pysysdig.sql.translate import to_sql, tree_to_sql

duckdb = pytest.importorskip("duckdb", reason="the extra sql is not installed")
pytest.importorskip("pyarrow", reason="the extra arrow is not installed")

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ("demo.scap", "udp.scap", "exit_only_udp.scap", "syscalls.scap")
FILTERS = r"""
proc.name = cat and evt.type=openat
fd.name pmatch (/etc, /usr/lib) and not user.name = root
fd.name pmatch (/etc, /lib/*)
not fd.name pmatch (/etc, /lib/*)
not (fd.name startswith anyof (/etc, /root) or proc.aname = bash)
fd.name startswith oneof (/etc, /e, /proc)
fd.net = 127.0.0.0/8
fd.net != 127.0.0.0/8
fd.port != 443
not fd.port = 53
fd.ip = 127.0.0.1
fd.ip != 127.0.0.1
fd.ip in (127.0.0.1, ::1)
fd.sip = 127.0.0.1 or fd.cip != 127.0.0.1
fd.snet = 10.0.0.0/8 or fd.snet = 127.0.0.0/8
tolower(proc.name) in (bash, grep) or proc.aname[2] in (python3, bash)
proc.aname[1] = python3
fd.name glob '/etc/*.conf'
fd.name glob '*.so*'
fd.name glob '*[0-9].so*'
fd.name iglob '/ETC/*'
not proc.name regex '(ba|z)?sh|cat'
fd.name regex '/lib/.*[[:digit:]]+[.]so([.][0-9]+)*'
proc.aname != python3
not proc.aname = python3
proc.aname in (bash, systemd, python3)
proc.aname contains sh
evt.arg.flags contains O_RDWR
not evt.arg.flags contains O_RDWR
evt.arg.res exists
basename(proc.exepath) != val(proc.name)
proc.name = val(proc.pname)
user.uid = 0 and user.loginuid = -1
evt.failed = true and not evt.res = ENOENT
evt.rawres < 0
not evt.rawres >= 0
fd.num >= 3
fd.num != -1
evt.latency > 100000
evt.latency <= 100000
evt.buflen exists
evt.is_io_write = true and evt.rawres > 64
container.id != host
not container.id = host
evt.dir = > and evt.type in (read, write)
evt.type contains stat
fd.type = file and fd.directory = /etc
fd.typechar = f or fd.typechar = 4
fd.l4proto = udp
fd.is_server = true
fd.name = ''
fd.name exists
not fd.name exists
fd.name icontains LIB
proc.cmdline endswith '--version'
proc.tty = 0
concat(proc.pname, "/", proc.name) = bash/cat
thread.tid = val(proc.pid)
evt.category = file and evt.cpu = 1
toupper(evt.dir) = "<"
proc.apid != 1
fd.sport in (53, 80) or fd.lport = 53
evt.num > 100 and evt.num <= 900
""".strip().splitlines()
UNSAYABLE = """
evt.deltatime > 5
evt.buffer contains root
len(fd.name) > 20
fd.name glob '/et?/*'
evt.rawarg.res < 0
evt.arg[0] = x
proc.env[HOME] = /root
fd.sip.name = localhost
""".strip().splitlines()


@cache
def table(capture: str) -> Any:
    """A connection with the table `events` of a capture, all columns."""
    connection = duckdb.connect()
    trace = pysysdig.open(ROOT / "captures" / capture, all_threads=True)
    connection.register("given", trace.select(*(p for p in leaves() if p != "evt.buffer")).to_arrow(nested=True))
    connection.execute("create table events as from given")
    return connection


def accepted(capture: str, compiled: Any) -> set[int]:
    feed = Feed((str(ROOT / "captures" / capture),), all_threads=True)
    out: set[int] = set()
    for view, sel in feed.views(max(compiled.needs, 2)):
        out |= set(view.batch.num_of(compiled.select(view, sel)).tolist())
    return out


def answered(capture: str, sql: str) -> set[int]:
    return {n for (n,) in table(capture).execute(f"select evt.num from events where {sql}").fetchall()}


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("text", FILTERS)
def test_the_same_events(capture: str, text: str) -> None:
    made = to_sql(text)
    assert made.exact, made.reasons
    assert answered(capture, made.sql) == accepted(capture, compile_filter(from_user(text), CURRENT))


@pytest.mark.parametrize("text", UNSAYABLE)
def test_what_cannot_be_said_is_left_to_a_replay(text: str) -> None:
    for whole in (text, f"({text} or proc.name=x)", f"not {text}"):
        made = to_sql(whole)
        assert made.sql == "true" and not made.exact and made.residual and made.reasons
    made = to_sql(f"{text} and proc.name = cat")
    assert made.sql == "proc.name = 'cat'" and made.columns == ("proc.name",) and not made.exact
    compile_filter(from_user(made.residual), CURRENT)


def test_missing_columns() -> None:
    made = to_sql("fd.name = x and proc.name = y", columns=["proc.name"])
    assert (made.sql, made.exact, made.residual) == ("proc.name = 'y'", False, "fd.name = x")
    assert "fd.name is not in the table" in made.reasons


def test_mistakes() -> None:
    with pytest.raises(FilterError, match="proc.nam"):
        to_sql("proc.nam = x")
    with pytest.raises(FilterError):
        to_sql("evt.rawres = abc")
    with pytest.raises(UsageError, match="duckdb, spark"):
        to_sql("proc.name = x", "oracle")


def test_quotes_stay_inside_texts() -> None:
    assert to_sql("proc.name = a\\b", "spark").sql == "proc.name = 'a\\\\b'"
    assert to_sql('proc.name = "a\'b"', "spark").sql == "proc.name = 'a\\'b'"


TEXT_FIELDS = (
    "proc.name", "fd.name", "evt.res", "proc.pname", "fd.type", "evt.arg.name", "proc.aname[1]", "proc.aname", "user.name",
)  # fmt: skip
SINGLE = ("=", "!=", "contains", "startswith", "endswith", "icontains")
SEVERAL = ("in", "pmatch", "startswith anyof", "contains oneof", "endswith allof")
ORDERS = ("=", "!=", "<", "<=", ">", ">=")
NUMBER_FIELDS = ("fd.num", "evt.rawres", "proc.pid", "evt.latency", "fd.sport", "user.uid", "evt.num", "evt.buflen")
WORDS = ("cat", "bash", "python3", "/etc", "/etc/ld.so.cache", "E", "lib", "file", "root", "", "'", "%", "a\\b", "é")
quoted = st.sampled_from(WORDS).map(lambda w: quote(w) or '""')


def checks() -> st.SearchStrategy[str]:
    text = st.sampled_from(TEXT_FIELDS)
    items = st.lists(quoted, min_size=1, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("{} {} {}".format, text, st.sampled_from(SINGLE), quoted),
        st.builds("{} {} ({})".format, text, st.sampled_from(SEVERAL), items),
        st.builds("{} {} {}".format, st.sampled_from(NUMBER_FIELDS), st.sampled_from(ORDERS), st.integers(0, 2000)),
        st.builds("{} exists".format, st.sampled_from(TEXT_FIELDS + NUMBER_FIELDS)),
    )


def either(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner)
    return st.one_of(st.builds("not ({})".format, inner), joined)


def trees() -> st.SearchStrategy[str]:
    return st.recursive(checks(), either, max_leaves=5)


@settings(max_examples=60, deadline=None)
@given(trees(), st.sampled_from(CAPTURES))
def test_random_filters(text: str, capture: str) -> None:
    made = to_sql(text)
    wanted = accepted(capture, compile_filter(from_user(text), CURRENT))
    got = answered(capture, made.sql)
    assert got == wanted if made.exact else got >= wanted


def test_rules(shared: Path) -> None:
    """Of the conditions of Falco's current rules most can be said, and they hit the same calls."""
    from pysysdig.rules.load import load_rules

    files = [str(shared / "rules" / f"current_falco{kind}_rules.yaml") for kind in ("", "-incubating", "-sandbox")]
    rules = load_rules(files, ()).rules
    connection = duckdb.connect()
    feed = Feed((str(ROOT / "captures" / "demo.scap"),), calls=True, hidden=True)
    trace = pysysdig.Trace(feed).select(*(p for p in leaves() if p not in ("evt.buffer", "evt.dir")))
    connection.register("given", trace.to_arrow(nested=True))
    connection.execute("create table events as from given")
    exact = 0
    for rule in rules:
        made = tree_to_sql(rule.tree, "duckdb")
        exact += made.exact
        compiled = compile_ast(rule.tree, CURRENT)
        wanted: set[int] = set()
        for view, sel in feed.views(max(compiled.needs, 2)):
            wanted |= set(view.batch.num_of(compiled.select(view, sel)).tolist())
        got = {n for (n,) in connection.execute(f"select evt.num from events where {made.sql}").fetchall()}
        assert got == wanted if made.exact else got >= wanted, rule.name
    assert len(rules) == 93 and exact >= 85


def test_the_parser_is_the_engine_s() -> None:
    assert tree_to_sql(parse("proc.name = a"), "spark").sql == "proc.name = 'a'"
