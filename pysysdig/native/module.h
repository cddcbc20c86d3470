/* What each part of the module adds to it: a list of functions that ends with an empty entry. */
#ifndef PYSYSDIG_MODULE_H
#define PYSYSDIG_MODULE_H

#include "arguments.h"

extern PyMethodDef addresses_functions[];
extern PyMethodDef changes_functions[];
extern PyMethodDef convert_functions[];
extern PyMethodDef cuts_functions[];
extern PyMethodDef descriptors_functions[];
extern PyMethodDef join_functions[];
extern PyMethodDef live_functions[];
extern PyMethodDef memory_functions[];
extern PyMethodDef pairs_functions[];
extern PyMethodDef procfs_functions[];
extern PyMethodDef spans_functions[];
extern PyMethodDef texts_functions[];
extern PyMethodDef timeline_functions[];
extern PyMethodDef walk_functions[];

/* Types that functions make objects of. */
typedef struct {
    PyTypeObject *params, *located;
} State;

int add_params(PyObject *module, State *state);

/* An entry of such a list. */
#define FUNCTION(name, doc) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, PyDoc_STR(doc)}
#define END_OF_FUNCTIONS {NULL, NULL, 0, NULL}

#endif
