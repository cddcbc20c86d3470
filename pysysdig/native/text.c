/* Text of the state: interned, split, joined. See state/raw.py and state/paths.py. */
#include "step.h"

enum { MAX_PATH_TEXT = 1024, MAX_LISTED = 4 << 20, MAX_LISTS = 8192 };

/* A hash of bytes, and whether all are ASCII. Who makes them collide makes them be built anew, no more. */
static uint64_t hash_of(Bytes bytes, bool *plain)
{
    uint64_t hash = 0x9e3779b97f4a7c15u ^ (uint64_t)bytes.n, seen = 0;
    Py_ssize_t i = 0;
    for (; i + 8 <= bytes.n; i += 8) {
        const uint64_t word = load_u64(bytes.at + i);
        seen |= word;
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    if (i < bytes.n)
        memcpy(&rest, bytes.at + i, (size_t)(bytes.n - i));
    seen |= rest;
    hash = (hash ^ rest) * 0xc4ceb9fe1a85ec53u;
    hash ^= hash >> 29;
    *plain = !(seen & 0x8080808080808080u);
    return hash;
}

bool ascii(PyObject *text, Bytes *out)
{
    if (!PyUnicode_Check(text))
        return false;
    const char *at = PyUnicode_AsUTF8AndSize(text, &out->n);
    if (at == NULL) {
        PyErr_Clear();
        return false;
    }
    out->at = (const uint8_t *)at;
    return out->n == PyUnicode_GetLength(text);
}

/* The text of bytes, one that is known if it is in its place among so many. */
static PyObject *known_text(Step *s, Bytes bytes, size_t places)
{
    if (bytes.n == 0) {
        Py_INCREF(s->nothing);
        return s->nothing;
    }
    bool plain;
    const uint64_t hash = hash_of(bytes, &plain);
    Interned *place = plain ? &s->interned[hash % places] : NULL;
    Bytes known;
    if (plain && place->text != NULL && place->hash == hash && ascii(place->text, &known) && known.n == bytes.n &&
        memcmp(known.at, bytes.at, (size_t)bytes.n) == 0) {
        Py_INCREF(place->text);
        return place->text;
    }
    PyObject *out = PyUnicode_DecodeLatin1((const char *)bytes.at, bytes.n, NULL);
    if (out != NULL && plain && bytes.n <= MAX_PATH_TEXT) {
        place->hash = hash;
        share(&place->text, out);
    }
    return out;
}

PyObject *text_of(Step *s, Bytes bytes)
{
    return known_text(s, bytes, INTERNED);
}

PyObject *recent_text_of(Step *s, Bytes bytes)
{
    return known_text(s, bytes, RECENT);
}

bool room_for_lists(Step *s, Py_ssize_t more)
{
    if (s->listed + more > MAX_LISTED || PyDict_Size(s->lists) + PyDict_Size(s->places) >= MAX_LISTS) {
        PyDict_Clear(s->lists);
        PyDict_Clear(s->places);
        s->listed = 0;
    }
    s->listed += more;
    return more <= MAX_LISTED / 64;
}

/* NUL-separated text as a tuple. */
static PyObject *split(Step *s, Bytes bytes)
{
    if (bytes.at[bytes.n - 1] == 0)
        bytes.n--;
    Py_ssize_t count = 1;
    for (Py_ssize_t i = 0; i < bytes.n; i++)
        count += bytes.at[i] == 0;
    PyObject *out = PyTuple_New(count);
    const uint8_t *at = bytes.at, *end = bytes.at + bytes.n;
    for (Py_ssize_t i = 0; out != NULL && i < count; i++) {
        const uint8_t *stop = at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
        if (stop == NULL)
            stop = end;
        PyObject *item = text_of(s, (Bytes){at, stop - at});
        if (item == NULL || PyTuple_SetItem(out, i, item) < 0)
            Py_CLEAR(out);
        at = stop + 1;
    }
    return out;
}

PyObject *texts_of(Step *s, Bytes bytes)
{
    if (bytes.n == 0) {
        Py_INCREF(s->no_texts);
        return s->no_texts;
    }
    PyObject *key = PyBytes_FromStringAndSize((const char *)bytes.at, bytes.n);
    if (key == NULL)
        return NULL;
    PyObject *out = PyDict_GetItemWithError(s->lists, key);
    Py_XINCREF(out);
    if (out == NULL && !PyErr_Occurred()) {
        out = split(s, bytes);
        if (out != NULL && room_for_lists(s, bytes.n) && PyDict_SetItem(s->lists, key, out) < 0)
            Py_CLEAR(out);
    }
    Py_DECREF(key);
    return out;
}

/* paths */

typedef struct {
    uint8_t at[2 * MAX_PATH_TEXT];
    Py_ssize_t n;
} Path;

/* Whether a path has components that go, or slashes in a row. */
static bool has_to_be_normalised(Bytes path)
{
    if (path.n && path.at[0] == '.')
        return true;
    for (const uint8_t *at = path.at, *end = path.at + path.n - 1; at < end; at++) {
        at = memchr(at, '/', (size_t)(end - at));
        if (at == NULL)
            return false;
        if (at[1] == '/' || at[1] == '.')
            return true;
    }
    return false;
}

static inline bool after_slash(const Path *out)
{
    return out->n == 0 || out->at[out->n - 1] == '/';
}

static void normalise(Path *out, Bytes path)
{
    const bool empty_base = out->n == 0;
    Py_ssize_t i = 0;
    while (i < path.n) {
        const uint8_t c = path.at[i];
        const bool last = i + 1 >= path.n;
        if (c == '.' && after_slash(out)) {
            const bool up = !last && path.at[i + 1] == '.' && (i + 2 >= path.n || path.at[i + 2] == '/');
            if (up) {
                if (out->n > 1) {
                    out->n--;
                    while (out->n && out->at[out->n - 1] != '/')
                        out->n--;
                }
                i += i + 2 < path.n ? 3 : 2;
                continue;
            }
            if (last || path.at[i + 1] == '/') {
                i += last ? 1 : 2;
                continue;
            }
        } else if (c == '/' && ((out->n && out->at[out->n - 1] == '/') || (!out->n && !empty_base))) {
            i++;
            continue;
        }
        out->at[out->n++] = c;
        i++;
    }
}

PyObject *join(Step *s, Bytes base, Bytes path)
{
    if (base.n + path.n + 1 > MAX_PATH_TEXT) {
        Py_INCREF(s->too_long);
        return s->too_long;
    }
    uint8_t printable[MAX_PATH_TEXT];
    if (!s->current_generation) {
        for (Py_ssize_t i = 0; i < path.n; i++)
            printable[i] = path.at[i] >= 0x20 && path.at[i] <= 0x7e ? path.at[i] : '.';
        path.at = printable;
    }
    const bool relative = path.n && path.at[0] != '/';
    Path out;
    out.n = 0;
    if (relative) {
        memcpy(out.at, base.at, (size_t)base.n);
        out.n = base.n;
    }
    if (has_to_be_normalised(path))
        normalise(&out, path);
    else if (path.n) {
        memcpy(out.at + out.n, path.at, (size_t)path.n);
        out.n += path.n;
    }
    if (out.n > 1 && out.at[out.n - 1] == '/')
        out.n--;
    return text_of(s, (Bytes){out.at, out.n});
}

PyObject *directory_base(Step *s, PyObject *path)
{
    Bytes whole;
    if (!ascii(path, &whole) || whole.n > MAX_PATH_TEXT) {
        PyErr_SetString(PyExc_ValueError, "a path that is not one");
        return NULL;
    }
    if (whole.n && whole.at[whole.n - 1] == '/') {
        Py_INCREF(path);
        return path;
    }
    uint8_t out[MAX_PATH_TEXT + 1];
    memcpy(out, whole.at, (size_t)whole.n);
    out[whole.n] = '/';
    return text_of(s, (Bytes){out, whole.n + 1});
}
