/* What people told by other means: a letter, a visit, a call that no sheet asked for. */
#include "incident/incident.h"
#include "ledger/record_read.h"

enum { INCIDENT_ID, TENANT_ID, RECIPIENT, MEANS, EVIDENCE, HAPPENED_AT, NOTICE, BY, STATE, REQUIRED, NOTE };

static const char *const columns[] = {"incident_id", "tenant_id", "recipient", "means",    "evidence", "happened_at",
                                      "notice",      "by",        "state",     "required", "note",     NULL};

static enum dn_status check_there(const struct dn_record_file *file)
{
    for (size_t c = INCIDENT_ID; c <= HAPPENED_AT; c++)
        if (!dn_record_cell(file, c).size)
            return dn_record_fault(file, c, "is empty: who was told of what, how, when, and what shows it");
    return DN_OK;
}

/* Words that mean something else in a ledger. */
static enum dn_status check_words(const struct dn_record_file *file)
{
    if (dn_text_is(dn_record_cell(file, MEANS), "outbox"))
        return dn_record_fault(file, MEANS, "'outbox' is what notify-send says of files");
    if (dn_text_starts(dn_record_cell(file, NOTE), "same-message:"))
        return dn_record_fault(file, NOTE, "'same-message:' is what notify-send says of a message for two roles");
    return DN_OK;
}

static enum dn_status find_state(const struct dn_record_file *file, struct dn_record *record)
{
    struct dn_text cell = dn_record_cell(file, STATE);
    int state = cell.size ? dn_word_find(dn_state_words, cell) : DN_STATE_ACCEPTED;
    if (state != DN_STATE_ACCEPTED && state != DN_STATE_DELIVERED && state != DN_STATE_REACHED &&
        state != DN_STATE_BOUNCED && state != DN_STATE_NOT_REACHED)
        return dn_record_fault(file, STATE,
                               "'%.*s'; accepted (also when empty), delivered, reached, bounced or "
                               "not-reached",
                               (int)cell.size, cell.at);
    record->state = (enum dn_state)state;
    return DN_OK;
}

static enum dn_status find_required(const struct dn_record_file *file, struct dn_record *record)
{
    struct dn_text cell = dn_record_cell(file, REQUIRED);
    int required = cell.size ? dn_word_find(dn_required_words, cell) : DN_REQUIRED_ANY;
    if (required < 0)
        return dn_record_fault(file, REQUIRED, "'%.*s'; any (also when empty), all or no", (int)cell.size, cell.at);
    record->required = (enum dn_required)required;
    return DN_OK;
}

static void keep(const struct dn_record_file *file, struct dn_record *record)
{
    struct dn_text notice = dn_record_cell(file, NOTICE), by = dn_record_cell(file, BY);
    dn_record_set(&record->incident_id, dn_record_cell(file, INCIDENT_ID));
    dn_record_set(&record->notice, notice.size ? notice : DN_TEXT("initial"));
    dn_record_set(&record->tenant_id, dn_record_cell(file, TENANT_ID));
    dn_record_set(&record->recipient, dn_record_cell(file, RECIPIENT));
    dn_record_set(&record->code, dn_record_cell(file, MEANS));
    dn_record_set(&record->reference, dn_record_cell(file, EVIDENCE));
    dn_record_set(&record->reason, dn_record_cell(file, NOTE));
    dn_record_set(&record->by, by.size ? by : dn_text_of(file->by));
    dn_ledger_key(dn_text_of(record->incident_id), dn_text_of(record->notice), dn_text_of(record->tenant_id),
                  DN_CHANNEL_OTHER, dn_text_of(record->recipient), record->key);
}

static enum dn_status take(const struct dn_record_file *file)
{
    struct dn_instant happened_at = DN_INSTANT_NONE;
    enum dn_status status = check_there(file);
    if (status == DN_OK)
        status = check_words(file);
    if (status == DN_OK)
        status = dn_record_time(file, HAPPENED_AT, &happened_at);
    if (status != DN_OK)
        return status;
    struct dn_record *record = dn_record_add(file, DN_RECORD_OTHER);
    record->happened_at = happened_at;
    status = find_state(file, record);
    if (status == DN_OK)
        status = find_required(file, record);
    if (status == DN_OK)
        keep(file, record);
    return status;
}

const struct dn_record_format dn_record_others = {"other means", columns, HAPPENED_AT + 1, take};
