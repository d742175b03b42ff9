/* The rows a reader has to look at, worst first, each with what the ledger says about it. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/report_page.h"

#define CHUNK 500 /* rows of one table: a browser lays out only those it shows */

struct group {
    enum dn_verdict verdict;
    const char *title, *text;
};

static const struct group needing[] = {
    {DN_VERDICT_OVERDUE, "Overdue", "due and not told"},
    {DN_VERDICT_MISSING, "Missing", "affected, and no notice at all"},
    {DN_VERDICT_LATE, "Late", "told after it was due"},
    {DN_VERDICT_STRAY, "Stray", "told, but not affected"},
    {DN_VERDICT_UNKNOWN, "Unknown", "cannot be decided; the reason says why"},
    {DN_VERDICT_HELD, "Held", "a lawful hold runs"},
    {DN_VERDICT_PENDING, "Pending", "not told yet, and not due yet"},
};

static const struct group reasoned[] = {
    {DN_VERDICT_EXCUSED, "Excused", "told late, under a lawful hold"},
    {DN_VERDICT_EXEMPT, "Exempt", "need not be told"},
    {DN_VERDICT_VOID, "Void", "nothing is due: withdrawn, or not affected"},
};

/* One row with its place in the order: least time left first. */
struct entry {
    const struct dn_obligation *row;
    int64_t margin;
    bool has_margin;
};

struct table {
    const struct dn_audited *audited;
    struct entry *entries;
    size_t count;
    bool many_incidents, many_regimes;
    struct dn_buf line;
    struct dn_told_view view;
    struct dn_output *output;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->has_margin != right->has_margin)
        return left->has_margin ? -1 : 1;
    if (left->margin != right->margin)
        return left->margin < right->margin ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

static void take_entries(struct table *it, enum dn_verdict verdict)
{
    const struct dn_obligations *rows = it->audited->obligations;
    it->count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->at[i].status != verdict)
            continue;
        struct entry *entry = &it->entries[it->count++];
        *entry = (struct entry){.row = &rows->at[i]};
        entry->has_margin = dn_obligation_margin(entry->row, &entry->margin);
    }
    if (it->count > 1)
        qsort(it->entries, it->count, sizeof *it->entries, compare_entries);
}

/* What all rows share needs no place in each. */
static void find_columns(struct table *it)
{
    const struct dn_obligations *rows = it->audited->obligations;
    for (size_t i = 1; i < rows->count; i++) {
        it->many_incidents |= strcmp(rows->at[i].incident_id, rows->at[0].incident_id) != 0;
        it->many_regimes |= strcmp(rows->at[i].regime, rows->at[0].regime) != 0;
    }
}

static void flush(struct table *it)
{
    dn_output_write(it->output, dn_buf_text(&it->line));
    dn_buf_reset(&it->line);
}

static void add_tenant(struct table *it, const struct dn_obligation *row)
{
    const char *name = dn_audited_name(it->audited, row);
    bool named = name[0] != '\0';
    dn_buf_adds(&it->line, "<tr><th scope=\"row\">");
    if (row->tenant_id[0] == '\0')
        dn_buf_adds(&it->line, "no tenant");
    else
        dn_markup_add_name(&it->line, named ? name : row->tenant_id);
    if (named) {
        dn_buf_adds(&it->line, "<small>");
        dn_markup_adds(&it->line, row->tenant_id);
        dn_buf_adds(&it->line, "</small>");
    }
    if (it->many_incidents) {
        dn_buf_adds(&it->line, "<small>");
        dn_markup_adds(&it->line, row->incident_id);
        dn_buf_adds(&it->line, "</small>");
    }
}

static void add_due(struct table *it, const struct dn_obligation *row)
{
    bool disputed = dn_instant_is(row->due_at) && dn_instant_is(row->latest_due_at) &&
                    dn_instant_compare(row->due_at, row->latest_due_at) != 0;
    dn_buf_adds(&it->line, "<td>");
    dn_buf_adds(&it->line, dn_instant_is(row->due_at) ? "" : "no due time");
    dn_markup_add_clock(&it->line, row->due_at);
    if (it->many_regimes) {
        dn_buf_adds(&it->line, "<small>");
        dn_markup_adds(&it->line, row->regime);
        dn_buf_adds(&it->line, "</small>");
    }
    if (disputed) {
        dn_buf_adds(&it->line, "<small>arguable until ");
        dn_markup_add_clock(&it->line, row->latest_due_at);
        dn_buf_adds(&it->line, "</small>");
    }
}

static void add_told(struct table *it, const struct entry *entry)
{
    bool told = dn_instant_is(entry->row->satisfied_at);
    dn_buf_adds(&it->line, "<td>");
    dn_markup_add_clock(&it->line, entry->row->satisfied_at);
    dn_buf_adds(&it->line, told ? "" : "not told");
    if (!entry->has_margin)
        return;
    dn_buf_adds(&it->line, "<small>");
    dn_markup_add_span(&it->line, entry->margin);
    dn_buf_adds(&it->line, entry->margin < 0 ? (told ? " late" : " over") : (told ? " to spare" : " left"));
    dn_buf_adds(&it->line, "</small>");
}

/* "phone:deferred;slow", a line each, with room to break. */
static void add_reason(struct table *it, const char *reason)
{
    struct dn_text rest = dn_text_of(reason), word;
    const char *between = "";
    dn_buf_adds(&it->line, "<td>");
    while (dn_text_next(&rest, ';', &word)) {
        struct dn_text part;
        dn_buf_adds(&it->line, between);
        for (between = ""; dn_text_next(&word, ':', &part); between = ": ") {
            dn_buf_adds(&it->line, between);
            dn_markup_add(&it->line, part);
        }
        between = "\n";
    }
}

static void add_source(struct table *it, size_t source)
{
    const struct dn_told_list *told = it->audited->told;
    if (told->source_count > 1 && source < told->source_count) {
        dn_buf_adds(&it->line, " of ");
        dn_markup_adds(&it->line, told->sources[source].name);
    }
}

static void add_key(struct table *it, const struct dn_told_key *key)
{
    dn_buf_addf(&it->line, "row %lld", (long long)key->seq);
    add_source(it, key->source);
    dn_buf_addf(&it->line, ": %s %s", dn_channel_words[key->channel], dn_state_words[key->state]);
    if (key->satisfied_seq > 0 && key->satisfied_seq != key->seq)
        dn_buf_addf(&it->line, " (told: row %lld)", (long long)key->satisfied_seq);
    dn_buf_addf(&it->line, "%s <code>%.12s</code>", key->required == DN_REQUIRED_NO ? " (courtesy)" : "", key->key);
}

/* The key whose last row comes next behind that one, or NULL. */
static const struct dn_told_key *next_key(const struct dn_told *told, const struct dn_told_key *after)
{
    const struct dn_told_key *next = NULL;
    for (size_t i = 0; i < told->count; i++) {
        const struct dn_told_key *key = &told->keys[i];
        bool behind =
            after == NULL || key->source > after->source ||
            (key->source == after->source && (key->seq > after->seq || (key->seq == after->seq && key > after)));
        bool nearer =
            next == NULL || key->source < next->source || (key->source == next->source && key->seq < next->seq);
        next = behind && nearer ? key : next;
    }
    return next;
}

static void add_evidence(struct table *it, const struct dn_obligation *row)
{
    const struct dn_told *told = dn_audited_told(it->audited, row, &it->view);
    dn_buf_adds(&it->line, "<td>");
    if (told != NULL && told->foreign != NULL) {
        dn_buf_addf(&it->line, "line %lld", (long long)told->foreign->line);
        add_source(it, told->foreign->source);
    } else if (told == NULL || told->count == 0) {
        dn_buf_adds(&it->line, "no row in the ledger");
    }
    const struct dn_told_key *key = told != NULL ? next_key(told, NULL) : NULL;
    for (const char *between = ""; key != NULL; between = "\n", key = next_key(told, key)) {
        dn_buf_adds(&it->line, between);
        add_key(it, key);
    }
}

/* End tags of rows and cells may be left out, and are: among a hundred thousand rows they would be a megabyte. */
static void write_row(struct table *it, const struct entry *entry)
{
    add_tenant(it, entry->row);
    add_due(it, entry->row);
    add_told(it, entry);
    add_reason(it, entry->row->reason);
    add_evidence(it, entry->row);
    dn_buf_adds(&it->line, "\n");
    flush(it);
}

static void add_table_head(struct table *it, size_t from, size_t to)
{
    dn_buf_adds(&it->line, "<div class=\"chunk\">\n<table class=\"open\">\n");
    if (it->count > CHUNK) {
        dn_buf_adds(&it->line, "<caption>");
        dn_markup_add_count(&it->line, from + 1);
        dn_buf_adds(&it->line, " to ");
        dn_markup_add_count(&it->line, to);
        dn_buf_adds(&it->line, "</caption>\n");
    }
    dn_buf_adds(&it->line,
                "<thead><tr><th scope=\"col\" class=\"c1\">Tenant</th><th scope=\"col\" "
                "class=\"c2\">Due</th><th scope=\"col\" class=\"c3\">Told</th><th scope=\"col\" "
                "class=\"c4\">Reason</th><th scope=\"col\" class=\"c5\">Evidence</th></tr></thead>\n<tbody>\n");
}

static void write_group(struct table *it, const struct group *group)
{
    take_entries(it, group->verdict);
    if (it->count == 0)
        return;
    dn_buf_adds(&it->line, "<h3 class=\"group\">");
    dn_page_add_mark(group->verdict, &it->line);
    dn_buf_addf(&it->line, "%s: ", group->title);
    dn_markup_add_count(&it->line, it->count);
    dn_buf_addf(&it->line, " <em>%s</em></h3>\n", group->text);
    for (size_t from = 0; from < it->count; from += CHUNK) {
        size_t to = it->count - from > CHUNK ? from + CHUNK : it->count;
        add_table_head(it, from, to);
        for (size_t i = from; i < to; i++)
            write_row(it, &it->entries[i]);
        dn_buf_adds(&it->line, "</tbody>\n</table>\n</div>\n");
    }
    flush(it);
}

static void add_preface(struct table *it, const char *text)
{
    const struct dn_obligations *rows = it->audited->obligations;
    dn_buf_addf(&it->line, "<p class=\"soft\">%s Times are UTC", text);
    if (!it->many_regimes && rows->at[0].regime[0] != '\0') {
        dn_buf_adds(&it->line, "; the clock of all is <code>");
        dn_markup_adds(&it->line, rows->at[0].regime);
        dn_buf_adds(&it->line, "</code>");
    }
    dn_buf_adds(&it->line, ".</p>\n");
}

static void write_groups(const struct dn_audited *audited, const struct group *groups, size_t count, const char *text,
                         struct dn_output *output)
{
    struct table it = {.audited = audited, .output = output};
    it.entries = dn_alloc(audited->obligations->count, sizeof *it.entries);
    find_columns(&it);
    add_preface(&it, text);
    for (size_t i = 0; i < count; i++)
        write_group(&it, &groups[i]);
    flush(&it);
    dn_buf_clear(&it.line);
    dn_told_view_clear(&it.view);
    free(it.entries);
}

static size_t count_groups(const struct dn_audited *audited, const struct group *groups, size_t count)
{
    size_t counts[DN_VERDICT_COUNT], sum = 0;
    dn_obligations_count(audited->obligations, counts);
    for (size_t i = 0; i < count; i++)
        sum += counts[groups[i].verdict];
    return sum;
}

void dn_page_write_open(const struct dn_audited *audited, struct dn_output *output)
{
    const size_t count = sizeof needing / sizeof *needing;
    dn_output_write(output, DN_TEXT("<section aria-labelledby=\"open\">\n<h2 id=\"open\">Everything not met</h2>\n"));
    if (audited->obligations->count == 0)
        dn_output_write(output, DN_TEXT("<p>There was nothing to judge.</p>\n"));
    else if (count_groups(audited, needing, count) == 0)
        dn_output_write(output, DN_TEXT("<p class=\"none\">Nothing: no obligation is left open or was missed.</p>\n"));
    else
        write_groups(audited, needing, count, "Worst first, and the least time first.", output);
    dn_output_write(output, DN_TEXT("</section>\n"));
}

void dn_page_write_reasoned(const struct dn_audited *audited, struct dn_output *output)
{
    const size_t count = sizeof reasoned / sizeof *reasoned;
    if (count_groups(audited, reasoned, count) == 0)
        return;
    dn_output_write(output, DN_TEXT("<section aria-labelledby=\"reasoned\">\n<h2 id=\"reasoned\">Accepted with a "
                                    "reason</h2>\n"));
    write_groups(audited, reasoned, count, "What the incident record allows.", output);
    dn_output_write(output, DN_TEXT("</section>\n"));
}
