#include "channel/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/table.h"
#include "stream/csv.h"
#include "stream/csv_write.h"
#include "time/zone.h"

/* When people answer a telephone at work, in minutes of the day. Where the zone is not known it may be any time: those
 * come behind the ones who are awake and before the ones who are not. */
#define WAKES (8 * 60)
#define SLEEPS (20 * 60)
#define DAY (24 * 60)
#define ZONE_UNKNOWN 1

enum {
    KEY,
    INCIDENT_ID,
    NOTICE,
    TENANT_ID,
    NAME,
    COUNTRY,
    PHONE,
    LANGUAGE,
    TIME_ZONE,
    LOCAL_TIME,
    DUE_AT,
    REQUIRED,
    REASON,
    SCRIPT,
    CALLER,
    CALLER_TRAINED,
    CALLED_AT,
    OUTCOME,
    PERSON,
    PERSON_ROLE,
    REFERENCE
};

const char *const dn_call_columns[] = {
    "key",       "incident_id", "notice", "tenant_id",   "name",      "country", "phone",  "language",
    "time_zone", "local_time",  "due_at", "required",    "reason",    "script",  "caller", "caller_trained",
    "called_at", "outcome",     "person", "person_role", "reference", NULL};

/* One line of the sheet; strings owned. */
struct line {
    char *cells[DN_CALL_COLUMNS];
    size_t rank, number;
    struct dn_instant due_at;
    int asleep; /* minutes until the tenant wakes */
    bool taken; /* an old line whose call was added again */
};

struct lines {
    struct line *at;
    size_t count, room;
};

struct dn_calls {
    char *path;
    struct dn_instant now;
    struct lines old, open;
    struct dn_table old_keys; /* entry n is line n of old */
    struct dn_zone *zone;     /* the last tenant's; NULL: not known */
    char *zone_name;
};

static struct line *add_line(struct lines *lines)
{
    lines->at = dn_grow(lines->at, lines->count, &lines->room, sizeof *lines->at);
    lines->at[lines->count] = (struct line){0};
    return &lines->at[lines->count++];
}

static void clear_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        for (size_t c = 0; c < DN_CALL_COLUMNS; c++)
            free(lines->at[i].cells[c]);
    free(lines->at);
}

static char *copy(struct dn_text text)
{
    return dn_strndup(text.size ? text.at : "", text.size);
}

static enum dn_status read_line(struct dn_calls *calls, const struct dn_csv *csv, const struct dn_csv_record *record,
                                const size_t *index, struct dn_error *err)
{
    bool added;
    if (record->fault)
        return dn_csv_fault_error(csv, record, err);
    dn_table_add(&calls->old_keys, dn_csv_cell(record, index[KEY]), &added);
    if (!added)
        return dn_error_at(err, dn_csv_name(csv), record->line, (int64_t)index[KEY] + 1, "this key stands here twice");
    struct line *line = add_line(&calls->old);
    for (size_t c = 0; c < DN_CALL_COLUMNS; c++)
        line->cells[c] = copy(dn_csv_cell(record, index[c]));
    return DN_OK;
}

static enum dn_status read_lines(struct dn_calls *calls, struct dn_csv *csv, struct dn_error *err)
{
    struct dn_csv_want want[DN_CALL_COLUMNS];
    size_t index[DN_CALL_COLUMNS];
    for (size_t c = 0; c < DN_CALL_COLUMNS; c++)
        want[c] = (struct dn_csv_want){dn_call_columns[c], true};
    enum dn_status status = dn_csv_columns(csv, "a call sheet", want, DN_CALL_COLUMNS, index, err);
    struct dn_csv_record record;
    while (status == DN_OK && (status = dn_csv_next(csv, &record, err)) == DN_OK)
        status = read_line(calls, csv, &record, index, err);
    return status == DN_END ? DN_OK : status;
}

static enum dn_status read_old(struct dn_calls *calls, struct dn_error *err)
{
    if (access(calls->path, F_OK) != 0 && errno == ENOENT)
        return DN_OK;
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open(calls->path, NULL, &csv, err);
    if (status == DN_OK)
        status = read_lines(calls, csv, err);
    dn_csv_close(csv);
    return status;
}

enum dn_status dn_calls_open(const char *path, struct dn_instant now, struct dn_calls **calls, struct dn_error *err)
{
    struct dn_calls *made = dn_alloc(1, sizeof *made);
    *calls = NULL;
    made->path = dn_strdup(path);
    made->now = now;
    enum dn_status status = read_old(made, err);
    if (status == DN_OK)
        *calls = made;
    else
        dn_calls_free(made);
    return status;
}

void dn_calls_free(struct dn_calls *calls)
{
    if (!calls)
        return;
    clear_lines(&calls->old);
    clear_lines(&calls->open);
    dn_table_clear(&calls->old_keys);
    dn_zone_free(calls->zone);
    free(calls->zone_name);
    free(calls->path);
    free(calls);
}

/* Minutes until somebody can be called there: 0 from 08:00 to 20:00. */
static int minutes_asleep(struct dn_civil c)
{
    int minute = c.hour * 60 + c.minute;
    if (minute >= WAKES && minute < SLEEPS)
        return 0;
    return minute < WAKES ? WAKES - minute : WAKES + DAY - minute;
}

/* By how many minutes the clock on the wall goes forward meanwhile: in such a night people wake so much earlier. */
static int minutes_gained(const struct dn_zone *zone, struct dn_instant now, int minutes)
{
    int later = dn_zone_offset(zone, dn_instant_add(now, (int64_t)minutes * 60));
    return (later - dn_zone_offset(zone, now)) / 60;
}

/* "2026-06-15 20:00" on the tenant's wall; empty when its zone is not known. */
static void set_local_time(struct dn_calls *calls, struct line *line, const char *name)
{
    struct dn_buf text = {0};
    line->asleep = ZONE_UNKNOWN;
    if (!calls->zone_name || strcmp(calls->zone_name, name) != 0) {
        dn_zone_free(calls->zone);
        free(calls->zone_name);
        calls->zone = NULL;
        calls->zone_name = dn_strdup(name);
        if (*name && dn_zone_open(name, &calls->zone, NULL) != DN_OK)
            calls->zone = NULL;
    }
    if (calls->zone) {
        struct dn_civil c = dn_civil_of(calls->now, dn_zone_offset(calls->zone, calls->now));
        dn_buf_addf(&text, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
        line->asleep = minutes_asleep(c);
        line->asleep -= minutes_gained(calls->zone, calls->now, line->asleep);
    }
    line->cells[LOCAL_TIME] = dn_buf_take(&text);
}

static char *time_text(struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    return dn_strdup(text);
}

/* Is what stands in the old line the call that the ledger knows already? */
static bool recorded(const struct line *old, struct dn_instant called_at)
{
    struct dn_instant at;
    return dn_instant_is(called_at) && dn_instant_parse(dn_text_trim(dn_text_of(old->cells[CALLED_AT])), &at) &&
           dn_instant_compare(at, called_at) == 0;
}

static void fill_callers(struct dn_calls *calls, struct line *line, struct dn_instant called_at)
{
    size_t at = dn_table_find(&calls->old_keys, dn_text_of(line->cells[KEY]));
    struct line *old = at == SIZE_MAX ? NULL : &calls->old.at[at];
    bool keep = old && !recorded(old, called_at);
    if (old)
        old->taken = true;
    for (size_t c = CALLER; c < DN_CALL_COLUMNS; c++)
        line->cells[c] = dn_strdup(keep ? old->cells[c] : "");
}

void dn_calls_add(struct dn_calls *calls, const struct dn_dispatch *dispatch, size_t rank)
{
    const struct dn_plan_row *row = dispatch->row;
    const struct dn_affected *tenant = row->tenant;
    struct line *line = add_line(&calls->open);
    line->rank = rank;
    line->number = calls->open.count;
    line->due_at = row->due_at;
    const char *const texts[] = {row->key,         row->incident->id, dispatch->notice, tenant->tenant_id,
                                 tenant->name,     tenant->country,   row->recipient,   dispatch->content->language,
                                 tenant->time_zone};
    for (size_t c = KEY; c <= TIME_ZONE; c++)
        line->cells[c] = dn_strdup(texts[c]);
    set_local_time(calls, line, tenant->time_zone);
    line->cells[DUE_AT] = time_text(row->due_at);
    line->cells[REQUIRED] = dn_strdup(dn_required_words[row->required]);
    line->cells[REASON] = dn_strdup(row->reason);
    line->cells[SCRIPT] = dn_strdup(dispatch->content->script);
    fill_callers(calls, line, dispatch->called_at);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *one = a, *two = b;
    if (one->rank != two->rank)
        return one->rank < two->rank ? -1 : 1;
    bool timed = dn_instant_is(one->due_at) && dn_instant_is(two->due_at);
    int order =
        timed ? dn_instant_compare(one->due_at, two->due_at) : dn_instant_is(two->due_at) - dn_instant_is(one->due_at);
    if (!order)
        order = (one->asleep > two->asleep) - (one->asleep < two->asleep);
    return order ? order : (one->number > two->number) - (one->number < two->number);
}

/* An old line stays while its call may still be made: the ledger does not know it, or has it open. */
static bool stays(const struct line *old, const struct dn_ledger *ledger)
{
    struct dn_stand last;
    if (old->taken || !dn_ledger_stand(ledger, dn_text_of(old->cells[KEY]), &last))
        return !old->taken;
    return last.state == DN_STATE_INTENT || last.state == DN_STATE_DEFERRED || last.state == DN_STATE_NOT_REACHED ||
           last.state == DN_STATE_UNKNOWN;
}

static void add_text(struct dn_buf *sheet, const struct line *line)
{
    for (size_t c = 0; c < DN_CALL_COLUMNS; c++)
        dn_csv_add_sheet_field(sheet, c == 0, dn_text_of(line->cells[c]));
    dn_buf_addc(sheet, '\n');
}

static size_t add_lines(struct dn_calls *calls, const struct dn_ledger *ledger, struct dn_buf *sheet)
{
    size_t count = calls->open.count;
    if (count)
        qsort(calls->open.at, count, sizeof *calls->open.at, compare_lines);
    for (size_t i = 0; i < count; i++)
        add_text(sheet, &calls->open.at[i]);
    for (size_t i = 0; i < calls->old.count; i++) {
        if (!stays(&calls->old.at[i], ledger))
            continue;
        add_text(sheet, &calls->old.at[i]);
        count++;
    }
    return count;
}

enum dn_status dn_calls_write(struct dn_calls *calls, const struct dn_ledger *ledger, size_t *open,
                              struct dn_error *err)
{
    struct dn_buf sheet = {0};
    struct dn_output *output = NULL;
    for (size_t c = 0; c < DN_CALL_COLUMNS; c++)
        dn_csv_add_field(&sheet, c == 0, dn_text_of(dn_call_columns[c]));
    dn_buf_addc(&sheet, '\n');
    *open = add_lines(calls, ledger, &sheet);
    enum dn_status status = dn_output_open(calls->path, &output, err);
    if (status == DN_OK) {
        dn_output_write(output, dn_buf_text(&sheet));
        status = dn_output_commit(output, err);
    }
    dn_buf_clear(&sheet);
    return status;
}
