#include "deadline/audited_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void dn_audited_add_span(struct dn_buf *out, int64_t seconds)
{
    int64_t size = seconds < 0 ? -seconds : seconds;
    dn_buf_adds(out, seconds < 0 ? "-" : "");
    if (size >= 86400)
        dn_buf_addf(out, "%lld d ", (long long)(size / 86400));
    dn_buf_addf(out, "%02d:%02d:%02d", (int)(size % 86400 / 3600), (int)(size % 3600 / 60), (int)(size % 60));
}

/* The last stage before this one that was reached, or none: stages may overlap, so it may be later. */
static struct dn_instant stage_before(const struct dn_audited *audited, const struct dn_incident *incident, int stage)
{
    struct dn_instant at = DN_INSTANT_NONE;
    while (stage > 0 && !dn_instant_is(at))
        at = dn_audited_reached(audited, incident, (enum dn_stage)-- stage);
    return at;
}

static void add_took(const struct dn_audited *audited, const struct dn_incident *incident, int stage,
                     struct dn_instant at, struct dn_buf *out)
{
    struct dn_instant before = stage_before(audited, incident, stage);
    if (!dn_instant_is(before))
        return;
    int64_t took = dn_instant_seconds(before, at);
    dn_buf_adds(out, took < 0 ? ", " : ", after ");
    dn_audited_add_span(out, took < 0 ? -took : took);
    dn_buf_adds(out, took < 0 ? " before the one before it" : "");
}

void dn_audited_add_stages(const struct dn_audited *audited, const struct dn_incident *incident, const char *prefix,
                           struct dn_buf *out)
{
    for (int stage = 0; dn_stage_words[stage] != NULL; stage++) {
        struct dn_instant at = dn_audited_reached(audited, incident, (enum dn_stage)stage);
        if (!dn_instant_is(at) && stage == DN_STAGE_BREACH_DECLARED)
            continue;
        dn_buf_addf(out, "%s%s ", prefix, dn_stage_words[stage]);
        dn_buf_adds(out, dn_instant_is(at) ? "" : "-");
        dn_instant_add_to(out, at);
        if (dn_instant_is(at))
            add_took(audited, incident, stage, at, out);
        dn_buf_addc(out, '\n');
    }
}

/* How many tenants a regime is the tightest for. */
struct count {
    const char *regime;
    size_t tenants;
};

static void count_regime(struct count **counts, size_t *count, size_t *room, const char *regime)
{
    size_t i = 0;
    while (i < *count && strcmp((*counts)[i].regime, regime) != 0)
        i++;
    if (i == *count) {
        *counts = dn_grow(*counts, *count, room, sizeof **counts);
        (*counts)[(*count)++] = (struct count){regime, 0};
    }
    (*counts)[i].tenants++;
}

static bool same_tenant(const struct dn_obligation *a, const struct dn_obligation *b)
{
    return strcmp(a->incident_id, b->incident_id) == 0 && strcmp(a->tenant_id, b->tenant_id) == 0;
}

/* The clock that is due first among the rows of the tenant at that index, which becomes the next tenant's; NULL: it has
 * fewer than two. */
static const struct dn_obligation *tightest_clock(const struct dn_obligations *rows, size_t *index)
{
    const struct dn_obligation *first = &rows->at[*index], *found = NULL;
    size_t clocks = 0;
    for (; *index < rows->count && same_tenant(&rows->at[*index], first); (*index)++) {
        const struct dn_obligation *row = &rows->at[*index];
        clocks += !row->update;
        if (!row->update && dn_instant_is(row->due_at) &&
            (found == NULL || dn_instant_compare(row->due_at, found->due_at) < 0))
            found = row;
    }
    return clocks > 1 ? found : NULL;
}

void dn_audited_add_tightest(const struct dn_obligations *obligations, struct dn_buf *out)
{
    struct count *counts = NULL;
    size_t count = 0, room = 0;
    for (size_t i = 0; i < obligations->count;) {
        const struct dn_obligation *row = tightest_clock(obligations, &i);
        if (row != NULL)
            count_regime(&counts, &count, &room, row->regime);
    }
    for (size_t i = 0; i < count; i++) {
        dn_buf_adds(out, i == 0 ? "Tightest of several clocks: " : ", ");
        dn_buf_add_visible(out, dn_text_of(counts[i].regime));
        dn_buf_addf(out, " for %zu tenant%s", counts[i].tenants, counts[i].tenants == 1 ? "" : "s");
    }
    dn_buf_adds(out, count > 0 ? ".\n" : "");
    free(counts);
}

/* "If delivered satisfied: 2 met, 3 overdue (3 differ)." */
static void add_policy(const struct dn_obligations *rows, enum dn_policy policy, struct dn_buf *out)
{
    size_t counts[DN_VERDICT_COUNT] = {0}, differ = 0;
    const char *between = ": ";
    for (size_t i = 0; i < rows->count; i++) {
        counts[rows->at[i].under[policy]]++;
        differ += rows->at[i].under[policy] != rows->at[i].status;
    }
    if (differ == 0)
        return;
    dn_buf_addf(out, "If %s satisfied", dn_policy_words[policy]);
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++) {
        if (counts[i] > 0) {
            dn_buf_addf(out, "%s%zu %s", between, counts[i], dn_verdict_words[i]);
            between = ", ";
        }
    }
    dn_buf_addf(out, " (%zu differ%s).\n", differ, differ == 1 ? "s" : "");
}

void dn_audited_add_policies(const struct dn_audited *audited, struct dn_buf *out)
{
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        add_policy(audited->obligations, (enum dn_policy)i, out);
}

void dn_audited_add_words(const struct dn_audited *audited, struct dn_buf *out)
{
    dn_audited_add_tightest(audited->obligations, out);
    dn_audited_add_policies(audited, out);
    for (size_t i = 0; i < audited->incidents->count; i++) {
        const struct dn_incident *incident = &audited->incidents->at[i];
        dn_buf_adds(out, "\nSTAGES OF ");
        dn_buf_add_visible(out, dn_text_of(incident->id));
        dn_buf_addc(out, '\n');
        dn_audited_add_stages(audited, incident, "  ", out);
    }
}
