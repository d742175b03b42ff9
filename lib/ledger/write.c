#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/store.h"

enum dn_status dn_ledger_open(const char *path, struct dn_ledger **ledger, struct dn_notes *notes, struct dn_error *err)
{
    struct dn_ledger *it = dn_alloc(1, sizeof *it);
    enum dn_status status = DN_OK;
    *ledger = NULL;
    it->fd = -1;
    it->path = dn_strdup(path);
    dn_chain_begin(&it->chain);
    dn_ledger_settle(it, 0);
    if (path != NULL)
        status = dn_ledger_open_file(it, err);
    if (path != NULL && status == DN_OK)
        status = dn_ledger_load(it, notes, err);
    if (status == DN_OK)
        *ledger = it;
    else
        dn_ledger_close(it);
    return status;
}

void dn_ledger_close(struct dn_ledger *ledger)
{
    if (ledger == NULL)
        return;
    if (ledger->fd >= 0)
        close(ledger->fd);
    while (ledger->blocks != NULL) {
        void *block = ledger->blocks;
        memcpy(&ledger->blocks, block, sizeof ledger->blocks);
        free(block);
    }
    for (size_t i = 0; i < ledger->chunk_count; i++)
        free(ledger->chunks[i]);
    free(ledger->chunks);
    dn_table_clear(&ledger->keys);
    free(ledger->last);
    free(ledger->loaded);
    free(ledger->path);
    dn_chain_clear(&ledger->chain);
    dn_buf_clear(&ledger->pending);
    free(ledger);
}

static const char *name_of(const struct dn_ledger *ledger)
{
    return ledger->path != NULL ? ledger->path : "ledger in memory";
}

static enum dn_status refuse(const struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum dn_status refuse(const struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err,
                             const char *format, ...)
{
    struct dn_buf why = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&why, format, arguments);
    va_end(arguments);
    dn_error_set(err, DN_INVALID, "%s: a row for tenant '%.*s' may not be written: %s", name_of(ledger),
                 (int)row->tenant_id.size, row->tenant_id.at ? row->tenant_id.at : "", why.at);
    dn_buf_clear(&why);
    return DN_INVALID;
}

static bool has_bad_cell(const struct dn_ledger_row *row)
{
    const struct dn_text cells[] = {row->incident_id, row->notice, row->tenant_id,   row->recipient,
                                    row->key,         row->code,   row->reason,      row->reference,
                                    row->by,          row->regime, row->approved_by, row->content_sha256};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        if (dn_ledger_cell_bad(cells[i]))
            return true;
    return false;
}

static bool key_fits(const struct dn_ledger_row *row)
{
    char key[DN_SHA256_HEX];
    dn_ledger_key(row->incident_id, row->notice, row->tenant_id, row->channel, row->recipient, key);
    return dn_text_is(row->key, key);
}

/* What may be the first row under a key: nothing has an outcome without an intent before it, but what a person did by
 * other means, and a second role that takes the states of the message it shares. */
static bool may_begin(const struct dn_ledger_row *row)
{
    return row->state == DN_STATE_INTENT || row->state == DN_STATE_DEFERRED || row->state == DN_STATE_SKIPPED ||
           row->state == DN_STATE_HELD || row->channel == DN_CHANNEL_OTHER ||
           dn_text_starts(row->reason, "same-message:");
}

/* An outbox row that was a rehearsal may be followed by the real thing. */
static bool was_outbox(const struct dn_ledger_row *last, const struct dn_ledger_row *row)
{
    return last->state == DN_STATE_ACCEPTED && dn_text_is(last->code, "outbox") &&
           (row->state == DN_STATE_INTENT || row->state == DN_STATE_SKIPPED);
}

/* Only a new intent has a new attempt; held and skipped rows are none. */
static bool attempt_fits(const struct dn_ledger_row *last, const struct dn_ledger_row *row)
{
    if (row->state == DN_STATE_HELD || row->state == DN_STATE_SKIPPED)
        return true;
    if (row->state != DN_STATE_INTENT || last->state == DN_STATE_HELD || last->state == DN_STATE_SKIPPED)
        return row->attempt >= last->attempt;
    return row->attempt == last->attempt + 1;
}

static enum dn_status check_state(const struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err)
{
    const struct dn_ledger_row *last = dn_ledger_last(ledger, row->key);
    bool may =
        last == NULL ? may_begin(row) : dn_state_may_follow(last->state, row->state, true) || was_outbox(last, row);
    if (!may)
        return refuse(ledger, row, err, "'%s' may not follow %s", dn_state_words[row->state],
                      last == NULL ? "nothing" : dn_state_words[last->state]);
    if (last != NULL && !attempt_fits(last, row))
        return refuse(ledger, row, err, "attempt %lld may not follow attempt %lld", (long long)row->attempt,
                      (long long)last->attempt);
    return DN_OK;
}

static enum dn_status spoilt(const struct dn_ledger *ledger, struct dn_error *err)
{
    return dn_error_set(err, DN_SYSTEM, "%s: the ledger could not be written; nothing more is taken", name_of(ledger));
}

static enum dn_status check_append(const struct dn_ledger *ledger, const struct dn_ledger_row *row,
                                   struct dn_error *err)
{
    if (ledger->failed)
        return spoilt(ledger, err);
    if (has_bad_cell(row))
        return refuse(ledger, row, err, "a cell holds a control character or is not UTF-8");
    if (!dn_instant_is(row->at))
        return refuse(ledger, row, err, "it has no time");
    if (!key_fits(row))
        return refuse(ledger, row, err, "its key is not that of its incident, notice, tenant, channel and recipient");
    return check_state(ledger, row, err);
}

enum dn_status dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err)
{
    enum dn_status status = check_append(ledger, row, err);
    if (status != DN_OK)
        return status;
    struct dn_ledger_row kept = *row;
    struct dn_buf line = {0};
    char value[DN_SHA256_HEX];
    kept.seq = ledger->chain.seq + 1;
    dn_ledger_add_body(&kept, &line);
    dn_chain_next(&ledger->chain, dn_buf_text(&line), value);
    dn_buf_addf(&line, ",%s", value);
    /* What is kept is read back from a copy of the very bytes that go to the file. */
    char *bytes = dn_ledger_store(ledger, dn_buf_text(&line));
    status = dn_chain_take(&ledger->chain, name_of(ledger), bytes, line.size, &kept, err);
    if (status == DN_OK) {
        dn_buf_addc(&line, '\n');
        dn_buf_addt(&ledger->pending, dn_buf_text(&line));
        dn_ledger_keep(ledger, &kept);
    }
    dn_buf_clear(&line);
    return status;
}

/* After a write that failed (a full disk): takes back the intents at the end of what was being written, since nothing
 * was done about them; outcomes that came through stay. A torn row is left to the next opening. */
static void take_back(struct dn_ledger *ledger)
{
    off_t size = lseek(ledger->fd, 0, SEEK_END);
    int64_t keep = ledger->committed_size, at = keep;
    size_t offset = 0;
    for (size_t i = ledger->committed_count; i < ledger->count; i++) {
        const char *line = ledger->pending.at + offset, *end = memchr(line, '\n', ledger->pending.size - offset);
        offset = (size_t)(end - ledger->pending.at) + 1;
        at = ledger->committed_size + (int64_t)offset;
        if (at <= (int64_t)size && dn_ledger_at(ledger, i)->state != DN_STATE_INTENT)
            keep = at;
    }
    if (size > (off_t)keep && ftruncate(ledger->fd, (off_t)keep) == 0)
        fsync(ledger->fd);
}

enum dn_status dn_ledger_commit(struct dn_ledger *ledger, struct dn_error *err)
{
    if (ledger->failed)
        return spoilt(ledger, err);
    int64_t size = ledger->committed_size + (int64_t)ledger->pending.size;
    if (ledger->fd >= 0 && ledger->pending.size > 0) {
        enum dn_status status = dn_file_write(ledger->fd, dn_buf_text(&ledger->pending), ledger->path, err);
        if (status != DN_OK)
            take_back(ledger);
        else if (fdatasync(ledger->fd) != 0)
            status = dn_error_errno(err, ledger->path);
        ledger->failed = status != DN_OK;
        if (status != DN_OK)
            return status;
    }
    dn_ledger_settle(ledger, size);
    return DN_OK;
}
