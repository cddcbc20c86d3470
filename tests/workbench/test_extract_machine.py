"""The machine of a test, from what a trace knows of it."""

from __future__ import annotations

import json

import numpy as np

from pysysdig.events.build import batch, event
from pysysdig.events.table import CURRENT
from pysysdig.state.build import process, snapshot, user
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import THREAD
from pysysdig.state.snapshot import GroupEntry
from pysysdig.state.view import EventView
from pysysdig.workbench.extract_machine import Machine

HEX = "3a" * 32
LABELS = {"io.kubernetes.pod.name": "web-1", "app": "shop"}
WEB = {
    "id": HEX[:12], "full_id": HEX, "type": 0, "name": "web", "image": "nginx:1", "imagerepo": "nginx", "labels": LABELS,
    "Mounts": [{"Source": "/a", "Destination": "/b", "Mode": "", "RW": True, "Propagation": ""}], "privileged": True,
}  # fmt: skip
ACCOUNTS = (user(0, "root"), user(1000, "ann", 1000, "/home/ann", "/bin/zsh"), GroupEntry(50, "staff"))
PROCESSES = (
    process(1, "systemd", ptid=0),
    process(20, "sh -x", exe="-sh", exepath="/bin/sh", args=["-x"], uid=1000, gid=50, cwd="/tmp", tty=7, loginuid=1000),
    process(30, "cat", ptid=20, exe="/usr/bin/cat", exe_writable=True, cap_permitted=255, env=["A=b"]),
    process(40, "in", exe="/usr/bin/in", cgroups=[f"cpu=/docker/{HEX}"], vtid=1, vpid=1),
)  # fmt: skip


def view_of(*told: dict[str, object]) -> EventView:
    events = [event("CONTAINER_JSON_2_E", tid=-1, params=[json.dumps({"container": info})]) for info in told]
    events += [event("SYSCALL_GETUID_X", tid=tid, params=[0]) for tid in (30, 40)]
    return Inspector(snapshot(*PROCESSES, accounts=ACCOUNTS), CURRENT, THREAD).process(batch(events))


def named(machine: Machine, view: EventView, position: int) -> str:
    sel = np.array([position])
    return machine.process(view, sel, int(view.main_at(sel)[0]), int(view.batch.num_of(sel)[0]), 10)


def test_a_process_and_those_above_it() -> None:
    machine = Machine()
    view = view_of()
    assert named(machine, view, 0) == named(machine, view, 0) == "cat-30"
    sh, cat = machine.processes["sh_-x-20"], machine.processes["cat-30"]
    assert list(machine.processes) == ["sh_-x-20", "cat-30"]  # those above first; what tests have without saying so is not said
    assert sh == {
        "pid": 20, "exe": "/bin/sh", "argv0": "-sh", "args": ["-x"], "comm": "sh -x", "tty": 7, "cwd": "/tmp/", "user": "ann",
        "loginuid": "ann", "group": "staff",
    }  # fmt: skip
    assert cat.items() >= {"parent": "sh_-x-20", "exe": "/usr/bin/cat", "exe_writable": "true", "capabilities": "0xff"}.items()
    assert cat["env"] == ["A=b"] and not {"argv0", "comm", "flags", "user", "group", "cwd", "container"} & cat.keys()
    assert machine.users == {"ann": {"uid": 1000, "gid": 1000, "home": "/home/ann", "shell": "/bin/zsh"}}
    assert machine.groups == {"staff": 50}


def test_a_container() -> None:
    machine = Machine()
    name = named(machine, view_of(WEB), 2)
    assert machine.processes[name].items() >= {"container": "web", "vpid": 1}.items()
    assert machine.containers == {
        "web": {
            "id": HEX, "image": "nginx:1", "privileged": "true", "k8s": {"pod": "web-1"}, "labels": {"app": "shop"},
            "mounts": ["/a:/b"],
        }
    }  # fmt: skip


def test_a_container_of_which_only_the_id_is_known() -> None:
    machine = Machine()
    name = named(machine, view_of(), 1)
    assert machine.processes[name]["container"] == HEX[:12]
    assert machine.containers == {HEX[:12]: {"id": HEX[:12], "metadata": "false"}}


def test_who_is_started_by_an_event_is_not_there_before() -> None:
    machine = Machine()
    view = view_of()
    named(machine, view, 0)
    assert machine.born(30) == "cat-30" and "cat-30" not in machine.processes
    assert machine.born(77) == "child-77"
