"""Why a test failed, and whether rules are silent for the reason that the test gives."""

from __future__ import annotations

import socket

import pytest

from pysysdig.workbench.verdict import ERROR, FAILED, PASSED, Outcome
from tests.workbench.conftest import Try

EXCEPTION = """
  append_rules: |
    - rule: Read shadow
      exceptions:
      - {name: other, fields: [proc.name], values: [[zed]]}
      - {name: backup, fields: [proc.name, fd.name], comps: [=, startswith], values: [[restic, /var/], [restic, /etc/]]}
      override: {exceptions: append}
"""


def because(attempt: Try, who: str, why: str) -> Outcome:
    (outcome,) = attempt(
        f"tests:\n- name: t{EXCEPTION}  events: [{{id: ok, by: {who}, open: /etc/shadow}}]\n"
        f"  expect: {{ok: {{none: true, because: {why}}}}}\n"
    )
    return outcome


def test_the_reason_holds(attempt: Try) -> None:
    for why in ("{exception: backup, row: 1}", "{exception: backup}", "{exception: backup, row: 1, rule: Read shadow}"):
        assert because(attempt, "restic", why).status == PASSED


def test_another_row_another_exception_or_another_cause(attempt: Try) -> None:
    for who, why in (
        ("restic", "{exception: backup, row: 0}"), ("restic", "{exception: other}"), ("sshd", "{exception: backup}"),
    ):  # fmt: skip
        outcome = because(attempt, who, why)
        assert outcome.status == FAILED and outcome.problems[0].kind == "because" and outcome.problems[0].why


def test_no_such_exception(attempt: Try) -> None:
    outcome = because(attempt, "restic", "{exception: backups}")
    assert outcome.status == ERROR and "no rule with an exception 'backups'" in outcome.reason and "backup" in outcome.reason


def test_a_failure_says_why(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: at an event
  events: [{id: e, by: sshd, open: /etc/shadow}]
  expect: {e: [Read shadow]}
- name: anywhere
  events: [{by: cat, open: /x}, {by: sshd, open: /etc/shadow}]
  expect: [Read shadow]
- name: unexpected
  events: [{id: e, by: evil, open: /etc/shadow}]
  expect: []
"""
    )
    for outcome in outcomes[:2]:
        assert outcome.problems[0].kind == "missing" and any("proc.name = sshd" in line for line in outcome.problems[0].why)
    assert outcomes[0].problems[0].explanation is not None and outcomes[0].problems[0].explanation["status"] == "false"
    assert outcomes[2].problems[0].explanation is not None and outcomes[2].problems[0].explanation["alerted"] is True


def test_order(attempt: Try) -> None:
    outcomes = attempt(
        """
tests:
- name: t
  cases: [{a: sendto, b: open}, {a: open, b: sendto}]
  events: [{by: p, connect_to: {addr: "1.2.3.4:53", proto: udp}}, {by: p, open: /etc/shadow}]
  expect: [{rule: Talk, at: [connect*]}, {rule: Read shadow, order: strict}]
- name: u
  events: [{by: p, open: /etc/shadow}, {by: p, connect_to: {addr: "1.2.3.4:53", proto: udp}}]
  expect: [{rule: Talk, at: [connect*]}, {rule: Read shadow, order: strict}]
"""
    )
    assert [o.status for o in outcomes] == [PASSED, PASSED, FAILED] and outcomes[2].problems[0].kind == "order"


def test_an_alert_that_another_rule_took(attempt: Try) -> None:
    (outcome,) = attempt(
        """
tests:
- name: t
  append_rules: "[{rule: Later, desc: d, condition: evt.type=openat and fd.name=/etc/shadow, output: o, priority: INFO}]"
  events: [{id: e, by: evil, open: /etc/shadow}]
  others: [Read shadow]
  expect: [{rule: Later, at: [e]}]
"""
    )
    assert outcome.problems[0].kind == "shadowed" and any("taken by Read shadow" in line for line in outcome.problems[0].why)


def test_domain_names_have_the_addresses_that_the_test_gives(attempt: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is not asked."""
    monkeypatch.setattr(socket, "getaddrinfo", None)
    rule = "{rule: Dns, desc: d, condition: evt.type=connect and fd.sip.name=api.example.com, output: o, priority: INFO}"
    outcomes = attempt(
        f"""
tests:
- name: t
  append_rules: "[{rule}]"
  machine: {{dns: {{api.example.com: [192.0.2.7, "2001:db8::7"]}}}}
  cases: [{{to: "192.0.2.7:443", n: 1}}, {{to: "192.0.2.8:443", n: 0}}, {{to: "[2001:db8::7]:443", n: 1}}]
  events: [{{by: a, connect_to: "${{to}}"}}]
  expect: [{{rule: Dns, count: "${{n}}"}}]
- name: no such name
  append_rules: "[{rule}]"
  events: [{{by: a, connect_to: "192.0.2.7:443"}}]
  expect: []
"""
    )
    assert {o.status for o in outcomes} == {PASSED}, outcomes
