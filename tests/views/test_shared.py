"""What several views have in common."""

from __future__ import annotations

from pysysdig.views.model import Action
from pysysdig.views.shared import PROCESS_ACTIONS, USE_BY_THREAD, container_actions, selections


def test_keys_of_actions_are_told_apart() -> None:
    """And what ends something asks first."""
    for actions in (PROCESS_ACTIONS, container_actions(Action("x", "docker top %container.id"))):
        assert len({a.key for a in actions}) == len(actions)
        assert all(a.confirm for a in actions if "kill" in a.command.split())
    assert [a.key for a in container_actions(Action("x", "y"))][-4:] == ["x", "z", "u", "w"]


def test_selections() -> None:
    assert selections("proc.pid fd.name", orchestrators=False) == ("", "proc.pid", "fd.name")
    assert selections("proc.pid", top=False)[0] == "proc.pid" and "k8s.pod.id" in selections("proc.pid")


def test_use_by_thread_is_merged() -> None:
    key, *rest = USE_BY_THREAD
    assert key.role == "key" and all(c.aggregation and c.merge for c in rest)
