/* When tenants were told, against when they had to be: a line each while they are few, a curve when they are many. The
 * horizontal axis is the distance to each one's own due time, so that clocks of all kinds share it. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/report_page.h"

#define FEW 32       /* up to here each one has a line of its own */
#define LINE_PX 24   /* height of one */
#define BINS 200     /* of the curve */
#define CURVE_PX 190 /* height of the curve */
#define BARS_PX 64   /* height of the bars below it */
#define TICKS_MOST 8

/* One obligation on the axis: when it was told, or now while it is open. */
struct point {
    int64_t x; /* seconds behind the due time */
    const struct dn_obligation *row;
};

struct chart {
    const struct dn_audited *audited;
    struct point *points; /* told ones first, each part by x */
    size_t count, told, in_time, late;
    size_t unplaced;   /* obligations that have no place on the axis */
    int64_t low, high; /* of the axis */
    int64_t step;      /* between its ticks */
    bool many_regimes;
    size_t beyond; /* told, but right of the axis */
    struct dn_buf *out;
};

static bool is_told(const struct dn_obligation *row)
{
    return row->status == DN_VERDICT_MET || row->status == DN_VERDICT_LATE || row->status == DN_VERDICT_EXCUSED;
}

static bool has_place(const struct dn_obligation *row)
{
    return dn_instant_is(row->due_at) &&
           (is_told(row) ? dn_instant_is(row->satisfied_at)
                         : dn_verdict_is_open(row->status) && row->status != DN_VERDICT_UNKNOWN);
}

static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    if (is_told(left->row) != is_told(right->row))
        return is_told(left->row) ? -1 : 1;
    if (left->x != right->x)
        return left->x < right->x ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

static void take_points(struct chart *it)
{
    const struct dn_obligations *rows = it->audited->obligations;
    it->points = dn_alloc(rows->count, sizeof *it->points);
    for (size_t i = 0; i < rows->count; i++) {
        const struct dn_obligation *row = &rows->at[i];
        if (!has_place(row)) {
            it->unplaced += dn_verdict_needs_person(row->status) || is_told(row);
            continue;
        }
        struct dn_instant at = is_told(row) ? row->satisfied_at : it->audited->now;
        it->points[it->count++] = (struct point){dn_instant_seconds(row->due_at, at), row};
        it->many_regimes |= strcmp(row->regime, it->points[0].row->regime) != 0;
        it->told += is_told(row);
        it->in_time += row->status == DN_VERDICT_MET;
        it->late += row->status == DN_VERDICT_LATE || row->status == DN_VERDICT_EXCUSED;
    }
    if (it->count > 1)
        qsort(it->points, it->count, sizeof *it->points, compare_points);
}

/* From the earliest start to the latest telling; but a few that are very late must not press all the others into a
 * corner, so the axis may end behind the 99th of a hundred. */
static void find_axis(struct chart *it)
{
    int64_t last = 0;
    for (size_t i = 0; i < it->count; i++) {
        const struct point *point = &it->points[i];
        bool started = dn_instant_is(point->row->started_at);
        int64_t start = started ? dn_instant_seconds(point->row->due_at, point->row->started_at) : point->x;
        it->low = start < it->low ? start : it->low;
        it->low = point->x < it->low ? point->x : it->low;
        if (it->count <= FEW || is_told(point->row))
            it->high = point->x > it->high ? point->x : it->high;
        last = is_told(point->row) && point->x > last ? point->x : last;
    }
    if (it->count > FEW && it->told > 0) {
        int64_t most = it->points[it->told - 1 - it->told / 100].x * 5 / 4;
        int64_t least = -it->low / 4;
        most = most < least ? least : most;
        it->high = it->high > 2 * most ? most : it->high;
    }
    if (it->high - it->low < 3600)
        it->low -= 3600;
    it->high += (it->high - it->low) / 40 + 1;
    for (size_t i = 0; i < it->told; i++)
        it->beyond += it->points[i].x > it->high;
}

static void find_step(struct chart *it)
{
    static const int64_t steps[] = {60,       300,      900,       1800,      3600,       7200,       10800,   21600,
                                    43200,    86400,    172800,    432000,    864000,     2592000,    7776000, 15552000,
                                    31536000, 63072000, 157680000, 315360000, 3153600000, 31536000000};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && (it->high - it->low) / steps[i] > TICKS_MOST)
        i++;
    it->step = steps[i];
}

static int64_t place(const struct chart *it, int64_t x)
{
    int64_t whole = it->high - it->low, part = x - it->low;
    part = part < 0 ? 0 : part > whole ? whole : part;
    return whole > INT64_MAX / 20000 ? part / (whole / 10000) : part * 10000 / whole;
}

static void add_place(struct chart *it, int64_t x)
{
    dn_markup_add_percent(it->out, place(it, x), 10000);
}

static void add_tick_text(struct chart *it, int64_t x)
{
    int64_t size = x < 0 ? -x : x;
    bool days = it->step % 86400 == 0 && it->high - it->low > 8 * 86400;
    int64_t unit = days ? 86400 : it->step % 3600 == 0 ? 3600 : 60;
    dn_buf_addf(it->out, "%s%lld %s", x < 0 ? "−" : "+", (long long)(size / unit),
                days           ? "d"
                : unit == 3600 ? "h"
                               : "min");
}

/* Lines and words of the axis from y = from to y = to; every second word is left out where there is little room. */
static void add_axis(struct chart *it, int from, int to)
{
    int64_t first = it->low / it->step * it->step;
    for (int64_t x = first < it->low ? first + it->step : first; x <= it->high; x += it->step) {
        if (x == 0)
            continue;
        dn_buf_addf(it->out, "<line class=\"grid\" y1=\"%d\" y2=\"%d\" x1=\"", from, to);
        add_place(it, x);
        dn_buf_adds(it->out, "\" x2=\"");
        add_place(it, x);
        int64_t at = place(it, x);
        dn_buf_addf(it->out, "\"/><text class=\"soft-text%s\" text-anchor=\"%s\" y=\"%d\" x=\"",
                    x / it->step % 2 != 0 ? " wide" : "",
                    at < 300    ? "start"
                    : at > 9700 ? "end"
                                : "middle",
                    to + 16);
        add_place(it, x);
        dn_buf_adds(it->out, "\">");
        add_tick_text(it, x);
        dn_buf_adds(it->out, "</text>\n");
    }
    dn_buf_addf(it->out, "<line class=\"due\" y1=\"%d\" y2=\"%d\" x1=\"", from - 4, to);
    add_place(it, 0);
    dn_buf_adds(it->out, "\" x2=\"");
    add_place(it, 0);
    dn_buf_addf(it->out, "\"/><text class=\"due-text halo\" text-anchor=\"%s\" y=\"%d\" x=\"",
                place(it, 0) > 9700 ? "end" : "middle", to + 16);
    add_place(it, 0);
    dn_buf_adds(it->out, "\">due</text>\n");
}

static void add_line_label(struct chart *it, const struct dn_obligation *row, int y)
{
    const char *name = dn_audited_name(it->audited, row);
    dn_buf_addf(it->out, "<text x=\"0\" y=\"%d\">", y + 4);
    dn_markup_add_short(it->out, name[0] != '\0' ? name : row->tenant_id, 60);
    if (it->many_regimes) {
        dn_buf_adds(it->out, " · ");
        dn_markup_adds(it->out, row->regime);
    }
    dn_buf_adds(it->out, "</text>");
}

static void add_line(struct chart *it, const struct point *point, int y)
{
    const struct dn_obligation *row = point->row;
    const char *verdict = dn_verdict_words[row->status];
    int64_t from = it->low;
    if (dn_instant_is(row->started_at))
        from = dn_instant_seconds(row->due_at, row->started_at);
    dn_buf_addf(it->out, "<line class=\"stem\" y1=\"%d\" y2=\"%d\" x1=\"", y, y);
    add_place(it, from);
    dn_buf_adds(it->out, "\" x2=\"");
    add_place(it, point->x);
    dn_buf_addf(it->out, "\"/><use class=\"v-%s\" href=\"#m-%s\" y=\"%d\" x=\"", verdict, verdict, y);
    add_place(it, point->x);
    dn_buf_adds(it->out, "\"/>\n");
}

/* Names in the left third, the axis in the rest. */
static void add_lines(struct chart *it)
{
    int bottom = 8 + (int)it->count * LINE_PX;
    dn_buf_addf(it->out, "<svg width=\"31%%\" height=\"%d\" class=\"names\">\n", bottom);
    for (size_t i = 0; i < it->count; i++) {
        add_line_label(it, it->points[i].row, 8 + LINE_PX / 2 + (int)i * LINE_PX);
        dn_buf_adds(it->out, "\n");
    }
    dn_buf_adds(it->out, "</svg>\n<svg x=\"33%\" width=\"66%\" overflow=\"visible\">\n");
    add_axis(it, 8, bottom);
    for (size_t i = 0; i < it->count; i++)
        add_line(it, &it->points[i], 8 + LINE_PX / 2 + (int)i * LINE_PX);
    dn_buf_adds(it->out, "</svg>\n");
}

struct bins {
    size_t in_time[BINS + 2], late[BINS + 2]; /* by bin; the first is everything left of it */
    size_t most;
};

/* Bins end at whole multiples of their width from the due time, so that none holds times of both sides of it. */
static size_t bin_of(const struct chart *it, int64_t x)
{
    int64_t width = (it->high - it->low) / BINS + 1;
    int64_t from = -(it->low / width) + 1;
    int64_t index = x / width + (x > 0 && x % width != 0) + from;
    return index < 0 ? 0 : index > BINS + 1 ? BINS + 1 : (size_t)index;
}

static int64_t bin_end(const struct chart *it, size_t bin)
{
    int64_t width = (it->high - it->low) / BINS + 1;
    return ((int64_t)bin - (-(it->low / width) + 1)) * width;
}

static void take_bins(const struct chart *it, struct bins *bins)
{
    *bins = (struct bins){.most = 1};
    for (size_t i = 0; i < it->told; i++) {
        if (it->points[i].x > it->high)
            continue;
        bool met = it->points[i].row->status == DN_VERDICT_MET;
        /* at the due time itself one may be in time or, behind a period of days, late: then it stands right of it */
        size_t bin = bin_of(it, !met && it->points[i].x <= 0 ? 1 : it->points[i].x);
        if (met)
            bins->in_time[bin]++;
        else
            bins->late[bin]++;
        size_t both = bins->in_time[bin] + bins->late[bin];
        bins->most = both > bins->most ? both : bins->most;
    }
}

/* How many of all were told by then: points of a line in a picture of 10000 × 10000. */
static void add_curve_points(struct chart *it, const struct bins *bins, bool closed)
{
    size_t sum = 0;
    int64_t x = 0;
    dn_buf_adds(it->out, "M0 10000");
    for (size_t bin = 0; bin < BINS + 2; bin++) {
        size_t here = bins->in_time[bin] + bins->late[bin];
        if (here == 0 && bin != BINS + 1)
            continue;
        int64_t before = place(it, bin_end(it, bin > 0 ? bin - 1 : 0));
        if (before > x)
            dn_buf_addf(it->out, "H%lld", (long long)before);
        sum += here;
        x = bin == BINS + 1 ? 10000 : place(it, bin_end(it, bin));
        dn_buf_addf(it->out, "L%lld %lld", (long long)x, (long long)(10000 - (int64_t)(sum * 10000 / it->count)));
    }
    dn_buf_adds(it->out, closed ? "V10000Z" : "");
}

static void add_curve(struct chart *it, const struct bins *bins)
{
    static const int shares[] = {0, 25, 50, 75, 100};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        int y = 16 + CURVE_PX - CURVE_PX * shares[i] / 100;
        dn_buf_addf(it->out, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", y, y);
    }
    dn_buf_addf(it->out,
                "\n<svg y=\"16\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 10000 10000\" "
                "preserveAspectRatio=\"none\" overflow=\"visible\">\n<path class=\"under\" d=\"",
                CURVE_PX);
    add_curve_points(it, bins, true);
    dn_buf_adds(it->out, "\"/><path class=\"curve\" d=\"");
    add_curve_points(it, bins, false);
    dn_buf_adds(it->out, "\"/>\n</svg>\n");
    for (size_t i = 1; i < sizeof shares / sizeof *shares; i++)
        dn_buf_addf(it->out, "<text class=\"soft-text halo\" x=\"0\" y=\"%d\">%d %%%s</text>",
                    12 + CURVE_PX - CURVE_PX * shares[i] / 100, shares[i], shares[i] == 100 ? " told" : "");
    dn_buf_adds(it->out, "\n");
}

/* "93.1 %", never rounded up to what it is not. */
static void add_share(struct chart *it, size_t part)
{
    size_t tenths = part * 1000 / it->count;
    dn_buf_addf(it->out, "%zu.%zu %%", tenths / 10, tenths % 10);
}

/* What the curve is read for. */
static void add_reading(struct chart *it)
{
    bool left = place(it, 0) > 4000;
    dn_buf_addf(it->out, "<text class=\"bold-text\" text-anchor=\"%s\" dx=\"%d\" y=\"%d\" x=\"", left ? "end" : "start",
                left ? -8 : 8, 6 + CURVE_PX);
    add_place(it, 0);
    dn_buf_adds(it->out, "\">");
    add_share(it, it->in_time);
    dn_buf_adds(it->out, " met in time</text>\n");
}

/* One bar: never lower than two pixels, so that a single one among a hundred thousand is seen. */
static void add_bar(struct chart *it, const struct bins *bins, size_t bin, size_t count, const char *class, int *base)
{
    int height = (int)(count * (BARS_PX - 4) / bins->most);
    if (count == 0)
        return;
    height = height < 3 ? 3 : height;
    int64_t from = place(it, bin_end(it, bin > 0 ? bin - 1 : 0)), to = place(it, bin_end(it, bin));
    dn_buf_addf(it->out, "<rect class=\"%s\" y=\"%d\" height=\"%d\" x=\"", class, *base - height, height);
    dn_markup_add_percent(it->out, from, 10000);
    dn_buf_adds(it->out, "\" width=\"");
    dn_markup_add_percent(it->out, to - from > 40 ? to - from : 40, 10000);
    dn_buf_adds(it->out, "\"/>\n");
    *base -= height;
}

static void add_curve_and_bars(struct chart *it)
{
    struct bins bins;
    int bottom = 16 + CURVE_PX + 22 + BARS_PX;
    take_bins(it, &bins);
    add_curve(it, &bins);
    dn_buf_addf(it->out, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>\n", bottom, bottom);
    add_axis(it, 16, bottom);
    add_reading(it);
    for (size_t bin = 0; bin < BINS + 2; bin++) {
        int base = bottom;
        add_bar(it, &bins, bin, bins.in_time[bin], "bar-good", &base);
        add_bar(it, &bins, bin, bins.late[bin], "bar-bad", &base);
    }
}

static void add_words(struct chart *it)
{
    dn_markup_add_count(it->out, it->in_time);
    dn_buf_adds(it->out, " of ");
    dn_markup_add_things(it->out, it->count, "obligation");
    dn_buf_adds(it->out, " (");
    add_share(it, it->in_time);
    dn_buf_adds(it->out, ") met by the due time");
    if (it->late > 0) {
        dn_buf_adds(it->out, ", ");
        dn_markup_add_count(it->out, it->late);
        dn_buf_adds(it->out, " after it");
    }
    if (it->count > it->told) {
        dn_buf_adds(it->out, ", ");
        dn_markup_add_count(it->out, it->count - it->told);
        dn_buf_adds(it->out, " not told");
    }
    dn_buf_adds(it->out, ".");
}

static void add_caption(struct chart *it)
{
    dn_buf_adds(it->out, "<figcaption>");
    dn_buf_adds(it->out, it->count <= FEW
                             ? "One line each, from the start of its clock to when the tenant was told or, while "
                               "it was not, to now. "
                             : "Above, the share that was told by then; below, how many at a time, the "
                               "smallest bars drawn larger than they are. ");
    dn_buf_adds(it->out, "Time runs before (−) and after (+) each one's own due time. ");
    add_words(it);
    if (it->beyond > 0) {
        dn_buf_adds(it->out, " Of those told late, ");
        dn_markup_add_count(it->out, it->beyond);
        dn_buf_adds(it->out, " lie beyond the right edge, the last ");
        dn_markup_add_span(it->out, it->points[it->told - 1].x);
        dn_buf_adds(it->out, " after it was due.");
    }
    if (it->unplaced > 0) {
        dn_buf_addc(it->out, ' ');
        dn_markup_add_count(it->out, it->unplaced);
        dn_buf_adds(it->out, " more cannot be placed: a time is not there, or it cannot be decided.");
    }
    dn_buf_adds(it->out, "</figcaption>\n");
}

static void add_figure(struct chart *it)
{
    bool few = it->count <= FEW;
    int height = few ? 8 + (int)it->count * LINE_PX + 24 : 16 + CURVE_PX + 22 + BARS_PX + 24;
    dn_buf_addf(
        it->out,
        "<figure>\n<svg class=\"plot\" role=\"img\" aria-labelledby=\"told-title\" aria-describedby=\"told-desc\" "
        "height=\"%d\">\n<title id=\"told-title\">When tenants were told, in relation to when they had "
        "to be</title>\n<desc id=\"told-desc\">",
        height);
    add_words(it);
    dn_buf_adds(it->out, "</desc>\n");
    if (few)
        add_lines(it);
    else
        add_curve_and_bars(it);
    dn_buf_adds(it->out, "</svg>\n");
    add_caption(it);
    dn_buf_adds(it->out, "</figure>\n");
}

void dn_page_add_chart(const struct dn_audited *audited, struct dn_buf *out)
{
    struct chart it = {.audited = audited, .out = out};
    take_points(&it);
    if (it.count > 0) {
        find_axis(&it);
        find_step(&it);
        dn_buf_adds(out, "<section aria-labelledby=\"told\">\n<h2 id=\"told\">When tenants were told</h2>\n");
        add_figure(&it);
        dn_buf_adds(out, "</section>\n");
    }
    free(it.points);
}
