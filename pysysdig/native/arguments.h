/* Checked arguments of native functions.
 *
 * A function takes its arguments one by one from an `Arguments`; arrays come as typed, counted pointers into the caller's
 * buffers, held until `arguments_done`. Whatever does not fit (type, alignment, layout, length, writability, range) sets a
 * Python exception, and the function leaves after the last one:
 *
 *     Arguments a = arguments_of("name", items, count);
 *     U8In region = u8_in(&a, 0);
 *     I64Out off = i64_out(&a, 1024);
 *     int64_t base = integer(&a, 0, INT64_MAX);
 *     if (!arguments_taken(&a))
 *         return NULL;
 *     ...
 *     arguments_done(&a);
 *
 * Lengths are in items. `least` is how many items an array must have. Pointers of an argument that did not fit are NULL with
 * n = 0 and must not be used.
 */
#ifndef PYSYSDIG_ARGUMENTS_H
#define PYSYSDIG_ARGUMENTS_H

#define PY_SSIZE_T_CLEAN
#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030b0000 /* the buffer protocol is part of it from 3.11 on */
#endif
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_ARRAYS 32

typedef struct {
    const char *function;
    PyObject *const *items;
    Py_ssize_t count;
    Py_ssize_t next; /* argument to be taken */
    int held;        /* buffers to be given back */
    bool failed;
    Py_buffer buffers[MAX_ARRAYS];
} Arguments;

Arguments arguments_of(const char *function, PyObject *const *items, Py_ssize_t count);

/* Whether all arguments fitted and none is left; else the buffers are given back and an exception is set. */
bool arguments_taken(Arguments *a);

/* Give the buffers back. */
void arguments_done(Arguments *a);

/* The next argument as it is (borrowed), NULL if there is none. */
PyObject *object(Arguments *a);

/* The next argument, an integer in [low, high]. */
int64_t integer(Arguments *a, int64_t low, int64_t high);

/* Whether a buffer's format is a kind of number: b(ool), u(nsigned) or i(nteger); its size is to be checked as well. */
bool is_kind(const char *format, char kind);

#define ARRAY_ARGUMENT(Name, prefix, type)                                                                                       \
    typedef struct {                                                                                                             \
        const type *at;                                                                                                          \
        Py_ssize_t n;                                                                                                            \
    } Name##In;                                                                                                                  \
    typedef struct {                                                                                                             \
        type *at;                                                                                                                \
        Py_ssize_t n;                                                                                                            \
    } Name##Out;                                                                                                                 \
    Name##In prefix##_in(Arguments *a, Py_ssize_t least);                                                                        \
    Name##Out prefix##_out(Arguments *a, Py_ssize_t least);

ARRAY_ARGUMENT(Bool, bool, uint8_t)
ARRAY_ARGUMENT(U8, u8, uint8_t)
ARRAY_ARGUMENT(U16, u16, uint16_t)
ARRAY_ARGUMENT(U32, u32, uint32_t)
ARRAY_ARGUMENT(U64, u64, uint64_t)
ARRAY_ARGUMENT(I32, i32, int32_t)
ARRAY_ARGUMENT(I64, i64, int64_t)

#endif
