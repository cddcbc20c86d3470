/* The events of a batch by type, and where their parameters are. The twin of EventBatch.types, positions and spans. */
#include "event.h"
#include "module.h"

enum { EVENT_TYPES = 65536, MAX_PARAMS = 255 }; /* as in events/batch.py */
enum { FETCHED_AHEAD = 8 };                      /* events: a batch is larger than the caches */

enum { NO_SUM, MANY, LONG, DAMAGES }; /* what may be wrong with an event */

/* The largest number of parameters that fills an event of version 1 exactly, which its header does not tell; -1 if none does.
 * The event is within its region. */
static int64_t guessed_count(const uint8_t *event, int64_t length, int width, int64_t most)
{
    int64_t total = 0, found = -1;
    for (int64_t k = 0;; k++) {
        int64_t end = EVENT_HEADER_V1 + k * width + total;
        if (end == length)
            found = k;
        if (k == most || end + width > length) /* the next entry of the table is beyond the event */
            return found;
        total += parameter_size(event + EVENT_HEADER_V1 + k * width, width);
    }
}

static void note(int64_t *first, int64_t at)
{
    if (*first < 0 || at < *first)
        *first = at;
}

/* spans(buf, off, pos, width, v1 most, v1 slack, rows, start, length) -> (most, first of each damage) */
static PyObject *spans(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("spans", items, given);
    U8In buf = u8_in(&a, 0);
    I64In off = i64_in(&a, 0);
    I64In pos = i64_in(&a, 0);
    int width = (int)integer(&a, 2, 4);
    int64_t v1_most = integer(&a, -1, MAX_PARAMS);
    int64_t v1_slack = integer(&a, 0, 3);
    int64_t rows = integer(&a, 0, MAX_PARAMS);
    int64_t cells = rows * (int64_t)pos.n; /* pos.n is far below 2^63 / 255: it counts eight bytes each */
    I64Out start = i64_out(&a, (Py_ssize_t)cells);
    I64Out length = i64_out(&a, (Py_ssize_t)cells);
    if (!arguments_taken(&a))
        return NULL;

    const size_t size = (size_t)buf.n;
    const bool v1 = v1_most >= 0;
    const size_t header = v1 ? EVENT_HEADER_V1 : EVENT_HEADER_V2;
    int64_t first[DAMAGES] = {-1, -1, -1};
    int64_t most = 0;
    Py_ssize_t stray = -1; /* an event that is not in the buffer */

    for (Py_ssize_t j = 0; j < pos.n; j++) {
        if (pos.at[j] < 0 || pos.at[j] >= off.n) {
            stray = j;
            break;
        }
        const int64_t at = off.at[pos.at[j]];
        if (pos.n - j > FETCHED_AHEAD) {
            const int64_t ahead = pos.at[j + FETCHED_AHEAD], next = ahead >= 0 && ahead < off.n ? off.at[ahead] : -1;
            if (next >= 0 && (uint64_t)next < size)
                __builtin_prefetch(buf.at + next);
        }
        if (at < 0 || (uint64_t)at > size || size - (size_t)at < header) {
            stray = j;
            break;
        }
        const uint8_t *const event = buf.at + at;
        const uint32_t whole = load_u32(event + EVENT_LENGTH);
        int64_t count;
        if (v1) {
            int64_t filled = (int64_t)whole - v1_slack;
            if (filled > (int64_t)(size - (size_t)at)) {
                stray = j;
                break;
            }
            count = guessed_count(event, filled, width, v1_most);
            if (count < 0) {
                note(&first[NO_SUM], at);
                count = 0;
            }
        } else {
            count = load_u32(event + EVENT_COUNT);
        }
        int64_t table_end = (int64_t)header + count * width;
        int64_t value = at + table_end;
        if (table_end > whole || count > MAX_PARAMS) {
            note(&first[MANY], at);
            count = 0;
        }
        if (count && table_end > (int64_t)(size - (size_t)at)) {
            stray = j;
            break;
        }
        if (count > most)
            most = count;
        int64_t row = 0;
        for (; row < count && row < rows; row++) {
            start.at[row * pos.n + j] = value;
            uint32_t got = parameter_size(event + header + row * width, width);
            length.at[row * pos.n + j] = got;
            value += got;
        }
        for (int64_t more = row; more < count; more++) /* rows are missing: the caller asks again */
            value += parameter_size(event + header + more * width, width);
        bool damaged = value > at + whole;
        if (damaged) {
            note(&first[LONG], at);
            row = 0;
            value = at;
        }
        for (; row < rows; row++) {
            start.at[row * pos.n + j] = value;
            length.at[row * pos.n + j] = -1;
        }
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "spans: event %zd is not in the buffer", stray);
    return Py_BuildValue("LLLL", (long long)most, (long long)first[NO_SUM], (long long)first[MANY], (long long)first[LONG]);
}

/* unfit(buf, off, large) -> (first of many, first of long): events of version 2, of any types */
static PyObject *unfit(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("unfit", items, given);
    U8In buf = u8_in(&a, 0);
    I64In off = i64_in(&a, 0);
    BoolIn large = bool_in(&a, 65536);
    if (!arguments_taken(&a))
        return NULL;
    const int64_t size = buf.n;
    int64_t first[DAMAGES] = {-1, -1, -1};
    Py_ssize_t j = 0;
    for (; j < off.n; j++) {
        const int64_t at = off.at[j];
        if (at < 0 || at > size - EVENT_HEADER_V2)
            break;
        const uint8_t *const event = buf.at + at;
        const int64_t whole = load_u32(event + EVENT_LENGTH), count = load_u32(event + EVENT_COUNT);
        const int width = large.at[load_u16(event + EVENT_TYPE)] ? 4 : 2;
        int64_t end = EVENT_HEADER_V2 + count * width;
        if (end > whole || count > MAX_PARAMS) {
            note(&first[MANY], at);
            continue;
        }
        if (end > size - at)
            break;
        for (int64_t i = 0; i < count; i++)
            end += parameter_size(event + EVENT_HEADER_V2 + i * width, width);
        if (end > whole)
            note(&first[LONG], at);
    }
    const bool stray = j < off.n;
    arguments_done(&a);
    if (stray)
        return PyErr_Format(PyExc_IndexError, "unfit: event %zd is not in the buffer", j);
    return Py_BuildValue("LL", (long long)first[MANY], (long long)first[LONG]);
}

/* grouped(types, room, order) -> [(type, start, end), ...] */
static PyObject *grouped(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("grouped", items, given);
    U16In types = u16_in(&a, 0);
    U32Out room = u32_out(&a, EVENT_TYPES);
    I64Out order = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    PyObject *out = NULL;
    if (types.n > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "grouped: too many events");
        goto done;
    }
    out = PyList_New(0);
    if (out == NULL)
        goto done;
    int most = -1; /* real types are few hundred of what there is room for */
    for (Py_ssize_t i = 0; i < types.n; i++)
        most = types.at[i] > most ? types.at[i] : most;
    memset(room.at, 0, (size_t)(most + 1) * sizeof *room.at);
    for (Py_ssize_t i = 0; i < types.n; i++) {
        if (types.at[i] <= most) /* unless somebody else writes to this array */
            room.at[types.at[i]]++;
    }
    uint32_t before = 0;
    for (int type = 0; type <= most; type++) {
        const uint32_t count = room.at[type];
        if (count == 0)
            continue;
        PyObject *entry = Py_BuildValue("iII", type, before, before + count);
        if (entry == NULL || PyList_Append(out, entry) < 0) {
            Py_XDECREF(entry);
            Py_CLEAR(out);
            goto done;
        }
        Py_DECREF(entry);
        room.at[type] = before;
        before += count;
    }
    for (Py_ssize_t i = 0; i < types.n; i++) {
        const uint32_t at = types.at[i] <= most ? room.at[types.at[i]]++ : UINT32_MAX;
        if (at < (uint32_t)types.n)
            order.at[at] = i;
    }
done:
    arguments_done(&a);
    return out;
}

/* of_types(types, wanted, positions) -> count */
static PyObject *of_types(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("of_types", items, given);
    U16In types = u16_in(&a, 0);
    BoolIn wanted = bool_in(&a, EVENT_TYPES);
    I64Out positions = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t found = 0;
    for (Py_ssize_t i = 0; i < types.n; i++) {
        positions.at[found] = i; /* found <= i */
        found += wanted.at[types.at[i]] != 0;
    }
    arguments_done(&a);
    return PyLong_FromSsize_t(found);
}

PyMethodDef spans_functions[] = {
    FUNCTION(of_types, "of_types(types, wanted, positions) -> count\n\nAscending positions of the events of wanted types."),
    FUNCTION(unfit,
             "unfit(buf, off, large) -> (many, long)\n\n"
             "The smallest offset of an event with more parameters than fit, and of one whose parameters are longer than it; -1 none.\n"
             "large: by event type, whether lengths have four bytes."),
    FUNCTION(grouped,
             "grouped(types, room, order) -> [(type, start, end), ...]\n\n"
             "The types that occur, ascending, and where in `order` the ascending positions of their events are. room: 65536 numbers."),
    FUNCTION(spans,
             "spans(buf, off, pos, width, v1 most, v1 slack, rows, start, length) -> (most, no sum, many, long)\n\n"
             "Fill `rows` rows of start and length, each as long as pos, with where the parameters of the events at off[pos] are;\n"
             "length -1 = there is none. `most` is the number of rows that there should be. width: of a length, in bytes.\n"
             "v1 most: -1, or the most parameters that events without a count may have. The other results: the smallest offset of\n"
             "an event with that damage, -1 none."),
    END_OF_FUNCTIONS,
};
