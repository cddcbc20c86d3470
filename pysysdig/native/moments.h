/* Which row a slot had at a moment (timeline.c). */
#ifndef PYSYSDIG_MOMENTS_H
#define PYSYSDIG_MOMENTS_H

#include "arguments.h"

enum { SEQ_BITS = 18 };

/* A Timeline of state/timeline.py. */
typedef struct {
    I32In current, first; /* by slot: its row; the index of its first change, -1 none */
    I64In keys;           /* slot and sequence number of the changes, ascending */
    I32In rows, before;   /* rows after and before them */
} Timeline;

/* The next five arguments. */
Timeline timeline_in(Arguments *a);

/* The last of the changes of a slot that are not after `key`, from `first` on; -1: none. */
Py_ssize_t change_at(const int64_t *keys, Py_ssize_t n, Py_ssize_t first, int64_t key);

/* The row of a slot as of a sequence number, -1 none; false: there is no such slot. */
static inline bool row_at(const Timeline *t, int64_t slot, int64_t seq, int32_t *row)
{
    if (slot < 0 || slot >= t->current.n)
        return false;
    const Py_ssize_t begin = t->first.at[slot];
    if (begin < 0) {
        *row = t->current.at[slot];
        return true;
    }
    if (begin >= t->keys.n)
        return false;
    const Py_ssize_t found = change_at(t->keys.at, t->keys.n, begin, (int64_t)((uint64_t)slot << SEQ_BITS) | seq);
    *row = found < 0 ? t->before.at[begin] : t->rows.at[found];
    return true;
}

#endif
