/* Events of processes: state/processes.py, execve.py, identity.py. */
#include "step.h"

enum { EXE_WRITABLE = 1, EXE_UPPER_LAYER = 2, EXE_FROM_MEMFD = 4, EXE_LOWER_LAYER = 8, O_CLOEXEC = 4096 };
enum { CLONE_FLAGS = 15, CLONE_COMM = 13, CGROUPS = 14 }; /* parameters */
enum { LIMIT_OF_FILES = 7 };
#define STALE_NS 2000000000u

static bool given(Step *s, const Params *p, int i)
{
    return !s->current_generation || p_size(p, i) > 0;
}

/* The container that a thread is in, from its cgroups: asked for once for the same text, as long as nothing else counts. */
static bool find_container(Step *s, Event *e, ThreadRow *t, Bytes cgroups)
{
    Bytes root;
    const bool plain = ascii(t->root, &root) && root.n <= 1; /* else: maybe one that is known by its root */
    PyObject *key = PyBytes_FromStringAndSize((const char *)cgroups.at, cgroups.n);
    if (key == NULL)
        return false;
    PyObject *known = plain ? PyDict_GetItemWithError(s->places, key) : NULL;
    bool good = !PyErr_Occurred();
    if (known != NULL) {
        good = share(&t->cgroups, PyTuple_GetItem(known, 0)) && share(&t->container_id, PyTuple_GetItem(known, 1));
    } else if (good && put(&t->cgroups, texts_of(s, cgroups))) {
        PyObject *none = PyObject_CallFunction(s->find_container, "OL", (PyObject *)t, (long long)e->pos);
        good = none != NULL;
        Py_XDECREF(none);
        bool special = !plain;
        static const uint8_t mesos[] = "/mesos/";
        for (Py_ssize_t i = 0; !special && i + 7 <= cgroups.n; i++)
            special = memcmp(cgroups.at + i, mesos, 7) == 0;
        if (good && !special && room_for_lists(s, cgroups.n)) {
            PyObject *pair = PyTuple_Pack(2, t->cgroups, t->container_id);
            good = pair != NULL && PyDict_SetItem(s->places, key, pair) == 0;
            Py_XDECREF(pair);
        }
    } else {
        good = false;
    }
    Py_DECREF(key);
    return good;
}

static void set_memory(const Params *p, ThreadRow *t)
{
    t->pfmajor = p_u64(p, 8);
    t->pfminor = p_u64(p, 9);
    t->vmsize = p_uint(p, 10);
    t->vmrss = p_uint(p, 11);
    t->vmswap = p_uint(p, 12);
}

/* What clone and execve tell alike: program, arguments, name, limit of descriptors. */
static bool set_program(Step *s, const Params *p, ThreadRow *t)
{
    t->fdlimit = p_i64(p, 7);
    if (given(s, p, 12))
        set_memory(p, t);
    return put(&t->exe, text_of(s, p_text(p, 1))) && put(&t->args, texts_of(s, p_data(p, 2))) &&
           (given(s, p, CLONE_COMM) ? put(&t->comm, text_of(s, p_text(p, CLONE_COMM))) : share(&t->comm, t->exe));
}

static bool fill_child(Step *s, Event *e, const Params *p, ThreadRow *t)
{
    return set_program(s, p, t) && put_natural(&t->uid, p_uint(p, CLONE_FLAGS + 1)) &&
           put_natural(&t->gid, p_uint(p, CLONE_FLAGS + 2)) &&
           (!given(s, p, CGROUPS) || find_container(s, e, t, p_data(p, CGROUPS)));
}

static void inherit(ThreadRow *t, ThreadRow *from)
{
    share(&t->exepath, from->exepath);
    share(&t->root, from->root);
    share(&t->tty, from->tty);
    share(&t->loginuid, from->loginuid);
    t->exe_writable = from->exe_writable;
    t->exe_upper_layer = from->exe_upper_layer;
    t->exe_lower_layer = from->exe_lower_layer;
    t->exe_from_memfd = from->exe_from_memfd;
    t->sid = from->sid;
    t->vpgid = from->vpgid;
    t->pgid = from->pgid;
    t->cap_permitted = from->cap_permitted;
    t->cap_inheritable = from->cap_inheritable;
    t->cap_effective = from->cap_effective;
    t->exe_ino = from->exe_ino;
    t->exe_ino_ctime = from->exe_ino_ctime;
    t->exe_ino_mtime = from->exe_ino_mtime;
}

/* A new process starts with its creator's descriptors, directory and environment. */
static bool copy_leader(Step *s, Event *e, ThreadRow *t, ThreadRow *from)
{
    const int64_t files = new_table(s, e, files_of(s, from));
    t->files = files;
    return files >= 0 && share(&t->cwd, cwd_of(s, from)) && share(&t->env, from->env);
}

/* Whether a thread has ended before its maker's call did: ASK (0) if not, FAILED if that cannot be told. */
static int ended(Step *s, int64_t tid)
{
    if (s->ended == Py_None || PyDict_Size(s->ended) == 0)
        return ASK;
    if (looked_up(s->ended, tid) != NULL)
        return DONE;
    return PyErr_Occurred() ? FAILED : ASK;
}

static bool note_end(Step *s, Event *e, ThreadRow *t)
{
    if (s->ended == Py_None || !(t->flags & CL_CLONE_INVERTED))
        return true;
    PyObject *when = PyLong_FromUnsignedLongLong(e->ts);
    const bool good = when != NULL && store(s->ended, t->tid, when);
    Py_XDECREF(when);
    return good;
}

static int cloned_in_parent(Step *s, Event *e, const Params *p, int64_t child)
{
    ThreadRow *caller = thread_of(s, e->tid);
    if (caller == NULL || is_invalid(caller))
        return ASK;
    const uint64_t flags = p_uint(p, CLONE_FLAGS);
    if (flags & (CL_CHILD_IN_PIDNS | CL_CLONE_NEWPID | CL_CLONE_PARENT) || caller->tid != caller->vtid)
        return DONE; /* the result is a number of an inner namespace: the child's own event tells */
    ThreadRow *existing = thread_of(s, child);
    if (existing != NULL)
        return existing->flags & CL_CLONE_INVERTED ? DONE : ASK;
    const int over = ended(s, child);
    if (over)
        return over;
    ThreadRow *t = fresh_thread(s, child);
    if (t == NULL)
        return FAILED;
    const bool leader = !(flags & CL_CLONE_THREAD);
    t->flags = leader ? flags : flags | CL_CLONE_FILES;
    t->pid = leader ? child : caller->pid;
    t->ptid = leader ? caller->tid : caller->ptid;
    t->vtid = t->tid;
    t->vpid = t->pid;
    t->clone_ts = e->ts;
    if (!leader)
        t->lastexec_ts = caller->lastexec_ts;
    share(&t->pidns_init_start_ts, s->boot_ts);
    const bool good = (!leader || copy_leader(s, e, t, caller)) && fill_child(s, e, p, t);
    inherit(t, caller);
    if (!good) {
        Py_DECREF((PyObject *)t);
        return FAILED;
    }
    return add_thread(s, e, t) ? DONE : FAILED;
}

static int cloned_in_child(Step *s, Event *e, const Params *p)
{
    if (e->tid < 0)
        return ASK;
    if (e->thread != NULL) {
        const uint64_t since = e->thread->clone_ts;
        return since && since <= e->ts && e->ts - since < STALE_NS ? DONE : ASK;
    }
    uint64_t flags = p_uint(p, CLONE_FLAGS) | CL_CLONE_INVERTED;
    const bool leader = !(flags & CL_CLONE_THREAD);
    const int64_t pid = p_i64(p, 4), ptid = p_i64(p, 5);
    ThreadRow *source = thread_of(s, leader ? ptid : pid);
    if (source == NULL || is_invalid(source))
        return ASK;
    if (!leader)
        flags |= CL_CLONE_FILES;
    ThreadRow *t = fresh_thread(s, e->tid);
    if (t == NULL)
        return FAILED;
    const bool inner = flags & (CL_CHILD_IN_PIDNS | CL_CLONE_NEWPID) || e->tid != p_i64(p, 18);
    t->flags = flags;
    t->pid = pid;
    t->ptid = ptid;
    t->vtid = p_i64(p, 18);
    t->vpid = p_i64(p, 19);
    t->clone_ts = e->ts;
    if (!leader)
        t->lastexec_ts = source->lastexec_ts;
    bool good = fill_child(s, e, p, t);
    inherit(t, source); /* what tells the container it did not have yet */
    good = good && (!leader || copy_leader(s, e, t, source));
    if (good && p->n > 20) {
        PyObject *since = PyLong_FromUnsignedLongLong(inner ? p_u64(p, 20) : 0);
        good = since != NULL && put(&t->pidns_init_start_ts, PyNumber_Add(s->boot_ts, since));
        Py_XDECREF(since);
    }
    if (!good) {
        Py_DECREF((PyObject *)t);
        return FAILED;
    }
    return add_thread(s, e, t) ? DONE : FAILED;
}

/* A clone, fork, vfork or clone3 returned, in the parent or in the child. */
int on_clone(Step *s, Event *e)
{
    Params p;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t res = p_i64(&p, 0);
    if (res < 0)
        return DONE;
    return p.n < 20 || PyDict_Size(s->current) >= MAX_THREADS ? ASK
           : res > 0                                               ? cloned_in_parent(s, e, &p, res)
                                                                   : cloned_in_child(s, e, &p);
}

static bool close_on_exec(Step *s, Event *e, ThreadRow *t)
{
    const int64_t files = files_of(s, t);
    PyObject *table = table_of(s, files);
    if (table == NULL)
        return true;
    PyObject *content = PyDict_Copy(table), *fd, *row;
    Py_ssize_t at = 0;
    bool good = content != NULL;
    while (good && PyDict_Next(content, &at, &fd, &row))
        if (PyObject_TypeCheck(row, s->fd_row) && ((FdRow *)row)->openflags & O_CLOEXEC)
            good = remove_fd(s, files, number(fd), 2 * e->pos);
    Py_XDECREF(content);
    return good;
}

static bool set_execve(Step *s, Event *e, const Params *p, ThreadRow *t)
{
    if (!set_program(s, p, t))
        return false;
    t->lastexec_ts = e->ts;
    t->pid = p_i64(p, 4);
    if (given(s, p, 15) && !put(&t->env, texts_of(s, p_data(p, 15))))
        return false;
    if (given(s, p, CGROUPS) && !find_container(s, e, t, p_data(p, CGROUPS)))
        return false;
    if (given(s, p, 16) && !put_natural(&t->tty, p_uint(p, 16)))
        return false;
    if (!put(&t->exepath, text_of(s, p_text(p, 27))))
        return false;
    if (given(s, p, 17))
        t->vpgid = p_i64(p, 17);
    if (p_size(p, 18) && !put_natural(&t->loginuid, p_uint(p, 18)))
        return false;
    if (p_size(p, 19)) {
        const uint64_t flags = p_uint(p, 19);
        t->exe_writable = flags & EXE_WRITABLE;
        t->exe_upper_layer = flags & EXE_UPPER_LAYER;
        t->exe_from_memfd = flags & EXE_FROM_MEMFD;
        t->exe_lower_layer = flags & EXE_LOWER_LAYER;
    }
    if (p_size(p, 22)) {
        t->cap_inheritable = p_u64(p, 20);
        t->cap_permitted = p_u64(p, 21);
        t->cap_effective = p_u64(p, 22);
    }
    if (p_size(p, 25)) {
        t->exe_ino = p_u64(p, 23);
        t->exe_ino_ctime = p_u64(p, 24);
        t->exe_ino_mtime = p_u64(p, 25);
    }
    if (p_size(p, 26) && !put_natural(&t->uid, p_uint(p, 26)))
        return false;
    if (s->current_generation) {
        t->pgid = p_size(p, 28) ? p_i64(p, 28) : -1;
        if (p_size(p, 29) && !put_natural(&t->gid, p_uint(p, 29)))
            return false;
        if (!close_on_exec(s, e, t))
            return false;
    }
    t->flags &= CL_PIPE_SRC | CL_PIPE_DST | CL_IS_MAIN_THREAD | CL_CLONE_INVERTED;
    t->flags |= CL_ACTIVE | CL_NAME_CHANGED;
    return true;
}

/* An execve or execveat succeeded, in the only thread of its process. */
int on_execve(Step *s, Event *e)
{
    Params p;
    ThreadRow *t = e->thread;
    if (t == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    if (p_i64(&p, 0) < 0)
        return DONE;
    const int64_t pid = p_i64(&p, 4);
    const bool told = p_size(&p, 27) || (p.n > 27 && !s->current_generation); /* where the program is */
    if (!told || !t->alive || pid < 0 || t->tid < 0 || t->ptid < 0 || t->files < 0)
        return ASK;
    GroupRow *group = group_number(s, pid);
    if (group != NULL && group->alive > 1)
        return ASK;
    t = modify_thread(s, e, t);
    return t != NULL && set_execve(s, e, &p, t) ? DONE : FAILED;
}

/* A thread without children ended; it stays visible on this event. */
int on_procexit(Step *s, Event *e)
{
    ThreadRow *t = e->thread;
    if (t == NULL)
        return DONE;
    const int64_t tid = t->tid;
    if (has_children(s, tid))
        return ASK;
    if (!note_end(s, e, t))
        return FAILED;
    GroupRow *group = group_of(s, t);
    if (group != NULL && t->alive && in_group(group, t))
        group->alive--;
    t = modify_thread(s, e, t);
    if (t == NULL)
        return FAILED;
    t->alive = false;
    if (!group_changed(s, e, t->pid))
        return FAILED;
    return remove_thread(s, e, tid) ? DONE : FAILED;
}

/* chdir and getcwd tell the directory of the whole process. */
int on_chdir(Step *s, Event *e)
{
    Params p;
    ThreadRow *t = e->thread;
    if (t == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    if (p_i64(&p, 0) < 0)
        return DONE;
    Bytes base, whole;
    ThreadRow *main = main_of(s, t);
    if (main == NULL)
        return DONE;
    if (!ascii(t->cwd, &base))
        return ASK;
    PyObject *path = join(s, base, p_text(&p, 1));
    if (path == NULL)
        return FAILED;
    int out = ASK;
    if (ascii(path, &whole)) {
        main = modify_thread(s, e, main);
        out = main != NULL && put(&main->cwd, directory_base(s, path)) ? DONE : FAILED;
    }
    Py_DECREF(path);
    return out;
}

/* prlimit of any thread. */
int on_prlimit(Step *s, Event *e)
{
    Params p, enter;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    if (p_i64(&p, 0) < 0 || p_i64(&p, 1) == -1)
        return DONE;
    uint64_t resource = p_uint(&p, 6);
    int64_t tid = p_i64(&p, 5);
    if (!s->current_generation) {
        bool there;
        if (locate_enter(s, e, &enter, &there) == ASK)
            return ASK;
        if (!there)
            return DONE;
        resource = p_uint(&enter, 1);
        tid = p_i64(&enter, 0);
    } else if (p_i64(&p, 0) || !p_size(&p, 6) || !p_size(&p, 5)) {
        return DONE;
    }
    if (resource != LIMIT_OF_FILES)
        return DONE;
    ThreadRow *target = thread_of(s, tid ? tid : e->tid);
    ThreadRow *main = target != NULL && !is_invalid(target) ? main_of(s, target) : NULL;
    if (main == NULL)
        return DONE;
    main = modify_thread(s, e, main);
    if (main == NULL)
        return FAILED;
    main->fdlimit = p_i64(&p, 1);
    return DONE;
}
