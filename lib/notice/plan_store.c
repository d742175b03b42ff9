/* The rows of a plan, outside memory. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/shelf.h"
#include "notice/plan_parts.h"

#define VIEW_PAGES 2 /* it is read from front to back */
#define VIEW_SLOTS (DN_PLAN_ROWS + 1)
#define SLOTS 320   /* rows that are on their way are asked for again when they come back */
#define PLACES 1024 /* where a row's slot is looked for: a power of two */

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
    struct slot *slots;
    size_t slot_count, next; /* next: to be looked at when room is needed */
    size_t clock;
    uint16_t place[PLACES]; /* by the row's last bits: the slot that has it, or had one like it */
    struct dn_buf record;
};

static struct dn_plan_store *make_store(size_t slot_count)
{
    struct dn_plan_store *store = dn_alloc(1, sizeof *store);
    store->slots = dn_alloc(slot_count, sizeof *store->slots);
    store->slot_count = slot_count;
    return store;
}

static struct dn_plan_store *store_of(struct dn_plan *plan)
{
    if (!plan->store) {
        plan->store = make_store(SLOTS);
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
    view->store = make_store(VIEW_SLOTS);
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

/* One that nobody has asked for for DN_PLAN_ROWS calls. */
static struct slot *spare_slot(struct dn_plan_store *store)
{
    struct slot *slot;
    do {
        slot = &store->slots[store->next];
        store->next = (store->next + 1) % store->slot_count;
    } while (slot->used && store->clock - slot->used < DN_PLAN_ROWS);
    return slot;
}

/* The slot that has the row; where none is found, one that can be used for it. */
static struct slot *slot_of(struct dn_plan_store *store, size_t index)
{
    uint16_t *place = &store->place[index % PLACES];
    struct slot *slot = &store->slots[*place];
    if (slot->used && slot->index == index)
        return slot;
    slot = spare_slot(store);
    slot->used = 0;
    *place = (uint16_t)(slot - store->slots);
    return slot;
}

static struct slot *have_row(struct dn_plan_store *store, size_t index)
{
    struct slot *slot = slot_of(store, index);
    if (!slot->used) {
        dn_shelf_get(&store->reader, index, &slot->record);
        unpack(&slot->record, &slot->row);
        slot->index = index;
    }
    slot->used = ++store->clock;
    return slot;
}

const struct dn_plan_row *dn_plan_glance(const struct dn_plan *plan, size_t index)
{
    return plan->store ? &have_row(plan->store, index)->row : &plan->rows[index];
}

const struct dn_plan_row *dn_plan_at(const struct dn_plan *plan, size_t index)
{
    if (!plan->store)
        return &plan->rows[index];
    struct slot *slot = have_row(plan->store, index);
    if (!slot->row.tenant)
        slot->row.tenant = dn_affected_fetch(&plan->store->tenants, slot->row.number, &slot->tenant);
    return &slot->row;
}

bool dn_plan_same_tenant(const struct dn_plan *plan, size_t a, size_t b)
{
    const struct dn_plan_row *x = dn_plan_glance(plan, a), *y = dn_plan_glance(plan, b);
    return plan->source.affected ? x->number == y->number : x->tenant == y->tenant;
}

void dn_plan_clear(struct dn_plan *plan)
{
    struct dn_plan_store *store = plan->store;
    for (size_t i = 0; store && i < store->slot_count; i++) {
        dn_buf_clear(&store->slots[i].record);
        dn_affected_slot_clear(&store->slots[i].tenant);
    }
    if (store) {
        dn_affected_reader_clear(&store->tenants);
        dn_shelf_reader_clear(&store->reader);
        dn_shelf_clear(&store->shelf);
        dn_buf_clear(&store->record);
        free(store->slots);
    }
    free(store);
    *plan = (struct dn_plan){0};
}
