"""A workload with secrets in every place that a capture has, and the secrets."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pysysdig.events.build import Event, batch, event
from pysysdig.events.table import CURRENT
from pysysdig.sources.files import File
from pysysdig.state import build
from pysysdig.state import snapshot as s
from pysysdig.trace.writer import TraceWriter


class Planted(NamedTuple):
    path: Path
    secrets: list[str]


USER, GROUP, HOST, PERSON = "alicewonder", "wonderfolk", "vault-host-77", "caroline.q"
TOKEN, PASSWORD, MARK = "zQ93kkTokenValue", "hunter2-hunter2", "longerthanabuffer"
FILE, FOLDER, SOCKET = "payroll2026.xlsx", "mergerplans", "agent-socket-xy"
PEER, LOCAL, PEER6 = "203.0.113.77", "198.51.100.23", "2001:db8:77:1:aaaa:bbbb:cccc:dddd"
CONTAINER, LABEL, IMAGE_TOKEN = "ledger-db", "team-orion", "mount-source-z"
ID = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
SECRETS = [
    USER, GROUP, HOST, PERSON, TOKEN, PASSWORD, MARK, FILE, FOLDER, SOCKET, PEER, LOCAL, PEER6, CONTAINER, LABEL, IMAGE_TOKEN,
]  # fmt: skip


def state() -> s.Snapshot:
    """The machine: the secrets are in accounts, interfaces, the processes' paths, arguments, environment and descriptors."""
    out = build.snapshot(
        build.process(1, "init", ptid=0),
        build.process(
            100,
            "bash",
            exe=f"/home/{USER}/bin/bash",
            exepath=f"/home/{USER}/bin/bash",
            args=["-c", f"login --password={PASSWORD} {PERSON}", f"-p{PASSWORD}"],
            env=[f"TOKEN={TOKEN}", f"HOME=/home/{USER}", f"{PERSON}=1"],
            cwd=f"/home/{USER}/{FOLDER}/",
            cgroups=[f"cpuset=/docker/{ID}", f"pids=/user.slice/{FOLDER}"],
            fds=[
                build.fd(3, f"/srv/{FOLDER}/{FILE}"),
                build.fd(4, type_=s.FD_IPV4_SOCK, sip=LOCAL, dip=PEER, sport=4000, dport=443, l4=2),
                build.fd(5, f"/run/{SOCKET}", s.FD_UNIX_SOCK),
            ],
        ),
        build.process(101, "worker", ptid=100, args=[PERSON], uid=1000, cwd="/tmp/"),
        accounts=[build.user(1000, USER, 1000, f"/home/{USER}"), s.GroupEntry(1000, GROUP)],
        interfaces=[build.interface("lo", "127.0.0.1", 8), build.interface("eth0", LOCAL, 24)],
    )
    out.hostname = HOST
    return out


def events() -> Iterator[Event]:
    """What happens: the secrets are in parameters of all kinds, and in data as they are, encoded and split."""
    told = {
        "container": {
            "id": ID[:12], "full_id": ID, "type": 0, "name": CONTAINER, "image": "postgres:16", "imagerepo": "postgres",
            "labels": {"team": LABEL}, "ip": LOCAL, "Mounts": [{"Source": f"/{IMAGE_TOKEN}", "Destination": "/data"}],
            "env": [f"PG={TOKEN}"], "privileged": True,
        }
    }  # fmt: skip
    ts = iter(range(1_700_000_000_000_000_000, 1_700_000_001_000_000_000, 1_000))
    yield event("CONTAINER_JSON_2_E", next(ts), -1, [json.dumps(told)], hidden=True)
    yield event("USER_ADDED_E", next(ts), -1, [1001, 1001, PERSON, f"/home/{PERSON}", "/bin/sh", ""], hidden=True)
    yield event("GROUP_ADDED_E", next(ts), -1, [1002, GROUP, ""], hidden=True)
    yield event("SYSCALL_OPENAT_2_X", next(ts), 100, [6, -100, FILE, 1, 0, 0, 0])
    yield event("SYSCALL_OPENAT_2_X", next(ts), 100, [7, -100, f"/etc/{FOLDER}/{FILE}", 1, 0, 0, 0])
    yield event("SYSCALL_OPENAT_2_X", next(ts), 101, [-2, -100, f"/home/{USER}/.ssh/id", 1, 0, 0, 0])
    text = f"user {USER} token {TOKEN} at {PEER}".encode()
    encoded = (
        text,
        base64.b64encode(text),
        base64.b64encode(b"x" + text),
        text.hex().encode(),
        text.decode().encode("utf-16-le"),
    )
    for data in encoded:
        yield event("SYSCALL_WRITE_X", next(ts), 100, [len(data), data, 6, len(data)])
    for data in (b"abc" + MARK[:9].encode(), MARK[9:].encode() + b"def"):
        yield event("SYSCALL_READ_X", next(ts), 100, [len(data), data, 7, len(data)])
    yield event("SOCKET_CONNECT_X", next(ts), 100, [0, (LOCAL, 4001, PEER, 443), 4, (PEER, 443)])
    yield event("SOCKET_CONNECT_X", next(ts), 100, [0, ("2001:db8::5", 4001, PEER6, 443), 4, (PEER6, 443)])
    yield event("SOCKET_CONNECT_X", next(ts), 100, [0, (1, 2, f"/run/{SOCKET}"), 5, f"/run/{SOCKET}"])
    yield event("SYSCALL_MKDIR_2_X", next(ts), 101, [0, f"/var/{FOLDER}", 0o755])
    yield event("SYSCALL_CHDIR_X", next(ts), 101, [0, f"/var/{FOLDER}"])
    yield event("SYSCALL_PRCTL_X", next(ts), 101, [0, 15, "renamed", 0])
    params = [
        0,
        "/usr/bin/curl",
        [f"https://{USER}:{PASSWORD}@{HOST}/", "-H", f"Authorization: {TOKEN}"],
        101,
        101,
        100,
        f"/var/{FOLDER}",
    ]
    params += [0, 0, 0, 0, 0, 0, "curl", [f"cpu=/docker/{ID}"], [f"TOKEN={TOKEN}"], 0, 101, 1000, 0]
    yield event("SYSCALL_EXECVE_19_X", next(ts), 101, params)
    yield event("SYSCALL_UNLINKAT_2_X", next(ts), 101, [0, -100, FILE, 0])


def plant(folder: Path) -> Planted:
    """A complete trace without state blobs, as a recorder writes it."""
    path = folder / "planted.pscap"
    file = File(str(path))
    out = TraceWriter(file)
    out.begin(state(), CURRENT)
    out.write_batch(batch(events()))
    out.finish()
    file.close()
    return Planted(path, SECRETS)
