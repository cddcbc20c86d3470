"""What configurations say of plugins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pysysdig.errors import ConfigError
from pysysdig.rules.config_tree import BadKey, read
from pysysdig.service.config import load
from pysysdig.service.plugin_keys import MAX_BODY, MAX_EVENT, InputSettings, inputs, is_loaded, plugins, settings_of, whole

NAMES = ("k8saudit", "container", "k8smeta")  # whose settings are read, each somewhere else


def tree(config: Any, name: str = "k8saudit", **more: Any) -> dict[str, Any]:
    return {"plugins": [{"name": name, "init_config": config, "open_params": "http://127.0.0.1:9/k8s-audit"}], **more}


def got(config: Any) -> InputSettings:
    (found,) = inputs(tree(config))
    return found


def test_where_events_come_from(tmp_path: Path) -> None:
    usual = InputSettings("k8s_audit", "http://127.0.0.1:9/k8s-audit", "/etc/falco/falco.pem", MAX_BODY, MAX_EVENT)
    for nothing in (None, "", " ", {}, "{}", {"webhookMaxBatchSize": ""}):
        assert got(nothing) == usual
    said = {"webhookMaxBatchSize": 4096, "maxEventSize": 512, "sslCertificate": "/c.pem", "useAsync": True}
    want = usual._replace(certificate="/c.pem", most=4096, largest=512)
    as_texts = {**said, "webhookMaxBatchSize": "4096", "maxEventSize": "512"}
    for given in (said, as_texts, json.dumps(said), json.dumps(as_texts)):
        assert got(given) == want
    (tmp_path / "falco.yaml").write_text(yaml.safe_dump(tree(said)))
    assert inputs(read(str(tmp_path / "falco.yaml"))) == (want,)


def test_which_are_wanted() -> None:
    assert inputs(tree({}, load_plugins=["json"])) == () and len(inputs(tree({}, load_plugins=["k8saudit"]))) == 1
    assert inputs({"plugins": [7, {"name": "okta"}]}) == ()
    assert [found.params for found in inputs({"plugins": [{"name": "k8saudit"}]})] == [""]  # the start says what is missing
    for loaded in ([], ["json"], "json"):
        assert inputs({"plugins": [{"name": "k8saudit"}], "load_plugins": loaded}) == () and not is_loaded(
            {"load_plugins": loaded}, "a"
        )
    assert is_loaded({}, "a") and is_loaded({"load_plugins": "a"}, "a") and is_loaded({"load_plugins": ["b", "a"]}, "a")
    assert plugins({"load_plugins": ["container", "okta", "k8saudit"]}) == ["okta"]
    assert settings_of({"plugins": [7, None, {"name": "a", "init_config": "[]"}, {"name": "b"}]}, "b") == {}
    assert settings_of({"plugins": "x"}, "x") is None


@pytest.mark.parametrize("name", ["k8saudit", "k8smeta"])
def test_plugins_that_are_not_set_up(name: str, tmp_path: Path) -> None:
    """As Falco says it. What needs no settings may be loaded without."""
    (tmp_path / "falco.yaml").write_text(f"json_output: true\nload_plugins: [container, json, {name}]\n")
    with pytest.raises(ConfigError) as told:
        load(str(tmp_path / "falco.yaml"))
    assert str(told.value) == f"{tmp_path}/falco.yaml:2:15: Cannot load plugin '{name}': plugin config not found for given name"
    assert inputs({"load_plugins": ["container", "json"]}) == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("config", ["{", "[1]", "7", "[" * 100_000, '{"a":' * 100_000, "9" * 5000, [1], '"x"'])
def test_settings_that_cannot_be_read_are_an_error_in_a_line(name: str, config: Any, tmp_path: Path) -> None:
    (tmp_path / "falco.yaml").write_text(yaml.safe_dump(tree(config, name)))
    with pytest.raises(ConfigError) as told:
        load(str(tmp_path / "falco.yaml"))
    first = str(told.value).splitlines()[0]
    assert first.startswith(f"{tmp_path}/falco.yaml:") and name in first and len(first) < 300


@pytest.mark.parametrize(
    "config",
    [{"webhookMaxBatchSize": odd} for odd in (0, -1, "x", "1e9", 1.5, True, [1], 10**9, "9" * 5000)] + [{"sslCertificate": 7}],
)
def test_settings_that_make_no_sense_are_named(config: dict[str, Any]) -> None:
    (key,) = config
    for given in (config, json.dumps(config)):
        with pytest.raises(BadKey, match=f"^plugins: the plugin k8saudit wants .* as {key}$"):
            got(given)


def test_numbers() -> None:
    assert [whole(v) for v in (1, "1", "007", 999_999_999)] == [1, 1, 7, 999_999_999]
    strange: list[Any] = [None, "", True, -1, "+1", " 1", "\u0661", 1.0, 10**9, []]
    assert not any(map(whole, strange))
