"""The streams that the benchmarks replay: made here, recorded live.

    sudo python benchmarks/streams.py FOLDER [--seconds N] [--events N] [STREAM ...]

STREAM: churn (a shell that starts processes without end), web (nginx and ab over loopback), build (small C files are compiled),
busy (not made but taken from ../shared, where that is). What cannot be had (no root, no BPF, a program that is not installed) is
left out, with a word. For each of them the folder then has

    NAME.live.pscap   as it was recorded
    NAME.scap         the same events in sysdig's format
    NAME.pscap        the same events with what they see of the state
    NAME.0.29.scap    the same events as sysdig 0.29 knows them, which crashes on newer types (not of busy, which it can read)

A stream is as long as --seconds or as many events as --events say, whichever is less: long enough that start-up (0.07 s of
CPU) is a small part of what a run over it takes. Some 150 bytes of disk go for each of the events.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from timing import ROOT

STREAMS = ("churn", "web", "build", "busy")
_BUSY = os.path.join(ROOT, "..", "shared", "captures", "busy.scap.gz")
_NEEDED = {"churn": ("bash",), "web": ("nginx", "ab"), "build": ("cc",), "busy": ()}
_LAST_KNOWN, _LAST_CALL = 335, 328  # of sysdig 0.29's event types, and of its numbers of system calls
_PREDECESSORS = (  # new, old, number of the parameters of the old enter and exit events
    ("SYSCALL_DUP_1", "SYSCALL_DUP", 1, 1),
    ("SYSCALL_DUP2", "SYSCALL_DUP", 1, 1),
    ("SYSCALL_DUP3", "SYSCALL_DUP", 1, 1),
    ("SYSCALL_PIPE2", "SYSCALL_PIPE", 0, 4),
    ("SOCKET_ACCEPT4_6", "SOCKET_ACCEPT4_5", 1, 5),
)
_CHURN = 'while :; do /bin/true; sh -c "cat /etc/hostname | wc -c" > /dev/null; done'
_BUILD = "i=0; while :; do i=$((i + 1)); cc -O1 -c one.c -o $i.o && ar rc all.a $i.o && rm $i.o; done"
_SOURCE = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { puts(getenv("HOME")); return 0; }\n'
_NGINX = """worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/errors; events {{ worker_connections 512; }}
http {{ access_log {folder}/log; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""


def lacking(name: str) -> str:
    """What a load needs and this machine does not have, "" = nothing."""
    return ", ".join(program for program in _NEEDED[name] if not shutil.which(program))


@contextmanager
def load(name: str) -> Iterator[str]:
    """The load `name` (not busy) goes on within; yields its folder, where a web server writes its `log`."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # nginx's worker is another user
        commands = {"churn": ["bash", "-c", _CHURN], "build": ["bash", "-c", _BUILD], "web": []}
        started: list[subprocess.Popen[bytes]] = []

        def start(command: list[str]) -> None:
            quiet = subprocess.DEVNULL
            started.append(subprocess.Popen(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True))

        if name == "web":
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            for file, text in (("conf", _NGINX.format(folder=folder, port=port)), ("page", "a line of text\n" * 100)):
                with open(os.path.join(folder, file), "w", encoding="utf-8") as target:
                    target.write(text)
            start(["nginx", "-c", os.path.join(folder, "conf")])
            time.sleep(1)
            start(["ab", "-q", "-t", "100000", "-n", "5000000", "-c", "8", f"http://127.0.0.1:{port}/page"])
        else:
            with open(os.path.join(folder, "one.c"), "w", encoding="utf-8") as target:
                target.write(_SOURCE)
            start(commands[name])
        try:
            yield folder
        finally:
            ended = [process.args for process in started if process.poll() is not None]
            for process in reversed(started):
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
            if ended:
                raise SystemExit(f"the load {name} ended by itself: {ended}")


def record(name: str, path: str, seconds: float, events: int) -> None:
    """Record `seconds` of a load, at most so many events."""
    with subprocess.Popen([sys.executable, "-m", "pysysdig", "-w", path, "-n", str(events)], cwd=ROOT) as recorder:
        time.sleep(4)  # it starts, and the load finds it at work
        with load(name), suppress(subprocess.TimeoutExpired):
            recorder.wait(seconds)
        time.sleep(0.5)
        recorder.send_signal(signal.SIGINT)  # nothing if it has ended
    if recorder.returncode:
        raise SystemExit(f"recording {name} failed")


def older(path: str, target: str) -> None:
    """A .scap file (of what `record` records) for sysdig 0.29: descriptors of types that it does not know are left out, newer
    event types become their predecessors (which have the first few of their parameters) or `syscall` events."""
    from pysysdig.events.table import OLD, load
    from pysysdig.scap import blocks as b
    from pysysdig.scap.writer import CaptureWriter
    from pysysdig.sources.opening import open_any
    from pysysdig.state import snapshot as s

    types = {event.enum: event.type for event in load(OLD)}
    known: dict[int, tuple[int, int]] = {}  # type -> (its predecessor, number of parameters)
    for new, old, *counts in _PREDECESSORS:
        for suffix, count in zip("EX", counts):
            known[types[f"{new}_{suffix}"]] = types[f"{old}_{suffix}"], count
    generic = (_event(0, b"\0\0", b"\0\0"), _event(1, b"\0\0"))

    def replaced(body: bytes) -> bytes:
        """An event behind its CPU number."""
        kind = int.from_bytes(body[22:24], "little")
        at = 28 + 2 * int.from_bytes(body[24:28], "little")  # of the parameters
        if kind <= _LAST_KNOWN and (kind > 1 or int.from_bytes(body[at : at + 2], "little") <= _LAST_CALL):
            return body
        if kind not in known:
            event = generic[kind & 1]
        else:
            kind, count = known[kind]
            lengths = struct.unpack_from(f"<{count}H", body, 28)
            event = _event(kind, *(body[at + sum(lengths[:i]) :][:n] for i, n in enumerate(lengths)))
        return body[:18] + event

    with open_any(path) as capture, open(target, "wb") as file:
        for section in capture.sections():
            for process in section.snapshot.processes:
                process.fds = [fd for fd in process.fds if fd.type <= s.FD_FILE_V2]
            CaptureWriter(file, section.snapshot)
    with open(path, "rb") as source, open(target, "ab") as file:
        while head := source.read(b.HEADER):
            block, length = struct.unpack("<II", head)
            body = source.read(length - b.HEADER)
            if block == b.EVENT_V2:
                body = replaced(body)
                body += bytes(-len(body) % 4)
                length = b.HEADER + len(body) + b.TRAILER
                file.write(struct.pack("<II", block, length) + body + struct.pack("<I", length))
            elif block in b.EVENTS:
                file.write(head + body)


def _event(kind: int, *params: bytes) -> bytes:
    """An encoded event from its length on, without time stamp and thread."""
    lengths = struct.pack(f"<{len(params)}H", *map(len, params))
    data = b"".join(params)
    return struct.pack("<IHI", 26 + len(lengths) + len(data), kind, len(params)) + lengths + data


def make(name: str, folder: str, seconds: float, events: int) -> str:
    """Make one stream; returns why it cannot be had, or ""."""
    from pysysdig.capture.doctor import check_requirements

    scap, trace = (os.path.join(folder, name + end) for end in (".scap", ".pscap"))
    if name == "busy":
        if not os.path.exists(_BUSY):
            return "it is not there"
        with gzip.open(_BUSY, "rb") as packed, open(scap, "wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    else:
        wrong = [f"{c.name}: {c.detail}" for c in check_requirements() if not c.ok]
        if wrong or lacking(name):
            return f"no live capture: {wrong[0]}" if wrong else f"not installed: {lacking(name)}"
        live = os.path.join(folder, name + ".live.pscap")
        record(name, live, seconds, events)
        subprocess.run([sys.executable, "-m", "pysysdig", "-r", live, "-w", scap], cwd=ROOT, check=True)
        older(scap, os.path.join(folder, name + ".0.29.scap"))
    subprocess.run([sys.executable, "-m", "pysysdig", "-r", scap, "-w", trace], cwd=ROOT, check=True)
    return ""


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("streams", nargs="*", metavar="STREAM", help=", ".join(STREAMS))
    parser.add_argument("--seconds", type=float, default=15, help="length of what is recorded (%(default)s)")
    parser.add_argument("--events", type=int, default=8_000_000, help="how many are recorded at most (%(default)s)")
    options = parser.parse_intermixed_args()
    folder = os.path.abspath(options.folder)
    os.makedirs(folder, exist_ok=True)
    for name in options.streams or STREAMS:
        if name not in STREAMS:
            parser.error(f"there is no stream {name}: {', '.join(STREAMS)}")
        why = make(name, folder, options.seconds, options.events)
        sizes = (
            ""
            if why
            else ", ".join(
                f"{end} {os.path.getsize(path) / 1e6:.0f} MB"
                for end in (".live.pscap", ".scap", ".0.29.scap", ".pscap")
                if os.path.exists(path := os.path.join(folder, name + end))
            )
        )
        print(f"{name}: {f'left out: {why}' if why else sizes}", flush=True)


if __name__ == "__main__":
    main()
