/* pysysdig._native: the parts that Python is too slow for. See docs/native.md. */
#include "log.h"
#include "rows.h"
#include "step.h"

/* What pysysdig/speed.py has to expect: to be raised there and here whenever a function's arguments or results change. */
#define INTERFACE 21

#ifndef SOURCES
#define SOURCES "" /* digest of the sources, from setup.py */
#endif

static PyMethodDef *const parts[] = {addresses_functions, changes_functions, convert_functions, cuts_functions,  descriptors_functions,
                                     join_functions,      live_functions,    memory_functions,  pairs_functions, procfs_functions,
                                     spans_functions,     texts_functions,    timeline_functions, walk_functions};

static int fill(PyObject *module)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (PyModule_AddFunctions(module, parts[i]) < 0)
            return -1;
    if (add_params(module, PyModule_GetState(module)) < 0 || add_log_type(module) < 0 || add_row_types(module) < 0 ||
        add_step_type(module) < 0)
        return -1;
    if (PyModule_AddIntConstant(module, "INTERFACE", INTERFACE) < 0 ||
        PyModule_AddIntConstant(module, "PYTHON", Py_LIMITED_API) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "SOURCES", SOURCES);
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->params);
    Py_VISIT(state->located);
    return 0;
}

static int clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->params);
    Py_CLEAR(state->located);
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)fill}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pysysdig._native",
    .m_doc = PyDoc_STR("Native kernels; pysysdig.speed decides whether they are used."),
    .m_size = sizeof(State),
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
};

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&definition);
}
