#include "notice/rehearsal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/name.h"
#include "notice/reach.h"

static enum dn_status read_limit(const char *limit, int64_t *number, struct dn_error *err)
{
    if (!limit || (dn_text_number(dn_text_of(limit), number) && *number > 0))
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "--limit: a number of notices from 1 on, not '%s'", limit);
}

enum dn_status dn_rehearsal_read(const char *address, const char *limit, const struct dn_strings *tenants,
                                 struct dn_rehearsal *rehearsal, struct dn_error *err)
{
    *rehearsal = (struct dn_rehearsal){.tenants = tenants};
    if (!address && (limit || tenants->count))
        return dn_error_set(err, DN_INVALID, "%s goes with --rehearse: what is real is sent to everybody",
                            limit ? "--limit" : "--tenant");
    if (address && !dn_email_canonical(dn_text_of(address), &rehearsal->address))
        return dn_error_set(err, DN_INVALID, "--rehearse: '%s' is not a mail address", address);
    return read_limit(limit, &rehearsal->limit, err);
}

const char *dn_rehearsal_word(const char *notice)
{
    return strcmp(notice, "initial") == 0 ? "rehearsal-initial" : NULL;
}

/* Names every tenant asked for that the plan does not have: the first of them. */
static enum dn_status check_tenants(const struct dn_plan *plan, const struct dn_strings *tenants, struct dn_error *err)
{
    for (size_t i = 0; i < tenants->count; i++) {
        bool found = false;
        for (size_t k = 0; k < plan->row_count && !found; k++)
            found = dn_tenant_same(tenants->at[i], dn_plan_at(plan, k)->tenant->tenant_id);
        if (!found)
            return dn_error_set(err, DN_INVALID, "--tenant: the plan has no tenant '%s'", tenants->at[i]);
    }
    return DN_OK;
}

static bool is_asked(const struct dn_plan_row *row, const struct dn_strings *tenants)
{
    for (size_t i = 0; i < tenants->count; i++)
        if (dn_tenant_same(tenants->at[i], row->tenant->tenant_id))
            return true;
    return tenants->count == 0;
}

static void add_mark(const struct dn_plan_row *row, struct dn_buf *mark)
{
    if (row->channel == DN_CHANNEL_MESSAGE_CENTER)
        dn_buf_addf(mark, "rehearsal for the Message Center of %s", row->recipient);
    else if (row->channel == DN_CHANNEL_PHONE)
        dn_buf_addf(mark, "rehearsal for the call to %s", row->recipient);
    else
        dn_buf_addf(mark, "rehearsal for %s", row->recipient);
}

/* with: the row of `into` whose message this one shares; SIZE_MAX: one of its own. */
static void add_row(struct dn_plan *into, const struct dn_plan_row *from, const char *address, size_t with)
{
    struct dn_buf mark = {0}, reason = {0};
    struct dn_plan_row row = *from;
    add_mark(from, &mark);
    if (with == SIZE_MAX)
        dn_buf_addf(&reason, "rehearsal:%s", address);
    else
        dn_buf_addf(&reason, "same-message:%s", dn_plan_at(into, with)->key);
    row.required = DN_REQUIRED_NO;
    row.reason = reason.at;
    row.goes_to = address;
    row.mark = mark.at;
    row.same_as = with;
    dn_ledger_key(dn_text_of(row.incident->id), dn_text_of(dn_rehearsal_word(into->source.notice)),
                  dn_text_of(row.tenant->tenant_id), row.channel, dn_text_of(row.recipient), row.key);
    dn_plan_add(into, &row);
    dn_buf_clear(&mark);
    dn_buf_clear(&reason);
}

/* One message for two roles stays one message. A row that was lost cannot be looked at again, so that the first one
 * ends it: the caller asks. */
static void add_rows(const struct dn_plan *plan, const struct dn_rehearsal *rehearsal, struct dn_plan *into)
{
    size_t *places = dn_alloc(plan->row_count, sizeof *places); /* where a row of the plan went; SIZE_MAX: nowhere */
    int64_t notices = 0;
    for (size_t i = 0; i < plan->row_count && dn_plan_check(into, NULL) == DN_OK; i++) {
        const struct dn_plan_row *row = dn_plan_at(plan, i);
        size_t with = row->same_as == SIZE_MAX ? SIZE_MAX : places[row->same_as];
        bool full = rehearsal->limit && notices >= rehearsal->limit;
        places[i] = SIZE_MAX;
        if (row->state != DN_STATE_INTENT || !is_asked(row, rehearsal->tenants) ||
            (row->same_as == SIZE_MAX ? full : with == SIZE_MAX))
            continue;
        places[i] = into->row_count;
        notices += with == SIZE_MAX;
        add_row(into, row, rehearsal->address.at, with);
    }
    free(places);
}

enum dn_status dn_rehearsal_make(const struct dn_plan *plan, const struct dn_rehearsal *rehearsal, struct dn_plan *into,
                                 struct dn_error *err)
{
    *into = (struct dn_plan){.source = plan->source, .given = plan->given};
    memcpy(into->digest, plan->digest, sizeof into->digest);
    enum dn_status status = check_tenants(plan, rehearsal->tenants, err);
    if (status != DN_OK)
        return status;
    add_rows(plan, rehearsal, into);
    return dn_plan_check(into, err);
}
