/* A way over the network as a struct of functions: many notices under way at a time, each of which leaves only when its
 * intent is durable. Made from the engines of channel/smtp.h and channel/http.h, whose words it uses; in tests a
 * double. All functions must be there but for the two that are said to be NULL where a way has them not. */
#ifndef DN_CHANNEL_WAY_H
#define DN_CHANNEL_WAY_H

#include "channel/smtp.h"
#include "channel/transport.h"

/* How it stands: how many notices it would take now, has, has released; how the other end does. */
struct dn_way_state {
    size_t room, letters, in_flight;
    struct dn_smtp_relay peer;
};

struct dn_way {
    void *self;
    const char *name;      /* for people: "mail relay" */
    int64_t rate, rate_ms; /* as configured; rate 0: no limit */

    struct dn_way_state (*state)(void *self);
    /* Composes one and takes it; its bytes are kept until its result is taken. number is the caller's. DN_INVALID: this
     * one will never leave, and was not taken; DN_SYSTEM: nothing will. */
    enum dn_status (*take)(void *self, size_t number, const struct dn_dispatch *dispatch, struct dn_error *err);
    /* What to wait for until it can be read (-1: this system has none), and how long at most (*wait_ms comes in as the
     * longest); then turn with 0. */
    int (*descriptor)(void *self, int64_t *wait_ms);
    /* As the engines have them. */
    enum dn_status (*turn)(void *self, int64_t timeout_ms, struct dn_error *err);
    bool (*ready)(void *self, size_t *number);
    bool (*gather)(void *self);
    /* How many are ready and were not told; hold: what was told until now is what release lets go, so that others can
     * be told while the ledger makes these durable. Both NULL: release lets go of all that were told. */
    size_t (*waiting)(void *self);
    void (*hold)(void *self);
    bool beside; /* ... and it is worth it: else those that are told together share a sync, which is quicker */
    void (*release)(void *self);
    bool (*result)(void *self, struct dn_smtp_result *result);
    /* _recall; abandon: _abandon, which recalls, too. */
    void (*recall)(void *self, bool abandon, const char *reason);
};

/* Who looks at what leaves. see: the bytes of a notice, before they are handed over. settle: before anything of what
 * was seen leaves. What one of them returns, if not DN_OK, ends the run, and nothing more leaves. NULL: nobody looks.
 */
struct dn_sight {
    enum dn_status (*see)(void *context, const struct dn_plan_row *row, struct dn_text bytes, struct dn_error *err);
    enum dn_status (*settle)(void *context, struct dn_error *err);
    void *context;
};

#endif
