/* Rows of the state: versions of threads and descriptors, and thread groups. The base classes of state/rows.py.
 *
 * A row holds references to Python objects, none of which can refer back to it: numbers, text, bytes, tuples of text; a group also
 * a dictionary of numbers. So the collector of cycles need not know of rows.
 */
#ifndef PYSYSDIG_ROWS_H
#define PYSYSDIG_ROWS_H

#include "module.h"

#define THREAD_FIELDS(X)                                                                                                         \
    X(account) X(alive) X(args) X(cap_effective) X(cap_inheritable) X(cap_permitted) X(cgroups) X(clone_ts) X(comm)              \
    X(container_id) X(cwd) X(env) X(exe) X(exe_from_memfd) X(exe_ino) X(exe_ino_ctime) X(exe_ino_mtime) X(exe_lower_layer)       \
    X(exe_upper_layer) X(exe_writable) X(exepath) X(fdlimit) X(files) X(flags) X(gid) X(lastexec_ts) X(loginuid) X(pfmajor)      \
    X(pfminor) X(pgid) X(pid) X(pidns_init_start_ts) X(ptid) X(reaper) X(root) X(row) X(sid) X(tid) X(tty) X(uid) X(vmrss)       \
    X(vmsize) X(vmswap) X(vpgid) X(vpid) X(vtid) X(where)

#define FD_FIELDS(X)                                                                                                             \
    X(connected) X(dev) X(fd) X(ino) X(mount_id) X(name) X(name_raw) X(oldname) X(openflags) X(pid) X(role) X(row) X(sock)       \
    X(type) X(where)

#define GROUP_FIELDS(X) X(alive) X(members) X(reaper)

#define ROW_FIELD(name) PyObject *name;

typedef struct {
    PyObject_HEAD
    THREAD_FIELDS(ROW_FIELD)
} ThreadRow;

typedef struct {
    PyObject_HEAD
    FD_FIELDS(ROW_FIELD)
} FdRow;

typedef struct {
    PyObject_HEAD
    GROUP_FIELDS(ROW_FIELD)
} GroupRow;

/* A row of a class without attributes set; NULL with an exception. */
PyObject *new_row(PyTypeObject *class);

/* Copies of rows, of their own classes. A copy of a descriptor has no place of its own yet, and `oldname` is the name so far. */
ThreadRow *copy_thread(ThreadRow *row);
FdRow *copy_fd(FdRow *row);

int add_row_types(PyObject *module);

#endif
