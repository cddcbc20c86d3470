/* From the probe's records to encoded events. The twin of what capture/encode.py does with numpy; capture/recipes.py says how
 * each parameter is made. */
#include "event.h"
#include "module.h"

enum { WORD, CONSTANT, FIELD, SECTION, FIRST, REST, NAME, BITS, OPEN, MODE, DEVICE, FIXED, VARIABLE, LAYERS }; /* as in recipes.py */
enum { HEADER = 80, TABLE = 16, WORDS = 10, SECTIONS = 6, MAX_VALUE = 0xFFFF, MAX_RECIPES = 255 };
enum { CREATED_AT = 12, CREATED = 0x100000, WAS_CREATED = 1 << 14, DEVICE_AT = 8, LAYER_AT = 16, TO_LAYER = 15 };

/* Seven numbers; what a to d mean depends on the operation. cap: longest length, -1: any. */
typedef struct {
    int64_t operation, a, b, c, d, size, cap;
} Recipe;

typedef struct {
    U8In raw, heap;
    I64In at, first, recipes, bits;
    I32In group, index;
} Work;

typedef struct {
    const uint8_t *head;
    const uint8_t *start[SECTIONS];
    int64_t length[SECTIONS];
} Record;

typedef struct {
    uint8_t number[8];
    const uint8_t *at;
    int64_t n;
    bool nul; /* the last byte is not at `at`: a zero follows */
} Value;

/* Whether n bytes from an offset on are within a buffer. */
static bool within(U8In buffer, int64_t at, int64_t n)
{
    return at >= 0 && n >= 0 && at <= buffer.n && n <= buffer.n - at;
}

static bool record_at(const Work *w, int64_t at, Record *r)
{
    if (!within(w->raw, at, HEADER))
        return false;
    r->head = w->raw.at + at;
    const uint64_t word = load_u64(r->head + 16);
    const int count = (int)(word >> 24 & 0xFF);
    const int64_t size = (int64_t)(word >> 48);
    if (!within(w->raw, at, HEADER + size) || (count > 1 && size < TABLE))
        return false;
    int64_t from = count > 1 ? HEADER + TABLE : HEADER;
    const int64_t end = HEADER + size;
    for (int i = 0; i < SECTIONS; i++) {
        int64_t n = i >= count ? 0 : count == 1 ? size : load_u16(r->head + HEADER + 2 * i);
        if (n > end - from)
            return false;
        r->start[i] = r->head + from;
        r->length[i] = n;
        from += n;
    }
    return true;
}

static uint64_t cut(uint64_t value, int64_t bytes, bool with_sign)
{
    if (bytes >= 8)
        return value;
    const int unused = 64 - 8 * (int)bytes;
    return with_sign ? (uint64_t)((int64_t)(value << unused) >> unused) : value << unused >> unused;
}

/* A number of `width` bytes in a section; `otherwise` where the section is too short. */
static uint64_t field(const Record *r, int64_t section, int64_t offset, int64_t width, uint64_t otherwise)
{
    uint64_t value = 0;
    if (offset > r->length[section] || width > r->length[section] - offset)
        return otherwise;
    memcpy(&value, r->start[section] + offset, (size_t)width);
    return value;
}

static uint64_t converted(const Work *w, const Recipe *q, uint64_t native)
{
    uint64_t out = 0;
    for (int64_t i = q->b; i < q->b + q->c; i++)
        if (native & (uint64_t)w->bits.at[2 * i])
            out |= (uint64_t)w->bits.at[2 * i + 1];
    return out;
}

static bool is_section(int64_t i) { return i >= 0 && i < SECTIONS; }
static bool is_word(int64_t i) { return i >= 0 && i < WORDS; }
static bool is_width(int64_t i) { return i == 1 || i == 2 || i == 4 || i == 8; }

/* Whether a recipe stays within what it works on, whatever the record. */
static bool is_sound(const Work *w, const Recipe *q)
{
    const int64_t tables = w->bits.n / 2;
    switch (q->operation) {
    case WORD:
        return is_word(q->a) && is_width(q->b) && is_width(q->size);
    case CONSTANT:
        return q->size >= 1 && q->size <= 8;
    case FIELD:
        return is_section(q->a) && q->b >= 0 && q->b < MAX_VALUE && is_width(q->c & 15) && is_width(q->size);
    case SECTION:
        return is_section(q->a) && q->b >= 0;
    case FIRST:
    case REST:
        return is_section(q->a);
    case NAME:
        return is_section(q->a) && q->b >= 0 && q->b < MAX_VALUE && q->c >= 1 && q->c < MAX_VALUE;
    case BITS:
    case OPEN:
    case LAYERS:
        return is_word(q->a) && q->b >= 0 && q->c >= 0 && q->b <= tables && q->c <= tables - q->b && is_width(q->size) &&
               (q->operation == BITS || q->d == -1 || is_section(q->d));
    case MODE:
        return is_word(q->a) && is_word(q->b) && is_width(q->size);
    case DEVICE:
        return is_section(q->a) && is_width(q->size);
    case FIXED:
        return q->size >= 1 && q->size <= 8;
    case VARIABLE:
        return true;
    }
    return false;
}

static void whole_or_cut(Value *v, int64_t cap)
{
    if (cap >= 0 && v->n > cap) {
        v->n = cap;
        v->nul = false;
    }
}

/* The value that a recipe makes of a record, the `index`th of its group. */
static bool value_of(const Work *w, const Record *r, const Recipe *q, int64_t index, Value *v)
{
    uint64_t x = 0;
    v->nul = false;
    v->n = q->size;
    v->at = v->number;
    switch (q->operation) {
    case WORD:
        x = cut(load_u64(r->head + 8 * q->a), q->b, q->c != 0) & (uint64_t)q->d;
        break;
    case CONSTANT:
        x = (uint64_t)q->d;
        break;
    case FIELD:
        x = cut(field(r, q->a, q->b, q->c & 15, (uint64_t)q->d), q->c & 15, (q->c & 16) != 0);
        break;
    case BITS:
        x = converted(w, q, load_u64(r->head + 8 * q->a));
        break;
    case OPEN:
    case LAYERS: {
        const uint64_t flags = load_u64(r->head + 8 * q->a) & 0xFFFFFFFF, mode = flags & 3;
        x = converted(w, q, flags) | (mode == 3 ? 1 : mode + 1);
        if (q->d >= 0 && field(r, q->d, CREATED_AT, 4, 0) & CREATED)
            x |= WAS_CREATED;
        if (q->operation == LAYERS && q->d >= 0)
            x |= field(r, q->d, LAYER_AT, 4, 0) << TO_LAYER;
        break;
    }
    case MODE:
        if (load_u64(r->head + 8 * q->a) & (uint64_t)q->d)
            x = load_u64(r->head + 8 * q->b) & 07777;
        break;
    case DEVICE: {
        const uint64_t native = field(r, q->a, DEVICE_AT, 4, 0), minor = native & 0xFFFFF;
        x = (minor & 0xFF) | (native >> 20) << 8 | (minor & ~0xFFULL) << 12;
        break;
    }
    case SECTION: {
        const int64_t skip = q->b < r->length[q->a] ? q->b : r->length[q->a];
        v->at = r->start[q->a] + skip;
        v->n = r->length[q->a] - skip;
        break;
    }
    case FIRST:
    case REST: {
        const uint8_t *from = r->start[q->a];
        const int64_t n = r->length[q->a];
        const uint8_t *nul = n ? memchr(from, 0, (size_t)n) : NULL;
        if (q->operation == FIRST) {
            v->at = from;
            v->n = nul != NULL ? nul - from + 1 : n ? n + 1 : 0;
            v->nul = nul == NULL && n;
        } else {
            v->at = nul != NULL ? nul + 1 : from;
            v->n = nul != NULL ? n - (nul + 1 - from) : 0;
        }
        break;
    }
    case NAME: {
        const int64_t there = r->length[q->a] > q->b ? r->length[q->a] - q->b : 0;
        const int64_t most = there < q->c - 1 ? there : q->c - 1;
        v->at = r->start[q->a] + (there ? q->b : 0);
        const uint8_t *nul = most ? memchr(v->at, 0, (size_t)most) : NULL;
        v->n = r->length[q->a] ? (nul != NULL ? nul - v->at : most) + 1 : 0;
        v->nul = v->n > 0;
        break;
    }
    case FIXED:
        if (index >= MAX_VALUE * 65536LL || !within(w->heap, q->a, (index + 1) * q->size))
            return false;
        v->at = w->heap.at + q->a + index * q->size;
        break;
    case VARIABLE: {
        if (index >= MAX_VALUE * 65536LL || !within(w->heap, q->a, 8 * (index + 1)) || !within(w->heap, q->b, 8 * (index + 1)))
            return false;
        const U8In from = q->c ? w->heap : w->raw;
        const int64_t start = load_i64(w->heap.at + q->a + 8 * index);
        v->n = load_i64(w->heap.at + q->b + 8 * index);
        if (!within(from, start, v->n))
            return false;
        v->at = from.at + start;
        break;
    }
    }
    if (v->at == v->number)
        memcpy(v->number, &x, sizeof x);
    whole_or_cut(v, q->cap);
    return v->n <= MAX_VALUE;
}

static Work work_of(Arguments *a)
{
    Work w = {.raw = u8_in(a, 0), .heap = u8_in(a, 0), .at = i64_in(a, 0)};
    w.group = i32_in(a, w.at.n);
    w.index = i32_in(a, w.at.n);
    w.first = i64_in(a, 1);
    w.recipes = i64_in(a, 0);
    w.bits = i64_in(a, 0);
    return w;
}

/* The recipes of the group of record i: their number, -1 if the group is none; NULL if the arguments do not fit. */
static const Recipe *recipes_of(const Work *w, Py_ssize_t i, int64_t *count)
{
    static const Recipe none;
    const int32_t group = w->group.at[i];
    *count = -1;
    if (group == -1)
        return &none;
    if (group < 0 || group >= w->first.n - 1 || w->index.at[i] < 0)
        return NULL;
    const int64_t first = w->first.at[group], last = w->first.at[group + 1], all = w->recipes.n / 7;
    if (first < 0 || last < first || last > all || last - first > MAX_RECIPES)
        return NULL;
    *count = last - first;
    return (const Recipe *)w->recipes.at + first;
}

static bool all_sound(const Work *w)
{
    for (Py_ssize_t i = 0; i < w->recipes.n / 7; i++)
        if (!is_sound(w, (const Recipe *)w->recipes.at + i))
            return false;
    return true;
}

static PyObject *stray(const char *function, Py_ssize_t i)
{
    return PyErr_Format(PyExc_IndexError, "%s: record %zd is not in the buffer, or its recipes are not", function, i);
}

/* record_sizes(raw, heap, at, group, index, first, recipes, bits, sizes) -> None */
static PyObject *record_sizes(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("record_sizes", items, given);
    const Work w = work_of(&a);
    I64Out sizes = i64_out(&a, w.at.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t bad = all_sound(&w) ? -1 : 0;
    for (Py_ssize_t i = 0; bad < 0 && i < w.at.n; i++) {
        int64_t count;
        const Recipe *q = recipes_of(&w, i, &count);
        Record r;
        sizes.at[i] = 0;
        if (q == NULL || (count >= 0 && !record_at(&w, w.at.at[i], &r)))
            bad = i;
        if (bad >= 0 || count < 0)
            continue;
        int64_t size = EVENT_HEADER_V2 + 2 * count;
        for (int64_t k = 0; k < count; k++) {
            Value v;
            if (!value_of(&w, &r, q + k, w.index.at[i], &v))
                bad = i;
            else
                size += v.n;
        }
        sizes.at[i] = size;
    }
    arguments_done(&a);
    if (bad >= 0)
        return stray("record_sizes", bad);
    Py_RETURN_NONE;
}

/* record_events(raw, heap, at, group, index, first, recipes, bits, types, clock, off, out) -> None */
static PyObject *record_events(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("record_events", items, given);
    const Work w = work_of(&a);
    U16In types = u16_in(&a, w.first.n - 1);
    const int64_t clock = integer(&a, INT64_MIN, INT64_MAX);
    I64In off = i64_in(&a, w.at.n);
    U8Out out = u8_out(&a, 0);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t bad = all_sound(&w) ? -1 : 0;
    for (Py_ssize_t i = 0; bad < 0 && i < w.at.n; i++) {
        int64_t count;
        const Recipe *q = recipes_of(&w, i, &count);
        Record r;
        if (q == NULL || (count >= 0 && !record_at(&w, w.at.at[i], &r)))
            bad = i;
        if (bad >= 0 || count < 0)
            continue;
        const int64_t head = EVENT_HEADER_V2 + 2 * count;
        const int64_t to = off.at[i];
        if (to < 0 || to > out.n || head > out.n - to) {
            bad = i;
            continue;
        }
        uint8_t *const event = out.at + to;
        uint8_t *value = event + head;
        int64_t left = out.n - to - head;
        for (int64_t k = 0; k < count; k++) {
            Value v;
            if (!value_of(&w, &r, q + k, w.index.at[i], &v) || v.n > left) {
                bad = i;
                break;
            }
            const uint16_t n = (uint16_t)v.n;
            memcpy(event + EVENT_HEADER_V2 + 2 * k, &n, sizeof n);
            memcpy(value, v.at, (size_t)(v.n - v.nul));
            if (v.nul)
                value[v.n - 1] = 0;
            value += v.n;
            left -= v.n;
        }
        const uint64_t ts = load_u64(r.head) + (uint64_t)clock;
        const int64_t tid = load_u32(r.head + 8);
        const uint32_t whole = (uint32_t)(value - event), parameters = (uint32_t)count;
        const uint16_t type = types.at[w.group.at[i]];
        memcpy(event + EVENT_TS, &ts, sizeof ts);
        memcpy(event + EVENT_TID, &tid, sizeof tid);
        memcpy(event + EVENT_LENGTH, &whole, sizeof whole);
        memcpy(event + EVENT_TYPE, &type, sizeof type);
        memcpy(event + EVENT_COUNT, &parameters, sizeof parameters);
    }
    arguments_done(&a);
    if (bad >= 0)
        return stray("record_events", bad);
    Py_RETURN_NONE;
}

PyMethodDef live_functions[] = {
    FUNCTION(record_sizes, "record_sizes(raw, heap, at, group, index, first, recipes, bits, sizes)\n\n"
                           "The size of the event that each record becomes, 0 where group is -1."),
    FUNCTION(record_events, "record_events(raw, heap, at, group, index, first, recipes, bits, types, clock, off, out)\n\n"
                            "Write the events at `off`."),
    END_OF_FUNCTIONS,
};
