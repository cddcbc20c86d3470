/* Which descriptor each event of a batch works on: the twin of parts of state/fdnumbers.py and state/view.py. */
#include "moments.h"
#include "module.h"

enum { EVENT_TYPES = 65536, USES = 1, LOOKED_UP = 2, SHOWN = 4, SHARED_TABLE = -2, UNCHOSEN = -2 };
#define NO_NUMBER INT64_MIN

/* exit_numbers(types, tells, enter, valid, exits, alone, paired, slots, last, numbers, lacking) -> count */
static PyObject *exit_numbers(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("exit_numbers", items, given);
    U16In types = u16_in(&a, 0);
    BoolIn tells = bool_in(&a, EVENT_TYPES);
    I64In enter = i64_in(&a, types.n);
    BoolIn valid = bool_in(&a, types.n);
    I64In exits = i64_in(&a, 0);
    I64In alone = i64_in(&a, 0);
    const bool paired = integer(&a, 0, 1);
    I64In slots = i64_in(&a, types.n);
    I64In last = i64_in(&a, 0);
    I64Out numbers = i64_out(&a, types.n);
    I64Out lacking = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    bool strays = false;
    for (Py_ssize_t k = 0; k < exits.n && !strays; k++) {
        const int64_t at = exits.at[k];
        const int64_t start = at >= 0 && at < types.n ? enter.at[at] : -1;
        strays = start < 0 || start >= types.n;
        if (!strays && (!paired || valid.at[at]))
            numbers.at[at] = numbers.at[start];
    }
    for (Py_ssize_t k = 0; k < alone.n && !strays; k++) {
        const int64_t at = alone.at[k];
        const int64_t slot = at >= 0 && at < types.n ? slots.at[at] : -1;
        strays = slot < 0 || slot >= last.n;
        if (!strays && (!paired || valid.at[at]))
            numbers.at[at] = last.at[slot];
    }
    Py_ssize_t found = 0;
    for (Py_ssize_t i = 0; i < types.n && !strays; i++)
        if (tells.at[types.at[i]] && numbers.at[i] == -1)
            lacking.at[found++] = i;
    arguments_done(&a);
    if (strays)
        return PyErr_Format(PyExc_IndexError, "exit_numbers: there is an exit event that is none");
    return PyLong_FromSsize_t(found);
}

/* The change of a slot that was found last: events come in order, so the next one is not before it. */
typedef struct {
    int64_t slot; /* -1: none */
    Py_ssize_t change;
} Hint;

enum { STRAY = -3, LEFT = -2, HINTS = 512 };

typedef struct {
    Timeline timeline;
    I64In files, base, size; /* by thread row: its table; by table: its slots */
    Hint hints[HINTS];       /* by slot, the last one of several */
} Tables;

/* As `row_at`, of slots that are asked for at ascending moments. */
static bool row_next(Tables *t, int64_t slot, int64_t seq, int32_t *row)
{
    const Timeline *line = &t->timeline;
    if (slot < 0 || slot >= line->current.n)
        return false;
    Py_ssize_t begin = line->first.at[slot];
    if (begin < 0) {
        *row = line->current.at[slot];
        return true;
    }
    if (begin >= line->keys.n)
        return false;
    Hint *hint = &t->hints[slot % HINTS];
    const Py_ssize_t from = hint->slot == slot ? hint->change : begin;
    const Py_ssize_t found = change_at(line->keys.at, line->keys.n, from, (int64_t)((uint64_t)slot << SEQ_BITS) | seq);
    if (found >= 0)
        *hint = (Hint){slot, found};
    *row = found < 0 ? line->before.at[begin] : line->rows.at[found];
    return true;
}

/* The row of a descriptor of a thread's row; LEFT: it takes more than is known here; STRAY: there is no such row or slot. */
static int32_t row_of(Tables *t, int32_t thread, int64_t fd, int64_t seq)
{
    if (thread >= t->files.n)
        return STRAY;
    const int64_t files = t->files.at[thread];
    if (files == SHARED_TABLE)
        return LEFT;
    if (files < 0)
        return -1;
    if (files >= t->base.n)
        return STRAY;
    if (fd >= t->size.at[files])
        return LEFT; /* one far above the others may have a slot of its own */
    int32_t row;
    const int64_t slot = (int64_t)((uint64_t)t->base.at[files] + (uint64_t)fd);
    return row_next(t, slot, seq, &row) ? row : STRAY;
}

/* See the list of functions. */
static PyObject *fd_rows(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("fd_rows", items, given);
    U16In types = u16_in(&a, 0);
    U8In kinds = u8_in(&a, EVENT_TYPES);
    const bool paired = integer(&a, 0, 1);
    I32In thread = i32_in(&a, types.n);
    BoolIn valid = bool_in(&a, types.n);
    I64In fdnum = i64_in(&a, types.n);
    I64In numbers = i64_in(&a, types.n);
    I32In chosen = i32_in(&a, types.n);
    Tables t;
    t.files = i64_in(&a, 0);
    t.base = i64_in(&a, 0);
    t.size = i64_in(&a, t.base.n);
    t.timeline = timeline_in(&a);
    I32Out rows = i32_out(&a, types.n);
    BoolOut shown = bool_out(&a, types.n);
    I64Out left = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    for (int i = 0; i < HINTS; i++)
        t.hints[i].slot = -1;
    Py_ssize_t n_left = 0, stray = -1;
    for (Py_ssize_t i = 0; i < types.n; i++) {
        const int kind = thread.at[i] >= 0 ? kinds.at[types.at[i]] : 0;
        const int64_t own = fdnum.at[i], number = numbers.at[i] != NO_NUMBER ? numbers.at[i] : own;
        int32_t row = -1;
        shown.at[i] = (kind & SHOWN) != 0;
        if (chosen.at[i] != UNCHOSEN)
            row = chosen.at[i];
        else if (kind & USES && own >= 0 && (!paired || !(types.at[i] & 1) || valid.at[i]))
            row = row_of(&t, thread.at[i], own, 2 * i);
        if (row == -1 && kind & LOOKED_UP && number >= 0)
            row = row_of(&t, thread.at[i], number, 2 * i);
        if (row == STRAY) {
            stray = i;
            break;
        }
        if (row == LEFT)
            left.at[n_left++] = i;
        rows.at[i] = row < 0 ? -1 : row;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "fd_rows: there is no descriptor like that of event %zd", stray);
    return PyLong_FromSsize_t(n_left);
}

/* slots_of(files, fds, base, size, out) -> how many are in no region */
static PyObject *slots_of(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("slots_of", items, given);
    I64In files = i64_in(&a, 0);
    I64In fds = i64_in(&a, files.n);
    I64In base = i64_in(&a, 0);
    I64In size = i64_in(&a, base.n);
    I64Out out = i64_out(&a, files.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t beyond = 0;
    for (Py_ssize_t i = 0; i < files.n; i++) {
        const int64_t table = files.at[i], fd = fds.at[i];
        const bool there = table >= 0 && table < base.n && fd >= 0;
        const bool near = there && fd < size.at[table];
        out.at[i] = near ? (int64_t)((uint64_t)base.at[table] + (uint64_t)fd) : -1;
        beyond += there && !near;
    }
    arguments_done(&a);
    return PyLong_FromSsize_t(beyond);
}

enum { NAMED = 1, RENAMED = 2 };

/* attempts(types, shown, rows, kinds, empty, codes, left) -> count */
static PyObject *attempts(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("attempts", items, given);
    U16In types = u16_in(&a, 0);
    BoolIn shown = bool_in(&a, types.n);
    I32In rows = i32_in(&a, types.n);
    U8In kinds = u8_in(&a, EVENT_TYPES);
    const int32_t empty = (int32_t)integer(&a, 0, INT32_MAX);
    I32Out codes = i32_out(&a, types.n);
    I64Out left = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t n_left = 0;
    for (Py_ssize_t i = 0; i < types.n; i++) {
        const int type = types.at[i];
        if (rows.at[i] >= 0) {
            if (kinds.at[type] & RENAMED)
                left.at[n_left++] = i;
        } else if (shown.at[i] && type & 1) {
            if (kinds.at[type] & NAMED)
                left.at[n_left++] = i;
            else
                codes.at[i] = empty;
        }
    }
    arguments_done(&a);
    return PyLong_FromSsize_t(n_left);
}

PyMethodDef descriptors_functions[] = {
    FUNCTION(slots_of,
             "slots_of(files, fds, base, size, out) -> count\n\n"
             "Slots of (table, descriptor) pairs in the regions of the tables, -1 for those beyond, and how many these are.\n"
             "base, size: by table."),
    FUNCTION(attempts,
             "attempts(types, shown, rows, kinds, empty, codes, left) -> count\n\n"
             "Give the code `empty` to ends of calls that are shown and have no descriptor. kinds: by type, 1: its call may have given\n"
             "a name, 2: one may be in place of the descriptor's. Where these are goes to `left` instead."),
    FUNCTION(exit_numbers,
             "exit_numbers(types, tells, enter, valid, exits, alone, paired, slots, last, numbers, lacking) -> count\n\n"
             "Give exit events the descriptor numbers of their enter events: in this batch (exits), of an earlier one (alone; `last`\n"
             "by thread slot). paired: only to those whose type belongs to it. Positions of events of types that tell a number\n"
             "themselves and have none (-1) yet."),
    FUNCTION(fd_rows,
             "fd_rows(types, kinds, paired, thread, valid, fdnum, numbers, chosen, files, base, size, current, first, keys, rows,\n"
             "before, out, shown, left) -> count\n\n"
             "The row of the descriptor of each event, -1 none, and whether fields tell of it (shown). kinds: by type, 1: it uses a\n"
             "descriptor, 2: it is looked up by number, 4: it is shown. paired: exit events use one only if they are valid.\n"
             "files: by thread row, its table, -1 none, -2 that of its leader; base, size: by table. left: positions of events that\n"
             "were left out, which are given -1: of threads that share a table, and of numbers far above the others."),
    END_OF_FUNCTIONS,
};
