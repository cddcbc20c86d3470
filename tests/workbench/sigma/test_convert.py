"""Files of Sigma's rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.rules.load import RuleText, load_rules
from pysysdig.workbench.sigma.convert import convert, sigma_files
from tests.workbench.sigma.conftest import Convert, sigma

DETECTION = "{a: {Image: x}, condition: a}"


def test_a_rule_of_falco(convert_text: Convert) -> None:
    made = convert_text(
        DETECTION, more="level: critical\ntags: [attack.execution, attack.t1059.004, cve.2021-1]\ndescription: d\n"
    )
    (rule,) = load_rules([RuleText("r", made.text.encode())]).rules
    assert (rule.name, rule.priority, rule.tags) == ("T", 2, ["T1059.004", "mitre_execution", "sigma"])
    assert rule.description == "d (Sigma 7f1dd2a0-8f0e-4d3a-9d3e-0d7c7f8b5a01)" and "%proc.exeline" in rule.output


@pytest.mark.parametrize(
    ("source", "why"),
    [("service: auditd", "auditd logs records"), ("category: ps_script", "no events like"), ("service: sshd", "no events like")],
)
def test_other_logs_are_refused(convert_text: Convert, source: str, why: str) -> None:
    assert why in convert_text(DETECTION, source).why[0]


def test_hostile_files(tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    evil = sigma(DETECTION).replace("title: T", 'title: "T\\e[2J\\n- rule: x %proc.name"')
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(9)
    )
    texts = (
        evil,
        bomb,
        "[",
        "x",
        "- 1",
        "a: 1",
        sigma("{condition: a}"),
        sigma("{a: {Image: x}, condition: nosuch}"),
        "\x00",
        "[" * 5000,
    )
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yml").write_text(text)
    found = convert(sigma_files([str(tmp_path)]))
    assert [one.grade for one in found if one.grade != "refused"] == ["exact"] and len(found) >= len(texts) - 1
    text = "".join(one.text + "".join(one.why) + one.title for one in found)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    (rule,) = load_rules([RuleText("r", text[: text.index("tags:")].encode() + b"tags: []\n")]).rules
    assert rule.name.startswith("T") and "%proc.name" not in rule.output


def test_names_are_told_apart(tmp_path: Path) -> None:
    pytest.importorskip("sigma")
    for name in "ab":
        (tmp_path / f"{name}.yml").write_text(sigma(DETECTION))
    made = convert(sigma_files([str(tmp_path)]))
    assert len(load_rules([RuleText("r", "".join(one.text for one in made).encode())]).rules) == 2
    for path in ("none", "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(PysysdigError):
            sigma_files([str(tmp_path / path)])
