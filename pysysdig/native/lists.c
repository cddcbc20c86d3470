/* Numbers of lists and dictionaries to arrays. */
#include "module.h"

/* integers(items, out) -> None */
static PyObject *integers(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("integers", items, given);
    PyObject *list = object(&a);
    Py_ssize_t n = list != NULL && PyList_Check(list) ? PyList_Size(list) : 0;
    I64Out out = i64_out(&a, n);
    if (!arguments_taken(&a))
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = PyList_GetItem(list, i);
        out.at[i] = item != NULL ? PyLong_AsLongLong(item) : -1;
        if (out.at[i] == -1 && PyErr_Occurred())
            break;
    }
    arguments_done(&a);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* scatter(values, out) -> None; the limits are those of the array's items */
static PyObject *scatter(const char *name, PyObject *const *items, Py_ssize_t given, bool wide)
{
    Arguments a = arguments_of(name, items, given);
    PyObject *values = object(&a), *key, *value;
    I64Out wide_out = {NULL, 0};
    I32Out narrow_out = {NULL, 0};
    if (wide)
        wide_out = i64_out(&a, 0);
    else
        narrow_out = i32_out(&a, 0);
    if (!arguments_taken(&a))
        return NULL;
    const Py_ssize_t n = wide ? wide_out.n : narrow_out.n;
    Py_ssize_t step = 0;
    if (!PyDict_Check(values))
        PyErr_Format(PyExc_TypeError, "%s: a dictionary is needed", name);
    while (!PyErr_Occurred() && PyDict_Next(values, &step, &key, &value)) {
        const Py_ssize_t at = PyLong_AsSsize_t(key);
        const long long what = PyLong_AsLongLong(value);
        if (PyErr_Occurred())
            break;
        if (at < 0 || at >= n || (!wide && (what < INT32_MIN || what > INT32_MAX)))
            PyErr_Format(PyExc_IndexError, "%s: %zd or its value is out of range", name, at);
        else if (wide)
            wide_out.at[at] = what;
        else
            narrow_out.at[at] = (int32_t)what;
    }
    arguments_done(&a);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *scatter_i64(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    return scatter("scatter_i64", items, given, true);
}

static PyObject *scatter_i32(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    return scatter("scatter_i32", items, given, false);
}

PyMethodDef lists_functions[] = {
    FUNCTION(integers, "integers(items, out)\n\nThe numbers of a list to an array of int64."),
    FUNCTION(scatter_i64, "scatter_i64(values, out)\n\nout[key] = value for each of a dictionary of numbers, int64."),
    FUNCTION(scatter_i32, "scatter_i32(values, out)\n\nout[key] = value for each of a dictionary of numbers, int32."),
    END_OF_FUNCTIONS,
};
