"""A backtest of many traces, in as many processes as wanted: what comes out is the same for any number of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from pysysdig.rules.config import RuleConfig
from pysysdig.workbench.backtest.model import Outcome, TraceResult, Variant
from pysysdig.workbench.backtest.play import Player


def backtest(
    variants: Sequence[Variant], paths: Sequence[str], config: RuleConfig, *, jobs: int = 1, costs: bool = False
) -> Outcome:
    """Try the variants on traces. Raises FilterError, FormatError; a trace that cannot be read has an `error` in its result."""
    player = Player(variants, config, costs=costs)
    jobs = min(jobs, len(paths))
    if len(paths) > 1:
        player.prepare()
    if jobs <= 1:
        results = [player.play(path) for path in paths]
    else:
        results = _parallel(player, paths, jobs)
    return Outcome(tuple(variants), tuple(results))


def _parallel(player: Player, paths: Sequence[str], jobs: int) -> list[TraceResult]:
    """A process for each trace, the largest first, so that none is left alone in the end. Processes are forked: what is compiled
    need not be compiled again, and one that crashes costs its own trace only."""
    context = multiprocessing.get_context("fork")
    waiting = sorted(range(len(paths)), key=lambda i: (_size(paths[i]), i))
    running: dict[Connection, tuple[int, Any]] = {}
    results: dict[int, TraceResult] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(player, paths[number], theirs), daemon=True)
                process.start()
                theirs.close()
                running[ours] = (number, process)
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                number, process = running.pop(ready)
                try:
                    results[number] = ready.recv()
                except EOFError:
                    process.join()
                    error = f"{paths[number]}: the process ended ({process.exitcode})"
                    results[number] = TraceResult(paths[number], error=error)
                ready.close()
                process.join()
    finally:
        for _, process in running.values():
            process.terminate()
    return [results[number] for number in range(len(paths))]


def _work(player: Player, path: str, pipe: Connection) -> None:
    pipe.send(player.play(path))
    pipe.close()


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
