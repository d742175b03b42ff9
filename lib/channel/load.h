/* The notices that are under way through one engine: their bytes, from composing until the result is taken. An engine
 * knows a notice by its place in here. */
#ifndef DN_CHANNEL_LOAD_H
#define DN_CHANNEL_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct dn_carried {
    size_t number;          /* the caller's */
    bool taken, told, held; /* told: the engine has given it out as ready; held: it goes with the next release, and the
                               engine does not need its bytes behind that */
    struct dn_buf bytes, return_path, recipient, key;
};

/* Starts zeroed. */
struct dn_load {
    struct dn_carried *at;
    size_t count, last;
};

/* For an engine of so many connections. */
void dn_load_make(struct dn_load *load, size_t connections);

/* A free place, empty; there is one when the engine has room. */
size_t dn_load_place(struct dn_load *load);

/* Frees a place and what is in it; the number that it had. */
size_t dn_load_drop(struct dn_load *load, size_t place);

/* What was told until now is held. Frees the bytes of all that were held: they are on their way. */
void dn_load_hold(struct dn_load *load);
void dn_load_lighten(struct dn_load *load);

void dn_load_clear(struct dn_load *load);

#endif
