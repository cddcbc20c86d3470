"""Where parameters are in the events that change state, by the names that the event table has for them.

A class for each shape, called after the (newest) event type that has it; older types have the first few of its parameters.
Numbers are written here, not looked up: handlers ask for them all the time. tests/state/test_parameters.py compares with the
table.
"""

from __future__ import annotations


class CLONE_20_X:
    """clone, fork, vfork, clone3."""

    RES, EXE, ARGS, TID, PID, PTID, CWD, FDLIMIT, PGFT_MAJ, PGFT_MIN, VM_SIZE, VM_RSS, VM_SWAP, COMM, CGROUPS = range(15)
    FLAGS, UID, GID, VTID, VPID, PIDNS_INIT_START_TS = range(15, 21)


class EXECVE_19_X:
    """execve, execveat; COMM and what follows from EXECVE_16 on."""

    RES, EXE, ARGS, TID, PID, PTID, CWD, FDLIMIT, PGFT_MAJ, PGFT_MIN, VM_SIZE, VM_RSS, VM_SWAP, COMM, CGROUPS = range(15)
    ENV, TTY, VPGID, LOGINUID, FLAGS, CAP_INHERITABLE, CAP_PERMITTED, CAP_EFFECTIVE = range(15, 23)
    EXE_INO, EXE_INO_CTIME, EXE_INO_MTIME, UID, TRUSTED_EXEPATH, PGID, GID = range(23, 30)


class EXECVE_14_X:
    ENV = 13


class EXECVE_15_X:
    COMM, ENV = 13, 14


class EXECVE_19_E:
    FILENAME = 0


class EXECVEAT_E:
    DIRFD, PATHNAME, FLAGS = range(3)


class PROCEXIT_1_E:
    STATUS, RET, SIG, CORE, REAPER_TID = range(5)


class CHDIR_X:
    """chdir, getcwd."""

    RES, PATH = range(2)


class FCHDIR_X:
    RES = 0


class CHROOT_X:
    RES, PATH = range(2)


class SETSID_X:
    RES = 0


class SETUID_E:
    UID = 0


class SETUID_X:
    RES, UID = range(2)


class SETGID_E:
    GID = 0


class SETGID_X:
    RES, GID = range(2)


class SETRESUID_E:
    RUID, EUID = range(2)


class SETRESUID_X:
    """setresuid, setreuid."""

    RES, RUID, EUID = range(3)


class SETRESGID_E:
    RGID, EGID = range(2)


class SETRESGID_X:
    """setresgid, setregid."""

    RES, RGID, EGID = range(3)


class SETRLIMIT_E:
    """setrlimit, getrlimit."""

    RESOURCE = 0


class SETRLIMIT_X:
    """setrlimit, getrlimit."""

    RES, CUR, MAX, RESOURCE = range(4)


class PRLIMIT_E:
    PID, RESOURCE = range(2)


class PRLIMIT_X:
    RES, NEWCUR, NEWMAX, OLDCUR, OLDMAX, PID, RESOURCE = range(7)


class PRCTL_X:
    RES, OPTION, ARG2_STR, ARG2_INT = range(4)


class CAPSET_X:
    RES, CAP_INHERITABLE, CAP_PERMITTED, CAP_EFFECTIVE = range(4)


class UNSHARE_E:
    FLAGS = 0


class UNSHARE_X:
    RES, FLAGS = range(2)


class SETNS_E:
    FD, NSTYPE = range(2)


class SETNS_X:
    RES, FD, NSTYPE = range(3)


class OPEN_E:
    NAME, FLAGS = range(2)


class OPEN_X:
    FD, NAME, FLAGS, MODE, DEV, INO = range(6)


class CREAT_E:
    NAME = 0


class CREAT_X:
    FD, NAME, MODE, DEV, INO, CREAT_FLAGS = range(6)


class OPENAT_2_E:
    """openat (both), openat2."""

    DIRFD, NAME, FLAGS = range(3)


class OPENAT_2_X:
    """What follows FLAGS is elsewhere in openat2."""

    FD, DIRFD, NAME, FLAGS, MODE, DEV, INO = range(7)


class OPENAT2_X:
    FD, DIRFD, NAME, FLAGS, MODE, RESOLVE, DEV, INO = range(8)


class OPEN_BY_HANDLE_AT_X:
    FD, MOUNTFD, FLAGS, PATH, DEV, INO = range(6)


class MEMFD_CREATE_X:
    FD, NAME, FLAGS = range(3)


class PIDFD_OPEN_X:
    FD, PID, FLAGS = range(3)


class PIDFD_GETFD_X:
    FD, PID_FD, TARGET_FD = range(3)


class EVENTFD2_X:
    """The calls with flags that return one nameless descriptor: eventfd2, signalfd4, inotify_init1, epoll_create1."""

    RES, FLAGS = range(2)


class TIMERFD_CREATE_X:
    RES, CLOCKID, FLAGS = range(3)


class PIPE2_X:
    """pipe, pipe2."""

    RES, FD1, FD2, INO, FLAGS = range(5)


class DUP3_X:
    """dup, dup2, dup3."""

    RES, OLDFD, NEWFD, FLAGS = range(4)


class FCNTL_E:
    FD, CMD = range(2)


class FCNTL_X:
    RES, FD, CMD, ARG = range(4)


class FCHMOD_X:
    """fchmod, fchown."""

    RES, FD = range(2)


class CLOSE_RANGE_X:
    RES, FIRST, LAST, FLAGS = range(4)


class SOCKET_E:
    DOMAIN, TYPE, PROTO = range(3)


class SOCKET_X:
    FD, DOMAIN, TYPE, PROTO = range(4)


class SOCKETPAIR_X:
    RES, FD1, FD2, SOURCE, PEER = range(5)


class ACCEPT4_6_X:
    """accept, accept4."""

    FD, TUPLE, QUEUEPCT, QUEUELEN, QUEUEMAX, FLAGS = range(6)


class BIND_X:
    RES, ADDR = range(2)


class CONNECT_E:
    FD, ADDR = range(2)


class CONNECT_X:
    RES, TUPLE, FD = range(3)


class GETSOCKOPT_X:
    RES, FD = range(2)


class SENDTO_E:
    """sendto, sendmsg."""

    FD, SIZE, TUPLE = range(3)


class SENDTO_X:
    """sendto, sendmsg, send; recv."""

    RES, DATA, FD, SIZE, TUPLE = range(5)


class SENDMMSG_X:
    """sendmmsg, recvmmsg, of their first message; empty in what was recorded by older programs."""

    RES, FD, SIZE, DATA, TUPLE = range(5)


class RECVFROM_X:
    RES, DATA, TUPLE = range(3)


class RECVMSG_X:
    RES, SIZE, DATA, TUPLE = range(4)
