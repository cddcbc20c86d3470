/* Changes of descriptor tables, many at once. See state/tap.py. */
#include "module.h"

/* picked(items, numbers) -> list */
static PyObject *picked(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("picked", items, given);
    PyObject *list = object(&a);
    const I64In numbers = i64_in(&a, 0);
    if (!arguments_taken(&a))
        return NULL;
    PyObject *out = NULL;
    if (!PyList_Check(list))
        PyErr_SetString(PyExc_TypeError, "picked: a list is needed");
    else
        out = PyList_New(numbers.n);
    for (Py_ssize_t i = 0; out != NULL && i < numbers.n; i++) {
        PyObject *item = numbers.at[i] < 0 ? Py_None : PyList_GetItem(list, (Py_ssize_t)numbers.at[i]);
        Py_XINCREF(item);
        if (item == NULL || PyList_SetItem(out, i, item) < 0)
            Py_CLEAR(out);
    }
    arguments_done(&a);
    return out;
}

/* The table of a number; borrowed; NULL without one that there is. make: it is made then. */
static PyObject *table_of(PyObject *tables, int64_t number, bool make)
{
    PyObject *key = PyLong_FromLongLong(number);
    PyObject *table = key == NULL ? NULL : PyDict_GetItemWithError(tables, key);
    if (table == NULL && make && !PyErr_Occurred()) {
        table = PyDict_New();
        if (table != NULL && PyDict_SetItem(tables, key, table) < 0)
            Py_CLEAR(table);
        Py_XDECREF(table); /* the dictionary has it */
    }
    Py_XDECREF(key);
    if (table != NULL && !PyDict_Check(table)) {
        PyErr_SetString(PyExc_TypeError, "put_changes: tables are to be dictionaries");
        return NULL;
    }
    return table;
}

/* Set or remove an item of a table. */
static bool change(PyObject *table, int64_t number, PyObject *version)
{
    PyObject *key = PyLong_FromLongLong(number);
    if (key == NULL)
        return false;
    int done = 0;
    if (version != Py_None)
        done = PyDict_SetItem(table, key, version);
    else if (PyDict_GetItemWithError(table, key) != NULL)
        done = PyDict_DelItem(table, key);
    Py_DECREF(key);
    return done == 0 && !PyErr_Occurred();
}

/* put_changes(tables, files, fds, seqs, versions, end) -> None */
static PyObject *put_changes(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("put_changes", items, given);
    PyObject *tables = object(&a);
    const I64In files = i64_in(&a, 0);
    const I64In fds = i64_in(&a, files.n);
    const I64In seqs = i64_in(&a, files.n);
    PyObject *versions = object(&a);
    const int64_t end = integer(&a, 0, INT64_MAX);
    if (!arguments_taken(&a))
        return NULL;
    if (!PyDict_Check(tables) || !PyList_Check(versions))
        PyErr_SetString(PyExc_TypeError, "put_changes: a dictionary and a list are needed");
    for (Py_ssize_t i = 0; !PyErr_Occurred() && i < files.n; i++) {
        if (seqs.at[i] >= end)
            continue;
        PyObject *version = PyList_GetItem(versions, i);
        PyObject *table = version == NULL ? NULL : table_of(tables, files.at[i], version != Py_None);
        if (table != NULL && !change(table, fds.at[i], version))
            break;
    }
    arguments_done(&a);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

PyMethodDef changes_functions[] = {
    FUNCTION(picked, "picked(items, numbers) -> list\n\nThe items with these numbers; None for negative ones."),
    FUNCTION(put_changes,
             "put_changes(tables, files, fds, seqs, versions, end) -> None\n\n"
             "tables[file][fd] = version, or without it if that is None, for each change with a number below `end`."),
    END_OF_FUNCTIONS,
};
