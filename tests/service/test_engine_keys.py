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
from pysysdig.service.engine_keys import collector, engines
from pysysdig.settings import CollectorChoice, EngineChoice

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


@pytest.mark.parametrize("word", [True, "true", False, None])
def test_whether_events_wait(word: Any) -> None:
    tree = {"container_engines": {"cri": {} if word is None else {"disable_async": word}}}
    assert engines(tree).wait == bool(word) and not ServiceConfig(tree).unserved
    assert engines(plugin({"engines": tree["container_engines"]})).wait == bool(word)


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


@pytest.mark.parametrize("shape", [lambda engines: {"container_engines": engines}, lambda engines: plugin({"engines": engines})])
def test_the_key_that_is_wrong_is_named_in_both_shapes(shape: Any) -> None:
    place = "plugins" if "plugins" in shape({}) else "container_engines"
    for name in ("static", "docker"):
        with pytest.raises(UsageError, match=f"^{place}.{name}.enabled: true or false is wanted$"):
            engines(shape({name: {"enabled": "perhaps"}}))


K8SMETA = {"collectorHostname": "meta.svc", "collectorPort": 45000, "nodeName": "n1"}


def meta(config: Any, **more: Any) -> dict[str, Any]:
    return {"plugins": [{"name": "container"}, {"name": "k8smeta", "init_config": config}], **more}


def test_who_tells_of_pods(tmp_path: Path) -> None:
    assert collector({}) is None and collector(plugin({})) is None and collector(meta({}, load_plugins=["json"])) is None
    assert collector(meta(K8SMETA)) == CollectorChoice("meta.svc:45000", "n1")
    more = {**K8SMETA, "collectorHostname": "fe80::1", "caPEMBundle": "/ca.pem"}
    assert collector(meta(json.dumps(more), load_plugins=["k8smeta"])) == CollectorChoice("[fe80::1]:45000", "n1", "/ca.pem")
    (tmp_path / "falco.yaml").write_text(yaml.safe_dump(meta(K8SMETA)))
    assert ServiceConfig(read(str(tmp_path / "falco.yaml"))).collector == CollectorChoice("meta.svc:45000", "n1")


@pytest.mark.parametrize(
    "config",
    ["{", 3, {}, *({**K8SMETA, k: odd} for k in K8SMETA for odd in ("", "0" * 99)[: 1 + (k == "collectorPort")])],
)
def test_a_collector_that_is_not_said_rightly(config: Any) -> None:
    with pytest.raises(UsageError, match="plugins: "):
        collector(meta(config))
