#include "deadline/follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The notices that a tenant got after the initial one, by their time. */
struct notices {
    struct dn_instant *at;
    size_t count, room;
    struct dn_instant ended_at; /* the final notice, or the retraction */
    bool unsure;                /* there is one of which nobody knows what became */
};

static int compare_instants(const void *a, const void *b)
{
    return dn_instant_compare(*(const struct dn_instant *)a, *(const struct dn_instant *)b);
}

static bool ends(const char *notice)
{
    struct dn_text word = dn_text_of(notice);
    if (dn_text_starts(word, "drill-"))
        word = (struct dn_text){word.at + strlen("drill-"), word.size - strlen("drill-")};
    return dn_text_is(word, "final") || dn_text_is(word, "retraction");
}

static void take_notice(const struct dn_case *it, size_t notice, struct notices *notices)
{
    struct dn_told_sum sum = {0};
    dn_told_sum_notice(it->told, it->drill, notice, &sum);
    notices->unsure |= sum.sure == DN_SURE_MAYBE;
    if (sum.sure == DN_SURE_YES) {
        notices->at = dn_grow(notices->at, notices->count, &notices->room, sizeof *notices->at);
        notices->at[notices->count++] = sum.at;
        if (ends(it->source.audit->told->notices.at[notice]))
            notices->ended_at = dn_instant_min(notices->ended_at, sum.at);
    }
    dn_told_sum_clear(&sum);
}

static bool seen_before(const struct dn_case *it, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (it->told->keys[i].notice == it->told->keys[index].notice)
            return true;
    return false;
}

static void find_notices(const struct dn_case *it, struct notices *notices)
{
    *notices = (struct notices){.ended_at = DN_INSTANT_NONE};
    for (size_t i = 0; i < it->told->count; i++) {
        const struct dn_told_key *key = &it->told->keys[i];
        if (!key->initial && key->drill == it->drill && !seen_before(it, i))
            take_notice(it, key->notice, notices);
    }
    if (notices->count > 1)
        qsort(notices->at, notices->count, sizeof *notices->at, compare_instants);
}

/* The first notice behind that time, or none. */
static struct dn_instant next_notice(const struct notices *notices, struct dn_instant from)
{
    size_t i = 0;
    while (i < notices->count && dn_instant_compare(notices->at[i], from) <= 0)
        i++;
    return i < notices->count ? notices->at[i] : DN_INSTANT_NONE;
}

/* Is anything owed to this tenant after the first notice? */
static bool applies(const struct dn_case *it)
{
    const struct dn_incident *incident = it->source.incident;
    bool open = incident == NULL || incident->status == DN_INCIDENT_DECLARED || incident->status == DN_INCIDENT_CLOSED;
    return open && it->told != NULL && it->told->foreign == NULL && it->sum.sure == DN_SURE_YES && dn_case_is_due(it) &&
           (incident == NULL || dn_incident_exemption(incident, dn_text_of(it->tenant_id)) == NULL);
}

static enum dn_verdict judge_given(const struct dn_case *it, struct dn_follow *follow)
{
    if (dn_instant_compare(follow->satisfied_at, follow->due_at) <= 0)
        return DN_VERDICT_MET;
    const struct dn_hold *hold = dn_case_held(it, follow->due_at, follow->satisfied_at);
    if (hold != NULL)
        dn_buf_addf(&follow->reason, ";hold:%s", hold->reason);
    return hold != NULL ? DN_VERDICT_EXCUSED : DN_VERDICT_LATE;
}

static enum dn_verdict judge_open(const struct dn_case *it, const struct notices *notices, struct dn_follow *follow)
{
    struct dn_instant now = it->source.audit->now;
    bool over = dn_instant_compare(now, follow->due_at) > 0;
    const struct dn_hold *hold = over ? dn_case_holding(it, follow->due_at, now) : NULL;
    if (hold != NULL)
        dn_buf_addf(&follow->reason, ";hold:%s", hold->reason);
    else if (notices->unsure)
        dn_buf_adds(&follow->reason, ";unknown");
    else if (!over)
        dn_buf_adds(&follow->reason, ";due-soon");
    if (hold != NULL)
        return DN_VERDICT_HELD;
    return notices->unsure ? DN_VERDICT_UNKNOWN : over ? DN_VERDICT_OVERDUE : DN_VERDICT_PENDING;
}

/* Adds what was owed from one time until another, unless that is to come and not soon. False: it was left out. */
static bool add_follow(const struct dn_case *it, struct dn_follows *follows, const struct notices *notices,
                       struct dn_instant from, struct dn_instant due_at)
{
    const struct dn_audit *audit = it->source.audit;
    struct dn_follow follow = {.started_at = from, .due_at = due_at, .satisfied_at = next_notice(notices, from)};
    bool given = dn_instant_is(follow.satisfied_at), over = dn_instant_compare(audit->now, due_at) > 0;
    bool soon = audit->warn_s >= 0 && dn_instant_seconds(audit->now, due_at) <= audit->warn_s;
    if (!given && !over && !soon)
        return false;
    dn_buf_adds(&follow.reason, it->drill ? "drill;update" : "update");
    follow.status = given ? judge_given(it, &follow) : judge_open(it, notices, &follow);
    dn_buf_adds(&follow.by, given ? "update" : "");
    follows->at = dn_grow(follows->at, follows->count, &follows->room, sizeof *follows->at);
    follows->at[follows->count++] = follow;
    return true;
}

/* The promise that a revision took out of the record: "notice.next_update_at changed from TIME". */
static bool replaced(const struct dn_revision *revision, struct dn_instant *at)
{
    static const char words[] = "notice.next_update_at changed from ";
    const char *found = revision->change != NULL ? strstr(revision->change, words) : NULL;
    if (found == NULL)
        return false;
    found += sizeof words - 1;
    return dn_instant_parse((struct dn_text){found, strcspn(found, "; ")}, at);
}

/* One promise: in the record from set_at (none: from the beginning) to until (none: still). It was made to the tenant
 * by the first notice of that time; one that no notice carried before it was replaced was made to nobody. */
static void add_promise(const struct dn_case *it, struct dn_follows *follows, const struct notices *notices,
                        struct dn_instant at, struct dn_instant set_at, struct dn_instant until)
{
    struct dn_instant made_at = it->sum.at;
    char text[DN_INSTANT_TEXT];
    if (dn_instant_is(set_at) && dn_instant_compare(made_at, set_at) < 0) {
        made_at = next_notice(notices, set_at);
        if (!dn_instant_is(made_at) && !dn_instant_is(until))
            made_at = set_at;
    }
    bool made = dn_instant_is(made_at) && (!dn_instant_is(until) || dn_instant_compare(made_at, until) <= 0);
    bool ended = dn_instant_is(notices->ended_at) && made && dn_instant_compare(notices->ended_at, made_at) <= 0;
    if (!made || ended || dn_instant_compare(made_at, at) >= 0 || !add_follow(it, follows, notices, made_at, at))
        return;
    struct dn_follow *follow = &follows->at[follows->count - 1];
    dn_instant_format(at, text);
    dn_buf_addf(&follow->regime, "promise:next-update@%s", text);
    follow->anchor = "next_update_at";
}

void dn_follow_promises(const struct dn_case *it, struct dn_follows *follows)
{
    const struct dn_incident *incident = it->source.incident;
    struct dn_instant set_at = DN_INSTANT_NONE, at;
    struct notices notices;
    if (incident == NULL || !applies(it))
        return;
    find_notices(it, &notices);
    for (size_t i = 0; i < incident->revision_count; i++) {
        const struct dn_revision *revision = &incident->revisions[i];
        if (!replaced(revision, &at))
            continue;
        add_promise(it, follows, &notices, at, set_at, revision->at);
        set_at = revision->at;
    }
    if (dn_instant_is(incident->notice.next_update_at))
        add_promise(it, follows, &notices, incident->notice.next_update_at, set_at, DN_INSTANT_NONE);
    free(notices.at);
}

/* When a closed record was last changed: updates are owed until then. */
static bool is_over(const struct dn_case *it, struct dn_instant due_at)
{
    const struct dn_incident *incident = it->source.incident;
    if (incident == NULL || incident->status != DN_INCIDENT_CLOSED || incident->revision_count == 0)
        return false;
    return dn_instant_compare(due_at, incident->revisions[incident->revision_count - 1].at) > 0;
}

/* More than one period went by: how many updates did not come. */
static void add_missed(const struct dn_case *it, const struct dn_regime *regime, struct dn_follow *follow)
{
    struct dn_instant until = dn_instant_is(follow->satisfied_at) ? follow->satisfied_at : it->source.audit->now;
    int64_t over = dn_instant_seconds(follow->due_at, until);
    if (over > regime->updates_s)
        dn_buf_addf(&follow->reason, ";missed:%lld", (long long)((over + regime->updates_s - 1) / regime->updates_s));
}

void dn_follow_cadence(const struct dn_case *it, const struct dn_regime *regime, struct dn_follows *follows)
{
    struct notices notices;
    if (regime == NULL || regime->updates_s == 0 || !applies(it))
        return;
    find_notices(it, &notices);
    struct dn_instant from = it->sum.at;
    for (size_t number = 1; dn_instant_is(from); number++) {
        bool ended = dn_instant_is(notices.ended_at) && dn_instant_compare(notices.ended_at, from) <= 0;
        struct dn_instant due_at = dn_instant_add(from, regime->updates_s);
        bool owed = dn_instant_is(next_notice(&notices, from)) || !is_over(it, due_at);
        if (ended || !owed || !add_follow(it, follows, &notices, from, due_at))
            break;
        struct dn_follow *follow = &follows->at[follows->count - 1];
        dn_buf_addf(&follow->regime, "%s:update-%zu", regime->id, number);
        follow->anchor = "update";
        add_missed(it, regime, follow);
        from = follow->satisfied_at;
    }
    free(notices.at);
}

const struct dn_obligation *dn_follow_row(const struct dn_case *it, const struct dn_follow *follow,
                                          struct dn_obligations *rows)
{
    struct dn_obligation *row = dn_obligations_add(rows);
    row->incident_id = dn_obligations_text(rows, it->incident_id);
    row->tenant_id = dn_obligations_text(rows, it->tenant_id);
    row->regime = dn_obligations_text(rows, follow->regime.at);
    row->anchor = dn_obligations_text(rows, follow->anchor);
    row->satisfied_by = dn_obligations_text(rows, follow->by.at);
    row->reason = dn_obligations_text(rows, follow->reason.at);
    row->started_at = follow->started_at;
    row->due_at = row->latest_due_at = follow->due_at;
    row->satisfied_at = follow->satisfied_at;
    row->now = it->source.audit->now;
    row->status = follow->status;
    row->update = true;
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        row->under[i] = follow->status;
    return row;
}

void dn_follows_clear(struct dn_follows *follows)
{
    for (size_t i = 0; i < follows->count; i++) {
        dn_buf_clear(&follows->at[i].regime);
        dn_buf_clear(&follows->at[i].reason);
        dn_buf_clear(&follows->at[i].by);
    }
    free(follows->at);
    memset(follows, 0, sizeof *follows);
}
