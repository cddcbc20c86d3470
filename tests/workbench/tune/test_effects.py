"""What proposals would do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from pysysdig.errors import PysysdigError
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.engine import active_rules
from pysysdig.rules.load import load_rules
from pysysdig.workbench.backtest.model import Variant
from pysysdig.workbench.tune.effects import MustFire, effects, must_fire
from pysysdig.workbench.tune.model import Cell, Proposal
from tests.workbench.conftest import SHADOWED

CAT = Proposal("Broad", "tuned_1", (Cell("proc.name", "=", ("cat",)),), 1, True)
CONFIG = RuleConfig()


@pytest.fixture
def base(tmp_path: Path) -> Variant:
    path = tmp_path / "r.yaml"
    path.write_text(SHADOWED)
    loaded = load_rules([str(path)])
    return Variant("A", (str(path),), tuple(active_rules(loaded.rules, CONFIG.priority)), cache(lambda: loaded))


def test_hiding_uncovers(base: Variant, root: Path) -> None:
    (effect,), together = effects(base, [CAT], [str(root / "captures" / "demo.scap")], MustFire(), CONFIG)
    assert (effect.hides, effect.keeps, effect.refused) == (1, 7, "")
    assert [d.rule for d in effect.uncovered] == ["Later"] and len(effect.vanish) == 1
    assert together is not None and together.total(1) == {"Broad": 7, "Later": 1}


def test_what_does_nothing_or_does_not_load_is_refused(base: Variant, root: Path) -> None:
    nothing = CAT._replace(cells=(Cell("proc.name", "=", ("nosuch",)),))
    broken = CAT._replace(cells=(Cell("nosuch.field", "=", ("x",)),))
    found, together = effects(base, [nothing, broken], [str(root / "captures" / "demo.scap")], MustFire(), CONFIG)
    assert [f.refused.split(":")[0] for f in found] == [
        "it hides nothing on these traces",
        "it does not load",
    ] and together is None


def test_what_must_fire(base: Variant, root: Path, tmp_path: Path) -> None:
    (tmp_path / "cat_test.yaml").write_text(
        "version: 1\nrules: [none.yaml]\ntests:\n- name: cat\n  events: [{by: cat, open: /etc/x}]\n  expect: [{rule: Broad}]\n"
        "- name: fails anyway\n  events: [{by: cat, open: /etc/x}]\n  expect: [{rule: Later}]\n"
    )
    trace = str(root / "captures" / "demo.scap")
    traces: Callable[..., list[str]] = list
    sort = CAT._replace(cells=(Cell("proc.name", "=", ("sort",)),))
    tests = must_fire([str(tmp_path)], traces)
    assert tests == MustFire((str(tmp_path / "cat_test.yaml"),), ())
    found, _ = effects(base, [CAT, sort], [trace], tests, CONFIG)
    assert "cat_test.yaml: cat" in found[0].refused and not found[1].refused
    found, _ = effects(base, [CAT], [trace], must_fire([trace], traces), CONFIG)
    assert "demo.scap event 1050, Broad" in found[0].refused
    with pytest.raises(PysysdigError):
        must_fire([str(tmp_path / "none_test.yaml")], traces)
