#include "deadline/report_junit.h"

#include <string.h>

#include "deadline/markup.h"

struct suite {
    size_t tests, failures, errors, skipped;
};

static bool is_skipped(enum dn_verdict verdict)
{
    return verdict == DN_VERDICT_EXEMPT || verdict == DN_VERDICT_VOID;
}

static void count_row(struct suite *suite, const struct dn_obligation *row)
{
    suite->tests++;
    suite->skipped += is_skipped(row->status);
    suite->errors += row->status == DN_VERDICT_UNKNOWN;
    suite->failures += dn_verdict_needs_person(row->status) && row->status != DN_VERDICT_UNKNOWN;
}

/* A note that makes the exit status 1 and is not said by a row already. */
static bool is_case(const struct dn_note *note)
{
    return note->attention && (note->word == NULL || dn_word_find(dn_verdict_words, dn_text_of(note->word)) < 0);
}

static struct suite count_notes(const struct dn_notes *notes)
{
    struct suite suite = {0};
    for (size_t i = 0; i < notes->count; i++)
        suite.tests += is_case(&notes->at[i]);
    suite.failures = suite.tests;
    return suite;
}

static void add_numbers(const struct suite *suite, struct dn_buf *out)
{
    dn_buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", suite->tests, suite->failures,
                suite->errors, suite->skipped);
}

static void add_suite(const struct dn_audited *audited, const char *name, const struct suite *suite, struct dn_buf *out)
{
    char now[DN_INSTANT_TEXT];
    dn_instant_format(audited->now, now);
    dn_buf_adds(out, "<testsuite name=\"");
    dn_markup_adds(out, name);
    dn_buf_adds(out, "\"");
    add_numbers(suite, out);
    dn_buf_addf(out, " time=\"0\" timestamp=\"%.19s\">\n", now);
}

/* "due 2026-06-19T07:05:00Z, told 2026-06-19T08:05:00Z, 1 h late" */
static void add_message(const struct dn_obligation *row, struct dn_buf *out)
{
    int64_t margin = 0;
    bool told = dn_instant_is(row->satisfied_at);
    dn_buf_adds(out, dn_instant_is(row->due_at) ? "due " : "no due time");
    dn_instant_add_to(out, row->due_at);
    dn_buf_adds(out, told ? ", told " : ", not told");
    dn_instant_add_to(out, row->satisfied_at);
    if (dn_obligation_margin(row, &margin)) {
        dn_buf_adds(out, ", ");
        dn_markup_add_span(out, margin);
        dn_buf_adds(out, margin < 0 ? (told ? " late" : " over") : (told ? " to spare" : " left"));
    }
    if (row->reason[0] != '\0') {
        dn_buf_adds(out, " (");
        dn_markup_adds(out, row->reason);
        dn_buf_adds(out, ")");
    }
}

static void add_outcome(const struct dn_obligation *row, struct dn_buf *out)
{
    const char *word = dn_verdict_words[row->status];
    if (is_skipped(row->status))
        dn_buf_adds(out, "<skipped message=\"");
    else if (row->status == DN_VERDICT_UNKNOWN)
        dn_buf_addf(out, "<error type=\"%s\" message=\"", word);
    else if (dn_verdict_needs_person(row->status))
        dn_buf_addf(out, "<failure type=\"%s\" message=\"", word);
    else
        dn_buf_adds(out, "<system-out>");
    dn_buf_addf(out, "%s: ", word);
    add_message(row, out);
    dn_buf_adds(out, is_skipped(row->status) || dn_verdict_needs_person(row->status) ? "\"/>" : "</system-out>");
}

static void add_case(const struct dn_obligation *row, struct dn_buf *out)
{
    dn_buf_adds(out, "<testcase classname=\"");
    dn_markup_adds(out, row->incident_id);
    dn_buf_adds(out, ".");
    dn_markup_adds(out, row->regime);
    dn_buf_adds(out, "\" name=\"");
    dn_markup_adds(out, row->tenant_id[0] != '\0' ? row->tenant_id : "(no tenant)");
    dn_buf_adds(out, "\" time=\"0\">");
    add_outcome(row, out);
    dn_buf_adds(out, "</testcase>\n");
}

static size_t incident_end(const struct dn_obligations *rows, size_t from)
{
    size_t to = from;
    while (to < rows->count && strcmp(rows->at[to].incident_id, rows->at[from].incident_id) == 0)
        to++;
    return to;
}

static void write_incident(const struct dn_audited *audited, size_t from, size_t to, struct dn_output *output)
{
    const struct dn_obligation *rows = audited->obligations->at;
    struct suite suite = {0};
    struct dn_buf out = {0};
    for (size_t i = from; i < to; i++)
        count_row(&suite, &rows[i]);
    add_suite(audited, rows[from].incident_id[0] != '\0' ? rows[from].incident_id : "(no incident)", &suite, &out);
    for (size_t i = from; i < to; i++)
        add_case(&rows[i], &out);
    dn_buf_adds(&out, "</testsuite>\n");
    dn_output_write(output, dn_buf_text(&out));
    dn_buf_clear(&out);
}

static void add_notes(const struct dn_audited *audited, const struct suite *suite, struct dn_buf *out)
{
    if (suite->tests == 0)
        return;
    add_suite(audited, "audit", suite, out);
    for (size_t i = 0; i < audited->notes->count; i++) {
        const struct dn_note *note = &audited->notes->at[i];
        if (!is_case(note))
            continue;
        const char *word = note->word != NULL ? note->word : "note";
        dn_buf_addf(out, "<testcase classname=\"audit\" name=\"%s\" time=\"0\"><failure type=\"%s\" message=\"", word,
                    word);
        dn_markup_adds(out, note->text);
        dn_buf_adds(out, "\"/></testcase>\n");
    }
    dn_buf_adds(out, "</testsuite>\n");
}

static void add_total(const struct dn_audited *audited, const struct suite *notes, struct dn_buf *out)
{
    struct suite total = *notes;
    for (size_t i = 0; i < audited->obligations->count; i++)
        count_row(&total, &audited->obligations->at[i]);
    dn_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"deadline-check\"");
    add_numbers(&total, out);
    dn_buf_adds(out, " time=\"0\">\n");
}

void dn_report_junit(const struct dn_audited *audited, struct dn_output *output)
{
    struct suite notes = count_notes(audited->notes);
    struct dn_buf out = {0};
    add_total(audited, &notes, &out);
    dn_output_write(output, dn_buf_text(&out));
    dn_buf_reset(&out);
    for (size_t from = 0, to; from < audited->obligations->count; from = to) {
        to = incident_end(audited->obligations, from);
        write_incident(audited, from, to, output);
    }
    add_notes(audited, &notes, &out);
    dn_buf_adds(&out, "</testsuites>\n");
    dn_output_write(output, dn_buf_text(&out));
    dn_buf_clear(&out);
}
