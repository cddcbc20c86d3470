/* Text that lies in a buffer, made and told apart. The twin of events/column.py, CutColumn. */
#include "loads.h"
#include "module.h"

/* Spans of a buffer: text i is `length[i]` bytes from `start[i]` on, or if the length is negative something else, known by both. */
typedef struct {
    U8In buf;
    I64In start, length;
} Spans;

static Spans spans_of(Arguments *a)
{
    Spans s;
    s.buf = u8_in(a, 0);
    s.start = i64_in(a, 0);
    s.length = i64_in(a, s.start.n);
    return s;
}

/* Where span i begins; NULL if it is not in the buffer. */
static const uint8_t *span(const Spans *s, int64_t start, int64_t length)
{
    return start < 0 || start > s->buf.n || length > s->buf.n - start ? NULL : s->buf.at + start;
}

/* Text of bytes, with a dot for each that is not printable ASCII. */
static PyObject *dotted(const uint8_t *at, Py_ssize_t n)
{
    char small[1024], *room = n <= (Py_ssize_t)sizeof small ? small : PyMem_Malloc((size_t)n); /* no more than the buffer has */
    if (room == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < n; i++)
        room[i] = at[i] >= 0x20 && at[i] <= 0x7e ? (char)at[i] : '.';
    PyObject *out = PyUnicode_DecodeLatin1(room, n, NULL);
    if (room != small)
        PyMem_Free(room);
    return out;
}

/* cut_texts(buf, start, length, dots, texts) -> list */
static PyObject *cut_texts(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("cut_texts", items, given);
    const Spans s = spans_of(&a);
    const bool dots = integer(&a, 0, 1);
    PyObject *texts = object(&a);
    if (!arguments_taken(&a))
        return NULL;
    PyObject *out = NULL;
    if (!PyList_Check(texts))
        PyErr_SetString(PyExc_TypeError, "cut_texts: texts are to be a list");
    else
        out = PyList_New(s.start.n);
    for (Py_ssize_t i = 0; out != NULL && i < s.start.n; i++) {
        const int64_t start = s.start.at[i], length = s.length.at[i];
        PyObject *text = NULL;
        if (length == -2) {
            Py_INCREF(Py_None);
            text = Py_None;
        } else if (length < 0) {
            text = PyList_GetItem(texts, (Py_ssize_t)start);
            Py_XINCREF(text);
        } else {
            const uint8_t *at = span(&s, start, length);
            if (at == NULL)
                PyErr_Format(PyExc_IndexError, "cut_texts: text %zd is not in the buffer", i);
            else
                text = dots ? dotted(at, (Py_ssize_t)length) : PyUnicode_DecodeLatin1((const char *)at, (Py_ssize_t)length, NULL);
        }
        if (text == NULL || PyList_SetItem(out, i, text) < 0)
            Py_CLEAR(out);
    }
    arguments_done(&a);
    return out;
}

static uint64_t hash_of(const uint8_t *at, int64_t n)
{
    uint64_t hash = 0x9e3779b97f4a7c15u ^ (uint64_t)n;
    for (; n >= 8; n -= 8, at += 8) {
        hash = (hash ^ load_u64(at)) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    memcpy(&rest, at, (size_t)n);
    hash = (hash ^ rest) * 0xc4ceb9fe1a85ec53u;
    return hash ^ hash >> 29;
}

typedef struct {
    uint32_t code; /* + 1; 0 = free */
    uint32_t hash;
} Place;

/* cut_codes(buf, start, length, codes, firsts) -> how many are different */
static PyObject *cut_codes(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("cut_codes", items, given);
    const Spans s = spans_of(&a);
    I32Out codes = i32_out(&a, s.start.n);
    I64Out firsts = i64_out(&a, s.start.n);
    if (!arguments_taken(&a))
        return NULL;
    const Py_ssize_t n = s.start.n;
    size_t places = 16;
    while (places < 2 * (size_t)n && places < (size_t)1 << 31)
        places *= 2;
    Place *table = n < INT32_MAX / 2 ? PyMem_Calloc(places, sizeof *table) : NULL; /* n numbers exist already */
    if (table == NULL) {
        arguments_done(&a);
        return PyErr_NoMemory();
    }
    Py_ssize_t stray = -1;
    int32_t count = 0;
    for (Py_ssize_t i = 0; i < n && stray < 0; i++) {
        const int64_t start = s.start.at[i], length = s.length.at[i];
        const bool lies = length >= 0;
        const uint8_t *const at = lies ? span(&s, start, length) : (const uint8_t *)&s.start.at[i];
        if (at == NULL) {
            stray = i;
            break;
        }
        const uint64_t hash = hash_of(at, lies ? length : (int64_t)sizeof start) + (uint64_t)!lies;
        size_t place = (size_t)hash & (places - 1);
        for (;; place = (place + 1) & (places - 1)) { /* there are more places than texts */
            Place *const p = &table[place];
            if (p->code == 0) {
                firsts.at[count] = i;
                p->code = (uint32_t)++count;
                p->hash = (uint32_t)(hash >> 32);
            } else {
                const int64_t first = firsts.at[p->code - 1];
                if (p->hash != (uint32_t)(hash >> 32) || s.length.at[first] != length)
                    continue;
                const uint8_t *const known = lies ? span(&s, s.start.at[first], length) : NULL;
                if (lies ? known == NULL || memcmp(known, at, (size_t)length) != 0 : s.start.at[first] != start)
                    continue;
            }
            codes.at[i] = (int32_t)p->code - 1;
            break;
        }
    }
    PyMem_Free(table);
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "cut_codes: text %zd is not in the buffer", stray);
    return PyLong_FromLong(count);
}

PyMethodDef cuts_functions[] = {
    FUNCTION(cut_texts,
             "cut_texts(buf, start, length, dots, texts) -> list\n\n"
             "The bytes of each span as text, with dots (1) for what is not printable ASCII. Where the length is -1 it is the text\n"
             "with the number `start`, where it is -2 None."),
    FUNCTION(cut_codes,
             "cut_codes(buf, start, length, codes, firsts) -> how many are different\n\n"
             "A number for each span, equal for equal bytes (or equal starts and lengths, if the length is negative), and\n"
             "where each number comes first."),
    END_OF_FUNCTIONS,
};
