/* A shared library that is loaded when it is first needed. What a program is linked with it waits for at every start:
 * libcurl brings 33 libraries and 4 ms, and most runs send nothing. */
#ifndef DN_BASE_LATE_H
#define DN_BASE_LATE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"

/* A function (or variable) of the library, and the pointer that gets its address. */
struct dn_late_name {
    const char *name; /* NULL ends a list */
    void *pointer;
};

/* One library, for as long as the process lives; starts as DN_LATE(file, names). */
struct dn_late {
    const char *file; /* its soname, looked for where the system looks */
    const struct dn_late_name *names;
    pthread_mutex_t lock;
    bool loaded;
};

#define DN_LATE(file, names)                                                                                           \
    {                                                                                                                  \
        file, names, PTHREAD_MUTEX_INITIALIZER, false                                                                  \
    }

/* Loads the library and sets all pointers, if that has not been done; from any thread. DN_SYSTEM: it, or one of the
 * names, is not there, and no pointer may be used. */
enum dn_status dn_late_load(struct dn_late *late, struct dn_error *err);

#endif
