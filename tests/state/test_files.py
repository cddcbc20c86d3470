"""Files that are opened: their paths, flags, places."""

from __future__ import annotations

import pytest

from pysysdig.events import build as ev
from pysysdig.events.table import CURRENT, OLD
from pysysdig.state import build as st
from pysysdig.state import snapshot as sn
from pysysdig.state.inspector import Inspector
from tests.state.streams import Stream, fd_name, thread

UPPER, LOWER = 1 << 15, 1 << 16


def test_relative_paths() -> None:
    s = Stream(st.process(10, "cat", cwd="/home/u"))
    plain = s.open(10, 3, "f")
    s.call("SYSCALL_CHDIR", 10, [], [0, "../v"])
    moved = s.open(10, 4, "f")
    s.open(10, 5, "/srv", flags=1 | 1024)
    by_fd = s.open(10, 6, "../f", dirfd=5)
    unknown = s.open(10, 7, "f", dirfd=77)
    view = s.run()
    assert [fd_name(view, p) for p in (plain, moved, by_fd, unknown)] == ["/home/u/f", "/home/v/f", "/f", "<UNKNOWN>f"]
    assert thread(view, plain).cwd == "/home/u/"
    assert thread(view, moved).cwd == "/home/v/"


def test_relative_to_the_root_directory() -> None:
    """sysdig 0.36 always puts a slash between, the current libraries where there is none."""
    for generation, path in ((OLD, "//etc"), (CURRENT, "/etc")):
        s = Stream(st.process(10, "cat", fds=[st.fd(5, "/", sn.FD_DIRECTORY)]), generation=generation)
        opened = s.open(10, 6, "etc", dirfd=5)
        assert fd_name(s.run(), opened) == path


@pytest.mark.parametrize(("layers", "flags"), [(0, 0), (1, UPPER), (2, LOWER), (3, UPPER), (4, 0)])
def test_layer_of_a_created_file(layers: int, flags: int) -> None:
    """Where in an overlay file system a file lies that creat has made; current recordings tell."""
    inspector = Inspector(st.snapshot(st.process(10, "x")), CURRENT)
    inspector.process(ev.batch([ev.event("SYSCALL_CREAT_X", 10**18, 10, [3, "/f", 0, 1, 2, layers])]))
    info = inspector.fds.get(inspector.threads.current[10].files, 3)
    assert info is not None and (info.openflags & (UPPER | LOWER)) == flags


@pytest.mark.parametrize(("name", "shown"), [("f", "/five"), ("/f", None), ("<NA>", "/six")])
def test_a_failed_open_shows_the_directory_it_began_in(name: str, shown: str | None) -> None:
    """In captures of enter and exit events: the one that the enter event names, if it names a file."""
    events = [
        ev.event("SYSCALL_OPENAT_2_E", 10**18, 10, [5, name, 1, 0]),
        ev.event("SYSCALL_OPENAT_2_X", 10**18, 10, [-2, 6, "f", 1, 0, 0, 0]),
    ]
    before = st.snapshot(st.process(10, "x", fds=[st.fd(n, path, sn.FD_DIRECTORY) for n, path in ((5, "/five"), (6, "/six"))]))
    view = Inspector(before, OLD).process(ev.batch(events))
    row = int(view.fd[1])
    assert (view.fds.rows[row].name if row >= 0 else None) == shown
    assert int(view.fdnum[1]) == -1
