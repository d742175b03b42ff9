#define _XOPEN_SOURCE 700 /* wcwidth */
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "deadline/audited_words.h"
#include "deadline/report.h"

#define NAME_CELLS 28 /* of a tenant's name on a terminal */

enum column { C_TENANT, C_NAME, C_REGIME, C_DUE, C_TOLD, C_BY, C_MARGIN, C_STATUS, C_REASON };
static const struct {
    const char *name;
    int flags;
} columns[] = {
    {"TENANT", 0}, {"NAME", 0},  {"REGIME", 0}, {"DUE", 0}, {"TOLD", 0}, {"BY", 0}, {"MARGIN", SCOLS_FL_RIGHT},
    {"STATUS", 0}, {"REASON", 0}};
#define COLUMNS (sizeof columns / sizeof *columns)

/* How the table is written. */
struct style {
    const struct dn_audited *audited;
    bool named; /* some row has a tenant's name */
    bool terminal, colour;
};

static void set_visible(struct libscols_line *line, size_t column, const char *value)
{
    struct dn_buf text = {0};
    dn_buf_add_visible(&text, dn_text_of(value));
    if (text.size > 0)
        scols_line_set_data(line, column, text.at);
    dn_buf_clear(&text);
}

static void set_time(struct libscols_line *line, size_t column, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    scols_line_set_data(line, column, text);
}

/* Cuts text to that many cells of a terminal, the last an ellipsis. */
static void cut(struct dn_buf *text, int cells)
{
    mbstate_t state = {0};
    int width = 0;
    size_t fits = 0;
    for (size_t i = 0; i < text->size;) {
        wchar_t c = 0;
        size_t size = mbrtowc(&c, text->at + i, text->size - i, &state);
        if (size == 0 || size > text->size - i)
            return;
        width += wcwidth(c) > 0 ? wcwidth(c) : 0;
        i += size;
        fits = width < cells ? i : fits;
        if (width <= cells)
            continue;
        text->size = fits;
        dn_buf_adds(text, "…");
        return;
    }
}

static void set_name(struct libscols_line *line, const struct style *style, const struct dn_obligation *row)
{
    struct dn_buf text = {0};
    dn_buf_add_visible(&text, dn_text_of(dn_audited_name(style->audited, row)));
    if (style->terminal)
        cut(&text, NAME_CELLS);
    if (text.size > 0)
        scols_line_set_data(line, C_NAME, text.at);
    dn_buf_clear(&text);
}

static const char *colour_of(enum dn_verdict verdict)
{
    switch (verdict) {
    case DN_VERDICT_MET:
        return "\033[32m";
    case DN_VERDICT_LATE:
    case DN_VERDICT_OVERDUE:
    case DN_VERDICT_MISSING:
    case DN_VERDICT_STRAY:
        return "\033[1;31m";
    case DN_VERDICT_UNKNOWN:
    case DN_VERDICT_PENDING:
    case DN_VERDICT_HELD:
        return "\033[33m";
    default:
        return NULL;
    }
}

static void set_status(struct libscols_line *line, const struct style *style, enum dn_verdict verdict)
{
    const char *colour = style->colour ? colour_of(verdict) : NULL;
    set_visible(line, C_STATUS, dn_verdict_words[verdict]);
    if (colour != NULL)
        scols_cell_set_color(scols_line_get_cell(line, C_STATUS), colour);
}

static void set_row(struct libscols_line *line, const struct style *style, const struct dn_obligation *row)
{
    struct dn_buf span = {0};
    int64_t margin = 0;
    set_visible(line, C_TENANT, row->tenant_id[0] != '\0' ? row->tenant_id : "-");
    set_name(line, style, row);
    set_visible(line, C_REGIME, row->regime);
    set_time(line, C_DUE, row->due_at);
    set_time(line, C_TOLD, row->satisfied_at);
    set_visible(line, C_BY, row->satisfied_by);
    if (dn_obligation_margin(row, &margin))
        dn_audited_add_span(&span, margin);
    set_visible(line, C_MARGIN, span.at != NULL ? span.at : "");
    set_status(line, style, row->status);
    set_visible(line, C_REASON, row->reason);
    dn_buf_clear(&span);
}

/* One incident's rows as aligned text; NULL: no memory. free() it. */
static char *print_rows(const struct style *style, const struct dn_obligation *rows, size_t count)
{
    struct libscols_table *table = scols_new_table();
    char *text = NULL;
    if (table == NULL)
        return NULL;
    scols_table_enable_noencoding(table, 1); /* it is made visible already */
    scols_table_enable_colors(table, style->colour);
    scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
    for (size_t i = 0; i < COLUMNS; i++)
        scols_table_new_column(table, columns[i].name, 0,
                               columns[i].flags | (i == C_NAME && !style->named ? SCOLS_FL_HIDDEN : 0));
    for (size_t i = 0; i < count; i++) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        if (line != NULL)
            set_row(line, style, &rows[i]);
    }
    if (scols_print_table_to_string(table, &text) != 0)
        text = NULL;
    scols_unref_table(table);
    return text;
}

/* Widths are counted in UTF-8 whatever the environment says, so that the same rows give the same bytes. */
static char *print_same_everywhere(const struct style *style, const struct dn_obligation *rows, size_t count)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
    char *text = print_rows(style, rows, count);
    if (utf8 != (locale_t)0) {
        uselocale(before);
        freelocale(utf8);
    }
    return text;
}

static size_t rows_of_incident(const struct dn_obligations *obligations, size_t from)
{
    size_t to = from;
    while (to < obligations->count && strcmp(obligations->at[to].incident_id, obligations->at[from].incident_id) == 0)
        to++;
    return to - from;
}

/* The lines without the blanks that fill up the last column. */
static void add_trimmed(struct dn_buf *out, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n"), kept = size;
        while (kept > 0 && text[kept - 1] == ' ')
            kept--;
        dn_buf_add(out, text, kept);
        dn_buf_addc(out, '\n');
        text += size + (text[size] == '\n');
    }
}

static enum dn_status add_incidents(const struct style *style, struct dn_buf *out, struct dn_error *err)
{
    const struct dn_obligations *obligations = style->audited->obligations;
    for (size_t from = 0, count; from < obligations->count; from += count) {
        count = rows_of_incident(obligations, from);
        char *text = print_same_everywhere(style, &obligations->at[from], count);
        if (text == NULL)
            return dn_error_set(err, DN_SYSTEM, "the table could not be made");
        if (obligations->at[from].incident_id[0] != '\0') {
            dn_buf_adds(out, "INCIDENT ");
            dn_buf_add_visible(out, dn_text_of(obligations->at[from].incident_id));
            dn_buf_adds(out, dn_obligation_is_drill(&obligations->at[from]) ? " (an exercise)\n" : "\n");
        }
        add_trimmed(out, text);
        free(text);
    }
    return DN_OK;
}

static void add_counts(const struct dn_obligations *obligations, struct dn_buf *out)
{
    size_t counts[DN_VERDICT_COUNT];
    const char *between = ": ";
    dn_obligations_count(obligations, counts);
    dn_buf_addf(out, "%zu obligation%s", obligations->count, obligations->count == 1 ? "" : "s");
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++) {
        if (counts[i] == 0)
            continue;
        dn_buf_addf(out, "%s%zu %s", between, counts[i], dn_verdict_words[i]);
        between = ", ";
    }
    dn_buf_adds(out, ".");
}

/* What a person wants to know first: how much time is left, or how close it was. */
static void add_sentence(const struct dn_obligations *obligations, struct dn_buf *out)
{
    bool open = true;
    const struct dn_obligation *row = dn_obligations_tightest(obligations, open);
    int64_t margin = 0;
    if (row == NULL)
        row = dn_obligations_tightest(obligations, open = false);
    if (row == NULL || !dn_obligation_margin(row, &margin))
        return;
    dn_buf_adds(out, margin < 0 ? " Longest over its time: " : open ? " Least time left: " : " Least time to spare: ");
    dn_buf_add_visible(out, dn_text_of(row->tenant_id[0] != '\0' ? row->tenant_id : row->incident_id));
    dn_buf_adds(out, ", ");
    dn_audited_add_span(out, margin < 0 ? -margin : margin);
    dn_buf_adds(out, open ? ", not told." : ".");
}

static bool has_names(const struct dn_audited *audited)
{
    for (size_t i = 0; i < audited->obligations->count; i++)
        if (dn_audited_name(audited, &audited->obligations->at[i])[0] != '\0')
            return true;
    return false;
}

enum dn_status dn_report_table(const struct dn_audited *audited, enum dn_screen screen, struct dn_output *output,
                               struct dn_error *err)
{
    const struct dn_obligations *obligations = audited->obligations;
    struct style style = {.audited = audited,
                          .named = has_names(audited),
                          .terminal = screen != DN_SCREEN_NONE,
                          .colour = screen == DN_SCREEN_COLOUR};
    struct dn_buf out = {0};
    enum dn_status status = add_incidents(&style, &out, err);
    if (status == DN_OK) {
        dn_buf_adds(&out, obligations->count > 0 ? "\n" : "");
        add_counts(obligations, &out);
        add_sentence(obligations, &out);
        dn_buf_adds(&out, "\n");
        dn_audited_add_words(audited, &out);
        dn_output_write(output, dn_buf_text(&out));
    }
    dn_buf_clear(&out);
    return status;
}
