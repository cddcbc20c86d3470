/* Addresses as text. tuple_texts is the twin of render/addresses.socktuple. */
#include "addresses.h"
#include "loads.h"

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
        const int64_t at = start.at[i];
        uint8_t tuple[IPV4_TUPLE];
        PyObject *text = Py_None;
        if (length.at[i] == IPV4_TUPLE && at >= 0 && buf.n >= IPV4_TUPLE && at <= buf.n - IPV4_TUPLE) {
            memcpy(tuple, buf.at + at, sizeof tuple);
            if (tuple[0] == INET) {
                char written[2 * (IPV4_TEXT + PORT_TEXT) + 4], *end = write_ipv4(written, tuple + 1);
                *end++ = ':';
                end = write_decimal(end, load_u16(tuple + 5));
                *end++ = '-';
                *end++ = '>';
                end = write_ipv4(end, tuple + 7);
                *end++ = ':';
                end = write_decimal(end, load_u16(tuple + 11));
                text = PyUnicode_DecodeLatin1(written, end - written, NULL);
            }
        }
        if (text == Py_None)
            Py_INCREF(text);
        if (text == NULL || PyList_SetItem(out, i, text) < 0)
            Py_CLEAR(out);
    }
    arguments_done(&a);
    return out;
}

PyMethodDef addresses_functions[] = {
    FUNCTION(tuple_texts,
             "tuple_texts(buf, start, length) -> list\n\n"
             "Socket tuples of IPv4 as text, of numbers only; None for others, and for those that are not in the buffer."),
    END_OF_FUNCTIONS,
};
