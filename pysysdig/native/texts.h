/* Text objects. */
#ifndef PYSYSDIG_TEXTS_H
#define PYSYSDIG_TEXTS_H

#include "module.h"

/* Whether it is text of printable ASCII. */
bool is_plain(PyObject *text);

/* The code of a value (a dictionary of codes, a list of the values), new if need be; -1 with an exception, or if there is no room. */
int32_t code_of(PyObject *known, PyObject *every, PyObject *value);

#endif
