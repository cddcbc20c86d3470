"""The flags of clone3 are those that the kernel made the thread with, whatever becomes of the memory that they were in."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

from pysysdig.capture.live import LiveCapture
from pysysdig.events.table import load

COUNT = 64
VM, FS = 0x100, 0x200
# Makes threads that share its memory and have to wait for its cpu, and overwrites the flags of each meanwhile.
SOURCE = """
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct clone_args args[COUNT + 1];
static char stacks[COUNT][16384] __attribute__((aligned(16)));

int main(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
    for (int i = 0; i < COUNT; i++) {
        args[i].flags = CLONE_VM | CLONE_FS;
        args[i].exit_signal = 17;
        args[i].stack = (uint64_t)stacks[i];
        args[i].stack_size = sizeof(stacks[i]);
        register long rax __asm__("rax") = SYS_clone3;
        register void *rdi __asm__("rdi") = &args[i];
        register long rsi __asm__("rsi") = sizeof(args[i]);
        __asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; mov $60, %%eax; xor %%edi, %%edi; syscall; 1:"
                         : "+r"(rax) : "r"(rdi), "r"(rsi) : "rcx", "r11", "memory");
        if (rax < 0)
            return 1;
        args[i].flags = CLONE_VFORK;
    }
    args[COUNT].flags = CLONE_THREAD; /* refused: without CLONE_SIGHAND */
    syscall(SYS_clone3, &args[COUNT], sizeof(args[COUNT]));
    while (wait(0) > 0)
        ;
    return 0;
}
"""


@pytest.mark.live
@pytest.mark.parametrize("exits", [False, True])
def test_what_the_maker_overwrites_meanwhile(exits: bool, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    (tmp_path / "a.c").write_text(f"#define COUNT {COUNT}\n{SOURCE}")
    if subprocess.run([compiler, "-O1", "-o", tmp_path / "makes_threads", tmp_path / "a.c"], capture_output=True).returncode:
        pytest.skip("not x86-64, or kernel headers without clone3")
    found: list[tuple[int, int]] = []
    with LiveCapture(wanted={"clone3"}, exits=exits) as capture:

        def work() -> None:
            try:
                subprocess.run([tmp_path / "makes_threads"], check=True)
            finally:
                capture.stop()

        thread = threading.Thread(target=work)
        thread.start()
        (kind,) = [t for t, e in enumerate(load(capture.generation)) if e.name == "clone3" and e.dir == "<"]
        names = [p.name for p in load(capture.generation)[kind].params]
        for batch in capture.batches():
            positions = batch.positions(kind)
            spans = batch.spans(kind, positions)
            mine = np.array([name == b"makes_threads\0"[:16] for name in batch.raw(spans, names.index("comm"))], bool)
            results, _ = batch.fixed(spans, names.index("res"), "PID")
            flags, _ = batch.fixed(spans, names.index("flags"), "FLAGS32")
            found += zip(results[mine].tolist(), flags[mine].tolist())
        thread.join()
    made = [flags for result, flags in found if result >= 0]
    failed = [flags for result, flags in found if result < 0]
    assert (len(made), set(made), len(failed)) == (2 * COUNT, {made[0]}, 1) and made[0] != failed[0] != 0
