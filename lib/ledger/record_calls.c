/* A call sheet (duenotice-calls(5)) that callers filled in. */
#include <string.h>

#include "incident/incident.h"
#include "ledger/record_read.h"

enum {
    KEY,
    INCIDENT_ID,
    NOTICE,
    TENANT_ID,
    CALLER,
    CALLER_TRAINED,
    CALLED_AT,
    OUTCOME,
    PERSON,
    PERSON_ROLE,
    REFERENCE
};

static const char *const columns[] = {"key",    "incident_id",    "notice",    "tenant_id",
                                      "caller", "caller_trained", "called_at", "outcome",
                                      "person", "person_role",    "reference", NULL};
static const char *const outcomes[] = {"reached", "no-answer", "busy", "wrong-number", "voicemail", "refused", NULL};

/* The sheet is safe for spreadsheets: a value that would be a formula has an apostrophe in front. */
static struct dn_text filled(const struct dn_record_file *file, size_t column)
{
    struct dn_text cell = dn_record_cell(file, column);
    if (cell.size > 1 && cell.at[0] == '\'' && strchr("=+-@", cell.at[1]))
        return (struct dn_text){cell.at + 1, cell.size - 1};
    return cell;
}

static bool untouched(const struct dn_record_file *file)
{
    for (size_t c = CALLER; c <= REFERENCE; c++)
        if (filled(file, c).size)
            return false;
    return true;
}

static int find_word(const char *const *words, struct dn_text text)
{
    for (int i = 0; words[i]; i++)
        if (dn_text_equal_nocase(text, dn_text_of(words[i])))
            return i;
    return -1;
}

static enum dn_status need(const struct dn_record_file *file, size_t column)
{
    if (filled(file, column).size)
        return DN_OK;
    return dn_record_fault(file, column, "is empty, and other cells of this call are filled in");
}

static enum dn_status check_filled(const struct dn_record_file *file, int outcome)
{
    enum dn_status status = DN_OK;
    for (size_t c = CALLER; c <= (outcome == 0 ? PERSON_ROLE : OUTCOME) && status == DN_OK; c++)
        status = need(file, c);
    return status;
}

static enum dn_status check_key(const struct dn_record_file *file)
{
    struct dn_text key = dn_record_cell(file, KEY);
    if (key.size == DN_SHA256_HEX - 1)
        return DN_OK;
    return dn_record_fault(file, KEY, "'%.*s' is no key of a ledger", (int)key.size, key.at ? key.at : "");
}

static bool is_administrator(struct dn_text role)
{
    return dn_text_equal_nocase(role, DN_TEXT("administrator")) || dn_text_equal_nocase(role, DN_TEXT("admin"));
}

/* Only a trained caller who had an administrator on the line has told anybody. */
static void judge(const struct dn_record_file *file, int outcome, bool trained, struct dn_record *record)
{
    struct dn_buf reason = {0};
    struct dn_text person = filled(file, PERSON), role = filled(file, PERSON_ROLE);
    bool administrator = is_administrator(role);
    record->state = outcome == 0 && trained && administrator ? DN_STATE_REACHED : DN_STATE_NOT_REACHED;
    if (outcome != 0)
        dn_buf_adds(&reason, outcomes[outcome]);
    else if (!trained)
        dn_buf_adds(&reason, "reached, but by a caller who is not trained");
    else if (!administrator)
        dn_buf_addf(&reason, "reached, but no administrator: %.*s, %.*s", (int)person.size, person.at, (int)role.size,
                    role.at);
    else
        dn_buf_addf(&reason, "administrator: %.*s", (int)person.size, person.at);
    dn_record_set(&record->reason, dn_buf_text(&reason));
    dn_record_set(&record->code, dn_text_of(outcomes[outcome]));
    dn_buf_clear(&reason);
}

static void keep(const struct dn_record_file *file, int outcome, bool trained, struct dn_instant called_at)
{
    struct dn_record *record = dn_record_add(file, DN_RECORD_CALL);
    memcpy(record->key, dn_record_cell(file, KEY).at, DN_SHA256_HEX - 1);
    dn_record_set(&record->incident_id, filled(file, INCIDENT_ID));
    dn_record_set(&record->notice, filled(file, NOTICE));
    dn_record_set(&record->tenant_id, filled(file, TENANT_ID));
    dn_record_set(&record->reference, filled(file, REFERENCE));
    dn_record_set(&record->by, filled(file, CALLER));
    record->happened_at = called_at;
    judge(file, outcome, trained, record);
}

static enum dn_status take(const struct dn_record_file *file)
{
    static const char *const answers[] = {"yes", "no", NULL};
    struct dn_instant called_at;
    if (untouched(file)) {
        file->records->empty++;
        return DN_OK;
    }
    int outcome = find_word(outcomes, filled(file, OUTCOME)),
        trained = find_word(answers, filled(file, CALLER_TRAINED));
    enum dn_status status = check_key(file);
    if (status == DN_OK)
        status = check_filled(file, outcome);
    if (status == DN_OK && outcome < 0)
        status =
            dn_record_fault(file, OUTCOME, "is none of reached, no-answer, busy, wrong-number, voicemail, refused");
    if (status == DN_OK && trained < 0)
        status = dn_record_fault(file, CALLER_TRAINED, "is neither yes nor no");
    if (status == DN_OK)
        status = dn_record_time(file, CALLED_AT, &called_at);
    if (status == DN_OK)
        keep(file, outcome, trained == 0, called_at);
    return status;
}

const struct dn_record_format dn_record_calls = {"a call sheet", columns, REFERENCE + 1, take};
