#include "base/late.h"

#include <dlfcn.h>
#include <string.h>

/* POSIX has dlsym give a function's address as a void *, whose bytes are those of the pointer to the function. */
static enum dn_status find_names(void *library, const struct dn_late_name *names, struct dn_error *err)
{
    for (; names->name; names++) {
        void *address = dlsym(library, names->name);
        if (!address)
            return dn_error_set(err, DN_SYSTEM, "%s", dlerror());
        memcpy(names->pointer, &address, sizeof address);
    }
    return DN_OK;
}

enum dn_status dn_late_load(struct dn_late *late, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    pthread_mutex_lock(&late->lock);
    if (!late->loaded) {
        void *library = dlopen(late->file, RTLD_NOW | RTLD_LOCAL);
        status = library ? find_names(library, late->names, err) : dn_error_set(err, DN_SYSTEM, "%s", dlerror());
        late->loaded = status == DN_OK;
    }
    pthread_mutex_unlock(&late->lock);
    return status;
}
