/* See arguments.h. */
#include "arguments.h"

#include <string.h>

Arguments arguments_of(const char *function, PyObject *const *items, Py_ssize_t count)
{
    Arguments a;
    a.function = function;
    a.items = items;
    a.count = count;
    a.next = 0;
    a.held = 0;
    a.failed = false;
    return a;
}

void arguments_done(Arguments *a)
{
    while (a->held)
        PyBuffer_Release(&a->buffers[--a->held]);
}

bool arguments_taken(Arguments *a)
{
    if (!a->failed && a->next != a->count) {
        PyErr_Format(PyExc_TypeError, "%s: %zd arguments, not %zd", a->function, a->next, a->count);
        a->failed = true;
    }
    if (a->failed)
        arguments_done(a);
    return !a->failed;
}

PyObject *object(Arguments *a)
{
    if (a->failed)
        return NULL;
    if (a->next >= a->count) {
        PyErr_Format(PyExc_TypeError, "%s: more arguments than %zd are needed", a->function, a->count);
        a->failed = true;
        return NULL;
    }
    return a->items[a->next++];
}

int64_t integer(Arguments *a, int64_t low, int64_t high)
{
    PyObject *item = object(a);
    if (item == NULL)
        return low;
    long long value = PyLong_AsLongLong(item);
    if (value == -1 && PyErr_Occurred()) {
        a->failed = true;
        return low;
    }
    if (value < low || value > high) {
        PyErr_Format(PyExc_ValueError, "%s: argument %zd: %lld is out of range", a->function, a->next, value);
        a->failed = true;
        return low;
    }
    return value;
}

bool is_kind(const char *format, char kind)
{
    const char *codes = kind == 'b' ? "?" : kind == 'u' ? "BHILQ" : "bhilq";
    if (format == NULL)
        return kind == 'u';
    return format[0] != '\0' && format[1] == '\0' && strchr(codes, format[0]) != NULL;
}

/* The items of the next argument, a contiguous array of numbers; NULL if it is none. */
static void *array(Arguments *a, char kind, size_t size, bool writable, Py_ssize_t least, Py_ssize_t *n)
{
    *n = 0;
    PyObject *item = object(a);
    if (item == NULL)
        return NULL;
    a->failed = true;
    if (a->held == MAX_ARRAYS) {
        PyErr_Format(PyExc_TypeError, "%s: more than %d arrays", a->function, MAX_ARRAYS);
        return NULL;
    }
    Py_buffer *buffer = &a->buffers[a->held];
    if (PyObject_GetBuffer(item, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0)) < 0)
        return NULL;
    a->held++;
    const char *wrong = NULL;
    if (buffer->itemsize != (Py_ssize_t)size || !is_kind(buffer->format, kind))
        wrong = "is of another type";
    else if (buffer->len && (uintptr_t)buffer->buf % size != 0)
        wrong = "is not aligned";
    else if (buffer->len / (Py_ssize_t)size < least)
        wrong = "is too short";
    if (wrong != NULL) {
        PyErr_Format(PyExc_ValueError, "%s: argument %zd %s", a->function, a->next, wrong);
        return NULL;
    }
    a->failed = false;
    *n = buffer->len / (Py_ssize_t)size;
    return buffer->buf;
}

#define ARRAY_ARGUMENT_BODY(Name, prefix, type, kind)                                                                            \
    Name##In prefix##_in(Arguments *a, Py_ssize_t least)                                                                         \
    {                                                                                                                            \
        Name##In out;                                                                                                            \
        out.at = array(a, kind, sizeof(type), false, least, &out.n);                                                             \
        return out;                                                                                                              \
    }                                                                                                                            \
    Name##Out prefix##_out(Arguments *a, Py_ssize_t least)                                                                       \
    {                                                                                                                            \
        Name##Out out;                                                                                                           \
        out.at = array(a, kind, sizeof(type), true, least, &out.n);                                                              \
        return out;                                                                                                              \
    }

ARRAY_ARGUMENT_BODY(Bool, bool, uint8_t, 'b')
ARRAY_ARGUMENT_BODY(U8, u8, uint8_t, 'u')
ARRAY_ARGUMENT_BODY(U16, u16, uint16_t, 'u')
ARRAY_ARGUMENT_BODY(U32, u32, uint32_t, 'u')
ARRAY_ARGUMENT_BODY(U64, u64, uint64_t, 'u')
ARRAY_ARGUMENT_BODY(I32, i32, int32_t, 'i')
ARRAY_ARGUMENT_BODY(I64, i64, int64_t, 'i')
