"""What configurations say of container engines, in both of their shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pysysdig.errors import UsageError
from pysysdig.rules.config_tree import read
from pysysdig.service.config import ServiceConfig
from pysysdig.service.engine_keys import engines
from pysysdig.settings import EngineChoice

ENGINES: dict[str, Any] = {
    "docker": {"enabled": False}, "cri": {"enabled": True, "sockets": ["/run/a.sock", "/run/b.sock"]}, "lxc": {"enabled": False},
    "static": {"enabled": True, "container_id": "ff", "container_name": "all", "container_image": "r/a:1"},
}  # fmt: skip
WANT = EngineChoice((("cri", ("/run/a.sock", "/run/b.sock")),), ("docker", "lxc"), 100, ("ff", "all", "r/a:1"))


def plugin(config: Any) -> dict[str, Any]:
    return {"plugins": [7, {"name": "json"}, {"name": "container", "init_config": config}]}


def test_both_shapes() -> None:
    assert engines({"container_engines": ENGINES}) == WANT
    assert engines(plugin({"engines": ENGINES, "label_max_len": 7})) == WANT._replace(max_label=7)
    assert engines(plugin(json.dumps({"engines": ENGINES}))) == WANT
    assert ServiceConfig({"container_engines": ENGINES}).engines == WANT


def test_in_a_file_all_scalars_are_texts(tmp_path: Path) -> None:
    """Of YAML (Falco's own falco.yaml has the settings of the plugin so)."""
    for tree in ({"container_engines": ENGINES}, plugin({"engines": ENGINES, "label_max_len": 100})):
        (tmp_path / "falco.yaml").write_text(yaml.safe_dump(tree))
        assert engines(read(str(tmp_path / "falco.yaml"))) == WANT


@pytest.mark.parametrize("tree", [{}, plugin(None), plugin(""), {"container_engines": None}, {"plugins": "x"}])
def test_nothing_said(tree: dict[str, Any]) -> None:
    assert engines(tree) == EngineChoice()


@pytest.mark.parametrize(
    "tree",
    [
        {"container_engines": 7},
        {"container_engines": {"cri": "x"}},
        {"container_engines": {"cri": {"sockets": "/run/a.sock"}}},
        {"container_engines": {"cri": {"sockets": ["a.sock"]}}},
        {"container_engines": {"docker": {"enabled": "perhaps"}}},
        plugin("{"),
        plugin([1]),
        plugin({"engines": []}),
        plugin({"label_max_len": 0}),
        plugin({"label_max_len": "x"}),
    ],
)
def test_what_makes_no_sense_is_named(tree: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="container_engines|plugins"):
        engines(tree)
