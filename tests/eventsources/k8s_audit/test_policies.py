"""Rules as Falco <= 0.31 made of pod security policies, on its public events: what they are to find is said in its test cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Call
from tests.eventsources.k8s_audit.test_public_cases import FOLDER

START = "jevt.value[/stage] in (ResponseComplete) and ka.target.resource=pods and ka.verb=create and ka.target.subresource=<NA>"
# case -> what the policy forbids; None: found in system calls
CONDITIONS = {
    "allowed_capabilities_detect": "not ka.req.pod.containers.add_capabilities in (<NA>, SYS_NICE)",
    "allowed_flex_volumes_detect": "not ka.req.pod.volumes.flexvolume_driver in (<NA>, lvm, cifs)",
    "allowed_host_paths_detect": "not ka.req.pod.volumes.hostpath pmatch (/usr)",
    "allowed_proc_mount_types_match": "not ka.req.pod.containers.proc_mount in (<NA>, Default)",
    "group_may_run_as_detect_both": "not ka.req.pod.containers.eff_run_as_group in (30)",
    "group_may_run_as_detect_sec_ctx": "not ka.req.pod.run_as_group in (<NA>, 30)",
    "group_may_run_as_not_detect": "not ka.req.pod.containers.run_as_group in (<NA>, 30)",
    "group_must_run_as_detect_both": "not ka.req.pod.containers.eff_run_as_group in (0:30, 40)",
    "group_must_run_as_detect_sec_ctx": "ka.req.pod.run_as_group > 30",
    "group_must_run_as_not_detect": "not ka.req.pod.containers.eff_run_as_group in (30:30)",
    "host_ipc_detect": "ka.req.pod.host_ipc intersects (true)",
    "host_network_ports_detect": "not ka.req.pod.containers.host_port in (100:200)",
    "privileged_detect_k8s_audit": "ka.req.pod.containers.privileged intersects (true)",
    "read_only_root_fs_no_detect": "not ka.req.pod.containers.read_only_fs in (true)",
    "user_must_run_as_detect_sec_ctx": "not ka.req.pod.containers.eff_run_as_user in (30)",
    "user_must_run_as_non_root_no_detect_both": "ka.req.pod.containers.eff_run_as_user intersects (0)",
    "user_must_run_as_non_root_no_detect_sec_ctx": "ka.req.pod.containers.eff_run_as_user intersects (0)",
    "user_must_run_as_not_detect_both": "not ka.req.pod.containers.eff_run_as_user in (30)",
    "user_must_run_as_not_detect_sec_ctx": "not ka.req.pod.containers.eff_run_as_user in (30)",
    "volumes_detect": "not ka.req.pod.volumes.volume_type in (<NA>, secret)",
}


@pytest.mark.skipif(not (FOLDER / "cases.json").is_file(), reason="Falco's test data is not here")
@pytest.mark.parametrize("name", CONDITIONS)
def test_policy(name: str, tmp_path: Path, call_cli: Call) -> None:
    case = json.loads((FOLDER / "cases.json").read_text())[name]
    rules = tmp_path / "rules.yaml"
    condition = f"{START} and {CONDITIONS[name]}"
    rule = {
        "rule": "policy",
        "desc": "d",
        "condition": condition,
        "output": "found",
        "priority": "WARNING",
        "source": "k8s_audit",
    }
    rules.write_text(json.dumps([rule]))
    shown = call_cli("-r", FOLDER / "events" / case["events"], "--rules", rules)
    assert not shown.returncode
    assert (b"Warning found" in shown.stdout) is case["detect"]
