/* What the process does with memory that it has given up. */
#include "module.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum {
    LARGE = 8 << 20, /* blocks from here on are asked of the system one by one */
    KEPT = 32 << 20, /* so much at the end of the heap is kept for the next request */
};

/* keep_memory() -> None */
static PyObject *keep_memory(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("keep_memory", items, given);
    if (!arguments_taken(&a))
        return NULL;
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, KEPT);
#endif
    arguments_done(&a);
    Py_RETURN_NONE;
}

PyMethodDef memory_functions[] = {
    FUNCTION(keep_memory,
             "keep_memory()\n\n"
             "Columns of a batch are given up with it, and asked for again with the next: the system need not take the pages back\n"
             "in between, and clear them again."),
    END_OF_FUNCTIONS,
};
