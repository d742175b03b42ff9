#include "deadline/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/csv_write.h"

const char *const dn_deadlines_columns[] = {
    "incident_id",  "tenant_id",    "regime",    "anchor",   "started_at", "due_at", "latest_due_at",
    "satisfied_at", "satisfied_by", "elapsed_s", "margin_s", "status",     "reason", NULL};

static void add_time(struct dn_buf *line, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    dn_csv_add_field(line, false, dn_text_of(text));
}

/* As "%lld" has it; two of them stand in each of very many rows. */
static void add_number(struct dn_buf *line, int64_t number)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        *--at = '-';
    dn_buf_add(line, at, (size_t)(digits + sizeof digits - at));
}

static void add_seconds(struct dn_buf *line, bool known, int64_t seconds)
{
    dn_buf_addc(line, ',');
    if (known)
        add_number(line, seconds);
}

static void add_header(struct dn_buf *line, const char *const *columns)
{
    for (size_t i = 0; columns[i] != NULL; i++)
        dn_csv_add_field(line, i == 0, dn_text_of(columns[i]));
    dn_buf_addc(line, '\n');
}

static void add_row(struct dn_buf *line, const struct dn_obligation *row)
{
    int64_t elapsed = 0, margin = 0;
    bool has_elapsed = dn_obligation_elapsed(row, &elapsed), has_margin = dn_obligation_margin(row, &margin);
    dn_csv_add_field(line, true, dn_text_of(row->incident_id));
    dn_csv_add_field(line, false, dn_text_of(row->tenant_id));
    dn_csv_add_field(line, false, dn_text_of(row->regime));
    dn_csv_add_field(line, false, dn_text_of(row->anchor));
    add_time(line, row->started_at);
    add_time(line, row->due_at);
    add_time(line, row->latest_due_at);
    add_time(line, row->satisfied_at);
    dn_csv_add_field(line, false, dn_text_of(row->satisfied_by));
    add_seconds(line, has_elapsed, elapsed);
    add_seconds(line, has_margin, margin);
    dn_csv_add_field(line, false, dn_text_of(dn_verdict_words[row->status]));
    dn_csv_add_field(line, false, dn_text_of(row->reason));
    dn_buf_addc(line, '\n');
}

static void flush_line(struct dn_buf *line, struct dn_output *output)
{
    dn_output_write(output, dn_buf_text(line));
    dn_buf_reset(line);
}

void dn_report_csv_begin(struct dn_report_csv *report)
{
    add_header(&report->line, dn_deadlines_columns);
    flush_line(&report->line, report->output);
}

void dn_report_csv_take(void *context, const struct dn_obligation *row)
{
    struct dn_report_csv *report = context;
    add_row(&report->line, row);
    flush_line(&report->line, report->output);
}

void dn_report_csv_end(struct dn_report_csv *report)
{
    dn_buf_clear(&report->line);
}

static void add_percentiles(struct dn_buf *line, struct dn_seconds *seconds)
{
    int64_t values[4] = {0};
    size_t count = dn_seconds_percentiles(seconds, values);
    for (size_t i = 0; i < 4; i++)
        add_seconds(line, count > 0, values[i]);
}

void dn_report_summary(struct dn_summary *summary, struct dn_output *output)
{
    struct dn_buf line = {0};
    dn_buf_adds(&line, "total");
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++)
        dn_buf_addf(&line, ",%s", dn_verdict_words[i]);
    dn_buf_adds(&line, ",elapsed_p50,elapsed_p90,elapsed_p99,elapsed_max,overrun_p50,overrun_p90,overrun_p99,"
                       "overrun_max\n");
    dn_buf_addf(&line, "%zu", summary->total);
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++)
        dn_buf_addf(&line, ",%zu", summary->counts[i]);
    add_percentiles(&line, &summary->elapsed);
    add_percentiles(&line, &summary->overrun);
    dn_buf_addc(&line, '\n');
    flush_line(&line, output);
    dn_buf_clear(&line);
}

static int compare_regimes(const void *a, const void *b)
{
    const struct dn_regime *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

static void add_regime(struct dn_buf *line, const struct dn_regime *regime)
{
    struct dn_buf period = {0};
    dn_buf_addf(&period, "%lld %s", (long long)regime->period, regime->unit);
    const char *cells[] = {regime->id, regime->jurisdiction, regime->trigger_event,
                           period.at,  regime->recipient,    regime->citation};
    for (size_t c = 0; c < sizeof cells / sizeof *cells; c++)
        dn_csv_add_field(line, c == 0, dn_text_of(cells[c]));
    dn_buf_addc(line, '\n');
    dn_buf_clear(&period);
}

void dn_report_regimes(const struct dn_regimes *regimes, struct dn_output *output)
{
    const struct dn_regime **sorted = dn_alloc(regimes->count, sizeof *sorted);
    struct dn_buf line = {0};
    for (size_t i = 0; i < regimes->count; i++)
        sorted[i] = &regimes->at[i];
    qsort(sorted, regimes->count, sizeof *sorted, compare_regimes);
    dn_buf_adds(&line, "id,jurisdiction,trigger,period,recipient,citation\n");
    for (size_t i = 0; i < regimes->count; i++)
        add_regime(&line, sorted[i]);
    flush_line(&line, output);
    dn_buf_clear(&line);
    free(sorted);
}
