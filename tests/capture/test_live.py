"""A live capture of a known workload: everything seen or reported lost, and every parameter right."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pysysdig.capture import kernel
from pysysdig.capture.live import LiveCapture
from pysysdig.errors import PysysdigError
from pysysdig.events.table import TYPES
from pysysdig.sources.convert import converted
from tests.capture.conftest import Event, Recording, decode
from tests.capture.live_workload import CHILDREN, OPENS, THREADS

pytestmark = pytest.mark.live

AT_FDCWD = -100
_ENABLE_STATS = 32  # of bpf(): run times of programs, for as long as its descriptor is open


def number(value: object) -> int:
    """A parameter that is a number."""
    assert isinstance(value, int)
    return value


def text(value: object) -> bytes:
    """A parameter that is bytes."""
    assert isinstance(value, bytes)
    return value


def test_seen_and_lost_make_what_was_done(recording: Recording) -> None:
    made = (e for e in recording.of("openat") if number(e.params["flags"]) & 4)  # O_CREAT
    opened = [e for e in made if text(e.params["name"]).startswith(b"counted")]
    missing = OPENS - len(opened)
    assert 0 <= missing <= recording.lost
    if not recording.lost:
        assert [e.params["name"] for e in opened] == [b"counted%d" % i for i in range(OPENS)]
        assert len(recording.of("openat", ">")) == len(recording.of("openat"))


def test_time_and_numbers_go_on(recording: Recording) -> None:
    num = np.concatenate([b.num for b in recording.batches])
    assert num[0] == len(recording.snapshot.accounts) + 1
    assert (np.diff(num) == 1).all()
    ts = np.concatenate([b.ts for b in recording.batches]).astype(np.int64)
    assert (np.diff(ts) >= 0).mean() > 0.999
    assert all((np.diff(b.ts.astype(np.int64)) >= 0).all() for b in recording.batches)


def test_enter_and_exit_pair_up(recording: Recording) -> None:
    if recording.lost:
        pytest.skip(f"{recording.lost} events were lost")
    open_: dict[int, str] = {}
    for e in recording.events:
        if e.name in ("procexit", "switch", "signaldeliver", "clone", "clone3", "vfork", "execve", "exit", "exit_group"):
            continue
        if e.dir == ">":
            open_[e.tid] = e.name
        elif e.tid in open_:
            assert open_.pop(e.tid) == e.name


def test_paths_and_flags(recording: Recording) -> None:
    first = recording.of("openat", name=b"counted0")[0]
    assert first.params["dirfd"] == AT_FDCWD
    assert number(first.params["flags"]) & 0x7 == 2 | 4  # O_WRONLY|O_CREAT
    assert number(first.params["flags"]) & 16384  # the file was created
    assert first.params["mode"] == 0o640
    state = os.stat(recording.directory / "counted0")
    assert first.params["ino"] == state.st_ino
    assert first.params["dev"] == state.st_dev
    (directory,) = (e for e in recording.of("openat", name=b".") if e.params["dirfd"] == AT_FDCWD)
    (relative,) = recording.of("openat", dirfd=directory.params["fd"], name=b"counted7")
    assert number(relative.params["flags"]) & (3 | 4096) == 3 | 4096  # O_RDWR|O_CLOEXEC
    (failed,) = recording.of("openat", name=b"no/such/file")
    assert failed.params["fd"] == -2 and failed.params["ino"] == 0
    assert [e.params["name"] for e in recording.of("openat", ">", name=b"no/such/file")] == [b"no/such/file"]
    assert recording.of("chdir", res=0, path=os.fsencode(recording.directory))
    assert recording.of("getcwd", path=os.fsencode(recording.directory))


def test_data_in_both_directions(recording: Recording) -> None:
    assert recording.of("write", data=b"299", res=3)
    assert recording.of("read", data=b"7", res=1)
    assert recording.of("pwrite", res=6, data=b"abcdef")
    assert recording.of("pwrite", ">", size=6, pos=3)
    assert recording.of("pread", res=4)[-1].params["data"] == b"bcde"
    assert recording.of("writev", ">", size=6)
    assert recording.of("writev", res=6, data=b"onetwo")
    vector = recording.of("readv")[-1]
    assert vector.params["size"] == vector.params["res"] == len(text(vector.params["data"]))


def test_descriptors(recording: Recording) -> None:
    assert recording.of("dup", res=number(recording.of("dup")[-1].params["res"]), oldfd=100)
    assert [e for e in recording.of("dup2") + recording.of("dup3") if e.params["newfd"] == 100 and e.params["res"] == 100]
    assert recording.of("fcntl", cmd=8) or recording.of("fcntl", cmd=3)
    pipe = (recording.of("pipe2") + recording.of("pipe"))[-1]
    r, w = number(pipe.params["fd1"]), number(pipe.params["fd2"])
    assert 0 <= r < w and number(pipe.params["ino"]) > 0
    assert recording.of("read", res=5, data=b"throu")
    polled = recording.of("poll", res=1)[-1]
    assert polled.params["fds"] == struct.pack("<Hqh", 1, r, 1)
    assert recording.of("memfd_create", name=b"unseen")
    assert recording.of("pidfd_open", pid=recording.known["pid"])
    pair = recording.of("socketpair", res=0)[-1]
    assert number(pair.params["source"]) and number(pair.params["peer"])


@pytest.mark.parametrize(("name", "family", "host"), [("tcp4", 2, "127.0.0.1"), ("tcp6", 10, "::1")])
def test_tcp(recording: Recording, name: str, family: int, host: str) -> None:
    address = socket.inet_pton(socket.AF_INET if family == 2 else socket.AF_INET6, host)
    client, server = (struct.pack("<H", p) for p in recording.known[name])
    forth = bytes([family]) + address + client + address + server
    back = bytes([family]) + address + server + address + client
    assert recording.of("bind", res=0, addr=bytes([family]) + address + b"\0\0")
    assert recording.of("connect", ">", addr=bytes([family]) + address + server)
    assert recording.of("connect", res=0, tuple=forth)
    (accepted,) = [e for e in recording.of("accept4") + recording.of("accept") if e.params["tuple"] == forth]
    assert accepted.params["queuemax"] == 3 and number(accepted.params["fd"]) > 0
    assert recording.of("sendto", ">", size=10, tuple=forth)
    assert recording.of("sendto", res=10, data=b"hello " + name.encode())
    assert recording.of("recvfrom", res=10, data=b"hello " + name.encode(), tuple=forth)
    assert recording.of("sendmsg", ">", size=10, tuple=back)
    assert recording.of("sendmsg", res=10, data=b"back again")
    assert recording.of("recvmsg", res=10, size=10, data=b"back again", tuple=back)
    assert recording.of("setsockopt", res=0, level=1, optname=9, val=b"\2\1\0\0\0", optlen=4)
    assert recording.of("shutdown", ">", how=2)


def test_udp(recording: Recording) -> None:
    client, server = (struct.pack("<H", p) for p in recording.known["udp4"])
    local = bytes([127, 0, 0, 1])
    assert recording.of("sendto", ">", size=8, tuple=b"\2" + bytes(6) + local + server)
    assert recording.of("recvfrom", res=8, data=b"datagram", tuple=b"\2" + local + client + local + server)


def test_unix_sockets(recording: Recording) -> None:
    assert recording.of("bind", res=0, addr=b"\1listening\0")
    assert recording.of("connect", ">", addr=b"\1listening\0")
    connected = [text(e.params["tuple"]) for e in recording.of("connect", res=0) if text(e.params["tuple"])[:1] == b"\1"]
    accepted = [text(e.params["tuple"]) for e in recording.of("accept4") + recording.of("accept")]
    assert connected and connected[0][17:] == b"listening\0" and connected[0] in accepted


def test_failed_connection(recording: Recording) -> None:
    (failed,) = recording.of("connect", res=-111)
    assert not failed.params["tuple"]
    assert recording.of("connect", ">", addr=b"\2" + bytes([127, 0, 0, 1]) + b"\1\0")


def test_links_directories_and_modes(recording: Recording) -> None:
    directory = recording.of("openat", name=b".")[-1].params["fd"]
    assert recording.of("mkdir", ">", mode=0o711) and recording.of("mkdir", res=0, path=b"made")
    assert recording.of("mkdirat", res=0, dirfd=directory, path=b"made2")
    assert recording.of("rename", res=0, oldpath=b"made", newpath=b"moved")
    assert recording.of("symlink", res=0, target=b"counted1", linkpath=b"soft")
    assert recording.of("link", res=0, oldpath=b"counted1", newpath=b"hard")
    assert recording.of("chmod", res=0, filename=b"hard", mode=0o4711)
    assert recording.of("chown", res=0, path=b"hard", uid=1, gid=2)
    assert recording.of("unlink", res=0, path=b"hard")
    assert recording.of("unlinkat", res=0, dirfd=directory, name=b"soft", flags=0)
    assert recording.of("unlinkat", res=0, dirfd=directory, name=b"made2", flags=512)
    assert recording.of("rmdir", res=0, path=b"moved")
    assert recording.of("mount", ">", flags=1)
    (mount,) = recording.of("mount")
    assert [mount.params[k] for k in ("dev", "dir", "type")] == [b"nothing", b"/no/where", b"tmpfs"]
    assert number(mount.params["res"]) < 0


def test_generic_calls(recording: Recording) -> None:
    truncate = [e for e in recording.of("syscall", ">") if e.params["nativeID"] == 76]
    assert [e.params["ID"] for e in truncate] == [57]
    assert [e for e in recording.of("syscall") if e.params["ID"] == 57]


def test_threads(recording: Recording) -> None:
    made = {e.params["res"] for e in recording.of("clone3") + recording.of("clone") if number(e.params["flags"]) & 8192}
    threads = recording.known["threads"]
    assert len(threads) == THREADS and set(threads) <= made
    for tid in set(threads):
        (child,) = [e for e in recording.of("clone3", res=0) + recording.of("clone", res=0) if e.tid == tid][:1]
        assert child.params["tid"] == tid and child.params["pid"] == recording.known["pid"]
        assert [e for e in recording.of("procexit", ">") if e.tid == tid]


def test_short_lived_children(recording: Recording) -> None:
    for i, pid in enumerate(recording.known["children"]):
        assert [e for e in recording.of("clone", res=pid) + recording.of("clone3", res=pid) if e.tid == recording.known["pid"]]
        (child,) = [e for e in recording.of("clone", res=0) + recording.of("clone3", res=0) if e.tid == pid]
        assert child.params["ptid"] == recording.known["pid"] and child.params["vpid"] == child.params["vtid"] == pid
        assert text(child.params["comm"]).startswith(b"python") and b"live_workload.py\0" in text(child.params["args"])
        (gone,) = [e for e in recording.of("procexit", ">") if e.tid == pid]
        assert gone.params["status"] == i << 8 and gone.params["ret"] == i
    assert len(recording.known["children"]) == CHILDREN


def test_signals(recording: Recording) -> None:
    killed = recording.known["killed"]
    assert recording.of("kill", ">", pid=killed, sig=15)
    (gone,) = [e for e in recording.of("procexit", ">") if e.tid == killed]
    assert gone.params["sig"] == 15 and gone.params["ret"] == 0


def test_programs(recording: Recording) -> None:
    pid = recording.known["executed"]
    enters = [e for e in recording.of("execve", ">") if e.tid == pid]
    assert [e.params["filename"] for e in enters] == [b"/no/such/program", b"/bin/cat"]
    failed, done = (e for e in recording.of("execve") if e.tid == pid)
    assert failed.params["res"] == -2 and failed.params["exe"] == b"argv0" and failed.params["args"] == b"argv1\0"
    assert failed.params["env"] == b"NONE=1\0" and text(failed.params["comm"]).startswith(b"python")
    assert done.params["res"] == 0 and done.params["exe"] == b"a cat" and done.params["args"] == b"/dev/null\0"
    assert done.params["env"] == b"COLOUR=black\0AGE=9\0" and done.params["comm"] == b"cat"
    program = Path("/bin/cat").resolve()
    path = done.params["trusted_exepath"]
    assert isinstance(path, bytes) and path.endswith(os.fsencode(program))  # the kernel's root may be above ours
    state = program.stat()
    assert done.params["exe_ino"] == state.st_ino
    assert done.params["exe_ino_mtime"] == state.st_mtime_ns and done.params["exe_ino_ctime"] == state.st_ctime_ns
    assert done.params["tid"] == done.params["pid"] == pid == done.params["pgid"]
    assert done.params["ptid"] == recording.known["pid"] and done.params["uid"] == os.geteuid()
    login = Path("/proc/self/loginuid")
    assert done.params["loginuid"] == (int(login.read_text()) if login.exists() else 0xFFFFFFFF)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            assert done.params["cap_effective"] == int(line.split()[1], 16)
    assert text(done.params["cgroups"]).endswith(b"\0") and b"memory=/" in text(done.params["cgroups"])


def test_names_limits_and_users(recording: Recording) -> None:
    assert recording.of("prctl", res=0, option=15, arg2_str=b"renamed", arg2_int=0)
    assert [e for e in recording.of("prlimit") + recording.of("setrlimit") if e.params["resource"] == 4]
    assert recording.of("setresuid", ">", ruid=0xFFFFFFFF, euid=0, suid=0xFFFFFFFF)


def test_snapshot_knows_the_machine(recording: Recording) -> None:
    snapshot = recording.snapshot
    me = next(p for p in snapshot.processes if p.tid == os.getpid())
    assert me.uid == os.geteuid() and me.comm == Path("/proc/self/comm").read_text().strip()
    assert me.cwd and me.exepath and me.args
    assert {f.fd for f in me.fds} >= {0, 1, 2}
    assert any(u.uid == 0 for u in snapshot.users) and any(g.gid == 0 for g in snapshot.groups)
    assert any(i.addr == bytes([127, 0, 0, 1]) for i in snapshot.interfaces)
    assert snapshot.boot_ts and snapshot.num_cpus and snapshot.hostname


def test_sockets_open_before_the_start_have_addresses() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client.connect(server.getsockname())
        with LiveCapture(wanted=set()) as capture:
            me = next(p for p in capture.snapshot.processes if p.tid == os.getpid())
        fds = {f.fd: f for f in me.fds}
        mine = fds[client.fileno()]
        assert (mine.dip, mine.dport, mine.l4) == (bytes([127, 0, 0, 1]), server.getsockname()[1], 2)
        assert mine.sport == client.getsockname()[1]
        assert fds[server.fileno()].sport == server.getsockname()[1]


def _events(capture: LiveCapture, command: list[str]) -> list[int]:
    """Types of the events of a command's run."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    types: list[int] = []
    for batch in capture.batches(30):
        types += batch.type[batch.tid == child.pid].tolist()
        if child.poll() is not None:
            capture.stop()
    return types


def test_only_what_is_wanted_and_state() -> None:
    with LiveCapture(wanted={"lseek"}) as capture:
        types = _events(capture, ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000"])
    assert 307 in types and 293 in types  # openat, execve: state needs them
    assert not {6, 7, 8, 9} & set(types)  # read, write


def test_what_each_cpu_and_each_program_has_done() -> None:
    """The kernel counts runs while somebody has asked it to."""
    runs: dict[str, tuple[int, int]] = {}
    asking = kernel._bpf(_ENABLE_STATS, struct.pack("<I", 0), "statistics")
    try:
        with LiveCapture(exits=True) as capture:
            child = subprocess.Popen(["true"])
            for _ in capture.batches(30):
                runs = capture.program_runs or runs
                if child.poll() is not None:
                    capture.stop()
            assert sum(capture.seen_by_cpu) == capture.seen > 0
        assert {"sys_exit", "sched_proc_exit", "sched_p_exec"} <= runs.keys()
        assert all(0 < count < nanoseconds for count, nanoseconds in (runs["sys_exit"], runs["sched_p_exec"]))
        assert capture.program_runs == {}  # closed
    finally:
        os.close(asking)


def test_two_captures_at_once() -> None:
    with LiveCapture(wanted={"write"}) as one, LiveCapture(wanted={"read"}, ring_size=1 << 20) as two:
        command = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=500"]
        first, second = _events(one, command), _events(two, command)
    assert first.count(9) >= 500 and not first.count(7)
    assert second.count(7) >= 500 and not second.count(9)


def test_losses_are_counted_and_marked() -> None:
    with LiveCapture(ring_size=1 << 16, backlog=1 << 20) as capture:
        child = subprocess.Popen(
            ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=200000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        seen = marks = 0
        child.wait()
        capture.stop()
        reported = 0
        for batch in capture.batches():
            seen += int(((batch.tid == child.pid) & np.isin(batch.type, (6, 7, 8, 9))).sum())
            for position in batch.positions(148):
                marks += 1
                reported += int(batch.numbers(148, 0, np.array([position]))[0][0])
        lost = capture.drops
    assert lost > 0 and marks > 0
    assert reported == lost
    assert seen + lost >= 800000


def test_data_gives_way_to_state() -> None:
    """Nobody takes anything out: the last quarter of the buffer is left to what changes state."""
    ring, backlog, opens = 8 << 20, 2 << 20, 300
    script = f"import os; [os.close(os.open('/dev/null', os.O_WRONLY)) for i in range({opens})]"
    with LiveCapture(ring_size=ring, backlog=backlog) as capture:
        flood = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=60000"]
        subprocess.run(flood, check=True, stderr=subprocess.DEVNULL)
        child = subprocess.Popen([sys.executable, "-I", "-S", "-c", script])
        child.wait()
        capture.stop()
        events = [e for batch in capture.batches() for e in decode(batch, {child.pid})]
        assert 0 < capture.early <= capture.drops
        if capture.early < capture.drops:
            pytest.skip("the machine did more that changes state than the rest of the buffer holds")
    opened = [e for e in events if e.name == "openat" and e.dir == "<" and e.params["name"] == b"/dev/null"]
    assert len(opened) == opens
    assert not [e for e in events if e.name == "read"]


def _program_of_32_bits(path: str) -> bytes:
    """An ELF file: open(path), read(fd, ., 4), getpid, writev(1, ., 1), socketcall(1), exit(7); path: at most 63 characters."""
    base, head = 0x08048000, 52 + 32

    def code(text: int) -> bytes:
        def load(register: int, value: int) -> bytes:
            return bytes([register]) + struct.pack("<I", value)

        eax, ebx, ecx, edx, call = 0xB8, 0xBB, 0xB9, 0xBA, b"\xcd\x80"
        ebx_from_eax = b"\x89\xc3"
        return b"".join([
            load(eax, 5), load(ebx, text), load(ecx, 0), call,
            ebx_from_eax, load(eax, 3), load(ecx, text + 64), load(edx, 4), call,
            load(eax, 20), call,
            load(eax, 146), load(ebx, 1), load(ecx, text + 64), load(edx, 1), call,
            load(eax, 102), load(ebx, 1), call,
            load(eax, 1), load(ebx, 7), call,
        ])  # fmt: skip

    body = code(base + head + len(code(0))) + path.encode().ljust(128, b"\0")
    size = head + len(body)
    header = b"\x7fELF\1\1\1".ljust(16, b"\0") + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, base + head, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    return header + struct.pack("<8I", 1, 0, base, base, size, size, 7, 0x1000) + body


def test_a_32_bit_program(tmp_path_factory: pytest.TempPathFactory) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("the program is for x86")
    directory = tmp_path_factory.mktemp("i")
    program, file = directory / "small", directory / "read"
    file.write_text("text of the file")
    if len(str(file)) > 60:
        pytest.skip("temporary files have long names here")
    program.write_bytes(_program_of_32_bits(str(file)))
    program.chmod(0o755)
    try:
        subprocess.run([program], check=False)
    except OSError as e:
        pytest.skip(f"this kernel runs no 32-bit programs: {e}")
    with LiveCapture() as capture:
        child = subprocess.Popen([program, "argument"])
        events: list[Event] = []
        for batch in capture.batches(60):
            ended = child.poll() is not None
            events += decode(batch, {child.pid})
            if ended:
                capture.stop()
        lost = capture.drops
    assert child.returncode == 7 and not lost
    start = next(i for i, e in enumerate(events) if e.name == "execve" and e.dir == "<" and e.params["res"] == 0)
    assert events[start].params["exe"] == os.fsencode(program) and events[start].params["args"] == b"argument\0"
    after = [(e.name, e.dir, e.params) for e in events[start + 1 :] if e.name != "switch" and e.name != "page_fault"]
    assert [(name, direction) for name, direction, _ in after] == [
        ("open", ">"), ("open", "<"), ("read", ">"), ("read", "<"), ("syscall", ">"), ("syscall", "<"),
        ("syscall", ">"), ("syscall", "<"), ("syscall", ">"), ("procexit", ">"),
    ]  # fmt: skip
    assert after[0][2]["name"] == after[1][2]["name"] == os.fsencode(file)
    fd = after[1][2]["fd"]
    assert number(fd) > 2 and after[2][2] == {"fd": fd, "size": 4}
    assert after[3][2] == {"res": 4, "data": b"text"}
    assert [p["nativeID"] for name, direction, p in after if name == "syscall" and direction == ">"] == [39, 20, 60]
    assert after[-1][2]["ret"] == 7
    assert capture.foreign >= 2  # socketcall


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="int 0x80 is of x86")
def test_32_bit_calls_of_64_bit_programs_are_not_mistaken() -> None:
    code = "b8 14 00 00 00 cd 80 c3"  # mov eax, 20 (getpid; in 64-bit numbers writev); int 0x80; ret
    script = (
        "import ctypes, mmap\n"
        "m = mmap.mmap(-1, 4096, prot=7)\n"
        f"m.write(bytes.fromhex('{code}'))\n"
        "call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\n"
        "[call() for _ in range(100)]\n"
    )
    with LiveCapture(wanted={"writev", "getpid"}) as capture:
        types = _events(capture, [sys.executable, "-S", "-c", script])
    assert 118 not in types
    assert types.count(0) >= 100 and types.count(1) >= 100


def test_buffers_are_cut_at_the_snaplen() -> None:
    with LiveCapture(snaplen=300) as capture:
        child = subprocess.Popen(["dd", "if=/dev/zero", "of=/dev/null", "bs=1000", "count=5"], stderr=subprocess.DEVNULL)
        lengths: list[int] = []
        for batch in capture.batches(30):
            positions = batch.positions(7)
            positions = positions[batch.tid[positions] == child.pid]
            if not len(positions):
                continue
            spans = batch.spans(7, positions)
            results, _ = batch.fixed(spans, 0, "ERRNO")
            lengths += spans.length[1][results == 1000].tolist()
            if child.poll() is not None:
                capture.stop()
    assert lengths == [300] * 5


def test_the_command_line(tmp_path: Path) -> None:
    mark = f"such/mark-{os.getpid()}"
    script = f"import os, time\nwhile True:\n    os.path.exists('/no/{mark}')\n    time.sleep(0.05)\n"
    worker = subprocess.Popen([sys.executable, "-c", script])
    try:
        format_ = "-p%evt.dir %evt.type %proc.pid %evt.rawres"
        command = [sys.executable, "-m", "pysysdig", "-n", "4", format_, f"evt.arg.path contains {mark}"]
        root = Path(__file__).resolve().parent.parent.parent
        done = subprocess.run(command, capture_output=True, timeout=120, cwd=root, check=True)
    finally:
        worker.kill()
        worker.wait()
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 4
    for line in lines:
        assert line.split()[0] == "<" and line.split()[2:] == [str(worker.pid), "-2"]
    said = (b"lost", b"seconds behind")  # a busy machine may lose events or be slow, nothing else is said
    assert all(any(word in line for word in said) for line in done.stderr.splitlines())


def test_nothing_stays_behind() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with LiveCapture(ring_size=1 << 16):
            pass
    capture = LiveCapture(ring_size=1 << 16)
    capture.close()
    capture.close()
    with pytest.raises(PysysdigError):
        LiveCapture(ring_size=1000)
    assert len(os.listdir("/proc/self/fd")) == before


def test_sockets_tell_their_flags_to_rules() -> None:
    """The exit events of the current drivers have what only the enter event says in recordings, and flags besides."""
    kinds = [2, 0x80003, 0x802, 0x80802]
    script = (
        f"import ctypes\nmake = ctypes.CDLL(None).socket\n[make(2, kind, kind & 1) for kind in {kinds}]\n"
        "make(1, 1 | 0x80000, 0)\n"
    )
    found: list[tuple[int, ...]] = []
    with LiveCapture(wanted=set()) as capture:
        (section,) = converted([capture])
        child = subprocess.Popen([sys.executable, "-S", "-E", "-c", script])
        for batch in section.batches():
            ended = child.poll() is not None
            positions = batch.positions(TYPES["SOCKET_SOCKET_X"])
            positions = positions[batch.tid[positions] == child.pid]
            spans = batch.spans(TYPES["SOCKET_SOCKET_X"], positions)
            values = [batch.fixed(spans, i, "UINT32")[0].tolist() for i in range(1, 5)]
            found += zip(*values)
            if ended:
                capture.stop()
    assert child.returncode == 0
    sockets = [(domain, kind & 0xFF, flags) for domain, kind, _, flags in found][-5:]
    assert sockets == [(2, 2, 0), (2, 3, 4096), (2, 2, 64), (2, 2, 4096 | 64), (1, 1, 4096)]


def test_layers_of_executables(overlay: Path) -> None:
    """On overlayfs: unchanged, changed, and new programs."""
    program = str(shutil.which("true"))
    with LiveCapture(wanted=set()) as capture:
        tids = {}
        for name in ("unchanged", "changed", "new"):
            child = subprocess.Popen([overlay / name])
            child.wait()
            tids[child.pid] = name
        plain = subprocess.Popen([program])
        plain.wait()
        tids[plain.pid] = "plain"
        capture.stop()
        events = [e for batch in capture.batches() for e in decode(batch, set(tids))]
    layers = {tids[e.tid]: number(e.params["flags"]) & 10 for e in events if e.name == "execve" and e.dir == "<"}
    assert layers.pop("plain") in (0, 2, 8)  # whatever the machine has
    assert layers == {"unchanged": 8, "changed": 2, "new": 2}


def test_what_only_the_current_drivers_tell(tmp_path: Path) -> None:
    """Group and process group of execve, the argument of fcntl, the file that openat2 opened."""
    made = tmp_path / "made"
    script = (
        "import ctypes, fcntl, os, struct, sys\nos.setpgid(0, 0)\nfcntl.fcntl(0, fcntl.F_SETFD, 1)\n"
        f"how, path = struct.pack('<QQQ', os.O_CREAT | os.O_RDWR, 0o600, 0), {os.fsencode(made)!r}\n"
        "assert ctypes.CDLL(None).syscall(437, -100, path, how, len(how)) >= 0\nos.setgid(5) if not os.getuid() else 0\n"
        "os.execv('/bin/true', ['true'])\n"
    )
    found: dict[str, list[int]] = {}
    kinds = {
        "EXECVE_19_X": [("PID", 28), ("GID", 29)],
        "FCNTL_X": [("FD", 1), ("UINT64", 3)],
        "OPENAT2_X": [("UINT32", 6), ("UINT64", 7)],
    }
    with LiveCapture(wanted={"openat2"}) as capture:
        (section,) = converted([capture])
        child = subprocess.Popen([sys.executable, "-S", "-E", "-c", script], stdin=subprocess.DEVNULL)
        for batch in section.batches():
            ended = child.poll() is not None
            for name, params in kinds.items():
                type_ = TYPES[f"SYSCALL_{name}"]
                positions = batch.positions(type_)
                positions = positions[batch.tid[positions] == child.pid][-1:]
                spans = batch.spans(type_, positions)
                if len(positions):
                    found[name] = [int(batch.fixed(spans, i, kind)[0][0]) for kind, i in params]
            if ended:
                capture.stop()
    assert child.returncode == 0
    assert found["EXECVE_19_X"] == [child.pid, 0 if os.getuid() else 5]
    assert found["FCNTL_X"] == [0, 1]
    assert found["OPENAT2_X"] == [made.stat().st_dev, made.stat().st_ino]
