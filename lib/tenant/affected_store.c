#include "tenant/affected_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorter.h"
#include "tenant/cell.h"
#include "tenant/seen.h"

/* A record is this, and behind it the texts in the order of texts_of, each with a NUL. */
struct head {
    int64_t resources, rows, events, data_subjects, line;
    struct dn_instant first_seen, last_seen, identified_at;
    uint32_t sizes[DN_AFFECTED_TEXTS];
    unsigned char change, certainty;
};

struct dn_affected_store {
    struct dn_shelf shelf;
    struct dn_seen seen; /* (incident, tenant) of all of them, until they are sorted */
    struct dn_buf key, record;
    struct dn_buf last; /* the record that was added last */
    bool unsorted;      /* they did not come in order */
};

/* Incident and tenant come first: records are compared by them. */
static void texts_of(struct dn_affected *row, const char **texts[DN_AFFECTED_TEXTS])
{
    const char **const all[DN_AFFECTED_TEXTS] = {
        &row->incident_id,    &row->tenant_id,    &row->name,          &row->country,      &row->language,
        &row->time_zone,      &row->regimes,      &row->effects,       &row->services,     &row->matched_by,
        &row->message_center, &row->admin_emails, &row->privacy_email, &row->admin_phones, &row->contact_gaps};
    memcpy(texts, all, sizeof all);
}

static void pack(const struct dn_affected *from, struct dn_buf *record)
{
    struct dn_affected row = *from;
    const char **texts[DN_AFFECTED_TEXTS];
    struct head head;
    memset(&head, 0, sizeof head); /* the gaps, too: it goes into a file */
    head.resources = row.resources;
    head.rows = row.rows;
    head.events = row.events;
    head.data_subjects = row.data_subjects;
    head.line = row.line;
    head.first_seen = row.first_seen;
    head.last_seen = row.last_seen;
    head.identified_at = row.identified_at;
    head.change = (unsigned char)row.change;
    head.certainty = (unsigned char)row.certainty;
    texts_of(&row, texts);
    for (size_t i = 0; i < DN_AFFECTED_TEXTS; i++)
        head.sizes[i] = (uint32_t)strlen(*texts[i]); /* a cell of a stream is not that large */
    dn_buf_reset(record);
    dn_buf_add(record, &head, sizeof head);
    for (size_t i = 0; i < DN_AFFECTED_TEXTS; i++)
        dn_buf_add(record, *texts[i], head.sizes[i] + (size_t)1);
}

static void unpack(const struct dn_buf *record, struct dn_affected *row)
{
    const char **texts[DN_AFFECTED_TEXTS];
    const char *at = record->at + sizeof(struct head);
    struct head head;
    memcpy(&head, record->at, sizeof head);
    *row = (struct dn_affected){.change = (enum dn_change)head.change,
                                .certainty = (enum dn_certainty)head.certainty,
                                .resources = head.resources,
                                .rows = head.rows,
                                .events = head.events,
                                .data_subjects = head.data_subjects,
                                .first_seen = head.first_seen,
                                .last_seen = head.last_seen,
                                .identified_at = head.identified_at,
                                .line = head.line};
    texts_of(row, texts);
    for (size_t i = 0; i < DN_AFFECTED_TEXTS; i++) {
        *texts[i] = at;
        at += head.sizes[i] + (size_t)1;
    }
}

/* By incident, then tenant. */
static int compare_records(const void *a, const void *b)
{
    const struct dn_text *records[] = {a, b};
    struct dn_text keys[2][2];
    for (size_t i = 0; i < 2; i++) {
        struct head head;
        memcpy(&head, records[i]->at, sizeof head);
        const char *texts = records[i]->at + sizeof head;
        keys[i][0] = (struct dn_text){texts, head.sizes[0]};
        keys[i][1] = (struct dn_text){texts + head.sizes[0] + 1, head.sizes[1]};
    }
    int order = dn_text_compare(keys[0][0], keys[1][0]);
    return order ? order : dn_text_compare(keys[0][1], keys[1][1]);
}

void dn_affected_put_outside(struct dn_affected_list *list)
{
    if (!list->store && !list->count)
        list->store = dn_alloc(1, sizeof *list->store);
}

void dn_affected_store_free(struct dn_affected_store *store)
{
    if (!store)
        return;
    dn_shelf_clear(&store->shelf);
    dn_seen_clear(&store->seen);
    dn_buf_clear(&store->key);
    dn_buf_clear(&store->record);
    dn_buf_clear(&store->last);
    free(store);
}

void dn_affected_add_key(const struct dn_affected *row, struct dn_buf *key)
{
    dn_buf_adds(key, row->incident_id);
    dn_buf_addc(key, '\0');
    dn_tenant_key(dn_text_of(row->tenant_id), key);
}

/* Is there really such a row, and not one with the same hash alone? */
static bool find(const struct dn_affected_list *list, size_t *number)
{
    struct dn_affected_reader reader = {.list = list};
    struct dn_buf key = {0};
    bool is_there = false;
    for (size_t i = 0; i < list->count && !is_there; i++) {
        dn_buf_reset(&key);
        dn_affected_add_key(dn_affected_at(&reader, i), &key);
        is_there = dn_text_equal(dn_buf_text(&key), dn_buf_text(&list->store->key));
        *number = i;
    }
    dn_buf_clear(&key);
    dn_affected_reader_clear(&reader);
    return is_there;
}

bool dn_affected_store_add(struct dn_affected_list *list, const struct dn_affected *row, size_t *number)
{
    struct dn_affected_store *store = list->store;
    dn_buf_reset(&store->key);
    dn_affected_add_key(row, &store->key);
    if (!dn_seen_add(&store->seen, dn_hash_wide(dn_buf_text(&store->key), 0)) && find(list, number))
        return false;
    pack(row, &store->record);
    struct dn_text now = dn_buf_text(&store->record), last = dn_buf_text(&store->last);
    store->unsorted = store->unsorted || (last.size && compare_records(&last, &now) > 0);
    dn_shelf_put(&store->shelf, now);
    struct dn_buf spare = store->last;
    store->last = store->record;
    store->record = spare;
    list->count++;
    return true;
}

enum dn_status dn_affected_store_check(const struct dn_affected_store *store, struct dn_error *err)
{
    return dn_shelf_check(&store->shelf, err);
}

static enum dn_status sort_shelf(struct dn_affected_store *store, size_t count, struct dn_error *err)
{
    struct dn_sorter sorter = {.compare = compare_records};
    struct dn_shelf_reader reader = {.shelf = &store->shelf};
    struct dn_shelf sorted = {0};
    struct dn_text record;
    for (size_t i = 0; i < count; i++) {
        dn_shelf_get(&reader, i, &store->record);
        dn_sorter_add(&sorter, dn_buf_text(&store->record));
    }
    dn_shelf_reader_clear(&reader);
    dn_shelf_clear(&store->shelf);
    while (dn_sorter_next(&sorter, &record))
        dn_shelf_put(&sorted, record);
    enum dn_status status = dn_sorter_check(&sorter, err);
    store->shelf = sorted;
    dn_sorter_clear(&sorter);
    return status;
}

enum dn_status dn_affected_store_sort(struct dn_affected_list *list, struct dn_error *err)
{
    struct dn_affected_store *store = list->store;
    dn_seen_clear(&store->seen);
    dn_arena_clear(&list->texts);
    enum dn_status status = dn_shelf_check(&store->shelf, err);
    if (status == DN_OK && store->unsorted)
        status = sort_shelf(store, list->count, err);
    store->unsorted = false;
    if (status == DN_OK)
        status = dn_shelf_check(&store->shelf, err);
    if (status != DN_OK)
        list->count = 0;
    return status;
}

const struct dn_affected *dn_affected_fetch(struct dn_affected_reader *reader, size_t number,
                                            struct dn_affected_slot *slot)
{
    if (!reader->list->store)
        return &reader->list->at[number];
    if (slot->is_there && slot->number == number)
        return &slot->row;
    reader->shelf.shelf = &reader->list->store->shelf;
    dn_shelf_get(&reader->shelf, number, &slot->bytes);
    unpack(&slot->bytes, &slot->row);
    slot->number = number;
    slot->is_there = true;
    return &slot->row;
}

void dn_affected_slot_clear(struct dn_affected_slot *slot)
{
    dn_buf_clear(&slot->bytes);
    *slot = (struct dn_affected_slot){0};
}

const struct dn_affected *dn_affected_at(struct dn_affected_reader *reader, size_t number)
{
    return dn_affected_fetch(reader, number, &reader->slot);
}

const struct dn_affected *dn_affected_look_up(struct dn_affected_reader *reader, struct dn_text incident_id,
                                              struct dn_text tenant_id, size_t *number)
{
    size_t from = 0, to = reader->list->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const struct dn_affected *row = dn_affected_at(reader, middle);
        int order = dn_affected_compare(row, incident_id, tenant_id);
        if (order == 0 && number)
            *number = middle;
        if (order == 0)
            return row;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

void dn_affected_reader_clear(struct dn_affected_reader *reader)
{
    dn_affected_slot_clear(&reader->slot);
    dn_shelf_reader_clear(&reader->shelf);
}
