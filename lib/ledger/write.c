#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/lines.h"
#include "ledger/syncer.h"

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
    struct dn_error ignored;
    if (ledger == NULL)
        return;
    dn_ledger_commit_end(ledger, &ignored);
    dn_syncer_close(ledger->syncer);
    dn_ledger_give_back(ledger);
    if (ledger->fd >= 0)
        close(ledger->fd);
    dn_index_clear(&ledger->index);
    free(ledger->entries);
    dn_table_clear(&ledger->subjects);
    free(ledger->subject_places);
    dn_buf_clear(&ledger->subject);
    dn_buf_clear(&ledger->scratch);
    free(ledger->path);
    dn_chain_clear(&ledger->chain);
    dn_buf_clear(&ledger->tail);
    free(ledger);
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
    dn_error_set(err, DN_INVALID, "%s: a row for tenant '%.*s' may not be written: %s", dn_ledger_name(ledger),
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

/* As dn_ledger_key says, in one piece and with the chain's digest: it is asked for every row. */
static bool key_fits(struct dn_ledger *ledger, const struct dn_ledger_row *row)
{
    const struct dn_text values[] = {row->incident_id, row->notice, row->tenant_id,
                                     dn_text_of(dn_channel_words[row->channel]), row->recipient};
    char key[DN_SHA256_HEX];
    dn_buf_reset(&ledger->scratch);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        dn_buf_addt(&ledger->scratch, values[i]);
        dn_buf_addc(&ledger->scratch, '\n');
    }
    dn_sha256_feed(ledger->chain.digest, dn_buf_text(&ledger->scratch));
    dn_sha256_next(ledger->chain.digest, key);
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
static bool was_outbox(const struct dn_stand *last, const struct dn_ledger_row *row)
{
    return last->state == DN_STATE_ACCEPTED && last->outbox &&
           (row->state == DN_STATE_INTENT || row->state == DN_STATE_SKIPPED || row->state == DN_STATE_HELD);
}

/* Only a new intent has a new attempt; held and skipped rows are none. */
static bool attempt_fits(const struct dn_stand *last, const struct dn_ledger_row *row)
{
    if (row->state == DN_STATE_HELD || row->state == DN_STATE_SKIPPED)
        return true;
    if (row->state != DN_STATE_INTENT || last->state == DN_STATE_HELD || last->state == DN_STATE_SKIPPED)
        return row->attempt >= last->attempt;
    return row->attempt == last->attempt + 1;
}

static enum dn_status check_state(const struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err)
{
    struct dn_stand last;
    bool known = dn_ledger_stand(ledger, row->key, &last);
    bool may = known ? dn_state_may_follow(last.state, row->state, true) || was_outbox(&last, row) : may_begin(row);
    if (!may)
        return refuse(ledger, row, err, "'%s' may not follow %s", dn_state_words[row->state],
                      known ? dn_state_words[last.state] : "nothing");
    if (known && !attempt_fits(&last, row))
        return refuse(ledger, row, err, "attempt %lld may not follow attempt %lld", (long long)row->attempt,
                      (long long)last.attempt);
    return DN_OK;
}

static enum dn_status check_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err)
{
    if (ledger->failed)
        return dn_ledger_spoilt(ledger, err);
    if (has_bad_cell(row))
        return refuse(ledger, row, err, "a cell holds a control character or is not UTF-8");
    if (!dn_instant_is(row->at))
        return refuse(ledger, row, err, "it has no time");
    if (!key_fits(ledger, row))
        return refuse(ledger, row, err, "its key is not that of its incident, notice, tenant, channel and recipient");
    return check_state(ledger, row, err);
}

/* Would the line be a row again when the ledger is opened? */
static enum dn_status check_line(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_text line,
                                 struct dn_error *err)
{
    struct dn_ledger_row again;
    dn_buf_reset(&ledger->scratch);
    dn_buf_addt(&ledger->scratch, line);
    if (line.size <= DN_LEDGER_LINE_CAP && dn_lines_row(ledger->scratch.at, line.size, &again) &&
        dn_text_equal(again.key, row->key))
        return DN_OK;
    return refuse(ledger, row, err, "it could not be read back");
}

enum dn_status dn_ledger_append(struct dn_ledger *ledger, const struct dn_ledger_row *row, struct dn_error *err)
{
    enum dn_status status = check_append(ledger, row, err);
    if (status != DN_OK)
        return status;
    struct dn_buf *tail = &ledger->tail;
    struct dn_ledger_row kept = *row;
    size_t from = tail->size;
    char value[DN_SHA256_HEX];
    kept.seq = ledger->chain.seq + 1;
    dn_ledger_add_body(&kept, tail);
    dn_chain_next(&ledger->chain, (struct dn_text){tail->at + from, tail->size - from}, value);
    dn_buf_addc(tail, ',');
    dn_buf_add(tail, value, DN_SHA256_HEX - 1);
    status = check_line(ledger, row, (struct dn_text){tail->at + from, tail->size - from}, err);
    if (status != DN_OK) {
        tail->size = from;
        return status;
    }
    dn_buf_addc(tail, '\n');
    dn_ledger_keep(ledger, row, ledger->stored + (int64_t)from);
    dn_chain_move(&ledger->chain, value);
    return DN_OK;
}
