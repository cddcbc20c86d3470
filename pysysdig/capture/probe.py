"""The loaded probe: its maps, programs and attachments, and the way to set what it records."""

from __future__ import annotations

import errno
import os
import resource
import time
from contextlib import suppress

import numpy as np

from pysysdig.capture import kernel
from pysysdig.capture.calls import (
    COLLECT,
    WANT_DATA,
    WANT_ENTER,
    WANT_EXIT,
    WANT_FOREIGN,
    WANT_STATE,
    CallPlan,
    foreign_calls,
)
from pysysdig.capture.instructions import ITERATORS, MAPS, Instructions, attach_maps, instructions, possible_cpus
from pysysdig.capture.iterators import Iterators
from pysysdig.capture.record import CALL, CONFIG, LOSS
from pysysdig.capture.ring import Ring
from pysysdig.errors import PysysdigError

CALLS = 512  # entries of the map; system call numbers of all architectures lie below
_FILES = 48  # a capture has some 30 open, and reads some more
_GENERIC = 1 << 16  # in CALL.foreign: as FOREIGN_GENERIC
_SCRATCH_SIZE = 80 + 2 * 65536 + 56
_TAIL_CALLS = {1: "collect", 2: "collect_processes"}
_ALWAYS = (("sys_exit", "on_sys_exit"), ("sched_process_exit", "on_process_exit"), ("task_newtask", "on_new_task"))
_ENTERS, _NO_ENTERS = ("sys_enter", "on_sys_enter"), ("sched_process_exec", "on_exec")
# tracepoints whose programs have another name in the current libraries' probe, under which others know their numbers
_PROGRAM_NAMES = {"sched_process_exit": "sched_proc_exit", "sched_process_exec": "sched_p_exec", "page_fault_user": "pf_user"}
_NAME_SIZE, _NAMES = 4096, 64  # of struct text; file names kept, besides some for each cpu
_MADE = 1024  # threads whose flags of clone3 are kept, besides some for each cpu
SWITCH, SIGNAL, FAULT = 1, 2, 4  # optional tracepoints, as bits
_OPTIONAL = {
    SWITCH: (("sched_switch", "on_switch"),),
    SIGNAL: (("signal_deliver", "on_signal"),),
    FAULT: (("page_fault_user", "on_fault"), ("page_fault_kernel", "on_fault")),
}


class Probe:
    """Programs loaded and maps ready, nothing recorded until `attach` and `set_calls`.

    ring_size: bytes, a power of two. snaplen: bytes of each buffer. self_tgid: the process never to record.
    Raises PysysdigError.
    """

    def __init__(self, ring_size: int, snaplen: int, self_tgid: int) -> None:
        self._descriptors: list[int] = []
        self._links: list[int] = []
        self._attached: dict[str, int] = {}
        self.ring: Ring | None = None
        self.iterators: Iterators | None = None  # where the kernel has them
        try:
            self._load(ring_size, snaplen, self_tgid)
        except kernel.BpfError as e:
            self.close()
            if e.errno in (errno.EMFILE, errno.ENFILE):
                check_descriptors()
            if e.errno == errno.EPERM:
                raise PysysdigError(f"{e}; live capture needs root (or CAP_BPF and CAP_PERFMON): run it with sudo") from None
            raise
        except BaseException:
            self.close()
            raise

    def _map(self, type_: int, key: int, value: int, entries: int, flags: int, name: str) -> int:
        fd = kernel.create_map(type_, key, value, entries, flags, name)
        self._descriptors.append(fd)
        return fd

    def _load(self, ring_size: int, snaplen: int, self_tgid: int) -> None:
        # the cheap call first: without permission nothing else needs to be tried (or compiled)
        ring = self._map(kernel.MAP_RINGBUF, 0, 0, ring_size, 0, "ring")
        check_descriptors()
        code = instructions()
        cpus = possible_cpus()
        maps = {
            "ring": ring,
            "calls": self._map(kernel.MAP_ARRAY, 4, CALL.itemsize, CALLS, kernel.MMAPABLE, "calls"),
            "config": self._map(kernel.MAP_ARRAY, 4, CONFIG.itemsize, 1, kernel.MMAPABLE, "config"),
            "losses": self._map(kernel.MAP_ARRAY, 4, LOSS.itemsize, cpus, kernel.MMAPABLE, "losses"),
            "scratches": self._map(kernel.MAP_ARRAY, 4, _SCRATCH_SIZE, cpus, 0, "scratches"),
            "programs": self._map(kernel.MAP_PROG_ARRAY, 4, 4, 4, 0, "programs"),
            "names": self._map(kernel.MAP_LRU_HASH, 4, _NAME_SIZE, _NAMES + 4 * cpus, 0, "names"),
            "created": self._map(kernel.MAP_LRU_HASH, 4, 8, _MADE + 64 * cpus, 0, "created"),
            "offsets": self._map(kernel.MAP_PERCPU_ARRAY, 4, 8, 1, 0, "offsets"),
        }
        descriptors = [maps[name] for name in MAPS]
        self._programs: dict[str, int] = {}
        for name, program in code.items():
            if not program.behind:
                fd, _ = kernel.load_program(attach_maps(program.code, descriptors), name)
                self._descriptors.append(fd)
                self._programs[name] = fd
        self._load_iterators(code, descriptors)
        for index, name in _TAIL_CALLS.items():
            kernel.update_map(maps["programs"], index, self._programs[name])
        self._calls = np.frombuffer(kernel.map_memory(maps["calls"], CALL.itemsize * CALLS), CALL, CALLS)
        self._losses = np.frombuffer(kernel.map_memory(maps["losses"], LOSS.itemsize * cpus), LOSS, cpus)
        self._config = np.frombuffer(kernel.map_memory(maps["config"], CONFIG.itemsize), CONFIG, 1)
        self._config["snaplen"] = snaplen
        self._config["self"] = self_tgid
        self._config["mark"] = ring_size - ring_size // 4
        self.ring = Ring(ring, ring_size)

    def _load_iterators(self, code: Instructions, maps: list[int]) -> None:
        """Nothing depends on them but how long a start takes."""
        if not Iterators.usable():
            return
        found = []
        with suppress(kernel.BpfError):
            for name in ITERATORS:
                if name in code:
                    fd, _ = kernel.load_program(attach_maps(code[name].code, maps), name, behind=code[name].behind)
                    self._descriptors.append(fd)
                    found.append(fd)
        if len(found) == len(ITERATORS):
            self.iterators = Iterators(*found)

    def set_calls(self, plans: dict[int, CallPlan], wanted: set[int] | None, needed: set[int]) -> None:
        """Record the system calls `wanted` (numbers; None: all). Those that are not `needed` give way when the ring is nearly
        full. plans: of all calls. May be called at any time."""
        for number in range(CALLS):
            plan = plans.get(number)
            if plan is None or (wanted is not None and number not in wanted):
                self._calls["gate"][number] = 0
                continue
            row = self._calls[number]
            for direction, operations in enumerate((plan.enter_ops, plan.exit_ops)):
                row["ops"][direction, : len(operations)] = operations
                row["count"][direction] = len(operations)
                row["program"][direction] = (plan.program if direction else COLLECT) if operations else 0
            row["gate"] = (
                WANT_ENTER | WANT_EXIT | (WANT_DATA if plan.direct_data else 0) | (WANT_STATE if number in needed else 0)
            )
        for number, (same, alike) in foreign_calls(plans).items():
            row = self._calls[number]
            row["foreign"] = same + 1 | (0 if alike else _GENERIC)
            if wanted is not None and same in wanted:
                row["gate"] |= WANT_FOREIGN
        if wanted is None:  # even those that can only be counted
            self._calls["gate"] |= WANT_FOREIGN

    def attach(self, optional: int = 0, *, enters: bool = True) -> None:
        """Attach the programs; `optional`: SWITCH, SIGNAL and FAULT bits. Without `enters` the beginnings of calls are not
        recorded, which makes every call of the machine cheaper. Raises PysysdigError."""
        points = [*_ALWAYS, _ENTERS if enters else _NO_ENTERS]
        for bit, more in _OPTIONAL.items():
            if optional & bit:
                points += more
        for tracepoint, program in points:
            self._links.append(kernel.attach(tracepoint, self._programs[program]))
            if self._programs[program] not in self._attached.values():
                self._attached[_PROGRAM_NAMES.get(tracepoint, tracepoint)] = self._programs[program]

    def losses(self) -> tuple[int, int, int]:
        """(events lost so far, boot time of the first since the last call, boot time of the last); times 0 if none."""
        lost = int(self._losses["lost"].sum())
        first = self._losses["first"]
        began = first[first > 0]
        result = lost, int(began.min()) if len(began) else 0, int(self._losses["last"].max())
        if len(began):
            self._losses["first"] = 0
        return result

    def lost_by_cpu(self) -> list[int]:
        """Events lost so far on each CPU. In any thread; nothing once it is closed."""
        lost: list[int] = self._losses["lost"].tolist()
        return lost

    def runs(self) -> dict[str, tuple[int, int]]:
        """Of the programs that are attached, by the names that the current libraries give theirs: how often each has run, and for
        how many ns. In any thread; nothing once it is closed, or where the kernel does not say."""
        try:
            return {name: kernel.program_runs(fd) for name, fd in list(self._attached.items())}
        except kernel.BpfError:
            return {}

    def counters(self) -> dict[str, int]:
        """So far: sections that could not be read (`unread`), 32-bit calls that no 64-bit call is like (`foreign`), lost events
        that gave way to those that state needs (`early`)."""
        return {name: int(self._losses[name].sum()) for name in ("unread", "foreign", "early")}

    def detach(self) -> None:
        """Stop recording; what is in the ring can still be taken."""
        self._attached = {}
        for fd in self._links:
            os.close(fd)
        self._links = []

    def close(self) -> None:
        """Detach, unload and unmap everything. May be called twice."""
        self.detach()
        if self.ring is not None:
            self.ring.close()
            self.ring = None
        self.iterators = None
        self._calls, self._losses, self._config = (np.zeros(0, t) for t in (CALL, LOSS, CONFIG))  # unmaps
        for fd in self._descriptors:
            os.close(fd)
        self._descriptors = []


def check_descriptors() -> None:
    """Raises PysysdigError where fewer open files are allowed than a capture needs: /proc could not be read either."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and len(os.listdir("/proc/self/fd")) + _FILES > limit:
        raise PysysdigError(
            f"live capture needs {_FILES} more open files, and the limit is {limit}: raise it with ulimit -n 1024"
        )


def boot_ns() -> int:
    """The probe's clock: CLOCK_BOOTTIME in ns."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
