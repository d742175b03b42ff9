/* Columns by name, and which of our own streams a header belongs to. */
#include <string.h>

#include "stream/csv.h"

static size_t find_column(const struct dn_csv *csv, const char *name, size_t from)
{
    size_t count = 0;
    const struct dn_text *header = dn_csv_header(csv, &count);
    for (size_t i = from; i < count; i++)
        if (dn_text_is(header[i], name))
            return i;
    return DN_CSV_NONE;
}

enum dn_status dn_csv_column(const struct dn_csv *csv, const char *name, size_t *index, struct dn_error *err)
{
    *index = find_column(csv, name, 0);
    if (*index == DN_CSV_NONE)
        return DN_OK;
    size_t again = find_column(csv, name, *index + 1);
    if (again == DN_CSV_NONE)
        return DN_OK;
    return dn_error_at(err, dn_csv_name(csv), dn_csv_header_line(csv), (int64_t)again + 1,
                       "column '%s' stands twice in the header, first as field %zu", name, *index + 1);
}

/* A kind of stream and columns that together only it has; the first that fits wins. */
static const struct {
    const char *kind;
    const char *columns[6];
} kinds[] = {
    {"a ledger", {"seq", "notice", "channel", "key", "chain"}},
    {"a deadlines stream", {"tenant_id", "anchor", "due_at", "margin_s", "status"}},
    {"a deadlines summary", {"total", "elapsed_p50", "overrun_p50"}},
    {"an affected stream", {"incident_id", "tenant_id", "contact_gaps", "identified_at"}},
    {"a resources file", {"incident_id", "tenant_id", "resource", "effect", "determined_at"}},
    {"an unmatched file", {"incident_id", "resource", "effect", "determined_at", "reason"}},
    {"an impact stream", {"incident_id", "resource", "effect", "determined_at"}},
    {"rejects", {"file", "line", "column", "reason", "record"}},
    {"a call sheet", {"caller", "caller_trained", "called_at", "outcome"}},
    {"bounces", {"key", "recipient", "state", "code", "happened_at"}},
    {"other means", {"incident_id", "tenant_id", "recipient", "means", "evidence"}},
    {"an ownership file", {"key", "tenant_id", "from", "until"}},
    {"a directory", {"tenant_id", "name", "domains"}},
    {"a directory", {"tenant_id", "name", "admin_emails"}},
    {"a directory", {"tenant_id", "name", "privacy_email"}},
    {"native evidence", {"at", "operation", "actor", "resource"}},
};

const char *dn_csv_kind(const struct dn_csv *csv)
{
    size_t count = 0;
    if (dn_text_starts(dn_csv_header(csv, &count)[0], "schema: duenotice/"))
        return "a YAML file";
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t i = 0;
        while (i < 6 && kinds[k].columns[i] && find_column(csv, kinds[k].columns[i], 0) != DN_CSV_NONE)
            i++;
        if (i == 6 || !kinds[k].columns[i])
            return kinds[k].kind;
    }
    return NULL;
}

/* What a header of one column was probably separated by. */
static const char *other_delimiter(const struct dn_csv *csv)
{
    size_t count = 0;
    const struct dn_text *header = dn_csv_header(csv, &count);
    if (count != 1 || header[0].size == 0)
        return NULL;
    if (memchr(header[0].at, ';', header[0].size))
        return "';'";
    if (memchr(header[0].at, '\t', header[0].size))
        return "TAB";
    return memchr(header[0].at, ',', header[0].size) ? "','" : NULL;
}

static enum dn_status missing(const struct dn_csv *csv, const char *expected, const char *name, struct dn_error *err)
{
    const char *kind = dn_csv_kind(csv), *delimiter = other_delimiter(csv), *file = dn_csv_name(csv);
    int64_t line = dn_csv_header_line(csv);
    if (delimiter)
        return dn_error_at(err, file, line, 0,
                           "missing column '%s': expected %s; the header is one column with %s in it: "
                           "see --delimiter where the command has it, or put a line 'sep=' with that character first",
                           name, expected, delimiter);
    if (kind && strcmp(kind, expected) != 0)
        return dn_error_at(err, file, line, 0, "missing column '%s': expected %s, this is %s", name, expected, kind);
    return dn_error_at(err, file, line, 0, "missing column '%s': expected %s", name, expected);
}

enum dn_status dn_csv_columns(const struct dn_csv *csv, const char *expected, const struct dn_csv_want *want,
                              size_t count, size_t *index, struct dn_error *err)
{
    for (size_t i = 0; i < count; i++) {
        enum dn_status status = dn_csv_column(csv, want[i].name, &index[i], err);
        if (status != DN_OK)
            return status;
        if (index[i] == DN_CSV_NONE && want[i].required)
            return missing(csv, expected, want[i].name, err);
    }
    return DN_OK;
}
