"""The loop that all runs share: who looks at a view says how, so that several with different wishes can look at one."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.format.printer import Printer
from pysysdig.format.template import Template
from pysysdig.render.options import ASCII, PLAIN, RenderOptions
from pysysdig.replay import Beside, Limits, Wanted, replay
from pysysdig.scap.build import write_capture
from pysysdig.sources.convert import converted
from pysysdig.sources.opening import open_any
from pysysdig.state import snapshot as s
from pysysdig.state.build import fd, process, snapshot

HTTP = fd(5, "", s.FD_IPV4_SOCK, sip="10.0.0.1", sport=40000, dip="10.0.0.2", dport=80, l4=2)
FORMAT = "%evt.num %fd.name %evt.arg.data"


@pytest.fixture
def capture(tmp_path: Path) -> str:
    """A read from a connection, and a change of the mode of a file."""
    events = [
        event("SYSCALL_READ_E", 1_000, 42, [5, 4]),
        event("SYSCALL_READ_X", 2_000, 42, [4, b"abcd" * 30]),
        event("SYSCALL_FCHMOD_E", 3_000, 42, []),
        event("SYSCALL_FCHMOD_X", 4_000, 42, [0, 3, 0o600]),
    ]
    before = snapshot(process(42, "curl", fds=[fd(3, "/tmp/x"), HTTP]))
    return str(write_capture(tmp_path / "a.scap", before, events))


def test_consumers_with_different_options_share_a_view(capture: str) -> None:
    """Whichever asks first, and whichever asks again."""
    wishes = [PLAIN, RenderOptions(ports=True), RenderOptions(json=True, max_len=0), RenderOptions(buffers=ASCII), PLAIN]
    alone = []
    for options in wishes:
        with open_any(capture) as stream:
            printer = Printer(Template(FORMAT, options))
            alone.append([printer.render(view, sel) for view, sel in replay(stream.sections(), level=printer.needs)])
    assert alone[0] == alone[4] and all(alone[0] != other for other in alone[1:4])
    printers = [Printer(Template(FORMAT, options)) for options in wishes]
    for order in (range(5), reversed(range(5))):
        with open_any(capture) as stream:
            shared: list[list[str]] = [[] for _ in wishes]
            for view, sel in replay(stream.sections(), level=printers[0].needs):
                for i in order:
                    shared[i].append(printers[i].render(view, sel))
        assert shared == alone


@pytest.mark.parametrize("text", ["fd.name=10.0.0.1:40000->10.0.0.2:http", "fd.sproto=http"])
def test_a_filter_compares_what_would_be_shown(text: str, capture: str) -> None:
    """With -R sysdig filters by names of services, too."""

    def found(options: RenderOptions) -> int:
        with open_any(capture) as stream:
            return sum(len(sel) for _, sel in replay(stream.sections(), Wanted(text, options=options)))

    assert found(PLAIN) == 0
    assert found(RenderOptions(ports=True)) == 2


def test_a_filter_asks_before_events_are_parsed_and_others_after(capture: str) -> None:
    """sysdig 0.36 filters before it has found the descriptor of an exit of fchmod, and prints it with that."""
    first, then = (Wanted("fd.name=/tmp/x", OLD, early=early) for early in (True, False))
    with open_any(capture) as stream:
        for view, sel in replay(stream.sections(), level=Printer(Template(FORMAT)).needs):
            filters = [w.filter(OLD) for w in (first, then, first)]
            assert [f.select(view, sel).tolist() for f in filters if f is not None] == [[], [3], []]


def test_limits_cut_the_last_selection(capture: str) -> None:
    for count, want in ((1, [0]), (3, [0, 1, 2]), (9, [0, 1, 2, 3])):
        limits = Limits(count)
        with open_any(capture) as stream:
            got = np.concatenate([sel for _, sel in replay(stream.sections(), limits=limits)])
        assert got.tolist() == want and limits.done == (count < 9)


@pytest.mark.parametrize("names", [("demo.scap",), ("exit_only_udp.scap", "syscalls.scap", "demo.scap")])
def test_who_reads_along_sees_what_rules_see(root: Path, names: tuple[str, ...]) -> None:
    """The same events, with the same state, as in a replay of the converted capture, section after section; and what is replayed
    stays the same."""
    text, level = "evt.type in (openat, close, sendto)", 2
    template = Template("*%evt.num %evt.time %proc.cmdline %fd.name %evt.args", PLAIN)
    own, apart, seen, alone = (Printer(template) for _ in range(4))
    with ExitStack() as stack:
        one, two, three = ([stack.enter_context(open_any(str(root / "captures" / n))) for n in names] for _ in range(3))
        beside, along, replayed = Beside(Wanted(text, CURRENT), level), "", ""
        for view, sel in replay(chain.from_iterable(c.sections() for c in one), level=level):
            along += seen.render(*beside.look(view))
            replayed += own.render(view, sel)
        stream = replay(converted(chain.from_iterable(c.sections() for c in two)), Wanted(text, CURRENT), level=level)
        assert along == "".join(apart.render(view, sel) for view, sel in stream) != ""
        stream = replay(chain.from_iterable(c.sections() for c in three), level=level)
        assert replayed == "".join(alone.render(view, sel) for view, sel in stream)
