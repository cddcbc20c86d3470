/* Events that create, copy or close descriptors: state/descriptors.py, files.py. */
#include "step.h"

enum { FD_DIRECTORY = 2, FD_FIFO = 7, FD_EVENT = 9, FD_EVENTPOLL = 12, FD_FILE_V2 = 16 };
enum { O_DIRECTORY = 1024, O_CLOEXEC = 4096, O_F_CREATED = 16384 }; /* as stored */
enum { F_DUPFD = 1, F_SETFD = 3, F_DUPFD_CLOEXEC = 26, FD_CLOEXEC = 1 };
enum { FD_UPPER_LAYER = 32768, FD_LOWER_LAYER = 65536, AT_FDCWD = -100 };
#define CANCELED_FD ((1 << 20) - 1)

typedef struct {
    Bytes name;
    uint64_t flags, dev, ino;
    int64_t dirfd;
    bool from_directory; /* a relative name starts at dirfd, else at the working directory */
} Opened;

static uint64_t merged(Step *s, uint64_t flags, uint64_t entered)
{
    return entered | (flags & (s->current_generation ? ~(uint64_t)(O_F_CREATED - 1) : (uint64_t)O_F_CREATED));
}

static bool said(const Params *p, int i)
{
    return p_size(p, i) && !is_na(p_text(p, i));
}

/* A failed open relative to a directory descriptor: in OLD the event points at that one. */
static int show_directory(Step *s, Event *e, const Params *p, bool openat)
{
    if (s->current_generation)
        return DONE;
    Params enter;
    bool there;
    if (locate_enter(s, e, &enter, &there) == ASK)
        return ASK;
    Bytes name;
    int64_t dirfd;
    if (there && enter.n >= 3 && said(&enter, 1)) {
        dirfd = p_i64(&enter, 0);
        name = p_text(&enter, 1);
    } else if (openat) {
        return DONE;
    } else {
        dirfd = p_i64(p, 1);
        name = p_text(p, 2);
    }
    if ((name.n && name.at[0] == '/') || dirfd < 0)
        return DONE;
    FdRow *directory = fd_of(s, files_of(s, e->thread), dirfd);
    return directory == NULL || show_row(s, e, directory) ? DONE : FAILED;
}

/* Where a relative name starts, as ASCII; ASK if it cannot be told here. `storage` holds what had to be put together. */
static int base_of(Step *s, Event *e, int64_t files, const Opened *o, Bytes *base, uint8_t *storage, Py_ssize_t room)
{
    if (o->name.n && o->name.at[0] == '/') {
        *base = (Bytes){(const uint8_t *)".", 1};
        return DONE;
    }
    if (!o->from_directory || o->dirfd == AT_FDCWD)
        return ascii(cwd_of(s, e->thread), base) ? DONE : ASK;
    FdRow *directory = fd_of(s, files, o->dirfd);
    if (directory == NULL) {
        *base = (Bytes){(const uint8_t *)"<UNKNOWN>", 9};
        return DONE;
    }
    if (!ascii(directory->name, base) || base->n >= room)
        return ASK;
    const bool slash = s->current_generation ? base->n && base->at[base->n - 1] != '/' : true; /* OLD: whatever it ends in */
    if (slash) {
        memcpy(storage, base->at, (size_t)base->n);
        storage[base->n] = '/';
        *base = (Bytes){storage, base->n + 1};
    }
    return DONE;
}

static int opened(Step *s, Event *e, int64_t fd, const Opened *o)
{
    const int64_t files = files_of(s, e->thread);
    uint8_t storage[1025];
    Bytes base;
    if (!may_put(s, files, fd) || is_closing(s, files, fd) || base_of(s, e, files, o, &base, storage, sizeof storage) == ASK)
        return ASK;
    FdRow *row = fresh_fd(s, o->flags & O_DIRECTORY ? FD_DIRECTORY : FD_FILE_V2);
    if (row == NULL)
        return FAILED;
    row->openflags = o->flags;
    row->dev = o->dev;
    row->ino = o->ino;
    if (!put(&row->name, join(s, base, o->name)) || !put(&row->name_raw, text_of(s, o->name))) {
        Py_DECREF((PyObject *)row);
        return FAILED;
    }
    return add_fd(s, e, files, fd, row, true) ? DONE : FAILED;
}

/* What all of the open family begin with: a call that failed ends there (true). */
static bool is_over(Step *s, Event *e, Params *p, Params *enter, bool *there, int *result)
{
    *result = DONE;
    if (e->thread == NULL)
        return true;
    *result = locate(s, e->pos, p);
    if (*result == ASK || p_i64(p, 0) < 0)
        return true;
    *result = locate_enter(s, e, enter, there);
    return *result == ASK;
}

int on_open(Step *s, Event *e)
{
    Params p, enter;
    bool there;
    int result;
    if (is_over(s, e, &p, &enter, &there, &result))
        return result;
    Opened o = {p_text(&p, 1), p_uint(&p, 2), p_uint(&p, 4), p_u64(&p, 5), 0, false};
    if (there && enter.n >= 2 && said(&enter, 0)) {
        o.name = p_text(&enter, 0);
        o.flags = merged(s, o.flags, p_uint(&enter, 1));
    }
    return opened(s, e, p_i64(&p, 0), &o);
}

int on_creat(Step *s, Event *e)
{
    Params p, enter;
    bool there;
    int result;
    if (is_over(s, e, &p, &enter, &there, &result))
        return result;
    Opened o = {p_text(&p, 1), 0, p_uint(&p, 3), p_u64(&p, 4), 0, false};
    if (s->current_generation)
        o.flags = p_uint(&p, 5) & 1 ? FD_UPPER_LAYER : p_uint(&p, 5) & 2 ? FD_LOWER_LAYER : 0;
    if (there && said(&enter, 0))
        o.name = p_text(&enter, 0);
    return opened(s, e, p_i64(&p, 0), &o);
}

int on_openat(Step *s, Event *e)
{
    Params p, enter;
    bool there;
    int result;
    if (is_over(s, e, &p, &enter, &there, &result))
        return result == DONE && e->thread != NULL ? show_directory(s, e, &p, true) : result;
    if (!there)
        return DONE;
    Opened o = {p_text(&enter, 1), p_uint(&enter, 2), 0, 0, p_i64(&enter, 0), true};
    return opened(s, e, p_i64(&p, 0), &o);
}

static int openat2(Step *s, Event *e, int shift, bool identified)
{
    Params p, enter;
    bool there;
    int result;
    if (is_over(s, e, &p, &enter, &there, &result))
        return result == DONE && e->thread != NULL ? show_directory(s, e, &p, false) : result;
    Opened o = {p_text(&p, 2), p_uint(&p, 3), 0, 0, p_i64(&p, 1), true};
    if (there && enter.n >= 3 && said(&enter, 1)) {
        o.name = p_text(&enter, 1);
        o.flags = merged(s, o.flags, p_uint(&enter, 2));
        o.dirfd = p_i64(&enter, 0);
    } else if (!p_size(&p, 2) && s->current_generation) {
        o.name = (Bytes){(const uint8_t *)"<NA>", 4};
    }
    if (identified) {
        o.dev = p_uint(&p, shift);
        o.ino = p_u64(&p, shift + 1);
    }
    return opened(s, e, p_i64(&p, 0), &o);
}

int on_openat_2(Step *s, Event *e)
{
    return openat2(s, e, 5, true);
}

int on_openat2(Step *s, Event *e)
{
    return openat2(s, e, 6, s->current_generation);
}

int on_close_enter(Step *s, Event *e)
{
    if (e->thread == NULL)
        return DONE;
    const int64_t files = files_of(s, e->thread), fd = s->fdnum[e->pos];
    if (fd_of(s, files, fd) == NULL)
        return DONE;
    PyObject *key = Py_BuildValue("(LL)", (long long)files, (long long)fd);
    const bool good = key != NULL && PySet_Add(s->closing, key) == 0;
    Py_XDECREF(key);
    return good ? DONE : FAILED;
}

int on_close(Step *s, Event *e)
{
    int64_t files, fd;
    if (event_fd(s, e, &files, &fd) == NULL)
        return DONE;
    Params p;
    if (locate(s, e->pos, &p) == ASK || p_size(&p, 0) != 8)
        return ASK;
    const bool failed = p_i64(&p, 0) < 0;
    if (PySet_Size(s->closing) || PySet_Size(s->survivors)) {
        PyObject *key = Py_BuildValue("(LL)", (long long)files, (long long)fd);
        int survived = key == NULL || PySet_Discard(s->closing, key) < 0 ? -1 : 0;
        if (survived == 0 && !failed)
            survived = PySet_Discard(s->survivors, key);
        Py_XDECREF(key);
        if (survived < 0)
            return FAILED;
        if (survived)
            fd = CANCELED_FD;
    }
    return failed || remove_fd(s, files, fd, 2 * e->pos + 1) ? DONE : FAILED;
}

/* A copy of a descriptor at another number, with other flags. */
static int copied(Step *s, Event *e, int64_t files, int64_t fd, FdRow *from, uint64_t flags)
{
    FdRow *row = copy_fd(from);
    if (row == NULL)
        return FAILED;
    row->openflags = flags;
    return add_fd(s, e, files, fd, row, true) ? DONE : FAILED;
}

static int duplicated(Step *s, Event *e, bool flagged)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t to = p_i64(&p, 0);
    if (to < 0)
        return DONE;
    int64_t files, fd;
    FdRow *from = event_fd(s, e, &files, &fd);
    if (from != NULL && (!may_put(s, files, to) || is_closing(s, files, to)))
        return ASK;
    if ((to == 0 || to == 1) && (from != NULL || !s->current_generation)) {
        ThreadRow *t = modify_thread(s, e, e->thread);
        if (t == NULL)
            return FAILED;
        t->flags |= to == 0 ? CL_PIPE_DST : CL_PIPE_SRC;
    }
    if (from == NULL)
        return DONE;
    const uint64_t asked = flagged ? p_uint(&p, 3) : 0;
    if (s->current_generation)
        return copied(s, e, files, to, from, (from->openflags & ~(uint64_t)O_CLOEXEC) | (asked & O_CLOEXEC));
    if (flagged) { /* OLD: both have them */
        from = modify_fd(s, e, files, fd, from);
        if (from == NULL)
            return FAILED;
        from->openflags = asked ? from->openflags | asked : from->openflags & ~(uint64_t)O_CLOEXEC;
    }
    return copied(s, e, files, to, from, from->openflags);
}

int on_dup(Step *s, Event *e)
{
    return duplicated(s, e, false);
}

int on_dup3(Step *s, Event *e)
{
    return duplicated(s, e, true);
}

/* Calls that return one nameless descriptor; flags: which parameter tells them, 0 none. */
static int made(Step *s, Event *e, int type, int flags)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t fd = p_i64(&p, 0), files = files_of(s, e->thread);
    if (fd < 0)
        return DONE;
    if (!may_put(s, files, fd) || is_closing(s, files, fd))
        return ASK;
    FdRow *row = fresh_fd(s, type);
    if (row == NULL)
        return FAILED;
    if (flags)
        row->openflags = type == FD_EVENT ? p_uint(&p, flags) : p_uint(&p, flags) & 1 ? O_CLOEXEC : 0;
    return add_fd(s, e, files, fd, row, true) ? DONE : FAILED;
}

int on_eventfd(Step *s, Event *e)
{
    return made(s, e, FD_EVENT, 0);
}

int on_eventfd2(Step *s, Event *e)
{
    return made(s, e, FD_EVENT, 1);
}

int on_epoll_create(Step *s, Event *e)
{
    return made(s, e, FD_EVENTPOLL, 0);
}

int on_epoll_create1(Step *s, Event *e)
{
    return made(s, e, FD_EVENTPOLL, s->current_generation ? 1 : 0);
}

int on_fcntl(Step *s, Event *e)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t res = p_i64(&p, 0);
    if (res < 0)
        return DONE;
    uint64_t command, argument = 0;
    if (s->current_generation) {
        command = p_uint(&p, 2);
        argument = p_u64(&p, 3);
    } else {
        Params enter;
        bool there;
        if (locate_enter(s, e, &enter, &there) == ASK)
            return ASK;
        if (!there)
            return DONE;
        command = p_uint(&enter, 1);
    }
    int64_t files, fd;
    FdRow *row = event_fd(s, e, &files, &fd);
    if (row == NULL)
        return DONE;
    uint64_t flags = row->openflags;
    if (command == F_SETFD && s->current_generation) {
        if (!may_put(s, files, fd))
            return ASK;
        row = modify_fd(s, e, files, fd, row);
        flags = (flags & ~(uint64_t)O_CLOEXEC) | (argument & FD_CLOEXEC ? O_CLOEXEC : 0);
        if (row == NULL)
            return FAILED;
        row->openflags = flags;
        return DONE;
    }
    if (command != F_DUPFD && command != F_DUPFD_CLOEXEC)
        return DONE;
    if (!may_put(s, files, res) || is_closing(s, files, res))
        return ASK;
    if (s->current_generation)
        flags = (flags & ~(uint64_t)O_CLOEXEC) | (command == F_DUPFD_CLOEXEC ? O_CLOEXEC : 0);
    return copied(s, e, files, res, row, flags);
}

static int piped(Step *s, Event *e, bool flagged)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    if (p_i64(&p, 0) < 0)
        return DONE;
    const int64_t files = files_of(s, e->thread);
    for (int i = 1; i <= 2; i++)
        if (!may_put(s, files, p_i64(&p, i)) || is_closing(s, files, p_i64(&p, i)))
            return ASK;
    for (int i = 1; i <= 2; i++) {
        FdRow *row = fresh_fd(s, FD_FIFO);
        if (row == NULL)
            return FAILED;
        row->ino = p_u64(&p, 3);
        row->openflags = flagged ? p_uint(&p, 4) : 0;
        if (!add_fd(s, e, files, p_i64(&p, i), row, true))
            return FAILED;
    }
    return DONE;
}

int on_pipe(Step *s, Event *e)
{
    return piped(s, e, false);
}

int on_pipe2(Step *s, Event *e)
{
    return piped(s, e, true);
}
