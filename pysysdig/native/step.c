/* The loop over the events that change state: the twin of the one in state/step.py. */
#include "step.h"

#define OP_NAME(name) #name,
#define OP_ENTRY(name) on_##name,
static const char *const op_names[] = {OPS(OP_NAME)};
static Handler *const handlers[] = {OPS(OP_ENTRY)};
enum { MOST_AHEAD = 8, FETCHED_AHEAD = 6, CACHE_LINE = 64, CLOSE_STARTS = 1, CLOSE_ENDS = 2 };
enum { OP_COUNT = sizeof handlers / sizeof *handlers, MAX_SPAN_TABLES = 64 };

/* making one */

static PyTypeObject *row_type(PyObject *module, const char *name, PyObject *class)
{
    PyObject *base = PyObject_GetAttrString(module, name);
    if (base == NULL)
        return NULL;
    if (!PyType_Check(class) || !PyType_IsSubtype((PyTypeObject *)class, (PyTypeObject *)base)) {
        PyErr_Format(PyExc_TypeError, "a subclass of %s is needed", name);
        Py_CLEAR(base);
    }
    return (PyTypeObject *)base;
}

static bool set_ops(Step *s, PyObject *ops)
{
    Py_ssize_t at = 0;
    PyObject *key, *value;
    while (PyDict_Next(ops, &at, &key, &value)) {
        const int64_t type = number(key), op = number(value);
        if (type < 0 || type >= EVENT_TYPES || op < 0 || op >= OP_COUNT) {
            PyErr_SetString(PyExc_ValueError, "Step: an operation that is none");
            return false;
        }
        s->ops[type] = (uint8_t)(op + 1);
        s->closes[type] = handlers[op] == on_close_enter ? CLOSE_STARTS : handlers[op] == on_close ? CLOSE_ENDS : 0;
    }
    return !PyErr_Occurred();
}

static bool set_constants(Step *s)
{
    return put(&s->nothing, PyUnicode_FromString("")) && put(&s->placeholder_cwd, PyUnicode_FromString("./")) &&
           put(&s->too_long, PyUnicode_FromString(s->current_generation ? "/DIR_TOO_LONG/FILENAME_TOO_LONG" : "/PATH_TOO_LONG")) &&
           put(&s->no_texts, PyTuple_New(0)) && put(&s->zero, PyLong_FromLong(0)) &&
           put(&s->not_available, PyUnicode_FromString("<NA>")) && put(&s->lists, PyDict_New()) && put(&s->places, PyDict_New());
}

static PyObject *step_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(names))
{
    int current, with_fds;
    PyObject *boot_ts, *thread_class, *fd_class, *group_class, *unset, *ops;
    if (!PyArg_ParseTuple(arguments, "ppO!OOOO!O!", &current, &with_fds, &PyLong_Type, &boot_ts, &thread_class, &fd_class, &group_class,
                          &PyLong_Type, &unset, &PyDict_Type, &ops))
        return NULL;
    PyObject *module = PyType_GetModule(type);
    Step *s = module != NULL ? (Step *)new_row(type) : NULL; /* all zero */
    if (s == NULL)
        return NULL;
    s->current_generation = current;
    s->with_fds = with_fds;
    share(&s->boot_ts, boot_ts);
    share(&s->unset, unset);
    s->thread_row = row_type(module, "ThreadRow", thread_class);
    s->fd_row = s->thread_row != NULL ? row_type(module, "FdRow", fd_class) : NULL;
    s->group_row = s->fd_row != NULL ? row_type(module, "GroupRow", group_class) : NULL;
    s->log = s->group_row != NULL ? (PyTypeObject *)PyObject_GetAttrString(module, "Log") : NULL;
    share((PyObject **)&s->thread_class, thread_class);
    share((PyObject **)&s->fd_class, fd_class);
    share((PyObject **)&s->group_class, group_class);
    s->interned = PyMem_Calloc(INTERNED, sizeof *s->interned);
    if (s->interned == NULL)
        PyErr_NoMemory();
    if (s->log == NULL || s->interned == NULL || !set_constants(s) || !set_ops(s, ops))
        Py_CLEAR(s);
    return (PyObject *)s;
}

static void step_release(PyObject *self)
{
    Step *s = (Step *)self;
    PyTypeObject *class = Py_TYPE(self);
    PyObject *held[] = {(PyObject *)s->thread_class, (PyObject *)s->fd_class, (PyObject *)s->group_class, (PyObject *)s->thread_row,
                        (PyObject *)s->fd_row, (PyObject *)s->group_row, (PyObject *)s->log, s->boot_ts, s->nothing, s->no_texts,
                        s->zero, s->too_long, s->placeholder_cwd, s->not_available, s->unset, s->lists, s->places};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        Py_XDECREF(held[i]);
    for (int i = 0; s->interned != NULL && i < INTERNED; i++)
        Py_XDECREF(s->interned[i].text);
    PyMem_Free(s->interned);
    freefunc give_back = (freefunc)PyType_GetSlot(class, Py_tp_free);
    give_back(self);
    Py_DECREF(class);
}

/* a batch */

/* Take the tuple of what the step works on. All are lists, dictionaries, sets or logs; anything else is refused. */
static bool take_shared(Step *s, PyObject *shared, PyObject *callbacks)
{
    if (!PyTuple_Check(shared) || PyTuple_Size(shared) != SHARED_ITEMS || !PyTuple_Check(callbacks) ||
        PyTuple_Size(callbacks) != CALLBACK_ITEMS) {
        PyErr_SetString(PyExc_TypeError, "run: other state than this step works on");
        return false;
    }
    Py_ssize_t i = 0;
#define TAKE_SHARED(name) s->name = PyTuple_GetItem(shared, i++);
    SHARED(TAKE_SHARED)
    i = 0;
#define TAKE_CALLBACK(name) s->name = PyTuple_GetItem(callbacks, i++);
    CALLBACKS(TAKE_CALLBACK)
    PyObject *lists[] = {s->thread_rows, s->born, s->tables, s->fd_rows, s->dead, s->free, s->queue};
    PyObject *dictionaries[] = {s->current, s->groups, s->children, s->carried};
    bool good = PySet_Check(s->closing) && PySet_Check(s->survivors) && PyObject_TypeCheck(s->thread_log, s->log) &&
                PyObject_TypeCheck(s->fd_log, s->log) && PyObject_TypeCheck(s->made, s->log) &&
                (s->ended == Py_None || PyDict_Check(s->ended)) && (s->group_log == Py_None || PyObject_TypeCheck(s->group_log, s->log));
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
        good = good && PyList_Check(lists[k]);
    for (size_t k = 0; k < sizeof dictionaries / sizeof *dictionaries; k++)
        good = good && PyDict_Check(dictionaries[k]);
    if (!good)
        PyErr_SetString(PyExc_TypeError, "run: other state than this step works on");
    return good;
}

/* Take a sequence of (type, start, length): the spans of some events, one column each. */
static bool take_spans(Step *s, PyObject *given, SpanTable *tables, int *taken)
{
    const Py_ssize_t n = PyList_Check(given) ? PyList_Size(given) : -1;
    if (n < 0 || n > MAX_SPAN_TABLES) {
        PyErr_SetString(PyExc_ValueError, "run: spans that are none");
        return false;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        int type;
        PyObject *start, *length;
        SpanTable *table = &tables[i];
        if (!PyArg_ParseTuple(PyList_GetItem(given, i), "iOO", &type, &start, &length))
            return false;
        if (PyObject_GetBuffer(start, &table->start, PyBUF_C_CONTIGUOUS | PyBUF_ND) < 0)
            return false;
        if (PyObject_GetBuffer(length, &table->length, PyBUF_C_CONTIGUOUS | PyBUF_ND) < 0) {
            PyBuffer_Release(&table->start);
            return false;
        }
        ++*taken;
        const Py_buffer *a = &table->start, *b = &table->length;
        if (type < 0 || type >= EVENT_TYPES || a->ndim != 2 || b->ndim != 2 || a->itemsize != 8 || b->itemsize != 8 ||
            a->shape[0] != b->shape[0] || a->shape[1] != b->shape[1]) {
            PyErr_SetString(PyExc_ValueError, "run: spans that are none");
            return false;
        }
        table->rows = a->shape[0];
        table->columns = a->shape[1];
        s->spans[type] = table;
    }
    return true;
}

/* Whether a close starts at a position that nothing but other closes come after, up to its end: then the start says nothing. */
static bool is_undisturbed(Step *s, const I64In *positions, Py_ssize_t i)
{
    const int64_t start = positions->at[i];
    if (s->closes[s->types[start]] != CLOSE_STARTS)
        return false;
    for (Py_ssize_t k = i + 1; k < positions->n && k <= i + MOST_AHEAD; k++) {
        const int64_t at = positions->at[k];
        if (at < 0 || at >= s->events || !s->closes[s->types[at]])
            return false;
        if (s->enter[at] == start && s->valid[at])
            return s->closes[s->types[at]] == CLOSE_ENDS;
    }
    return false;
}

/* Have the processor get the event at a position, which is looked at soon: a batch is larger than its caches. (What is a call gcc
 * leaves out, since it changes nothing.) */
static inline __attribute__((always_inline)) void prefetch(const Step *s, int64_t pos)
{
    const int64_t at = s->off != NULL && pos >= 0 && pos < s->events ? s->off[pos] : -1;
    if (at >= 0 && at < s->size - CACHE_LINE) {
        __builtin_prefetch(s->data + at);
        __builtin_prefetch(s->data + at + CACHE_LINE);
    }
}

static bool handle(Step *s, Event *e, bool alone)
{
    int done = ASK;
    if (e->type < EVENT_TYPES && s->ops[e->type]) {
        e->thread = alone ? NULL : thread_of(s, e->tid);
        done = PyErr_Occurred() ? FAILED : handlers[s->ops[e->type] - 1](s, e);
        if (done != FAILED && PyErr_Occurred())
            done = FAILED;
    }
    if (done == ASK) {
        PyObject *none = PyObject_CallFunction(s->ask, "L", (long long)e->pos);
        Py_XDECREF(none);
        forget_seen(s);
        done = none != NULL ? DONE : FAILED;
    }
    return done == DONE;
}

/* See the list of methods. */
static PyObject *step_run(PyObject *self, PyObject *const *items, Py_ssize_t count)
{
    Step *s = (Step *)self;
    Arguments a = arguments_of("run", items, count);
    PyObject *shared = object(&a), *callbacks = object(&a), *spans = object(&a);
    I64In positions = i64_in(&a, 0);
    I64In tid = i64_in(&a, 0);
    U64In ts = u64_in(&a, tid.n);
    U16In types = u16_in(&a, tid.n);
    BoolIn threadless = bool_in(&a, 65536);
    I64In enter = i64_in(&a, s->with_fds ? tid.n : 0);
    BoolIn valid = bool_in(&a, s->with_fds ? tid.n : 0);
    I64In fdnum = i64_in(&a, s->with_fds ? tid.n : 0);
    I64Out numbers = i64_out(&a, s->with_fds ? tid.n : 0);
    I32Out chosen = i32_out(&a, s->with_fds ? tid.n : 0);
    I64In slots = i64_in(&a, tid.n);
    BoolIn makes_thread = bool_in(&a, 65536);
    I32In column = i32_in(&a, 0);
    U8In data = u8_in(&a, 0);
    I64In off = i64_in(&a, 0);
    I32In slot_table = i32_in(&a, 0);
    if (!arguments_taken(&a))
        return NULL;
    const bool direct = off.n == tid.n && tid.n; /* else: through spans */
    SpanTable tables[MAX_SPAN_TABLES];
    int taken = 0;
    bool good = true;
    if (s->running || (!direct && column.n < tid.n)) {
        PyErr_SetString(PyExc_ValueError, "run: a batch that is none");
        good = false;
    }
    good = good && take_shared(s, shared, callbacks);
    if (good) {
        s->running = true;
        memset(s->spans, 0, sizeof s->spans);
        s->data = data.at;
        s->size = data.n;
        s->off = direct ? off.at : NULL;
        s->column = column.at;
        s->events = tid.n;
        s->types = types.at;
        s->enter = enter.at;
        s->valid = valid.at;
        s->tids = tid.at;
        s->fdnum = fdnum.at;
        s->numbers = numbers;
        s->chosen = chosen;
        s->slots = slots.at;
        s->makes_thread = makes_thread.at;
        s->last = NULL;
        forget_seen(s);
        s->slot_table = slot_table.at;
        s->slot_table_size = slot_table.n;
        good = take_spans(s, spans, tables, &taken);
        for (Py_ssize_t i = 0; good && i < positions.n; i++) {
            if (positions.n - i > FETCHED_AHEAD)
                prefetch(s, positions.at[i + FETCHED_AHEAD]);
            Event e = {.pos = positions.at[i]};
            if (e.pos < 0 || e.pos >= tid.n) {
                PyErr_SetString(PyExc_ValueError, "run: a position that is none");
                good = false;
                break;
            }
            e.tid = tid.at[e.pos];
            e.ts = ts.at[e.pos];
            e.type = types.at[e.pos];
            good = make_sights(s, &e) && (is_undisturbed(s, &positions, i) || handle(s, &e, threadless.at[e.type]));
        }
        if (good) {
            const Event end = {.pos = tid.n};
            good = make_sights(s, &end);
        }
        PyMem_Free(s->last);
        s->running = false;
    }
    while (taken) {
        PyBuffer_Release(&tables[--taken].start);
        PyBuffer_Release(&tables[taken].length);
    }
    arguments_done(&a);
    if (good)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "run: state that makes no sense");
    return NULL;
}

static PyMethodDef step_methods[] = {
    {"run", (PyCFunction)(void (*)(void))step_run, METH_FASTCALL,
     PyDoc_STR("run(shared, callbacks, spans, positions, tid, ts, types, threadless, enter, valid, fdnum, numbers, chosen, slots,\n"
               "makes_thread, column, buf, off, slot_table)\n\n"
               "Handle the events at `positions`; see state/step.py.")},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot step_slots[] = {
    {Py_tp_new, (void *)step_new}, {Py_tp_dealloc, (void *)step_release}, {Py_tp_methods, step_methods}, {0, NULL}};
static PyType_Spec step_spec = {"pysysdig._native.Step", sizeof(Step), 0, Py_TPFLAGS_DEFAULT, step_slots};

int add_step_type(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &step_spec, NULL);
    const bool added = type != NULL && PyModule_AddType(module, (PyTypeObject *)type) == 0;
    Py_XDECREF(type);
    PyObject *names = added ? PyTuple_New(OP_COUNT) : NULL;
    for (Py_ssize_t i = 0; names != NULL && i < OP_COUNT; i++)
        if (PyTuple_SetItem(names, i, PyUnicode_FromString(op_names[i])) < 0)
            Py_CLEAR(names);
    if (names == NULL)
        return -1;
    const int failed = PyModule_AddObjectRef(module, "STEP_OPS", names);
    Py_DECREF(names);
    return failed;
}
