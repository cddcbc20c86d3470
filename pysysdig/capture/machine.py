"""What depends on the machine: how it numbers its system calls, a few of its flags, where the probe finds registers.

Everything else in this package is the same for all 64-bit machines. x86-64 is what is tested; arm64 is prepared for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from pysysdig.events._syscall_table import X86_64_SYSCALLS

Call = tuple[int, str, int, int]  # ppm_sc code, name, types of the enter and the exit event

# numbers by name: a number begins a run of names
_ARM64 = """
0 io_setup io_destroy io_submit io_cancel io_getevents setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr
llistxattr flistxattr removexattr lremovexattr fremovexattr getcwd lookup_dcookie eventfd2 epoll_create1 epoll_ctl epoll_pwait
dup dup3 fcntl inotify_init1 inotify_add_watch inotify_rm_watch ioctl ioprio_set ioprio_get flock mknodat mkdirat unlinkat
symlinkat linkat renameat umount2 mount pivot_root nfsservctl statfs fstatfs truncate ftruncate fallocate faccessat chdir
fchdir chroot fchmod fchmodat fchownat fchown openat close vhangup pipe2 quotactl getdents64 lseek read write readv writev
pread64 pwrite64 preadv pwritev sendfile pselect6 ppoll signalfd4 vmsplice splice tee readlinkat newfstatat fstat sync fsync
fdatasync sync_file_range timerfd_create timerfd_settime timerfd_gettime utimensat acct capget capset personality exit
exit_group waitid set_tid_address unshare futex set_robust_list get_robust_list nanosleep getitimer setitimer kexec_load
init_module delete_module timer_create timer_gettime timer_getoverrun timer_settime timer_delete clock_settime clock_gettime
clock_getres clock_nanosleep syslog ptrace sched_setparam sched_setscheduler sched_getscheduler sched_getparam
sched_setaffinity sched_getaffinity sched_yield sched_get_priority_max sched_get_priority_min sched_rr_get_interval
restart_syscall kill tkill tgkill sigaltstack rt_sigsuspend rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait
rt_sigqueueinfo rt_sigreturn setpriority getpriority reboot setregid setgid setreuid setuid setresuid getresuid setresgid
getresgid setfsuid setfsgid times setpgid getpgid getsid setsid getgroups setgroups uname sethostname setdomainname getrlimit
setrlimit getrusage umask prctl getcpu gettimeofday settimeofday adjtimex getpid getppid getuid geteuid getgid getegid gettid
sysinfo mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr msgget msgctl msgrcv msgsnd semget semctl
semtimedop semop shmget shmctl shmat shmdt socket socketpair bind listen accept connect getsockname getpeername sendto
recvfrom setsockopt getsockopt shutdown sendmsg recvmsg readahead brk munmap mremap add_key request_key keyctl clone execve
mmap 224 swapon swapoff mprotect msync mlock munlock mlockall munlockall mincore madvise remap_file_pages mbind get_mempolicy
set_mempolicy migrate_pages move_pages rt_tgsigqueueinfo perf_event_open accept4 recvmmsg 260 wait4 prlimit64 fanotify_init
fanotify_mark name_to_handle_at open_by_handle_at clock_adjtime syncfs setns sendmmsg process_vm_readv process_vm_writev kcmp
finit_module sched_setattr sched_getattr renameat2 seccomp getrandom memfd_create bpf execveat userfaultfd membarrier mlock2
copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx io_pgetevents rseq kexec_file_load 424
pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick
pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd
landlock_create_ruleset landlock_add_rule landlock_restrict_self memfd_secret process_mrelease futex_waitv
set_mempolicy_home_node
"""
# 32-bit x86, by the names of the 64-bit calls that do the same; calls that have no such counterpart are left out
_I386 = """
0 restart_syscall exit fork read write open close 8 creat link unlink execve chdir time mknod chmod lchown 19 lseek getpid
mount 23 setuid getuid 26 ptrace alarm 29 pause utime 33 access 36 sync kill rename mkdir rmdir dup pipe times 45 brk setgid
getgid 49 geteuid getegid acct umount2 54 ioctl fcntl 57 setpgid 60 umask chroot ustat dup2 getppid getpgrp setsid 70 setreuid
setregid 74 sethostname setrlimit getrlimit getrusage gettimeofday settimeofday getgroups setgroups select symlink 85 readlink
87 swapon reboot 90 mmap munmap truncate ftruncate fchmod fchown getpriority setpriority 99 statfs fstatfs ioperm 103 syslog
setitimer getitimer stat lstat fstat 110 iopl vhangup 114 wait4 swapoff sysinfo 118 fsync 120 clone setdomainname uname
modify_ldt adjtimex mprotect 128 init_module delete_module 131 quotactl getpgid fchdir 135 sysfs personality 138 setfsuid
setfsgid 141 getdents select flock msync readv writev getsid fdatasync 150 mlock munlock mlockall munlockall sched_setparam
sched_getparam sched_setscheduler sched_getscheduler sched_yield sched_get_priority_max sched_get_priority_min
sched_rr_get_interval nanosleep mremap setresuid getresuid 168 poll 170 setresgid getresgid prctl rt_sigreturn rt_sigaction
rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend pread64 pwrite64 chown getcwd capget capset
sigaltstack sendfile 190 vfork getrlimit mmap truncate ftruncate stat lstat fstat lchown getuid getgid geteuid getegid
setreuid setregid getgroups setgroups fchown setresuid getresuid setresgid getresgid chown setuid setgid setfsuid setfsgid
pivot_root mincore madvise getdents64 fcntl 224 gettid readahead setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr
listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr tkill sendfile futex sched_setaffinity sched_getaffinity
set_thread_area get_thread_area io_setup io_destroy io_getevents io_submit io_cancel fadvise64 252 exit_group lookup_dcookie
epoll_create epoll_ctl epoll_wait remap_file_pages set_tid_address timer_create timer_settime timer_gettime timer_getoverrun
timer_delete clock_settime clock_gettime clock_getres clock_nanosleep statfs fstatfs tgkill utimes fadvise64 274 mbind
get_mempolicy set_mempolicy mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr kexec_load waitid 286
add_key request_key keyctl ioprio_set ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat
mknodat fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll unshare
set_robust_list get_robust_list splice sync_file_range tee vmsplice move_pages getcpu epoll_pwait utimensat signalfd
timerfd_create eventfd fallocate timerfd_settime timerfd_gettime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1
preadv pwritev rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at
open_by_handle_at clock_adjtime syncfs sendmmsg setns process_vm_readv process_vm_writev kcmp finit_module sched_setattr
sched_getattr renameat2 seccomp getrandom memfd_create bpf execveat socket socketpair bind connect listen accept4 getsockopt
setsockopt getsockname getpeername sendto sendmsg recvfrom recvmsg shutdown userfaultfd membarrier mlock2 copy_file_range
preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx arch_prctl io_pgetevents rseq 393 semget semctl shmget shmctl shmat
shmdt msgget msgsnd msgrcv msgctl clock_gettime clock_settime clock_adjtime clock_getres clock_nanosleep timer_gettime
timer_settime timerfd_gettime timerfd_settime utimensat pselect6 ppoll 416 io_pgetevents recvmmsg mq_timedsend mq_timedreceive
semtimedop rt_sigtimedwait futex sched_rr_get_interval pidfd_send_signal io_uring_setup io_uring_enter io_uring_register
open_tree move_mount fsopen fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2
process_madvise epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule landlock_restrict_self
memfd_secret process_mrelease futex_waitv set_mempolicy_home_node
"""
# 32-bit calls whose arguments point at something laid out otherwise: ptrace, setrlimit, getrlimit, mmap, quotactl, nanosleep,
# sendfile, ugetrlimit, ppoll. Those that take an iovec or a msghdr are known by what is collected for them.
_OTHER_LAYOUT = frozenset({26, 75, 76, 90, 131, 162, 187, 191, 309})


class Machine(NamedTuple):
    """One kind of machine.

    calls         its system calls by number
    foreign       number of a 32-bit call -> (number of the 64-bit call that does the same, whether its arguments can be read like
                  those of that one)
    open_flags    (native, stored) O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE
    registers     entries for `offsets`
    """

    calls: dict[int, Call]
    foreign: dict[int, tuple[int, bool]]
    open_flags: tuple[tuple[int, int], ...]
    registers: str


def _numbers(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for word in text.split():
        if word.isdigit():
            at = int(word)
        else:
            yield at, word
            at += 1


def _x86_64() -> Machine:
    calls = {number: call for number, call in X86_64_SYSCALLS.items() if number < 512}
    numbers = {call[1]: number for number, call in calls.items()}
    foreign = {n: (numbers[name], n not in _OTHER_LAYOUT) for n, name in _numbers(_I386) if name in numbers}
    registers = "pt_regs.r10 pt_regs.bp pt_regs.orig_ax pt_regs.ip task_struct.thread_info_status=task_struct:thread_info.status"
    return Machine(calls, foreign, ((0x4000, 512), (0x8000, 2048), (0x10000, 1024), (0x410000, 8192)), registers)


def _arm64() -> Machine:
    known = {call[1]: call for call in X86_64_SYSCALLS.values()}
    calls = {number: known[name] for number, name in _numbers(_ARM64) if name in known}
    return Machine(calls, {}, ((0x10000, 512), (0x20000, 2048), (0x4000, 1024), (0x404000, 8192)), "pt_regs.ip=pt_regs:pc")


MACHINE = _arm64() if os.uname().machine == "aarch64" else _x86_64()
