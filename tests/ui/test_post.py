"""The engine's end of the pipe."""

from __future__ import annotations

from multiprocessing.connection import Pipe

import pytest

from pysysdig.ui.messages import Describe, Note, Question, Show, Sum, Switch
from pysysdig.ui.post import Gone, Post


def test_of_several_questions_the_latest_counts_and_of_those_about_events() -> None:
    mine, theirs = Pipe()
    switched: list[Switch] = []
    post = Post(theirs, switched.append)
    for asked in (Show(1, "procs", ""), Describe(2, 7), Describe(3, 8), Switch(0, "Shell"), Sum(4, "rule")):
        mine.send(asked)
    assert post.pending
    taken: list[Question] = [post.next(), post.next()]
    assert taken == [Sum(4, "rule"), Describe(3, 8)]
    assert switched == [Switch(0, "Shell")]
    assert post.asked() == []


@pytest.mark.parametrize(
    ("asked", "unwanted"), [(Show(1, "procs", ""), True), (Describe(1, 2), False), (Switch(0, "Shell"), True)]
)
def test_what_makes_an_answer_unwanted(asked: Question, unwanted: bool) -> None:
    mine, theirs = Pipe()
    post = Post(theirs, lambda rule: None)
    assert not post.listen()
    mine.send(asked)
    assert post.listen() == unwanted


def test_there_is_something_to_do_until_somebody_asks() -> None:
    mine, theirs = Pipe()
    done: list[int] = []

    def idle() -> bool:
        done.append(1)
        if len(done) == 3:
            mine.send(Show(1, "procs", ""))
        return True

    assert Post(theirs, lambda rule: None).next(idle) == Show(1, "procs", "") and len(done) == 3


@pytest.mark.parametrize("closed", [False, True])
def test_a_screen_that_is_gone(closed: bool) -> None:
    mine, theirs = Pipe()
    post = Post(theirs, lambda rule: None)
    if closed:
        mine.close()
        with pytest.raises(Gone):
            post.tell([Note("a")])
    else:
        mine.send(None)
    with pytest.raises(Gone):
        post.next()
