"""Leaders, parents and ancestors as rows of threads."""

from __future__ import annotations

import numpy as np
import pytest

from pysysdig.events.build import event
from pysysdig.events.table import CURRENT, OLD
from pysysdig.fields import lineage
from pysysdig.state.build import process
from tests.fields.asked import START, TREE, getuid, process_view, values


def test_pid_namespace_leaders() -> None:
    tree = [
        process(70, "shim", ptid=1, sid=70),
        process(71, "sh", ptid=70, sid=1, vpgid=1, vtid=1, vpid=1),
        process(72, "job", ptid=71, sid=1, vpgid=7, vtid=7, vpid=7),
        process(1, "init", ptid=0),
    ]
    view = process_view(tree, [getuid(72)])
    assert values(view, "proc.sname") == ["sh"]
    assert values(view, "proc.vpgid.name") == ["job"]


def names(view: object, rows: np.ndarray) -> list[str | None]:
    threads = view.threads.rows  # type: ignore[attr-defined]
    return [threads[row].comm if row >= 0 else None for row in rows.tolist()]


SEL = np.array([0, 1])


@pytest.mark.parametrize("generation", [OLD, CURRENT])
def test_ancestors(generation: str) -> None:
    kind = ("SYSCALL_GETUID_E", []) if generation == OLD else ("SYSCALL_GETUID_X", [0])
    view = process_view(TREE, [event(kind[0], START, tid, kind[1], generation=generation) for tid in (30, 31)], generation)
    assert names(view, lineage.leader_rows(view, SEL)) == ["cat", "cat"]
    assert names(view, lineage.parent_rows(view, SEL)) == ["bash", "bash"]
    for n, name in enumerate(("cat", "bash", "sshd", "init", None)):
        assert names(view, lineage.ancestor_rows(view, SEL, n)) == [name, name]
    assert lineage.ancestor_rows(view, SEL, lineage.MAX_DEPTH + 1).tolist() == [-1, -1]


def test_walking_up_ends() -> None:
    """At those that nobody knows, and in circles."""
    view = process_view(TREE, [getuid(30)])
    found = [names(view, up)[0] for up in lineage.walk(view, view.thread, SEL[:1])]
    assert found == ["bash", "sshd", "init"]
    circle = process_view([process(5, "a", ptid=6), process(6, "b", ptid=5)], [getuid(5)])
    assert len(list(lineage.walk(circle, circle.thread, SEL[:1]))) < 5


def test_the_same_is_worked_out_once() -> None:
    """Until a thread changes."""
    view = process_view(
        TREE,
        [
            getuid(30),
            getuid(30),
            event("SYSCALL_SETUID_E", START, 20, [5]),
            event("SYSCALL_SETUID_X", START, 20, [0]),
            getuid(30),
        ],
    )
    rows, sel, inverse = lineage.distinct(view, view.thread[[0, 1, 4]], np.array([0, 1, 4]))
    assert sel.tolist() == [0, 4] and inverse.tolist() == [0, 0, 1] and rows.tolist() == view.thread[[0, 4]].tolist()
