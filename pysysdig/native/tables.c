/* Tables of threads and descriptors: state/tables.py and the shared part of the handlers, state/base.py. */
#include "step.h"

enum { MAX_FDS = 1 << 20 };

static PyObject *looked_up(PyObject *dictionary, int64_t key)
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

static bool append_number(PyObject *list, int64_t value)
{
    PyObject *item = PyLong_FromLongLong(value);
    const bool out = item != NULL && append(list, item);
    Py_XDECREF(item);
    return out;
}

/* threads */

ThreadRow *thread_of(Step *s, int64_t tid)
{
    PyObject *out = looked_up(s->current, tid);
    if (out != NULL && !PyObject_TypeCheck(out, s->thread_row)) {
        PyErr_SetString(PyExc_TypeError, "a thread that is none");
        return NULL;
    }
    return (ThreadRow *)out;
}

bool is_main(ThreadRow *t)
{
    return number(t->tid) == number(t->pid) || number(t->flags) & CL_IS_MAIN_THREAD;
}

bool is_invalid(ThreadRow *t)
{
    return number(t->tid) < 0 || number(t->pid) < 0 || number(t->ptid) < 0;
}

GroupRow *group_number(Step *s, int64_t pid)
{
    PyObject *out = looked_up(s->groups, pid);
    return out != NULL && PyObject_TypeCheck(out, s->group_row) ? (GroupRow *)out : NULL;
}

GroupRow *group_of(Step *s, ThreadRow *t)
{
    PyObject *out = PyDict_GetItemWithError(s->groups, t->pid);
    return out != NULL && PyObject_TypeCheck(out, s->group_row) ? (GroupRow *)out : NULL;
}

bool in_group(GroupRow *group, ThreadRow *t)
{
    return PyDict_Contains(group->members, t->tid) == 1;
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
    if (number(t->flags) & CL_CLONE_FILES)
        t = main_of(s, t);
    return t != NULL ? number(t->files) : -1;
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

static bool log_thread(Step *s, int64_t slot, int64_t seq, PyObject *row, PyObject *before)
{
    return append_number(s->thread_keys, slot) && append_number(s->thread_seqs, seq) && append(s->thread_log_rows, row) &&
           append(s->thread_before, before);
}

/* Take back a removal by the event at `pos`, which has made another thread of the same id; new: the row removed, or -1. */
static PyObject *not_removed(Step *s, int64_t slot, int64_t pos)
{
    for (Py_ssize_t i = PyList_Size(s->thread_keys) - 1; i >= 0; i--) {
        const int64_t seq = number(PyList_GetItem(s->thread_seqs, i));
        if (seq < 2 * pos)
            break;
        if (number(PyList_GetItem(s->thread_keys, i)) == slot && number(PyList_GetItem(s->thread_log_rows, i)) < 0 &&
            seq == 2 * pos + 1) {
            PyObject *before = PyList_GetItem(s->thread_before, i);
            Py_INCREF(before);
            PyObject *columns[] = {s->thread_keys, s->thread_seqs, s->thread_log_rows, s->thread_before};
            for (int k = 0; k < 4; k++)
                if (PySequence_DelItem(columns[k], i) < 0) {
                    Py_DECREF(before);
                    return NULL;
                }
            return before;
        }
    }
    Py_INCREF(s->minus_one);
    return s->minus_one;
}

/* Make a row the current version of its thread; takes over the reference. */
static bool put_thread(Step *s, Event *e, ThreadRow *t)
{
    const int64_t slot = slot_of(s, number(t->tid));
    ThreadRow *old = thread_of(s, number(t->tid));
    PyObject *before = NULL;
    bool out = false;
    if (slot == -2 || PyErr_Occurred())
        goto end;
    before = old != NULL ? old->row : NULL;
    Py_XINCREF(before);
    if (before == NULL && (before = not_removed(s, slot, e->pos)) == NULL)
        goto end;
    out = put_number(&t->row, PyList_Size(s->thread_rows)) && share(&t->where, e->at) && append(s->thread_rows, (PyObject *)t) &&
          append(s->thread_touched, (PyObject *)t) && PyDict_SetItem(s->current, t->tid, (PyObject *)t) == 0 &&
          log_thread(s, slot, 2 * e->pos, t->row, before);
end:
    Py_XDECREF(before);
    Py_DECREF((PyObject *)t);
    return out;
}

ThreadRow *modify_thread(Step *s, Event *e, ThreadRow *t)
{
    if (number(t->where) == e->pos)
        return t;
    ThreadRow *new = copy_thread(t);
    return new != NULL && put_thread(s, e, new) ? new : NULL; /* its table has it now */
}

ThreadRow *fresh_thread(Step *s, int64_t tid)
{
    ThreadRow *t = (ThreadRow *)new_row(s->thread_class);
    if (t == NULL)
        return NULL;
    PyObject **unknown[] = {&t->pid, &t->ptid, &t->sid, &t->vpgid, &t->pgid, &t->vtid, &t->vpid, &t->fdlimit, &t->files,
                            &t->reaper, &t->row, &t->where};
    PyObject **texts[] = {&t->comm, &t->exe, &t->exepath, &t->cwd, &t->root, &t->container_id, &t->account};
    PyObject **numbers[] = {&t->tty, &t->flags, &t->cap_inheritable, &t->cap_permitted, &t->cap_effective, &t->exe_ino,
                            &t->exe_ino_ctime, &t->exe_ino_mtime, &t->clone_ts, &t->lastexec_ts, &t->pidns_init_start_ts,
                            &t->vmsize, &t->vmrss, &t->vmswap, &t->pfmajor, &t->pfminor};
    PyObject **flags[] = {&t->exe_writable, &t->exe_upper_layer, &t->exe_lower_layer, &t->exe_from_memfd};
    PyObject **lists[] = {&t->args, &t->env, &t->cgroups}, **accounts[] = {&t->uid, &t->gid, &t->loginuid};
#define ALL(fields, value)                                                                                                       \
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)                                                                  \
        share(fields[i], value);
    ALL(unknown, s->minus_one)
    ALL(texts, s->nothing)
    ALL(numbers, s->zero)
    ALL(flags, Py_False)
    ALL(lists, s->no_texts)
    ALL(accounts, s->unset)
#undef ALL
    share(&t->alive, Py_True);
    if (!put_number(&t->tid, tid))
        Py_CLEAR(t);
    return t;
}

/* Group and parent of a new thread; a parent that is not known becomes 0. */
static bool join_group(Step *s, ThreadRow *t)
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
        const bool made = put(&group->members, PyDict_New()) && share(&group->alive, s->zero) &&
                          put_bool(&group->reaper, number(t->pid) == 1 || number(t->vpid) == 1) &&
                          PyDict_SetItem(s->groups, t->pid, (PyObject *)group) == 0;
        Py_DECREF((PyObject *)group); /* the dictionary has it */
        if (!made)
            return false;
    }
    if (PyDict_SetItem(group->members, t->tid, Py_None) < 0 || !put_number(&group->alive, number(group->alive) + 1))
        return false;
    if (is_main(t) && PyDict_Size(group->members) > 1) { /* the leader is the first */
        PyObject *members = PyDict_New();
        if (members == NULL || PyDict_SetItem(members, t->tid, Py_None) < 0 || PyDict_Merge(members, group->members, 1) < 0) {
            Py_XDECREF(members);
            return false;
        }
        put(&group->members, members);
    }
    if (number(t->pid) == 1)
        return true;
    ThreadRow *parent = thread_of(s, number(t->ptid));
    if (parent == NULL || is_invalid(parent))
        return !PyErr_Occurred() && share(&t->ptid, s->zero);
    PyObject *children = PyDict_GetItemWithError(s->children, parent->tid);
    if (children == NULL) {
        children = PyErr_Occurred() ? NULL : PyDict_New();
        if (children == NULL)
            return false;
        const bool kept = PyDict_SetItem(s->children, parent->tid, children) == 0;
        Py_DECREF(children);
        if (!kept)
            return false;
    }
    return PyDict_SetItem(children, t->tid, Py_None) == 0;
}

bool add_thread(Step *s, Event *e, ThreadRow *t)
{
    if (PyDict_Size(s->current) >= MAX_THREADS) {
        Py_DECREF((PyObject *)t);
        return true;
    }
    if (number(t->files) < 0 && !(number(t->flags) & CL_CLONE_FILES)) {
        const int64_t files = new_table(s, e, -1);
        if (files < 0 || !put_number(&t->files, files)) {
            Py_DECREF((PyObject *)t);
            return false;
        }
    }
    const int64_t tid = number(t->tid);
    if (!join_group(s, t)) {
        Py_DECREF((PyObject *)t);
        return false;
    }
    if (!put_thread(s, e, t))
        return false;
    const int64_t slot = slot_of(s, tid);
    PyObject *birth = slot == -2 ? NULL : Py_BuildValue("(LO)", (long long)slot, e->at);
    const bool out = birth != NULL && append(s->born, birth);
    Py_XDECREF(birth);
    return out;
}

static bool drop_key(PyObject *dictionary, PyObject *key)
{
    const int there = PyDict_Contains(dictionary, key);
    return there == 0 || (there == 1 && PyDict_DelItem(dictionary, key) == 0);
}

static bool forget_child(Step *s, ThreadRow *t)
{
    PyObject *siblings = PyDict_GetItemWithError(s->children, t->ptid);
    return siblings != NULL ? drop_key(siblings, t->tid) : !PyErr_Occurred();
}

static bool erase(Step *s, Event *e, int64_t tid)
{
    ThreadRow *t = thread_of(s, tid);
    if (t == NULL)
        return !PyErr_Occurred();
    const int64_t files = number(t->files);
    if (!(number(t->flags) & CL_CLONE_FILES) && files >= 0) {
        PyObject *table = PyList_GetItem(s->tables, files);
        if (table == NULL || (table != Py_None && !append(s->dead, t->files)))
            return false;
    }
    const int64_t slot = slot_of(s, tid);
    if (slot == -2 || PyDict_DelItem(s->current, t->tid) < 0 || !log_thread(s, slot, 2 * e->pos + 1, s->minus_one, t->row))
        return false;
    PyObject *none = PyObject_CallFunction(s->touched_after, "LO", (long long)tid, e->at);
    Py_XDECREF(none);
    return none != NULL;
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
    if (number(group->alive) <= 0) {
        ThreadRow *main = main_of(s, t);
        out = forget_child(s, main != NULL ? main : t) && drop_key(s->groups, t->pid) && erase(s, e, number(t->pid));
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
    PyObject **unknown[] = {&out->fd, &out->row, &out->where}, **texts[] = {&out->name, &out->name_raw, &out->oldname};
    PyObject **numbers[] = {&out->openflags, &out->dev, &out->mount_id, &out->ino, &out->role, &out->pid};
    for (int i = 0; i < 3; i++) {
        share(unknown[i], s->minus_one);
        share(texts[i], s->nothing);
    }
    for (int i = 0; i < 6; i++)
        share(numbers[i], s->zero);
    share(&out->sock, s->no_address);
    share(&out->connected, Py_False);
    if (!put_number(&out->type, type))
        Py_CLEAR(out);
    return out;
}

bool may_put(Step *s, int64_t files, int64_t fd)
{
    return fd >= 0 && fd < MAX_FDS && table_of(s, files) != NULL;
}

static bool log_fd(Step *s, int64_t files, PyObject *fd, int64_t seq, PyObject *row, PyObject *before)
{
    return append_number(s->fd_keys, files) && append_number(s->fd_seqs, seq) && append(s->fd_log_rows, row) &&
           append(s->fd_before, before) && append(s->fd_log_fds, fd);
}

bool put_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row)
{
    PyObject *table = table_of(s, files);
    FdRow *old = fd_of(s, files, fd);
    PyObject *before = old != NULL ? old->row : s->minus_one;
    Py_INCREF(before);
    const bool out = table != NULL && put_number(&row->fd, fd) && put_number(&row->row, PyList_Size(s->fd_rows)) &&
                     share(&row->where, e->at) && append(s->fd_rows, (PyObject *)row) &&
                     append(s->fd_touched, (PyObject *)row) && PyDict_SetItem(table, row->fd, (PyObject *)row) == 0 &&
                     log_fd(s, files, row->fd, 2 * e->pos, row->row, before);
    Py_DECREF(before);
    Py_DECREF((PyObject *)row);
    return out;
}

FdRow *modify_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row)
{
    if (number(row->where) == e->pos)
        return row;
    FdRow *new = copy_fd(row);
    return new != NULL && put_fd(s, e, files, fd, new) ? new : NULL;
}

bool remove_fd(Step *s, int64_t files, int64_t fd, int64_t seq)
{
    PyObject *table = table_of(s, files);
    FdRow *old = fd_of(s, files, fd);
    if (old == NULL)
        return !PyErr_Occurred();
    Py_INCREF((PyObject *)old);
    PyObject *key = PyLong_FromLongLong(fd);
    const bool out = key != NULL && PyDict_DelItem(table, key) == 0 && log_fd(s, files, key, seq, s->minus_one, old->row);
    Py_XDECREF(key);
    Py_DECREF((PyObject *)old);
    return out;
}

int64_t new_table(Step *s, Event *e, int64_t copy_of)
{
    const int64_t files = PyList_Size(s->tables);
    PyObject *source = table_of(s, copy_of);
    PyObject *content = source != NULL ? PyDict_Copy(source) : PyDict_New();
    if (content == NULL)
        return -1;
    bool good = append(s->tables, content);
    Py_ssize_t at = 0;
    PyObject *fd, *row;
    while (good && PyDict_Next(content, &at, &fd, &row))
        good = PyObject_TypeCheck(row, s->fd_row) && log_fd(s, files, fd, 2 * e->pos, ((FdRow *)row)->row, s->minus_one);
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
    PyObject *value = PyLong_FromLongLong(fd);
    const bool out = value != NULL && PyDict_SetItem(s->numbers, e->at, value) == 0;
    Py_XDECREF(value);
    return out;
}

bool show_row(Step *s, Event *e, FdRow *row)
{
    return PyDict_SetItem(s->chosen, e->at, row != NULL ? row->row : s->minus_one) == 0;
}

bool add_fd(Step *s, Event *e, int64_t files, int64_t fd, FdRow *row, bool show)
{
    return put_fd(s, e, files, fd, row) && show_number(s, e, fd) && (!show || show_row(s, e, row));
}
