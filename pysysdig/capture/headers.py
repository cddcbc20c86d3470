"""A kernel header tree of a few lines, enough for bcc's own headers, so that no header package is needed."""

from __future__ import annotations

import os
import re

_TYPES = "\n".join(
    [
        "#pragma once",
        "typedef signed char __s8; typedef unsigned char __u8; typedef short __s16; typedef unsigned short __u16;",
        "typedef int __s32; typedef unsigned int __u32; typedef long long __s64; typedef unsigned long long __u64;",
        *(f"typedef __{t} {t};" for t in ("s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64")),
        *(f"typedef __u{n} __{e}{n};" for n in (16, 32, 64) for e in ("le", "be")),
        "typedef __u16 __sum16; typedef __u32 __wsum;",
        "typedef unsigned long size_t; typedef long ssize_t; typedef unsigned long uintptr_t;",
        "typedef int pid_t; typedef unsigned int uid_t; typedef unsigned int gid_t; typedef _Bool bool;",
        "#define true 1",
        "#define false 0",
        "#define NULL ((void *)0)",
        "#define TASK_COMM_LEN 16",
        "#define __aligned_u64 __u64 __attribute__((aligned(8)))",
        "struct pt_regs { unsigned long r[34]; };",
        "",
    ]
)


def write_tree(root: str, machine: str, release: str) -> None:
    """Write the tree under `root` for an architecture (`platform.machine()`) and a kernel release."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", release)
    major, minor, patch = (int(x or 0) for x in found.groups()) if found else (5, 8, 0)
    arch = {"x86_64": "x86", "aarch64": "arm64"}.get(machine, machine)
    files = {
        "include/linux/kconfig.h": "#define CONFIG_BPF_SYSCALL 1\n#define CONFIG_ARCH_HAS_SYSCALL_WRAPPER 1\n",
        "include/linux/types.h": _TYPES,
        "include/linux/version.h": "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))\n"
        f"#define LINUX_VERSION_CODE {(major << 16) + (minor << 8) + min(patch, 255)}\n",
        "include/linux/bpf_common.h": "",
        "include/linux/log2.h": "",
        "include/uapi/linux/bpf.h": "",
        "include/uapi/linux/if_packet.h": "",
        "include/uapi/asm/ptrace.h": "",
        f"arch/{arch}/include/asm/page.h": "#define PAGE_SIZE 4096\n",
    }
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(text)
