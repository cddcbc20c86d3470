/* Addresses as text. tuple_texts is the twin of render/addresses.socktuple. */
#include "addresses.h"
#include "loads.h"
#include "texts.h"

enum { INET = 2, IPV4_TUPLE = 13 }; /* family, address, port, address, port */

char *write_decimal(char *at, unsigned value)
{
    char digits[8];
    int n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) && n < 8);
    while (n)
        *at++ = digits[--n];
    return at;
}

char *write_ipv4(char *at, const uint8_t *address)
{
    for (int i = 0; i < 4; i++) {
        at = write_decimal(at, address[i]);
        if (i < 3)
            *at++ = '.';
    }
    return at;
}

/* The socket tuple at a place of a buffer as text, if it is one of IPv4: new; NULL without an exception if it is not. */
static PyObject *tuple_text(const U8In *buf, int64_t at, int64_t length)
{
    uint8_t tuple[IPV4_TUPLE];
    if (length != IPV4_TUPLE || at < 0 || buf->n < IPV4_TUPLE || at > buf->n - IPV4_TUPLE)
        return NULL;
    memcpy(tuple, buf->at + at, sizeof tuple);
    if (tuple[0] != INET)
        return NULL;
    char written[2 * (IPV4_TEXT + PORT_TEXT) + 4], *end = write_ipv4(written, tuple + 1);
    *end++ = ':';
    end = write_decimal(end, load_u16(tuple + 5));
    *end++ = '-';
    *end++ = '>';
    end = write_ipv4(end, tuple + 7);
    *end++ = ':';
    end = write_decimal(end, load_u16(tuple + 11));
    return PyUnicode_DecodeLatin1(written, end - written, NULL);
}

/* tuple_texts(buf, start, length) -> list */
static PyObject *tuple_texts(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("tuple_texts", items, given);
    U8In buf = u8_in(&a, 0);
    I64In start = i64_in(&a, 0);
    I64In length = i64_in(&a, start.n);
    if (!arguments_taken(&a))
        return NULL;
    PyObject *out = PyList_New(start.n);
    for (Py_ssize_t i = 0; out != NULL && i < start.n; i++) {
        PyObject *text = tuple_text(&buf, start.at[i], length.at[i]);
        if (text == NULL && !PyErr_Occurred()) {
            Py_INCREF(Py_None);
            text = Py_None;
        }
        if (text == NULL || PyList_SetItem(out, i, text) < 0)
            Py_CLEAR(out);
    }
    arguments_done(&a);
    return out;
}

/* tuple_codes(buf, start, length, known, every, out) -> None */
static PyObject *tuple_codes(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("tuple_codes", items, given);
    U8In buf = u8_in(&a, 0);
    I64In start = i64_in(&a, 0);
    I64In length = i64_in(&a, start.n);
    PyObject *known = object(&a), *every = object(&a);
    I32Out out = i32_out(&a, start.n);
    if (!arguments_taken(&a))
        return NULL;
    bool good = PyDict_Check(known) && PyList_Check(every);
    if (!good)
        PyErr_SetString(PyExc_TypeError, "tuple_codes: a dictionary and a list are needed");
    for (Py_ssize_t i = 0; good && i < start.n; i++) {
        PyObject *text = tuple_text(&buf, start.at[i], length.at[i]);
        out.at[i] = text != NULL ? code_of(known, every, text) : -2;
        good = text != NULL ? out.at[i] >= 0 : !PyErr_Occurred();
        Py_XDECREF(text);
    }
    arguments_done(&a);
    if (good)
        Py_RETURN_NONE;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_OverflowError, "tuple_codes: too many values");
    return NULL;
}

PyMethodDef addresses_functions[] = {
    FUNCTION(tuple_codes,
             "tuple_codes(buf, start, length, known, every, out)\n\n"
             "The codes (see `codes`) of what tuple_texts makes of socket tuples, -2 instead of None."),
    FUNCTION(tuple_texts,
             "tuple_texts(buf, start, length) -> list\n\n"
             "Socket tuples of IPv4 as text, of numbers only; None for others, and for those that are not in the buffer."),
    END_OF_FUNCTIONS,
};
