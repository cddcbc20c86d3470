/* Where the parameters of an event are. */
#include "event.h"
#include "step.h"

/* The encoded event at an offset of some bytes; one whose table does not fit it has no parameters. */
static int decode(const uint8_t *data, Py_ssize_t size, int64_t at, Params *p)
{
    if (at < 0 || size < EVENT_HEADER_V2 || at > size - EVENT_HEADER_V2)
        return ASK;
    const uint8_t *event = data + at;
    const int64_t length = load_u32(event + EVENT_LENGTH), count = load_u32(event + EVENT_COUNT);
    if (length > size - at)
        return ASK;
    p->type = load_u16(event + EVENT_TYPE);
    p->data = data;
    p->n = 0;
    if (count > MAX_PARAMS || EVENT_HEADER_V2 + 2 * count > length)
        return DONE;
    int64_t start = at + EVENT_HEADER_V2 + 2 * count;
    for (int i = 0; i < count; i++) {
        p->start[i] = start;
        p->length[i] = load_u16(event + EVENT_HEADER_V2 + 2 * i);
        start += p->length[i];
    }
    if (start <= at + length)
        p->n = (int)count;
    return DONE;
}

/* The same through spans that Python has found. */
static int from_spans(Step *s, int64_t pos, Params *p)
{
    const int type = s->types[pos];
    SpanTable *table = type < EVENT_TYPES ? s->spans[type] : NULL;
    const int64_t column = s->column[pos];
    if (table == NULL || column < 0 || column >= table->columns || table->rows > MAX_PARAMS)
        return ASK;
    p->type = type;
    p->data = s->data;
    p->n = (int)table->rows;
    const int64_t *start = (const int64_t *)table->start.buf + column, *length = (const int64_t *)table->length.buf + column;
    for (int i = 0; i < p->n; i++, start += table->columns, length += table->columns) {
        p->start[i] = *start;
        p->length[i] = *length;
        if (*length < 0 || *start < 0 || *length > s->size || *start > s->size - *length)
            return ASK; /* damaged, or of mixed shapes */
    }
    return DONE;
}

int locate(Step *s, int64_t pos, Params *p)
{
    if (pos < 0 || pos >= s->events)
        return ASK;
    return s->off != NULL ? decode(s->data, s->size, s->off[pos], p) : from_spans(s, pos, p);
}

/* An enter event that was kept, of an earlier batch or (without descriptors) of this one. */
static int locate_kept(Step *s, const Event *e, Params *p, bool *there)
{
    PyObject *kept = looked_up(s->carried, s->slots[e->pos]);
    if (kept == NULL)
        return PyErr_Occurred() ? ASK : DONE;
    char *at;
    Py_ssize_t size;
    PyObject *event = PyTuple_Check(kept) && PyTuple_Size(kept) == 2 ? PyTuple_GetItem(kept, 0) : NULL;
    if (event == NULL || number(PyTuple_GetItem(kept, 1)) != -1 || PyBytes_AsStringAndSize(event, &at, &size) < 0)
        return ASK; /* of an old recorder, whose headers do not count parameters */
    const int done = decode((const uint8_t *)at, size, 0, p);
    *there = done == DONE && (s->with_fds || p->type == e->type - 1);
    return done;
}

int locate_enter(Step *s, const Event *e, Params *p, bool *there)
{
    *there = false;
    if (s->with_fds && !s->valid[e->pos])
        return DONE;
    if (!s->with_fds || s->enter[e->pos] < 0)
        return locate_kept(s, e, p, there);
    *there = true;
    return locate(s, s->enter[e->pos], p);
}

/* Keep an enter event for its exit: without descriptors events are not paired at large. */
int on_kept_enter(Step *s, Event *e)
{
    const int64_t at = s->off != NULL ? s->off[e->pos] : -1;
    if (at < 0 || s->size < EVENT_HEADER_V2 || at > s->size - EVENT_HEADER_V2)
        return ASK;
    const int64_t length = load_u32(s->data + at + EVENT_LENGTH);
    if (length > s->size - at)
        return ASK;
    /* not "y#": which function takes that depends on the headers, and those of 3.13 choose one that 3.11 refuses */
    PyObject *text = PyBytes_FromStringAndSize((const char *)(s->data + at), (Py_ssize_t)length);
    PyObject *kept = text != NULL ? Py_BuildValue("(Ni)", text, -1) : NULL;
    const bool out = kept != NULL && store(s->carried, s->slots[e->pos], kept);
    Py_XDECREF(kept);
    return out ? DONE : FAILED;
}
