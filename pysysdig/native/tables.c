/* Tables of threads and descriptors: state/tables.py, regions.py and the shared part of the handlers, state/base.py. */
#include "step.h"

enum { MAX_FDS = 1 << 20, MAX_SLOTS = 1 << 24 };

PyObject *looked_up(PyObject *dictionary, int64_t key)
{
    PyObject *name = PyLong_FromLongLong(key);
    if (name == NULL)
        return NULL;
    PyObject *out = PyDict_GetItemWithError(dictionary, name);
    Py_DECREF(name);
    return out;
}

static bool append(PyObject *list, PyObject *item)
{
    return PyList_Append(list, item) == 0;
}

bool store(PyObject *dictionary, int64_t key, PyObject *value)
{
    PyObject *name = PyLong_FromLongLong(key);
    const bool out = name != NULL && PyDict_SetItem(dictionary, name, value) == 0;
    Py_XDECREF(name);
    return out;
}

static bool drop_key(PyObject *dictionary, int64_t key)
{
    PyObject *name = PyLong_FromLongLong(key);
    const int there = name != NULL ? PyDict_Contains(dictionary, name) : -1;
    const bool out = there == 0 || (there == 1 && PyDict_DelItem(dictionary, name) == 0);
    Py_XDECREF(name);
    return out;
}

/* threads */

void forget_seen(Step *s)
{
    memset(s->seen, 0, sizeof s->seen);
}

static Seen *seen_place(Step *s, int64_t tid)
{
    return &s->seen[(uint64_t)tid % SEEN];
}

ThreadRow *thread_of(Step *s, int64_t tid)
{
    Seen *seen = seen_place(s, tid);
    if (seen->row != NULL && seen->tid == tid)
        return seen->row;
    PyObject *out = looked_up(s->current, tid);
    if (out != NULL && !PyObject_TypeCheck(out, s->thread_row)) {
        PyErr_SetString(PyExc_TypeError, "a thread that is none");
        return NULL;
    }
    if (out != NULL)
        *seen = (Seen){tid, (ThreadRow *)out};
    return (ThreadRow *)out;
}

bool is_main(ThreadRow *t)
{
    return t->tid == t->pid || t->flags & CL_IS_MAIN_THREAD;
}

bool is_invalid(ThreadRow *t)
{
    return t->tid < 0 || t->pid < 0 || t->ptid < 0;
}

GroupRow *group_number(Step *s, int64_t pid)
{
    PyObject *out = looked_up(s->groups, pid);
    return out != NULL && PyObject_TypeCheck(out, s->group_row) ? (GroupRow *)out : NULL;
}

GroupRow *group_of(Step *s, ThreadRow *t)
{
    return group_number(s, t->pid);
}

bool group_changed(Step *s, const Event *e, int64_t pid)
{
    GroupRow *group = s->group_log != Py_None ? group_number(s, pid) : NULL;
    if (group == NULL)
        return !PyErr_Occurred();
    ThreadRow *main = thread_of(s, pid);
    const int64_t children = group->alive - (main == NULL || main->alive);
    return !PyErr_Occurred() && log_add((Log *)s->group_log, pid, 2 * e->pos, group->alive, children, 0);
}

bool in_group(GroupRow *group, ThreadRow *t)
{
    return looked_up(group->members, t->tid) != NULL;
}

ThreadRow *main_of(Step *s, ThreadRow *t)
{
    if (is_main(t))
        return t;
    GroupRow *group = group_of(s, t);
    if (group == NULL || !in_group(group, t))
        return NULL;
    Py_ssize_t at = 0;
    PyObject *first = NULL, *unused;
    if (!PyDict_Next(group->members, &at, &first, &unused))
        return NULL;
    ThreadRow *main = thread_of(s, number(first));
    return main != NULL && is_main(main) ? main : NULL;
}

int64_t files_of(Step *s, ThreadRow *t)
{
    if (t->flags & CL_CLONE_FILES)
        t = main_of(s, t);
    return t != NULL ? t->files : -1;
}

PyObject *cwd_of(Step *s, ThreadRow *t)
{
    ThreadRow *main = main_of(s, t);
    return main != NULL ? main->cwd : s->placeholder_cwd;
}

static int64_t slot_of(Step *s, int64_t tid)
{
    if (tid >= 0 && tid < s->slot_table_size && s->slot_table[tid])
        return s->slot_table[tid] - 1;
    PyObject *got = PyObject_CallFunction(s->slot_of, "L", (long long)tid);
    if (got == NULL)
        return -2;
    const int64_t out = number(got);
    Py_DECREF(got);
    return out;
}

/* Make a row the current version of its thread; takes over the reference. */
static bool put_thread(Step *s, const Event *e, ThreadRow *t)
{
    const int64_t slot = slot_of(s, t->tid);
    ThreadRow *old = thread_of(s, t->tid);
    bool out = false;
    if (slot != -2 && !PyErr_Occurred()) {
        const int64_t before = old != NULL ? old->row : log_take_back((Log *)s->thread_log, slot, 2 * e->pos + 1);
        t->row = PyList_Size(s->thread_rows);
        t->where = e->pos;
        *seen_place(s, t->tid) = (Seen){0, NULL};
        out = append(s->thread_rows, (PyObject *)t) && store(s->current, t->tid, (PyObject *)t) &&
              log_add((Log *)s->thread_log, slot, 2 * e->pos, t->row, before, 0);
    }
    Py_DECREF((PyObject *)t);
    return out;
}

/* The same for a thread that was not there: nothing of a former owner of its id remains. */
static bool create_thread(Step *s, const Event *e, ThreadRow *t)
{
    const int64_t tid = t->tid;
    if (!put_thread(s, e, t))
        return false;
    const int64_t slot = slot_of(s, tid);
    PyObject *birth = slot == -2 ? NULL : Py_BuildValue("(LL)", (long long)slot, (long long)e->pos);
    const bool out = birth != NULL && append(s->born, birth);
    Py_XDECREF(birth);
    return out;
}

ThreadRow *modify_thread(Step *s, Event *e, ThreadRow *t)
{
    if (t->where == e->pos)
        return t;
    ThreadRow *new = copy_thread(t);
    return new != NULL && put_thread(s, e, new) ? new : NULL; /* its table has it now */
}

ThreadRow *fresh_thread(Step *s, int64_t tid)
{
    ThreadRow *t = (ThreadRow *)new_row(s->thread_class);
    if (t == NULL)
        return NULL;
    PyObject **texts[] = {&t->comm, &t->exe, &t->exepath, &t->cwd, &t->root, &t->container_id, &t->account};
    PyObject **lists[] = {&t->args, &t->env, &t->cgroups}, **accounts[] = {&t->uid, &t->gid, &t->loginuid};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        share(texts[i], s->nothing);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        share(lists[i], s->no_texts);
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++)
        share(accounts[i], s->unset);
    share(&t->tty, s->zero);
    share(&t->pidns_init_start_ts, s->zero);
    t->pid = t->ptid = t->sid = t->vpgid = t->pgid = t->vtid = t->vpid = t->fdlimit = t->files = t->reaper = t->row = t->where = -1;
    t->alive = true;
    t->tid = tid;
    return t;
}

bool make_sights(Step *s, const Event *e)
{
    while (PyList_Size(s->queue) && number(PyList_GetItem(s->queue, 0)) <= e->pos) {
        const Event first = {.pos = number(PyList_GetItem(s->queue, 0))};
        if (first.pos < 0 || first.pos >= s->events || PyList_SetSlice(s->queue, 0, 1, NULL) < 0)
            return false;
        const int64_t tid = s->tids[first.pos];
        if (thread_of(s, tid) != NULL)
            continue;
        ThreadRow *t = PyErr_Occurred() ? NULL : fresh_thread(s, tid);
        if (t == NULL)
            return false;
        share(&t->comm, s->not_available);
        share(&t->exe, s->not_available);
        share(&t->cwd, s->placeholder_cwd);
        if (s->with_fds && (t->files = new_table(s, &first, -1)) < 0) {
            Py_DECREF((PyObject *)t);
            return false;
        }
        if (!create_thread(s, &first, t))
            return false;
    }
    return !PyErr_Occurred();
}

/* Fill s->last; false with an exception. */
static bool find_last(Step *s)
{
    int64_t most = -1;
    for (Py_ssize_t i = 0; i < s->events; i++)
        most = s->slots[i] > most ? s->slots[i] : most;
    if (most >= MAX_SLOTS || s->events > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "run: slots that are none");
        return false;
    }
    s->last_size = most + 1;
    s->last = PyMem_Malloc((size_t)(most + 1 ? most + 1 : 1) * sizeof *s->last);
    if (s->last == NULL) {
        PyErr_NoMemory();
        return false;
    }
    for (Py_ssize_t i = 0; i < s->last_size; i++)
        s->last[i] = -1;
    for (Py_ssize_t i = 0; i < s->events; i++) {
        const int64_t slot = s->slots[i]; /* somebody else may write to this array */
        if (slot >= 0 && slot < s->last_size && s->makes_thread[s->types[i]])
            s->last[slot] = (int32_t)i;
    }
    return true;
}

/* A removed thread's id may occur again in this batch. */
static bool touched_after(Step *s, const Event *e, int64_t slot)
{
    if (s->last == NULL && !find_last(s))
        return false;
    if (slot < 0 || slot >= s->last_size || s->last[slot] <= e->pos)
        return true;
    Py_ssize_t at = e->pos + 1;
    while (at < s->events && !(s->slots[at] == slot && s->makes_thread[s->types[at]]))
        at++;
    if (at == s->events)
        return true;
    Py_ssize_t place = PyList_Size(s->queue);
    while (place > 0 && number(PyList_GetItem(s->queue, place - 1)) > at)
        place--;
    PyObject *position = PyLong_FromSsize_t(at);
    const bool out = position != NULL && PyList_Insert(s->queue, place, position) == 0;
    Py_XDECREF(position);
    return out;
}

/* Group and parent of a new thread; a parent that is not known becomes 0. */
static bool join_group(Step *s, const Event *e, ThreadRow *t)
{
    if (is_invalid(t))
        return true;
    GroupRow *group = group_of(s, t);
    if (group == NULL) {
        if (PyErr_Occurred())
            return false;
        group = (GroupRow *)new_row(s->group_class);
        if (group == NULL)
            return false;
        group->reaper = t->pid == 1 || t->vpid == 1;
        const bool made = put(&group->members, PyDict_New()) && store(s->groups, t->pid, (PyObject *)group);
        Py_DECREF((PyObject *)group); /* the dictionary has it */
        if (!made)
            return false;
    }
    if (!store(group->members, t->tid, Py_None))
        return false;
    group->alive++;
    if (is_main(t) && PyDict_Size(group->members) > 1) { /* the leader is the first */
        PyObject *members = PyDict_New();
        if (members == NULL || !store(members, t->tid, Py_None) || PyDict_Merge(members, group->members, 1) < 0) {
            Py_XDECREF(members);
            return false;
        }
        put(&group->members, members);
    }
    if (!group_changed(s, e, t->pid))
        return false;
    if (t->pid == 1)
        return true;
    ThreadRow *parent = thread_of(s, t->ptid);
    if (parent == NULL || is_invalid(parent)) {
        t->ptid = 0;
        return !PyErr_Occurred();
    }
    PyObject *children = looked_up(s->children, parent->tid);
    if (children == NULL) {
        children = PyErr_Occurred() ? NULL : PyDict_New();
        if (children == NULL)
            return false;
        const bool kept = store(s->children, parent->tid, children);
        Py_DECREF(children);
        if (!kept)
            return false;
    }
    return store(children, t->tid, Py_None);
}

bool add_thread(Step *s, Event *e, ThreadRow *t)
{
    if (PyDict_Size(s->current) >= MAX_THREADS) {
        Py_DECREF((PyObject *)t);
        return true;
    }
    if (t->files < 0 && !(t->flags & CL_CLONE_FILES)) {
        const int64_t files = new_table(s, e, -1);
        if (files < 0) {
            Py_DECREF((PyObject *)t);
            return false;
        }
        t->files = files;
    }
    if (!join_group(s, e, t)) {
        Py_DECREF((PyObject *)t);
        return false;
    }
    return create_thread(s, e, t);
}

static bool forget_child(Step *s, ThreadRow *t)
{
    PyObject *siblings = looked_up(s->children, t->ptid);
    if (siblings == NULL)
        return !PyErr_Occurred();
    if (!drop_key(siblings, t->tid))
        return false;
    return PyDict_Size(siblings) > 0 || drop_key(s->children, t->ptid); /* as many have had children as there are ids */
}

static bool erase(Step *s, Event *e, int64_t tid)
{
    ThreadRow *t = thread_of(s, tid);
    if (t == NULL)
        return !PyErr_Occurred();
    const int64_t files = t->files;
    if (!(t->flags & CL_CLONE_FILES) && files >= 0) {
        PyObject *table = PyList_GetItem(s->tables, files);
        PyObject *dead = table != NULL && table != Py_None ? PyLong_FromLongLong(files) : NULL;
        const bool dropped = table == Py_None || (dead != NULL && append(s->dead, dead));
        Py_XDECREF(dead);
        if (!dropped)
            return false;
    }
    const int64_t slot = slot_of(s, tid);
    const int64_t row = t->row;
    *seen_place(s, tid) = (Seen){0, NULL};
    return slot != -2 && drop_key(s->current, tid) && log_add((Log *)s->thread_log, slot, 2 * e->pos + 1, -1, row, 0) &&
           touched_after(s, e, slot);
}

bool has_children(Step *s, int64_t tid)
{
    PyObject *children = looked_up(s->children, tid);
    return children != NULL && PyDict_Size(children) > 0;
}

/* For a thread that is not alive any more and has no children. */
bool remove_thread(Step *s, Event *e, int64_t tid)
{
    ThreadRow *t = thread_of(s, tid);
    if (t == NULL)
        return !PyErr_Occurred();
    GroupRow *group = group_of(s, t);
    if (is_invalid(t) || group == NULL || !in_group(group, t))
        return forget_child(s, t) && erase(s, e, tid);
    Py_INCREF((PyObject *)group);
    bool out = true;
    if (group->alive <= 0) {
        ThreadRow *main = main_of(s, t);
        out = forget_child(s, main != NULL ? main : t) && drop_key(s->groups, t->pid) && erase(s, e, t->pid);
    }
    if (out && !is_main(t))
        out = drop_key(group->members, t->tid) && forget_child(s, t) && erase(s, e, tid);
    Py_DECREF((PyObject *)group);
    return out;
}

/* descriptors */

PyObject *table_of(Step *s, int64_t files)
{
    if (files < 0 || files >= PyList_Size(s->tables))
        return NULL;
    PyObject *out = PyList_GetItem(s->tables, files);
    return out != NULL && PyDict_Check(out) ? out : NULL;
}

FdRow *fd_of(Step *s, int64_t files, int64_t fd)
{
    PyObject *table = table_of(s, files);
    PyObject *out = table != NULL ? looked_up(table, fd) : NULL;
    return out != NULL && PyObject_TypeCheck(out, s->fd_row) ? (FdRow *)out : NULL;
}

FdRow *event_fd(Step *s, Event *e, int64_t *files, int64_t *fd)
{
    *files = *fd = -1;
    if (e->thread == NULL || !(s->current_generation || s->valid[e->pos]))
        return NULL;
    *files = files_of(s, e->thread);
    *fd = s->fdnum[e->pos];
    return fd_of(s, *files, *fd);
}

FdRow *fresh_fd(Step *s, int type)
{
    FdRow *out = (FdRow *)new_row(s->fd_class);
    if (out == NULL)
        return NULL;
    PyObject **texts[] = {&out->name, &out->name_raw, &out->oldname};
    for (int i = 0; i < 3; i++)
        share(texts[i], s->nothing);
    out->fd = out->row = out->where = -1;
    out->type = type;
    return out;
}

bool may_put(Step *s, int64_t files, int64_t fd)
{
    return fd >= 0 && fd < MAX_FDS && table_of(s, files) != NULL;
}

bool put_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row)
{
    PyObject *table = table_of(s, files), *name = table != NULL ? PyLong_FromLongLong(fd) : NULL;
    PyObject *old = name != NULL ? PyDict_GetItemWithError(table, name) : NULL;
    const int64_t before = old != NULL && PyObject_TypeCheck(old, s->fd_row) ? ((FdRow *)old)->row : -1;
    row->fd = fd;
    row->row = PyList_Size(s->fd_rows);
    row->where = e->pos;
    const bool out = name != NULL && append(s->fd_rows, (PyObject *)row) && PyDict_SetItem(table, name, (PyObject *)row) == 0 &&
                     log_add((Log *)s->fd_log, files, 2 * e->pos, row->row, before, fd);
    Py_XDECREF(name);
    Py_DECREF((PyObject *)row);
    return out;
}

FdRow *modify_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row)
{
    if (row->where == e->pos)
        return row;
    FdRow *new = copy_fd(row);
    return new != NULL && put_fd(s, e, files, fd, new) ? new : NULL;
}

bool remove_fd(Step *s, int64_t files, int64_t fd, int64_t seq)
{
    PyObject *table = table_of(s, files), *name = table != NULL ? PyLong_FromLongLong(fd) : NULL;
    PyObject *old = name != NULL ? PyDict_GetItemWithError(table, name) : NULL;
    bool out = !PyErr_Occurred();
    if (old != NULL && PyObject_TypeCheck(old, s->fd_row)) {
        const int64_t row = ((FdRow *)old)->row;
        out = PyDict_DelItem(table, name) == 0 && log_add((Log *)s->fd_log, files, seq, -1, row, fd);
    }
    Py_XDECREF(name);
    return out;
}

/* Take the number of a table that is gone, else a new one; -1 with an exception. */
static int64_t table_number(Step *s)
{
    const Py_ssize_t free = PyList_Size(s->free), count = PyList_Size(s->tables);
    if (!free)
        return PyList_Append(s->tables, Py_None) == 0 ? count : -1;
    const int64_t files = number(PyList_GetItem(s->free, free - 1));
    if (files < 0 || files >= count || PyList_GetItem(s->tables, files) != Py_None) {
        PyErr_SetString(PyExc_ValueError, "run: a free table that is none");
        return -1;
    }
    return PyList_SetSlice(s->free, free - 1, free, NULL) == 0 ? files : -1;
}

int64_t new_table(Step *s, const Event *e, int64_t copy_of)
{
    const int64_t files = table_number(s);
    if (files < 0)
        return -1;
    PyObject *source = table_of(s, copy_of);
    PyObject *content = source != NULL ? PyDict_Copy(source) : PyDict_New();
    if (content == NULL)
        return -1;
    Py_INCREF(content);
    bool good = PyList_SetItem(s->tables, files, content) == 0 &&
                log_add((Log *)s->made, files, copy_of, ((Log *)s->fd_log)->n, PyDict_Size(content), 0);
    Py_ssize_t at = 0;
    PyObject *fd, *row;
    while (good && PyDict_Next(content, &at, &fd, &row))
        good = PyObject_TypeCheck(row, s->fd_row) &&
               log_add((Log *)s->fd_log, files, 2 * e->pos, ((FdRow *)row)->row, -1, number(fd));
    Py_DECREF(content);
    if (!good && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "a descriptor that is none");
    return good ? files : -1;
}

bool is_closing(Step *s, int64_t files, int64_t fd)
{
    if (!PySet_Size(s->closing))
        return false;
    PyObject *key = Py_BuildValue("(LL)", (long long)files, (long long)fd);
    const int there = key != NULL ? PySet_Contains(s->closing, key) : -1;
    Py_XDECREF(key);
    return there != 0; /* an error is met again by who asks for more */
}

bool show_number(Step *s, Event *e, int64_t fd)
{
    if (e->pos >= s->numbers.n)
        return false;
    s->numbers.at[e->pos] = fd;
    return true;
}

bool show_row(Step *s, Event *e, FdRow *row)
{
    if (e->pos >= s->chosen.n)
        return false;
    s->chosen.at[e->pos] = row != NULL ? (int32_t)row->row : -1;
    return true;
}

bool add_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row, bool show)
{
    return put_fd(s, e, files, fd, row) && show_number(s, e, fd) && (!show || show_row(s, e, row));
}
