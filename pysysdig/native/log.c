/* See log.h. */
#include "log.h"

#include <string.h>

enum { LEAST_ROOM = 1024 };

static PyObject *log_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(names))
{
    int width;
    if (!PyArg_ParseTuple(arguments, "i", &width))
        return NULL;
    if (width != LOG_FD && width != LOG_WIDEST)
        return PyErr_Format(PyExc_ValueError, "Log: entries of %d numbers", width);
    allocfunc make = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Log *log = (Log *)make(type, 0); /* all zero */
    if (log != NULL)
        log->width = width;
    return (PyObject *)log;
}

static void log_release(PyObject *self)
{
    PyTypeObject *class = Py_TYPE(self);
    PyMem_Free(((Log *)self)->entries);
    freefunc give_back = (freefunc)PyType_GetSlot(class, Py_tp_free);
    give_back(self);
    Py_DECREF(class);
}

static int64_t *entry(Log *log, Py_ssize_t index)
{
    return log->entries + index * log->width;
}

static bool more_room(Log *log)
{
    const Py_ssize_t room = log->room ? 2 * log->room : LEAST_ROOM;
    int64_t *entries = NULL;
    if (room <= PY_SSIZE_T_MAX / (Py_ssize_t)(LOG_WIDEST * sizeof *entries))
        entries = PyMem_Realloc(log->entries, (size_t)room * (size_t)log->width * sizeof *entries);
    if (entries == NULL) {
        PyErr_NoMemory();
        return false;
    }
    log->entries = entries;
    log->room = room;
    return true;
}

bool log_add(Log *log, int64_t key, int64_t seq, int64_t row, int64_t before, int64_t fd)
{
    if (log->n == log->room && !more_room(log))
        return false;
    int64_t *to = entry(log, log->n++);
    to[LOG_KEY] = key;
    to[LOG_SEQ] = seq;
    to[LOG_ROW] = row;
    to[LOG_BEFORE] = before;
    if (log->width > LOG_FD)
        to[LOG_FD] = fd;
    return true;
}

int64_t log_take_back(Log *log, int64_t key, int64_t seq)
{
    for (Py_ssize_t i = log->n - 1; i >= 0; i--) {
        int64_t *at = entry(log, i);
        if (at[LOG_SEQ] < seq - 1)
            break;
        if (at[LOG_KEY] == key && at[LOG_SEQ] == seq && at[LOG_ROW] < 0) {
            const int64_t before = at[LOG_BEFORE];
            memmove(at, at + log->width, (size_t)(log->n - 1 - i) * (size_t)log->width * sizeof *at);
            log->n--;
            return before;
        }
    }
    return -1;
}

static PyObject *add(PyObject *self, PyObject *const *items, Py_ssize_t given)
{
    Log *log = (Log *)self;
    int64_t values[LOG_WIDEST] = {0};
    Arguments a = arguments_of("add", items, given);
    for (int i = 0; i < log->width; i++)
        values[i] = integer(&a, INT64_MIN, INT64_MAX);
    if (!arguments_taken(&a))
        return NULL;
    arguments_done(&a);
    if (!log_add(log, values[0], values[1], values[2], values[3], values[4]))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *take_back(PyObject *self, PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("take_back", items, given);
    const int64_t key = integer(&a, INT64_MIN, INT64_MAX);
    const int64_t seq = integer(&a, -1, INT64_MAX);
    if (!arguments_taken(&a))
        return NULL;
    arguments_done(&a);
    return PyLong_FromLongLong(log_take_back((Log *)self, key, seq));
}

static PyObject *fill(PyObject *self, PyObject *const *items, Py_ssize_t given)
{
    Log *log = (Log *)self;
    Arguments a = arguments_of("fill", items, given);
    I64Out columns[LOG_WIDEST];
    for (int i = 0; i < log->width; i++)
        columns[i] = i64_out(&a, log->n);
    if (!arguments_taken(&a))
        return NULL;
    for (int i = 0; i < log->width; i++)
        for (Py_ssize_t k = 0; k < log->n; k++)
            columns[i].at[k] = entry(log, k)[i];
    arguments_done(&a);
    Py_RETURN_NONE;
}

static PyObject *clear(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    ((Log *)self)->n = 0;
    Py_RETURN_NONE;
}

static Py_ssize_t size(PyObject *self)
{
    return ((Log *)self)->n;
}

static PyMethodDef methods[] = {
    FUNCTION(add, "add(*numbers): append an entry."),
    FUNCTION(take_back, "take_back(key, seq) -> row: take the last removal of a key with this sequence number back; the row before it, or -1."),
    FUNCTION(fill, "fill(*columns): the entries to arrays of int64, one for each number of an entry."),
    {"clear", clear, METH_NOARGS, PyDoc_STR("clear(): remove all entries.")},
    END_OF_FUNCTIONS,
};
static PyType_Slot slots[] = {{Py_tp_new, (void *)log_new},
                              {Py_tp_dealloc, (void *)log_release},
                              {Py_tp_methods, methods},
                              {Py_sq_length, (void *)size},
                              {0, NULL}};
static PyType_Spec spec = {"pysysdig._native.Log", sizeof(Log), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};

int add_log_type(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    const int failed = type == NULL ? -1 : PyModule_AddType(module, (PyTypeObject *)type);
    Py_XDECREF(type);
    return failed;
}
