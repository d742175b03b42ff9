/* The rows of a plan, outside memory. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shelf.h"
#include "notice/plan_parts.h"

#define VIEW_PAGES 2 /* it is read from front to back */

/* A record is this, and behind it recipient, reason, where it goes and its mark, each with a NUL; of the last two only
 * what is there. Pointers are good, since nobody but this process reads it. */
struct head {
    const struct dn_incident *incident;
    const struct dn_affected *tenant; /* NULL: to be read from the affected list */
    const char *regime;
    size_t number, same_as;
    struct dn_instant due_at;
    char key[DN_SHA256_HEX], content_sha256[DN_SHA256_HEX];
    unsigned char channel, required, state;
    bool reference_only, has_goes_to, has_mark;
};

/* A row that was read back. */
struct slot {
    size_t index, used; /* used 0: empty */
    struct dn_buf record;
    struct dn_plan_row row;
    struct dn_affected_slot tenant;
};

struct dn_plan_store {
    struct dn_shelf shelf;
    struct dn_shelf_reader reader;
    struct dn_affected_reader tenants;
    struct slot slots[DN_PLAN_ROWS];
    size_t clock;
    struct dn_buf record;
};

static struct dn_plan_store *store_of(struct dn_plan *plan)
{
    if (!plan->store) {
        plan->store = dn_alloc(1, sizeof *plan->store);
        plan->store->reader.shelf = &plan->store->shelf;
        plan->store->tenants.list = plan->source.affected;
    }
    return plan->store;
}

void dn_plan_view(const struct dn_plan *plan, struct dn_plan *view)
{
    *view = *plan;
    if (!plan->store)
        return;
    view->store = dn_alloc(1, sizeof *view->store);
    view->store->reader = (struct dn_shelf_reader){.shelf = &plan->store->shelf, .page_count = VIEW_PAGES};
    view->store->tenants.list = plan->source.affected;
    view->store->tenants.shelf.page_count = VIEW_PAGES;
}

static void add_string(struct dn_buf *record, const char *string)
{
    if (string)
        dn_buf_add(record, string, strlen(string) + 1);
}

static void pack(const struct dn_plan *plan, const struct dn_plan_row *row, struct dn_buf *record)
{
    struct head head;
    memset(&head, 0, sizeof head); /* the gaps, too: it goes into a file */
    head.incident = row->incident;
    head.tenant = plan->source.affected ? NULL : row->tenant;
    head.regime = row->regime;
    head.number = row->number;
    head.same_as = row->same_as;
    head.due_at = row->due_at;
    memcpy(head.key, row->key, sizeof head.key);
    memcpy(head.content_sha256, row->content_sha256, sizeof head.content_sha256);
    head.channel = (unsigned char)row->channel;
    head.required = (unsigned char)row->required;
    head.state = (unsigned char)row->state;
    head.reference_only = row->reference_only;
    head.has_goes_to = row->goes_to != NULL;
    head.has_mark = row->mark != NULL;
    dn_buf_reset(record);
    dn_buf_add(record, &head, sizeof head);
    add_string(record, row->recipient);
    add_string(record, row->reason);
    add_string(record, row->goes_to);
    add_string(record, row->mark);
}

static const char *take_string(const char **at)
{
    const char *string = *at;
    *at += strlen(string) + 1;
    return string;
}

static void unpack(const struct dn_buf *record, struct dn_plan_row *row)
{
    const char *at = record->at + sizeof(struct head);
    struct head head;
    memcpy(&head, record->at, sizeof head);
    *row = (struct dn_plan_row){.incident = head.incident,
                                .tenant = head.tenant,
                                .number = head.number,
                                .channel = (enum dn_channel)head.channel,
                                .required = (enum dn_required)head.required,
                                .state = (enum dn_state)head.state,
                                .reference_only = head.reference_only,
                                .same_as = head.same_as,
                                .due_at = head.due_at,
                                .regime = head.regime};
    memcpy(row->key, head.key, sizeof row->key);
    memcpy(row->content_sha256, head.content_sha256, sizeof row->content_sha256);
    row->recipient = take_string(&at);
    row->reason = take_string(&at);
    row->goes_to = head.has_goes_to ? take_string(&at) : NULL;
    row->mark = head.has_mark ? take_string(&at) : NULL;
}

void dn_plan_add(struct dn_plan *plan, const struct dn_plan_row *row)
{
    struct dn_plan_store *store = store_of(plan);
    pack(plan, row, &store->record);
    dn_shelf_put(&store->shelf, dn_buf_text(&store->record));
    plan->row_count++;
}

enum dn_status dn_plan_check(const struct dn_plan *plan, struct dn_error *err)
{
    return plan->store ? dn_shelf_check(&plan->store->shelf, err) : DN_OK;
}

/* The slot that has the row; where none does, the one that nobody asked for for longest. */
static struct slot *slot_of(struct dn_plan_store *store, size_t index)
{
    struct slot *oldest = &store->slots[0];
    for (size_t i = 0; i < DN_PLAN_ROWS; i++) {
        struct slot *slot = &store->slots[i];
        if (slot->used && slot->index == index)
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    oldest->used = 0;
    return oldest;
}

static void load(struct dn_plan_store *store, size_t index, struct slot *slot)
{
    dn_shelf_get(&store->reader, index, &slot->record);
    unpack(&slot->record, &slot->row);
    if (!slot->row.tenant)
        slot->row.tenant = dn_affected_fetch(&store->tenants, slot->row.number, &slot->tenant);
    slot->index = index;
}

const struct dn_plan_row *dn_plan_at(const struct dn_plan *plan, size_t index)
{
    if (!plan->store)
        return &plan->rows[index];
    struct slot *slot = slot_of(plan->store, index);
    if (!slot->used)
        load(plan->store, index, slot);
    slot->used = ++plan->store->clock;
    return &slot->row;
}

bool dn_plan_same_tenant(const struct dn_plan *plan, size_t a, size_t b)
{
    const struct dn_plan_row *x = dn_plan_at(plan, a), *y = dn_plan_at(plan, b);
    return plan->source.affected ? x->number == y->number : x->tenant == y->tenant;
}

void dn_plan_clear(struct dn_plan *plan)
{
    struct dn_plan_store *store = plan->store;
    for (size_t i = 0; store && i < DN_PLAN_ROWS; i++) {
        dn_buf_clear(&store->slots[i].record);
        dn_affected_slot_clear(&store->slots[i].tenant);
    }
    if (store) {
        dn_affected_reader_clear(&store->tenants);
        dn_shelf_reader_clear(&store->reader);
        dn_shelf_clear(&store->shelf);
        dn_buf_clear(&store->record);
    }
    free(store);
    *plan = (struct dn_plan){0};
}
