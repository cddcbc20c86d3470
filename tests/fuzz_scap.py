"""Fuzzing of the capture reader and of everything behind it.

    python tests/fuzz_scap.py --count 100000 [--jobs 2] [--seed 1] [--only reader|engine] [--keep DIR]

Small captures (synthetic ones that have every kind of block, and cuts of the recordings in captures/) are damaged: bits
flipped, values overwritten, lengths and counts made to lie, blocks removed, doubled and swapped, files cut, joined and
packed. Each variant is read by the reader alone, or replayed by the program with changing options. It may print, or fail
with an error of our own; an exception, a variant that takes longer than LIMIT seconds, or one that makes the process grow
by more than MEMORY is a finding, and saved with --keep. Everything follows from the seed. Every SPAN variants run in a
process of their own, --jobs of them at a time: none may need more than ADDRESS_SPACE, and one that dies is a finding.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import multiprocessing.process
import os
import random
import re
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from pysysdig.errors import PysysdigError  # noqa: E402
from pysysdig.scap import blocks as b  # noqa: E402
from pysysdig.scap.reader import CaptureStream  # noqa: E402
from pysysdig.sources.opening import open_any  # noqa: E402
from tests.fuzz_seeds import TRACE, recorded, reworded, split, synthetic, traces  # noqa: E402

LIMIT = 10.0  # seconds a variant
MEMORY = 400 << 20  # growth of the peak resident size
ADDRESS_SPACE = 1 << 30  # of one process; a larger request fails at once
SPAN = 500  # variants a process
ODD = [*range(5), 7, 8, *range(25, 29), 0x7F, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x10008, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF]
_FORMATS = (
    "*%evt.num %evt.latency %proc.name %proc.cmdline %proc.pname %thread.cgroups %user.name %container.id %fd.name %evt.args",
    "%evt.info %evt.res %evt.rawarg.res %evt.arg[0] %proc.env %proc.sname %fd.containername %proc.cwd %fs.path.name",
    "%proc.aname[2] %proc.duration %proc.fdopencount %thread.exectime %proc.vmsize %fd.type %fd.dev %evt.reltime %evt.deltatime",
)
_FILTERS = (
    "proc.name=cat or fd.name contains etc",
    "evt.type in (openat,read,execve) and proc.aname[1]=sh",
    "fd.ip=127.0.0.1 or fd.net=::1/64 or evt.buffer contains a",
)
ARGUMENTS: list[list[str]] = [[], [], ["-v"], ["-q"], ["-j"], ["-X"], ["-A", "-s", "20"], ["-pc", "-t", "D"], ["-S"]]
ARGUMENTS += [["-p", text] for text in _FORMATS] + [[text] for text in _FILTERS]
ARGUMENTS += [["-c", "topprocs_cpu"], ["-c", "fdcount_by", "fd.name"], ["-c", "spy_users"], ["-c", "netstat"], ["-q"]]
ARGUMENTS += [[*text, "-w", os.devnull, "--write-format", form] for form in ("scap", "pscap") for text in ([], [_FILTERS[0]])]
_RULE = """
- rule: any
  desc: any
  condition: evt.type in (openat, execve, close) or proc.aname[2]=sh
  output: "%proc.cmdline %fd.name %container.id"
  priority: ERROR
"""


Found = tuple[int, str, str, bytes]  # number, target, why, the variant
Span = tuple[int, list[Found], tuple[float, int], int]  # first number, findings, slowest (seconds, number), peak MB


class Finding(Exception):
    """Something that must not happen."""


class _TimeUp(BaseException):
    pass


# --- how it is damaged ---


def mutate(rng: random.Random, seeds: list[bytes]) -> bytes:
    """One damaged capture."""
    seed = rng.choice(seeds)
    if seed.startswith(TRACE) and rng.random() < 0.7:  # a damaged checksum ends it: what is behind has to be damaged soundly
        return reworded(rng, seed)
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        data = rng.choice(_MUTATIONS)(rng, data, seeds)
    if rng.random() < 0.06:
        packed = bytearray(gzip.compress(bytes(data), 1))
        for _ in range(rng.randrange(3)):
            packed = rng.choice((_flip, _cut, _insert))(rng, packed, seeds)
        return bytes(packed)
    return bytes(data)


Mutation = Callable[[random.Random, bytearray, list[bytes]], bytearray]


def _flip(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 1, 2, 8))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def _overwrite(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    size = rng.choice((1, 2, 4, 8))
    if len(data) > size:
        at = rng.randrange(len(data) - size)
        data[at : at + size] = (rng.choice(ODD) & (1 << 8 * size) - 1).to_bytes(size, "little")
    return data


def _cut(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    return data[: rng.randrange(len(data) + 1)]


def _insert(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.choice((1, 2, 3, 4, 64)))
    return data


def _remove(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    at = rng.randrange(len(data) + 1)
    del data[at : at + rng.choice((1, 2, 3, 4, 64, 1000))]
    return data


def _lie(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    """A length or count in a header says something else."""
    starts = _starts(data)
    if not starts:
        return data
    at, kind, length = rng.choice(starts)
    fields = [4, length - 4, 8, 12, 16]
    if kind in b.EVENTS:
        head = b.HEADER + b.CPU + (b.FLAGS if kind in b.FLAGGED_EVENTS else 0)
        fields = [4, length - 4, head + 16, head + 16, head + 20, head + 22, head + 26, head + 28, head + 30]
    field = at + rng.choice(fields)
    if 0 <= field <= len(data) - 4:
        (was,) = struct.unpack_from("<I", data, field)
        new = rng.choice([*ODD, was + 1, was - 1, was + 4, was - 4, was * 2, was // 2]) & 0xFFFFFFFF
        struct.pack_into("<I", data, field, new)
        if rng.random() < 0.3 and field == at + 4 and 4 <= new <= len(data) - at:
            struct.pack_into("<I", data, at + new - 4, new)  # a consistent lie
    return data


def _retype(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    """A block or an event becomes one of another type."""
    starts = _starts(data)
    if starts:
        at, kind, length = rng.choice(starts)
        if kind in b.EVENTS and length >= 40 and rng.random() < 0.7:
            head = at + b.HEADER + b.CPU + (b.FLAGS if kind in b.FLAGGED_EVENTS else 0)
            struct.pack_into("<H", data, head + 20, rng.randrange(470))
        else:
            struct.pack_into("<I", data, at, rng.choice((*range(0x201, 0x224), b.SECTION_HEADER, *b.PRE_RELEASE)))
    return data


def _shuffle(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    """Blocks are swapped, doubled or dropped."""
    parts = [part for _, part in split(data)]
    for _ in range(rng.choice((1, 1, 3, 10))):
        if len(parts) < 2:
            break
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        how = rng.randrange(4)
        if how == 0:
            parts[i], parts[j] = parts[j], parts[i]
        elif how == 1:
            parts.insert(i, parts[j])
        elif how == 2:
            del parts[i]
        else:
            parts[i:i] = parts[i : i + 5] * rng.choice((1, 3))
    return bytearray(b"".join(parts))


def _join(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    """Another capture, or the same again, follows."""
    return data + (rng.choice(seeds) if rng.random() < 0.5 else data)


def _graft(rng: random.Random, data: bytearray, seeds: list[bytes]) -> bytearray:
    """The front of one and the rear of another."""
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other)) :]


_MUTATIONS: list[Mutation] = [
    _flip,
    _flip,
    _overwrite,
    _overwrite,
    _cut,
    _insert,
    _remove,
    _lie,
    _lie,
    _lie,
    _lie,
    _retype,
    _retype,
    _shuffle,
    _join,
    _graft,
]


def _starts(data: bytearray) -> list[tuple[int, int, int]]:
    out, at = [], 0
    for kind, part in split(data):
        out.append((at, kind, len(part)))
        at += len(part)
    return out


# --- what reads it ---


def read(path: str, rng: random.Random) -> None:
    """The reader alone: all batches, all parameters; what it promises about them is checked."""
    try:
        with open_any(path) as capture:
            last = 0
            for number, section in enumerate(capture.sections() if isinstance(capture, CaptureStream) else ()):
                for batch in section.batches():
                    n = len(batch)
                    ends = batch.off + batch.view("u4")[batch.off + 16] - (3 if batch.v1 else 0)
                    promised = (
                        n and n <= 65536 and len(batch.num) == len(batch.cpu) == len(batch.type) == n
                        and (np.diff(batch.off) > 0).all() and batch.off[0] >= 0 and (ends <= len(batch.buf)).all()
                        and (number or batch.num[0] == last + 1) and (number or (np.diff(batch.num) == 1).all())
                    )  # fmt: skip
                    if not promised:
                        raise Finding("a batch breaks its promises")
                    last = int(batch.num[-1])
                    for kind in batch.types():
                        pos = batch.positions(kind)
                        spans = batch.spans(kind, pos)
                        for i in range(len(spans.start)):
                            batch.raw(spans, i)
    except PysysdigError as e:
        str(e)


def replay(path: str, rng: random.Random) -> None:
    """The whole program."""
    from pysysdig.cli.main import main

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as rules, contextlib.redirect_stderr(io.StringIO()) as errors:
        rules.write(_RULE)
        rules.flush()
        status = main(rng.choice([*[["-r", path, *a] for a in ARGUMENTS], ["--info", path], ["-r", path, "--rules", rules.name]]))
    said = errors.getvalue()
    if status not in (0, 1) or (status == 1 and not said.strip()) or "out of memory" in said or "nested too" in said:
        raise Finding(f"status {status}, message {said!r}")


TARGETS: dict[str, Callable[[str, random.Random], None]] = {"reader": read, "engine": replay}


def attempt(target: Callable[[str, random.Random], None], data: bytes, rng: random.Random) -> str:
    """Run one variant; the reason why it is a finding, or ""."""
    fd = os.memfd_create("variant")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        os.write(fd, data)
        os.lseek(fd, 0, os.SEEK_SET)
        signal.signal(signal.SIGALRM, _time_up)
        signal.setitimer(signal.ITIMER_REAL, LIMIT)
        try:
            target(f"/proc/self/fd/{fd}", rng)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _TimeUp:
        return f"takes longer than {LIMIT} seconds\n{traceback.format_exc()}"
    except Exception:
        return traceback.format_exc()
    finally:
        os.close(fd)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return f"peak memory grew by {grown >> 10} MB" if grown << 10 > MEMORY else ""


def _time_up(number: int, frame: FrameType | None) -> None:
    raise _TimeUp


def variants(seed: int, count: int, seeds: list[bytes], start: int = 0) -> Iterator[tuple[int, bytes, random.Random]]:
    """(number, damaged capture, source of further choices), each following from the seed and the number alone."""
    for number in range(start, start + count):
        rng = random.Random(f"{seed}:{number}")
        yield number, mutate(rng, seeds), rng


def span(options: argparse.Namespace, seeds: list[bytes], start: int, count: int) -> Span:
    """Run variants; what they showed."""
    names = [options.only] if options.only else list(TARGETS)
    found: list[Found] = []
    slowest = (0.0, start)
    for number, data, rng in variants(options.seed, count, seeds, start):
        t = time.monotonic()
        for name in names:
            why = attempt(TARGETS[name], data, rng)
            if why and not (options.sanitized and why.startswith(("takes longer", "peak memory"))):
                found.append((number, name, why, data))
        slowest = max(slowest, (time.monotonic() - t, number))
    return start, found, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def work(options: argparse.Namespace, seeds: list[bytes], start: int, count: int, out: Connection) -> None:
    """A process of its own: what a crash or a leak of one span does, it does to this one alone."""
    if not options.sanitized:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    out.send(span(options, seeds, start, count))
    out.close()


def spans(options: argparse.Namespace, seeds: list[bytes]) -> Generator[Span, None, None]:
    """The results of all spans, as they come; a span whose process died is a finding."""
    context = multiprocessing.get_context("fork")
    todo = iter(range(options.start, options.start + options.count, SPAN))
    running: dict[Connection, tuple[int, multiprocessing.process.BaseProcess]] = {}
    try:
        while True:
            while len(running) < options.jobs and (start := next(todo, None)) is not None:
                inward, outward = context.Pipe(duplex=False)
                count = min(SPAN, options.start + options.count - start)
                process = context.Process(target=work, args=(options, seeds, start, count, outward))
                process.start()
                outward.close()
                running[inward] = start, process
            if not running:
                return
            ready = wait(list(running))
            for end in [end for end in running if end in ready]:
                start, ended = running.pop(end)
                try:
                    result: Span = end.recv()
                except EOFError:
                    process.join()
                    why = f"the process of variants {start} to {start + SPAN - 1} died: status {process.exitcode}"
                    result = start, [(start, "any", why, b"")], (0.0, start), 0
                process.join()
                yield result
    finally:
        for _, left in running.values():
            left.terminate()


def main() -> int:
    """The command line; status 1 if there are findings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="number of the first variant")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--only", choices=sorted(TARGETS))
    parser.add_argument("--keep", type=Path, help="folder for the variants that are findings")
    parser.add_argument("--most", type=int, default=20, help="stop after so many findings")
    parser.add_argument("--sanitized", action="store_true", help="for sanitizers, which take memory and time: no limits")
    options = parser.parse_args()
    seeds = synthetic() + recorded(ROOT / "captures")
    seeds += traces(seeds)
    started = time.monotonic()
    slowest = (0.0, 0)
    findings = done = peak = told = 0
    known: set[str] = set()
    with contextlib.closing(spans(options, seeds)) as results:
        for start, found, slow, size in results:
            done += min(SPAN, options.start + options.count - start)
            slowest, peak = max(slowest, slow), max(peak, size)
            for number, name, why, data in found:
                place = re.sub(r"\d+ MB", "", "".join([x for x in why.splitlines() if x.startswith("  File")][-1:]) or why)
                if place in known:
                    continue
                known.add(place)
                findings += 1
                print(f"--- variant {number}, {name}, {len(data)} bytes\n{why}", flush=True)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    (options.keep / f"{options.seed}-{number}-{name}.scap").write_bytes(data)
            if findings >= options.most:
                break
            if done // 5000 > told:
                told = done // 5000
                print(f"{done} variants, {time.monotonic() - started:.0f} s, {findings} findings, peak {peak} MB", flush=True)
    took = time.monotonic() - started
    print(
        f"{done} variants of seed {options.seed}: {findings} findings; {took:.0f} s, {done / took:.0f} a second with "
        f"{options.jobs} jobs, slowest {slowest[0]:.2f} s (variant {slowest[1]}), largest process {peak} MB"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
