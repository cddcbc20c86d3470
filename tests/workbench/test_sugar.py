"""Short ways to write events, lost events, processes whose start is known."""

from __future__ import annotations

from pysysdig.workbench.verdict import ERROR, PASSED
from tests.workbench.conftest import Try


def test_a_process_is_as_old_as_it_is_said_to_be(attempt: Try) -> None:
    """What a process does later does not change what it was before."""
    (outcome,) = attempt(
        """
machine:
  processes:
    fresh: {exe: /usr/bin/fresh, started: 1m}
    child: {parent: fresh, exe: /usr/bin/child, started: 1s}
tests:
- name: t
  events:
  - {id: a, by: fresh, open: /etc/shadow}
  - {id: b, by: child, open: /etc/shadow}
  - {by: fresh, exec: /bin/other}
  expect:
    a: {rule: Read shadow, fields: {proc.duration: {startswith: "6000"}, proc.exepath: /usr/bin/fresh}}
    b: {rule: Read shadow, fields: {proc.duration: {startswith: "100"}, proc.pname: fresh}}
"""
    )
    assert outcome.status == PASSED, outcome


def test_a_child_is_not_older_than_its_parent(attempt: Try) -> None:
    text = "machine: {processes: {a: {started: 1s}, b: {parent: a, started: 2s}}}\n"
    (outcome,) = attempt(text + "tests: [{name: t, events: [{by: a, open: /x}], expect: []}]\n")
    assert outcome.status == ERROR and "a process starts after its parent" in outcome.reason


def test_lost_events(attempt: Try) -> None:
    (outcome,) = attempt(
        """
tests:
- name: t
  events: [{by: a, open: /x}, {drop: 1200}, {id: b, by: a, open: /etc/shadow}]
  expect: {b: {rule: Read shadow, fields: {evt.num: "1204"}}}
"""
    )
    assert outcome.status == PASSED, outcome.problems


def test_descriptors_capabilities_and_flags_of_programs(attempt: Try) -> None:
    (outcome,) = attempt(
        """
machine:
  processes:
    a: {fds: {5: "10.0.0.2:4000->1.2.3.4:80", 6: /var/log/x}, capabilities: 0x1, exe_upper_layer: true}
tests:
- name: t
  append_rules: |
    - rule: Any
      desc: d
      condition: evt.type in (dup2, execve)
      output: o
      priority: INFO
  events:
  - {id: sock, by: a, dup2: {res: 1, oldfd: 5, newfd: 1}}
  - {id: exec, by: b, exec: {exe: /tmp/x, flags: EXE_WRITABLE|EXE_FROM_MEMFD, comm: other}}
  expect:
    sock: {rule: Any, fields: {fd.sip: 1.2.3.4, fd.sport: "80", thread.cap_permitted: CAP_CHOWN, proc.is_exe_upper_layer: "true"}}
    exec: {rule: Any, fields: {proc.name: other, proc.is_exe_writable: "true", proc.is_exe_from_memfd: "true"}}
"""
    )
    assert outcome.status == PASSED, (outcome.reason, outcome.problems)


def test_both_generations_raise_the_same_alerts(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: t
  matrix: {generation: [current, enter-exit]}
  generation: "${generation}"
  events:
  - {by: a, fork: b}
  - {by: b, exec: /usr/bin/tool}
  - {id: open, by: b, open: /etc/shadow}
  - {id: udp, by: b, connect_to: {addr: "1.2.3.4:53", proto: udp}}
  expect:
    open: {rule: Read shadow, fields: {proc.name: tool, proc.pname: a}}
    udp: {rule: Talk, fields: {fd.sip: 1.2.3.4}}
"""
    )
    assert [o.status for o in outcomes] == [PASSED, PASSED], outcomes


def test_rules_of_before_see_enter_events(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: t
  cases: [{mode: current, n: 0}, {mode: enter-events, n: 1}]
  mode: "${mode}"
  generation: enter-exit
  append_rules: "[{rule: Enter, desc: d, condition: 'evt.type=openat and evt.dir=>', output: o, priority: INFO}]"
  events: [{by: a, open: /x}]
  expect: [{rule: Enter, count: "${n}"}]
"""
    )
    assert [o.status for o in outcomes] == [PASSED, PASSED], outcomes


def test_what_is_too_large_is_an_error(attempt: Try) -> None:
    (outcome,) = attempt(f"tests: [{{name: t, events: [{{by: a, open: /{'a' * 70_000}}}], expect: []}}]\n")
    assert outcome.status == ERROR and "has at most 65535 bytes" in outcome.reason
