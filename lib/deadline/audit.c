#include "deadline/audit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/audit_run.h"
#include "deadline/compare.h"
#include "deadline/follow.h"

#define AHEAD 16 /* entries */

/* One obligation in words: whose, how its due time came about, and what that makes of it. */
static void add_explained(struct dn_buf *out, const struct dn_obligation *row, const struct dn_reckon_steps *steps)
{
    struct dn_buf line = {0};
    if (out->size > 0)
        dn_buf_addc(out, '\n');
    dn_buf_addf(&line, "%s%s%stenant %s, regime %s", row->incident_id[0] != '\0' ? "incident " : "", row->incident_id,
                row->incident_id[0] != '\0' ? ", " : "", row->tenant_id, row->regime);
    dn_buf_add_visible(out, dn_buf_text(&line));
    dn_buf_addc(out, '\n');
    dn_reckon_steps_write(steps, out);
    dn_buf_adds(out, "told: ");
    dn_buf_adds(out, dn_instant_is(row->satisfied_at) ? "" : "not");
    dn_instant_add_to(out, row->satisfied_at);
    dn_buf_reset(&line);
    dn_buf_addf(&line, "verdict: %s%s%s", dn_verdict_words[row->status], row->reason[0] != '\0' ? ", " : "",
                row->reason);
    dn_buf_addc(out, '\n');
    dn_buf_add_visible(out, dn_buf_text(&line));
    dn_buf_addc(out, '\n');
    dn_buf_clear(&line);
}

static void judge_clock(struct dn_audit_run *run, const struct dn_case *it, const char *regime, bool main)
{
    struct dn_clock clock;
    struct dn_reckon_steps steps = {0};
    bool explain = run->audit->explain != NULL && strcmp(run->audit->explain, it->tenant_id) == 0;
    dn_clock_find(&it->source, regime, main, &clock, explain ? &steps : NULL);
    const struct dn_obligation *row = dn_case_judge(it, &clock, run->rows);
    dn_audit_tally_row(&run->tally, row);
    dn_audit_tally_places(&run->tally, it, row);
    if (explain)
        add_explained(run->audit->explained, row, &steps);
    dn_reckon_steps_clear(&steps);
}

/* The clocks that are a tenant's own, beside the incident's: those that its row names, and those that a file of regimes
 * gives to its country. */
static void find_own(const struct dn_audit *audit, const struct dn_affected *affected, struct dn_strings *own)
{
    struct dn_strings named = {0};
    dn_strings_split(&named, dn_text_of(affected->regimes));
    for (size_t i = 0; i < named.count; i++)
        dn_strings_add_once(own, dn_text_of(named.at[i]));
    dn_strings_clear(&named);
    for (size_t i = 0; i < audit->regimes->count && affected->country[0] != '\0'; i++)
        if (dn_strings_has(&audit->regimes->at[i].countries, dn_text_of(affected->country)))
            dn_strings_add_once(own, dn_text_of(audit->regimes->at[i].id));
}

/* Says which of a tenant's clocks, the rows from that index on, is the tightest. */
static void name_tightest(struct dn_audit_run *run, const struct dn_case *it, size_t from)
{
    const struct dn_obligation *tightest = NULL;
    const char *explain = run->audit->explain;
    for (size_t i = from; i < run->rows->count; i++) {
        const struct dn_obligation *row = &run->rows->at[i];
        bool due = dn_instant_is(row->due_at);
        if (due && (tightest == NULL || dn_instant_compare(row->due_at, tightest->due_at) < 0))
            tightest = row;
    }
    if (run->rows->count - from < 2 || tightest == NULL)
        return;
    if (explain == NULL || strcmp(explain, it->tenant_id) != 0)
        return;
    dn_buf_addf(run->audit->explained, "\ntightest of %zu clocks: %s, due ", run->rows->count - from, tightest->regime);
    dn_instant_add_to(run->audit->explained, tightest->due_at);
    dn_buf_addc(run->audit->explained, '\n');
}

static void judge_clocks(struct dn_audit_run *run, const struct dn_case *it, bool own)
{
    const char *main = dn_clock_regime(&it->source);
    size_t from = run->rows->count;
    struct dn_strings others = {0};
    judge_clock(run, it, main, true);
    if (own && it->affected != NULL)
        find_own(run->audit, it->affected, &others);
    for (size_t i = 0; i < others.count; i++)
        if (strcmp(others.at[i], main) != 0)
            judge_clock(run, it, others.at[i], false);
    name_tightest(run, it, from);
    dn_strings_clear(&others);
}

static void explain_follow(struct dn_audit_run *run, const struct dn_obligation *row)
{
    struct dn_reckon_steps steps = {0};
    char from[DN_INSTANT_TEXT], due[DN_INSTANT_TEXT];
    dn_instant_format(row->started_at, from);
    dn_instant_format(row->due_at, due);
    dn_reckon_steps_add(&steps, "trigger", "%s, the notice before it", from);
    dn_reckon_steps_add(&steps, "due", "%s", due);
    add_explained(run->audit->explained, row, &steps);
    dn_reckon_steps_clear(&steps);
}

/* What is owed to a tenant after the first notice. */
static void judge_follows(struct dn_audit_run *run, const struct dn_case *it, size_t from)
{
    struct dn_follows follows = {0};
    const char *explain = run->audit->explain;
    size_t clocks = run->rows->count;
    bool broken = false;
    if (it->source.foreign != NULL) /* tables know the first notice alone */
        return;
    dn_follow_promises(it, &follows);
    for (size_t i = from; i < clocks; i++)
        dn_follow_cadence(it, dn_regimes_find(run->audit->regimes, dn_text_of(run->rows->at[i].regime)), &follows);
    for (size_t i = 0; i < follows.count; i++) {
        const struct dn_obligation *row = dn_follow_row(it, &follows.at[i], run->rows);
        dn_audit_tally_row(&run->tally, row);
        broken |= row->status == DN_VERDICT_OVERDUE;
        if (explain != NULL && strcmp(explain, it->tenant_id) == 0)
            explain_follow(run, row);
    }
    run->tally.promised += broken;
    dn_follows_clear(&follows);
}

static void sum_up(struct dn_case *it)
{
    bool policies = it->source.audit->policies;
    if (it->told != NULL)
        dn_told_sum(it->told, it->drill, &it->sum);
    else
        dn_told_sum_reset(&it->sum);
    for (size_t i = 0; i < DN_POLICY_COUNT && policies; i++) {
        dn_told_sum_reset(&it->under[i]);
        if (it->told != NULL)
            dn_told_sum_under(it->told, it->drill, (enum dn_policy)i, &it->under[i]);
    }
}

/* Gives a case's rows to whom they are for; without anybody they stay. */
static void give(struct dn_audit_run *run)
{
    const struct dn_audit *audit = run->audit;
    if (audit->take == NULL && run->summary == NULL)
        return;
    dn_obligations_sort(run->rows);
    for (size_t i = 0; i < run->rows->count; i++) {
        if (audit->take != NULL)
            audit->take(audit->context, &run->rows->at[i]);
        if (run->summary != NULL)
            dn_summary_take(run->summary, &run->rows->at[i]);
    }
    dn_obligations_reset(run->rows);
}

static void judge_case(struct dn_audit_run *run)
{
    struct dn_case *it = &run->it;
    bool due = dn_case_is_due(it);
    size_t from = run->rows->count;
    sum_up(it);
    bool yes = it->sum.sure == DN_SURE_YES;
    run->tally.outbox += yes && it->sum.outbox && !it->drill && !run->audit->now_fixed;
    run->tally.future += yes && dn_instant_compare(it->sum.at, run->audit->now) > 0;
    /* A tenant that is not affected and was only rehearsed with is nobody's business here. */
    if (due || it->sum.any || it->affected != NULL)
        judge_clocks(run, it, due && it->tenant_id[0] != '\0');
    judge_follows(run, it, from);
    if (!dn_compare_row(it))
        dn_audit_tally_place_add(&run->tally.differs, it);
    give(run);
}

static const struct dn_told_incident *told_incident(const struct dn_audit *audit, const char *id)
{
    if (audit->told->said != NULL) /* tables say nothing of an incident that is not said of each tenant */
        return NULL;
    size_t entry = dn_table_find(&audit->told->ids, dn_text_of(id));
    return entry == SIZE_MAX ? NULL : &audit->told->incidents[entry];
}

static void begin_case(struct dn_audit_run *run, const char *incident_id, const char *tenant_id,
                       const struct dn_told *told, const struct dn_affected *affected)
{
    const struct dn_audit *audit = run->audit;
    struct dn_case *it = &run->it;
    const struct dn_incident *incident = NULL;
    const struct dn_told_incident *said = told_incident(audit, incident_id);
    if (audit->incidents->count > 0)
        incident = dn_incidents_find(audit->incidents, dn_text_of(incident_id));
    it->incident_id = incident_id;
    it->tenant_id = tenant_id;
    it->told = told;
    it->affected = affected;
    it->source = (struct dn_clock_source){audit, incident, said, told != NULL ? told->foreign : NULL, affected};
    it->drill = incident != NULL ? incident->drill : said != NULL && said->drill && !said->real;
}

void dn_audit_run_told(struct dn_audit_run *run, uint32_t reference)
{
    const struct dn_audit *audit = run->audit;
    const struct dn_told *told = dn_told_at(audit->told, reference, &run->view);
    const char *incident_id = run->view.incident_id;
    const struct dn_affected *affected = NULL;
    if (audit->affected != NULL)
        affected = dn_affected_find(audit->affected, dn_text_of(incident_id), dn_text_of(told->tenant_id));
    begin_case(run, incident_id, told->tenant_id, told, affected);
    judge_case(run);
}

static int compare_pair(const struct dn_affected *affected, const char *incident_id, const char *tenant_id)
{
    int order = strcmp(affected->incident_id, incident_id);
    return order != 0 ? order : strcmp(affected->tenant_id, tenant_id);
}

/* Affected tenants without any row that come before that one (NULL: all that are left). Those with rows are passed
 * over. */
static void judge_untold(struct dn_audit_run *run, size_t *next, const char *incident_id, const char *tenant_id)
{
    const struct dn_affected_list *list = run->audit->affected;
    for (; list != NULL && *next < list->count; ++*next) {
        const struct dn_affected *affected = &list->at[*next];
        int order = incident_id == NULL ? -1 : compare_pair(affected, incident_id, tenant_id);
        if (order > 0)
            break;
        if (order == 0)
            continue;
        begin_case(run, affected->incident_id, affected->tenant_id, NULL, affected);
        judge_case(run);
    }
}

/* By incident and tenant. */
static void judge_sorted(struct dn_audit_run *run)
{
    const struct dn_told_list *told = run->audit->told;
    uint32_t *references = dn_told_sorted(told);
    size_t count = dn_told_count(told), next = 0;
    for (size_t i = 0; i < count; i++) {
        if (told->said != NULL && i + AHEAD < count) /* their order is not the one in which they lie */
            dn_said_fetch(told->said, references[i + AHEAD]);
        if (run->audit->affected != NULL) {
            const struct dn_told *entry = dn_told_at(told, references[i], &run->view);
            judge_untold(run, &next, run->view.incident_id, entry->tenant_id);
        }
        dn_audit_run_told(run, references[i]);
    }
    judge_untold(run, &next, NULL, NULL);
    free(references);
}

void dn_audit_run_begin(struct dn_audit_run *run, const struct dn_audit *audit, struct dn_obligations *rows,
                        struct dn_summary *summary)
{
    *run = (struct dn_audit_run){.audit = audit, .rows = rows, .summary = summary};
}

void dn_audit_run_clear(struct dn_audit_run *run)
{
    dn_audit_tally_clear(&run->tally);
    dn_told_view_clear(&run->view);
    dn_told_sum_clear(&run->it.sum);
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        dn_told_sum_clear(&run->it.under[i]);
}

/* Nobody sees the order of rows that are only counted. */
static void judge_all(struct dn_audit_run *run)
{
    const struct dn_audit *audit = run->audit;
    bool alone = audit->affected == NULL && audit->incidents->count == 0 && audit->regime == NULL;
    if (run->summary != NULL && audit->told->said != NULL && alone && audit->explain == NULL)
        dn_audit_run_shards(run);
    else
        judge_sorted(run);
}

static enum dn_status check_regime(const struct dn_audit *audit, const char *regime, const char *where,
                                   struct dn_error *err)
{
    if (regime == NULL || dn_regimes_find(audit->regimes, dn_text_of(regime)) != NULL)
        return DN_OK;
    const struct dn_duty *duty = dn_regimes_duty(audit->regimes, dn_text_of(regime));
    if (duty != NULL)
        return dn_error_set(err, DN_INVALID, "%s: '%s' has no period to be counted: %s", where, regime, duty->rule);
    return dn_error_set(err, DN_INVALID, "%s: unknown regime '%s' (deadline-check --regimes-list shows them)", where,
                        regime);
}

/* Every incident of the input must have a record, if there are records at all. */
static enum dn_status check_incident(const struct dn_audit *audit, const char *id, const char *where,
                                     struct dn_error *err)
{
    const struct dn_incident *incident = dn_incidents_find(audit->incidents, dn_text_of(id));
    if (audit->incidents->count > 0 && incident == NULL)
        return dn_error_set(err, DN_INVALID, "%s: incident '%s' is in no record given with -i", where, id);
    if (incident == NULL || audit->regime != NULL)
        return DN_OK;
    return check_regime(audit, incident->clock_regime, id, err);
}

static enum dn_status check_told_incident(const struct dn_audit *audit, struct dn_text id, struct dn_error *err)
{
    if (audit->incidents->count == 0)
        return DN_OK;
    char *copy = dn_strndup(id.at, id.size);
    enum dn_status status = check_incident(audit, copy, "ledger", err);
    free(copy);
    return status;
}

/* Of several that are wrong the first in order of its bytes is named: ids come in the order of a table whose key is
 * drawn by lot. */
static enum dn_status check_told(const struct dn_audit *audit, struct dn_error *err)
{
    struct dn_error ignored = {0};
    struct dn_text first = {NULL, 0};
    bool wrong = false;
    for (size_t i = 0; i < audit->told->ids.count; i++) {
        struct dn_text id = dn_table_key(&audit->told->ids, i);
        if ((wrong && dn_text_compare(id, first) >= 0) || check_told_incident(audit, id, &ignored) == DN_OK)
            continue;
        wrong = true;
        first = id;
    }
    return wrong ? check_told_incident(audit, first, err) : DN_OK;
}

static enum dn_status check_all(const struct dn_audit *audit, struct dn_error *err)
{
    enum dn_status status = check_regime(audit, audit->regime, "--regime", err);
    if (status == DN_OK)
        status = check_told(audit, err);
    for (size_t i = 0; audit->affected != NULL && i < audit->affected->count && status == DN_OK; i++)
        status = check_incident(audit, audit->affected->at[i].incident_id, "affected stream", err);
    return status;
}

enum dn_status dn_audit_run(const struct dn_audit *audit, struct dn_obligations *obligations, struct dn_notes *notes,
                            struct dn_error *err)
{
    struct dn_obligations given = {0};
    bool kept = audit->take == NULL && audit->summary == NULL;
    struct dn_audit_run run;
    enum dn_status status = check_all(audit, err);
    if (status != DN_OK)
        return status;
    dn_audit_run_begin(&run, audit, kept ? obligations : &given, audit->summary);
    given.passing = true;
    dn_compare_clocks(audit, notes);
    judge_all(&run);
    dn_obligations_sort(obligations);
    dn_audit_tally_notes(&run.tally, audit, notes);
    dn_audit_run_clear(&run);
    dn_obligations_clear(&given);
    return DN_OK;
}
