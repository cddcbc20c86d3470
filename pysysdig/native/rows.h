/* Rows of the state: versions of threads and descriptors, and thread groups. The base classes of state/rows.py.
 *
 * A row holds its numbers itself, and references to Python objects none of which can refer back to it: text, bytes, tuples of text,
 * numbers of accounts that may be of any size; a group also a dictionary of numbers. So the collector of cycles need not know of
 * rows.
 */
#ifndef PYSYSDIG_ROWS_H
#define PYSYSDIG_ROWS_H

#include "module.h"

enum { RECORD = 40 }; /* bytes of a socket's address record */

/* Fields by kind: O(bject), I(nteger), N(atural number), B(oolean). */
#define THREAD_FIELDS(O, I, N, B)                                                                                                \
    O(account) O(args) O(cgroups) O(comm) O(container_id) O(cwd) O(env) O(exe) O(exepath) O(gid) O(loginuid)                     \
    O(pidns_init_start_ts) O(root) O(tty) O(uid)                                                                                 \
    I(fdlimit) I(files) I(pgid) I(pid) I(ptid) I(reaper) I(row) I(sid) I(tid) I(vpgid) I(vpid) I(vtid) I(where)                  \
    N(cap_effective) N(cap_inheritable) N(cap_permitted) N(clone_ts) N(exe_ino) N(exe_ino_ctime) N(exe_ino_mtime) N(flags)       \
    N(lastexec_ts) N(pfmajor) N(pfminor) N(vmrss) N(vmsize) N(vmswap)                                                            \
    B(alive) B(exe_from_memfd) B(exe_lower_layer) B(exe_upper_layer) B(exe_writable)

#define FD_FIELDS(O, I, N, B)                                                                                                    \
    O(name) O(name_raw) O(oldname)                                                                                               \
    I(fd) I(pid) I(role) I(row) I(type) I(where)                                                                                 \
    N(dev) N(ino) N(mount_id) N(openflags)                                                                                       \
    B(connected)

#define GROUP_FIELDS(O, I, N, B) O(members) I(alive) B(reaper)

#define OBJECT_FIELD(name) PyObject *name;
#define INTEGER_FIELD(name) int64_t name;
#define NATURAL_FIELD(name) uint64_t name;
#define BOOLEAN_FIELD(name) bool name;
#define FIELDS_OF(fields) fields(OBJECT_FIELD, INTEGER_FIELD, NATURAL_FIELD, BOOLEAN_FIELD)

typedef struct {
    PyObject_HEAD
    FIELDS_OF(THREAD_FIELDS)
} ThreadRow;

typedef struct {
    PyObject_HEAD
    FIELDS_OF(FD_FIELDS)
    uint8_t sock[RECORD];
} FdRow;

typedef struct {
    PyObject_HEAD
    FIELDS_OF(GROUP_FIELDS)
} GroupRow;

/* A row of a class, all of it zero; NULL with an exception. */
PyObject *new_row(PyTypeObject *class);

/* Copies of rows, of their own classes. A copy of a descriptor has no place of its own yet, and `oldname` is the name so far. */
ThreadRow *copy_thread(ThreadRow *row);
FdRow *copy_fd(FdRow *row);

int add_row_types(PyObject *module);

#endif
