"""Rules as Falco <= 0.31 made of pod security policies (falcoctl): of a policy's specification the rules of both sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

AUDIT, SYSCALL = "k8s_audit", "syscall"
MACROS = {
    "ka_always_true": "(jevt.rawtime exists)",
    "ka_container": '((ka_always_true) and (jevt.value[/stage] in ("ResponseComplete")) and (ka.target.resource=pods and not '
    "ka.target.subresource exists) and ka.verb=create and ka.req.pod.containers.image.repository in (images))",
    "container_of": "((evt.num>=0) and container.image.repository in (images))",
    "writes": "(evt.type=open or evt.type=openat) and evt.is_open_write=true and fd.typechar='f' and fd.num>=0",
}


def ranges(given: list[tuple[int, int]]) -> str:
    """As they are written in conditions."""
    return ",".join(f'"{low}:{high}"' for low, high in given)


def _conditions(spec: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(name, source, what is forbidden) for what a policy says; what it does not mention is forbidden if it is a flag."""
    if not spec.get("privileged"):
        yield "privileged) K8s Audit", AUDIT, "ka.req.pod.containers.privileged intersects (true)"
        yield "privileged) System Activity", SYSCALL, "evt.type=container and container.privileged intersects (true)"
    for key, field in (("hostPID", "host_pid"), ("hostIPC", "host_ipc"), ("hostNetwork", "host_network")):
        if not spec.get(key):
            yield f"{key})", AUDIT, f"ka.req.pod.{field} intersects (true)"
    for key, field, op, items in (
        ("hostPorts", "containers.host_port", "in", ranges),
        ("volumes", "volumes.volume_type", "in", ",".join),
        ("allowedHostPaths", "volumes.hostpath", "pmatch", ",".join),
        ("allowedFlexVolumes", "volumes.flexvolume_driver", "in", ",".join),
        ("allowedCapabilities", "containers.add_capabilities", "in", ",".join),
        ("allowedProcMountTypes", "containers.proc_mount", "in", ",".join),
    ):
        if key in spec:
            yield f"{key})", AUDIT, f'not ka.req.pod.{field} {op} ({items(spec[key])},"<NA>")'
    if spec.get("readOnlyRootFilesystem"):
        yield "readOnlyRootFilesystem) K8s Audit", AUDIT, "not ka.req.pod.containers.read_only_fs in (true)"
        yield "readOnlyRootFilesystem) System Activity", SYSCALL, "writes"
    if spec.get("allowPrivilegeEscalation") is False:
        yield "allowPrivilegeEscalation)", AUDIT, "(ka.req.pod.containers.allow_privilege_escalation intersects (true))"
    yield from _identities(spec)


def _identities(spec: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key, field, own, call in (("runAsUser", "user", "user.uid", "setuid"), ("runAsGroup", "group", "group.gid", "setgid")):
        rule, allowed = spec.get(key, ("", []))
        effective = f"ka.req.pod.containers.eff_run_as_{field}"
        exits = f"evt.type in (execve, {call}) and evt.dir=<"
        if rule == "MustRunAs":
            yield f"{key}=MustRunAs) K8s Audit", AUDIT, f"not ({effective} in ({ranges(allowed)}))"
            inside = " or ".join(f"({own} >= {low} and {own} <= {high})" for low, high in allowed)
            yield f"{key}=MustRunAs) System Activity", SYSCALL, f"{exits} and not ({inside})"
        elif rule == "MustRunAsNonRoot":
            yield f"{key}=MustRunAsNonRoot) K8s Audit", AUDIT, f'({effective} intersects ("0:0"))'
            yield f"{key}=MustRunAsNonRoot) System Activity", SYSCALL, f"{exits} and user.uid=0"
        elif rule == "MayRunAs":
            nobody = f'(ka.req.pod.containers.run_as_{field} in ("<NA>") and ka.req.pod.run_as_{field}="<NA>")'
            yield f"{key}=MayRunAs)", AUDIT, f"not {effective} in ({ranges(allowed)}) and not {nobody}"
    for key, field in (("fsGroup", "fs_group"), ("supplementalGroups", "supplemental_groups")):
        rule, allowed = spec.get(key, ("", []))
        if rule:
            more = ',"<NA>"' if rule == "MayRunAs" else ""
            yield f"{key}={rule})", AUDIT, f"not (ka.req.pod.{field} in ({ranges(allowed)}{more}))"


def rules(name: str, spec: dict[str, Any], images: str = "nginx") -> str:
    """The rule file of a policy; `rule` of identities are pairs (MustRunAs, ranges)."""
    out: list[dict[str, Any]] = [{"required_engine_version": 5}, {"list": "images", "items": [images]}]
    out += [{"macro": macro, "condition": condition} for macro, condition in MACROS.items()]
    for what, source, condition in _conditions(spec):
        out.append({
            "rule": f"PSP {name} Violation ({what}",
            "desc": "d",
            "condition": f"{'ka_container' if source == AUDIT else 'container_of'} and {condition}",
            "output": "found",
            "priority": "WARNING",
            "source": source,
        })  # fmt: skip
    return json.dumps(out)
