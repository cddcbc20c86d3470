"""A second thread that does tasks in order, one ahead at most, and hands their errors on."""

from __future__ import annotations

import threading

import pytest

from pysysdig.trace.worker import Worker


def test_tasks_are_done_in_order() -> None:
    worker, done = Worker(), []
    for i in range(20):
        worker.submit(lambda i=i: done.append((i, threading.get_ident())))  # type: ignore[misc]
    worker.wait()
    assert [i for i, _ in done] == list(range(20))
    assert {thread for _, thread in done} != {threading.get_ident()}
    worker.close()


def test_only_one_task_is_ahead() -> None:
    worker, go, begun = Worker(), threading.Event(), threading.Event()

    def waiting() -> None:
        begun.set()
        go.wait()

    worker.submit(waiting)
    assert begun.wait(60)
    second = threading.Thread(target=worker.submit, args=(lambda: None,))
    second.start()
    second.join(0.05)
    assert second.is_alive()
    go.set()
    second.join(60)
    assert not second.is_alive()
    worker.close()


def test_an_error_is_raised_once_by_the_next_call() -> None:
    def failing() -> None:
        raise OSError("full")

    worker, done = Worker(), []
    worker.submit(failing)
    with pytest.raises(OSError, match="full"):
        worker.submit(lambda: done.append(1))
    worker.submit(lambda: done.append(2))
    worker.wait()
    assert done == [2]
    worker.close()


def test_the_end_waits_for_the_task_at_hand() -> None:
    worker, done = Worker(), []
    worker.submit(lambda: done.append(1))
    worker.close()
    assert done == [1] and not worker._thread.is_alive()
