#include "deadline/report_html.h"

#include <string.h>

#include "data/data.h"
#include "deadline/report_page.h"

#define FEW_INCIDENTS 3 /* up to here their stages stand before the rows */

static void flush(struct dn_buf *out, struct dn_output *output)
{
    dn_output_write(output, dn_buf_text(out));
    dn_buf_reset(out);
}

/* Each verdict's mark around (0, 0): no two share a shape, so that nothing hangs on colour. */
static const char *const marks[DN_VERDICT_COUNT] = {
    [DN_VERDICT_MET] = "<circle r=\"6\" fill=\"currentColor\"/>",
    [DN_VERDICT_LATE] = "<path d=\"M0-7 7 6H-7Z\" fill=\"currentColor\"/>",
    [DN_VERDICT_EXCUSED] =
        "<circle r=\"5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.5\"/><circle r=\"2\" "
        "fill=\"currentColor\"/>",
    [DN_VERDICT_PENDING] = "<circle r=\"5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2.5\"/>",
    [DN_VERDICT_HELD] = "<path d=\"M-5-6h3.5V6H-5ZM1.5-6H5V6H1.5Z\" fill=\"currentColor\"/>",
    [DN_VERDICT_OVERDUE] = "<rect x=\"-6\" y=\"-6\" width=\"12\" height=\"12\" fill=\"currentColor\"/>",
    [DN_VERDICT_MISSING] = "<path d=\"M-5-5 5 5M5-5-5 5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"3.5\"/>",
    [DN_VERDICT_EXEMPT] = "<path d=\"M-6 0H6\" stroke=\"currentColor\" stroke-width=\"3\"/>",
    [DN_VERDICT_VOID] = "<path d=\"M-4 6 4-6\" stroke=\"currentColor\" stroke-width=\"2.5\"/>",
    [DN_VERDICT_UNKNOWN] = "<path d=\"M0-6.5 6.5 0 0 6.5-6.5 0Z\" fill=\"none\" stroke=\"currentColor\" "
                           "stroke-width=\"2.5\"/>",
    [DN_VERDICT_STRAY] = "<path d=\"M-6 0H6M0-6V6\" stroke=\"currentColor\" stroke-width=\"3.5\"/>"};

void dn_page_add_mark(enum dn_verdict verdict, struct dn_buf *out)
{
    const char *word = dn_verdict_words[verdict];
    dn_buf_addf(out,
                "<svg class=\"mark v-%s\" viewBox=\"-8 -8 16 16\" aria-hidden=\"true\"><use href=\"#m-%s\"/></svg>",
                word, word);
}

static void add_marks(struct dn_buf *out)
{
    dn_buf_adds(out, "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" style=\"position:absolute\"><defs>\n");
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++)
        dn_buf_addf(out, "<g id=\"m-%s\">%s</g>\n", dn_verdict_words[i], marks[i]);
    dn_buf_adds(out, "</defs></svg>\n");
}

/* What the page is about, as one line of text: the incident, or how many. */
static void add_subject(const struct dn_audited *audited, struct dn_buf *out)
{
    const struct dn_incidents *records = audited->incidents;
    const struct dn_told_list *told = audited->told;
    if (records->count == 1) {
        dn_markup_adds(out, records->at[0].id);
    } else if (records->count == 0 && told->ids.count == 1 && dn_table_key(&told->ids, 0).size > 0) {
        dn_markup_add(out, dn_table_key(&told->ids, 0));
    } else {
        size_t count = records->count > 0 ? records->count : told->ids.count;
        dn_markup_add_things(out, count, "incident");
    }
}

static void add_head(const struct dn_audited *audited, struct dn_buf *out)
{
    const struct dn_data_file *style = dn_data_find("report/page.css");
    dn_buf_adds(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" content=\"duenotice " DN_VERSION
        "\">\n<title>");
    dn_buf_adds(out, dn_audited_is_drill(audited) ? "DRILL: " : "");
    add_subject(audited, out);
    dn_buf_adds(out, ": ");
    dn_page_add_sentence(audited, out);
    dn_buf_adds(out, "</title>\n<style>\n");
    dn_buf_add(out, style->bytes, style->size);
    dn_buf_adds(out, "</style>\n</head>\n<body>\n");
    add_marks(out);
}

static bool has_drill(const struct dn_audited *audited)
{
    for (size_t i = 0; i < audited->obligations->count; i++)
        if (dn_obligation_is_drill(&audited->obligations->at[i]))
            return true;
    return dn_audited_is_drill(audited);
}

static void add_drill(const struct dn_audited *audited, struct dn_buf *out)
{
    if (!has_drill(audited))
        return;
    dn_buf_adds(out, "<p class=\"drill\"><strong>DRILL</strong> ");
    dn_buf_adds(out, dn_audited_is_drill(audited) ? "An exercise: no incident happened, and nobody real was told."
                                                  : "Some of what follows is an exercise: its rows say drill.");
    dn_buf_adds(out, "</p>\n");
}

static const char *told_means(const char *state)
{
    if (state == NULL)
        return "the table gives a time for it";
    if (strcmp(state, "accepted") == 0)
        return "accepted by the receiving system; that anybody read it is not known";
    if (strcmp(state, "delivered") == 0)
        return "its delivery was confirmed; that anybody read it is not known";
    if (strcmp(state, "reached") == 0)
        return "a person was reached";
    return "the table says so";
}

static void add_facts(const struct dn_audited *audited, struct dn_buf *out)
{
    bool person = dn_notes_need_person(audited->notes);
    dn_buf_adds(out, "<dl class=\"facts\">\n<dt>Judged at</dt><dd>");
    dn_markup_add_time(out, audited->now);
    dn_buf_adds(out, "</dd>\n<dt>Told means</dt><dd>");
    dn_buf_adds(out, told_means(audited->satisfied_by));
    if (audited->satisfied_by != NULL) {
        dn_buf_adds(out, " (<code>");
        dn_markup_adds(out, audited->satisfied_by);
        dn_buf_adds(out, "</code>)");
    }
    dn_buf_adds(out, "</dd>\n<dt>Exit status</dt><dd>");
    dn_buf_adds(out, person ? "1: something needs a person" : "0: nothing is left over");
    dn_buf_adds(out, "</dd>\n</dl>\n");
}

static void add_header(const struct dn_audited *audited, struct dn_buf *out)
{
    add_drill(audited, out);
    dn_buf_adds(out, "<header>\n<p class=\"eyebrow\">Audit of customer notification · <bdi>");
    add_subject(audited, out);
    dn_buf_adds(out, "</bdi>");
    if (audited->incidents->count == 1) {
        dn_buf_adds(out, " · ");
        dn_markup_add_name(out, audited->incidents->at[0].title);
    }
    dn_buf_adds(out, "</p>\n");
    dn_page_add_verdict(audited, out);
    add_facts(audited, out);
    dn_buf_adds(out, "</header>\n<main>\n");
}

static void add_counts(const struct dn_audited *audited, struct dn_buf *out)
{
    static const enum dn_verdict order[] = {DN_VERDICT_MET,     DN_VERDICT_LATE,    DN_VERDICT_OVERDUE,
                                            DN_VERDICT_MISSING, DN_VERDICT_STRAY,   DN_VERDICT_UNKNOWN,
                                            DN_VERDICT_HELD,    DN_VERDICT_PENDING, DN_VERDICT_EXCUSED,
                                            DN_VERDICT_EXEMPT,  DN_VERDICT_VOID};
    size_t counts[DN_VERDICT_COUNT];
    dn_obligations_count(audited->obligations, counts);
    dn_buf_adds(out, "<section aria-labelledby=\"counts\">\n<h2 id=\"counts\">");
    dn_markup_add_things(out, audited->obligations->count, "obligation");
    dn_buf_adds(out, "</h2>\n<p class=\"soft\">One tenant, one incident, one clock each.</p>\n<ul class=\"counts\">\n");
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++) {
        if (counts[order[i]] == 0)
            continue;
        dn_buf_adds(out, "<li><b>");
        dn_markup_add_count(out, counts[order[i]]);
        dn_buf_adds(out, "</b> <span>");
        dn_page_add_mark(order[i], out);
        dn_buf_addf(out, "%s</span></li>\n", dn_verdict_words[order[i]]);
    }
    dn_buf_adds(out, "</ul>\n</section>\n");
}

static void add_percentile_row(const struct dn_audited *audited, bool overrun, struct dn_buf *out)
{
    int64_t values[4];
    if (dn_obligations_percentiles(audited->obligations, overrun, values) == 0)
        return;
    dn_buf_addf(out, "<tr><th scope=\"row\">%s</th>",
                overrun ? "From the due time (minus: to spare)" : "From the start of the clock");
    for (size_t i = 0; i < 4; i++) {
        dn_buf_adds(out, "<td class=\"num\">");
        dn_buf_adds(out, values[i] < 0 ? "−" : "");
        dn_markup_add_span(out, values[i]);
        dn_buf_adds(out, "</td>");
    }
    dn_buf_adds(out, "</tr>\n");
}

static void add_percentiles(const struct dn_audited *audited, struct dn_buf *out)
{
    int64_t values[4];
    size_t count = dn_obligations_percentiles(audited->obligations, true, values);
    if (count == 0)
        return;
    dn_buf_adds(out,
                "<section aria-labelledby=\"pace\">\n<h2 id=\"pace\">How long it took</h2>\n<div role=\"region\" "
                "aria-labelledby=\"pace\" tabindex=\"0\" class=\"scroll\">\n<table>\n<caption>Those who were told: "
                "met, late and excused, ");
    dn_markup_add_count(out, count);
    dn_buf_adds(out, " of them; nearest rank.</caption>\n<thead><tr><td></td><th scope=\"col\" class=\"num\">half of "
                     "them</th><th scope=\"col\" class=\"num\">90 of 100</th><th scope=\"col\" class=\"num\">99 of "
                     "100</th><th scope=\"col\" class=\"num\">the slowest</th></tr></thead>\n<tbody>\n");
    add_percentile_row(audited, false, out);
    add_percentile_row(audited, true, out);
    dn_buf_adds(out, "</tbody>\n</table>\n</div>\n</section>\n");
}

/* Is it said elsewhere on the page: by the rows, by the evidence, by what was not checked? */
static bool is_said(const char *word)
{
    static const char *const elsewhere[] = {"head", "coverage-not-checked", NULL};
    return word != NULL &&
           (dn_word_find(dn_verdict_words, dn_text_of(word)) >= 0 || dn_word_find(elsewhere, dn_text_of(word)) >= 0);
}

/* What the audit says beside the verdicts, what needs a person first. */
static void add_notes(const struct dn_audited *audited, bool attention, struct dn_buf *out)
{
    for (size_t i = 0; i < audited->notes->count; i++) {
        const struct dn_note *note = &audited->notes->at[i];
        if (note->attention != attention || is_said(note->word))
            continue;
        dn_buf_addf(out, "<li>%s", attention ? "<strong>Needs a person:</strong> " : "");
        dn_markup_adds(out, note->text);
        if (note->word != NULL) {
            dn_buf_adds(out, " <code>");
            dn_markup_adds(out, note->word);
            dn_buf_adds(out, "</code>");
        }
        dn_buf_adds(out, "</li>\n");
    }
}

static void add_remarks(const struct dn_audited *audited, struct dn_buf *out)
{
    struct dn_buf list = {0};
    add_notes(audited, true, &list);
    add_notes(audited, false, &list);
    if (list.size > 0) {
        dn_buf_adds(out, "<section aria-labelledby=\"remarks\">\n<h2 id=\"remarks\">Remarks</h2>\n<ul "
                         "class=\"plain\">\n");
        dn_buf_addt(out, dn_buf_text(&list));
        dn_buf_adds(out, "</ul>\n</section>\n");
    }
    dn_buf_clear(&list);
}

static bool is_foreign(const struct dn_told_list *told)
{
    for (size_t i = 0; i < told->source_count; i++)
        if (told->sources[i].seq > 0)
            return false;
    return told->source_count > 0;
}

static void add_checked(bool checked, const char *yes, const char *no, struct dn_buf *out)
{
    dn_buf_addf(out, "<tr><td>%s</td><td>%s</td></tr>\n", checked ? "Checked" : "<strong>Not checked</strong>",
                checked ? yes : no);
}

static void add_coverage(const struct dn_audited *audited, struct dn_buf *out)
{
    bool foreign = is_foreign(audited->told);
    dn_buf_adds(out, "<section aria-labelledby=\"checked\">\n<h2 id=\"checked\">What was checked, and what was "
                     "not</h2>\n<table>\n<thead><tr><th scope=\"col\">Checked</th><th "
                     "scope=\"col\">What</th></tr></thead>\n<tbody>\n");
    add_checked(audited->affected != NULL,
                audited->subset
                    ? "Everybody in the affected stream was looked for, which was cut on purpose "
                      "(<code>--subset</code>)."
                    : "Everybody in the affected stream was looked for, and nobody else may have been told.",
                "Whether everybody affected is in here: <code>--affected</code> says who had to be told.", out);
    add_checked(
        audited->incidents->count > 0, "The clock, the holds and the exemptions of the incident record were used.",
        "Holds, exemptions and the stages of the incident: there was no record (<code>-i</code>); the input's own "
        "times count.",
        out);
    add_checked(audited->verified, "Every row of the ledger, its sequence and its chain (<code>--verify</code>).",
                foreign ? "The table is taken at its word: it has no chain."
                        : "The ledger's sequence and chain (<code>--verify</code>).",
                out);
    if (!foreign)
        add_checked(audited->verified && audited->head_given, "The head that an earlier run printed is in the ledger.",
                    "That the end of the ledger was not cut off: that takes the head an earlier run printed "
                    "(<code>--head</code>).",
                    out);
    add_checked(false, "", "What was said: an audit reads when somebody was told, not what.", out);
    dn_buf_adds(out, "</tbody>\n</table>\n</section>\n");
}

static void add_source(const struct dn_told_source *source, struct dn_buf *out)
{
    dn_buf_adds(out, "<tr><th scope=\"row\">");
    dn_markup_add_name(out, source->name);
    dn_buf_adds(out, "</th><td class=\"num\">");
    dn_markup_add_count(out, (size_t)source->rows);
    dn_buf_adds(out, "</td><td>");
    if (source->chain[0] != '\0')
        dn_buf_addf(out, "<code>%lld %s</code>", (long long)source->seq, source->chain);
    else
        dn_buf_adds(out, "none: not a ledger of this program");
    dn_buf_adds(out, "</td></tr>\n");
}

static void add_evidence(const struct dn_audited *audited, struct dn_buf *out)
{
    dn_buf_adds(out,
                "<section aria-labelledby=\"evidence\">\n<h2 id=\"evidence\">The evidence</h2>\n<table>\n<caption>"
                "What was read. A head names the last row and fixes every row before it; compare it with the one "
                "that was printed when the notices were sent.</caption>\n<thead><tr><th scope=\"col\">File</th><th "
                "scope=\"col\" class=\"num\">Rows</th><th scope=\"col\">Head</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < audited->told->source_count; i++)
        add_source(&audited->told->sources[i], out);
    dn_buf_adds(out, "</tbody>\n</table>\n</section>\n");
}

static void add_footer(const struct dn_audited *audited, struct dn_buf *out)
{
    dn_buf_adds(out, "</main>\n<footer>\n<p>Made by deadline-check of duenotice " DN_VERSION ", judged at ");
    dn_markup_add_time(out, audited->now);
    dn_buf_adds(out, ". It says what the files say; it is no legal advice.</p>\n");
    if (has_drill(audited))
        dn_buf_adds(out, "<p class=\"drill\"><strong>DRILL</strong> This page is about an exercise.</p>\n");
    dn_buf_adds(out, "</footer>\n</body>\n</html>\n");
}

static void add_timelines(const struct dn_audited *audited, struct dn_buf *out)
{
    for (size_t i = 0; i < audited->incidents->count; i++)
        dn_page_add_timeline(audited, &audited->incidents->at[i], i + 1, out);
}

void dn_report_html(const struct dn_audited *audited, struct dn_output *output)
{
    struct dn_buf out = {0};
    add_head(audited, &out);
    add_header(audited, &out);
    add_counts(audited, &out);
    if (audited->incidents->count <= FEW_INCIDENTS)
        add_timelines(audited, &out);
    dn_page_add_chart(audited, &out);
    flush(&out, output);
    dn_page_write_open(audited, output);
    dn_page_write_reasoned(audited, output);
    add_percentiles(audited, &out);
    if (audited->incidents->count > FEW_INCIDENTS)
        add_timelines(audited, &out);
    add_remarks(audited, &out);
    add_coverage(audited, &out);
    add_evidence(audited, &out);
    add_footer(audited, &out);
    flush(&out, output);
    dn_buf_clear(&out);
}
