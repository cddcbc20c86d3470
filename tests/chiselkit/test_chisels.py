"""Several chisels at once: failures, the end of the run, output in the order of the events."""

from __future__ import annotations

from pysysdig.chisel import Chisel, Event
from tests.chiselkit.callbacks import Fails, Opens, Run


def test_a_failing_chisel_leaves_the_others_alone(run_chisels: Run) -> None:
    alone = run_chisels(Opens)
    both = run_chisels(Fails, Opens)
    assert both.printed == alone.printed
    assert "chisel Fails failed: ValueError: on purpose" in both.said and "callbacks.py" in both.said
    assert both.chisels.failed and not alone.chisels.failed


def test_the_run_ends_when_no_chisel_is_left(run_chisels: Run) -> None:
    run = run_chisels(Fails)
    assert run.chisels.failed and run.printed == ""


def test_stop_ends_the_run_for_all(run_chisels: Run) -> None:
    class Stops(Chisel):
        stops = True
        filter = "evt.num>=150"

        def on_event(self, event: Event) -> None:
            self.print("stop")
            self.stop()

        def on_end(self) -> None:
            self.print("end", self.stopped)

    class Counts(Chisel):
        def on_start(self) -> None:
            self.seen: list[int] = []

        def on_event(self, event: Event) -> None:
            self.seen.append(event.num)

        def on_end(self) -> None:
            self.print("last", self.seen[-1])

    assert run_chisels(Counts, Stops).printed.splitlines() == ["stop", "last 149", "end true"]


def test_limits_and_filters_of_the_command_line(run_chisels: Run) -> None:
    class Numbers(Chisel):
        def on_event(self, event: Event) -> None:
            self.print(event.num)

    assert run_chisels(Numbers, "-n", "5").printed.count("\n") == 5
    some = run_chisels(Numbers, "evt.type=close").printed
    assert 0 < some.count("\n") < run_chisels(Numbers).printed.count("\n")
    assert run_chisels(Numbers, "-d", "evt.type=close").printed == run_chisels(Numbers).printed


def test_several_print_in_the_order_of_events(run_chisels: Run) -> None:
    class Closes(Opens):
        filter = "evt.type=close and evt.dir=<"

    lines = run_chisels(Closes, Opens).printed.splitlines()
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
