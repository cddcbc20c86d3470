/* Which enter event an exit event takes parameters from, in captures of older recorders. The twin of sources/convert.py. */
#include "event.h"
#include "module.h"

enum { COUNTS = 64 }; /* parameter counts told apart in a key */

/* shape_keys(types, counts, known, keys) -> bool */
static PyObject *shape_keys(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("shape_keys", items, given);
    U16In types = u16_in(&a, 0);
    U32In counts = u32_in(&a, types.n);
    U8In known = u8_in(&a, 0);
    U16Out keys = u16_out(&a, types.n);
    if (!arguments_taken(&a))
        return NULL;
    bool all_known = true;
    Py_ssize_t stray = -1;
    for (Py_ssize_t i = 0; i < types.n; i++) {
        const uint32_t count = counts.at[i] < COUNTS ? counts.at[i] : COUNTS - 1;
        const uint32_t key = (uint32_t)types.at[i] * COUNTS + count;
        if (key >= known.n || key > UINT16_MAX) {
            stray = i;
            break;
        }
        keys.at[i] = (uint16_t)key;
        all_known &= known.at[key] != 0;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "shape_keys: event %zd is of a type that nobody knows", stray);
    return PyBool_FromLong(all_known);
}

/* Where a number is looked for first in a table of 2^n places; the seed is secret, so that nobody can choose where. */
static uint64_t place(uint64_t number, uint64_t seed)
{
    uint64_t x = number ^ seed;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* stored_enters(tids, keys, wanted, stored, seed, places, enter, firsts, lasts) -> (firsts, lasts) */
static PyObject *stored_enters(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("stored_enters", items, given);
    I64In tids = i64_in(&a, 0);
    U16In keys = u16_in(&a, tids.n);
    U16In wanted = u16_in(&a, 0);
    U16In stored = u16_in(&a, wanted.n);
    const uint64_t seed = (uint64_t)integer(&a, 0, INT64_MAX);
    I32Out places = i32_out(&a, tids.n);
    I32Out enter = i32_out(&a, tids.n);
    I64Out firsts = i64_out(&a, tids.n);
    I64Out lasts = i64_out(&a, tids.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t n_firsts = 0, n_lasts = 0, stray = -1;
    const uint64_t mask = (uint64_t)places.n - 1;
    if (places.n / 2 < tids.n || places.n == 0 || (places.n & (places.n - 1)) != 0 || tids.n > INT32_MAX) {
        arguments_done(&a);
        return PyErr_Format(PyExc_ValueError, "stored_enters: there must be a power of two of places, two for each event");
    }
    memset(places.at, 0xff, (size_t)places.n * sizeof *places.at); /* all -1: nobody is there */
    for (Py_ssize_t i = 0; i < tids.n; i++) {
        enter.at[i] = -1;
        const uint16_t key = keys.at[i];
        if (key >= wanted.n) {
            stray = i;
            break;
        }
        if (!wanted.at[key] && !stored.at[key])
            continue;
        uint64_t at = place((uint64_t)tids.at[i], seed) & mask;
        while (places.at[at] >= 0 && tids.at[places.at[at]] != tids.at[i]) /* ends: half of the places are free */
            at = (at + 1) & mask;
        const int32_t before = places.at[at];
        places.at[at] = (int32_t)i;
        if (before < 0) {
            lasts.at[n_lasts++] = (int64_t)at;
            if (wanted.at[key])
                firsts.at[n_firsts++] = i;
        } else if (wanted.at[key] && wanted.at[key] == stored.at[keys.at[before]]) {
            enter.at[i] = before;
        }
    }
    for (Py_ssize_t k = 0; k < n_lasts; k++)
        lasts.at[k] = places.at[(uint64_t)lasts.at[k] & mask];
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "stored_enters: event %zd is of a shape that nobody knows", stray);
    return Py_BuildValue("nn", n_firsts, n_lasts);
}

PyMethodDef convert_functions[] = {
    FUNCTION(shape_keys,
             "shape_keys(types, counts, known, keys) -> whether all are known\n\n"
             "Type and number of parameters of each event as one number; known: by key, 0 = not met before."),
    FUNCTION(stored_enters,
             "stored_enters(tids, keys, wanted, stored, seed, places, enter, firsts, lasts) -> (firsts, lasts)\n\n"
             "For each event the position of the event before it of the same thread that is stored as what it wants, -1 none.\n"
             "wanted, stored: by key, 0 = nothing. Events with neither are passed over. firsts: positions of each thread's first\n"
             "event if that wants something; lasts: of each thread's last one. places: room for two for each event, a power of two."),
    END_OF_FUNCTIONS,
};
