/* See rows.h. */
#include "rows.h"
#include "loads.h"
#include "texts.h"

#include <stddef.h>
#include <string.h>

#define COUNT_OBJECT(name) +1
#define NO_FIELD(name)
enum {
    THREAD_OBJECTS = 0 THREAD_FIELDS(COUNT_OBJECT, NO_FIELD, NO_FIELD, NO_FIELD),
    FD_OBJECTS = 0 FD_FIELDS(COUNT_OBJECT, NO_FIELD, NO_FIELD, NO_FIELD),
    GROUP_OBJECTS = 0 GROUP_FIELDS(COUNT_OBJECT, NO_FIELD, NO_FIELD, NO_FIELD),
};
_Static_assert(offsetof(ThreadRow, fdlimit) == sizeof(PyObject) + THREAD_OBJECTS * sizeof(PyObject *), "objects come first");
_Static_assert(offsetof(FdRow, fd) == sizeof(PyObject) + FD_OBJECTS * sizeof(PyObject *), "objects come first");
_Static_assert(offsetof(GroupRow, alive) == sizeof(PyObject) + GROUP_OBJECTS * sizeof(PyObject *), "objects come first");

static PyObject **objects(void *row)
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

static PyObject *copied(void *row, size_t size, int count)
{
    PyObject *out = new_row(Py_TYPE(row));
    if (out == NULL)
        return NULL;
    memcpy(objects(out), objects(row), size - sizeof(PyObject));
    for (int i = 0; i < count; i++)
        Py_XINCREF(objects(out)[i]);
    return out;
}

ThreadRow *copy_thread(ThreadRow *row)
{
    return (ThreadRow *)copied(row, sizeof *row, THREAD_OBJECTS);
}

FdRow *copy_fd(FdRow *row)
{
    FdRow *out = (FdRow *)copied(row, sizeof *row, FD_OBJECTS);
    if (out == NULL)
        return NULL;
    PyObject *replaced = out->oldname;
    Py_XINCREF(out->name);
    out->oldname = out->name;
    Py_XDECREF(replaced);
    out->row = out->where = -1;
    return out;
}

static void release(PyObject *row, int count)
{
    PyTypeObject *class = Py_TYPE(row);
    for (int i = 0; i < count; i++)
        Py_CLEAR(objects(row)[i]);
    freefunc give_back = (freefunc)PyType_GetSlot(class, Py_tp_free);
    give_back(row);
    Py_DECREF(class);
}

static void release_thread(PyObject *row)
{
    release(row, THREAD_OBJECTS);
}

static void release_fd(PyObject *row)
{
    release(row, FD_OBJECTS);
}

static void release_group(PyObject *row)
{
    release(row, GROUP_OBJECTS);
}

static PyObject *thread_copy(PyObject *row, PyObject *Py_UNUSED(nothing))
{
    return (PyObject *)copy_thread((ThreadRow *)row);
}

static PyObject *fd_copy(PyObject *row, PyObject *Py_UNUSED(nothing))
{
    return (PyObject *)copy_fd((FdRow *)row);
}

/* --- attributes --- */

typedef struct {
    Py_ssize_t at;
    enum { OBJECT, INTEGER, NATURAL, BOOLEAN, ADDRESS } kind;
} Field;

static PyObject *get(PyObject *row, void *closure)
{
    const Field *field = closure;
    const void *at = (char *)row + field->at;
    switch (field->kind) {
    case INTEGER:
        return PyLong_FromLongLong(*(const int64_t *)at);
    case NATURAL:
        return PyLong_FromUnsignedLongLong(*(const uint64_t *)at);
    case BOOLEAN:
        return PyBool_FromLong(*(const bool *)at);
    case ADDRESS:
        return PyBytes_FromStringAndSize(at, RECORD);
    default:
        break;
    }
    PyObject *value = *(PyObject *const *)at;
    if (value == NULL)
        PyErr_SetString(PyExc_AttributeError, "not set");
    Py_XINCREF(value);
    return value;
}

static int set_address(uint8_t *at, PyObject *value)
{
    char *bytes;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(value, &bytes, &size) < 0)
        return -1;
    if (size != RECORD) {
        PyErr_Format(PyExc_ValueError, "an address record has %d bytes", RECORD);
        return -1;
    }
    memcpy(at, bytes, RECORD);
    return 0;
}

static int set(PyObject *row, PyObject *value, void *closure)
{
    const Field *field = closure;
    void *at = (char *)row + field->at;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "attributes of rows cannot be deleted");
        return -1;
    }
    if (field->kind == ADDRESS)
        return set_address(at, value);
    if (field->kind == OBJECT) {
        PyObject *old = *(PyObject **)at;
        Py_INCREF(value);
        *(PyObject **)at = value;
        Py_XDECREF(old);
        return 0;
    }
    if (field->kind == BOOLEAN) {
        const int truth = PyObject_IsTrue(value);
        *(bool *)at = truth > 0;
        return truth < 0 ? -1 : 0;
    }
    const uint64_t number = PyLong_AsUnsignedLongLongMask(value); /* of larger ones the low bits are kept */
    if (number == UINT64_MAX && PyErr_Occurred())
        return -1;
    *(uint64_t *)at = number;
    return 0;
}

#define FIELD(Row, name, kind) {#name, get, set, NULL, &(Field){offsetof(Row, name), kind}},
#define THREAD_OBJECT(name) FIELD(ThreadRow, name, OBJECT)
#define THREAD_INTEGER(name) FIELD(ThreadRow, name, INTEGER)
#define THREAD_NATURAL(name) FIELD(ThreadRow, name, NATURAL)
#define THREAD_BOOLEAN(name) FIELD(ThreadRow, name, BOOLEAN)
#define FD_OBJECT(name) FIELD(FdRow, name, OBJECT)
#define FD_INTEGER(name) FIELD(FdRow, name, INTEGER)
#define FD_NATURAL(name) FIELD(FdRow, name, NATURAL)
#define FD_BOOLEAN(name) FIELD(FdRow, name, BOOLEAN)
#define GROUP_OBJECT(name) FIELD(GroupRow, name, OBJECT)
#define GROUP_INTEGER(name) FIELD(GroupRow, name, INTEGER)
#define GROUP_BOOLEAN(name) FIELD(GroupRow, name, BOOLEAN)
static PyGetSetDef thread_fields[] = {
    THREAD_FIELDS(THREAD_OBJECT, THREAD_INTEGER, THREAD_NATURAL, THREAD_BOOLEAN){NULL, NULL, NULL, NULL, NULL}};
static PyGetSetDef fd_fields[] = {
    FD_FIELDS(FD_OBJECT, FD_INTEGER, FD_NATURAL, FD_BOOLEAN) FIELD(FdRow, sock, ADDRESS){NULL, NULL, NULL, NULL, NULL}};
/* as fd_fields, and as further numbers 8 bytes at some places of the address record (little-endian) */
#define FD_WORD(begin) {"sock_" #begin, NULL, NULL, NULL, &(Field){offsetof(FdRow, sock) + begin, NATURAL}},
static const PyGetSetDef fd_readable[] = {FD_FIELDS(FD_OBJECT, FD_INTEGER, FD_NATURAL, FD_BOOLEAN) FIELD(FdRow, sock, ADDRESS)
                                              FD_WORD(0) FD_WORD(8) FD_WORD(16) FD_WORD(32){NULL, NULL, NULL, NULL, NULL}};
static PyGetSetDef group_fields[] = {
    GROUP_FIELDS(GROUP_OBJECT, GROUP_INTEGER, NO_FIELD, GROUP_BOOLEAN){NULL, NULL, NULL, NULL, NULL}};

/* --- attributes of many rows --- */

enum { MOST_NAMES = 16 };

typedef struct {
    const PyGetSetDef *fields[MOST_NAMES];
    Py_ssize_t n;
} Reads;

/* The fields of rows of a type with the given names; false with an exception. */
static bool take_names(PyObject *names, const PyGetSetDef *fields, Reads *reads)
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
        const PyGetSetDef *field = fields;
        while (field->name != NULL && strcmp(field->name, name) != 0)
            field++;
        if (field->name == NULL) {
            PyErr_Format(PyExc_AttributeError, "recall: rows have no %s", name);
            return false;
        }
        reads->fields[i] = field;
    }
    return true;
}

/* What some attributes of a row are: one value, or a tuple of them; new. */
static PyObject *key_of(PyObject *row, const Reads *reads)
{
    if (reads->n == 1)
        return get(row, reads->fields[0]->closure);
    PyObject *out = PyTuple_New(reads->n);
    for (Py_ssize_t i = 0; out != NULL && i < reads->n; i++) {
        PyObject *value = get(row, reads->fields[i]->closure);
        if (value == NULL || PyTuple_SetItem(out, i, value) < 0)
            Py_CLEAR(out);
    }
    return out;
}

/* The value of a key, worked out if it is new; new. */
static PyObject *recalled(PyObject *memo, PyObject *key, PyObject *make, int64_t number)
{
    PyObject *value = PyDict_GetItemWithError(memo, key);
    if (value != NULL || PyErr_Occurred()) {
        Py_XINCREF(value);
        return value;
    }
    value = PyObject_CallFunction(make, "L", (long long)number);
    if (value != NULL && PyDict_SetItem(memo, key, value) < 0)
        Py_CLEAR(value);
    return value;
}

/* The row of a number in a list, of a class at least; borrowed, NULL with an exception. */
static PyObject *row_at(PyObject *class, PyObject *rows, int64_t number)
{
    PyObject *row = number >= 0 ? PyList_GetItem(rows, (Py_ssize_t)number) : NULL;
    if (row != NULL && PyObject_TypeCheck(row, (PyTypeObject *)class))
        return row;
    if (!PyErr_Occurred())
        PyErr_SetString(row != NULL ? PyExc_TypeError : PyExc_IndexError, "a row that is none");
    return NULL;
}

/* See RECALL. */
static PyObject *recall(PyObject *class, PyObject *const *items, Py_ssize_t count, const PyGetSetDef *fields)
{
    Arguments a = arguments_of("recall", items, count);
    PyObject *rows = object(&a);
    I64In numbers = i64_in(&a, 0);
    PyObject *names = object(&a), *memo = object(&a), *make = object(&a);
    if (!arguments_taken(&a))
        return NULL;
    Reads reads;
    PyObject *out = NULL;
    if (!PyList_Check(rows) || !PyDict_Check(memo))
        PyErr_SetString(PyExc_TypeError, "recall: a list and a dictionary are needed");
    else if (take_names(names, fields, &reads))
        out = PyList_New(numbers.n);
    for (Py_ssize_t i = 0; out != NULL && i < numbers.n; i++) {
        PyObject *row = row_at(class, rows, numbers.at[i]);
        PyObject *key = row != NULL ? key_of(row, &reads) : NULL;
        PyObject *value = key != NULL ? recalled(memo, key, make, numbers.at[i]) : NULL;
        if (value == NULL || PyList_SetItem(out, i, value) < 0)
            Py_CLEAR(out);
        Py_XDECREF(key);
    }
    arguments_done(&a);
    return out;
}

/* See NUMBERS. */
static PyObject *numbers_of(PyObject *class, PyObject *const *items, Py_ssize_t count, const PyGetSetDef *fields)
{
    Arguments a = arguments_of("numbers", items, count);
    PyObject *rows = object(&a);
    I64In numbers = i64_in(&a, 0);
    PyObject *names = object(&a);
    I64Out out = i64_out(&a, numbers.n);
    if (!arguments_taken(&a))
        return NULL;
    Reads reads;
    bool good = PyList_Check(rows) && take_names(names, fields, &reads);
    const Field *field = good ? reads.fields[0]->closure : NULL;
    if (good && field->kind != INTEGER && field->kind != NATURAL && field->kind != BOOLEAN)
        good = false;
    if (!good && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "numbers: a list and the name of a number are needed");
    for (Py_ssize_t i = 0; good && i < numbers.n; i++) {
        const uint8_t *row = (const uint8_t *)row_at(class, rows, numbers.at[i]);
        good = row != NULL;
        if (good)
            out.at[i] = field->kind == BOOLEAN ? *(const bool *)(row + field->at) : load_i64(row + field->at);
    }
    arguments_done(&a);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

/* A text that rows have, and its code: versions of a row share their texts. */
typedef struct {
    const PyObject *text; /* its row holds it as long as nothing but this function runs */
    int32_t code;
} Coded;

enum { CODED = 256 };

/* See CODES. */
static PyObject *codes_of(PyObject *class, PyObject *const *items, Py_ssize_t count, const PyGetSetDef *fields)
{
    Arguments a = arguments_of("codes", items, count);
    PyObject *rows = object(&a);
    I64In numbers = i64_in(&a, 0);
    PyObject *names = object(&a);
    const bool any = integer(&a, 0, 1);
    PyObject *known = object(&a), *every = object(&a);
    I32Out out = i32_out(&a, numbers.n);
    if (!arguments_taken(&a))
        return NULL;
    Reads reads;
    bool good = PyList_Check(rows) && PyDict_Check(known) && PyList_Check(every) && take_names(names, fields, &reads);
    const Field *field = good ? reads.fields[0]->closure : NULL;
    good = good && field->kind == OBJECT;
    if (!good && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "codes: lists, a dictionary and the name of a text are needed");
    Coded coded[CODED] = {{NULL, 0}};
    for (Py_ssize_t i = 0; good && i < numbers.n; i++) {
        const char *row = (const char *)row_at(class, rows, numbers.at[i]);
        good = row != NULL;
        PyObject *text = good ? *(PyObject *const *)(row + field->at) : NULL;
        Coded *place = &coded[(uintptr_t)text / sizeof(PyObject) % CODED];
        if (text != NULL && place->text == text) {
            out.at[i] = place->code;
        } else if (text != NULL && PyUnicode_CheckExact(text) && (any || is_plain(text))) {
            out.at[i] = code_of(known, every, text);
            good = out.at[i] >= 0;
            *place = (Coded){text, out.at[i]};
        } else {
            out.at[i] = -2;
        }
    }
    arguments_done(&a);
    if (good)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_OverflowError, "codes: too many values");
    return NULL;
}

/* The rows of a list are no news any more. */
static PyObject *settle(PyObject *class, PyObject *const *items, Py_ssize_t count, Py_ssize_t where)
{
    Arguments a = arguments_of("settle", items, count);
    PyObject *rows = object(&a);
    const Py_ssize_t begin = (Py_ssize_t)integer(&a, 0, PY_SSIZE_T_MAX);
    if (!arguments_taken(&a))
        return NULL;
    const Py_ssize_t n = PyList_Check(rows) ? PyList_Size(rows) : -1;
    bool good = n >= 0;
    for (Py_ssize_t i = begin; good && i < n; i++) {
        PyObject *row = PyList_GetItem(rows, i);
        good = row != NULL && PyObject_TypeCheck(row, (PyTypeObject *)class);
        if (good)
            *(int64_t *)((char *)row + where) = -1;
    }
    arguments_done(&a);
    if (good)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "settle: a list of rows is needed");
    return NULL;
}

/* See USED. */
static PyObject *fd_used(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    Arguments a = arguments_of("used", items, count);
    PyObject *tables = object(&a);
    BoolOut marks = bool_out(&a, 0);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t found = 0;
    bool good = PyList_Check(tables);
    for (Py_ssize_t i = 0; good && i < PyList_Size(tables); i++) {
        PyObject *table = PyList_GetItem(tables, i), *fd, *row;
        Py_ssize_t at = 0;
        good = table == Py_None || PyDict_Check(table);
        while (good && table != Py_None && PyDict_Next(table, &at, &fd, &row)) {
            const int64_t number = PyObject_TypeCheck(row, (PyTypeObject *)class) ? ((FdRow *)row)->row : -1;
            good = number >= 0 && number < marks.n;
            if (good) {
                found += !marks.at[number];
                marks.at[number] = 1;
            }
        }
    }
    arguments_done(&a);
    if (good)
        return PyLong_FromSsize_t(found);
    PyErr_SetString(PyExc_TypeError, "used: tables of rows are needed");
    return NULL;
}

/* See NUMBERED. */
static PyObject *fd_numbered(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    Arguments a = arguments_of("numbered", items, count);
    PyObject *rows = object(&a);
    if (!arguments_taken(&a))
        return NULL;
    const Py_ssize_t n = PyList_Check(rows) ? PyList_Size(rows) : -1;
    bool good = n >= 0;
    for (Py_ssize_t i = 0; good && i < n; i++) {
        PyObject *row = row_at(class, rows, i);
        good = row != NULL;
        if (good)
            ((FdRow *)row)->row = i;
    }
    arguments_done(&a);
    if (good)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "numbered: a list of rows is needed");
    return NULL;
}

static PyObject *thread_settle(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return settle(class, items, count, offsetof(ThreadRow, where));
}

static PyObject *fd_settle(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return settle(class, items, count, offsetof(FdRow, where));
}

static PyObject *thread_numbers(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return numbers_of(class, items, count, thread_fields);
}

static PyObject *thread_codes(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return codes_of(class, items, count, thread_fields);
}

static PyObject *thread_recall(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return recall(class, items, count, thread_fields);
}

static PyObject *fd_numbers(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return numbers_of(class, items, count, fd_readable);
}

static PyObject *fd_codes(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return codes_of(class, items, count, fd_fields);
}

static PyObject *fd_recall(PyObject *class, PyObject *const *items, Py_ssize_t count)
{
    return recall(class, items, count, fd_fields);
}

#define RECALL                                                                                                                   \
    "recall(rows, numbers, names, memo, make) -> list\n\n"                                                                       \
    "make(number) for each of the rows with these numbers; once for those whose attributes of these names are the same."
#define NUMBERS                                                                                                                  \
    "numbers(rows, numbers, names, out)\n\nThe attribute, one of numbers, of the rows with these numbers; of naturals the same bits."
#define CODES                                                                                                                    \
    "codes(rows, numbers, names, any, known, every, out)\n\n"                                                                    \
    "The codes (see the function of that name) of the attribute of the rows with these numbers, if it is text of printable ASCII\n" \
    "(any: any text); -2 if it is not."
#define USED "used(tables, marks) -> count: mark the numbers of the rows that tables have."
#define NUMBERED "numbered(rows): the number of each is where it stands."
#define SETTLE "settle(rows, begin): `where` of those from `begin` on becomes -1."

static PyMethodDef thread_methods[] = {
    {"copy", thread_copy, METH_NOARGS, PyDoc_STR("A new version to be altered.")},
    {"codes", (PyCFunction)(void (*)(void))thread_codes, METH_FASTCALL | METH_CLASS, PyDoc_STR(CODES)},
    {"numbers", (PyCFunction)(void (*)(void))thread_numbers, METH_FASTCALL | METH_CLASS, PyDoc_STR(NUMBERS)},
    {"recall", (PyCFunction)(void (*)(void))thread_recall, METH_FASTCALL | METH_CLASS, PyDoc_STR(RECALL)},
    {"settle", (PyCFunction)(void (*)(void))thread_settle, METH_FASTCALL | METH_CLASS, PyDoc_STR(SETTLE)},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef fd_methods[] = {
    {"copy", fd_copy, METH_NOARGS, PyDoc_STR("A new version to be altered.")},
    {"codes", (PyCFunction)(void (*)(void))fd_codes, METH_FASTCALL | METH_CLASS, PyDoc_STR(CODES)},
    {"numbers", (PyCFunction)(void (*)(void))fd_numbers, METH_FASTCALL | METH_CLASS, PyDoc_STR(NUMBERS)},
    {"recall", (PyCFunction)(void (*)(void))fd_recall, METH_FASTCALL | METH_CLASS, PyDoc_STR(RECALL)},
    {"used", (PyCFunction)(void (*)(void))fd_used, METH_FASTCALL | METH_CLASS, PyDoc_STR(USED)},
    {"numbered", (PyCFunction)(void (*)(void))fd_numbered, METH_FASTCALL | METH_CLASS, PyDoc_STR(NUMBERED)},
    {"settle", (PyCFunction)(void (*)(void))fd_settle, METH_FASTCALL | METH_CLASS, PyDoc_STR(SETTLE)},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot thread_slots[] = {
    {Py_tp_dealloc, (void *)release_thread}, {Py_tp_getset, thread_fields}, {Py_tp_methods, thread_methods}, {0, NULL}};
static PyType_Slot fd_slots[] = {
    {Py_tp_dealloc, (void *)release_fd}, {Py_tp_getset, fd_fields}, {Py_tp_methods, fd_methods}, {0, NULL}};
static PyType_Slot group_slots[] = {{Py_tp_dealloc, (void *)release_group}, {Py_tp_getset, group_fields}, {0, NULL}};

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
