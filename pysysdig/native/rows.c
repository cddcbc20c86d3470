/* See rows.h. */
#include "rows.h"

#include <stddef.h>
#include <string.h>
#include <structmember.h>

#define COUNT_FIELD(name) +1
enum {
    THREAD_COUNT = 0 THREAD_FIELDS(COUNT_FIELD),
    FD_COUNT = 0 FD_FIELDS(COUNT_FIELD),
    GROUP_COUNT = 0 GROUP_FIELDS(COUNT_FIELD),
};
_Static_assert(sizeof(ThreadRow) == sizeof(PyObject) + THREAD_COUNT * sizeof(PyObject *), "rows consist of their fields");
_Static_assert(sizeof(FdRow) == sizeof(PyObject) + FD_COUNT * sizeof(PyObject *), "rows consist of their fields");
_Static_assert(sizeof(GroupRow) == sizeof(PyObject) + GROUP_COUNT * sizeof(PyObject *), "rows consist of their fields");

static PyObject **fields(void *row)
{
    return (PyObject **)((char *)row + sizeof(PyObject));
}

PyObject *new_row(PyTypeObject *class)
{
    allocfunc make = (allocfunc)PyType_GetSlot(class, Py_tp_alloc);
    PyObject *out = make(class, 0);
    if (out != NULL && PyType_GetFlags(class) & Py_TPFLAGS_HAVE_GC)
        PyObject_GC_UnTrack(out); /* as classes made in Python are, whatever they are based on */
    return out;
}

static PyObject *copied(void *row, int count)
{
    PyObject *out = new_row(Py_TYPE(row));
    if (out == NULL)
        return NULL;
    PyObject **from = fields(row), **to = fields(out);
    for (int i = 0; i < count; i++) {
        Py_XINCREF(from[i]);
        to[i] = from[i];
    }
    return out;
}

ThreadRow *copy_thread(ThreadRow *row)
{
    return (ThreadRow *)copied(row, THREAD_COUNT);
}

FdRow *copy_fd(FdRow *row)
{
    FdRow *out = (FdRow *)copied(row, FD_COUNT);
    PyObject *nowhere = out != NULL ? PyLong_FromLong(-1) : NULL;
    if (nowhere == NULL) {
        Py_XDECREF((PyObject *)out);
        return NULL;
    }
    Py_XINCREF(out->name);
    PyObject *replaced[] = {out->oldname, out->row, out->where};
    out->oldname = out->name;
    Py_INCREF(nowhere);
    out->row = out->where = nowhere;
    for (int i = 0; i < 3; i++)
        Py_XDECREF(replaced[i]);
    return out;
}

static void release(PyObject *row, int count)
{
    PyTypeObject *class = Py_TYPE(row);
    PyObject **held = fields(row);
    for (int i = 0; i < count; i++)
        Py_CLEAR(held[i]);
    freefunc give_back = (freefunc)PyType_GetSlot(class, Py_tp_free);
    give_back(row);
    Py_DECREF(class);
}

static void release_thread(PyObject *row)
{
    release(row, THREAD_COUNT);
}

static void release_fd(PyObject *row)
{
    release(row, FD_COUNT);
}

static void release_group(PyObject *row)
{
    release(row, GROUP_COUNT);
}

static PyObject *thread_copy(PyObject *row, PyObject *Py_UNUSED(nothing))
{
    return (PyObject *)copy_thread((ThreadRow *)row);
}

static PyObject *fd_copy(PyObject *row, PyObject *Py_UNUSED(nothing))
{
    return (PyObject *)copy_fd((FdRow *)row);
}

#define THREAD_MEMBER(name) {#name, T_OBJECT_EX, offsetof(ThreadRow, name), 0, NULL},
#define FD_MEMBER(name) {#name, T_OBJECT_EX, offsetof(FdRow, name), 0, NULL},
#define GROUP_MEMBER(name) {#name, T_OBJECT_EX, offsetof(GroupRow, name), 0, NULL},
static PyMemberDef thread_members[] = {THREAD_FIELDS(THREAD_MEMBER){NULL, 0, 0, 0, NULL}};
static PyMemberDef fd_members[] = {FD_FIELDS(FD_MEMBER){NULL, 0, 0, 0, NULL}};
static PyMemberDef group_members[] = {GROUP_FIELDS(GROUP_MEMBER){NULL, 0, 0, 0, NULL}};

/* --- attributes of many rows --- */

enum { MOST_NAMES = 16 };

typedef struct {
    const PyMemberDef *members[MOST_NAMES];
    Py_ssize_t n;
} Reads;

/* The members of rows of a type with the given names; false with an exception. */
static bool take_names(PyObject *names, const PyMemberDef *members, Reads *reads)
{
    reads->n = PyTuple_Check(names) ? PyTuple_Size(names) : -1;
    if (reads->n < 1 || reads->n > MOST_NAMES) {
        PyErr_SetString(PyExc_ValueError, "recall: a tuple of names is needed");
        return false;
    }
    for (Py_ssize_t i = 0; i < reads->n; i++) {
        const char *name = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(names, i), NULL);
        if (name == NULL)
            return false;
        const PyMemberDef *member = members;
        while (member->name != NULL && strcmp(member->name, name) != 0)
            member++;
        if (member->name == NULL) {
            PyErr_Format(PyExc_AttributeError, "recall: rows have no %s", name);
            return false;
        }
        reads->members[i] = member;
    }
    return true;
}

static PyObject *attribute(PyObject *row, const PyMemberDef *member)
{
    PyObject *value = *(PyObject **)((char *)row + member->offset);
    if (value == NULL)
        PyErr_SetString(PyExc_AttributeError, member->name);
    else
        Py_INCREF(value);
    return value;
}

/* What some attributes of a row are: one value, or a tuple of them; new. */
static PyObject *key_of(PyObject *row, const Reads *reads)
{
    if (reads->n == 1)
        return attribute(row, reads->members[0]);
    PyObject *out = PyTuple_New(reads->n);
    for (Py_ssize_t i = 0; out != NULL && i < reads->n; i++) {
        PyObject *value = attribute(row, reads->members[i]);
        if (value == NULL || PyTuple_SetItem(out, i, value) < 0)
            Py_CLEAR(out);
    }
    return out;
}

/* The value of a key, worked out if it is new; new. */
static PyObject *recalled(PyObject *memo, PyObject *key, PyObject *make, PyObject *number)
{
    PyObject *value = PyDict_GetItemWithError(memo, key);
    if (value != NULL || PyErr_Occurred()) {
        Py_XINCREF(value);
        return value;
    }
    value = PyObject_CallFunctionObjArgs(make, number, NULL);
    if (value != NULL && PyDict_SetItem(memo, key, value) < 0)
        Py_CLEAR(value);
    return value;
}

static PyObject *recall(PyObject *class, PyObject *const *items, Py_ssize_t count, const PyMemberDef *members)
{
    Arguments a = arguments_of("recall", items, count);
    PyObject *rows = object(&a), *numbers = object(&a), *names = object(&a), *memo = object(&a), *make = object(&a);
    if (!arguments_taken(&a))
        return NULL;
    Reads reads;
    if (!PyList_Check(rows) || !PyList_Check(numbers) || !PyDict_Check(memo)) {
        PyErr_SetString(PyExc_TypeError, "recall: lists and a dictionary are needed");
        return NULL;
    }
    if (!take_names(names, members, &reads))
        return NULL;
    PyObject *out = PyList_New(0);
    for (Py_ssize_t i = 0; out != NULL && i < PyList_Size(numbers); i++) {
        PyObject *number = PyList_GetItem(numbers, i);
        Py_INCREF(number);
        const Py_ssize_t at = PyLong_AsSsize_t(number);
        PyObject *row = PyErr_Occurred() ? NULL : PyList_GetItem(rows, at), *key = NULL, *value = NULL;
        if (row != NULL && !PyObject_TypeCheck(row, (PyTypeObject *)class))
            PyErr_SetString(PyExc_TypeError, "recall: a row of another kind");
        else if (row != NULL && (key = key_of(row, &reads)) != NULL)
            value = recalled(memo, key, make, number);
        if (value == NULL || PyList_Append(out, value) < 0)
            Py_CLEAR(out);
        Py_XDECREF(value);
        Py_XDECREF(key);
        Py_DECREF(number);
    }
    return out;
}

/* The rows of a list are no news any more. */
static PyObject *settle(PyObject *class, PyObject *rows, Py_ssize_t where)
{
    PyObject *nowhere = PyLong_FromLong(-1);
    bool good = nowhere != NULL && PyList_Check(rows);
    for (Py_ssize_t i = 0; good && i < PyList_Size(rows); i++) {
        PyObject *row = PyList_GetItem(rows, i);
        good = row != NULL && PyObject_TypeCheck(row, (PyTypeObject *)class);
        if (good) {
            PyObject **field = (PyObject **)((char *)row + where), *old = *field;
            Py_INCREF(nowhere);
            *field = nowhere;
            Py_XDECREF(old);
        }
    }
    Py_XDECREF(nowhere);
    if (good)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "settle: a list of rows is needed");
    return NULL;
}

static PyObject *thread_settle(PyObject *class, PyObject *rows)
{
    return settle(class, rows, offsetof(ThreadRow, where));
}

static PyObject *fd_settle(PyObject *class, PyObject *rows)
{
    return settle(class, rows, offsetof(FdRow, where));
}

static PyObject *thread_recall(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return recall(class, items, count, thread_members);
}

static PyObject *fd_recall(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return recall(class, items, count, fd_members);
}

#define RECALL                                                                                                                   \
    "recall(rows, numbers, names, memo, make) -> list\n\n"                                                                       \
    "make(number) for each of the rows with these numbers; once for those whose attributes of these names are the same."
#define SETTLE "settle(rows): `where` of each becomes -1."

static PyMethodDef thread_methods[] = {
    {"copy", thread_copy, METH_NOARGS, PyDoc_STR("A new version to be altered.")},
    {"recall", (PyCFunction)(void (*)(void))thread_recall, METH_FASTCALL | METH_CLASS, PyDoc_STR(RECALL)},
    {"settle", thread_settle, METH_O | METH_CLASS, PyDoc_STR(SETTLE)},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef fd_methods[] = {
    {"copy", fd_copy, METH_NOARGS, PyDoc_STR("A new version to be altered.")},
    {"recall", (PyCFunction)(void (*)(void))fd_recall, METH_FASTCALL | METH_CLASS, PyDoc_STR(RECALL)},
    {"settle", fd_settle, METH_O | METH_CLASS, PyDoc_STR(SETTLE)},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot thread_slots[] = {
    {Py_tp_dealloc, (void *)release_thread}, {Py_tp_members, thread_members}, {Py_tp_methods, thread_methods}, {0, NULL}};
static PyType_Slot fd_slots[] = {
    {Py_tp_dealloc, (void *)release_fd}, {Py_tp_members, fd_members}, {Py_tp_methods, fd_methods}, {0, NULL}};
static PyType_Slot group_slots[] = {{Py_tp_dealloc, (void *)release_group}, {Py_tp_members, group_members}, {0, NULL}};

#define ROW_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE)
static PyType_Spec specs[] = {
    {"pysysdig._native.ThreadRow", sizeof(ThreadRow), 0, ROW_FLAGS, thread_slots},
    {"pysysdig._native.FdRow", sizeof(FdRow), 0, ROW_FLAGS, fd_slots},
    {"pysysdig._native.GroupRow", sizeof(GroupRow), 0, ROW_FLAGS, group_slots},
};

int add_row_types(PyObject *module)
{
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        PyObject *type = PyType_FromModuleAndSpec(module, &specs[i], NULL);
        if (type == NULL)
            return -1;
        int failed = PyModule_AddType(module, (PyTypeObject *)type);
        Py_DECREF(type);
        if (failed < 0)
            return -1;
    }
    return 0;
}
