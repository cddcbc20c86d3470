"""What /proc says about this process and the machine, for metrics. What cannot be read is left out."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import time

_CGROUP = "/sys/fs/cgroup/memory/memory.usage_in_bytes"  # as in Falco; FALCO_CGROUP_MEM_PATH names another one
_CGROUP2 = "/sys/fs/cgroup/memory.current"
_PROGRAM_STATISTICS = "/proc/sys/kernel/bpf_stats_enabled"
_PAGE = 1024


def resources() -> dict[str, float]:
    """cpu_usage and host_cpu_usage (percent, over the whole life), bytes of memory, processes, open files."""
    out: dict[str, float] = {}
    for part in (_cpu, _host_cpu, _memory, _pss, _host_memory, _container_memory, _counts):
        try:
            out.update(part())
        except (OSError, ValueError, IndexError, KeyError):
            continue
    return out


def boot_ns() -> int:
    """When the machine was started, ns since the epoch."""
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def kernel_release() -> str:
    """As `uname -r`."""
    return os.uname().release


def counts_programs() -> bool:
    """Whether the kernel counts how long BPF programs run."""
    try:
        return _read(_PROGRAM_STATISTICS).strip() not in ("", "0")
    except OSError:
        return False


def addresses() -> dict[str, dict[str, list[str]]]:
    """Name of an interface -> "ipv4", "ipv6" -> its addresses; without the loopback."""
    out: dict[str, dict[str, list[str]]] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            if name == "lo":
                continue
            try:
                found = fcntl.ioctl(asked, 0x8915, struct.pack("256s", name.encode()[:15]))  # SIOCGIFADDR
            except OSError:
                continue
            out.setdefault(name, {}).setdefault("ipv4", []).append(socket.inet_ntop(socket.AF_INET, found[20:24]))
    try:
        lines = _read("/proc/net/if_inet6").splitlines()
    except OSError:
        lines = []
    for address, *_, name in map(str.split, lines):
        if name != "lo":
            shown = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))
            out.setdefault(name, {}).setdefault("ipv6", []).append(shown)
    return out


def _read(path: str) -> str:
    with open(path) as file:
        return file.read(1 << 20)


def _cpu() -> dict[str, float]:
    fields = _read("/proc/self/stat").rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    uptime = float(_read("/proc/uptime").split()[0])
    elapsed = uptime - int(fields[19]) / ticks
    used = (int(fields[11]) + int(fields[12])) / ticks
    return {"cpu_usage": round(100 * used / elapsed, 1)} if elapsed > 0 else {}


def _host_cpu() -> dict[str, float]:
    numbers = list(map(int, _read("/proc/stat").split("\n", 1)[0].split()[1:9]))
    return {"host_cpu_usage": round(100 - 100 * numbers[3] / sum(numbers), 1)}


def _table(path: str) -> dict[str, int]:
    """`Name:  123 kB` lines, as bytes."""
    out = {}
    for line in _read(path).splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB":
            out[name] = int(words[0]) * _PAGE
    return out


def _memory() -> dict[str, float]:
    table = _table("/proc/self/status")
    return {"memory_rss": table["VmRSS"], "memory_vsz": table["VmSize"]}


def _pss() -> dict[str, float]:
    return {"memory_pss": _table("/proc/self/smaps_rollup")["Pss"]}


def _host_memory() -> dict[str, float]:
    table = _table("/proc/meminfo")
    return {"host_memory_used": table["MemTotal"] - table["MemFree"] - table["Buffers"] - table["Cached"]}


def _container_memory() -> dict[str, float]:
    named = os.environ.get("FALCO_CGROUP_MEM_PATH")
    for path in [named] if named else [_CGROUP, _CGROUP2]:
        if os.path.exists(path):
            return {"container_memory_used": int(_read(path))}
    return {"container_memory_used": 0}


def _counts() -> dict[str, float]:
    running = next(line for line in _read("/proc/stat").splitlines() if line.startswith("procs_running"))
    return {
        "host_procs_running": int(running.split()[1]),
        "host_open_fds": int(_read("/proc/sys/fs/file-nr").split()[0]),
    }
