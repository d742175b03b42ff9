/* Who owned what when (duenotice-ownership(5)): rows key,tenant_id,from,until; from <= at < until, an empty one is
 * open. */
#ifndef DN_TENANT_OWNERSHIP_H
#define DN_TENANT_OWNERSHIP_H

#include "base/error.h"
#include "tenant/keys.h"
#include "time/instant.h"

/* One period of one key. */
struct dn_period_owned {
    char *tenant_id;
    struct dn_instant from, until;
};

/* Starts zeroed but for `delimiter`. */
struct dn_ownership {
    struct dn_period_owned *at;
    size_t count, room;
    char delimiter;      /* between the file's columns; 0: a comma, or what a "sep=" line says */
    struct dn_keys keys; /* numbers are those of periods; resources are whole ones, not prefixes */
};

/* Reads the file. A key is a network or address, a subscription id, a domain, or a resource, by its look. DN_INVALID:
 * an empty key or tenant, a time that is none, until not after from, a public suffix, /0. */
enum dn_status dn_ownership_read(const char *path, struct dn_ownership *ownership, struct dn_error *err);

/* What ownership says of a resource during a span. */
enum dn_owned {
    DN_OWNED_NOT,    /* no key of the resource is in the file */
    DN_OWNED_ONE,    /* by one tenant during the whole span */
    DN_OWNED_UNCLEAR /* by nobody during the whole span, by two, or the span is not known */
};

/* owners (overwritten): the tenant_id, as dn_tenant_key spells it, if ONE; if UNCLEAR those that the periods touching
 * the span name. A key that is the whole resource decides alone; else subscription, domain and network are all asked
 * and must agree. */
enum dn_owned dn_ownership_ask(struct dn_ownership *ownership, const struct dn_target *target, struct dn_instant first,
                               struct dn_instant last, struct dn_strings *owners);

void dn_ownership_clear(struct dn_ownership *ownership);

#endif
