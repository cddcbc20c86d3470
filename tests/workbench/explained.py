"""Explaining events of rules that tests write."""

from __future__ import annotations

from typing import Any

import numpy as np

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT
from pysysdig.rules.engine import FIRST, Switch, active_rules
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.state.build import process, snapshot
from pysysdig.state.inspector import Inspector
from pysysdig.workbench.explain import Explainer, Looked
from pysysdig.workbench.findings import Findings
from pysysdig.workbench.survey import Survey

RULES = """
- list: shells
  items: [bash, zsh]
- macro: opened
  condition: (evt.type in (open, openat) and fd.num >= 0)
- rule: Shadow
  desc: d
  condition: opened and fd.name in (/etc/shadow, /etc/gshadow) and not proc.name in (shells)
  output: o
  priority: WARNING
  exceptions:
  - name: backup
    fields: [proc.name, fd.name]
    comps: [=, startswith]
    values: [[restic, /var/], [restic, /etc/]]
  - name: helpers
    fields: proc.name
    values: [one, two]
- rule: Etc
  desc: d
  condition: opened and fd.name startswith /etc/
  output: o
  priority: INFO
- rule: Never
  desc: d
  condition: evt.type=open and fd.name=/etc/passwd
  output: o
  priority: INFO
"""


def opens(*names: tuple[str, str]) -> list[Event]:
    """openat by a process of that name of a file."""
    tids = {name: 40 + i for i, name in enumerate(dict.fromkeys(who for who, _ in names))}
    return [event("SYSCALL_OPENAT_2_X", n, tids[who], [3, -100, path, 1, 0, 0, 0]) for n, (who, path) in enumerate(names, 1)]


def looked(*names: tuple[str, str], rules: str = RULES, matching: str = FIRST, **switch: Any) -> tuple[Explainer, Looked]:
    """Rules tried on files that processes open."""
    loaded = load_rules([RuleText("f.yaml", rules.encode())])
    assert loaded.successful, loaded.results[0].as_text()
    explainer = Explainer(loaded, active_rules(loaded.rules, 7, [Switch(**switch)] if switch else []), CURRENT, matching)
    processes = [process(40 + i, who) for i, who in enumerate(dict.fromkeys(who for who, _ in names))]
    view = Inspector(snapshot(*processes), CURRENT, explainer.needs).process(batch(opens(*names)))
    return explainer, explainer.look(view)


def surveyed(name: str, *names: tuple[str, str], **more: Any) -> Findings:
    """What became of a rule."""
    explainer, found = looked(*names, **more)
    survey = Survey(explainer, explainer.number(name))
    sel = np.arange(len(found.view))
    survey.add(found, sel, explainer.probe.read(found.view, sel))
    return survey.findings()
