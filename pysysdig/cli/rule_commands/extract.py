"""`pysysdig rules extract`: a synthetic test of events of a trace."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysysdig.cli.failure import two_on_error
from pysysdig.cli.job import job_of
from pysysdig.cli.meanings import Draft, Put
from pysysdig.cli.option import REQUIRED, Option
from pysysdig.cli.subcommand import Syntax, borrowed
from pysysdig.errors import PysysdigError, UsageError
from pysysdig.output.terminal import escaped

if TYPE_CHECKING:
    from pysysdig.workbench.extract import Scene
    from pysysdig.workbench.verdict import Outcome

SYNTAX = Syntax(
    "rules extract",
    "",
    "Write a synthetic test of events of a trace: with their processes and those above, descriptors, containers, accounts, and "
    "the rules that they raise alerts of. The test passes; what of the trace it could not reproduce stands in a remark, and the "
    "exit status is 1 then.",
    (
        *borrowed("read", "rules"),
        Option("event", "", "event", REQUIRED, "NUM[,NUM...]", "", "The events: 12 or 12,15 or 12-20.",
               Put("extract.events", parse=str)),
        Option("name", "", "name", REQUIRED, "TEXT", "", "What the test is called.", Put("extract.name", parse=str)),
        Option("output", "", "output", REQUIRED, "FILE", "", "Where it is written, instead of standard output.",
               Put("extract.output", parse=str)),
        *borrowed("config", "config_option"),
    ),
)  # fmt: skip


@two_on_error
@SYNTAX.command
def run(draft: Draft, words: list[str]) -> int:
    """Returns the exit status. Raises BrokenPipeError."""
    from pysysdig.cli.alert_config import alert_config
    from pysysdig.workbench.extract import wanted_numbers
    from pysysdig.workbench.writing import rewrite, spare

    asked = draft.take("extract")
    job = job_of(draft)
    if words or len(job.run.files) != 1 or not job.rules.files or "events" not in asked:
        raise UsageError("rules extract: -r FILE --rules FILE --event NUM are needed")
    try:
        numbers = wanted_numbers(asked["events"])
    except ValueError:
        raise UsageError(f"rules extract: --event is 12 or 12,15 or 12-20, not {asked['events']}") from None
    config = alert_config(job)
    files = config.rule_paths(job.rules.files)
    scene, raised = _collect(job.run.files[0], files, numbers, config)
    output = asked.get("output", "")
    name = asked.get("name") or f"events {asked['events']} of {os.path.basename(job.run.files[0])}"
    text, missed = _passing(scene, files, name, raised, os.path.dirname(output) if output else "")
    if output:
        spare(output, [job.run.files[0], *files])
        rewrite(output, text.encode())
    else:
        from pysysdig.output.stream import say

        say(text)
    sys.stderr.write("".join(escaped(f"{line}\n") for line in missed))
    return 1 if missed else 0


def _collect(trace: str, files: Sequence[str], numbers: Sequence[int], config: Any) -> tuple[Scene, dict[int, list[str]]]:
    """The events of the trace, and the rules that they raise alerts of."""
    from pysysdig.cli.rule_loading import rule_set
    from pysysdig.replay import replay
    from pysysdig.rules.engine import Engine, active_rules
    from pysysdig.sources.convert import converted
    from pysysdig.sources.opening import open_any
    from pysysdig.state.levels import FD
    from pysysdig.workbench.extract import Scene

    rules = active_rules(rule_set(files, config).rules, config.priority, config.rules)
    engine = Engine(rules, matching=config.rule_matching)
    scene = Scene()
    raised: dict[int, list[str]] = {}
    wanted = set(numbers)
    with open_any(trace) as capture:
        for view, sel in replay(converted(capture.sections()), level=max(engine.needs, FD)):
            positions, indexes = engine.match(view, sel)
            number_of = dict(zip(sel.tolist(), view.batch.num_of(sel).tolist()))
            for position, index in zip(positions.tolist(), indexes.tolist()):
                if number_of[position] in wanted:
                    raised.setdefault(number_of[position], []).append(rules[index].name)
            for position, number in number_of.items():
                if number in wanted:
                    scene.take(view, position)
                    wanted.discard(number)
            if not wanted:
                break
    if wanted:
        shown = ", ".join(map(str, sorted(wanted)[:5]))
        raise PysysdigError(f"rules extract: rules see no event {shown} in {trace} (of system calls they see the ends)")
    return scene, raised


def _passing(scene: Scene, files: Sequence[str], name: str, raised: dict[int, list[str]], folder: str) -> tuple[str, list[str]]:
    """(the text of the test, which passes; which alerts of the trace it does not reproduce)."""
    from pysysdig.workbench.extract_yaml import test_file

    shown = [os.path.relpath(path, folder or ".") for path in files]
    whole = [os.path.abspath(path) for path in files]
    outcome, got = _tried(test_file(scene, whole, name, raised, ()))
    if outcome is not None:
        raise PysysdigError(f"rules extract: the test cannot be run: {outcome.reason}")
    missed = []
    for number in sorted(raised.keys() | got.keys()):
        before, after = raised.get(number, []), got.get(number, [])
        missed += [f"event {number}: {rule} fires in the trace, but not in this test" for rule in before if rule not in after]
        missed += [f"event {number}: {rule} fires in this test, but not in the trace" for rule in after if rule not in before]
    return test_file(scene, shown, name, got, missed), missed


def _tried(text: str) -> tuple[Outcome | None, dict[int, list[str]]]:
    """(what went wrong, if it could not be run; the rules that each event raises alerts of)."""
    from pysysdig.workbench.files import read_suite
    from pysysdig.workbench.play import play
    from pysysdig.workbench.verdict import ERROR, Outcome

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "extracted_test.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        (case,) = read_suite(path).cases
        try:
            played = play(case)
        except PysysdigError as error:
            return Outcome(case, ERROR, reason=error.render()), {}
    out: dict[int, list[str]] = {}
    for alert in played.raised:
        if alert.id:
            out.setdefault(int(alert.id[1:]), []).append(alert.rule)
    return None, out
