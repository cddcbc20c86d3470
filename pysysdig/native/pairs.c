/* Enter and exit events of a batch, one after the other. The twin of state/pairing.py and of EventBatch.fd_numbers. */
#include "event.h"
#include "module.h"

enum { EVENT_TYPES = 65536, MAX_PARAMS = 255 };

/* pair(types, slots, active, execveat, execve_18, execve_19, open, last, before, enter, valid, exits, alone, owners, ends, enters)
 * -> (exits, alone, owners) */
static PyObject *pair(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("pair", items, given);
    U16In types = u16_in(&a, 0);
    I64In slots = i64_in(&a, types.n);
    BoolIn active = bool_in(&a, EVENT_TYPES);
    const int execveat = (int)integer(&a, 0, EVENT_TYPES - 1);
    const int execve_18 = (int)integer(&a, 0, EVENT_TYPES - 1);
    const int execve_19 = (int)integer(&a, 0, EVENT_TYPES - 1);
    I32In open = i32_in(&a, 0);
    I32Out last = i32_out(&a, open.n);
    I32Out before = i32_out(&a, open.n);
    I64Out enter = i64_out(&a, types.n);
    BoolOut valid = bool_out(&a, types.n);
    I64Out exits = i64_out(&a, types.n);
    I64Out alone = i64_out(&a, types.n);
    I64Out owners = i64_out(&a, types.n);
    I64Out ends = i64_out(&a, types.n);
    I64Out enters = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t n_exits = 0, n_alone = 0, n_owners = 0, stray = types.n > INT32_MAX ? 0 : -1;
    for (Py_ssize_t i = 0; i < types.n && stray < 0; i++) {
        enter.at[i] = -1;
        valid.at[i] = 0;
        const int64_t slot = slots.at[i];
        const int type = types.at[i];
        if (!active.at[type] || slot < 0)
            continue;
        if (slot >= open.n) {
            stray = i;
            break;
        }
        if (last.at[slot] < 0) /* neither was seen in this batch: `last` is never taken back */
            owners.at[n_owners++] = slot;
        last.at[slot] = (int32_t)i;
        if (!(type & 1)) {
            before.at[slot] = (int32_t)i;
            continue;
        }
        const int32_t opened = before.at[slot];
        if (opened < 0 && !open.at[slot])
            continue;
        const int wanted = opened >= 0 ? types.at[opened] : open.at[slot] - 1;
        valid.at[i] = wanted == type - 1 || (wanted == execveat && (type == execve_18 || type == execve_19));
        if (opened >= 0) {
            enter.at[i] = opened;
            exits.at[n_exits++] = i;
        } else {
            alone.at[n_alone++] = i;
        }
    }
    for (Py_ssize_t k = 0; k < n_owners; k++) { /* what they are before the next batch: empty */
        const int64_t slot = owners.at[k];
        if (slot < 0 || slot >= open.n) /* somebody else writes to this array */
            break;
        ends.at[k] = last.at[slot];
        enters.at[k] = before.at[slot];
        last.at[slot] = before.at[slot] = -1;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "pair: there is no room for the thread of event %zd", stray);
    return Py_BuildValue("nnn", n_exits, n_alone, n_owners);
}

/* fd_numbers(buf, off, types, wanted, positions, numbers) -> count */
static PyObject *fd_numbers(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("fd_numbers", items, given);
    U8In buf = u8_in(&a, 0);
    I64In off = i64_in(&a, 0);
    U16In types = u16_in(&a, off.n);
    BoolIn wanted = bool_in(&a, EVENT_TYPES);
    I64Out positions = i64_out(&a, off.n);
    I64Out numbers = i64_out(&a, off.n);
    if (!arguments_taken(&a))
        return NULL;
    const int64_t size = buf.n;
    Py_ssize_t found = 0, stray = -1;
    for (Py_ssize_t i = 0; i < off.n; i++) {
        if (!wanted.at[types.at[i]])
            continue;
        const int64_t at = off.at[i];
        if (at < 0 || size < EVENT_HEADER_V2 || at > size - EVENT_HEADER_V2) {
            stray = i;
            break;
        }
        const uint8_t *const event = buf.at + at;
        const int64_t length = load_u32(event + EVENT_LENGTH);
        const int64_t count = load_u32(event + EVENT_COUNT);
        const int64_t value = EVENT_HEADER_V2 + 2 * count;
        if (count == 0 || count > MAX_PARAMS || value + 8 > length)
            continue;
        if (value + 8 > size - at) {
            stray = i;
            break;
        }
        if (load_u16(event + EVENT_HEADER_V2) != 8)
            continue;
        positions.at[found] = i;
        numbers.at[found++] = load_i64(event + value);
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "fd_numbers: event %zd is not in the buffer", stray);
    return PyLong_FromSsize_t(found);
}

/* own_numbers(types, wanted, value, valued, out) -> None */
static PyObject *own_numbers(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("own_numbers", items, given);
    U16In types = u16_in(&a, 0);
    BoolIn wanted = bool_in(&a, EVENT_TYPES);
    I64In value = i64_in(&a, types.n);
    BoolIn valued = bool_in(&a, types.n);
    I64Out out = i64_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    for (Py_ssize_t i = 0; i < types.n; i++)
        out.at[i] = wanted.at[types.at[i]] && valued.at[i] ? value.at[i] : -1;
    arguments_done(&a);
    Py_RETURN_NONE;
}

PyMethodDef pairs_functions[] = {
    FUNCTION(own_numbers,
             "own_numbers(types, wanted, value, valued, out)\n\n"
             "The first parameter of each event of a wanted type, where it is a number; else -1."),
    FUNCTION(pair,
             "pair(types, slots, active, execveat, execve_18, execve_19, open, last, before, enter, valid, exits, alone, owners,\n"
             "ends, enters) -> (exits, alone, owners)\n\n"
             "Fill enter and valid of every event; the positions of exit events with an enter event in this batch (exits) or, maybe,\n"
             "in an earlier one (alone); for each thread with events that are active (owners) the positions of its last one (ends)\n"
             "and of its last enter event, -1 none (enters). open: by thread, type + 1 of the enter event of an earlier batch.\n"
             "last, before: by thread, all -1; so they are afterwards."),
    FUNCTION(fd_numbers,
             "fd_numbers(buf, off, types, wanted, positions, numbers) -> count\n\n"
             "Positions of the events of wanted types whose first parameter has eight bytes, and its value."),
    END_OF_FUNCTIONS,
};
