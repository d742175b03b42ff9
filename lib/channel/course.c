#include "channel/course.h"

#include <stdlib.h>

#include "base/alloc.h"

static double configured(const struct dn_pace *pace)
{
    return pace->rate && pace->rate_ms ? (double)pace->rate * 1000.0 / (double)pace->rate_ms : 0;
}

/* A handful in a moment says nothing; a single one in half a minute does. */
static bool tells(const struct dn_pace *pace)
{
    return (pace->done >= 20 && pace->ms >= 1000) || (pace->done >= 1 && pace->ms >= 30000);
}

double dn_pace_per_s(const struct dn_pace *pace)
{
    double most = configured(pace);
    if (!tells(pace))
        return most;
    double measured = (double)pace->done * 1000.0 / (double)pace->ms;
    return most > 0 && most < measured ? most : measured;
}

void dn_forecast_begin(struct dn_forecast *forecast, const struct dn_plan *plan, struct dn_instant now,
                       const double per_s[DN_WAYS])
{
    *forecast = (struct dn_forecast){.known = true,
                                     .ends_at = now,
                                     .first_due = DN_INSTANT_NONE,
                                     .plan = plan,
                                     .now = now,
                                     .behind = dn_alloc(plan->row_count ? plan->row_count : 1, 1)};
    for (size_t i = 0; i < DN_WAYS; i++)
        forecast->per_s[i] = per_s[i];
}

/* When the way has come to it; no time: nobody knows. */
static struct dn_instant leaves_at(const struct dn_forecast *forecast, enum dn_leaving by)
{
    double seconds = forecast->per_s[by] > 0 ? (double)forecast->queued[by] / forecast->per_s[by] : -1;
    if (seconds < 0)
        return DN_INSTANT_NONE;
    return dn_instant_add(forecast->now, seconds < 1e12 ? (int64_t)seconds : (int64_t)1e12);
}

void dn_forecast_add(struct dn_forecast *forecast, size_t row)
{
    const struct dn_plan_row *it = dn_plan_glance(forecast->plan, row);
    enum dn_leaving by = dn_leaving_of(it);
    if (by == DN_BY_PHONE)
        return;
    forecast->left++;
    forecast->queued[by]++;
    struct dn_instant at = leaves_at(forecast, by), earliest = dn_instant_is(at) ? at : forecast->now;
    forecast->first_due = dn_instant_min(forecast->first_due, it->due_at);
    forecast->behind[row] =
        it->required != DN_REQUIRED_NO && dn_instant_is(it->due_at) && dn_instant_compare(earliest, it->due_at) > 0;
}

/* A tenant's rows stand together. */
void dn_forecast_end(struct dn_forecast *forecast)
{
    size_t last = SIZE_MAX; /* a row of the tenant that was counted last */
    for (enum dn_leaving by = 0; by < DN_WAYS; by++) {
        struct dn_instant at = forecast->queued[by] ? leaves_at(forecast, by) : forecast->now;
        forecast->known = forecast->known && dn_instant_is(at);
        forecast->ends_at = dn_instant_max(forecast->ends_at, at);
    }
    for (size_t i = 0; i < forecast->plan->row_count; i++) {
        if (!forecast->behind[i] || (last != SIZE_MAX && dn_plan_same_tenant(forecast->plan, last, i)))
            continue;
        last = i;
        forecast->late++;
    }
    free(forecast->behind);
    forecast->behind = NULL;
}

void dn_course_span(int64_t seconds, struct dn_buf *text)
{
    long long s = seconds > 0 ? seconds : 0;
    if (s >= 3600)
        dn_buf_addf(text, "%lld h %lld min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        dn_buf_addf(text, "%lld min %lld s", s / 60, s % 60);
    else
        dn_buf_addf(text, "%lld s", s);
}

static void add_pace(double per_s, struct dn_buf *line)
{
    if (per_s >= 10)
        dn_buf_addf(line, "; %.0f/s", per_s);
    else if (per_s >= 0.1)
        dn_buf_addf(line, "; %.1f/s", per_s);
    else if (per_s > 0)
        dn_buf_addf(line, "; %.1f/h", per_s * 3600);
}

static void add_second(struct dn_buf *line, const char *before, struct dn_instant at)
{
    dn_buf_adds(line, before);
    at.ns = 0;
    dn_instant_add_to(line, at);
}

void dn_course_line(const struct dn_tally *tally, double per_s, const struct dn_forecast *forecast, struct dn_buf *line)
{
    dn_buf_addf(line, "sent %zu, deferred %zu, rejected %zu, unknown %zu", tally->accepted, tally->deferred,
                tally->rejected, tally->unknown);
    add_pace(per_s, line);
    if (!forecast->left)
        return;
    dn_buf_addf(line, "; %zu left", forecast->left);
    if (forecast->known)
        add_second(line, ", done at ", forecast->ends_at);
    if (dn_instant_is(forecast->first_due))
        add_second(line, ", first due ", forecast->first_due);
}
