"""Exit events that have it all: what is recorded without enter events is what conversion makes of pairs of events."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from pysysdig.capture.calls import FOREIGN, NUMBERS, PLANS, readable
from pysysdig.capture.exits import exit_events
from pysysdig.capture.group import Group
from pysysdig.capture.live import LiveCapture
from pysysdig.capture.record import EXIT, OPS
from pysysdig.events.conversion import plan
from pysysdig.events.table import CURRENT, TYPES, load
from pysysdig.rules.engine_types import unseen
from pysysdig.sources.convert import converted
from pysysdig.sources.section import Section
from tests.capture.records import record

_OPENS = {"open": "SYSCALL_OPEN_X", "openat": "SYSCALL_OPENAT_2_X"}
_UPPER, _LOWER = 1 << 15, 1 << 16
Row = tuple[int, str, tuple[bytes | None, ...]]  # tid, name, parameters


def test_every_call_has_all_parameters_of_its_event() -> None:
    table = load(CURRENT)
    found = exit_events().calls
    assert found.keys() == PLANS.keys()
    for number, call in found.items():
        event = table[call.exit_type]
        assert not call.enter_ops and len(call.exit_ops) <= OPS
        assert len(call.exit) == len(event.params), (number, event.name)
        assert plan(call.exit_type, len(call.exit)).sources is None  # nothing is left to convert


def test_what_the_enter_collects_is_collected_at_the_exit() -> None:
    address = b"\2\0\0\x50\x7f\0\0\1" + bytes(8)
    call = exit_events().calls[NUMBERS["connect"]]
    sections = [b""] * len(call.exit_ops)
    sections[-1] = address  # after what the exit collects anyway
    raw = np.frombuffer(record(EXIT, NUMBERS["connect"], sections, [3, 0, 16, 0, 0, 0], pad=512), np.uint8)
    columns = [make(Group(raw, np.array([0], np.int64))) for make in call.exit]
    names = [p.name for p in load(CURRENT)[call.exit_type].params]
    fd, addr = columns[names.index("fd")], columns[names.index("addr")]
    assert isinstance(fd, np.ndarray) and fd.tolist() == [3]
    assert isinstance(addr, tuple)
    assert bytes(addr.buffer[addr.start[0] : addr.start[0] + addr.length[0]]) == b"\2\x7f\0\0\1\x50\0"


def _values(name: str, sections: list[bytes], ret: int) -> dict[str, bytes]:
    """The parameters of the exit event of a call whose first argument is 5."""
    call = exit_events().calls[NUMBERS[name]]
    assert len(sections) == len(call.exit_ops)
    raw = np.frombuffer(record(EXIT, NUMBERS[name], sections, [5, 0, 2, 0, 0, 0], ret, pad=512), np.uint8)
    out = {}
    for param, make in zip(load(CURRENT)[call.exit_type].params, call.exit, strict=True):
        column = make(Group(raw, np.array([0], np.int64)))
        if isinstance(column, np.ndarray):
            out[param.name] = column.tobytes()
        else:
            out[param.name] = bytes(column.buffer[column.start[0] : column.start[0] + column.length[0]])
    return out


@pytest.mark.parametrize("name", ["sendmmsg", "recvmmsg"])
def test_a_message_of_several(name: str) -> None:
    info = struct.pack("<4H2H2H16s16s2Q", 2, 2, 17, 0, 0x3930, 0, 0, 0, bytes([127, 0, 0, 1]), b"", 0, 0)
    address = struct.pack("<H", 2) + struct.pack(">H", 53) + bytes([9, 9, 9, 9]) + bytes(8)
    sections = [struct.pack("<Q", 64) + b"question", info, address, bytes(56) + struct.pack("<I", 8)]
    sections += [b"control"] if name == "recvmmsg" else []
    found = _values(name, sections, 2)
    ends = struct.pack("<4sH", bytes([127, 0, 0, 1]), 12345), struct.pack("<4sH", bytes([9, 9, 9, 9]), 53)
    sent = name == "sendmmsg"
    assert found["tuple"] == b"\2" + b"".join(ends if sent else ends[::-1])
    assert found["res"] == struct.pack("<q", 8) and found["fd"] == struct.pack("<q", 5)
    assert found["size"] == struct.pack("<I", 64 if sent else 8) and found["data"] == b"question"
    assert sent or found["msgcontrol"] == b"control"
    failed = _values(name, [b""] * len(sections), -11)
    assert failed.pop("res") == struct.pack("<q", -11) and failed.pop("fd") == struct.pack("<q", 5)
    assert failed.pop("size") == bytes(4) and set(failed.values()) == {b""}


def test_pointers_of_32_bit_programs_are_not_followed() -> None:
    made = exit_events()
    assert all(same in made.foreign for same, alike in FOREIGN.values() if not (alike and readable(made.calls[same])))
    assert not readable(made.calls[NUMBERS["sendmmsg"]]) and readable(PLANS[NUMBERS["sendmmsg"]])


def _rows(section: Section) -> list[Row]:
    """What rules may see of a section, in order."""
    table, hidden = load(CURRENT), unseen()
    out: list[tuple[int, Row]] = []
    for batch in section.batches():
        for type_ in batch.types():
            if hidden[type_]:
                continue
            positions = batch.positions(type_)
            spans = batch.spans(type_, positions)
            values = [batch.raw(spans, i) for i in range(len(table[type_].params))]
            out += [
                (int(batch.num[p]), (int(batch.tid[p]), table[type_].name, tuple(v[i] for v in values)))
                for i, p in enumerate(positions.tolist())
            ]
    return [_as_of_pairs(row) for _, row in sorted(out)]


def _as_of_pairs(row: Row) -> Row:
    """Without what pairs of events do not tell, the address that a socket gets by sending, layers of files; and without what
    depends on who is faster."""
    if row[1] in ("open", "openat"):
        (flags,) = (i for i, p in enumerate(load(CURRENT)[TYPES[_OPENS[row[1]]]].params) if p.name == "flags")
        known = int.from_bytes(row[2][flags] or b"", "little") & ~(_UPPER | _LOWER)
        return (*row[:2], (*row[2][:flags], known.to_bytes(4, "little"), *row[2][flags + 1 :]))
    last = row[2][-1] if row[1] in ("sendto", "sendmsg") else None
    return (*row[:2], (*row[2][:-1], last[:1] + last[7:])) if last and last[0] == 2 else row


@pytest.mark.live
def test_the_same_events_as_of_pairs(tmp_path: Path) -> None:
    script = Path(__file__).with_name("live_workload.py")
    size = 1 << 27
    with LiveCapture(ring_size=size) as pairs, LiveCapture(ring_size=size, exits=True) as exits:
        said: list[bytes] = []

        def work() -> None:
            try:
                said.append(subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True).stdout)
            finally:
                pairs.stop()
                exits.stop()

        thread = threading.Thread(target=work)
        thread.start()
        got: list[Row] = []
        reader = threading.Thread(target=lambda: got.extend(_rows(exits)))
        reader.start()
        (section,) = converted([pairs])
        want = _rows(section)
        reader.join()
        thread.join()
        lost = pairs.drops + exits.drops
    if lost:
        pytest.skip(f"{lost} events were lost")
    known = json.loads(said[0])
    mine = {known["pid"], known["killed"], known["executed"], *known["threads"], *known["children"]}
    # the first event of the script tells of the memory of this process, whose other threads go on between the two probes
    shared = (known["pid"], "vfork", (bytes(8),))
    for tid in sorted(mine):
        first, second = ([r for r in rows if r[0] == tid and (*r[:2], r[2][:1]) != shared] for rows in (got, want))
        assert first == second
    assert len([r for r in got if r[0] in mine]) > 1500


@pytest.mark.live
def test_opens_say_which_layer_a_file_is_in(overlay: Path) -> None:
    script = (
        "import ctypes, os, sys\nos.chdir(sys.argv[1])\n"
        "for name in ('unchanged', 'changed', '/dev/null'): os.open(name, os.O_RDONLY)\n"
        "ctypes.CDLL(None).syscall(85, b'made', 0o600)\n"
    )
    if os.uname().machine != "x86_64":
        script = script.rpartition("ctypes.CDLL")[0]
    found: dict[str | None, int] = {}
    with LiveCapture(exits=True) as capture:
        child = subprocess.Popen([sys.executable, "-S", "-E", "-c", script, overlay])
        for batch in capture.batches(60):
            ended = child.poll() is not None
            for type_, index, code in (("SYSCALL_OPENAT_2_X", 3, "UINT32"), ("SYSCALL_CREAT_X", 5, "UINT16")):
                positions = batch.positions(TYPES[type_])
                positions = positions[batch.tid[positions] == child.pid]
                spans = batch.spans(TYPES[type_], positions)
                names = batch.texts(spans, 2 if index == 3 else 1)
                found.update(zip(names, batch.fixed(spans, index, code)[0].tolist()))
            if ended:
                capture.stop()
    assert child.returncode == 0
    assert {name: found[name] & (_UPPER | _LOWER) for name in ("unchanged", "changed", "/dev/null")} == {
        "unchanged": _LOWER, "changed": _UPPER, "/dev/null": 0,
    }  # fmt: skip
    assert found.get("made", 1) == 1


_MESSAGES = """
import ctypes, socket, struct
class Vector(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_size", ctypes.c_uint), ("vector", ctypes.c_void_p), ("count", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("control_size", ctypes.c_size_t), ("flags", ctypes.c_int), ("pad", ctypes.c_int),
        ("length", ctypes.c_uint)]
libc, kept = ctypes.CDLL(None), []
def messages(*texts):
    out = (Message * len(texts))()
    for message, text in zip(out, texts):
        buffer = ctypes.create_string_buffer(text, 40)
        vector = Vector(ctypes.addressof(buffer), len(text) or 40)
        name = ctypes.create_string_buffer(struct.pack("<H", 2) + struct.pack(">H", port) + bytes([127, 0, 0, 1]) + bytes(8))
        kept.extend((buffer, vector, name))
        message.name, message.name_size, message.vector, message.count = ctypes.addressof(name), 16, ctypes.addressof(vector), 1
    return out
one, two = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
one.bind(("127.0.0.1", 0))
port = one.getsockname()[1]
assert libc.sendmmsg(two.fileno(), messages(b"first", b"the second"), 2, 0) == 2
assert libc.recvmmsg(one.fileno(), messages(b"", b""), 2, 0, None) == 2
assert libc.recvmmsg(one.fileno(), messages(b"", b""), 2, socket.MSG_DONTWAIT, None) == -1
print(two.getsockname()[1], port)
"""


@pytest.mark.live
def test_messages_of_the_machine() -> None:
    found: list[tuple[int, bytes | None, bytes | None]] = []
    with LiveCapture(exits=True) as capture:
        child = subprocess.Popen([sys.executable, "-S", "-E", "-c", _MESSAGES], stdout=subprocess.PIPE)
        for batch in capture.batches(60):
            ended = child.poll() is not None
            for name in ("SENDMMSG", "RECVMMSG"):
                type_ = TYPES[f"SOCKET_{name}_X"]
                positions = batch.positions(type_)
                positions = positions[batch.tid[positions] == child.pid]
                spans = batch.spans(type_, positions)
                results = batch.fixed(spans, 0, "ERRNO")[0].tolist()
                found += zip(results, batch.raw(spans, 3), batch.raw(spans, 4))
                assert len(set(batch.ts[positions].tolist())) <= 2  # what one call did happened at one time
            if ended:
                capture.stop()
    out = child.communicate()[0]
    assert child.returncode == 0
    sender, receiver = (struct.pack("<H", int(word)) for word in out.split())
    home = bytes([127, 0, 0, 1])
    texts = [(5, b"first"), (10, b"the second")]
    assert [(result, data) for result, data, _ in found] == [*texts, *texts, (-11, b"")]
    ends = [tuple_ for _, _, tuple_ in found]
    assert all(end is not None and end[5:] == sender + home + receiver for end in ends[:2])
    assert ends[2:4] == [b"\2" + home + sender + home + receiver] * 2
