"""Rules as Falco <= 0.31 made of pod security policies: on its public events."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Call
from tests.eventsources.k8s_audit.policies import rules
from tests.eventsources.k8s_audit.test_public_cases import FOLDER

# policy -> what it says; the cases that are about it begin with one of the words
POLICIES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no_privileged": ({"privileged": False}, ("privileged_",)),
    "no_host_ipc": ({"hostIPC": False}, ("host_ipc_",)),
    "host_ports_100_200_only": ({"hostNetwork": True, "hostPorts": [(100, 200)]}, ("host_network_ports_",)),
    "only_secret_volumes": ({"volumes": ["secret"]}, ("volumes_",)),
    "only_mount_host_usr": ({"allowedHostPaths": ["/usr"]}, ("allowed_host_paths_",)),
    "only_lvm_cifs_flex_volumes": (
        {"volumes": ["flexVolume"], "allowedFlexVolumes": ["example/lvm", "example/cifs"]}, ("allowed_flex_volumes_",),
    ),
    "read_only_root_fs": ({"readOnlyRootFilesystem": True}, ("read_only_root_fs_",)),
    "user_must_run_as_non_root": ({"runAsUser": ("MustRunAsNonRoot", [])}, ("user_must_run_as_non_root_",)),
    "user_must_run_as_30": ({"runAsUser": ("MustRunAs", [(30, 40)])}, ("user_must_run_as_",)),
    "group_must_run_as_30": ({"runAsGroup": ("MustRunAs", [(30, 40)])}, ("group_must_run_as_",)),
    "group_may_run_as_30": ({"runAsGroup": ("MayRunAs", [(30, 40)])}, ("group_may_run_as_",)),
    "allow_capability_sys_nice": ({"allowedCapabilities": ["SYS_NICE"]}, ("allowed_capabilities_",)),
    "allow_default_proc_mount_type": ({"allowedProcMountTypes": ["Default"]}, ("allowed_proc_mount_types_",)),
}  # fmt: skip


def cases() -> dict[str, Any]:
    path = FOLDER / "cases.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    return {name: case for name, case in known.items() if not case["rules"]}


CASES = cases()


@pytest.mark.skipif(not CASES, reason="Falco's test data is not here")
@pytest.mark.parametrize("name", CASES or [""])
def test_case(name: str, tmp_path: Path, call_cli: Call) -> None:
    """Those without rule files, of audit events and of system calls: the policies' rules, all of them, are tried."""
    case = CASES[name]
    policy, (spec, _) = next((p, said) for p, said in POLICIES.items() if name.startswith(said[1]))
    path = tmp_path / "rules.yaml"
    path.write_text(rules(policy, spec))
    shown = call_cli("-r", FOLDER / "events" / case["events"], "--rules", path, "-j")
    assert not shown.returncode, shown.stderr
    alerts = [json.loads(line) for line in shown.stdout.decode().splitlines()]
    counts = Counter(alert["rule"] for alert in alerts)
    assert counts == (case["counts"] or {})
