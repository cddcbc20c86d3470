/* Where the parameters of an event are. */
#include "event.h"
#include "step.h"

/* The encoded event at an offset; one whose table does not fit it has no parameters. */
static int decode(Step *s, int64_t at, Params *p)
{
    if (at < 0 || at > s->size - EVENT_HEADER_V2)
        return ASK;
    const uint8_t *event = s->data + at;
    const int64_t length = load_u32(event + EVENT_LENGTH), count = load_u32(event + EVENT_COUNT);
    if (length > s->size - at)
        return ASK;
    p->type = load_u16(event + EVENT_TYPE);
    p->data = s->data;
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
    return s->off != NULL ? decode(s, s->off[pos], p) : from_spans(s, pos, p);
}

int locate_enter(Step *s, const Event *e, Params *p, bool *there)
{
    *there = false;
    if (!s->with_fds)
        return ASK;
    if (!s->valid[e->pos])
        return DONE;
    if (s->enter[e->pos] >= 0) {
        *there = true;
        return locate(s, s->enter[e->pos], p);
    }
    return PyDict_Size(s->carried) ? ASK : DONE; /* of an earlier batch */
}
