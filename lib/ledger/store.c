#include "ledger/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define OUTBOX 1 /* flags of an entry */
#define RESEND 2
#define NO_STATE UINT8_MAX /* of a new entry */

const char *dn_ledger_name(const struct dn_ledger *ledger)
{
    return ledger->path != NULL ? ledger->path : "ledger in memory";
}

static struct dn_ledger_entry *find(const struct dn_ledger *ledger, struct dn_hash128 key)
{
    size_t place = dn_index_seek(&ledger->index, key.half[0]);
    uint32_t number;
    while ((number = dn_index_next(&ledger->index, key.half[0], &place)) != DN_INDEX_NONE) {
        struct dn_ledger_entry *entry = &ledger->entries[number];
        if (entry->key.half[0] == key.half[0] && entry->key.half[1] == key.half[1])
            return entry;
    }
    return NULL;
}

static struct dn_ledger_entry *find_or_add(struct dn_ledger *ledger, struct dn_text key)
{
    struct dn_hash128 hash = dn_hash_wide(key, 0);
    struct dn_ledger_entry *entry = find(ledger, hash);
    if (entry)
        return entry;
    size_t number = ledger->entry_count++;
    ledger->entries = dn_grow(ledger->entries, number, &ledger->entry_room, sizeof *ledger->entries);
    dn_index_add(&ledger->index, hash.half[0], number < DN_INDEX_NONE ? (uint32_t)number : DN_INDEX_NONE);
    ledger->entries[number] = (struct dn_ledger_entry){.key = hash, .state = NO_STATE};
    return &ledger->entries[number];
}

/* Rows of one subject stand together, mostly: the last one's is compared before the table is asked. */
static void keep_subject(struct dn_ledger *ledger, const struct dn_ledger_row *row, int64_t place)
{
    bool added;
    struct dn_buf *subject = &ledger->scratch;
    dn_buf_reset(subject);
    dn_buf_addt(subject, row->incident_id);
    dn_buf_addc(subject, '\n');
    dn_buf_addt(subject, row->notice);
    dn_buf_addc(subject, '\n');
    dn_buf_add(subject, &row->declared_at.s, sizeof row->declared_at.s);
    dn_buf_add(subject, &row->declared_at.ns, sizeof row->declared_at.ns);
    if (dn_text_equal(dn_buf_text(subject), dn_buf_text(&ledger->subject)))
        return;
    size_t entry = dn_table_add(&ledger->subjects, dn_buf_text(subject), &added);
    if (added) {
        ledger->subject_places =
            dn_grow(ledger->subject_places, entry, &ledger->subject_room, sizeof *ledger->subject_places);
        ledger->subject_places[entry] = place;
    }
    dn_buf_reset(&ledger->subject);
    dn_buf_addt(&ledger->subject, dn_buf_text(subject));
}

void dn_ledger_keep(struct dn_ledger *ledger, const struct dn_ledger_row *row, int64_t place)
{
    struct dn_ledger_entry *entry = find_or_add(ledger, row->key);
    bool resend = row->state == DN_STATE_DEFERRED && dn_text_is(row->code, DN_CODE_RESEND);
    ledger->open_intents += (row->state == DN_STATE_INTENT) - (size_t)(entry->state == DN_STATE_INTENT);
    entry->place = place;
    entry->attempt = row->attempt < INT32_MAX ? (int32_t)row->attempt : INT32_MAX;
    entry->state = (uint8_t)row->state;
    entry->flags = (uint8_t)((dn_text_is(row->code, DN_CODE_OUTBOX) ? OUTBOX : 0) | (resend ? RESEND : 0) |
                             (entry->flags & RESEND));
    ledger->resends += resend;
    keep_subject(ledger, row, place);
}

void dn_ledger_settle(struct dn_ledger *ledger, int64_t stored)
{
    ledger->stored = stored;
    ledger->committed_seq = ledger->chain.seq;
    memcpy(ledger->committed_chain, ledger->chain.value, DN_SHA256_HEX);
}

static enum dn_status read_stored(const struct dn_ledger *ledger, int64_t place, char *into, size_t room, size_t *got,
                                  struct dn_error *err)
{
    size_t wanted = ledger->stored - place < (int64_t)room ? (size_t)(ledger->stored - place) : room;
    ssize_t size;
    do
        size = pread(ledger->fd, into, wanted, (off_t)place);
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return dn_error_errno(err, dn_ledger_name(ledger));
    if (size == 0)
        return dn_error_set(err, DN_SYSTEM, "%s: the ledger shrank while it was read", dn_ledger_name(ledger));
    *got = (size_t)size;
    return DN_OK;
}

enum dn_status dn_ledger_bytes(const struct dn_ledger *ledger, int64_t place, char *into, size_t room, size_t *got,
                               struct dn_error *err)
{
    *got = 0;
    if (place < ledger->stored)
        return read_stored(ledger, place, into, room, got, err);
    size_t from = (size_t)(place - ledger->stored);
    if (from >= ledger->tail.size)
        return DN_OK;
    *got = ledger->tail.size - from < room ? ledger->tail.size - from : room;
    memcpy(into, ledger->tail.at + from, *got);
    return DN_OK;
}

size_t dn_ledger_count(const struct dn_ledger *ledger)
{
    return (size_t)ledger->chain.seq;
}

int64_t dn_ledger_end(const struct dn_ledger *ledger)
{
    return ledger->stored + (int64_t)ledger->tail.size;
}

static struct dn_stand stand_of(const struct dn_ledger_entry *entry)
{
    return (struct dn_stand){.state = (enum dn_state)entry->state,
                             .attempt = entry->attempt,
                             .place = entry->place,
                             .outbox = (entry->flags & OUTBOX) != 0,
                             .resend = (entry->flags & RESEND) != 0};
}

bool dn_ledger_stand(const struct dn_ledger *ledger, struct dn_text key, struct dn_stand *stand)
{
    const struct dn_ledger_entry *entry = ledger->entry_count ? find(ledger, dn_hash_wide(key, 0)) : NULL;
    if (entry)
        *stand = stand_of(entry);
    return entry != NULL;
}

bool dn_ledger_in_state(const struct dn_ledger *ledger, enum dn_state state, size_t *from, struct dn_stand *stand)
{
    while (*from < ledger->entry_count && ledger->entries[*from].state != (uint8_t)state)
        ++*from;
    if (*from == ledger->entry_count)
        return false;
    *stand = stand_of(&ledger->entries[(*from)++]);
    return true;
}

bool dn_ledger_has_resends(const struct dn_ledger *ledger)
{
    return ledger->resends > 0;
}

size_t dn_ledger_subject_count(const struct dn_ledger *ledger)
{
    return ledger->subjects.count;
}

int64_t dn_ledger_subject(const struct dn_ledger *ledger, size_t index)
{
    return ledger->subject_places[index];
}

void dn_ledger_head(const struct dn_ledger *ledger, struct dn_buf *head)
{
    dn_buf_addf(head, "%lld %s", (long long)ledger->committed_seq, ledger->committed_chain);
}
