"""Kubernetes' audit events through rules: events a second of CPU time, with json of the standard library and with orjson.

    python benchmarks/audit.py [--events N] [--rules FILE ...]

A log of N events (200,000) like those of a cluster at work, most of them reads and leases, some pods, config maps, bindings and
execs; 50 rules like Falco's, unless --rules names others. Start-up counts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from typing import Any

from timing import ROOT, Program, begin, measure, table

_SEED = 11
_RESOURCES = ("pods", "services", "deployments", "namespaces", "serviceaccounts", "clusterroles", "ingresses", "secrets")
_CONDITIONS = (
    "kevt and {kind} and kcreate and response_successful",
    "kevt and {kind} and kdelete and response_successful",
    "kevt and pod and kcreate and ka.req.pod.containers.privileged intersects (true) and not ka.target.namespace in (n{n})",
    "kevt and pod and kcreate and ka.req.pod.volumes.hostpath intersects (/proc, /etc, /var/run/docker.sock, /{n})",
    "kevt and kcreate and ka.target.resource=configmaps and ka.req.configmap.obj contains secret{n}",
    "kevt and pod_subresource and ka.target.subresource in (exec, attach) and not ka.user.name in (u{n})",
    "kevt and ka.user.name=system:anonymous and ka.auth.decision=allow and not ka.uri startswith /health{n}",
)
_HEAD = """
- required_plugin_versions: [{name: k8saudit, version: 0.7.0}, {name: json, version: 0.7.0}]
- macro: kevt
  condition: (jevt.value[/stage] in (ResponseComplete))
- macro: kcreate
  condition: ka.verb=create
- macro: kdelete
  condition: ka.verb=delete
- macro: pod
  condition: ka.target.resource=pods and not ka.target.subresource exists
- macro: pod_subresource
  condition: ka.target.resource=pods and ka.target.subresource exists
- macro: response_successful
  condition: (ka.response.code startswith 2)
"""


def rules(count: int) -> str:
    """So many."""
    out = [_HEAD]
    for n in range(count):
        kind = f"ka.target.resource={_RESOURCES[n % len(_RESOURCES)]} and not ka.target.name startswith x{n}"
        condition = _CONDITIONS[n % len(_CONDITIONS)].format(kind=kind, n=n)
        output = f"K8s rule {n} (user=%ka.user.name target=%ka.target.name ns=%ka.target.namespace resp=%ka.response.code)"
        out.append(
            f"- {{rule: Rule {n}, desc: d, condition: '{condition}', output: '{output}', priority: NOTICE, source: k8s_audit}}\n"
        )
    return "".join(out)


def event(chance: random.Random, number: int) -> dict[str, Any]:
    """One of the events of a cluster."""
    kind = chance.choices(("read", "lease", "pod", "config", "exec", "binding"), (55, 30, 8, 3, 1, 3))[0]
    namespace = f"team-{chance.randrange(40)}"
    resource = {"lease": "leases", "pod": "pods", "config": "configmaps", "exec": "pods", "binding": "rolebindings"}.get(
        kind, "nodes"
    )
    verb = {"read": chance.choice(("get", "list", "watch")), "lease": "update"}.get(kind, "create")
    name = f"{kind}-{chance.randrange(5000)}"
    out: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse" if kind in ("pod", "config", "binding") else "Metadata",
        "auditID": f"{chance.getrandbits(64):016x}-{number}",
        "stage": chance.choices(("ResponseComplete", "RequestReceived", "ResponseStarted"), (80, 15, 5))[0],
        "requestURI": f"/apis/v1/namespaces/{namespace}/{resource}/{name}?timeout=10s",
        "verb": verb,
        "user": {
            "username": f"system:serviceaccount:{namespace}:runner",
            "groups": ["system:serviceaccounts", "system:authenticated"],
        },
        "sourceIPs": ["10.0.0.7"],
        "userAgent": "kube-controller-manager/v1.31.0 (linux/amd64) kubernetes/abcdef0",
        "objectRef": {"resource": resource, "namespace": namespace, "name": name, "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 201 if verb == "create" else 200},
        "requestReceivedTimestamp": f"2024-05-01T10:{number // 60000 % 60:02d}:{number // 1000 % 60:02d}.{number % 1000:03d}000Z",
        "stageTimestamp": f"2024-05-01T10:{number // 60000 % 60:02d}:{number // 1000 % 60:02d}.{number % 1000:03d}500Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "RBAC: allowed"},
    }
    if kind == "pod":
        containers = [
            {"name": f"c{i}", "image": f"registry/app{i}:1", "securityContext": {"privileged": i == 7}} for i in range(2)
        ]
        out["requestObject"] = {"kind": "Pod", "spec": {"containers": containers, "volumes": [{"name": "v", "emptyDir": {}}]}}
        out["responseObject"] = {"kind": "Pod", "metadata": {"name": name}, "spec": out["requestObject"]["spec"]}
    elif kind == "config":
        out["requestObject"] = {"kind": "ConfigMap", "data": {f"key{i}": "value " * 20 for i in range(5)}}
    elif kind == "exec":
        out["objectRef"]["subresource"] = "exec"
    elif kind == "binding":
        out["requestObject"] = {"subjects": [{"kind": "User", "name": "ann"}], "roleRef": {"name": "view"}}
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rules", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log, own = os.path.join(folder, "audit.json"), os.path.join(folder, "rules.yaml")
        chance = random.Random(_SEED)
        with open(log, "w", encoding="utf-8") as file:
            for number in range(asked.events):
                file.write(json.dumps(event(chance, number), separators=(",", ":")) + "\n")
        with open(own, "w", encoding="utf-8") as file:
            file.write(rules(50))
        size = os.path.getsize(log) / asked.events
        os.makedirs(os.path.join(folder, "no", "orjson"))
        with open(os.path.join(folder, "no", "orjson", "__init__.py"), "w", encoding="utf-8") as file:
            file.write("raise ImportError\n")
        words = ["-r", log, *(word for path in asked.rules or [own] for word in ("--rules", path))]
        begin("Audit events")
        print(f"{asked.events} events of {size:.0f} bytes, {'rules of the files' if asked.rules else '50 rules'}:\n")
        rows = []
        for title, first in (("orjson", ""), ("json", os.path.join(folder, "no"))):
            path = os.pathsep.join(filter(None, (first, ROOT)))
            program = Program(title, (sys.executable, "-m", "pysysdig"), {"PYTHONPATH": path})
            uses = [measure(program, words) for _ in range(asked.rounds)]
            times = [use.cpu for use in uses if use is not None]
            if not times:
                rows.append((title, "fails", "", ""))
                continue
            cpu, mib = statistics.median(times), max(use.mib for use in uses if use)
            rows.append((title, f"{cpu:.2f} s", f"{asked.events / cpu:,.0f}", f"{mib:.0f}"))
        print(table(["parser", "CPU", "events/CPU s", "MiB"], rows))


if __name__ == "__main__":
    main()
