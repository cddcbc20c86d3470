/* See rows.h. */
#include "rows.h"

#include <stddef.h>
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

static PyMethodDef thread_methods[] = {
    {"copy", thread_copy, METH_NOARGS, PyDoc_STR("A new version to be altered.")},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef fd_methods[] = {
    {"copy", fd_copy, METH_NOARGS, PyDoc_STR("A new version to be altered.")},
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
