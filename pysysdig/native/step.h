/* The native step of the state: what the handlers of state/step.py do for the events that real streams are made of.
 *
 * There is one truth: rows, tables, groups and logs are the Python objects that the handlers in Python work on, too. A handler
 * here does all of an event or, before it has changed anything, leaves it to Python (ASK): unusual flags, missing or cut
 * parameters, text beyond ASCII where it has to be joined, threads that are not known.
 *
 * References are borrowed unless a comment says "new": rows stay in their tables for the whole batch.
 */
#ifndef PYSYSDIG_STEP_H
#define PYSYSDIG_STEP_H

#include "loads.h"
#include "log.h"
#include "rows.h"

enum { FAILED = -1, ASK = 0, DONE = 1 }; /* what handlers return; FAILED with an exception */

#define MAX_PARAMS 63
#define MAX_THREADS 131072
#define EVENT_TYPES 1024 /* room for the numbers of event types */

/* What the step works on, in this order: the tuple that state/step.py hands over for each batch. */
#define SHARED(X)                                                                                                                \
    X(current) X(thread_rows) X(born) X(thread_log) X(tables) X(fd_rows) X(fd_log) X(dead) X(free) X(made) X(groups) X(children) \
    X(closing) X(survivors) X(carried) X(queue) X(ended) X(group_log) /* None: nobody counts */

/* Methods of the Inspector that are called back, handed over likewise. */
#define CALLBACKS(X) X(ask) X(find_container) X(slot_of)

#define SHARED_FIELD(name) PyObject *name;
#define SHARED_COUNT(name) +1
enum { SHARED_ITEMS = 0 SHARED(SHARED_COUNT), CALLBACK_ITEMS = 0 CALLBACKS(SHARED_COUNT) };

typedef struct {
    uint64_t hash;
    PyObject *text; /* ASCII */
} Interned;
#define INTERNED 8192
#define RECENT 512 /* of these */

typedef struct {
    int64_t tid;
    ThreadRow *row; /* borrowed; NULL: nothing known */
} Seen;
#define SEEN 256

typedef struct {
    Py_buffer start, length;
    Py_ssize_t rows, columns;
} SpanTable;

typedef struct {
    PyObject_HEAD
    PyTypeObject *thread_class, *fd_class, *group_class; /* made here */
    PyTypeObject *thread_row, *fd_row, *group_row, *log; /* what they are based on; what logs are based on */
    bool current_generation, with_fds;
    uint8_t ops[EVENT_TYPES];
    uint8_t closes[65536]; /* by type: whether a close starts or ends (step.c) */
    PyObject *boot_ts;
    /* constants */
    PyObject *nothing, *no_texts, *zero, *unset, *too_long, *placeholder_cwd, *not_available;
    /* what has been seen of text, lists of text and cgroups */
    Interned *interned;
    PyObject *lists; /* bytes -> tuple of text */
    PyObject *places; /* bytes of cgroups -> (cgroups, container id) */
    Py_ssize_t listed; /* bytes that these two hold as keys */

    /* of the batch at hand; all borrowed from the arguments of run */
    bool running;
    SHARED(SHARED_FIELD)
    CALLBACKS(SHARED_FIELD)
    const uint8_t *data;
    Py_ssize_t size;
    const int64_t *off; /* NULL: parameters are found through spans */
    const int32_t *column;
    Py_ssize_t events;
    SpanTable *spans[EVENT_TYPES]; /* by type; NULL: none */
    const uint16_t *types;
    const int64_t *tids, *enter, *fdnum, *slots;
    const uint8_t *makes_thread; /* by type: events for which an unknown thread becomes a placeholder */
    Seen seen[SEEN];             /* threads looked up last, by tid; emptied whenever Python may have changed some */
    int32_t *last;               /* by slot: the last such event of the batch, -1 none; NULL: not asked for yet */
    Py_ssize_t last_size;
    I64Out numbers; /* by position: what handlers say of an event's descriptor */
    I32Out chosen;
    const uint8_t *valid;
    const int32_t *slot_table;
    Py_ssize_t slot_table_size;
} Step;

typedef struct {
    int type, n;
    const uint8_t *data; /* the batch, or a kept event */
    int64_t start[MAX_PARAMS], length[MAX_PARAMS];
} Params;

typedef struct {
    int64_t pos, tid;
    int type;
    uint64_t ts;
    ThreadRow *thread; /* NULL: none */
} Event;

typedef int Handler(Step *s, Event *e);

/* numbers */
static inline int64_t number(PyObject *value)
{
    return (int64_t)PyLong_AsUnsignedLongLongMask(value); /* exact for what fits, the low bits of what does not */
}

/* Take over a new reference in place of an old one; false if it is NULL. */
static inline bool put(PyObject **field, PyObject *value)
{
    if (value == NULL)
        return false;
    PyObject *old = *field;
    *field = value;
    Py_XDECREF(old);
    return true;
}

/* The same for a borrowed reference. */
static inline bool share(PyObject **field, PyObject *value)
{
    Py_XINCREF(value);
    return put(field, value);
}

static inline bool put_natural(PyObject **field, uint64_t value)
{
    return put(field, PyLong_FromUnsignedLongLong(value));
}

/* parameters (step_params.c): as state/raw.py reads them */
int locate(Step *s, int64_t pos, Params *p); /* ASK if they are not where they can be read here */
int locate_enter(Step *s, const Event *e, Params *p, bool *there); /* of the enter event; ASK if Python has it */

static inline int64_t p_size(const Params *p, int i)
{
    return i < p->n ? p->length[i] : 0;
}

static inline uint64_t p_u64(const Params *p, int i)
{
    return i < p->n && p->length[i] == 8 ? load_u64(p->data + p->start[i]) : 0;
}

static inline int64_t p_i64(const Params *p, int i)
{
    return (int64_t)p_u64(p, i);
}

static inline uint64_t p_uint(const Params *p, int i)
{
    uint64_t out = 0;
    if (i < p->n && p->length[i] <= 8)
        memcpy(&out, p->data + p->start[i], (size_t)p->length[i]);
    return out;
}

typedef struct {
    const uint8_t *at;
    Py_ssize_t n;
} Bytes;

static inline Bytes p_data(const Params *p, int i)
{
    return i < p->n ? (Bytes){p->data + p->start[i], p->length[i]} : (Bytes){(const uint8_t *)"", 0};
}

/* up to the first NUL */
static inline Bytes p_text(const Params *p, int i)
{
    Bytes out = p_data(p, i);
    const uint8_t *end = out.n ? memchr(out.at, 0, (size_t)out.n) : NULL;
    if (end != NULL)
        out.n = end - out.at;
    return out;
}

static inline bool is_na(Bytes text)
{
    return text.n == 4 && memcmp(text.at, "<NA>", 4) == 0;
}

/* text (text.c); all new references, NULL with an exception */
PyObject *text_of(Step *s, Bytes bytes);
PyObject *recent_text_of(Step *s, Bytes bytes);           /* of what is soon seen again, or never: names of connections */
PyObject *texts_of(Step *s, Bytes bytes);
bool ascii(PyObject *text, Bytes *out);                   /* false: not ASCII */
PyObject *join(Step *s, Bytes base, Bytes path);          /* state/paths.concatenate */
PyObject *directory_base(Step *s, PyObject *path);        /* with its trailing slash; path must be ASCII */
bool room_for_lists(Step *s, Py_ssize_t more);

/* tables (tables.c) */
ThreadRow *thread_of(Step *s, int64_t tid); /* NULL without an exception: not known */
PyObject *looked_up(PyObject *dictionary, int64_t key); /* borrowed; NULL without an exception: not there */
bool store(PyObject *dictionary, int64_t key, PyObject *value);
void forget_seen(Step *s);
bool is_main(ThreadRow *t);
bool is_invalid(ThreadRow *t);
GroupRow *group_of(Step *s, ThreadRow *t);
GroupRow *group_number(Step *s, int64_t pid);
bool group_changed(Step *s, const Event *e, int64_t pid); /* the number of live threads of a process */
bool in_group(GroupRow *group, ThreadRow *t);
ThreadRow *main_of(Step *s, ThreadRow *t);
int64_t files_of(Step *s, ThreadRow *t);
PyObject *cwd_of(Step *s, ThreadRow *t);
ThreadRow *modify_thread(Step *s, Event *e, ThreadRow *t);
ThreadRow *fresh_thread(Step *s, int64_t tid);   /* new */
bool add_thread(Step *s, Event *e, ThreadRow *t); /* takes over the reference */
bool remove_thread(Step *s, Event *e, int64_t tid);
bool has_children(Step *s, int64_t tid);
bool make_sights(Step *s, const Event *e); /* placeholders for the unknown threads that occur up to an event */

PyObject *table_of(Step *s, int64_t files);
FdRow *fd_of(Step *s, int64_t files, int64_t fd);
FdRow *event_fd(Step *s, Event *e, int64_t *files, int64_t *fd);
FdRow *fresh_fd(Step *s, int type);                                          /* new */
bool may_put(Step *s, int64_t files, int64_t fd);                            /* else: ASK */
bool put_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row);       /* takes over the reference */
FdRow *modify_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row);  /* after may_put */
bool remove_fd(Step *s, int64_t files, int64_t fd, int64_t seq);
int64_t new_table(Step *s, const Event *e, int64_t copy_of); /* -1 with an exception */
bool is_closing(Step *s, int64_t files, int64_t fd);
bool show_number(Step *s, Event *e, int64_t fd);
bool show_row(Step *s, Event *e, FdRow *row);
bool add_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row, bool show); /* takes over the reference; after may_put */

/* handlers */
#define OPS(X)                                                                                                                   \
    X(open) X(creat) X(openat) X(openat_2) X(openat2) X(close_enter) X(close) X(dup) X(fcntl) X(pipe) X(pipe2) \
    X(socket) X(accept) X(accept4) X(connect_enter) X(connect) X(receive) X(send) X(sendto_enter) X(getsockopt) X(clone)         \
    X(execve) X(procexit) X(chdir) X(dup3) X(eventfd) X(eventfd2) X(epoll_create) X(epoll_create1) X(bind) X(recvfrom)           \
    X(recvmsg) X(prlimit) X(kept_enter)

#define OP_HANDLER(name) Handler on_##name;
OPS(OP_HANDLER)

int add_step_type(PyObject *module);

enum {
    CL_CLONE_FILES = 1 << 0,
    CL_CLONE_NEWPID = 1 << 6,
    CL_CLONE_PARENT = 1 << 8,
    CL_CLONE_THREAD = 1 << 13,
    CL_CLONE_INVERTED = 1 << 16,
    CL_NAME_CHANGED = 1 << 17,
    CL_ACTIVE = 1 << 19,
    CL_PIPE_SRC = 1 << 21,
    CL_PIPE_DST = 1 << 22,
    CL_CHILD_IN_PIDNS = 1 << 29,
    CL_IS_MAIN_THREAD = 1 << 30,
};

#endif
