/* Delivery reports as bounce-read(1) prints them. */
#include <string.h>

#include "ledger/record_read.h"

enum { KEY, RECIPIENT, STATE, CODE, HAPPENED_AT, REASON, REFERENCE };

static const char *const columns[] = {"key", "recipient", "state", "code", "happened_at", "reason", "reference", NULL};

static const struct {
    const char *word;
    enum dn_state state;
} states[] = {{"bounced", DN_STATE_BOUNCED}, {"delivered", DN_STATE_DELIVERED}, {"deferred", DN_STATE_DEFERRED}};

static enum dn_status find_state(const struct dn_record_file *file, enum dn_state *state)
{
    struct dn_text cell = dn_record_cell(file, STATE);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (dn_text_is(cell, states[i].word)) {
            *state = states[i].state;
            return DN_OK;
        }
    return dn_record_fault(file, STATE, "'%.*s'; a report says bounced, delivered or deferred", (int)cell.size,
                           cell.at ? cell.at : "");
}

/* A stranger wrote the reason: no row may look as if it shared another one's message. */
static void set_reason(const struct dn_record_file *file, struct dn_record *record)
{
    struct dn_buf reason = {0};
    struct dn_text cell = dn_record_cell(file, REASON);
    if (dn_text_starts(cell, "same-message:"))
        dn_buf_adds(&reason, "report: ");
    dn_buf_addt(&reason, cell);
    dn_record_set(&record->reason, dn_buf_text(&reason));
    dn_buf_clear(&reason);
}

static enum dn_status take(const struct dn_record_file *file)
{
    struct dn_instant happened_at = DN_INSTANT_NONE;
    enum dn_state state = DN_STATE_UNKNOWN;
    struct dn_text key = dn_record_cell(file, KEY);
    enum dn_status status = find_state(file, &state);
    if (status == DN_OK && dn_record_cell(file, HAPPENED_AT).size)
        status = dn_record_time(file, HAPPENED_AT, &happened_at);
    if (status == DN_OK && key.size && key.size != DN_SHA256_HEX - 1)
        status = dn_record_fault(file, KEY, "'%.*s' is no key of a ledger", (int)key.size, key.at);
    if (status != DN_OK)
        return status;
    if (!key.size) {
        file->records->untied++;
        return DN_OK;
    }
    struct dn_record *record = dn_record_add(file, DN_RECORD_REPORT);
    memcpy(record->key, key.at, key.size);
    record->state = state;
    record->happened_at = happened_at;
    dn_record_set(&record->code, dn_record_cell(file, CODE));
    dn_record_set(&record->reference, dn_record_cell(file, REFERENCE));
    dn_record_set(&record->by, dn_text_of(file->by));
    set_reason(file, record);
    return DN_OK;
}

const struct dn_record_format dn_record_reports = {"bounces", columns, REFERENCE + 1, take};
