/* A log of changes: entries of four or five numbers, in the order they happened. The base class of state/log.py. */
#ifndef PYSYSDIG_LOG_H
#define PYSYSDIG_LOG_H

#include "module.h"

enum { LOG_KEY, LOG_SEQ, LOG_ROW, LOG_BEFORE, LOG_FD, LOG_WIDEST };

typedef struct {
    PyObject_HEAD
    int64_t *entries;
    Py_ssize_t n, room; /* entries */
    int width;
} Log;

/* Append an entry: the first `width` of these; false with an exception. */
bool log_add(Log *log, int64_t key, int64_t seq, int64_t row, int64_t before, int64_t fd);

/* Take the last removal of a key with this sequence number back; the row before it, -1: there was none. */
int64_t log_take_back(Log *log, int64_t key, int64_t seq);

int add_log_type(PyObject *module);

#endif
