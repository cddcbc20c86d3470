"""The command line on the running machine: printing, writing, alerts, losses, every way out, what it says where it cannot."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "pysysdig"]
DEADLINE = 90.0  # seconds: only a run that hangs takes that long
ROOMY = ["--buffer-size", "128"]  # holds what a busy machine does while a run has no turn


def _lost(live: Live) -> bool:
    return any("events lost" in line for line in live.errors)


def wait_for(condition: Callable[[], object]) -> bool:
    """Wait until something holds; False if it never does."""
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


def complaints(errors: str) -> list[str]:
    """Lines of standard error but for those about being behind, which is a matter of the machine's load."""
    of_load = ("seconds behind the machine", "falling behind", "keeping up again")
    return [line for line in errors.splitlines() if not any(text in line for text in of_load)]


class Live:
    """pysysdig on the running machine; its lines are read as they come."""

    begun: ClassVar[list[Live]] = []

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=lambda f=f, out=out: out.extend(iter(f.readline, "")))
            for f, out in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))
        ]
        for reader in self._readers:
            reader.start()
        self.begun.append(self)

    def complaints(self) -> list[str]:
        """What it said on standard error that is not a matter of the machine's load."""
        return complaints("".join(self.errors))

    def attached(self) -> bool:
        """Whether its programs are attached."""
        return sum("raw_tracepoint" in text or "tp_name" in text for text in self._fdinfo()) >= 4

    def programs(self) -> set[int]:
        """Ids of the BPF programs it holds."""
        return {int(m[1]) for text in self._fdinfo() for m in re.finditer(r"^prog_id:\s*(\d+)", text, re.M)}

    def _fdinfo(self) -> Iterator[str]:
        directory = Path(f"/proc/{self.process.pid}/fdinfo")
        try:
            names = os.listdir(directory)
        except OSError:
            return
        for name in names:
            try:
                yield (directory / name).read_text()
            except OSError:
                pass

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it with a signal (0: it ends by itself); its exit status."""
        if number:
            self.process.send_signal(number)
        try:
            status = self.process.wait(DEADLINE)
        finally:
            self.process.kill()
        for reader in self._readers:
            reader.join()
        return status


@pytest.fixture(autouse=True)
def _none_stays() -> Iterator[None]:
    """What a test that fails leaves running would keep the test run from ending."""
    yield
    for live in Live.begun:
        live.process.kill()
    Live.begun.clear()


def programs_of_the_kernel() -> set[int]:
    """Ids of all BPF programs."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 321, "aarch64": 280}[platform.machine()]
    out: set[int] = set()
    at = 0
    while True:
        attributes = (ctypes.c_uint32 * 3)(at, 0, 0)
        if libc.syscall(number, 11, attributes, 12):  # BPF_PROG_GET_NEXT_ID
            return out
        at = attributes[1]
        out.add(at)


def until_seen(live: Live, lines: list[str], name: str) -> None:
    """Look for a file of this name again and again until a line has it."""

    def look() -> bool:
        os.path.exists(name)
        return any(name in line for line in lines)

    assert wait_for(look) and live.process.poll() is None


def test_alerts_come_while_it_happens_and_in_order(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "- rule: made\n  desc: a file was made\n  priority: WARNING\n"
        f"  condition: evt.type in (open, openat, creat) and evt.is_open_write=true and fd.name startswith {tmp_path}/made\n"
        '  output: "made %fd.name"\n'
    )
    live = Live("--rules", str(rules))

    def try_one() -> bool:
        (tmp_path / "made-first").write_text("")
        return any("made-first" in line for line in live.lines)

    assert wait_for(try_one)
    for i in range(50):
        (tmp_path / f"made-{i:03}").write_text("")
    # the run goes on: these lines are not the output of its end
    assert wait_for(lambda: any("made-049" in line for line in live.lines)) and live.process.poll() is None
    assert live.end() == 0
    found = [m[1] for m in (re.search(r"made \S+/made-(\d{3})", line) for line in live.lines) if m]
    assert found == [f"{i:03}" for i in range(50)]
    assert any(re.fullmatch(r"   made: \d+\n", line) for line in live.lines)


def test_a_file_written_and_the_lines_printed_agree(tmp_path: Path) -> None:
    mark, last = str(tmp_path / "agree"), str(tmp_path / "last")
    format_ = "-p%evt.dir %evt.type %proc.name %evt.args %fd.name"
    filter_ = f"proc.args contains {mark} and (evt.args contains {mark} or fd.name contains {mark})"
    written = tmp_path / "written.pscap"
    printing = Live(*ROOMY, format_, f"{filter_} or evt.arg.path in ({mark}-begin, {last})")
    writing = Live(*ROOMY, "-w", str(written))
    # it begins with the state of the machine: everything is recorded from then on
    assert wait_for(lambda: written.exists() and written.stat().st_size > 0)
    until_seen(printing, printing.lines, mark + "-begin")
    script = (
        "import os, socket, sys\n"
        "mark = sys.argv[1]\n"
        "for i in range(100):\n"
        "    f = os.open(f'{mark}-{i}', os.O_CREAT | os.O_RDWR)\n"
        "    os.write(f, b'data'); os.lseek(f, 1, 0); os.read(f, 9); g = os.dup(f); os.close(f); os.close(g)\n"
        "    os.rename(f'{mark}-{i}', f'{mark}-moved'); os.unlink(f'{mark}-moved')\n"
        "s = socket.socket(socket.AF_UNIX); s.bind(mark + '-socket'); s.listen(1)\n"
        "c = socket.socket(socket.AF_UNIX); c.connect(mark + '-socket')\n"
    )
    subprocess.run([sys.executable, "-S", "-E", "-c", script, mark], check=True, cwd=tmp_path)
    until_seen(printing, printing.lines, last)
    assert writing.end() == 0 and printing.end() == 0
    assert not writing.complaints() and not printing.complaints()
    # the other run has written its lines meanwhile, and has such arguments, too
    command = [*COMMAND, "-r", str(written), format_, f"({filter_}) and proc.pid != {printing.process.pid}"]
    replayed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, errors="replace").stdout

    def of_the_script(lines: list[str]) -> list[str]:
        begin = next(i for i, line in enumerate(lines) if f"{mark}-0" in line)
        return [line.rstrip("\n") for line in lines[begin:] if last not in line]

    shown = of_the_script(printing.lines)
    assert of_the_script(replayed.splitlines()) == shown
    assert len([line for line in shown if re.match("< (open|openat) ", line)]) == 100
    assert len([line for line in shown if line.startswith("< write")]) == 100


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_ends_it_and_nothing_stays(number: int) -> None:
    live = Live("evt.type=close and proc.name=nobody-has-this-name")
    assert wait_for(live.attached)
    programs = live.programs()
    assert len(programs) >= 8 and programs <= programs_of_the_kernel()
    status = live.end(number)
    assert status == (-number if number == signal.SIGKILL else 0)
    assert not live.lines and not live.complaints()
    assert wait_for(lambda: not programs & programs_of_the_kernel())


@pytest.mark.parametrize("arguments", [("-n", "20"), ("-M", "1")])
def test_an_end_that_was_asked_for(arguments: tuple[str, str]) -> None:
    live = Live(*arguments, "-p%evt.type", "evt.type in (newfstatat, stat)")
    assert wait_for(lambda: live.attached() or live.process.poll() is not None)
    programs = live.programs()
    while live.process.poll() is None:
        os.path.exists("/no/such/file")
    assert live.end(0) == 0
    assert arguments[0] == "-M" or len(live.lines) == 20
    assert wait_for(lambda: not programs & programs_of_the_kernel())


def test_two_at_once_see_the_same(tmp_path: Path) -> None:
    mark = str(tmp_path / "both")
    filter_ = f"evt.type in (stat, newfstatat) and evt.dir=< and evt.arg.path startswith {mark}"
    lives = [Live(*ROOMY, "-p%evt.arg.path", filter_) for _ in range(2)]
    for i, live in enumerate(lives):
        until_seen(live, live.lines, f"{mark}-begin-{i}")
    for i in range(100):
        os.path.exists(f"{mark}-{i:03}")
    for live in lives:
        until_seen(live, live.lines, f"{mark}-end")
        assert live.end() == 0 and not live.complaints()
    expected = [f"{mark}-{i:03}\n" for i in range(100)]
    assert all([line for line in live.lines if re.search(r"-\d{3}$", line)] == expected for live in lives)


def test_losses_are_said_wherever_one_looks(tmp_path: Path) -> None:
    """While the program is stopped the ring fills up."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "- rule: writes\n  desc: x\n  priority: INFO\n  output: x\n"
        "  condition: evt.type=write and proc.name=nobody-has-this-name\n"
    )
    flood = ["dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=100000"]
    lives = [
        Live("-v", "-D", "--buffer-size", "1", "-p%evt.type %evt.arg.ratio", "evt.type=drop or evt.type=write and evt.rawres=0"),
        Live("-v", "--buffer-size", "1", "--rules", str(rules)),
    ]
    for live in lives:
        assert wait_for(live.attached)
    time.sleep(0.5)  # until its maps are set up; if that takes longer, the flood begins before and the losses are the same
    for live in lives:
        live.process.send_signal(signal.SIGSTOP)
    subprocess.run(flood, check=True, stderr=subprocess.DEVNULL)
    for live in lives:
        live.process.send_signal(signal.SIGCONT)
        assert wait_for(partial(_lost, live))
    assert wait_for(lambda: any(line.startswith("drop ") for line in lives[0].lines))
    assert wait_for(lambda: any("syscall event drop" in line for line in lives[1].lines))
    for live in lives:
        assert live.end() == 0
        errors = "".join(live.errors)
        lost = int(re.search(r"^Driver Drops:(\d+)$", errors, re.M)[1])  # type: ignore[index]
        seen = int(re.search(r"^Driver Events:(\d+)$", errors, re.M)[1])  # type: ignore[index]
        assert 0 < lost < seen
        assert f"pysysdig: {lost} events were lost in all" in errors
    marks = [int(line.split()[1]) for line in lives[0].lines if line.startswith("drop ")]
    lost = int(re.search(r"^Driver Drops:(\d+)$", "".join(lives[0].errors), re.M)[1])  # type: ignore[index]
    assert sum(marks) == 2 * lost  # each loss is marked before and after


def test_a_run_that_falls_behind_says_so(tmp_path: Path) -> None:
    live = Live("-v", "evt.type=unlink and evt.dir=<")
    mark = str(tmp_path / "gone")

    def seen() -> bool:
        Path(mark).unlink(missing_ok=True)
        return any(mark in line for line in live.lines)

    assert wait_for(seen)
    live.process.send_signal(signal.SIGSTOP)
    Path(mark).unlink(missing_ok=True)
    time.sleep(1.5)
    live.process.send_signal(signal.SIGCONT)
    assert wait_for(lambda: any("seconds behind the machine" in line for line in live.errors))
    assert live.end() == 0
    most = re.search(r"^Seconds behind: ([0-9.]+) at most$", "".join(live.errors), re.M)
    assert most is not None and float(most[1]) >= 1.5


def _elsewhere(*commands: str) -> subprocess.CompletedProcess[str]:
    """A live run where something of the machine is hidden: in a mount namespace of its own."""
    if os.geteuid() or shutil.which("unshare") is None:
        pytest.skip("mount namespaces take root and unshare")
    script = " && ".join([*commands, 'exec "$@"'])
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *COMMAND, "-n", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    if "mount:" in done.stderr or done.stderr.startswith("unshare:"):  # in a chroot, for one
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    return done


def _one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_without_bcc(tmp_path: Path) -> None:
    bcc = Path("/usr/lib/python3/dist-packages/bcc")
    if not bcc.is_dir():
        pytest.skip("bcc is somewhere else")
    hide = f"mount -t tmpfs none {bcc}"
    forget = "mkdir -p /var/cache/pysysdig && mount -t tmpfs none /var/cache/pysysdig"
    _one_line(_elsewhere(hide, forget), "bcc", "apt-get install python3-bpfcc")
    assert _elsewhere(hide).returncode == 0  # what was compiled before does not need it


def test_without_type_information() -> None:
    _one_line(_elsewhere("mount -t tmpfs none /sys/kernel/btf"), "/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF")


def test_where_nothing_can_be_kept() -> None:
    done = _elsewhere("mkdir -p /var/cache/pysysdig && mount -t tmpfs -o ro none /var/cache/pysysdig")
    assert done.returncode == 0 and not complaints(done.stderr) and done.stdout.count("\n") == 1


def test_rules_name_files_of_a_chroot_as_the_reference_does(tmp_path: Path) -> None:
    """A process that ran before the start: by the host's path, also after it has asked where it is (docs/compatibility.md)."""
    if os.geteuid():
        pytest.skip("chroot takes root")
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    rules = tmp_path / "rules.yaml"
    name = f"by-chroot-test-{os.getpid()}"
    rules.write_text(
        '- rule: made\n  desc: x\n  priority: INFO\n  output: "%fd.name in %proc.cwd"\n'
        f"  condition: evt.type in (open, openat) and fd.name endswith {name}\n"
    )
    script = (
        "import os, sys, time\nos.chroot(sys.argv[1]); os.chdir('/inner')\n"
        f"while True:\n    os.getcwd(); os.close(os.open('{name}', os.O_CREAT)); time.sleep(0.02)\n"
    )
    worker = subprocess.Popen([sys.executable, "-S", "-E", "-c", script, str(root)])
    try:
        assert wait_for((root / "inner" / name).exists)
        live = Live("--rules", str(rules))
        assert wait_for(lambda: sum(name in line for line in live.lines) > 2)
        assert live.end() == 0
    finally:
        worker.kill()
        worker.wait()
    shown = {line.split(" Informational ")[-1] for line in live.lines if name in line}
    assert shown == {f"{root}/inner/{name} in {root}/inner/\n"}


def _without_capabilities(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A run without CAP_SYS_ADMIN, CAP_PERFMON and CAP_BPF in its bounding set: not even root has them after the next exec."""
    script = (
        "import ctypes, os, sys\n"
        "for capability in (21, 38, 39): ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, *COMMAND, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE)


def test_the_doctor_names_one_cause() -> None:
    done = _without_capabilities("--doctor", "-j")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and not found["ok"]
    assert [c["name"] for c in found["checks"] if not c["ok"]] == ["permission"]
    assert all(bool(c["hint"]) != c["ok"] for c in found["checks"])
    text = _without_capabilities("--doctor").stdout
    assert [line.split(":")[0] for line in text.splitlines() if line.startswith("missing")] == ["missing permission"]


@pytest.mark.parametrize("limit", [12, 16, 30])
def test_too_few_open_files(limit: int) -> None:
    script = "import os, resource, sys\n" + f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))\n"
    script += "os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", script, *COMMAND, "-n", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE)
    _one_line(done, f"the limit is {limit}", "ulimit -n")
