/* The stages of an incident against its clock, as a picture and as a table. Before the clock starts months may have
 * gone by, behind it 72 hours count: the two parts of the picture have scales of their own, and it says so. */
#include "deadline/report_page.h"

#define ROW_PX 44    /* height of one stage */
#define TOP_PX 54    /* above the first */
#define BOTTOM_PX 26 /* below the last: the ticks */
#define BEFORE_PC 30 /* of the width, for what was before the clock */
#define STAGES (DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED + 1)

static const char *const titles[STAGES] = {"Event started",
                                           "Event detected",
                                           "On-call engaged",
                                           "Security response engaged",
                                           "Incident declared",
                                           "Breach declared",
                                           "Customer impact determined",
                                           "Affected customers determined",
                                           "Affected customers notified"};
static const char *const numbers[STAGES] = {"1", "2", "3", "4", "5", "5b", "6", "7", "8"};

struct timeline {
    const struct dn_audited *audited;
    const struct dn_incident *incident;
    size_t number;
    struct dn_instant at[STAGES];
    struct dn_instant first, start, due, last; /* start, due: of the clock, or none */
    struct dn_progress progress;
    struct dn_buf *out;
};

/* Where no breach was declared that stage is no gap: not every incident is one. */
static bool is_shown(const struct timeline *it, int stage)
{
    return stage != DN_STAGE_BREACH_DECLARED || dn_instant_is(it->at[stage]);
}

static size_t shown_count(const struct timeline *it)
{
    size_t count = 0;
    for (int stage = 0; stage < STAGES; stage++)
        count += is_shown(it, stage);
    return count;
}

/* The clock of the record; without one, what the rows were judged by. */
static void find_clock(struct timeline *it)
{
    const struct dn_obligations *rows = it->audited->obligations;
    it->start = it->incident->clock_started_at;
    it->due = it->incident->clock_due_at;
    if (dn_instant_is(it->start) && dn_instant_is(it->due))
        return;
    for (size_t i = 0; i < rows->count; i++) {
        if (!dn_text_is(dn_text_of(rows->at[i].incident_id), it->incident->id) || !dn_instant_is(rows->at[i].due_at) ||
            !dn_instant_is(rows->at[i].started_at))
            continue;
        it->start = dn_instant_min(it->start, rows->at[i].started_at);
        it->due = dn_instant_min(it->due, rows->at[i].due_at);
    }
}

static bool has_clock(const struct timeline *it)
{
    return dn_instant_is(it->start) && dn_instant_is(it->due);
}

/* Now is in the picture while something is open, but never more than once the clock's length behind the due time. */
static void find_span(struct timeline *it)
{
    bool open = !dn_instant_is(it->at[DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED]);
    it->first = it->start;
    it->last = it->due;
    for (int stage = 0; stage < STAGES; stage++) {
        it->first = dn_instant_min(it->first, it->at[stage]);
        it->last = dn_instant_max(it->last, it->at[stage]);
    }
    if (!dn_instant_is(it->first))
        it->first = it->last = it->audited->now;
    struct dn_instant now = it->audited->now;
    int64_t length = has_clock(it) ? dn_instant_seconds(it->start, it->due) : 366 * 86400;
    if (open && dn_instant_seconds(it->last, now) > 0 && dn_instant_seconds(it->last, now) <= length)
        it->last = now;
}

static void begin(struct timeline *it)
{
    for (int stage = 0; stage < STAGES; stage++)
        it->at[stage] = dn_audited_reached(it->audited, it->incident, (enum dn_stage)stage);
    it->progress = dn_audited_progress(it->audited, it->incident);
    find_clock(it);
    find_span(it);
}

static int64_t between(int64_t low, int64_t value, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Is there something before the clock? */
static bool is_split(const struct timeline *it)
{
    return has_clock(it) && dn_instant_compare(it->first, it->start) < 0;
}

/* Hundredths of a percent of the width, with a little room at both ends. */
static int64_t place(const struct timeline *it, struct dn_instant at)
{
    const int64_t left = 300, border = BEFORE_PC * 100, right = 9800;
    bool split = is_split(it);
    struct dn_instant from = has_clock(it) ? it->start : it->first;
    if (split && dn_instant_compare(at, it->start) < 0) {
        int64_t whole = dn_instant_seconds(it->first, it->start), part = dn_instant_seconds(it->first, at);
        return left + (border - left) * between(0, part, whole) / (whole > 0 ? whole : 1);
    }
    int64_t begin = split ? border : left;
    int64_t whole = dn_instant_seconds(from, it->last), part = dn_instant_seconds(from, at);
    return begin + (right - begin) * between(0, part, whole) / (whole > 0 ? whole : 1);
}

static void add_place(struct timeline *it, int64_t place)
{
    dn_markup_add_percent(it->out, place, 10000);
}

static void add_vertical(struct timeline *it, const char *class, struct dn_instant at, int from, int to)
{
    dn_buf_addf(it->out, "<line class=\"%s\" y1=\"%d\" y2=\"%d\" x1=\"", class, from, to);
    add_place(it, place(it, at));
    dn_buf_adds(it->out, "\" x2=\"");
    add_place(it, place(it, at));
    dn_buf_adds(it->out, "\"/>");
}

static void add_label(struct timeline *it, const char *class, struct dn_instant at, int y, const char *text)
{
    int64_t x = place(it, at);
    dn_buf_addf(it->out, "<text class=\"%s\" text-anchor=\"%s\" y=\"%d\" x=\"", class,
                x < 1200   ? "start"
                : x > 8800 ? "end"
                           : "middle",
                y);
    add_place(it, x);
    dn_buf_addf(it->out, "\">%s</text>", text);
}

/* Where the clock starts and ends, behind all stages. */
static void add_clock(struct timeline *it, int bottom)
{
    if (!has_clock(it))
        return;
    add_vertical(it, "clock-line", it->start, TOP_PX - 12, bottom);
    add_label(it, "soft-text", it->start, TOP_PX - 18, "clock starts");
    add_vertical(it, "due", it->due, TOP_PX - 12, bottom);
    add_label(it, "due-text", it->due, TOP_PX - 18, "due");
    dn_buf_adds(it->out, "\n");
}

/* The hours, or days, of the clock. */
static void add_ticks(struct timeline *it, int bottom)
{
    int64_t length = has_clock(it) ? dn_instant_seconds(it->start, it->due) : 0;
    int64_t unit = length > 5 * 86400 ? 86400 : 3600, count = length / unit;
    int64_t step = count % 6 == 0 || count < 6 ? (count + 5) / 6 : (count + 4) / 5;
    for (int64_t i = step; step > 0 && i * unit < length; i += step) {
        struct dn_buf text = {0};
        struct dn_instant at = dn_instant_add(it->start, i * unit);
        dn_buf_addf(&text, "+%lld %s", (long long)i, unit == 3600 ? "h" : "d");
        add_vertical(it, "grid", at, TOP_PX - 12, bottom);
        add_label(it, i / step % 2 != 0 ? "soft-text wide" : "soft-text", at, bottom + 16, text.at);
        dn_buf_clear(&text);
    }
    dn_buf_adds(it->out, "\n");
}

static void add_now(struct timeline *it, int bottom)
{
    struct dn_instant now = it->audited->now;
    if (dn_instant_compare(now, it->last) > 0 || dn_instant_compare(now, it->first) < 0)
        return;
    add_vertical(it, "now", now, TOP_PX - 32, bottom);
    add_label(it, "bold-text", now, TOP_PX - 36, "now");
    dn_buf_adds(it->out, "\n");
}

/* What it took since the stage before, as a bar that ends at the stage's mark. */
static void add_bar(struct timeline *it, struct dn_instant before, struct dn_instant at, int y)
{
    if (!dn_instant_is(before) || dn_instant_compare(before, at) >= 0)
        return;
    int64_t from = place(it, before), to = place(it, at);
    dn_buf_addf(it->out, "<rect class=\"took\" y=\"%d\" height=\"4\" x=\"", y - 2);
    add_place(it, from);
    dn_buf_adds(it->out, "\" width=\"");
    add_place(it, to - from);
    dn_buf_adds(it->out, "\"/>");
}

static void add_missing_word(const struct timeline *it, int stage)
{
    bool last = stage == DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED;
    if (!last || it->progress.due == 0) {
        dn_buf_adds(it->out, "not recorded");
        return;
    }
    dn_buf_adds(it->out, it->progress.open > 0 ? "not yet: " : "not settled");
    if (it->progress.open == 0)
        return;
    dn_markup_add_count(it->out, it->progress.open);
    dn_buf_adds(it->out, " of ");
    dn_markup_add_count(it->out, it->progress.due);
    dn_buf_adds(it->out, " open");
}

/* The line that a stage lies on, the clock's part of it shaded; broken where the stage was not reached. */
static void add_track(struct timeline *it, bool reached, int y)
{
    dn_buf_addf(it->out, "<line class=\"track%s\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", reached ? "" : " gap",
                y, y);
    if (!has_clock(it))
        return;
    dn_buf_addf(it->out, "<line class=\"clock%s\" y1=\"%d\" y2=\"%d\" x1=\"", reached ? "" : " gap", y, y);
    add_place(it, place(it, it->start));
    dn_buf_adds(it->out, "\" x2=\"");
    add_place(it, place(it, it->due));
    dn_buf_adds(it->out, "\"/>");
}

static void add_stage(struct timeline *it, int stage, struct dn_instant before, int y)
{
    bool reached = dn_instant_is(it->at[stage]);
    add_track(it, reached, y + 25);
    dn_buf_addf(it->out,
                "<text class=\"halo\" y=\"%d\" x=\"0\"><tspan class=\"soft-text\">%s</tspan> <tspan "
                "class=\"bold\">%s</tspan> <tspan class=\"%s\" dx=\"6\">",
                y + 13, numbers[stage], titles[stage], reached ? "soft-text" : "gap-text");
    if (!reached)
        add_missing_word(it, stage);
    else
        dn_markup_add_clock(it->out, it->at[stage]);
    dn_buf_adds(it->out, "</tspan></text>");
    if (reached) {
        add_bar(it, before, it->at[stage], y + 25);
        dn_buf_addf(it->out, "<use class=\"v-met\" href=\"#m-met\" y=\"%d\" x=\"", y + 25);
        add_place(it, place(it, it->at[stage]));
        dn_buf_adds(it->out, "\"/>");
    }
    dn_buf_adds(it->out, "\n");
}

static void add_description(struct timeline *it)
{
    dn_buf_addf(it->out, "<desc id=\"when-%zu\">", it->number);
    for (int stage = 0; stage < STAGES; stage++) {
        if (!is_shown(it, stage))
            continue;
        dn_buf_addf(it->out, "%s: ", titles[stage]);
        if (dn_instant_is(it->at[stage]))
            dn_markup_add_clock(it->out, it->at[stage]);
        else
            add_missing_word(it, stage);
        dn_buf_adds(it->out, ". ");
    }
    dn_buf_adds(it->out, "</desc>\n");
}

/* The last stage before this one that was reached. */
static struct dn_instant reached_before(const struct timeline *it, int stage)
{
    while (--stage >= 0)
        if (dn_instant_is(it->at[stage]))
            return it->at[stage];
    return DN_INSTANT_NONE;
}

static void add_picture(struct timeline *it)
{
    int bottom = TOP_PX + (int)shown_count(it) * ROW_PX, y = TOP_PX;
    dn_buf_addf(it->out,
                "<figure>\n<svg class=\"plot\" role=\"img\" aria-labelledby=\"stages-%zu\" "
                "aria-describedby=\"when-%zu\" height=\"%d\">\n",
                it->number, it->number, bottom + BOTTOM_PX);
    dn_buf_addf(it->out, "<title id=\"stages-%zu\">The stages of the incident against its clock</title>\n", it->number);
    add_description(it);
    add_clock(it, bottom);
    add_ticks(it, bottom);
    add_now(it, bottom);
    for (int stage = 0; stage < STAGES; stage++) {
        if (!is_shown(it, stage))
            continue;
        add_stage(it, stage, reached_before(it, stage), y);
        y += ROW_PX;
    }
    dn_buf_adds(it->out, "</svg>\n<figcaption>A dot is when a stage was reached, the bar before it how long it took "
                         "since the stage before. ");
    dn_buf_adds(it->out, "A broken line is a stage that was not reached. ");
    dn_buf_adds(it->out, has_clock(it) ? "The blue part is the clock" : "No clock is running");
    dn_buf_adds(it->out, is_split(it) ? "; what was before it has a scale of its own.\n" : ".\n");
    dn_buf_adds(it->out, "</figcaption>\n</figure>\n");
}

static void add_since(struct timeline *it, struct dn_instant from, struct dn_instant at)
{
    if (!dn_instant_is(from))
        return;
    int64_t seconds = dn_instant_seconds(from, at);
    if (seconds < 0)
        dn_buf_adds(it->out, "−");
    dn_markup_add_span(it->out, seconds);
}

static void add_table_row(struct timeline *it, int stage)
{
    struct dn_instant at = it->at[stage];
    dn_buf_addf(it->out, "<tr><td>%s</td><th scope=\"row\">%s</th><td>", numbers[stage], titles[stage]);
    if (dn_instant_is(at))
        dn_markup_add_time(it->out, at);
    else
        add_missing_word(it, stage);
    dn_buf_adds(it->out, "</td><td class=\"num\">");
    if (dn_instant_is(at))
        add_since(it, reached_before(it, stage), at);
    dn_buf_adds(it->out, "</td><td class=\"num\">");
    if (dn_instant_is(at))
        add_since(it, it->start, at);
    dn_buf_adds(it->out, "</td></tr>\n");
}

static void add_table(struct timeline *it)
{
    dn_buf_adds(it->out,
                "<table>\n<caption>The same in figures</caption>\n<thead><tr><th scope=\"col\">No.</th><th "
                "scope=\"col\">Stage</th><th scope=\"col\">Reached</th><th scope=\"col\" class=\"num\">Since the "
                "stage before</th><th scope=\"col\" class=\"num\">Since the clock started</th></tr></thead>\n"
                "<tbody>\n");
    for (int stage = 0; stage < STAGES; stage++)
        if (is_shown(it, stage))
            add_table_row(it, stage);
    dn_buf_adds(it->out, "</tbody>\n</table>\n");
}

static void add_clock_line(struct timeline *it)
{
    const struct dn_incident *incident = it->incident;
    dn_buf_addf(it->out, "<p>The record is <strong>%s</strong>. ", dn_incident_status_words[incident->status]);
    if (incident->clock_regime != NULL && has_clock(it)) {
        dn_buf_adds(it->out, "Its clock, <code>");
        dn_markup_adds(it->out, incident->clock_regime);
        dn_buf_adds(it->out, "</code>, started ");
        dn_markup_add_time(it->out, it->start);
        dn_buf_adds(it->out, " and ends ");
        dn_markup_add_time(it->out, it->due);
        dn_buf_adds(it->out, ". ");
    }
    if (incident->hold_count + incident->exemption_count > 0) {
        dn_buf_adds(it->out, "It has ");
        dn_markup_add_things(it->out, incident->hold_count, "hold");
        dn_buf_adds(it->out, " and ");
        dn_markup_add_things(it->out, incident->exemption_count, "exemption");
        dn_buf_adds(it->out, ".");
    }
    dn_buf_adds(it->out, "</p>\n");
}

void dn_page_add_timeline(const struct dn_audited *audited, const struct dn_incident *incident, size_t number,
                          struct dn_buf *out)
{
    struct timeline it = {.audited = audited, .incident = incident, .number = number, .out = out};
    begin(&it);
    dn_buf_addf(out, "<section aria-labelledby=\"incident-%zu\">\n<h2 id=\"incident-%zu\">Eight stages of ", number,
                number);
    dn_markup_add_name(out, incident->id);
    dn_buf_adds(out, incident->drill ? " (drill)</h2>\n" : "</h2>\n");
    add_clock_line(&it);
    add_picture(&it);
    add_table(&it);
    dn_buf_adds(out, "</section>\n");
}
