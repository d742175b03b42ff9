#include "deadline/judge.h"

#include <string.h>

#include "base/alloc.h"

bool dn_case_is_due(const struct dn_case *it)
{
    if (it->source.audit->affected == NULL)
        return true;
    return it->affected != NULL && it->affected->change != DN_CHANGE_REMOVED;
}

static void add_reason(struct dn_buf *reason, const char *word, const char *more)
{
    dn_buf_addf(reason, "%s%s%s%s", reason->size > 0 ? ";" : "", word, more != NULL ? ":" : "",
                more != NULL ? more : "");
}

const struct dn_hold *dn_case_held(const struct dn_case *it, struct dn_instant from, struct dn_instant to)
{
    const struct dn_hold *hold = NULL;
    do {
        hold =
            it->source.incident == NULL ? NULL : dn_incident_hold(it->source.incident, dn_text_of(it->tenant_id), from);
        if (hold != NULL)
            from = hold->until;
    } while (hold != NULL && dn_instant_compare(from, to) < 0);
    return hold;
}

const struct dn_hold *dn_case_holding(const struct dn_case *it, struct dn_instant from, struct dn_instant now)
{
    const struct dn_hold *hold = dn_case_held(it, from, now);
    bool over = hold != NULL && dn_instant_compare(hold->until, now) <= 0;
    return over ? dn_case_held(it, now, now) : hold;
}

/* Notified though not affected, or not affected and so never told. */
static enum dn_verdict judge_not_due(const struct dn_case *it, struct dn_buf *reason)
{
    add_reason(reason, it->affected != NULL ? "removed" : "not-affected", NULL);
    return it->sum.went_out ? DN_VERDICT_STRAY : DN_VERDICT_VOID;
}

static enum dn_verdict judge_told(const struct dn_case *it, const struct dn_clock *clock, struct dn_buf *reason)
{
    struct dn_instant at = it->sum.at;
    enum dn_timing timing = dn_clock_timing(clock, at);
    if (dn_instant_is(clock->started_at) && dn_instant_compare(at, clock->started_at) < 0) {
        add_reason(reason, "negative", NULL);
        return DN_VERDICT_UNKNOWN;
    }
    if (timing == DN_TIMING_MET) {
        const struct dn_affected *affected = it->affected;
        struct dn_instant known = affected != NULL ? affected->identified_at : DN_INSTANT_NONE;
        if (dn_instant_is(known) && dn_instant_compare(at, dn_instant_add(known, it->source.audit->undue_s)) > 0)
            add_reason(reason, "slow", NULL);
        return DN_VERDICT_MET;
    }
    const struct dn_hold *hold = dn_case_held(it, clock->due_at, at);
    if (hold != NULL)
        add_reason(reason, "hold", hold->reason);
    else if (timing == DN_TIMING_ARGUABLE)
        add_reason(reason, "within-1182-only", NULL);
    return hold != NULL ? DN_VERDICT_EXCUSED : DN_VERDICT_LATE;
}

static bool due_soon(const struct dn_audit *audit, struct dn_instant due_at)
{
    return audit->warn_s >= 0 && dn_instant_seconds(audit->now, due_at) <= audit->warn_s;
}

static enum dn_verdict judge_untold(const struct dn_case *it, const struct dn_clock *clock, struct dn_buf *reason)
{
    const struct dn_audit *audit = it->source.audit;
    bool over = dn_instant_compare(audit->now, clock->due_at) > (clock->exclusive ? -1 : 0);
    struct dn_instant from = over ? clock->due_at : audit->now;
    const struct dn_hold *hold = dn_case_holding(it, from, audit->now);
    if (hold != NULL) {
        add_reason(reason, "hold", hold->reason);
        return DN_VERDICT_HELD;
    }
    if (it->sum.why.size > 0)
        add_reason(reason, it->sum.why.at, NULL);
    if (!over && due_soon(audit, clock->due_at))
        add_reason(reason, "due-soon", NULL);
    if (it->sum.any)
        return over ? DN_VERDICT_OVERDUE : DN_VERDICT_PENDING;
    if (it->told != NULL && (it->told->rehearsed || it->told->count > 0))
        add_reason(reason, "rehearsal", NULL);
    return DN_VERDICT_MISSING;
}

/* What can be said before any clock is looked at. */
static bool judge_beforehand(const struct dn_case *it, struct dn_buf *reason, enum dn_verdict *verdict)
{
    const struct dn_incident *incident = it->source.incident;
    const struct dn_exemption *exemption = NULL;
    if (incident != NULL)
        exemption = dn_incident_exemption(incident, dn_text_of(it->tenant_id));
    if (incident != NULL && incident->status == DN_INCIDENT_WITHDRAWN) {
        add_reason(reason, "withdrawn", NULL);
        *verdict = DN_VERDICT_VOID;
    } else if (!dn_case_is_due(it)) {
        *verdict = judge_not_due(it, reason);
    } else if (it->tenant_id[0] == '\0' && it->source.foreign == NULL) {
        add_reason(reason, "unsettled", NULL);
        if (it->affected != NULL && it->affected->matched_by[0] != '\0')
            add_reason(reason, it->affected->matched_by, NULL);
        *verdict = DN_VERDICT_UNKNOWN;
    } else if (exemption != NULL) {
        add_reason(reason, exemption->reason, NULL);
        *verdict = DN_VERDICT_EXEMPT;
    } else {
        return false;
    }
    return true;
}

/* Without a clock nothing can be met; that nobody was told at all is known all the same. */
static enum dn_verdict judge_troubled(const struct dn_case *it, const struct dn_clock *clock, const char *trouble,
                                      struct dn_buf *reason)
{
    const struct dn_incident *incident = it->source.incident;
    bool by_name = strcmp(trouble, "no-start") != 0 && clock->regime[0] != '\0' && trouble == clock->trouble;
    bool open = incident != NULL && incident->status == DN_INCIDENT_OPEN;
    add_reason(reason, open ? "not-declared" : trouble,
               !by_name || open           ? NULL
               : clock->detail[0] != '\0' ? clock->detail
                                          : clock->regime);
    return !it->sum.any && trouble == clock->trouble && !by_name && !open ? DN_VERDICT_MISSING : DN_VERDICT_UNKNOWN;
}

static enum dn_verdict judge(const struct dn_case *it, const struct dn_clock *clock, struct dn_buf *reason)
{
    enum dn_verdict verdict = DN_VERDICT_UNKNOWN;
    const struct dn_told_foreign *foreign = it->source.foreign;
    const char *trouble = foreign != NULL && foreign->trouble != NULL ? foreign->trouble : clock->trouble;
    if (judge_beforehand(it, reason, &verdict))
        return verdict;
    if (trouble != NULL)
        return judge_troubled(it, clock, trouble, reason);
    if (it->sum.sure == DN_SURE_YES)
        return judge_told(it, clock, reason);
    if (it->sum.sure == DN_SURE_NO)
        return judge_untold(it, clock, reason);
    add_reason(reason, it->sum.why.at, NULL);
    return DN_VERDICT_UNKNOWN;
}

/* What the verdict would be under each policy. */
static void judge_under(const struct dn_case *it, const struct dn_clock *clock, struct dn_obligation *row)
{
    struct dn_case other;
    struct dn_buf reason = {0};
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        row->under[i] = row->status;
    if (!it->source.audit->policies)
        return;
    other = *it;
    for (size_t i = 0; i < DN_POLICY_COUNT; i++) {
        const struct dn_told_sum *sum = &it->under[i];
        bool same = sum->sure == it->sum.sure && dn_instant_is(sum->at) == dn_instant_is(it->sum.at) &&
                    (!dn_instant_is(sum->at) || dn_instant_compare(sum->at, it->sum.at) == 0);
        other.sum = *sum;
        if (!same)
            row->under[i] = judge(&other, clock, &reason);
        dn_buf_reset(&reason);
    }
    dn_buf_clear(&reason);
}

const struct dn_obligation *dn_case_judge(const struct dn_case *it, const struct dn_clock *clock,
                                          struct dn_obligations *rows)
{
    struct dn_buf reason = {0};
    struct dn_obligation *row = dn_obligations_add(rows);
    if (it->drill)
        add_reason(&reason, "drill", NULL);
    row->status = judge(it, clock, &reason);
    judge_under(it, clock, row);
    row->reason = dn_obligations_text(rows, reason.at);
    row->incident_id = dn_obligations_borrow(rows, it->incident_id);
    row->tenant_id = dn_obligations_borrow(rows, it->tenant_id);
    row->regime = dn_obligations_text(rows, clock->regime);
    row->anchor = dn_obligations_borrow(rows, clock->anchor);
    row->satisfied_by = dn_obligations_borrow(rows, it->sum.sure == DN_SURE_YES ? it->sum.by.at : NULL);
    row->started_at = clock->started_at;
    row->due_at = clock->due_at;
    row->latest_due_at = clock->latest_due_at;
    row->now = it->source.audit->now;
    if (it->sum.sure == DN_SURE_YES)
        row->satisfied_at = it->sum.at;
    dn_buf_clear(&reason);
    return row;
}

bool dn_times_judge(const struct dn_audit *audit, const struct dn_said_times *times, enum dn_verdict *verdict)
{
    struct dn_instant started = times->started_at, due = times->due_at, told = times->satisfied_at;
    if (times->trouble != NULL || !dn_instant_is(due))
        return false;
    if (!dn_instant_is(told)) {
        *verdict = DN_VERDICT_OVERDUE;
        return !times->unsure && dn_instant_compare(audit->now, due) > 0;
    }
    *verdict = dn_instant_compare(told, due) <= 0 ? DN_VERDICT_MET : DN_VERDICT_LATE;
    return !dn_instant_is(started) || dn_instant_compare(told, started) >= 0;
}
