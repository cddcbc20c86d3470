"""Synthetic machines and events become what rules see."""

from __future__ import annotations

import pytest

from pysysdig.workbench.model import like
from pysysdig.workbench.verdict import ERROR, FAILED, PASSED
from tests.workbench.conftest import Try

MACHINE = """
machine:
  users: {www-data: {uid: 33, home: /var/www}}
  containers:
    web: {image: "docker.io/library/nginx:1.25", k8s: {ns: prod, pod: web-7f}, mounts: ["/etc:/host/etc"]}
  processes:
    shim: {exe: /usr/bin/containerd-shim}
    nginx: {parent: shim, container: web, exe: /usr/sbin/nginx, args: [-g, "daemon off;"], user: www-data}
"""


def test_a_shell_in_a_container(attempt: Try) -> None:
    (outcome,) = attempt(
        MACHINE
        + """
tests:
- name: shell
  events:
  - {by: nginx, fork: sh}
  - {id: exec, by: sh, exec: {exe: /bin/bash, args: [-i], tty: 34816}}
  - {id: shadow, at: +2s, by: sh, open: {name: /etc/shadow}}
  - {by: sh, exit: 0}
  expect:
    exec:
    - rule: Shell
      output: "shell (parent=nginx image=docker.io/library/nginx:1.25 ns=prod tty=34816)"
      fields: {"proc.aname[2]": containerd-shim, user.name: www-data, proc.args: -i, evt.time: {startswith: "00:00"}}
    shadow: [{rule: Read shadow, output: "shadow read (user=www-data command=bash -i container=web)"}]
"""
    )
    assert outcome.problems == ()
    assert outcome.status == PASSED


def test_a_process_that_nobody_described_was_there_before(attempt: Try) -> None:
    (outcome,) = attempt(
        """
tests:
- name: x
  events: [{by: evil, open: /etc/shadow}, {by: backup, open: /etc/shadow}]
  expect: [{rule: Read shadow, fields: {proc.exepath: /usr/bin/evil, proc.pname: systemd, fd.num: "3", container.id: host}}]
"""
    )
    assert outcome.status == PASSED, outcome


def test_names_of_processes_end_after_15_bytes(attempt: Try) -> None:
    (outcome,) = attempt(
        """
tests:
- name: x
  events: [{by: a, exec: /usr/bin/a_very_long_name_indeed}, {by: a, open: /etc/shadow}]
  expect: [{rule: Read shadow, fields: {proc.name: a_very_long_nam}}]
"""
    )
    assert outcome.status == PASSED, outcome


@pytest.mark.parametrize("event", ["openat: {name: /etc/shadow, res: EACCES}", "open: {name: /etc/shadow, res: ENOENT}"])
def test_a_failed_open_has_a_name_and_no_descriptor(attempt: Try, event: str) -> None:
    wanted = "{rule: Read shadow, fields: {fd.name: /etc/shadow, fd.num: '-1', evt.failed: 'true'}}"
    (outcome,) = attempt(f"tests:\n- name: x\n  events: [{{by: evil, {event}}}]\n  expect: [{wanted}]\n")
    assert outcome.status == PASSED, outcome


def test_connections(attempt: Try) -> None:
    (outcome,) = attempt(
        """
tests:
- name: x
  events:
  - {id: a, by: py, connect_to: {addr: "203.0.113.9:53", proto: udp}}
  - {id: b, by: py, sendto: {fd: 3, res: 2, data: "a${n}"}, repeat: 3, every: 10ms, n: 5+2}
  - {id: c, by: py, connect_to: "203.0.113.9:53"}
  expect:
    a: [{rule: Talk, fields: {fd.name: "10.0.0.2:40003->203.0.113.9:53"}}]
    b: [{rule: Talk, count: 3, fields: {evt.buffer: {in: [a5, a7, a9]}}}]
    c: []
"""
    )
    assert outcome.problems == ()
    assert outcome.events == 7


def test_cases_and_matrix(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: "${who}"
  cases: [{who: evil, n: 1}, {who: backup, n: 0}]
  events: [{by: "${who}", open: /etc/shadow}]
  expect: [{rule: Read shadow, count: "${n}"}]
- name: m
  matrix: {who: [a, b], flags: [O_RDONLY, O_RDONLY|O_CLOEXEC]}
  events: [{by: "${who}", open: {name: /etc/shadow, flags: "${flags}"}}]
  expect: [Read shadow]
"""
    )
    assert [o.case.name for o in outcomes][:3] == ["evil", "backup", "m[who=a,flags=O_RDONLY]"]
    assert len(outcomes) == 6
    assert {o.status for o in outcomes} == {PASSED}


def test_rules_are_appended_switched_and_chosen(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: excepted
  append_rules: |
    - rule: Read shadow
      exceptions: [{name: e, fields: [proc.name, fd.name], comps: [=, startswith], values: [[restic, /etc/]]}]
      override: {exceptions: append}
  events: [{id: ok, by: restic, open: /etc/shadow}, {id: bad, by: evil, open: /etc/shadow}]
  expect: {ok: [], bad: [Read shadow]}
- name: switched off
  disable: [Read shadow]
  events: [{by: evil, open: /etc/shadow}]
  expect: []
- name: alone
  only: [Shell]
  events: [{by: evil, open: /etc/shadow}]
  expect: []
- name: too low
  config: {priority: error}
  events: [{by: evil, open: /etc/shadow}]
  expect: []
"""
    )
    assert [o.status for o in outcomes] == [PASSED] * 4, outcomes


def test_what_differs_is_said(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: unexpected
  events: [{id: here, by: evil, open: /etc/shadow}]
  expect: []
- name: unexpected at an event
  others: any
  events: [{id: here, by: evil, open: /etc/shadow}]
  expect: {here: []}
- name: others may
  others: [Read shadow]
  events: [{by: evil, open: /etc/shadow}]
  expect: []
- name: missing
  events: [{by: backup, open: /etc/shadow}]
  expect: [Read shadow]
- name: counted
  events: [{by: evil, open: /etc/shadow, repeat: 3}]
  expect: [{rule: Read shadow, count: {max: 2}}]
- name: field
  events: [{by: evil, open: /etc/shadow}]
  expect: [{rule: Read shadow, fields: {proc.name: good}, output: {regex: "^nothing"}}]
- name: said to fail
  xfail: bug
  events: [{by: backup, open: /etc/shadow}]
  expect: []
"""
    )
    assert [o.status for o in outcomes] == [FAILED, FAILED, PASSED, FAILED, FAILED, FAILED, FAILED]
    kinds = [[p.kind for p in o.problems] for o in outcomes]
    assert kinds == [["unexpected"], ["unexpected"], [], ["missing"], ["count"], ["field"], ["xfail"]]
    text = outcomes[5].problems[0].text
    assert "- proc.name = good\n+ proc.name = evil" in text
    assert "- output /^nothing/" in text
    assert "at here (event 1)" in outcomes[0].problems[0].text


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("events: [{by: a, opn: /x}]", "there is no event 'opn'"),
        ("events: [{by: a, openat: {nme: /x}}]", "did you mean name?"),
        ("events: [{by: a, openat: {flags: O_RDONLI, name: /x}}]", "did you mean O_RDONLY?"),
        ("events: [{by: a, openat: {res: ENOENTT, name: /x}}]", "did you mean ENOENT?"),
        ("events: [{by: a, read: {fd: 99999999999999999999, data: x}}]", "fd (FD) is from"),
        ("events: [{open: /x}]", "an event is `by:` a process"),
        ("events: [{by: a, open: /x, exit: 0}]", "an event is one thing that happens"),
        ("events: [{by: a, open: /x, at: 5}]", "must be a time like 10ms"),
        ("events: [{by: a, open: /x, repeat: 1000000}]", "repeat must be a whole number from 0 to 100000"),
        ("events: [{by: a, open: /x, at: 2s}, {by: a, open: /x, at: 1s}]", "in the order of their times"),
        ("events: [{by: a, connect_to: 1.2.3:99999}]", "is no address with a port"),
        ("machine: {processes: {a: {parent: b}}}\n  events: [{by: a, open: /x}]", "there is no process above 'b'"),
        ("machine: {processes: {a: {user: bob}}}\n  events: [{by: a, open: /x}]", "there is no user 'bob'"),
        ("machine: {processes: {a: {container: c}}}\n  events: [{by: a, open: /x}]", "there is no container 'c'"),
        ("events: [{by: a, user: root, open: /x}, {by: a, user: root, open: /x}]", "a is there already"),
        ("only: [Shel]\n  events: [{by: a, open: /x}]", "did you mean Shell?"),
        ("trace: nowhere.scap", "nowhere.scap"),
        ("append_rules: '- rule: {'\n  events: [{by: a, open: /x}]", "append_rules"),
    ],
)
def test_mistakes_are_errors_with_their_place(attempt: Try, test: str, said: str) -> None:
    (outcome,) = attempt(f"tests:\n- name: x\n  expect: []\n  {test}\n")
    assert outcome.status == ERROR
    assert said in outcome.reason
    assert "Traceback" not in outcome.reason


def test_tests_know_nothing_of_each_other(attempt: Try) -> None:
    """Rules are compiled once for several tests; what fields keep of the events before belongs to one test alone."""
    one = """
  append_rules: |
    - rule: Pause
      desc: an open
      condition: evt.type=openat and (%s)
      output: pause (%%evt.deltatime)
      priority: INFO
      warn_evttypes: false
  only: [Pause]
  events: [{id: a, by: x, open: /a}, {id: b, at: +2s, by: x, open: /b}]
  expect: {%s}
"""
    late = "evt.deltatime > 1000000000"
    always = "evt.num > 0"
    told = {
        late: 'b: [{rule: Pause, output: "pause (0)"}]',
        always: 'a: [{rule: Pause, output: "pause (0)"}], b: [{rule: Pause}]',
    }
    for condition, want in told.items():
        outcomes = attempt("tests:" + "".join(f"\n- name: {name}" + one % (condition, want) for name in ("one", "two")))
        assert [(o.status, o.reason, o.problems) for o in outcomes] == [(PASSED, "", ())] * 2


def test_texts_of_any_alphabet_are_bytes_in_utf_8(attempt: Try) -> None:
    outcomes = attempt(
        """
machine:
  hostname: h中
  users: {ü中: {uid: 5, home: /home/中, shell: /中}}
  groups: {g中: 7}
  processes:
    中: {exe: /bin/é中, argv0: 中, args: [é中], user: ü中, group: g中, cwd: /é中/, env: ["X=é中"],
      comm: é中中中中中中, fds: {5: /é中}}
    above: {exe: /bin/é中, started: 1s}
tests:
- name: said of the machine
  events: [{by: 中, read: {fd: 5, res: 0, data: 中, size: 1}}, {by: 中, open: /etc/shadow}]
  expect:
  - rule: Read shadow
    fields: {proc.name: "é中中中中�", proc.exepath: /bin/é中, proc.exe: 中, proc.args: é中, proc.cwd: /é中/, "proc.env[X]": é中,
      user.homedir: /home/中, user.shell: /中, user.name: ü中, group.name: g中, evt.hostname: h中}
- name: a name, a program
  events:
  - {by: 中é, fork: 文}
  - {by: 文, connect: {res: 0, fd: 3, tuple: "@a->/é中", addr: /é中}}
  - {by: 文, exec: {exe: /bin/é中, args: [é中], env: ["X=é中"], comm: é}}
  - {by: 文, open: /etc/shadow}
  - {by: above, open: /etc/shadow}
  expect:
  - {rule: Read shadow, fields: {proc.name: é, proc.pname: 中é, proc.exepath: /bin/é中, proc.args: é中, "proc.env[X]": é中}}
  - {rule: Read shadow, fields: {proc.name: é中}}
"""
    )
    assert [outcome.problems for outcome in outcomes] == [(), ()]


@pytest.mark.parametrize("mode", ["", "  generation: enter-exit\n"])
@pytest.mark.parametrize(
    "event",
    [
        "open: /LONG",
        "exec: {exe: /x, args: [LONG]}",
        "openat: {name: /LONG}",
        "exec: {exe: /x, env: [LONG]}",
        "unlink: {path: LONG}",
    ],
)
def test_what_no_event_can_hold_is_said_with_its_place(attempt: Try, event: str, mode: str) -> None:
    long = event.replace("LONG", "x" * 70_000)
    events = f"  events:\n  - {{by: a, open: /x}}\n  - {{by: a, {long}}}\n  expect: []\n"
    (outcome,) = attempt(f"tests:\n- name: x\n{mode}{events}")
    assert outcome.status == ERROR
    assert ".yaml:" in outcome.reason and "has at most 65535 bytes" in outcome.reason


def test_an_expression_takes_time_that_grows_with_the_text() -> None:
    """Not with the number of ways to match it."""
    found = like("evil .(a+)+c$")
    assert not found.fits("evil /" + "a" * 5000) and found.fits("an evil /aaac")
    assert like("^nothing").fits("nothing else") and not like("^nothing").fits("not nothing")
