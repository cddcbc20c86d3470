/* Lines put together from pieces. The twin of render/pieces.py. */
#include "module.h"

#include <string.h>

enum { MAX_PIECES = 1024 };
#define MOST ((Py_ssize_t)1 << 40) /* bytes of text */

typedef struct {
    const char *at;
    Py_ssize_t size;
} Text;

/* A piece: one text for all lines (texts, no codes, one of them), a text by code, a text a line, or spans of a buffer. */
typedef struct {
    Text *texts; /* owned */
    Py_ssize_t n_texts;
    bool by_line;
    const int64_t *codes; /* of a text in `texts`; for spans: where they start */
    const int64_t *sizes; /* of spans; -1 = not a span, but the text of that code */
    Py_buffer codes_buffer, sizes_buffer, bytes;
    bool dots; /* spans get a dot for each byte that is not printable ASCII */
} Piece;

/* A text as bytes of latin-1. `owned` keeps those that had to be made. */
static bool bytes_of_text(PyObject *text, PyObject *owned, Text *out)
{
    out->at = PyUnicode_AsUTF8AndSize(text, &out->size);
    if (out->at != NULL && out->size == PyUnicode_GetLength(text))
        return true; /* ASCII is the same in both */
    PyErr_Clear();
    PyObject *bytes = PyUnicode_AsLatin1String(text);
    if (bytes == NULL || PyList_Append(owned, bytes) < 0) {
        Py_XDECREF(bytes);
        return false;
    }
    Py_DECREF(bytes); /* the list has it */
    out->at = PyBytes_AsString(bytes);
    out->size = PyBytes_Size(bytes);
    return true;
}

static bool read_texts(Piece *p, PyObject *list, PyObject *owned)
{
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "join: texts are to be a list");
        return false;
    }
    Py_ssize_t n = PyList_Size(list);
    p->texts = PyMem_Malloc((size_t)(n ? n : 1) * sizeof *p->texts); /* n references exist already */
    if (p->texts == NULL) {
        PyErr_NoMemory();
        return false;
    }
    p->n_texts = n;
    for (Py_ssize_t i = 0; i < n; i++)
        if (!bytes_of_text(PyList_GetItem(list, i), owned, &p->texts[i]))
            return false;
    return true;
}

static const int64_t *read_numbers(PyObject *array, Py_buffer *buffer, Py_ssize_t n)
{
    if (PyObject_GetBuffer(array, buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return NULL;
    if (buffer->itemsize != 8 || !is_kind(buffer->format, 'i') || buffer->len / 8 != n || (uintptr_t)buffer->buf % 8) {
        PyErr_SetString(PyExc_ValueError, "join: codes, starts and lengths are to be int64, one a line");
        return NULL;
    }
    return buffer->buf;
}

/* One of: str; [str, ...]; (codes, [str, ...]); (bytes, starts, lengths, dots, [str, ...]) */
static bool read_piece(Piece *p, PyObject *item, PyObject *owned, Py_ssize_t n)
{
    if (PyUnicode_Check(item)) {
        p->texts = PyMem_Malloc(sizeof *p->texts);
        p->n_texts = 1;
        if (p->texts == NULL)
            return PyErr_NoMemory() != NULL;
        return bytes_of_text(item, owned, p->texts);
    }
    if (PyList_Check(item)) {
        p->by_line = true;
        if (!read_texts(p, item, owned))
            return false;
        if (p->n_texts != n)
            PyErr_SetString(PyExc_ValueError, "join: there is to be one text a line");
        return p->n_texts == n;
    }
    if (!PyTuple_Check(item) || (PyTuple_Size(item) != 2 && PyTuple_Size(item) != 5)) {
        PyErr_SetString(PyExc_TypeError, "join: this is no piece");
        return false;
    }
    const Py_ssize_t parts = PyTuple_Size(item);
    if (!read_texts(p, PyTuple_GetItem(item, parts - 1), owned))
        return false;
    if (parts == 2) {
        p->codes = read_numbers(PyTuple_GetItem(item, 0), &p->codes_buffer, n);
        return p->codes != NULL;
    }
    if (PyObject_GetBuffer(PyTuple_GetItem(item, 0), &p->bytes, PyBUF_SIMPLE) < 0)
        return false;
    p->codes = read_numbers(PyTuple_GetItem(item, 1), &p->codes_buffer, n);
    p->sizes = p->codes == NULL ? NULL : read_numbers(PyTuple_GetItem(item, 2), &p->sizes_buffer, n);
    if (p->sizes == NULL)
        return false;
    const int dots = PyObject_IsTrue(PyTuple_GetItem(item, 3));
    p->dots = dots == 1;
    return dots >= 0;
}

static void forget_piece(Piece *p)
{
    PyMem_Free(p->texts);
    PyBuffer_Release(&p->codes_buffer);
    PyBuffer_Release(&p->sizes_buffer);
    PyBuffer_Release(&p->bytes);
}

/* What piece p has for line i; `at` NULL if a code or span is out of range. */
static Text text_of(const Piece *p, Py_ssize_t i)
{
    if (p->sizes != NULL && p->sizes[i] >= 0) {
        const int64_t start = p->codes[i], size = p->sizes[i];
        if (start < 0 || start > p->bytes.len || size > p->bytes.len - start)
            return (Text){NULL, 0};
        return (Text){(const char *)p->bytes.buf + start, (Py_ssize_t)size};
    }
    const int64_t code = p->by_line ? i : p->codes != NULL ? p->codes[i] : 0;
    if (code < 0 || code >= p->n_texts)
        return (Text){NULL, 0};
    return p->texts[code];
}

/* Copy a few bytes: most texts are shorter than what a call of memcpy costs. Reads and writes nothing else. */
static inline void copy(char *to, const char *from, size_t n)
{
    if (n >= 16) {
        memcpy(to, from, n);
    } else if (n >= 8) { /* both halves, which may overlap */
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
    } else if (n > 0) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}

static inline void copy_dotted(char *to, const char *from, size_t n)
{
    for (size_t j = 0; j < n; j++)
        to[j] = from[j] >= 0x20 && from[j] <= 0x7e ? from[j] : '.';
}

/* How long all lines are; -1: something is out of range. */
static Py_ssize_t size_of(const Piece *pieces, Py_ssize_t n_pieces, Py_ssize_t n)
{
    Py_ssize_t total = 0;
    for (Py_ssize_t k = 0; k < n_pieces; k++)
        for (Py_ssize_t i = 0; i < n; i++) {
            const Text text = text_of(&pieces[k], i);
            if (text.at == NULL || text.size > MOST - total)
                return -1;
            total += text.size;
        }
    return total;
}

/* All pieces of all lines to `out`. Returns their size, -1: something is out of range. */
static Py_ssize_t put(const Piece *pieces, Py_ssize_t n_pieces, Py_ssize_t n, char *out, Py_ssize_t room, int64_t *ends)
{
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        for (Py_ssize_t k = 0; k < n_pieces; k++) {
            const Piece *p = &pieces[k];
            const Text text = text_of(p, i);
            if (text.at == NULL || text.size > room - at) /* somebody has changed the numbers since they were added up */
                return -1;
            if (p->dots && p->sizes[i] >= 0)
                copy_dotted(out + at, text.at, (size_t)text.size);
            else
                copy(out + at, text.at, (size_t)text.size);
            at += text.size;
        }
        if (ends != NULL)
            ends[i] = at;
    }
    return at;
}

/* join(pieces, n, ends or None) -> bytes */
static PyObject *join(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("join", items, given);
    PyObject *list = object(&a);
    const Py_ssize_t n = (Py_ssize_t)integer(&a, 0, INT32_MAX);
    I64Out ends = {NULL, 0};
    if (given == 3 && items[2] != Py_None)
        ends = i64_out(&a, n);
    else
        object(&a);
    if (!arguments_taken(&a))
        return NULL;
    PyObject *out = NULL, *owned = NULL;
    Piece *pieces = NULL;
    Py_ssize_t n_pieces = PyList_Check(list) ? PyList_Size(list) : -1, ready = 0;
    if (n_pieces < 0 || n_pieces > MAX_PIECES) {
        PyErr_SetString(PyExc_ValueError, "join: pieces are to be a list of at most 1024");
        goto done;
    }
    owned = PyList_New(0);
    pieces = PyMem_Calloc((size_t)n_pieces + 1, sizeof *pieces);
    if (owned == NULL || pieces == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    while (ready < n_pieces) {
        ready++;
        if (!read_piece(&pieces[ready - 1], PyList_GetItem(list, ready - 1), owned, n))
            goto done;
    }
    Py_ssize_t size = size_of(pieces, n_pieces, n);
    if (size >= 0) {
        out = PyBytes_FromStringAndSize(NULL, size);
        if (out != NULL && put(pieces, n_pieces, n, PyBytes_AsString(out), size, ends.at) != size)
            Py_CLEAR(out);
    }
    if (out == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_IndexError, "join: a code or a span is out of range");
done:
    while (ready)
        forget_piece(&pieces[--ready]);
    PyMem_Free(pieces);
    Py_XDECREF(owned);
    arguments_done(&a);
    return out;
}

enum { ABSENT = 1, RELATIVE = 2, ODD = 4 };

/* text_ends(buf, start, length, limit, ends, kinds) -> all kinds together */
static PyObject *text_ends(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("text_ends", items, given);
    U8In buf = u8_in(&a, 0);
    I64In start = i64_in(&a, 0);
    I64In length = i64_in(&a, start.n);
    const int64_t limit = integer(&a, 0, INT32_MAX);
    I64Out size = i64_out(&a, start.n);
    U8Out kinds = u8_out(&a, start.n);
    if (!arguments_taken(&a))
        return NULL;
    Py_ssize_t stray = -1;
    int seen = 0;
    for (Py_ssize_t i = 0; i < start.n; i++) {
        const int64_t at = start.at[i], most = length.at[i];
        if (most <= 0) {
            size.at[i] = 0;
            seen |= kinds.at[i] = ABSENT;
            continue;
        }
        if (at < 0 || at > buf.n || most > buf.n - at) {
            stray = i;
            break;
        }
        const uint8_t *const text = buf.at + at;
        int64_t n = 0;
        bool plain = true;
        for (; n < most && text[n] != 0; n++)
            plain &= text[n] >= 0x20 && text[n] <= 0x7e;
        size.at[i] = n;
        int kind = plain && n <= limit ? 0 : ODD;
        if (n == 0 || text[0] != '/')
            kind |= RELATIVE;
        if (n == 6 && memcmp(text, "(NULL)", 6) == 0)
            kind = ABSENT;
        kinds.at[i] = (uint8_t)kind;
        seen |= kind;
    }
    arguments_done(&a);
    if (stray >= 0)
        return PyErr_Format(PyExc_IndexError, "text_ends: text %zd is not in the buffer", stray);
    return PyLong_FromLong(seen);
}

PyMethodDef join_functions[] = {
    FUNCTION(join,
             "join(pieces, n, ends or None) -> bytes\n\n"
             "n lines, each built from one text of every piece; where each ends. A piece is one text for all lines (str), a list\n"
             "with one a line, (codes, list of texts), or (buffer, starts, lengths, whether with dots, list of texts): spans\n"
             "of a buffer, or where the length is -1 the text whose number is the start. Dots: for bytes that are not printable ASCII."),
    FUNCTION(text_ends,
             "text_ends(buf, start, length, limit, size, kinds) -> all kinds together\n\n"
             "Size of each text up to its NUL, and what is special about it: 1 it is empty or the recorder's (NULL), 2 it does not\n"
             "begin with a slash, 4 it is longer than the limit or has bytes that are not printable ASCII."),
    END_OF_FUNCTIONS,
};
