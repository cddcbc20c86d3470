/* Files of /proc/PID, read at the start of a live capture. The twin of capture/procfiles.py.
 *
 * Each file is opened below the directory of its process, and the system calls of a process (of some of its descriptors) are made in
 * one go, without the interpreter: that is most of what the scan of a machine with thousands of processes takes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "module.h"

#ifdef __linux__
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MOST = 1 << 16, /* bytes of a file */
    AREA_MOST = 4096,    /* of arguments and environment */
    LINK_MOST = 4096,
    HEAD_MOST = 512, /* of a descriptor's file, whose first lines are of interest */
    BLOCK = 32,      /* descriptors at a time */
};

typedef struct {
    const char *at;
    Py_ssize_t n;
} Bytes;

/* The first `most` bytes of a file below a directory; none if it cannot be read. */
static Bytes contents(int directory, const char *name, char *at, size_t most)
{
    Bytes out = {at, 0};
    const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return out;
    const ssize_t n = read(fd, at, most);
    close(fd);
    out.n = n > 0 ? n : 0;
    return out;
}

static Bytes link_of(int directory, const char *name, char *at)
{
    const ssize_t n = readlinkat(directory, name, at, LINK_MOST);
    return (Bytes){at, n > 0 ? n : 0};
}

static PyObject *object_of(Bytes bytes)
{
    return PyBytes_FromStringAndSize(bytes.at, bytes.n);
}

static long long nanoseconds(struct timespec time)
{
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int opened(int64_t pid, const char *below)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld%s", (long long)pid, below);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Whether a process has memory: kernel threads have none, nor has who is gone but not waited for. */
static bool has_memory(Bytes status)
{
    return memmem(status.at, (size_t)status.n, "\nVmSize:", 8) != NULL;
}

typedef struct {
    char status[FILE_MOST], stat[FILE_MOST], cgroup[FILE_MOST], login[32], command[AREA_MOST], environment[AREA_MOST];
    char exe[LINK_MOST], cwd[LINK_MOST], root[LINK_MOST];
} Process;

/* process_files(pid) -> tuple or None */
static PyObject *process_files(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("process_files", items, given);
    const int64_t pid = integer(&a, 0, INT32_MAX);
    if (!arguments_taken(&a))
        return NULL;
    arguments_done(&a);
    Process *p = malloc(sizeof *p);
    if (p == NULL)
        return PyErr_NoMemory();
    const Bytes none = {"", 0};
    Bytes status = none, stat_ = none, command = none, environment = none, cgroup = none, login = none;
    Bytes exe = none, cwd = none, root = none;
    struct stat s;
    bool there = false, executable = false;
    Py_BEGIN_ALLOW_THREADS
    const int directory = opened(pid, "");
    if (directory >= 0) {
        status = contents(directory, "status", p->status, sizeof p->status);
        stat_ = contents(directory, "stat", p->stat, sizeof p->stat);
        there = status.n > 0 && stat_.n > 0;
        if (there && has_memory(status)) {
            command = contents(directory, "cmdline", p->command, sizeof p->command);
            environment = contents(directory, "environ", p->environment, sizeof p->environment);
            exe = link_of(directory, "exe", p->exe);
            executable = fstatat(directory, "exe", &s, 0) == 0;
        }
        if (there) {
            cwd = link_of(directory, "cwd", p->cwd);
            root = link_of(directory, "root", p->root);
            cgroup = contents(directory, "cgroup", p->cgroup, sizeof p->cgroup);
            login = contents(directory, "loginuid", p->login, sizeof p->login);
        }
        close(directory);
    }
    Py_END_ALLOW_THREADS
    PyObject *out = NULL, *program = NULL;
    if (executable)
        program = Py_BuildValue("(KLLIII)", (unsigned long long)s.st_ino, nanoseconds(s.st_ctim), nanoseconds(s.st_mtim),
                                (unsigned)s.st_mode, (unsigned)s.st_uid, (unsigned)s.st_gid);
    if (there && (program != NULL || !executable))
        out = Py_BuildValue("(NNNNNNNNNO)", object_of(status), object_of(stat_), object_of(command), object_of(environment),
                            object_of(cgroup), object_of(login), object_of(exe), object_of(cwd), object_of(root),
                            executable ? program : Py_None);
    Py_XDECREF(program);
    free(p);
    if (out == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return out;
}

/* process_areas(pid) -> (arguments, environment) or None */
static PyObject *process_areas(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("process_areas", items, given);
    const int64_t pid = integer(&a, 0, INT32_MAX);
    if (!arguments_taken(&a))
        return NULL;
    arguments_done(&a);
    char command[AREA_MOST], environment[AREA_MOST];
    Bytes commands = {command, 0}, environments = {environment, 0};
    bool there = false;
    Py_BEGIN_ALLOW_THREADS
    const int directory = opened(pid, "");
    there = directory >= 0;
    if (there) {
        commands = contents(directory, "cmdline", command, sizeof command);
        environments = contents(directory, "environ", environment, sizeof environment);
        close(directory);
    }
    Py_END_ALLOW_THREADS
    if (!there)
        Py_RETURN_NONE;
    return Py_BuildValue("(NN)", object_of(commands), object_of(environments));
}

/* A number after `name` at the beginning of a line, -1 if there is none. */
static long long number_after(const char *text, const char *name, int base)
{
    const size_t n = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) != 0)
            continue;
        char *end;
        const char *first = line + n + strspn(line + n, " \t");
        const long long value = strtoll(first, &end, base);
        return *first >= '0' && *first <= '9' && end != first && value >= 0 ? value : -1;
    }
    return -1;
}

typedef struct {
    int fd;
    Bytes target;
    struct stat s; /* zeros where the target tells all */
    long long flags, mount;
    char link[LINK_MOST];
} Descriptor;

/* Whether the target of a descriptor says all there is. */
static bool tells_all(Bytes target)
{
    static const char *const begins[] = {"socket:[", "pipe:[", "anon_inode:"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        const size_t n = strlen(begins[i]);
        if ((size_t)target.n >= n && memcmp(target.at, begins[i], n) == 0)
            return true;
    }
    return false;
}

/* Read one; false if it is gone. */
static bool read_descriptor(int directory, int infos, const char *name, Descriptor *d)
{
    memset(&d->s, 0, sizeof d->s);
    d->flags = d->mount = -1;
    d->target = link_of(directory, name, d->link);
    if (d->target.n == 0)
        return false;
    if (tells_all(d->target))
        return true;
    if (fstatat(directory, name, &d->s, 0) != 0)
        return false;
    char head[HEAD_MOST + 1];
    head[contents(infos, name, head, HEAD_MOST).n] = 0;
    d->flags = number_after(head, "flags:", 8);
    d->mount = number_after(head, "mnt_id:", 10);
    return true;
}

/* The next descriptors of a directory, at most BLOCK; how many there are. */
static int some_descriptors(DIR *listing, int infos, Descriptor *block, int64_t *room)
{
    int n = 0;
    const struct dirent *entry;
    while (n < BLOCK && *room > 0 && (entry = readdir(listing)) != NULL) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        --*room;
        block[n].fd = atoi(entry->d_name);
        n += read_descriptor(dirfd(listing), infos, entry->d_name, &block[n]);
    }
    return n;
}

static bool add_descriptor(PyObject *out, const Descriptor *d)
{
    PyObject *item = Py_BuildValue("(iNIKKLL)", d->fd, object_of(d->target), (unsigned)d->s.st_mode,
                                   (unsigned long long)d->s.st_ino, (unsigned long long)d->s.st_dev, d->flags, d->mount);
    const bool good = item != NULL && PyList_Append(out, item) == 0;
    Py_XDECREF(item);
    return good;
}

/* process_descriptors(pid, most) -> list */
static PyObject *process_descriptors(PyObject *Py_UNUSED(module), PyObject *const *items, Py_ssize_t given)
{
    Arguments a = arguments_of("process_descriptors", items, given);
    const int64_t pid = integer(&a, 0, INT32_MAX);
    int64_t room = integer(&a, 0, 1 << 20);
    if (!arguments_taken(&a))
        return NULL;
    arguments_done(&a);
    Descriptor *block = malloc(BLOCK * sizeof *block);
    PyObject *out = block == NULL ? PyErr_NoMemory() : PyList_New(0);
    DIR *listing = NULL;
    int infos = -1, n = 0;
    Py_BEGIN_ALLOW_THREADS
    const int directory = opened(pid, "/fd");
    if (directory >= 0 && (listing = fdopendir(directory)) == NULL)
        close(directory);
    if (listing != NULL)
        infos = opened(pid, "/fdinfo");
    Py_END_ALLOW_THREADS
    while (out != NULL && listing != NULL) {
        Py_BEGIN_ALLOW_THREADS
        n = some_descriptors(listing, infos, block, &room);
        Py_END_ALLOW_THREADS
        for (int i = 0; i < n && out != NULL; i++)
            if (!add_descriptor(out, &block[i]))
                Py_CLEAR(out);
        if (n < BLOCK)
            break;
    }
    if (listing != NULL)
        closedir(listing);
    if (infos >= 0)
        close(infos);
    free(block);
    return out;
}

PyMethodDef procfs_functions[] = {
    FUNCTION(process_files, "process_files(pid)\n\nSee capture/procfiles.py."),
    FUNCTION(process_areas, "process_areas(pid)\n\nSee capture/procfiles.py."),
    FUNCTION(process_descriptors, "process_descriptors(pid, most)\n\nSee capture/procfiles.py."),
    END_OF_FUNCTIONS,
};
#else
PyMethodDef procfs_functions[] = {END_OF_FUNCTIONS};
#endif
