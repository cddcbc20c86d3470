/* Parameters of single events, for handlers that look at events one by one. The twin of state/raw.py.
 *
 *     Region(buf, large)                 the bytes of a batch; large: by event type, whether lengths have four bytes
 *     region.event(offset, v1_count)     Params of the encoded event there
 *     region.lists(starts, lens, type)   Params that are there
 *     region.columns(start, length, type).params(j)    those of column j of spans
 *
 * What a Params says of its spans was checked against nothing yet: each read is checked when it is made.
 */
#include "event.h"
#include "module.h"

#include <stddef.h>
#include <structmember.h>

enum { MOST = 63 }; /* parameters of an event: those with more are damaged (events/single.py) */

typedef struct {
    PyObject_HEAD
    Py_buffer buf, large;
} Region;

typedef struct {
    PyObject_HEAD
    Region *region;
    Py_buffer start, length;
    Py_ssize_t rows, columns;
    int type;
} Located;

typedef struct {
    int64_t start, size;
} Span;

typedef struct {
    PyObject_VAR_HEAD
    Region *region;
    int type;
    Py_ssize_t n;
    Span spans[1];
} Params;

/* The type of Params, as a new object of n parameters. */
static Params *new_params(PyObject *owner, Region *region, int type, Py_ssize_t n)
{
    State *state = PyType_GetModuleState(Py_TYPE(owner));
    if (state == NULL)
        return NULL;
    Params *p = PyObject_NewVar(Params, state->params, n);
    if (p == NULL)
        return NULL;
    Py_INCREF((PyObject *)region);
    p->region = region;
    p->type = type;
    p->n = n;
    return p;
}

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* --- Params --- */

static void params_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((Params *)self)->region);
    free_object(self);
}

/* Parameter i of one event: false if there is none, which is not an error. An exception is set for what is no index. */
static bool parameter(const Params *p, PyObject *index, const Span **span)
{
    Py_ssize_t i = PyLong_AsSsize_t(index);
    if (i == -1 && PyErr_Occurred())
        return false;
    if (i < 0 || i >= p->n)
        return false;
    *span = &p->spans[i];
    return true;
}

/* Its bytes; NULL and an exception if they are not in the buffer. */
static const uint8_t *bytes_of(const Params *p, const Span *span)
{
    const int64_t size = p->region->buf.len;
    if (span->start < 0 || span->size < 0 || span->start > size || span->size > size - span->start) {
        PyErr_SetString(PyExc_IndexError, "a parameter is not in the buffer");
        return NULL;
    }
    return (const uint8_t *)p->region->buf.buf + span->start;
}

/* An integer of `most` bytes, or any fewer if `any`; 0 if there is none of that size. False: an exception is set. */
static bool number(PyObject *self, PyObject *index, bool any, uint64_t *value)
{
    const Params *p = (const Params *)self;
    const Span *span;
    *value = 0;
    if (!parameter(p, index, &span))
        return PyErr_Occurred() == NULL;
    if (any ? span->size > 8 || span->size < 0 : span->size != 8)
        return true;
    const uint8_t *at = bytes_of(p, span);
    if (at == NULL)
        return false;
    memcpy(value, at, (size_t)span->size);
    return true;
}

static PyObject *params_i64(PyObject *self, PyObject *index)
{
    uint64_t value;
    return number(self, index, false, &value) ? PyLong_FromLongLong((long long)value) : NULL;
}

static PyObject *params_u64(PyObject *self, PyObject *index)
{
    uint64_t value;
    return number(self, index, false, &value) ? PyLong_FromUnsignedLongLong(value) : NULL;
}

static PyObject *params_uint(PyObject *self, PyObject *index)
{
    uint64_t value;
    return number(self, index, true, &value) ? PyLong_FromUnsignedLongLong(value) : NULL;
}

static PyObject *params_size(PyObject *self, PyObject *index)
{
    const Span *span;
    if (parameter((const Params *)self, index, &span))
        return PyLong_FromLongLong(span->size);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(0);
}

/* The bytes of a parameter, none if it is absent. False: an exception is set. */
static bool content(PyObject *self, PyObject *index, const char **at, Py_ssize_t *size)
{
    const Params *p = (const Params *)self;
    const Span *span;
    *at = "";
    *size = 0;
    if (!parameter(p, index, &span) || span->size < 0)
        return PyErr_Occurred() == NULL;
    const uint8_t *found = bytes_of(p, span);
    if (found == NULL)
        return false;
    *at = (const char *)found;
    *size = (Py_ssize_t)span->size;
    return true;
}

static PyObject *params_text(PyObject *self, PyObject *index)
{
    const char *at;
    Py_ssize_t size;
    if (!content(self, index, &at, &size))
        return NULL;
    const char *end = memchr(at, 0, (size_t)size);
    return PyUnicode_DecodeLatin1(at, end == NULL ? size : end - at, NULL);
}

static PyObject *params_data(PyObject *self, PyObject *index)
{
    const char *at;
    Py_ssize_t size;
    return content(self, index, &at, &size) ? PyBytes_FromStringAndSize(at, size) : NULL;
}

static PyObject *params_texts(PyObject *self, PyObject *index)
{
    const char *at;
    Py_ssize_t size;
    if (!content(self, index, &at, &size))
        return NULL;
    if (!size)
        return PyTuple_New(0);
    if (at[size - 1] == 0)
        size--;
    PyObject *items = PyList_New(0);
    if (items == NULL)
        return NULL;
    for (;;) { /* ends with the last item: each round takes one off */
        const char *end = memchr(at, 0, (size_t)size);
        Py_ssize_t length = end == NULL ? size : end - at;
        PyObject *item = PyUnicode_DecodeLatin1(at, length, NULL);
        if (item == NULL || PyList_Append(items, item) < 0) {
            Py_XDECREF(item);
            Py_DECREF(items);
            return NULL;
        }
        Py_DECREF(item);
        if (end == NULL)
            break;
        at += length + 1;
        size -= length + 1;
    }
    PyObject *out = PyList_AsTuple(items);
    Py_DECREF(items);
    return out;
}

static PyMethodDef params_methods[] = {
    {"i64", params_i64, METH_O, PyDoc_STR("Signed 64-bit value.")},
    {"u64", params_u64, METH_O, PyDoc_STR("Unsigned 64-bit value.")},
    {"uint", params_uint, METH_O, PyDoc_STR("Unsigned value of whatever width was recorded.")},
    {"size", params_size, METH_O, PyDoc_STR("Length in bytes, 0 if absent.")},
    {"text", params_text, METH_O, PyDoc_STR("Byte text up to the first NUL.")},
    {"data", params_data, METH_O, PyDoc_STR("Raw bytes.")},
    {"texts", params_texts, METH_O, PyDoc_STR("NUL-separated byte text items.")},
    END_OF_FUNCTIONS,
};

static PyMemberDef params_members[] = {
    {"n", T_PYSSIZET, offsetof(Params, n), READONLY, PyDoc_STR("How many there are.")},
    {"type", T_INT, offsetof(Params, type), READONLY, PyDoc_STR("The event's type.")},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot params_slots[] = {
    {Py_tp_dealloc, params_dealloc},
    {Py_tp_methods, params_methods},
    {Py_tp_members, params_members},
    {0, NULL},
};

static PyType_Spec params_spec = {
    .name = "pysysdig._native.Params",
    .basicsize = offsetof(Params, spans),
    .itemsize = sizeof(Span),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = params_slots,
};

/* --- Located --- */

static void located_dealloc(PyObject *self)
{
    Located *l = (Located *)self;
    PyBuffer_Release(&l->start);
    PyBuffer_Release(&l->length);
    Py_DECREF((PyObject *)l->region);
    free_object(self);
}

static PyObject *located_params(PyObject *self, PyObject *index)
{
    Located *l = (Located *)self;
    Py_ssize_t j = PyLong_AsSsize_t(index);
    if (j == -1 && PyErr_Occurred())
        return NULL;
    if (j < 0 || j >= l->columns)
        return PyErr_Format(PyExc_IndexError, "there is no column %zd", j);
    Params *p = new_params(self, l->region, l->type, l->rows);
    if (p == NULL)
        return NULL;
    const int64_t *start = l->start.buf, *length = l->length.buf;
    for (Py_ssize_t i = 0; i < l->rows; i++)
        p->spans[i] = (Span){start[i * l->columns + j], length[i * l->columns + j]};
    return (PyObject *)p;
}

static PyMethodDef located_methods[] = {
    {"params", located_params, METH_O, PyDoc_STR("The parameters of one column.")},
    END_OF_FUNCTIONS,
};

static PyType_Slot located_slots[] = {
    {Py_tp_dealloc, located_dealloc},
    {Py_tp_methods, located_methods},
    {0, NULL},
};

static PyType_Spec located_spec = {
    .name = "pysysdig._native.Located",
    .basicsize = sizeof(Located),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = located_slots,
};

/* --- Region --- */

static PyObject *region_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *buf, *large;
    if (keywords != NULL || !PyArg_ParseTuple(args, "OO:Region", &buf, &large))
        return keywords == NULL ? NULL : PyErr_Format(PyExc_TypeError, "Region takes no keywords");
    Region *region = PyObject_New(Region, type);
    if (region == NULL)
        return NULL;
    region->buf.obj = region->large.obj = NULL; /* nothing to be released yet */
    if (PyObject_GetBuffer(buf, &region->buf, PyBUF_SIMPLE) < 0 || PyObject_GetBuffer(large, &region->large, PyBUF_SIMPLE) < 0) {
        Py_DECREF((PyObject *)region);
        return NULL;
    }
    return (PyObject *)region;
}

static void region_dealloc(PyObject *self)
{
    PyBuffer_Release(&((Region *)self)->buf);
    PyBuffer_Release(&((Region *)self)->large);
    free_object(self);
}

static PyObject *region_event(PyObject *self, PyObject *const *items, Py_ssize_t given)
{
    Region *region = (Region *)self;
    Arguments a = arguments_of("event", items, given);
    int64_t offset = integer(&a, 0, INT64_MAX / 2);
    int64_t count = integer(&a, -1, MOST);
    if (!arguments_taken(&a))
        return NULL;
    const int64_t header = count < 0 ? EVENT_HEADER_V2 : EVENT_HEADER_V1;
    const int64_t size = region->buf.len;
    if (size < header || offset > size - header)
        return PyErr_Format(PyExc_IndexError, "the event is not in the buffer");
    const uint8_t *event = (const uint8_t *)region->buf.buf + offset;
    const uint32_t length = load_u32(event + EVENT_LENGTH);
    const uint16_t type = load_u16(event + EVENT_TYPE);
    if (count < 0)
        count = load_u32(event + EVENT_COUNT);
    const int width = type < region->large.len && ((const uint8_t *)region->large.buf)[type] ? 4 : 2;
    if (count > MOST || header + count * width > length)
        return (PyObject *)new_params(self, region, type, 0);
    if (count * width > size - offset - header)
        return PyErr_Format(PyExc_IndexError, "the event is not in the buffer");
    Params *p = new_params(self, region, type, (Py_ssize_t)count);
    if (p == NULL)
        return NULL;
    int64_t at = offset + header + count * width;
    for (int64_t i = 0; i < count; i++) {
        p->spans[i] = (Span){at, parameter_size(event + header + i * width, width)};
        at += p->spans[i].size;
    }
    if (at > offset + length)
        p->n = 0;
    return (PyObject *)p;
}

static PyObject *region_lists(PyObject *self, PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("lists", items, given);
    PyObject *starts = object(&a), *sizes = object(&a);
    int type = (int)integer(&a, -1, 65535);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t n = PySequence_Size(sizes);
    if (n < 0)
        return NULL;
    if (n > MOST)
        return PyErr_Format(PyExc_ValueError, "an event has no %zd parameters", n);
    Params *p = new_params(self, (Region *)self, type, n);
    if (p == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *start = PySequence_GetItem(starts, i), *size = PySequence_GetItem(sizes, i);
        if (start != NULL && size != NULL)
            p->spans[i] = (Span){PyLong_AsLongLong(start), PyLong_AsLongLong(size)};
        Py_XDECREF(start);
        Py_XDECREF(size);
        if (PyErr_Occurred()) {
            Py_DECREF((PyObject *)p);
            return NULL;
        }
    }
    return (PyObject *)p;
}

static PyObject *region_columns(PyObject *self, PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("columns", items, given);
    PyObject *start = object(&a), *length = object(&a);
    int type = (int)integer(&a, -1, 65535);
    if (!arguments_taken(&a))
        return NULL;
    State *state = PyType_GetModuleState(Py_TYPE(self));
    Located *l = state == NULL ? NULL : PyObject_New(Located, state->located);
    if (l == NULL)
        return NULL;
    Py_INCREF(self);
    l->region = (Region *)self;
    l->type = type;
    l->start.obj = l->length.obj = NULL;
    if (PyObject_GetBuffer(start, &l->start, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0 ||
        PyObject_GetBuffer(length, &l->length, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        goto failed;
    if (l->start.ndim != 2 || l->length.ndim != 2 || l->start.itemsize != 8 || l->length.itemsize != 8 ||
        !is_kind(l->start.format, 'i') || !is_kind(l->length.format, 'i') || l->start.shape[0] != l->length.shape[0] ||
        l->start.shape[1] != l->length.shape[1] || l->start.shape[0] > MOST || (uintptr_t)l->start.buf % 8 ||
        (uintptr_t)l->length.buf % 8) {
        PyErr_SetString(PyExc_ValueError, "columns: start and length are to be two tables of int64 of one shape");
        goto failed;
    }
    l->rows = l->start.shape[0];
    l->columns = l->start.shape[1];
    return (PyObject *)l;
failed:
    Py_DECREF((PyObject *)l);
    return NULL;
}

static PyMethodDef region_methods[] = {
    {"event", (PyCFunction)(void (*)(void))region_event, METH_FASTCALL, PyDoc_STR("event(offset, v1_count) -> Params")},
    {"lists", (PyCFunction)(void (*)(void))region_lists, METH_FASTCALL, PyDoc_STR("lists(starts, lens, type) -> Params")},
    {"columns", (PyCFunction)(void (*)(void))region_columns, METH_FASTCALL, PyDoc_STR("columns(start, length, type) -> Located")},
    END_OF_FUNCTIONS,
};

static PyType_Slot region_slots[] = {
    {Py_tp_new, region_new},
    {Py_tp_dealloc, region_dealloc},
    {Py_tp_methods, region_methods},
    {0, NULL},
};

static PyType_Spec region_spec = {
    .name = "pysysdig._native.Region",
    .basicsize = sizeof(Region),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = region_slots,
};

int add_params(PyObject *module, State *state)
{
    state->params = (PyTypeObject *)PyType_FromModuleAndSpec(module, &params_spec, NULL);
    state->located = (PyTypeObject *)PyType_FromModuleAndSpec(module, &located_spec, NULL);
    PyTypeObject *region = (PyTypeObject *)PyType_FromModuleAndSpec(module, &region_spec, NULL);
    int done = state->params == NULL || state->located == NULL || region == NULL ? -1 : PyModule_AddType(module, region);
    Py_XDECREF((PyObject *)region);
    return done;
}
