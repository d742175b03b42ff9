/* What a call of notify-send asks for, and which of it does not go together. */
#ifndef DN_CHANNEL_ORDER_H
#define DN_CHANNEL_ORDER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* Words of a command line; what was not given is NULL. */
struct dn_order {
    const char *incident, *config, *ledger, *resources, *notice, *outbox, *archive, *format, *approve, *approved_by;
    const char *by;                    /* who sends */
    struct dn_strings profiles;        /* the evidence was read with, for the archive; the caller clears */
    const struct dn_strings *operands; /* NULL: none, which is standard input */
    bool dry_run, now_given;
};

/* Looks at the words alone, at no file (but: are two folders one?). DN_INVALID: what is wrong with them. */
enum dn_status dn_order_check(const struct dn_order *order, struct dn_error *err);

/* Words that are no files, and no incident that is one: "notify-send -i face-smile 'Build done'" is meant for the
 * desktop. */
bool dn_desktop_order(const struct dn_order *order);

#endif
