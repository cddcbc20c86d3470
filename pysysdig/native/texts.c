/* Text objects: codes of many at once, and which are not plain. The twin of events/column.py, Dictionary, and of events/text.py. */
#include "texts.h"

#include "loads.h"

bool is_plain(PyObject *text)
{
    Py_ssize_t n;
    const char *at = PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &n) : NULL;
    if (at == NULL) {
        PyErr_Clear();
        return false;
    }
    const uint64_t every = 0x0101010101010101u;
    Py_ssize_t i = 0;
    for (; i + 8 <= n; i += 8) { /* below 0x20, or above 0x7e: a byte's highest bit tells */
        const uint64_t word = load_u64((const uint8_t *)at + i);
        if ((((word - every * 0x20) & ~word) | (word + every) | word) & every * 0x80)
            return false;
    }
    for (; i < n; i++)
        if (at[i] < 0x20 || at[i] > 0x7e)
            return false;
    return true;
}

int32_t code_of(PyObject *known, PyObject *every, PyObject *value)
{
    PyObject *code = PyDict_GetItemWithError(known, value);
    if (code != NULL)
        return (int32_t)PyLong_AsLong(code);
    const Py_ssize_t fresh = PyErr_Occurred() ? -1 : PyList_Size(every);
    if (fresh < 0 || fresh > INT32_MAX - 2)
        return -1;
    code = PyLong_FromSsize_t(fresh);
    const bool kept = code != NULL && PyDict_SetItem(known, value, code) == 0 && PyList_Append(every, value) == 0;
    Py_XDECREF(code);
    return kept ? (int32_t)fresh : -1;
}

/* codes(values, known, every, out) -> None */
static PyObject *codes(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("codes", items, given);
    PyObject *values = object(&a), *known = object(&a), *every = object(&a);
    const Py_ssize_t n = values != NULL && PyList_Check(values) ? PyList_Size(values) : 0;
    I32Out out = i32_out(&a, n);
    if (!arguments_taken(&a))
        return NULL;
    if (!PyList_Check(values) || !PyDict_Check(known) || !PyList_Check(every))
        PyErr_SetString(PyExc_TypeError, "codes: two lists and a dictionary are needed");
    for (Py_ssize_t i = 0; !PyErr_Occurred() && i < n && i < PyList_Size(values); i++) {
        PyObject *value = PyList_GetItem(values, i);
        Py_INCREF(value); /* looking it up may run its own code */
        out.at[i] = value == Py_None ? -1 : code_of(known, every, value);
        Py_DECREF(value);
    }
    arguments_done(&a);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* unusual(texts) -> list */
static PyObject *unusual(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("unusual", items, given);
    PyObject *texts = object(&a);
    if (!arguments_taken(&a))
        return NULL;
    arguments_done(&a);
    if (!PyList_Check(texts)) {
        PyErr_SetString(PyExc_TypeError, "unusual: a list is needed");
        return NULL;
    }
    PyObject *out = PyList_New(0);
    for (Py_ssize_t i = 0; out != NULL && i < PyList_Size(texts); i++) {
        PyObject *text = PyList_GetItem(texts, i);
        if (text == Py_None || is_plain(text))
            continue;
        PyObject *index = PyLong_FromSsize_t(i);
        if (index == NULL || PyList_Append(out, index) < 0)
            Py_CLEAR(out);
        Py_XDECREF(index);
    }
    return out;
}

PyMethodDef texts_functions[] = {
    FUNCTION(codes,
             "codes(values, known, every, out)\n\n"
             "The code of each value, -1 of None; known: value -> code; every: the values in the order of their codes. Both grow."),
    FUNCTION(unusual, "unusual(texts) -> list\n\nIndexes of those that are not None and not printable ASCII."),
    END_OF_FUNCTIONS,
};
