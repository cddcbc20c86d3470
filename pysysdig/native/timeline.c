/* Which row a key had at a moment, and threads that appear within a batch. The twin of parts of state/timeline.py, state/pairing.py
 * and state/inspector.py. */
#include "module.h"
#include "moments.h"

enum { EVENT_TYPES = 65536 };

Timeline timeline_in(Arguments *a)
{
    Timeline t;
    t.current = i32_in(a, 0);
    t.first = i32_in(a, t.current.n);
    t.keys = i64_in(a, 0);
    t.rows = i32_in(a, t.keys.n);
    t.before = i32_in(a, t.keys.n);
    return t;
}

Py_ssize_t change_at(const int64_t *keys, Py_ssize_t n, Py_ssize_t first, int64_t key)
{
    if (keys[first] > key)
        return -1;
    Py_ssize_t step = 1, low = first;
    while (step < n - low && keys[low + step] <= key) { /* most slots change a few times */
        low += step;
        step *= 2;
    }
    Py_ssize_t high = step < n - low ? low + step : n;
    while (high - low > 1) {
        const Py_ssize_t middle = low + (high - low) / 2;
        if (keys[middle] <= key)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* as_of(current, first, keys, rows, before, slots, seqs, out) -> None */
static PyObject *as_of(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("as_of", items, given);
    const Timeline t = timeline_in(&a);
    I64In slots = i64_in(&a, 0);
    I64In seqs = i64_in(&a, slots.n);
    I32Out out = i32_out(&a, slots.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t stray = -1;
    for (Py_ssize_t i = 0; i < slots.n; i++) {
        const int64_t slot = slots.at[i];
        if (slot < 0) {
            out.at[i] = -1;
            continue;
        }
        if (!row_at(&t, slot, seqs.at[i], &out.at[i])) {
            stray = i;
            break;
        }
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "as_of: there is no slot %lld", (long long)slots.at[stray]);
    Py_RETURN_NONE;
}

/* numbers_as_of(current, first, keys, values, before, slots, seqs, empty, out) -> None: as as_of, of numbers of 64 bits */
static PyObject *numbers_as_of(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("numbers_as_of", items, given);
    I64In current = i64_in(&a, 0);
    I32In first = i32_in(&a, current.n);
    I64In keys = i64_in(&a, 0);
    I64In values = i64_in(&a, keys.n), before = i64_in(&a, keys.n);
    I64In slots = i64_in(&a, 0);
    I64In seqs = i64_in(&a, slots.n);
    const int64_t empty = integer(&a, INT64_MIN, INT64_MAX);
    I64Out out = i64_out(&a, slots.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t stray = -1;
    for (Py_ssize_t i = 0; i < slots.n && stray < 0; i++) {
        const int64_t slot = slots.at[i];
        if (slot < 0) {
            out.at[i] = empty;
            continue;
        }
        const Py_ssize_t begin = slot < current.n ? first.at[slot] : keys.n;
        if (begin < 0) {
            out.at[i] = current.at[slot];
        } else if (begin < keys.n) {
            const Py_ssize_t found = change_at(keys.at, keys.n, begin, (int64_t)((uint64_t)slot << SEQ_BITS) | seqs.at[i]);
            out.at[i] = found < 0 ? before.at[begin] : values.at[found];
        } else {
            stray = i;
        }
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "numbers_as_of: there is no slot %lld", (long long)slots.at[stray]);
    Py_RETURN_NONE;
}

/* event_rows(current, first, keys, rows, before, slots, out) -> None */
static PyObject *event_rows(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("event_rows", items, given);
    const Timeline t = timeline_in(&a);
    I64In slots = i64_in(&a, 0);
    I32Out out = i32_out(&a, slots.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t stray = -1;
    for (Py_ssize_t i = 0; i < slots.n && stray < 0; i++) {
        const int64_t slot = slots.at[i];
        if (slot < 0)
            out.at[i] = -1;
        else if (!row_at(&t, slot, 2 * i, &out.at[i]))
            stray = i;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "event_rows: there is no slot like that of event %zd", stray);
    Py_RETURN_NONE;
}

/* rows_of(current, first, keys, rows, before, slots, index, out) -> None */
static PyObject *rows_of(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("rows_of", items, given);
    const Timeline t = timeline_in(&a);
    I64In slots = i64_in(&a, 0);
    I64In index = i64_in(&a, 0);
    I32Out out = i32_out(&a, index.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t stray = -1;
    for (Py_ssize_t i = 0; i < index.n && stray < 0; i++) {
        const int64_t which = index.at[i], slot = which >= 0 && which < slots.n ? slots.at[which] : INT64_MIN;
        if (slot == -1)
            out.at[i] = -1;
        else if (!row_at(&t, slot, 2 * i, &out.at[i]))
            stray = i;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "rows_of: there is no slot like that of event %zd", stray);
    Py_RETURN_NONE;
}

enum { DIGIT = 11, SEQ_DIGITS = 2 * DIGIT };

/* Put entries in the order of one digit of their numbers, those that are equal as they come. */
static void ordered(const int64_t *numbers, int shift, const int64_t *from, int64_t *to, Py_ssize_t n)
{
    uint32_t room[1 << DIGIT] = {0}, before = 0;
    const uint64_t mask = (1 << DIGIT) - 1;
    for (Py_ssize_t i = 0; i < n; i++)
        room[(uint64_t)numbers[i] >> shift & mask]++;
    for (int digit = 0; digit < 1 << DIGIT; digit++) {
        const uint32_t count = room[digit];
        room[digit] = before;
        before += count;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        const int64_t entry = from[i];
        if (entry < 0 || entry >= n) /* somebody else writes to these arrays */
            continue;
        const uint32_t at = room[(uint64_t)numbers[entry] >> shift & mask]++;
        if (at < (uint32_t)n)
            to[at] = entry;
    }
}

/* commit(slots, seqs, rows, before, current, first, keys out, rows out, before out, order, room) */
static PyObject *commit(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("commit", items, given);
    I64In slots = i64_in(&a, 0);
    I64In seqs = i64_in(&a, slots.n);
    I64In rows = i64_in(&a, slots.n);
    I64In before = i64_in(&a, slots.n);
    I32Out current = i32_out(&a, 0);
    I32Out first = i32_out(&a, current.n);
    I64Out keys_out = i64_out(&a, slots.n);
    I32Out rows_out = i32_out(&a, slots.n);
    I32Out before_out = i32_out(&a, slots.n);
    I64Out order = i64_out(&a, slots.n);
    I64Out room = i64_out(&a, slots.n);
    if (!arguments_taken(&a))
        return NULL;
    const Py_ssize_t n = slots.n;
    bool stray = n > INT32_MAX, ascending = true;
    int64_t most = 0;
    for (Py_ssize_t i = 0; i < n && !stray; i++) {
        stray = slots.at[i] < 0 || slots.at[i] >= current.n;
        most = slots.at[i] > most ? slots.at[i] : most;
        ascending = ascending && (i == 0 || seqs.at[i - 1] <= seqs.at[i]);
        order.at[i] = i;
    }
    int64_t *from = order.at, *to = room.at, *swapped;
    for (int shift = 0; !stray && !ascending && shift < SEQ_DIGITS; shift += DIGIT, swapped = from, from = to, to = swapped)
        ordered(seqs.at, shift, from, to, n);
    for (int shift = 0; !stray && shift < 63 && most >> shift; shift += DIGIT, swapped = from, from = to, to = swapped)
        ordered(slots.at, shift, from, to, n);
    int64_t slot = -1;
    for (Py_ssize_t k = 0; k < n && !stray; k++) {
        const int64_t i = from[k];
        stray = i < 0 || i >= n || slots.at[i] < 0 || slots.at[i] >= current.n;
        if (stray)
            break;
        keys_out.at[k] = (int64_t)((uint64_t)slots.at[i] << SEQ_BITS) | seqs.at[i];
        rows_out.at[k] = (int32_t)rows.at[i];
        before_out.at[k] = (int32_t)before.at[i];
        if (slots.at[i] != slot)
            first.at[slots.at[i]] = (int32_t)k;
        slot = slots.at[i];
        current.at[slot] = (int32_t)rows.at[i];
    }
    arguments_done(&a);
    if (stray)
        return PyErr_Format(PyExc_IndexError, "commit: changes of slots that there are not");
    Py_RETURN_NONE;
}

/* slots(table, tids, out, fresh) -> count */
static PyObject *slots(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("slots", items, given);
    I32In table = i32_in(&a, 0);
    I64In tids = i64_in(&a, 0);
    I64Out out = i64_out(&a, tids.n);
    I64Out fresh = i64_out(&a, tids.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < tids.n; i++) {
        const int64_t tid = tids.at[i];
        const int64_t slot = tid >= 0 && tid < table.n ? (int64_t)table.at[tid] - 1 : -1;
        out.at[i] = slot;
        if (slot < 0 && tid >= 0)
            fresh.at[count++] = i;
    }
    arguments_done(&a);
    return PyLong_FromSsize_t(count);
}

/* first_sights(types, slots, current, makes_thread, marks, out) -> count */
static PyObject *first_sights(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("first_sights", items, given);
    U16In types = u16_in(&a, 0);
    I64In slots = i64_in(&a, types.n);
    I32In current = i32_in(&a, 0);
    BoolIn makes_thread = bool_in(&a, EVENT_TYPES);
    BoolOut marks = bool_out(&a, current.n);
    I64Out out = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t found = 0, stray = -1;
    for (Py_ssize_t i = 0; i < types.n; i++) {
        const int64_t slot = slots.at[i];
        if (slot < 0)
            continue;
        if (slot >= current.n) {
            stray = i;
            break;
        }
        if (current.at[slot] >= 0 || marks.at[slot] || !makes_thread.at[types.at[i]])
            continue;
        marks.at[slot] = 1;
        out.at[found++] = i;
    }
    for (Py_ssize_t k = 0; k < found; k++) {
        const int64_t slot = slots.at[out.at[k]];
        if (slot >= 0 && slot < current.n)
            marks.at[slot] = 0;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "first_sights: there is no room for the thread of event %zd", stray);
    return PyLong_FromSsize_t(found);
}

/* orphans(types, slots, active, born, since, marks, out) -> count */
static PyObject *orphans(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("orphans", items, given);
    U16In types = u16_in(&a, 0);
    I64In slots = i64_in(&a, types.n);
    BoolIn active = bool_in(&a, EVENT_TYPES);
    I64In born = i64_in(&a, 0);
    I64In since = i64_in(&a, born.n);
    BoolOut marks = bool_out(&a, 0);
    I64Out out = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t found = 0, next = 0;
    for (Py_ssize_t i = born.n && since.at[0] > 0 ? since.at[0] : 0; i < types.n; i++) {
        for (; next < born.n && since.at[next] <= i; next++)
            if (born.at[next] >= 0 && born.at[next] < marks.n)
                marks.at[born.at[next]] = 1;
        const int64_t slot = slots.at[i];
        if (slot < 0 || slot >= marks.n || !marks.at[slot] || !active.at[types.at[i]])
            continue;
        if (types.at[i] & 1)
            out.at[found++] = i;
        else
            marks.at[slot] = 0;
    }
    for (Py_ssize_t k = 0; k < next; k++)
        if (born.at[k] >= 0 && born.at[k] < marks.n)
            marks.at[born.at[k]] = 0;
    arguments_done(&a);
    return PyLong_FromSsize_t(found);
}

PyMethodDef timeline_functions[] = {
    FUNCTION(as_of,
             "as_of(current, first, keys, rows, before, slots, seqs, out)\n\n"
             "The rows of slots (-1: none) as of sequence numbers. current: by slot; first: by slot, index of the first of its\n"
             "changes, -1 none; keys: slot and sequence number of the changes, ascending, with the rows after and before them."),
    FUNCTION(numbers_as_of,
             "numbers_as_of(current, first, keys, values, before, slots, seqs, empty, out)\n\n"
             "As as_of, of numbers of 64 bits; `empty` for slot -1."),
    FUNCTION(event_rows,
             "event_rows(current, first, keys, rows, before, slots, out)\n\n"
             "As as_of for the events of a batch: `slots` has that of each."),
    FUNCTION(rows_of,
             "rows_of(current, first, keys, rows, before, slots, index, out)\n\n"
             "As as_of for the events of a batch, -1 for slot -1: `index` says for each which of the slots is its own."),
    FUNCTION(commit,
             "commit(slots, seqs, rows, before, current, first, keys out, rows out, before out, order, room)\n\n"
             "Take changes in the order they happened: sort them by slot and sequence number, make their rows the current ones, and\n"
             "say where the changes of each slot begin. first: -1 so far of all slots. order, room: as many numbers as there are changes."),
    FUNCTION(slots,
             "slots(table, tids, out, fresh) -> count\n\n"
             "The slots of thread ids, -1 none. table: by id, slot + 1, 0 none. fresh: positions of ids, not negative, that have none."),
    FUNCTION(first_sights,
             "first_sights(types, slots, current, makes_thread, marks, out) -> count\n\n"
             "Positions of the first event of each thread that has no row, of those types that make one. marks: all false."),
    FUNCTION(orphans,
             "orphans(types, slots, active, born, since, marks, out) -> count\n\n"
             "Positions of the exit events of threads that got their ids (slots `born`) at positions `since`, ascending: those before\n"
             "the first enter event. active: the types that count. marks: all false, by slot."),
    END_OF_FUNCTIONS,
};
