/*
 * What the probe and pysysdig/capture/record.py agree on.
 *
 * A record is a header, then the sections asked for by the call's operations. More than one section: a table of eight
 * u16 lengths comes first. Length 0 is a section that could not be read (or does not apply to this outcome).
 */
enum record_type { REC_ENTER = 1, REC_EXIT, REC_PROCEXIT, REC_SWITCH, REC_SIGNAL, REC_FAULT,
		   REC_FOREIGN_ENTER, REC_FOREIGN_EXIT }; /* 32-bit calls whose arguments cannot be read: header only */

struct header {        /* 80 bytes */
	u64 ts;        /* CLOCK_BOOTTIME, ns */
	u32 tid, tgid; /* as the initial pid namespace numbers them */
	u16 nr;        /* system call number */
	u8 type;       /* enum record_type */
	u8 sections;   /* how many follow */
	u16 cpu, size; /* size: bytes after the header */
	u64 ret;
	u64 args[6];
};

/* What to collect. An operation is one u32: code, argument, second argument, when, size or limit. */
enum operation {
	OP_NONE,
	OP_STRING,   /* NUL-terminated user string at arg */
	OP_DATA,     /* user buffer at arg: ret bytes, else as many as arg2 says (arg2 15: nothing then); at most snaplen */
	OP_FIXED,    /* `size` user bytes at arg */
	OP_SIZED,    /* user bytes at arg, their number in arg2, at most `size` */
	OP_SIZED_AT, /* user bytes at arg, their number (u32) in user memory at arg2, at most `size` */
	OP_VECTOR,   /* iovec at arg, count in arg2: u64 total, then data up to snaplen; size 0: the total only */
	OP_MSG_DATA, /* the same through a msghdr at arg */
	OP_MSG_NAME, /* msg_name of the msghdr at arg */
	OP_MSG_CONTROL,
	OP_SOCKET,  /* struct socket_info of descriptor arg (arg 7: the returned one) */
	OP_BACKLOG, /* two u32: queue length and limit of the listening socket arg */
	OP_FILE,    /* struct file_info of descriptor arg (arg 7: the returned one) */
	OP_PATH,    /* names from the file of descriptor arg up to the root, each with its NUL */
	OP_PAIR,    /* struct fd_pair: two descriptors in user memory at arg */
	OP_POLL,    /* pollfd array at arg, count in arg2 (at most 16) */
	OP_MEMORY,  /* three u32: vm size, resident, swap in KB */
	OP_CAPS,    /* three u64: inheritable, permitted, effective */
	OP_MMSG_DATA, /* as OP_MSG_DATA, of the mmsghdr at arg, as much as its length says; as a first operation: a record for each */
	/* process operations run in a program of their own, see 60_process.c */
	OP_PROCESS = 32, /* struct process_info */
	OP_CGROUPS,      /* five u64 (node of each controller), then the paths of the distinct ones, leaf first */
	OP_ARGS,         /* argument area of the process; after a failure the strings of the array at arg (arg 7: none) */
	OP_ENV,          /* the same for the environment */
	OP_EXEPATH,      /* as OP_PATH, of the executable */
};
enum when { ALWAYS, IF_OK, IF_FAILED, IF_CONNECTING, IF_POSITIVE };
#define OP_CODE(op) ((op) & 0xff)
#define OP_ARG(op) (((op) >> 8) & 15)
#define OP_ARG2(op) (((op) >> 12) & 15)
#define OP_WHEN(op) (((op) >> 16) & 15)
#define OP_SIZE(op) ((op) >> 20)
#define OPS 6
#define MMSG_LEN 56 /* where the length is in a mmsghdr */
#define MMSG_SIZE (MMSG_LEN + 8)
#define RETURNED 7

struct call { /* one per system call number; 64 bytes */
	u32 gate; /* WANT_* */
	u8 count[2];
	u8 program[2]; /* tail call that collects the sections, 0: none needed */
	u32 ops[2][OPS];
	u32 foreign; /* what a 32-bit call of this number is: 1 + number of the 64-bit call, FOREIGN_GENERIC; 0: nothing known */
	u32 pad;
};
#define FOREIGN_GENERIC (1 << 16)
#define WANT_ENTER 1
#define WANT_EXIT 2
#define WANT_FOREIGN 8 /* the 32-bit call of this number */
#define WANT_STATE 16 /* state needs it: recorded until the ring is full */
#define WANT_DATA 4 /* the only exit operation is OP_DATA at args[1]: done in place, no tail call */

struct config {
	u32 self; /* our own process: never recorded */
	u32 snaplen;
	u32 tracepoints; /* bit per record type that is on */
	u32 mark; /* bytes in the ring from which on only what state needs is recorded */
};

struct loss { /* per cpu; 64 bytes */
	u64 lost, first, last; /* events that found the ring full; time of the first since user space cleared it, and the last */
	u64 unread;            /* sections that could not be read (page not present) */
	u64 foreign;           /* 32-bit system calls that no 64-bit call is like */
	u64 early;             /* of the lost ones: not recorded although the ring was not full yet, see config.mark */
	u64 pad[2];
};

struct socket_info { /* 64 bytes, then both paths */
	u16 family, type, protocol, pad;
	u16 local_port, remote_port; /* network order */
	u16 local_path, remote_path; /* lengths of the paths that follow */
	u8 local[16], remote[16];
	u64 sock, peer;
};

struct file_info {
	u64 ino;
	u32 dev, f_mode;
	u32 layer, pad; /* of overlayfs: LAYER_* */
};
enum layer { LAYER_UPPER = 1, LAYER_LOWER };

struct fd_pair {
	s32 fd[2];
	u64 ino;
	u64 sock, peer;
};

struct process_info { /* 184 bytes */
	u32 tid, pid, ptid, vtid, vpid, vpgid, tty, loginuid;
	u32 euid, egid, vm_size, vm_rss, vm_swap, in_pidns, exe_flags, pgid;
	u64 fdlimit, majflt, minflt;
	u64 cap_inheritable, cap_permitted, cap_effective;
	u64 exe_ino, exe_ctime, exe_mtime;
	u64 pidns_start;
	u8 comm[16];
	u64 pad2[3];
};

struct task_row { /* of an iterator: 224 bytes */
	u32 tid, pid, ptid, vtid, vpid, vpgid, pgid, sid;
	u32 tty, loginuid, uid, gid, threads, flags;
	u64 fdlimit, majflt, minflt, ended_majflt, ended_minflt; /* ended: of threads of the process that are gone */
	u64 cap_inheritable, cap_permitted, cap_effective;
	u64 mm, cgroups;             /* addresses */
	u64 vm_size, vm_rss, vm_swap; /* pages */
	u64 exe[2], cwd[2], root[2]; /* addresses: mount and directory entry */
	u8 comm[16];
};

#define PATH_ROOM 128
struct file_row { /* of an iterator: 176 bytes */
	u32 pid, fd, mode, dev, flags, closes, mount, magic;
	u64 ino;
	s64 length; /* of the path with its NUL; negative: it is longer than there is room */
	u8 path[PATH_ROOM];
};
