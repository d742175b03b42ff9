#include "tenant/affected.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "stream/csv_write.h"
#include "tenant/affected_store.h"
#include "tenant/cell.h"

const char *const dn_change_words[] = {"added", "kept", "removed", NULL};
static const char *const message_center_words[] = {"yes", "no", "hidden", NULL};

enum {
    INCIDENT_ID,
    TENANT_ID,
    NAME,
    COUNTRY,
    LANGUAGE,
    TIME_ZONE,
    REGIMES,
    CHANGE,
    EFFECTS,
    CERTAINTY,
    SERVICES,
    RESOURCES,
    ROWS,
    EVENTS,
    DATA_SUBJECTS,
    FIRST_SEEN,
    LAST_SEEN,
    MATCHED_BY,
    MESSAGE_CENTER,
    ADMIN_EMAILS,
    PRIVACY_EMAIL,
    ADMIN_PHONES,
    CONTACT_GAPS,
    IDENTIFIED_AT,
    PART
};

const char *const dn_affected_columns[] = {
    "incident_id",   "tenant_id",    "name",          "country",    "language",       "time_zone",    "regimes",
    "change",        "effects",      "certainty",     "services",   "resources",      "rows",         "events",
    "data_subjects", "first_seen",   "last_seen",     "matched_by", "message_center", "admin_emails", "privacy_email",
    "admin_phones",  "contact_gaps", "identified_at", NULL};

/* Every column is needed: one that is not there could hide a gap or a clock of a tenant. */
static void wants(struct dn_csv_want want[PART + 1])
{
    for (size_t i = 0; i < DN_AFFECTED_COLUMNS; i++)
        want[i] = (struct dn_csv_want){dn_affected_columns[i], true};
    want[PART] = (struct dn_csv_want){"part", false};
}

static void check_effects(struct dn_cells *cells)
{
    struct dn_text rest = dn_cell_text(cells, EFFECTS), word;
    while (dn_text_next(&rest, ';', &word))
        if (dn_word_find(dn_effect_words, word) < 0)
            dn_cell_fault(cells, EFFECTS, "effects has '%.*s', which is not an effect", (int)word.size, word.at);
}

/* A string cannot hold a NUL: another control character stands for it, for which the tenant is held as for the NUL. */
static void mask_nul(char *copy, size_t size)
{
    char *nul;
    while ((nul = memchr(copy, '\0', size)))
        *nul = '\1';
}

/* A cell as a string of the list: the one of an earlier row, if that had the same one last. */
static const char *keep(struct dn_affected_list *list, size_t number, struct dn_text text)
{
    const char *recent = list->recent[number];
    if (text.size == 0)
        return "";
    if (recent && dn_text_is(text, recent))
        return recent;
    char *copy = dn_arena_take(&list->texts, text.size + 1);
    memcpy(copy, text.at, text.size);
    mask_nul(copy, text.size);
    copy[text.size] = '\0';
    return list->recent[number] = copy;
}

static void read_strings(struct dn_cells *cells, struct dn_affected_list *list, struct dn_affected *row)
{
    const struct {
        size_t column;
        const char **string;
    } strings[DN_AFFECTED_TEXTS] = {
        {INCIDENT_ID, &row->incident_id},
        {TENANT_ID, &row->tenant_id},
        {NAME, &row->name},
        {COUNTRY, &row->country},
        {LANGUAGE, &row->language},
        {TIME_ZONE, &row->time_zone},
        {REGIMES, &row->regimes},
        {EFFECTS, &row->effects},
        {SERVICES, &row->services},
        {MATCHED_BY, &row->matched_by},
        {MESSAGE_CENTER, &row->message_center},
        {ADMIN_EMAILS, &row->admin_emails},
        {PRIVACY_EMAIL, &row->privacy_email},
        {ADMIN_PHONES, &row->admin_phones},
        {CONTACT_GAPS, &row->contact_gaps},
    };
    for (size_t i = 0; i < DN_AFFECTED_TEXTS; i++)
        *strings[i].string = keep(list, i, dn_cell_text(cells, strings[i].column));
    if (row->incident_id[0] == '\0')
        dn_cell_fault(cells, INCIDENT_ID, "%s is empty", cells->want[INCIDENT_ID].name);
}

static enum dn_status read_row(struct dn_cells *cells, struct dn_affected_list *list, struct dn_affected *row)
{
    read_strings(cells, list, row);
    bool unsettled = row->tenant_id[0] == '\0';
    check_effects(cells);
    row->change = (enum dn_change)dn_cell_word(cells, CHANGE, dn_change_words, DN_CHANGE_ADDED);
    row->certainty =
        (enum dn_certainty)dn_cell_word(cells, CERTAINTY, dn_certainty_words, unsettled ? DN_CERTAINTY_POTENTIAL : -1);
    dn_cell_word(cells, MESSAGE_CENTER, message_center_words, 0);
    row->resources = dn_cell_number(cells, RESOURCES);
    row->rows = dn_cell_number(cells, ROWS);
    row->events = dn_cell_number(cells, EVENTS);
    row->data_subjects = dn_cell_number(cells, DATA_SUBJECTS);
    row->first_seen = dn_cell_instant(cells, FIRST_SEEN);
    row->last_seen = dn_cell_instant(cells, LAST_SEEN);
    row->identified_at = dn_cell_instant(cells, IDENTIFIED_AT);
    row->line = cells->record->line;
    return cells->status;
}

/* The entry of a row's (incident, tenant) in a table whose entries have the numbers of the list. */
static size_t seen_add(struct dn_table *seen, const struct dn_affected *row, bool *added)
{
    struct dn_buf key = {0};
    dn_affected_add_key(row, &key);
    size_t entry = dn_table_add(seen, dn_buf_text(&key), added);
    dn_buf_clear(&key);
    return entry;
}

static enum dn_status twice(struct dn_cells *cells, const struct dn_affected *row, const struct dn_affected *first,
                            bool same_file)
{
    struct dn_buf where = {0};
    if (same_file)
        dn_buf_addf(&where, "first on line %" PRId64, first->line);
    else
        dn_buf_adds(&where, "first in an earlier file");
    dn_cell_fault(cells, TENANT_ID, "tenant '%s' of incident '%s' stands twice, %s", row->tenant_id, row->incident_id,
                  where.at);
    dn_buf_clear(&where);
    return cells->status;
}

/* A row of a list that is outside memory; its texts are used again for the next one. */
static enum dn_status read_outside(struct dn_cells *cells, size_t from, struct dn_affected_list *list)
{
    struct dn_affected row = {0}, first;
    size_t number = 0;
    dn_arena_reset(&list->texts);
    memset(list->recent, 0, sizeof list->recent);
    enum dn_status status = read_row(cells, list, &row);
    if (status != DN_OK)
        return status;
    if (!dn_affected_store_add(list, &row, &number)) {
        struct dn_affected_reader reader = {.list = list};
        first = *dn_affected_at(&reader, number);
        twice(cells, &row, &first, number >= from);
        dn_affected_reader_clear(&reader);
    }
    return cells->status == DN_OK ? dn_affected_store_check(list->store, cells->err) : cells->status;
}

static enum dn_status read_inside(struct dn_cells *cells, size_t from, struct dn_table *seen,
                                  struct dn_affected_list *list)
{
    list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
    struct dn_affected *row = &list->at[list->count++];
    *row = (struct dn_affected){0};
    enum dn_status status = read_row(cells, list, row);
    if (status != DN_OK)
        return status;
    bool added;
    size_t first = seen_add(seen, row, &added);
    return added ? DN_OK : twice(cells, row, &list->at[first], first >= from);
}

/* A NUL in a tenant's name or contacts is that tenant's own trouble (it is held for it), whereas anywhere else it
 * leaves nothing of the row to rely on. */
static bool is_own_trouble(const struct dn_csv *csv, const struct dn_csv_record *record, const size_t *index)
{
    size_t header_count;
    dn_csv_header(csv, &header_count);
    if (record->fault != DN_CSV_NUL || record->count != header_count || !dn_text_utf8(record->raw, NULL))
        return false;
    for (size_t i = 0; i < record->count; i++) {
        const struct dn_text cell = record->cells[i];
        bool is_own =
            i == index[NAME] || i == index[ADMIN_EMAILS] || i == index[PRIVACY_EMAIL] || i == index[ADMIN_PHONES];
        if (!is_own && cell.size && memchr(cell.at, '\0', cell.size))
            return false;
    }
    return true;
}

/* Reads the rows of an open stream; those before `from` in the list are of earlier files. */
static enum dn_status read_rows(struct dn_csv *csv, const struct dn_csv_want *want, const size_t *index,
                                struct dn_part_check *parts, struct dn_table *seen, struct dn_affected_list *list,
                                struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status;
    size_t from = list->count;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault && !is_own_trouble(csv, &record, index))
            return dn_csv_fault_error(csv, &record, err);
        if ((status = dn_part_look(parts, csv, &record, err)) != DN_OK)
            return status;
        struct dn_cells cells = {.csv = csv, .record = &record, .want = want, .index = index, .err = err};
        status = list->store ? read_outside(&cells, from, list) : read_inside(&cells, from, seen, list);
        if (status != DN_OK)
            return status;
    }
    return status == DN_END ? DN_OK : status;
}

enum dn_status dn_affected_read(const char *path, bool subset, struct dn_affected_list *list, struct dn_error *err)
{
    struct dn_csv *csv = NULL;
    struct dn_csv_want want[PART + 1];
    size_t index[PART + 1];
    struct dn_table seen = {0};
    enum dn_status status = dn_csv_open(path, NULL, &csv, err);
    if (status != DN_OK)
        return status;
    wants(want);
    for (size_t i = 0; i < list->count && !list->store; i++)
        seen_add(&seen, &list->at[i], NULL);
    status = dn_csv_columns(csv, "an affected stream", want, PART + 1, index, err);
    if (status == DN_OK) {
        struct dn_part_check parts = {.column = index[PART], .subset = subset};
        status = read_rows(csv, want, index, &parts, &seen, list, err);
        enum dn_status whole = dn_part_finish(&parts, csv, status == DN_OK ? err : NULL);
        status = status == DN_OK ? whole : status;
    }
    dn_table_clear(&seen);
    dn_csv_close(csv);
    return status;
}

int dn_affected_compare(const struct dn_affected *row, struct dn_text incident_id, struct dn_text tenant_id)
{
    int order = dn_text_compare(dn_text_of(row->incident_id), incident_id);
    return order ? order : dn_text_compare(dn_text_of(row->tenant_id), tenant_id);
}

static int compare(const void *a, const void *b)
{
    const struct dn_affected *right = b;
    return dn_affected_compare(a, dn_text_of(right->incident_id), dn_text_of(right->tenant_id));
}

void dn_affected_sort(struct dn_affected_list *list)
{
    if (list->count)
        qsort(list->at, list->count, sizeof *list->at, compare);
}

enum dn_status dn_affected_settle(struct dn_affected_list *list, struct dn_error *err)
{
    if (list->store)
        return dn_affected_store_sort(list, err);
    dn_affected_sort(list);
    return DN_OK;
}

const struct dn_affected *dn_affected_find(const struct dn_affected_list *list, struct dn_text incident_id,
                                           struct dn_text tenant_id)
{
    size_t from = 0, to = list->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = dn_affected_compare(&list->at[middle], incident_id, tenant_id);
        if (order == 0)
            return &list->at[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

void dn_affected_cells(const struct dn_affected *row, struct dn_buf *scratch, struct dn_text *cells)
{
    static const size_t where[] = {RESOURCES, ROWS, EVENTS, DATA_SUBJECTS, FIRST_SEEN, LAST_SEEN, IDENTIFIED_AT};
    const int64_t numbers[] = {row->resources, row->rows, row->events, row->data_subjects};
    const struct dn_instant times[] = {row->first_seen, row->last_seen, row->identified_at};
    cells[INCIDENT_ID] = dn_text_of(row->incident_id);
    cells[TENANT_ID] = dn_text_of(row->tenant_id);
    cells[NAME] = dn_text_of(row->name);
    cells[COUNTRY] = dn_text_of(row->country);
    cells[LANGUAGE] = dn_text_of(row->language);
    cells[TIME_ZONE] = dn_text_of(row->time_zone);
    cells[REGIMES] = dn_text_of(row->regimes);
    cells[CHANGE] = dn_text_of(dn_change_words[row->change]);
    cells[EFFECTS] = dn_text_of(row->effects);
    cells[CERTAINTY] = dn_text_of(dn_certainty_words[row->certainty]);
    cells[SERVICES] = dn_text_of(row->services);
    cells[MATCHED_BY] = dn_text_of(row->matched_by);
    cells[MESSAGE_CENTER] = dn_text_of(row->message_center);
    cells[ADMIN_EMAILS] = dn_text_of(row->admin_emails);
    cells[PRIVACY_EMAIL] = dn_text_of(row->privacy_email);
    cells[ADMIN_PHONES] = dn_text_of(row->admin_phones);
    cells[CONTACT_GAPS] = dn_text_of(row->contact_gaps);
    dn_cells_render(scratch, cells, where, numbers, 4, times, 3);
}

struct dn_affected_texts dn_affected_texts_of(const struct dn_affected *row)
{
    return (struct dn_affected_texts){
        .incident_id = dn_text_of(row->incident_id),
        .tenant_id = dn_text_of(row->tenant_id),
        .name = dn_text_of(row->name),
        .country = dn_text_of(row->country),
        .language = dn_text_of(row->language),
        .time_zone = dn_text_of(row->time_zone),
        .regimes = dn_text_of(row->regimes),
        .effects = dn_text_of(row->effects),
        .services = dn_text_of(row->services),
        .matched_by = dn_text_of(row->matched_by),
        .message_center = dn_text_of(row->message_center),
        .admin_emails = dn_text_of(row->admin_emails),
        .privacy_email = dn_text_of(row->privacy_email),
        .admin_phones = dn_text_of(row->admin_phones),
        .contact_gaps = dn_text_of(row->contact_gaps),
    };
}

/* These write behind `to`, where there is room, and return where they end. */
static char *put_number(char *to, int64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    if (number >= 0)
        do
            *--at = (char)('0' + number % 10);
        while (number /= 10);
    *--at = ',';
    size_t size = (size_t)(digits + sizeof digits - at);
    memcpy(to, at, size);
    return to + size;
}

static char *put_instant(char *to, struct dn_instant at)
{
    *to++ = ',';
    dn_instant_format(at, to);
    return to + strlen(to);
}

static char *put_texts(char *to, const struct dn_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *to++ = ',';
        if (texts[i].size)
            to = dn_csv_put(to, texts[i]);
    }
    return to;
}

/* In the order of dn_affected_columns. */
void dn_affected_add_line(const struct dn_affected *row, const struct dn_affected_texts *texts, struct dn_buf *line)
{
    const struct dn_text before[] = {texts->tenant_id,
                                     texts->name,
                                     texts->country,
                                     texts->language,
                                     texts->time_zone,
                                     texts->regimes,
                                     dn_text_of(dn_change_words[row->change]),
                                     texts->effects,
                                     dn_text_of(dn_certainty_words[row->certainty]),
                                     texts->services};
    const struct dn_text after[] = {texts->matched_by,    texts->message_center, texts->admin_emails,
                                    texts->privacy_email, texts->admin_phones,   texts->contact_gaps};
    size_t most = 2 * texts->incident_id.size + 512;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        most += 2 * before[i].size;
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        most += 2 * after[i].size;
    char *begin = dn_buf_reserve(line, most), *to = dn_csv_put(begin, texts->incident_id);
    to = put_texts(to, before, sizeof before / sizeof *before);
    to = put_number(to, row->resources);
    to = put_number(to, row->rows);
    to = put_number(to, row->events);
    to = put_number(to, row->data_subjects);
    to = put_instant(to, row->first_seen);
    to = put_instant(to, row->last_seen);
    to = put_texts(to, after, sizeof after / sizeof *after);
    to = put_instant(to, row->identified_at);
    dn_buf_extend(line, (size_t)(to - begin));
}

void dn_affected_list_clear(struct dn_affected_list *list)
{
    dn_arena_clear(&list->texts);
    dn_affected_store_free(list->store);
    free(list->at);
    *list = (struct dn_affected_list){0};
}

bool dn_list_has(const char *list, const char *element)
{
    struct dn_text rest = dn_text_of(list), word;
    while (dn_text_next(&rest, ';', &word))
        if (dn_text_is(word, element))
            return true;
    return false;
}
