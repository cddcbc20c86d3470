"""The layout of this kernel's structures as C macros for the probe.

Each entry is `structure.field` and becomes `OFF_structure_field`; where kernels differ in a name, `macro=structure:a|b`
lists the alternatives, newest first. Entries in OPTIONAL may be missing (`MISSING` in C), the others are an error.
"""

from __future__ import annotations

from pysysdig.capture.btf import Btf
from pysysdig.capture.machine import MACHINE
from pysysdig.errors import PysysdigError

MISSING = 0xFFFF

FIELDS = f"""
{MACHINE.registers}
task_struct.files files_struct.fdt fdtable.max_fds fdtable.fd
file.f_inode file.f_mode file.f_path file.private_data path.dentry path.mnt
dentry.d_name dentry.d_parent dentry.d_flags dentry.d_fsdata qstr.name
vfsmount.mnt_root mount.mnt mount.mnt_parent mount.mnt_mountpoint
inode.i_mode inode.i_flags inode.i_ino inode.i_sb inode.i_uid inode.i_gid
inode.ctime_sec=inode:i_ctime_sec|__i_ctime.tv_sec|i_ctime.tv_sec
inode.ctime_nsec=inode:i_ctime_nsec|__i_ctime.tv_nsec|i_ctime.tv_nsec
inode.mtime_sec=inode:i_mtime_sec|__i_mtime.tv_sec|i_mtime.tv_sec
inode.mtime_nsec=inode:i_mtime_nsec|__i_mtime.tv_nsec|i_mtime.tv_nsec
super_block.s_dev super_block.s_magic super_block.s_flags
socket.sk sock.sk_type sock.sk_protocol sock.sk_ack_backlog sock.sk_max_ack_backlog
sock.skc_family=sock:__sk_common.skc_family sock.skc_daddr=sock:__sk_common.skc_daddr
sock.skc_dport=sock:__sk_common.skc_dport sock.skc_v6_daddr=sock:__sk_common.skc_v6_daddr
inet_sock.inet_saddr inet_sock.inet_sport inet_sock.pinet6 ipv6_pinfo.saddr
unix_sock.peer unix_sock.addr unix_address.len unix_address.name
task_struct.pid task_struct.tgid task_struct.real_parent task_struct.thread_pid task_struct.signal task_struct.mm
task_struct.cred task_struct.nsproxy task_struct.cgroups task_struct.flags task_struct.exit_code task_struct.children
task_struct.thread_node task_struct.start_time task_struct.maj_flt task_struct.min_flt task_struct.loginuid
pid.level pid.numbers upid.nr upid.ns pid_namespace.level pid_namespace.child_reaper nsproxy.pid_ns_for_children
signal_struct.pids signal_struct.tty signal_struct.rlim signal_struct.thread_head
signal_struct.has_child_subreaper signal_struct.is_child_subreaper
tty_struct.driver tty_struct.index tty_driver.major tty_driver.minor_start
cred.euid cred.egid cred.fsuid cred.fsgid cred.group_info group_info.ngroups group_info.gid
cred.cap_inheritable cred.cap_permitted cred.cap_effective
mm_struct.total_vm mm_struct.rss_stat mm_struct.exe_file
mm_struct.arg_start mm_struct.arg_end mm_struct.env_start mm_struct.env_end
css_set.subsys cgroup_subsys_state.cgroup cgroup.kn kernfs_node.name kernfs_node.parent=kernfs_node:__parent|parent
kernel_siginfo.si_code kernel_siginfo._sifields linux_binprm.filename
""".split()
OPTIONAL = {"task_struct.loginuid", "task_struct.thread_info_status", "inet_sock.pinet6", "ipv6_pinfo.saddr"}
# what iterators over tasks need besides (probe/80_tasks.c); without all of it there are none
ITERATED = """
task_struct.real_cred task_struct.comm task_struct.fs fs_struct.pwd fs_struct.root signal_struct.nr_threads
signal_struct.maj_flt signal_struct.min_flt percpu_counter.count percpu_counter.counters
file.f_flags mount.mnt_id fdtable.close_on_exec bpf_array.pptrs
""".split()
ITERATORS = {"on_task": "bpf_iter_task", "on_file": "bpf_iter_task_file"}  # programs and the functions that they stand behind
TYPED = ("pt_regs", "task_struct", "files_struct", "fdtable", "file", "inode", "super_block")
CAST = "bpf_rdonly_cast"
COUNT = ("bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy")
BITS = ("signal_struct.has_child_subreaper", "signal_struct.is_child_subreaper")
CONTROLLERS = ("cpuset", "cpu", "cpuacct", "io", "memory")


def defines(btf: Btf) -> str:
    """C text with every macro. Raises PysysdigError naming what this kernel lacks."""
    out = [f"#define MISSING {MISSING}"]
    missing = []
    for entry in FIELDS:
        macro, _, places = entry.partition("=")
        structure, names = (places or macro.replace(".", ":")).split(":")
        place = next((p for p in (btf.field(structure, name) for name in names.split("|")) if p), None)
        if place is None and macro not in OPTIONAL:
            missing.append(macro)
        name = macro.replace(".", "_")
        out.append(f"#define OFF_{name} {MISSING if place is None else place.offset}")
        if macro in BITS and place:
            out.append(f"#define BIT_{name} {place.bit}")
    if missing:
        raise PysysdigError(f"this kernel's type information lacks {', '.join(missing)}")
    for structure in ("upid", "inode"):
        out.append(f"#define SIZE_{structure} {btf.size(structure) or 0}")
    # resident memory: an array of per-cpu counters since 6.2, of plain counters before
    counter = btf.field("percpu_counter", "count")
    plain = btf.field("mm_rss_stat", "count")
    if plain is None and counter is not None:
        out += [f"#define RSS_COUNT {counter.offset}", f"#define RSS_SIZE {btf.size('percpu_counter')}"]
    else:
        out += [f"#define RSS_COUNT {plain.offset if plain else 0}", "#define RSS_SIZE 8"]
    for controller in CONTROLLERS:
        value = btf.enum("cgroup_subsys_id", f"{controller}_cgrp_id")
        out.append(f"#define CGROUP_{controller} {MISSING if value is None else value}")
    types = {structure: btf.number(structure) for structure in TYPED}
    if btf.function(CAST) is not None and None not in types.values():
        out.append("#define TYPED")
        out += [f"#define TYPE_{structure} {number}" for structure, number in types.items()]
    out += _iterated(btf)
    if None not in map(btf.function, COUNT):
        out.append("#define COUNTED")
    disconnected = btf.enum("dentry_flags", "DCACHE_DISCONNECTED")
    out.append(f"#define DISCONNECTED {0x20 if disconnected is None else disconnected}")
    return "\n".join(out) + "\n"


def iterators(btf: Btf) -> dict[str, int]:
    """The numbers of the functions that iterators stand behind, by the names of their programs; none where this kernel lacks what
    they need."""
    functions = {program: btf.function(name) for program, name in ITERATORS.items()}
    if None in functions.values() or btf.field("mm_rss_stat", "count") is not None:
        return {}
    if any(btf.field(*entry.split(".")) is None for entry in ITERATED):
        return {}
    return {program: number for program, number in functions.items() if number is not None}


def _iterated(btf: Btf) -> list[str]:
    """Lines with what iterators need, if there can be any."""
    if not iterators(btf):
        return []
    places = {entry: btf.field(*entry.split(".")) for entry in ITERATED}
    out = [f"#define OFF_{entry.replace('.', '_')} {place.offset}" for entry, place in places.items() if place is not None]
    return [*out, "#define ITERATORS"]
